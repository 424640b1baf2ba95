//! Answers as the console gives them, for the tests of printing.

use actions::views::{
    audit::AuditOutput, bulk_preview::BulkPreviewOutput, command::CommandOutput, compare_attempts::CompareAttemptsOutput,
    group::GroupOutput, groups::GroupsOutput, job::JobOutput, jobs::JobsOutput, operation::OperationOutput,
    troubleshooting::TroubleshootingOutput,
};
use domain::{At, Support};
use serde_json::{Value, from_value, json};

pub fn now() -> At {
    "2026-11-21T10:00:00Z".parse().expect("a time")
}

fn job_row() -> Value {
    json!({
        "tenant": "01931f3c-7a10-7c3e-9b9e-000000000001", "tenant_name": "Acme",
        "job": "01931f3c-7a10-7c3e-9b9e-2f6f1f0a1b2c", "command": "01931f3c-7a10-7c3e-9b9e-2f6faa0b1c2d",
        "pipeline": "plan-ingest", "title": "house.pdf", "status": "FAILED", "current_step": "wall_detection",
        "error_code": "OUT_OF_MEMORY", "error_title": "Out of memory", "run": 1,
        "created_at": "2026-11-21T09:55:00Z", "updated_at": "2026-11-21T09:57:00Z", "duration_ms": 104_000,
    })
}

pub fn jobs() -> JobsOutput {
    from_value(json!({"now": now(), "rows": [job_row()], "total": 1, "total_capped": false, "next": "abc", "pipelines": []})).expect("jobs")
}

fn step(place: i64, name: &str, status: &str, took: Option<f64>) -> Value {
    let start: At = "2026-11-21T09:55:00Z".parse().expect("a time");
    json!({
        "place": place, "start_ms": null, "end_ms": null, "tries": 0, "memory_peak_bytes": null, "memory_limit_bytes": null,
        "name": name, "status": status, "started_at": took.map(|_| start),
        "finished_at": took.map(|secs| At::from_millis(start.millis() + (secs * 1000.0) as i64)),
        "error_code": null, "error_title": null, "error_message": null,
        "limits": {"memory_bytes": 268_435_456, "cpu_seconds": 60, "wall_seconds": 120}, "attempts": [], "outputs": [],
    })
}

fn attempt(number: i32) -> Value {
    json!({
        "id": number, "number": number, "status": "FAILED", "started_at": "2026-11-21T09:55:08Z",
        "finished_at": "2026-11-21T09:55:20Z",
        "limits": {"memory_bytes": 268_435_456, "cpu_seconds": 60, "wall_seconds": 120},
        "memory_peak_bytes": 268_435_456, "cpu_ms": 11_400, "wall_ms": 12_000, "disk_bytes": 3_145_728,
        "exit_code": null, "signal": 9, "error_code": "OUT_OF_MEMORY", "error_title": "Out of memory",
        "worker": "w1", "build": "b2", "kill": null, "params": {"scale": "1:50"}, "log": "reading\n40000 segments",
    })
}

pub fn job() -> JobOutput {
    let mut failed = step(3, "wall_detection", "FAILED", Some(12.0));
    failed["error_code"] = "OUT_OF_MEMORY".into();
    failed["error_title"] = "Out of memory".into();
    failed["error_message"] = "needed > 256 MB of 256 MB".into();
    failed["attempts"] = json!([attempt(1), attempt(2)]);
    failed["tries"] = 2.into();
    from_value(json!({
        "now": now(), "row": job_row(), "command_status": "IN_TROUBLESHOOTING_QUEUE", "standstill": standstill(), "inside": true,
        "requested_by": "mia@acme.example", "plan": null, "cause": failed, "chosen": failed, "attempt": 2, "stopping": null, "alike": {"group": 12, "waiting": 40}, "found": null,
        "outline": {
            "steps": 5, "succeeded": 2, "failed": 1, "running": 0, "waiting": 0, "skipped": 2, "cause": 3, "consequences": 2,
            "folded": false, "rows": 5, "from": 1, "open": 3, "total_ms": 20_000, "shortened": false,
        },
        "steps": [
            step(1, "pdf_upload", "SUCCEEDED", Some(2.3)), step(2, "text_extraction", "SUCCEEDED", Some(5.1)), failed,
            step(4, "room_detection", "SKIPPED", None), step(5, "bim_generation", "SKIPPED", None),
        ],
    }))
    .expect("a job")
}

