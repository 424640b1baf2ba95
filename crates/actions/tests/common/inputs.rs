//! A fitting input for each action and each view, so that tests can walk the tables.

use super::Subjects;
use serde_json::{Value, json};

/// Gives the version of the payload of [`World::failed_command`].
pub const EAST_WING: &str =
    "select encode(sha256(key || convert_to('{\"file\": \"east-wing.pdf\"}'::jsonb::text, 'UTF8')), 'hex') from console.seal_key";
/// Another payload for it.
pub const EDITED: &str = "{\"file\": \"west-wing.pdf\"}";

/// A fitting input for each action.
pub fn input_for(action: &str, on: &Subjects) -> Value {
    match action {
        "cancel-command" => json!({"command": on.command, "because": "Nobody wants this any more."}),
        "complete-command" => json!({"command": on.command, "result": "{\"by\": \"hand\"}"}),
        "check-payload" => json!({"command": on.command, "payload": EDITED}),
        "edit-command" => json!({"command": on.command, "payload": EDITED, "version": on.version}),
        "retry-command" => json!({"command": on.command}),
        "kill-job" => json!({"job": on.job}),
        "reprocess-job" => json!({"job": on.job, "from_step": "wall_detection", "memory": "1G"}),
        "pause-operation" | "resume-operation" | "cancel-operation" | "approve-operation" => json!({"operation": on.operation}),
        "start-bulk-retry" => json!({"token": on.token}),
        "export-commands" => json!({"format": "csv", "code": "OUT_OF_MEMORY"}),
        "set-approval-limit" => json!({"commands": 4711}),
        "record-deploy" => json!({"service": "frontend", "build": format!("of {}", on.command)}),
        "upload-artifact" => {
            json!({"build": format!("of {}", on.command), "name": "app.js", "kind": "source-map", "content": "eyJzb3VyY2VzIjpbImEiXSwibWFwcGluZ3MiOiJBQUFBIn0="})
        }
        "delete-artifacts" => json!({"build": format!("of {}", on.command)}),
        "reveal-payload" => json!({"command": on.command, "because": "The customer asks which file it was"}),
        "save-view" => json!({"name": "Out of memory", "place": "troubleshooting", "query": "code=OUT_OF_MEMORY"}),
        "forget-view" => json!({"view": on.view}),
        "start-bulk-edit" => json!({"token": on.token, "set": ["file=west-wing.pdf"]}),
        "start-bulk-reprocess" => json!({"token": on.token, "from_step": "wall_detection", "memory": "1G"}),
        "triage-group" => json!({"group": on.group, "to": "KNOWN", "ticket": "BUG-7"}),
        "note-group" => json!({"group": on.group, "note": "Seen before the summer, too."}),
        other => super::watched_input(other, &on.watched).unwrap_or_else(|| panic!("a new action needs an input here: {other}")),
    }
}

/// A fitting input for each view.
pub fn view_input(view: &str, on: &Subjects) -> Value {
    match view {
        "command" | "edit-form" => json!({"command": on.command}),
        "payload-check" => json!({"command": on.command, "check": on.check}),
        "job" | "job-steps" | "compare-attempts" => json!({"job": on.job}),
        "operation" => json!({"operation": on.operation}),
        "group" => json!({"group": on.group}),
        "frontend-group" => json!({"group": on.frontend_group}),
        "frontend-event" => json!({"group": on.frontend_group, "event": on.frontend_event}),
        "deploy" => json!({"deploy": on.deploy}),
        "check" => json!({"check": on.watched.check}),
        _ => json!({}),
    }
}
