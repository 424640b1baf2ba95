//! The sentences, state by state.

use super::*;
use actions::views::{
    job::{Kill, Limits, Outline, Step},
    jobs::JobRow,
    standstill::Standstill,
};
use domain::{At, CommandId, JobId, StepStatus, TenantId};
use serde_json::json;
use uuid::Uuid;

fn at(secs: i64) -> At {
    At::from_millis(1_800_000_000_000 + secs * 1000)
}

fn command(status: CommandStatus) -> CommandOutput {
    CommandOutput {
        standstill: None,
        now: at(720),
        row: CommandRow {
            tenant: TenantId(Uuid::from_u128(1)),
            tenant_name: "Northwind".into(),
            command: CommandId(Uuid::from_u128(2)),
            domain: "plans".into(),
            command_type: "Ingest".into(),
            status,
            attempts: 3,
            max_attempts: 3,
            error_code: Some("OUT_OF_MEMORY".into()),
            error_title: Some("wall_detection ran out of memory.".into()),
            error_message: None,
            created_at: at(-60),
            updated_at: at(0),
            group: None,
            job: None,
            payload: None,
        },
        correlation_id: Uuid::from_u128(3),
        reply_to: None,
        epoch: 3,
        lease_until: None,
        visible_at: at(0),
        worker: Some("ingest-2".into()),
        inside: false,
        payload_source: None,
        reply: None,
        history: vec![],
        revisions: vec![],
        original: None,
    }
}

#[test]
fn a_waiting_command_says_since_when_why_and_for_whom() {
    let mut waiting = command(CommandStatus::InTroubleshootingQueue);
    assert_eq!(
        command_story(&waiting),
        "In the troubleshooting queue for 12 min: wall_detection ran out of memory. It waits for a person."
    );
    waiting.row.error_message = Some("needed > 256 MB of 256 MB".into());
    assert!(command_story(&waiting).contains("needed > 256 MB of 256 MB"));
}

#[test]
fn a_lost_worker_is_told_from_a_busy_one() {
    let mut running = command(CommandStatus::InProgress);
    running.lease_until = Some(at(900));
    assert_eq!(command_story(&running), "ingest-2 is at it, attempt 3 of 3.");
    running.lease_until = Some(at(600));
    assert!(command_story(&running).contains("its lease ended 2 min ago"), "{}", command_story(&running));
}

#[test]
fn a_scheduled_attempt_says_when() {
    let mut pending = command(CommandStatus::Pending);
    pending.visible_at = at(780);
    assert!(command_story(&pending).starts_with("Waiting for its next attempt, in 1 min."));
}

/// Of a run that stands at its second step of many.
fn outline() -> Outline {
    Outline {
        steps: 1_003,
        succeeded: 1,
        failed: 1,
        running: 0,
        waiting: 0,
        skipped: 1_001,
        cause: Some(2),
        consequences: 1_001,
        folded: true,
        rows: 2,
        from: 1,
        open: 2,
        total_ms: 1,
        shortened: false,
    }
}

fn job(status: JobStatus) -> JobOutput {
    let limits = Limits { memory_bytes: 256 << 20, cpu_seconds: 60, wall_seconds: 120 };
    let step = |place, name: &str, status, title: Option<&str>| Step {
        place,
        start_ms: None,
        end_ms: None,
        tries: 0,
        memory_peak_bytes: None,
        memory_limit_bytes: None,
        name: name.into(),
        status,
        started_at: None,
        finished_at: None,
        error_code: None,
        error_title: title.map(Into::into),
        error_message: None,
        limits,
        attempts: vec![],
        outputs: vec![],
    };
    let cause = step(2, "wall_detection", StepStatus::Failed, Some("ran out of memory"));
    JobOutput {
        standstill: None,
        now: at(720),
        row: JobRow {
            tenant: TenantId(Uuid::from_u128(1)),
            tenant_name: "Northwind".into(),
            job: JobId(Uuid::from_u128(4)),
            command: CommandId(Uuid::from_u128(2)),
            pipeline: "plan_ingest".into(),
            title: None,
            status,
            current_step: Some("wall_detection".into()),
            error_code: None,
            error_title: None,
            run: 3,
            created_at: at(-60),
            updated_at: at(0),
            duration_ms: Some(1000),
        },
        command_status: CommandStatus::InTroubleshootingQueue,
        inside: false,
        requested_by: None,
        outline: outline(),
        steps: vec![step(1, "pdf_upload", StepStatus::Succeeded, None)],
        cause: Some(cause),
        chosen: None,
        attempt: None,
        stopping: None,
        alike: None,
        found: None,
        plan: None,
    }
}