pub fn compared() -> CompareAttemptsOutput {
    from_value(json!({
        "now": now(), "tenant": "01931f3c-7a10-7c3e-9b9e-000000000001", "tenant_name": "Acme", "inside": true, "step": "wall_detection",
        "numbers": [1, 2], "first": attempt(1), "second": attempt(2),
        "rows": [
            {"what": "memory limit", "first": "256 MB", "second": "1 GB"}, {"what": "worker", "first": "w1", "second": "w1"},
            {"what": "code", "first": "OUT_OF_MEMORY", "second": null},
        ],
        "log": [
            {"of": "both", "text": ["reading", "half way"], "lines": 42}, {"of": "first", "text": ["1 wall"], "lines": 1},
            {"of": "second", "text": ["2 walls"], "lines": 1},
        ],
    }))
    .expect("two attempts")
}

fn standstill() -> Value {
    json!({"blocker": "PERSON", "sentence": "It waits for a person.", "evidence": ["workers of plans: 2 answer"]})
}

fn command_row() -> Value {
    json!({
        "tenant": "01931f3c-7a10-7c3e-9b9e-000000000001", "tenant_name": "Acme",
        "command": "01931f3c-7a10-7c3e-9b9e-2f6faa0b1c2d", "domain": "plans", "command_type": "IngestPlan",
        "status": "IN_TROUBLESHOOTING_QUEUE", "attempts": 3, "max_attempts": 3, "error_code": "OUT_OF_MEMORY",
        "error_title": "Out of memory", "error_message": null, "created_at": "2026-11-21T09:50:00Z",
        "updated_at": "2026-11-21T09:57:00Z", "group": 12, "job": "01931f3c-7a10-7c3e-9b9e-2f6f1f0a1b2c",
        "payload": "{\"file\": \"house.pdf\"}",
    })
}

fn failure_group() -> Value {
    json!({
        "id": 12, "fingerprint": "01ff00ff00ff00ff", "fingerprint_version": 1, "code": "OUT_OF_MEMORY", "title": "Out of memory",
        "state": "SNOOZED", "state_at": "2026-11-21T09:57:00Z", "state_by": "Anna", "why": "Waits for the vendor.", "ticket": null,
        "snooze_until": "2026-11-21T14:00:00Z", "snooze_total": null, "snooze_per_hour": 100, "resolved_in": null,
        "open": 40, "total": 52, "tenants": 3, "first_seen": "2026-11-20T10:00:00Z", "last_seen": "2026-11-21T09:57:00Z",
        "spark": [0, 1, 2], "types": ["plans/IngestPlan"], "releases": ["1.1", "1.0"], "sample": null,
    })
}

pub fn groups() -> GroupsOutput {
    from_value(json!({"now": now(), "rows": [failure_group()], "total": 1, "open": 40, "next": null})).expect("groups")
}

pub fn group() -> GroupOutput {
    let facet =
        |value: &str| json!({"value": value, "count": 52, "first_seen": "2026-11-20T10:00:00Z", "last_seen": "2026-11-21T09:57:00Z"});
    from_value(json!({
        "now": now(), "group": failure_group(), "types": [facet("plans/IngestPlan")], "releases": [facet("1.1"), facet("1.0")],
        "tenants": [{"tenant": "01931f3c-7a10-7c3e-9b9e-000000000001", "tenant_name": "Acme", "slug": "acme", "open": 40, "total": 52,
                     "last_seen": "2026-11-21T09:57:00Z"}],
        "notes": [{"at": "2026-11-21T09:50:00Z", "who": "Ben", "note": "Only large plans."}], "waiting": [command_row()],
    }))
    .expect("a group")
}

pub fn troubleshooting() -> TroubleshootingOutput {
    from_value(json!({
        "now": now(), "rows": [command_row()], "total": 10_000, "total_capped": true, "next": null,
        "domains": ["plans"], "command_types": ["IngestPlan"], "codes": ["OUT_OF_MEMORY"], "steps": ["wall_detection"],
    }))
    .expect("a list")
}

