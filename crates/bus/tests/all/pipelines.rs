//! What runs of pipelines leave behind, how they go on after a worker was shot, and that runners who
//! come late write nothing.

use crate::steps::{LIMITS, alive, send, sh, steps, through, work_dir, worker};
use crate::support::{World, options, start};
use bus::WorkerOptions;
use bus::pipeline::{Pipeline, StepDef};
use serde_json::{Value, json};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

#[tokio::test]
async fn files_objects_logs_and_measures_are_kept() {
    let world = World::new().await;
    let pipeline = Pipeline::new("plan_ingest", work_dir(&world))
        .step(sh("read", r#"test "$(cat "$2"/upload.pdf)" = %PDF-1.7 && test -z "$CARGO_MANIFEST_DIR" && printf '%s' "$6" > "$4"/params.json; echo 'found 2 walls' >&2; echo '{"pages": 1}' > "$4"/outcome.json"#)
            .params(json!({ "page": 1 }).as_object().expect("an object").clone()))
        .step(sh("find", r#"cat "$2"/params.json && echo '[{"id": "w1", "kind": "wall", "confidence": 0.9, "geometry": [[0,0],[1,0]]}]' > "$4"/objects.json; echo '{"walls": 1}' > "$4"/outcome.json"#));
    let command = through(&world, pipeline, 3, "COMPLETED").await;
    assert_eq!(steps(&world), "read SUCCEEDED, find SUCCEEDED");
    assert_eq!(world.sql("select status, run, current_step from pipeline.job"), "SUCCEEDED|1|find");
    assert_eq!(world.sql("select title, requested_by from pipeline.job_detail"), "house.pdf|ann@example.org");
    assert_eq!(
        world.sql("select string_agg(name, ' ' order by name) from pipeline.artifact"),
        "find.outcome.json objects.json params.json read.outcome.json upload.pdf"
    );
    assert_eq!(world.sql("select convert_from(body, 'utf8') from pipeline.artifact where name = 'params.json'"), r#"{"page":1}"#);
    assert_eq!(world.sql("select id, kind, confidence from pipeline.object"), "w1|wall|0.9");
    let log = world.sql("select log from pipeline.attempt_detail order by attempt_id limit 1");
    assert!(log.contains("limits: 64 MB of memory") && log.contains(" found 2 walls"), "{log}");
    assert_eq!(world.sql("select count(*) from pipeline.attempt where wall_ms >= 0 and cpu_ms >= 0 and exit_code = 0 and epoch = 1"), "2");
    let job = bus::pipeline::job_of(command);
    let result: Value = serde_json::from_str(&world.sql("select body -> 'result' from commandbus.reply")).expect("json");
    assert_eq!(result, json!({ "job_id": job, "outcome": { "walls": 1 } }));
    assert!(std::fs::read_dir(work_dir(&world)).expect("the directory").next().is_none(), "nothing is left on the disk");
}

#[tokio::test]
async fn a_step_may_say_why_or_just_crash() {
    let world = World::new().await;
    let rule = r#"echo '{"code": "NOT_A_PDF", "message": "a.txt is not a PDF.", "class": "BUSINESS"}' > "$4"/failure.json; exit 2"#;
    let command = through(&world, Pipeline::new("p", work_dir(&world)).step(sh("check", rule)), 3, "FAILED").await;
    assert_eq!(world.sql("select error_code, error_title, status from pipeline.job"), "NOT_A_PDF|check: not a pdf|FAILED");
    assert_eq!(world.sql("select body ->> 'error_message' from commandbus.reply"), "a.txt is not a PDF.");
    assert_eq!(world.history(command), ["SENT", "RECEIVED", "BUSINESS_RULE_FAILED"]);
    let crash = sh("crash", "echo 'half way' >&2; exit 7");
    let command = through(&world, Pipeline::new("p", work_dir(&world)).step(crash), 1, "IN_TROUBLESHOOTING_QUEUE").await;
    let message = world.sql(&format!("select message from commandbus.command_error where command_id = '{command}'"));
    assert_eq!(message, "The program of the step crash ended with exit code 7 without saying why; the last it said: half way.");
    let missing = StepDef::new("missing", "/nowhere/program", LIMITS);
    let command = through(&world, Pipeline::new("p", work_dir(&world)).step(missing), 1, "IN_TROUBLESHOOTING_QUEUE").await;
    assert!(!world.sql(&format!("select last_error_code from commandbus.command where command_id = '{command}'")).is_empty());
}

/// Sticks the first time, passes afterwards.
fn sticky(dir: &Path, mark: &Path) -> Pipeline {
    let script = r#"if [ -e "$0" ]; then echo x > "$4"/b.txt; else echo "pid $$" >&2; touch "$0"; sleep 300; fi"#;
    Pipeline::new("plan_ingest", dir).step(sh("first", r#"echo x > "$4"/a.txt"#)).step(StepDef::new("second", "/bin/sh", LIMITS).args([
        "-c",
        script,
        &mark.display().to_string(),
    ]))
}

#[tokio::test]
#[ignore = "the body of a child process of another test"]
async fn process_that_works() {
    let Ok(url) = std::env::var("BUS_TEST_URL") else {
        return;
    };
    let dir = PathBuf::from(std::env::var("BUS_TEST_DIR").expect("a directory"));
    let bus = bus::Bus::connect(&url, bus::Options::default()).await.expect("a bus");
    let settings = WorkerOptions { lease: Duration::from_secs(2), ..options("victim") };
    let pipeline = sticky(&dir, &dir.with_extension("mark"));
    worker(bus, settings, pipeline).run(bus::CancellationToken::new()).await.expect("a worker");
}

#[tokio::test]
async fn another_worker_goes_on_after_one_was_shot_in_the_middle_of_a_step() {
    let world = World::new().await;
    let (dir, mark) = (work_dir(&world), work_dir(&world).with_extension("mark"));
    let command = send(&world, 3).await;
    let mut victim = Command::new(std::env::current_exe().expect("this program"))
        .args(["--ignored", "--exact", "pipelines::process_that_works", "--nocapture"])
        .env("BUS_TEST_URL", &world.url)
        .env("BUS_TEST_DIR", &dir)
        .stdout(Stdio::null())
        .spawn()
        .expect("a worker process");
    // What the step says is there to be read while it runs.
    world.until("select count(*) from pipeline.attempt_detail where log like '% pid %'", "1").await;
    let log = world.sql("select log from pipeline.attempt_detail where log like '% pid %'");
    let pid = log.lines().find_map(|line| line.split_once(" pid ")).expect("a pid").1.to_owned();
    victim.kill().expect("shot");
    victim.wait().expect("reaped");
    let (stop, running) = start(worker(world.bus.clone(), options("heir"), sticky(&dir, &mark)));
    world.until_status(command, "COMPLETED").await;
    stop.cancel();
    running.await.expect("a report");
    assert!(!alive(&pid), "the step died with its worker");
    assert_eq!(
        world.sql("select string_agg(step || ' ' || number || ' ' || status || ' ' || worker, ', ' order by id) from pipeline.attempt"),
        "first 1 SUCCEEDED victim, second 1 LOST victim, second 2 SUCCEEDED heir"
    );
    assert_eq!(world.sql("select status, run from pipeline.job"), "SUCCEEDED|2");
    assert!(world.history(command).contains(&"LEASE_EXPIRED".to_owned()));
    assert_eq!(world.sql("select count(*) from pgmq.q_plans__replies"), "1");
    std::fs::remove_file(mark).expect("the mark");
}

#[tokio::test]
async fn a_runner_whose_claim_is_gone_writes_nothing() {
    let world = World::new().await;
    let command = send(&world, 3).await;
    let pipeline = Pipeline::new("p", work_dir(&world)).step(sh("only", r#"sleep 0.7; echo x > "$4"/a.txt"#));
    let (stop, running) = start(worker(world.bus.clone(), options("late"), pipeline));
    world.until("select status from pipeline.attempt", "RUNNING").await;
    // Somebody else has taken over; the runner has not heard of it yet.
    world.sql("update commandbus.command set epoch = epoch + 1, worker = 'other'");
    tokio::time::sleep(Duration::from_millis(1500)).await;
    assert_eq!(
        world.sql("select a.status, s.status, j.status from pipeline.attempt a, pipeline.step s, pipeline.job j"),
        "RUNNING|RUNNING|RUNNING"
    );
    assert_eq!(world.sql("select count(*) from pipeline.artifact where name = 'a.txt'"), "0");
    assert_eq!(world.status(command), "IN_PROGRESS");
    stop.cancel();
    assert_eq!(running.await.expect("a report").stale, 1);
}
