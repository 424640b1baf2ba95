//! Staff ask for the process of a running step to be stopped: a real one, which may ignore that.

use crate::steps::{alive, send, sh, steps, work_dir, worker};
use crate::support::{World, options, start};
use bus::CommandId;
use bus::pipeline::Pipeline;

/// What the console's deed writes.
fn ask(world: &World, force: bool) {
    world.sql(&format!(
        "update pipeline.attempt set kill_asked_at = clock_timestamp(), kill_asked_by = 'Anna Berg', kill_force = {force} where status = 'RUNNING'"
    ));
}

/// Runs a script until it has said its number, and gives that.
async fn begun(world: &World, script: &str) -> (CommandId, String, impl Future<Output = ()>) {
    let command = send(world, 3).await;
    let pipeline = Pipeline::new("p", work_dir(world)).step(sh("hang", script)).step(sh("after", r#"echo x > "$4"/b.txt"#));
    let (stop, running) = start(worker(world.bus.clone(), options("w"), pipeline));
    world.until("select count(*) from pipeline.attempt_detail where log like '% pid %'", "1").await;
    let log = world.sql("select log from pipeline.attempt_detail");
    let pid = log.lines().find_map(|line| line.split_once(" pid ")).expect("a pid").1.to_owned();
    let end = async move {
        stop.cancel();
        running.await.expect("a report");
    };
    (command, pid, end)
}

#[tokio::test]
async fn a_step_that_is_asked_to_end_does_and_waits_for_a_person() {
    let world = World::new().await;
    let (command, pid, end) = begun(&world, r#"echo "pid $$" >&2; exec sleep 300"#).await;
    ask(&world, false);
    world.until_status(command, "IN_TROUBLESHOOTING_QUEUE").await;
    assert!(!alive(&pid));
    assert_eq!(steps(&world), "hang FAILED, after SKIPPED");
    assert_eq!(
        world.sql("select status, error_code, error_title, signal from pipeline.attempt"),
        "FAILED|KILLED_BY_OPERATOR|hang was killed by staff|15"
    );
    assert_eq!(world.sql("select status, error_code from pipeline.job"), "FAILED|KILLED_BY_OPERATOR");
    assert_eq!(
        world.sql("select attempts, last_error_type, last_error_code from commandbus.command"),
        "1|PERMANENT|KILLED_BY_OPERATOR",
        "two attempts were left, and none is taken"
    );
    assert_eq!(world.history(command), ["SENT", "RECEIVED", "MOVED_TO_TSQ"]);
    let said = world.sql("select log, error_message from pipeline.attempt_detail");
    assert!(said.contains("Anna Berg asked for this step to be killed; its process is sent TERM"), "{said}");
    assert!(said.contains("its process ended by signal 15"), "{said}");
    end.await;
}

#[tokio::test]
async fn a_process_that_ignores_it_runs_on_until_it_is_ended_by_force_with_all_it_started() {
    let world = World::new().await;
    let script = r#"trap '' TERM; (trap '' TERM; sleep 300) & echo "child $!" >&2; echo "pid $$" >&2; while :; do sleep 0.1; done"#;
    let (command, pid, end) = begun(&world, script).await;
    let log = world.sql("select log from pipeline.attempt_detail");
    let child = log.lines().find_map(|line| line.split_once(" child ")).expect("a child").1.to_owned();
    ask(&world, false);
    world.until("select count(*) from pipeline.attempt_detail where log like '%is sent TERM%'", "1").await;
    // It had two seconds more than any step gets that is over a limit.
    tokio::time::sleep(std::time::Duration::from_secs(4)).await;
    assert!(alive(&pid) && alive(&child), "asking is not forcing");
    assert_eq!(world.sql("select status from pipeline.attempt"), "RUNNING");
    ask(&world, true);
    world.until_status(command, "IN_TROUBLESHOOTING_QUEUE").await;
    assert!(!alive(&pid) && !alive(&child));
    assert_eq!(world.sql("select status, error_code, signal from pipeline.attempt"), "FAILED|KILLED_BY_OPERATOR|9");
    end.await;
}

#[tokio::test]
async fn what_a_step_leaves_after_it_was_told_to_end_is_not_its_result() {
    let world = World::new().await;
    let script = r#"trap 'echo half > "$4"/a.txt; exit 0' TERM; echo "pid $$" >&2; while :; do sleep 0.1; done"#;
    let (command, _, end) = begun(&world, script).await;
    ask(&world, false);
    world.until_status(command, "IN_TROUBLESHOOTING_QUEUE").await;
    assert_eq!(world.sql("select status, error_code, exit_code from pipeline.attempt"), "FAILED|KILLED_BY_OPERATOR|0");
    assert_eq!(world.sql("select count(*) from pipeline.artifact where name = 'a.txt'"), "0");
    end.await;
}

#[tokio::test]
async fn a_wish_reaches_the_attempt_it_is_meant_for_and_no_other() {
    let world = World::new().await;
    let mark = work_dir(&world).with_extension("again");
    let script = format!(r#"if [ -e {0} ]; then echo x > "$4"/a.txt; else touch {0}; echo "pid $$" >&2; exit 3; fi"#, mark.display());
    let command = send(&world, 3).await;
    // Between the failure and the next attempt somebody is late: the wish stands at what has ended.
    let pipeline = Pipeline::new("p", work_dir(&world)).step(sh("twice", &script));
    let (stop, running) = start(worker(world.bus.clone(), options("w"), pipeline));
    world.until("select count(*) > 0 from pipeline.attempt where status = 'FAILED'", "t").await;
    world.sql(
        "update pipeline.attempt set kill_asked_at = clock_timestamp(), kill_asked_by = 'Anna Berg', kill_force = true where number = 1",
    );
    world.until_status(command, "COMPLETED").await;
    assert_eq!(world.sql("select string_agg(status, ' ' order by number) from pipeline.attempt"), "FAILED SUCCEEDED");
    stop.cancel();
    running.await.expect("a report");
    std::fs::remove_file(mark).expect("the mark");
}
