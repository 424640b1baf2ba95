//! Staying to watch, against a console that streams.

use crate::{
    JOB,
    common::{Home, stderr, stdout},
    console, job_row,
};
use serde_json::json;

#[test]
fn followed_changes_come_one_a_line_with_the_token() {
    let console = console(|asked| {
        match asked.path.as_str() {
        "/api/ops/events?kind=run%2Ccheck" => (200, ": warm\n\nevent: open\ndata: {}\n\nid: 7-1\nevent: change\ndata: {\"seq\":\"7-1\",\"kind\":\"run\",\"tenant\":\"t\",\"subject\":\"s\"}\n\n".into()),
        _ => (500, String::new()),
    }
    });
    let home = Home::new("events").signed_in(&console);
    let out = home.run(&["events", "--kind", "run,check", "--after", "6-2"]);
    let event: serde_json::Value = serde_json::from_str(&stdout(&out)).expect("one line of JSON");
    assert!(event["kind"] == "run" && event["seq"] == "7-1" && out.status.success(), "{}{}", stdout(&out), stderr(&out));
    assert_eq!(console.asked().pop().expect("asked").bearer.as_deref(), Some("tok-1"));
}

#[test]
fn a_job_is_followed_to_its_end() {
    let looks = std::sync::atomic::AtomicUsize::new(0);
    let console = console(move |asked| match asked.path.as_str() {
        "/live" => (200, format!("event: change\ndata: {{\"kind\":\"job\",\"tenant\":\"t\",\"subject\":\"job:{JOB}\"}}\n\n")),
        _ => {
            let ended = looks.fetch_add(1, std::sync::atomic::Ordering::SeqCst) > 0;
            let (job, step) = if ended { ("SUCCEEDED", "SUCCEEDED") } else { ("RUNNING", "RUNNING") };
            let step = json!({
                "place": 1, "start_ms": 0, "end_ms": null, "tries": 1, "memory_peak_bytes": null, "memory_limit_bytes": null,
                "name": "pdf_upload", "status": step, "started_at": "2026-11-21T09:59:58Z",
                "finished_at": ended.then_some("2026-11-21T10:00:00Z"), "error_code": null, "error_title": null,
                "error_message": null, "limits": {"memory_bytes": 1, "cpu_seconds": 1, "wall_seconds": 1},
                "attempts": [], "outputs": [],
            });
            let job = json!({
                "now": "2026-11-21T10:00:00Z", "row": job_row(JOB, job), "command_status": "IN_PROGRESS",
                "inside": false, "requested_by": null, "plan": null, "steps": [step],
                "cause": null, "chosen": null, "attempt": null, "stopping": null, "alike": null, "found": null,
                "outline": {
                    "steps": 1, "succeeded": 0, "failed": 0, "running": 1, "waiting": 0, "skipped": 0, "cause": null, "consequences": 0,
                    "folded": false, "rows": 1, "from": 1, "open": 1, "total_ms": 2000, "shortened": false,
                },
            });
            (200, job.to_string())
        }
    });
    let home = Home::new("follow").signed_in(&console);
    let out = home.run(&["show-pipeline", JOB, "--follow"]);
    let text = stdout(&out);
    assert!(text.starts_with("10:00:00 pdf_upload: ● running"), "{text}{}", stderr(&out));
    assert!(text.contains("└── pdf_upload: ✓ completed (2.0s)"), "{text}");
}
