//! The whole program against a console that listens: what is sent, with whose token, what is
//! printed, and with which code it ends.

mod common;
mod live;
mod logs;
mod service;

use common::{Answer, Asked, Console, Home, stderr, stdout};
use serde_json::{Value, json};
use std::os::unix::fs::PermissionsExt;

const JOB: &str = "01931f3c-7a10-7c3e-9b9e-2f6f1f0a1b2c";
const OTHER: &str = "01931f3c-7a10-7c3e-9b9e-ffff1f0a1b2c";

fn job_row(job: &str, status: &str) -> Value {
    json!({
        "tenant": "01931f3c-7a10-7c3e-9b9e-000000000001", "tenant_name": "Acme", "job": job,
        "command": "01931f3c-7a10-7c3e-9b9e-2f6faa0b1c2d", "pipeline": "plan-ingest", "title": null,
        "status": status, "current_step": null, "error_code": null, "error_title": null, "run": 1,
        "created_at": "2026-11-21T09:55:00Z", "updated_at": "2026-11-21T09:57:00Z", "duration_ms": 104_000,
    })
}

fn jobs(rows: &[Value]) -> Answer {
    let list = json!({
        "now": "2026-11-21T10:00:00Z", "rows": rows, "total": rows.len(), "total_capped": false,
        "next": null, "pipelines": [],
    });
    (200, list.to_string())
}

fn problem(status: u16, kind: &str, message: &str, missing: Value) -> Answer {
    (status, json!({"kind": kind, "message": message, "missing": missing}).to_string())
}

/// A console that signs anybody in and answers the rest with `rest`.
fn console(rest: impl Fn(&Asked) -> Answer + Send + Sync + 'static) -> Console {
    Console::start(move |asked| match (asked.method.as_str(), asked.path.as_str()) {
        ("POST", "/api/v1/auth/token") => (200, json!({"token": "tok-1", "expires_at": "2026-11-21T11:00:00Z", "name": "Ada"}).to_string()),
        ("DELETE", "/api/v1/auth/token") => (204, String::new()),
        _ => rest(asked),
    })
}

#[test]
fn sign_in_keeps_the_token_private_and_later_commands_show_it() {
    let console = console(|_| jobs(&[job_row(JOB, "FAILED")]));
    let home = Home::new("sign-in").signed_in(&console);
    let mode = std::fs::metadata(home.credentials()).expect("kept").permissions().mode() & 0o777;
    assert_eq!(mode, 0o600);

    let out = home.run(&["jobs", "--status", "failed", "--last", "1h"]);
    assert_eq!(out.status.code(), Some(0), "{}", stderr(&out));
    assert!(stdout(&out).contains("1f0a1b2c  ✗ failed  Acme"), "{}", stdout(&out));
    assert!(!stdout(&out).contains('\x1b'), "no colours into a pipe");

    let asked = console.asked();
    assert_eq!(asked[0].body, json!({"email": "a@b.c", "password": "correct horse", "code": "123456"}));
    assert_eq!(asked[0].bearer, None);
    assert_eq!(asked[1].path, "/api/v1/support/jobs?last=1h&status=FAILED");
    assert_eq!(asked[1].bearer.as_deref(), Some("tok-1"));

    assert_eq!(home.run(&["sign-out"]).status.code(), Some(0));
    assert_eq!(console.asked().last().map(|asked| asked.method.clone()).as_deref(), Some("DELETE"));
    assert_eq!(home.run(&["jobs"]).status.code(), Some(3));
}

#[test]
fn the_token_goes_to_no_other_address() {
    let ours = console(|_| jobs(&[]));
    let other = console(|_| jobs(&[]));
    let home = Home::new("other").signed_in(&ours);
    let out = home.run(&["--url", &other.url, "jobs"]);
    assert_eq!(out.status.code(), Some(3), "{}", stderr(&out));
    assert!(other.asked().is_empty());
}

#[test]
fn json_says_no_token_and_is_one_line_in_a_pipe() {
    let console = console(|_| jobs(&[job_row(JOB, "FAILED")]));
    let home = Home::new("json");
    let words = ["--json", "sign-in", "--url", &console.url, "--email", "a", "--password-stdin", "--code", "1"];
    let out = home.run_with_input(&words, "pw\n");
    assert!(!stdout(&out).contains("tok-1") && stdout(&out).contains("Ada"), "{}", stdout(&out));

    let out = home.run(&["jobs", "--json"]);
    let text = stdout(&out);
    assert_eq!(text.lines().count(), 1, "{text}");
    let answer: Value = serde_json::from_str(&text).expect("JSON");
    assert_eq!(answer["rows"][0]["job"], JOB);
}

