//! The OpenAPI document, made from the two tables. Field names come from the types themselves.

use actions::table::{ACTIONS, VIEWS};
use axum::Json;
use serde_json::{Map, Value, json};

pub(super) async fn serve() -> Json<Value> {
    Json(document())
}

/// The document; the same bytes every time.
#[must_use]
pub fn document() -> Value {
    let mut paths = Map::new();
    for entry in VIEWS {
        let parameters: Vec<Value> = entry
            .fields()
            .iter()
            .map(|field| json!({ "name": field, "in": "query", "required": false, "schema": { "type": "string" } }))
            .collect();
        paths.insert(
            format!("/api/v1/support/{}", entry.meta.name),
            json!({ "get": {
                "operationId": entry.meta.name, "summary": entry.meta.title, "description": format!("`{}`", entry.meta.cli),
                "parameters": parameters, "responses": responses("The view.") } }),
        );
    }
    for entry in ACTIONS {
        let properties: Map<String, Value> = entry.fields().iter().map(|field| ((*field).to_owned(), json!({}))).collect();
        paths.insert(
            format!("/api/v1/support/actions/{}", entry.meta.name),
            json!({ "post": {
                "operationId": entry.meta.name, "summary": entry.meta.title, "description": format!("{}\n\n`{}`", entry.meta.help, entry.meta.cli),
                "requestBody": { "required": true, "content": { "application/json": { "schema": {
                    "type": "object", "required": ["input"], "additionalProperties": false,
                    "properties": { "ask": { "$ref": "#/components/schemas/Ask" }, "input": { "type": "object", "properties": properties } } } } } },
                "responses": responses("What was done, or would be.") } }),
        );
    }
    paths.extend(fixed());
    json!({
        "openapi": "3.1.0",
        "info": { "title": "Support operations console", "version": env!("CARGO_PKG_VERSION"), "description": "Everything the screens do. Sign in for a bearer token of an hour; every deed leaves one audit entry." },
        "paths": paths,
        "security": [{ "bearer": [] }],
        "components": {
            "securitySchemes": { "bearer": { "type": "http", "scheme": "bearer" } },
            "schemas": {
                "Ask": { "type": "object", "properties": { "reason": { "type": "string" }, "rehearse": { "type": "boolean", "description": "Run it, show what would change, take it back." } } },
                "Problem": { "type": "object", "required": ["kind", "message"], "properties": { "kind": { "type": "string" }, "message": { "type": "string" }, "missing": { "type": "array" }, "reference": { "type": "string" } } }
            }
        }
    })
}

fn responses(ok: &str) -> Value {
    let no = |what: &str| json!({ "description": what, "content": { "application/json": { "schema": { "$ref": "#/components/schemas/Problem" } } } });
    json!({
        "200": { "description": ok, "content": { "application/json": { "schema": { "type": "object" } } } },
        "401": no("Nobody is signed in."), "403": no("Something is missing; `missing` says what."), "404": no("Not there, or not for you: both answer alike."),
        "409": no("Somebody was first; the message names who."), "422": no("The input is wrong."), "503": no("The database does not answer; nothing was changed.")
    })
}

/// Paths that are neither view nor action.
fn fixed() -> Map<String, Value> {
    let body = |fields: &[&str]| json!({ "required": true, "content": { "application/json": { "schema": { "type": "object", "properties": fields.iter().map(|f| ((*f).to_owned(), json!({}))).collect::<Map<_, _>>() } } } });
    let mut paths = Map::new();
    let open: Vec<Value> = Vec::new();
    paths.insert("/api/v1/auth/token".into(), json!({
        "post": { "operationId": "sign-in", "summary": "Sign in for a bearer token of an hour", "security": open, "requestBody": body(&["email", "password", "code"]), "responses": responses("The token.") },
        "delete": { "operationId": "sign-out", "summary": "End the token", "responses": responses("Signed out.") } }));
    paths.insert("/api/v1/support/session".into(), json!({
        "post": { "operationId": "start-session", "summary": "Start a support session, read only", "requestBody": body(&["tenant", "ticket", "reason", "minutes"]), "responses": responses("The session.") },
        "delete": { "operationId": "end-session", "summary": "End the support session", "responses": responses("Ended.") } }));
    paths.insert("/api/v1/support/session/raise".into(), json!({ "post": { "operationId": "raise-session", "summary": "Raise to write for ten minutes with a fresh code", "requestBody": body(&["code"]), "responses": responses("The session.") } }));
    paths.insert(
        "/api/v1/support/session/lower".into(),
        json!({ "post": { "operationId": "lower-session", "summary": "Back to read only", "responses": responses("The session.") } }),
    );
    paths.insert("/api/ops/frontend-logs".into(), json!({ "get": { "operationId": "ops-frontend-logs", "summary": "The same as frontend-logs, at the path agents know", "responses": responses("The view.") } }));
    let stream =
        |id: &str, summary: &str, ok: &str| json!({ "get": { "operationId": id, "summary": summary, "responses": responses(ok) } });
    paths.insert(
        "/api/ops/logs".into(),
        stream(
            "ops-logs",
            "The last lines of a log, as an array or with format=plain as text; without a service, which there are",
            "The lines.",
        ),
    );
    paths.insert(
        "/api/ops/logs/follow".into(),
        stream("ops-logs-follow", "What is written to a log from now on: a WebSocket, or lines of JSON without an end", "The lines."),
    );
    paths.insert(
        "/api/ops/support-bundle".into(),
        stream("ops-support-bundle", "A support bundle: one JSON document, compressed", "The bundle."),
    );
    paths
}
