//! The events of operations for scripts: what changed, as JSON, over a WebSocket or as server-sent events. Each has a sequence; whoever
//! gives the last one they saw (`?after=`) goes on from there, within ten minutes, and is told when something may be missing; a place that
//! cannot be read is refused. Ids only:
//! what changed is read from the view of its kind, where row-level security decides. Not in here: the feed (see `live`).

use super::{
    AppState,
    live::{Said, open, place, sse},
};
use axum::{
    extract::{
        FromRequestParts, Query, Request, State,
        ws::{Message, WebSocket, WebSocketUpgrade},
    },
    http::HeaderMap,
    response::{Response, sse::Event},
};
use domain::{Problem, ProblemKind, nearest};
use gate::FeedEvent;
use serde::Deserialize;
use serde_json::{Value, json};
use std::time::Duration;
use tokio::sync::mpsc;

/// Kinds there are, as scripts name them: a job of the feed is a run here.
const KINDS: [&str; 13] =
    ["alert", "audit", "budget", "check", "command", "deploy", "frontend", "group", "operation", "run", "session", "webhook", "worker"];
/// A client says nothing; what it says is not read further than this.
const HEARD_MOST: usize = 1024;

#[derive(Deserialize)]
pub(super) struct Wanted {
    after: Option<String>,
    /// Kinds, parted by commas; without it all.
    kind: Option<String>,
}

pub(super) async fn stream(State(state): State<AppState>, Query(wanted): Query<Wanted>, headers: HeaderMap, request: Request) -> Response {
    let read = kinds(wanted.kind.as_deref()).and_then(|kinds| Ok((kinds, place(&headers, wanted.after)?)));
    let (kinds, start) = match read {
        Ok(read) => read,
        Err(problem) => return super::rest::problem(&problem),
    };
    let (mut parts, _) = request.into_parts();
    let upgrade = WebSocketUpgrade::from_request_parts(&mut parts, &state).await.ok();
    let messages = match open(&state, &headers, start).await {
        Ok(messages) => messages,
        Err(problem) => return super::rest::problem(&problem),
    };
    let form = move |said: Said| said_as(said, &kinds);
    match upgrade {
        Some(upgrade) => upgrade.max_message_size(HEARD_MOST).on_upgrade(move |socket| talk(socket, messages, form)),
        None => sse(messages, move |said| {
            let json = form(said)?;
            let event = Event::default().event(json["event"].as_str().unwrap_or("change"));
            let event = if let Some(seq) = json["seq"].as_str() { event.id(seq) } else { event };
            Some(event.data(json.to_string()))
        }),
    }
}

fn kinds(said: Option<&str>) -> Result<Vec<&'static str>, Problem> {
    let words = said.unwrap_or_default().split(',').map(str::trim).filter(|word| !word.is_empty());
    words
        .map(|word| {
            KINDS.into_iter().find(|kind| *kind == word).ok_or_else(|| {
                let near = nearest(word, KINDS.into_iter()).unwrap_or("check");
                let word: String = word.chars().take(60).collect();
                Problem::new(
                    ProblemKind::BadInput,
                    format!(
                        "There is no kind of event \u{201c}{word}\u{201d}; did you mean \u{201c}{near}\u{201d}? There are {}.",
                        KINDS.join(", ")
                    ),
                )
            })
        })
        .collect()
}

/// What a script reads; `None` for what it did not ask for.
fn said_as(said: Said, kinds: &[&'static str]) -> Option<Value> {
    Some(match said {
        Said::Open(at) => json!({ "event": "open", "seq": at.to_string() }),
        Said::Gap => json!({ "event": "gap", "why": "What came right after that sequence is no longer kept: read what you follow anew." }),
        Said::Lost => json!({ "event": "gap", "why": "That sequence is none of this console's: read what you follow anew." }),
        Said::End(why) => json!({ "event": "end", "why": why }),
        Said::Change(FeedEvent { cursor, kind, tenant, subject }) => {
            let kind = if kind == "job" { "run".to_owned() } else { kind };
            if !kinds.is_empty() && !kinds.contains(&kind.as_str()) {
                return None;
            }
            json!({ "event": "change", "seq": cursor.to_string(), "kind": kind, "tenant": tenant, "subject": subject })
        }
    })
}

async fn talk(mut socket: WebSocket, mut messages: mpsc::Receiver<Said>, form: impl Fn(Said) -> Option<Value>) {
    let mut warm = tokio::time::interval(Duration::from_secs(15));
    warm.tick().await;
    loop {
        let sent = tokio::select! {
            said = messages.recv() => match said {
                Some(said) => match form(said) {
                    Some(json) => socket.send(Message::Text(json.to_string().into())).await,
                    None => Ok(()),
                },
                None => break,
            },
            _ = warm.tick() => socket.send(Message::Ping(Vec::new().into())).await,
            heard = socket.recv() => match heard {
                Some(Ok(Message::Close(_)) | Err(_)) | None => return,
                Some(Ok(_)) => Ok(()),
            },
        };
        if sent.is_err() {
            return;
        }
    }
    socket.send(Message::Close(None)).await.ok();
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kinds_are_known_words() {
        assert_eq!(kinds(Some("run, check")).expect("known"), ["run", "check"]);
        assert!(kinds(None).expect("all").is_empty());
        let wrong = kinds(Some("alerts")).expect_err("unknown").message;
        assert!(wrong.contains("\u{201c}alert\u{201d}"), "{wrong}");
    }

    #[test]
    fn a_job_is_a_run_and_what_nobody_asked_for_is_left_out() {
        let event = |kind: &str| {
            Said::Change(FeedEvent { cursor: "7-1".parse().expect("a place"), kind: kind.into(), tenant: None, subject: "x".into() })
        };
        let json = said_as(event("job"), &["run"]).expect("asked for");
        assert_eq!((json["kind"].as_str(), json["seq"].as_str()), (Some("run"), Some("7-1")));
        assert!(said_as(event("audit"), &["run"]).is_none());
    }
}