#[test]
fn every_refusal_has_its_code_and_its_words() {
    let cases: [(u16, &str, i32); 8] = [
        (401, "signed_out", 3),
        (403, "refused", 4),
        (404, "not_found", 5),
        (409, "conflict", 6),
        (422, "bad_input", 7),
        (429, "too_many", 1),
        (500, "internal", 1),
        (503, "unavailable", 1),
    ];
    for (status, kind, code) in cases {
        let console = console(move |_| problem(status, kind, "Said by the console.", json!([])));
        let home = Home::new(&format!("code-{status}")).signed_in(&console);
        let out = home.run(&["troubleshooting", "retry", JOB]);
        assert_eq!(out.status.code(), Some(code), "{kind}: {}", stderr(&out));
        assert_eq!(stderr(&out), "opsctl: Said by the console.\n");
        assert_eq!(stdout(&out), "");
        let out = home.run(&["--json", "troubleshooting", "retry", JOB]);
        let told: Value = serde_json::from_str(&stderr(&out)).expect("the problem as JSON");
        assert_eq!(told["kind"], kind);
    }
}

#[test]
fn everything_missing_is_one_line_each_with_its_command() {
    let missing = json!([{"what": "support_session"}, {"what": "write_mode"}]);
    let console = console(move |_| problem(403, "refused", "Not done.", missing.clone()));
    let home = Home::new("missing").signed_in(&console);
    let out = home.run(&["reprocess", JOB, "--from-step", "wall_detection"]);
    assert_eq!(out.status.code(), Some(4));
    let told = stderr(&out);
    assert_eq!(told.lines().filter(|line| line.starts_with("  - ")).count(), 2, "{told}");
    assert!(told.contains("opsctl session start") && told.contains("opsctl session raise"), "{told}");
}

#[test]
fn a_rehearsal_asks_for_one_and_says_that_nothing_was_changed() {
    let receipt = json!({
        "audit": 41, "rehearsed": true, "output": {"msg_id": 7, "reused": [], "recomputed": []},
        "changes": [{"on": "step wall_detection", "field": "memory_bytes", "before": 268_435_456, "after": 1_073_741_824}],
        "effects": [],
    });
    let console = console(move |_| (200, receipt.to_string()));
    let home = Home::new("rehearsal").signed_in(&console);
    let out = home.run(&["reprocess", JOB, "--from-step", "wall_detection", "--memory", "1G", "--dry-run"]);
    assert!(stdout(&out).ends_with("Nothing was changed.\n"), "{}{}", stdout(&out), stderr(&out));
    let asked = console.asked().pop().expect("asked");
    assert_eq!(asked.path, "/api/v1/support/actions/reprocess-job");
    assert_eq!(
        asked.body,
        json!({
            "ask": {"reason": "", "rehearse": true},
            "input": {"job": JOB, "from_step": "wall_detection", "memory": "1G", "params": ""},
        })
    );
}

#[test]
fn a_bulk_start_says_what_to_follow_and_its_end_finds_the_operation() {
    const OPERATION: &str = "01931f3c-7a10-7c3e-9b9e-2f6f1f0a1b2c";
    let console = console(move |asked| match asked.path.as_str() {
        "/api/v1/support/actions/start-bulk-retry" => {
            let output = json!({"operation": OPERATION, "items": 120, "skipped": 0});
            (200, json!({"audit": 9, "rehearsed": false, "output": output, "changes": [], "effects": []}).to_string())
        }
        path if path.starts_with("/api/v1/support/operations") => {
            let row = json!({
                "tenant": "01931f3c-7a10-7c3e-9b9e-000000000001", "tenant_name": "Acme", "operation": OPERATION, "action": "start-bulk-retry",
                "staff": "01931f3c-7a10-7c3e-9b9e-000000000002", "staff_name": "Ada", "approved_by": null, "audit": 9, "conditions": [], "rate": 50, "canary": true, "halt_percent": 10,
                "state": "RAMPING", "note": null, "created_at": "2026-11-21T10:00:00Z", "changed_at": "2026-11-21T10:00:00Z", "finished_at": null,
                "counts": {"total": 120, "waiting": 114, "sent": 0, "succeeded": 6, "failed": 0, "skipped": 0, "gone": 0}, "base_attempted": 0,
            });
            (200, json!({"now": "2026-11-21T10:00:00Z", "rows": [row], "next": null, "approve_above": 1000}).to_string())
        }
        _ => problem(409, "conflict", "This operation is FINISHED.", json!([])),
    });
    let home = Home::new("bulk").signed_in(&console);
    let out = home.run(&["bulk", "start", "7b.ab", "--rate", "200", "--no-canary"]);
    assert!(stdout(&out).contains(&format!("opsctl bulk show {OPERATION}")), "{}{}", stdout(&out), stderr(&out));
    let asked = console.asked().pop().expect("asked");
    assert_eq!(asked.body["input"], json!({"token": "7b.ab", "rate": 200, "no_canary": true, "halt_percent": 10}));
    assert!(stdout(&home.run(&["bulk", "list"])).contains("1f0a1b2c   ● ramping  Acme"), "{}", stdout(&home.run(&["bulk", "list"])));
    let out = home.run(&["bulk", "pause", "1f0a1b2c"]);
    assert_eq!((out.status.code(), stderr(&out).as_str()), (Some(6), "opsctl: This operation is FINISHED.\n"));
    assert_eq!(console.asked().pop().expect("asked").body["input"], json!({"operation": OPERATION}));
}