pub fn command() -> CommandOutput {
    from_value(json!({
        "now": now(), "row": command_row(), "correlation_id": "01931f3c-7a10-7c3e-9b9e-000000000009",
        "reply_to": "replies", "epoch": 3, "lease_until": null, "visible_at": now(), "worker": null, "inside": true,
        "payload_source": "archive", "reply": null, "standstill": standstill(),
        "history": [{"at": "2026-11-21T09:57:00Z", "event": "MOVED_TO_TSQ", "who": "w1", "code": "OUT_OF_MEMORY", "detail": null}],
        "revisions": [{"number": 1, "who": "Ada", "at": "2026-11-21T09:40:00Z", "audit": 40, "operation": null, "more": 0,
                       "changes": [{"path": "file", "before": "\"barn.pdf\"", "after": "\"house.pdf\""}]}],
        "original": "{\"file\": \"barn.pdf\"}",
    }))
    .expect("a command")
}

pub fn audit() -> AuditOutput {
    from_value(json!({
        "now": now(), "next": 41, "chain_length": 57, "verified": null, "only_mine": true,
        "entries": [{
            "id": 41, "at": "2026-11-21T09:57:00Z", "closed_at": null, "staff_name": "Ada", "tenant_name": "Acme",
            "ticket": "1234", "reason": "Upload fails since noon", "action": "retry-command", "title": "Retry the command",
            "subject": "command:01931f3c-7a10-7c3e-9b9e-2f6faa0b1c2d", "outcome": "refused", "note": null,
            "missing": [{"what": "write_mode"}],
            "changes": [{"on": "command", "field": "status", "before": "IN_TROUBLESHOOTING_QUEUE", "after": "PENDING"}],
            "effects": [],
        }],
    }))
    .expect("an audit")
}

pub fn bulk_preview(token: Option<&str>) -> BulkPreviewOutput {
    from_value(json!({
        "now": now(), "tenant": "01931f3c-7a10-7c3e-9b9e-000000000001", "tenant_name": "Acme", "conditions": [], "count": 120,
        "sample": [{"command": "01931f3c-7a10-7c3e-9b9e-2f6faa0b1c2d", "domain": "plans", "command_type": "IngestPlan",
                    "code": "OUT_OF_MEMORY", "attempts": 3, "updated_at": "2026-11-21T09:57:00Z"}],
        "skips": [{"reason": "ELSEWHERE", "count": 3}], "payloads_checked": 120, "needs_approval": false, "token": token,
        "no_token": token.is_none().then_some("All of them would be skipped."), "expires_at": "2026-11-21T10:10:00Z",
    }))
    .expect("a preview")
}

pub fn operation() -> OperationOutput {
    from_value(json!({
        "now": now(), "next": 50,
        "row": {
            "tenant": "01931f3c-7a10-7c3e-9b9e-000000000001", "tenant_name": "Acme", "operation": "01931f3c-7a10-7c3e-9b9e-2f6f1f0a1b2c",
            "action": "start-bulk-retry", "staff": "01931f3c-7a10-7c3e-9b9e-000000000002", "staff_name": "Ada", "approved_by": null, "audit": 9, "conditions": ["OUT_OF_MEMORY"], "rate": 50,
            "canary": true, "halt_percent": 10, "state": "HALTED", "created_at": now(), "changed_at": now(), "finished_at": null,
            "note": "Halted by itself: 2 of 6 confirmed outcomes failed (33.3 %), more than 10 %.",
            "counts": {"total": 120, "waiting": 114, "sent": 0, "succeeded": 4, "failed": 2, "skipped": 0, "gone": 0}, "base_attempted": 0,
        },
        "items": [{"seq": 1, "command": "01931f3c-7a10-7c3e-9b9e-2f6faa0b1c2d", "state": "FAILED", "reason": null, "msg_id": 7,
                   "audit": 10, "sent_at": "2026-11-21T09:57:00Z", "settled_at": "2026-11-21T09:58:00Z"}],
    }))
    .expect("an operation")
}

pub fn support() -> Support {
    from_value(json!({
        "id": "01931f3c-7a10-7c3e-9b9e-000000000007", "tenant": "01931f3c-7a10-7c3e-9b9e-000000000001",
        "tenant_name": "Acme", "ticket": "1234", "reason": "Upload fails since noon",
        "started_at": "2026-11-21T09:40:00Z", "expires_at": "2026-11-21T10:40:00Z", "write_until": null,
    }))
    .expect("a session")
}