#[test]
fn a_failed_job_names_its_step() {
    assert_eq!(job_story(&job(JobStatus::Failed)), "Failed at wall_detection 12 min ago: ran out of memory. It waits for a person.");
    assert_eq!(job_story(&job(JobStatus::Succeeded)), "All 1,003 steps succeeded 12 min ago.");
}

#[test]
fn how_an_attempt_ended() {
    let mut attempt: Attempt = serde_json::from_value(json!({
        "id": 1, "number": 1, "status": "FAILED", "started_at": at(0), "finished_at": at(1),
        "limits": { "memory_bytes": 1, "cpu_seconds": 1, "wall_seconds": 1 },
        "memory_peak_bytes": null, "cpu_ms": null, "wall_ms": null, "disk_bytes": null,
        "exit_code": 1, "signal": null, "error_code": null, "error_title": null,
        "worker": "w", "build": "b", "params": {}, "kill": null, "log": null
    }))
    .expect("an attempt");
    assert_eq!(measured_end(&attempt).as_deref(), Some("exit 1"));
    attempt.signal = Some(9);
    assert_eq!(measured_end(&attempt).as_deref(), Some("killed by SIGKILL"));
    attempt.status = AttemptStatus::Lost;
    assert_eq!(measured_end(&attempt).as_deref(), Some("worker lost"));
}

#[test]
fn what_came_of_a_wish_to_kill_is_never_more_than_is_known() {
    let mut attempt: Attempt = serde_json::from_value(json!({
        "id": 1, "number": 1, "status": "RUNNING", "started_at": at(0), "finished_at": null,
        "limits": { "memory_bytes": 1, "cpu_seconds": 1, "wall_seconds": 1 },
        "memory_peak_bytes": null, "cpu_ms": null, "wall_ms": null, "disk_bytes": null,
        "exit_code": null, "signal": null, "error_code": null, "error_title": null,
        "worker": "w", "build": "b", "params": {}, "kill": { "at": at(60), "by": "Anna", "force": false }, "log": null
    }))
    .expect("an attempt");
    assert!(kill_story(&attempt).is_some_and(|told| told.ends_with("It still runs.")));
    attempt.status = AttemptStatus::Failed;
    assert!(kill_story(&attempt).is_some_and(|told| told.contains("ended by itself")));
    attempt.error_code = Some(KILLED.into());
    assert!(kill_story(&attempt).is_some_and(|told| told.ends_with("and it was.")));
    attempt.status = AttemptStatus::Lost;
    assert!(kill_story(&attempt).is_some_and(|told| told.ends_with("is not known.")));
    attempt.kill = None;
    assert_eq!(kill_story(&attempt), None);
}

#[test]
fn a_wish_that_is_not_carried_out_yet_is_told_with_its_reason() {
    let mut running = job(JobStatus::Running);
    assert_eq!(stopping_story(&running), None);
    running.stopping = Some(Kill { at: at(718), by: "Anna".into(), force: false });
    let (asked, then) = stopping_story(&running).expect("told");
    assert_eq!(
        (asked.as_str(), then),
        ("Anna asked for wall_detection to be killed (TERM) just now", "Its worker sees that within a few seconds.")
    );
    running.stopping = Some(Kill { at: at(600), by: "Anna".into(), force: false });
    assert!(stopping_story(&running).is_some_and(|(_, then)| then.contains("may ignore TERM")));
    running.standstill = Some(Standstill { blocker: Blocker::WorkerSilent, sentence: String::new(), evidence: vec![] });
    assert!(stopping_story(&running).is_some_and(|(_, then)| then.contains("is not known")));
}