#[test]
fn a_short_id_is_looked_up_and_an_ambiguous_one_names_its_candidates() {
    let console = console(|asked| {
        if asked.path.starts_with("/api/v1/support/jobs") {
            jobs(&[job_row(JOB, "FAILED"), job_row(OTHER, "RUNNING")])
        } else {
            problem(404, "not_found", "There is no such thing here.", json!([]))
        }
    });
    let home = Home::new("short").signed_in(&console);
    assert_eq!(home.run(&["show-pipeline", "2f6f1f0a1b2c"]).status.code(), Some(5));
    assert_eq!(console.asked().pop().expect("asked").path, format!("/api/v1/support/job?job={JOB}"));

    let out = home.run(&["show-pipeline", "1f0a1b2c"]);
    assert_eq!(out.status.code(), Some(2));
    assert!(stderr(&out).contains(JOB) && stderr(&out).contains(OTHER), "{}", stderr(&out));
}

#[test]
fn a_bad_link_ends_with_eight() {
    let found = |bad: Value| json!({"at": "2026-11-21T10:00:00Z", "links": 57, "took_ms": 12, "first_bad": bad}).to_string();
    let bad = found(json!({"seq": 17, "entry": 9, "what": "The hash differs."}));
    let good = found(Value::Null);
    let broken = console(move |_| (200, bad.clone()));
    let whole = console(move |_| (200, good.clone()));
    let out = Home::new("broken").signed_in(&broken).run(&["audit", "verify"]);
    assert_eq!(out.status.code(), Some(8));
    assert!(stdout(&out).contains("Link 17 (entry 9)"), "{}", stdout(&out));
    let out = Home::new("whole").signed_in(&whole).run(&["audit", "verify"]);
    assert_eq!((out.status.code(), stdout(&out).contains("whole")), (Some(0), true));
}

#[test]
fn a_session_is_started_and_shown() {
    let support = json!({
        "id": "01931f3c-7a10-7c3e-9b9e-000000000007", "tenant": "01931f3c-7a10-7c3e-9b9e-000000000001",
        "tenant_name": "Acme", "ticket": "1234", "reason": "Upload fails since noon",
        "started_at": "2026-11-21T10:00:00Z", "expires_at": "2026-11-21T11:00:00Z", "write_until": null,
    });
    let me = json!({
        "now": "2026-11-21T10:00:00Z", "tenants": [], "troubleshooting": 0, "failed_jobs": 0, "frontend_groups": 0,
        "actor": {"staff": "01931f3c-7a10-7c3e-9b9e-000000000003", "name": "Ada", "email": "a@b.c", "roles": [["support", null]],
            "second_factor_at": null, "signed_in_until": "2026-11-21T11:00:00Z", "support": support.clone()},
    });
    let console = console(move |asked| (200, if asked.path.ends_with("/me") { &me } else { &support }.to_string()));
    let home = Home::new("session").signed_in(&console);
    let words = ["session", "start", "--tenant", "acme", "--ticket", "1234", "--reason", "Upload fails since noon"];
    let out = home.run(&words);
    assert!(stdout(&out).contains("Support session on Acme") && stdout(&out).contains("read-only"), "{}", stderr(&out));
    let asked = console.asked();
    assert_eq!((asked[1].method.as_str(), asked[1].path.as_str()), ("POST", "/api/v1/support/session"));
    assert_eq!(asked[1].body["minutes"], 60);
    let out = home.run(&["session", "raise", "--code", "654 321", "--json"]);
    assert!(stdout(&out).starts_with('{'), "{}", stdout(&out));
    assert_eq!(console.asked().pop().expect("asked").body, json!({"code": "654321"}));
}

#[test]
fn an_unreachable_console_and_a_stranger_are_told_apart() {
    let stranger = console(|_| (404, "<html>nginx</html>".to_owned()));
    let home = Home::new("stranger").signed_in(&stranger);
    let out = home.run(&["me"]);
    assert_eq!(out.status.code(), Some(1));
    assert!(stderr(&out).contains("not as the console does"), "{}", stderr(&out));

    let words = ["sign-in", "--url", "http://127.0.0.1:9", "--email", "a", "--password-stdin", "--code", "1"];
    let out = home.run_with_input(&words, "pw\n");
    assert_eq!(out.status.code(), Some(1));
    assert!(stderr(&out).contains("cannot be reached") && stderr(&out).contains("Nothing was changed"), "{}", stderr(&out));
}

#[test]
fn a_reader_that_leaves_early_is_no_failure() {
    let rows: Vec<Value> = (0..20_000).map(|_| job_row(JOB, "FAILED")).collect();
    let console = console(move |_| jobs(&rows));
    let home = Home::new("head").signed_in(&console);
    let mut child = home.command().arg("jobs").spawn().expect("opsctl starts");
    drop(child.stdout.take());
    let out = child.wait_with_output().expect("opsctl ends");
    assert_eq!((out.status.code(), stderr(&out).as_str()), (Some(0), ""));
}
