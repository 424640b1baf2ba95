//! A support bundle over HTTP. Not in here: what is in it (see `bundle`).

use super::{AppState, rest::problem};
use crate::{
    auth,
    bundle::{Limits, Taking, take},
    edge,
};
use actions::views::support_bundle::SupportBundle;
use axum::{
    body::Body,
    extract::State,
    http::{HeaderMap, header},
    response::{IntoResponse, Response},
};
use domain::Problem;
use futures::stream;

/// GET `/api/ops/support-bundle`.
pub(super) async fn bundle(State(state): State<AppState>, headers: HeaderMap) -> Response {
    let begun = async {
        let token = auth::token_of(&headers).ok_or_else(Problem::signed_out)?;
        let reader = state.gate.admit(&token, &SupportBundle { take: Some(true) }).await?;
        Ok::<_, Problem>((token, reader))
    };
    let (token, reader) = match begun.await {
        Ok(begun) => begun,
        Err(no) => return problem(&no),
    };
    let name = format!("attachment; filename=\"support-bundle-{}.json.gz\"", reader.now.to_string().replace(':', ""));
    let body = take(Taking {
        gate: state.gate.clone(),
        token,
        logs: reader.logs,
        now: reader.now,
        console: state.origin.to_string(),
        settings: state.settings.as_ref().clone(),
        key: edge::random_bytes(),
        limits: Limits::default(),
    });
    let pieces = stream::unfold(body, |mut body| async move { body.recv().await.map(|piece| (piece, body)) });
    let kind = "application/gzip";
    ([(header::CONTENT_TYPE, kind), (header::CONTENT_DISPOSITION, &name), (header::CACHE_CONTROL, "no-store")], Body::from_stream(pieces))
        .into_response()
}
