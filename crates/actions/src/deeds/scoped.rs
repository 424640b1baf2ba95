//! Whose a thing is that is one tenant's or everybody's.

use gate::{Change, Failed};
use uuid::Uuid;

/// The scope of a tenant by slug or id, or nil: of all of them.
pub(super) async fn scope(tenant: Option<&str>, change: &mut Change) -> Result<Uuid, Failed> {
    let Some(tenant) = tenant.map(str::trim).filter(|tenant| !tenant.is_empty()) else { return Ok(Uuid::nil()) };
    sqlx::query_scalar("select id from console.tenant where slug = lower($1) or id::text = lower($1)")
        .bind(tenant)
        .fetch_optional(change.conn())
        .await?
        .ok_or(Failed::NotFound)
}

/// The build of something: a text on one line.
pub(super) fn build(said: &str) -> Result<String, Failed> {
    let build = said.trim();
    if build.is_empty() || build.chars().count() > 120 || build.chars().any(char::is_control) {
        return Err(Failed::BadInput("The build is a text of 1 to 120 characters on one line.".to_owned()));
    }
    Ok(build.to_owned())
}
