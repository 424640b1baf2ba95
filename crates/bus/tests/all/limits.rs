//! Limits on memory, time and CPU are kept with real processes, and said in words.

use crate::steps::{LIMITS, alive, sh, steps, through, work_dir, worker};
use crate::support::{World, options, start};
use bus::pipeline::{Limits, Pipeline, StepDef};

/// A step that takes memory until it has `take_mb` of it: this test program, told to by a variable.
fn hungry(name: &str) -> StepDef {
    let program = std::env::current_exe().expect("this program");
    let script = format!(
        "echo 'counting walls' >&2; BUS_TEST_TAKE_MB=200 exec {} --ignored --exact limits::process_that_takes_memory --nocapture",
        program.display()
    );
    sh(name, &format!("{script} && true"))
}

#[tokio::test]
async fn a_step_over_its_memory_dies_and_succeeds_with_more() {
    let world = World::new().await;
    let pipeline = Pipeline::new("plan_ingest", work_dir(&world))
        .step(sh("upload", r#"echo x > "$4"/a.txt"#))
        .step(hungry("wall_detection"))
        .step(sh("finish", r#"echo x > "$4"/b.txt"#));
    let command = through(&world, pipeline.clone(), 2, "IN_TROUBLESHOOTING_QUEUE").await;
    assert_eq!(steps(&world), "upload SUCCEEDED, wall_detection FAILED, finish SKIPPED");
    assert_eq!(
        world.sql("select status, error_code, error_title, current_step, run from pipeline.job"),
        "FAILED|OUT_OF_MEMORY|wall_detection ran out of memory|wall_detection|2"
    );
    let message = world.sql("select message from commandbus.command_error");
    assert!(message.starts_with("out of memory: needed > 64 MB of 64 MB"), "{message}");
    assert_eq!(world.sql("select count(*) from pipeline.attempt where step = 'upload'"), "1", "what was done is not done again");
    assert_eq!(world.sql("select count(*) from pipeline.attempt where status = 'FAILED' and error_code = 'OUT_OF_MEMORY' and memory_peak_bytes between 1000000 and 80000000"), "2");
    assert_eq!(
        world.sql("select last_error_code, last_error_title from commandbus.command"),
        "OUT_OF_MEMORY|wall_detection ran out of memory"
    );
    // What the console's reprocessing does: more memory, and the message anew.
    world.sql("update pipeline.step set memory_limit_bytes = 1 << 30 where name = 'wall_detection'");
    world.sql(
        "update commandbus.command set status = 'PENDING', attempts = 0,
         msg_id = (select s from pgmq.send('plans__commands', (select message from pgmq.a_plans__commands)) s)",
    );
    let (stop, running) = start(worker(world.bus.clone(), options("w"), pipeline));
    world.until(
        "select status || (select string_agg(step || number || status, ' ' order by id) from pipeline.attempt where status = 'SUCCEEDED') from commandbus.command",
        "COMPLETEDupload1SUCCEEDED wall_detection3SUCCEEDED finish1SUCCEEDED",
    )
    .await;
    assert_eq!(world.sql("select status, error_code is null, run from pipeline.job"), "SUCCEEDED|t|3");
    assert_eq!(world.status(command), "COMPLETED");
    stop.cancel();
    running.await.expect("a report");
}

#[tokio::test]
async fn a_step_over_its_time_ends_with_all_it_started() {
    let world = World::new().await;
    let limits = Limits { wall_seconds: 1, ..LIMITS };
    let script =
        r#"sleep 300 & echo "pid $!" >&2; (trap '' TERM; sleep 300) & echo "pid $!" >&2; setsid sleep 300 & echo "pid $!" >&2; wait"#;
    let slow = StepDef::new("slow", "/bin/sh", limits).args(["-c", script, "step"]);
    through(&world, Pipeline::new("p", work_dir(&world)).step(slow), 1, "IN_TROUBLESHOOTING_QUEUE").await;
    assert_eq!(world.sql("select error_code, error_title from pipeline.attempt"), "TIMED_OUT|slow ran out of time");
    let log = world.sql("select log from pipeline.attempt_detail");
    let pids: Vec<&str> = log.lines().filter_map(|line| line.get(13..)?.strip_prefix("pid ")).collect();
    assert_eq!(pids.len(), 3, "{log}");
    for pid in pids {
        assert!(
            !alive(pid),
            "the process {pid} outlived its step: {} {log}",
            std::fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default()
        );
    }
}

#[tokio::test]
async fn a_step_that_burns_cpu_is_stopped() {
    let world = World::new().await;
    let burn = StepDef::new("burn", "/bin/sh", Limits { cpu_seconds: 1, ..LIMITS }).args(["-c", "while :; do :; done", "step"]);
    through(&world, Pipeline::new("p", work_dir(&world)).step(burn), 1, "IN_TROUBLESHOOTING_QUEUE").await;
    assert_eq!(world.sql("select error_code, cpu_ms between 500 and 5000 from pipeline.attempt"), "TIMED_OUT|t");
    assert!(world.sql("select message from commandbus.command_error").contains("1.0 s of 1.0 s of CPU"));
}

#[test]
#[ignore = "the body of a child process of other tests"]
fn process_that_takes_memory() {
    let Ok(megabytes) = std::env::var("BUS_TEST_TAKE_MB") else {
        return;
    };
    let mut taken = Vec::new();
    for n in 0..megabytes.parse().expect("a number") {
        taken.push(vec![n as u8 | 1; 1 << 20]);
    }
    assert!(taken.iter().all(|part| part[77] > 0));
}
