//! A run of many steps as the views tell of it: an outline of all, a window of rows, the chosen step with its attempts, and that no
//! step is ever lost between two windows.

mod common;

use common::*;
use domain::ProblemKind;
use serde_json::{Value, json};
use std::collections::BTreeSet;
use uuid::Uuid;

const STEPS: i64 = 250;
const CAUSE: i64 = 160;

/// The failed job of the fixture, made long: 159 steps succeeded, the next failed twice, the rest did not run.
async fn long_run(world: &World) -> Uuid {
    let (_, job) = world.failed_command(NORTHWIND).await;
    let mut db = world.db().await;
    for sql in [
        "delete from pipeline.step where job_id = $1",
        // Places count up, ordinals need not.
        "insert into pipeline.step (tenant_id, job_id, ordinal, name, status, started_at, finished_at, memory_limit_bytes, cpu_limit_seconds, wall_limit_seconds)
         select tenant_id, job_id, n * 3, case when n % 50 = 0 then 'mark_' else 'read_' end || lpad(n::text, 4, '0'),
           case when n < 160 then 'SUCCEEDED' when n = 160 then 'FAILED' else 'SKIPPED' end,
           case when n <= 160 then now() + n * interval '1 second' end, case when n <= 160 then now() + n * interval '1 second' + interval '900 ms' end, 268435456, 60, 120
         from pipeline.job, generate_series(1, 250) n where job_id = $1",
        "insert into pipeline.attempt (tenant_id, job_id, step, number, epoch, status, memory_limit_bytes, cpu_limit_seconds, wall_limit_seconds, memory_peak_bytes, worker, build)
         select tenant_id, job_id, name, t, t, status, 268435456, 60, 120, ordinal * 1000, 'plans-1', 'b1'
         from pipeline.step, generate_series(1, 2) t where job_id = $1 and (status = 'FAILED' or (status = 'SUCCEEDED' and t = 1))",
        "insert into pipeline.attempt_detail (tenant_id, attempt_id, log, error_message)
         select tenant_id, id, step || ' said so', case status when 'FAILED' then 'needed more' end from pipeline.attempt where job_id = $1",
    ] {
        sqlx::query(sql).bind(job).execute(&mut db).await.unwrap_or_else(|error| panic!("{sql}: {error}"));
    }
    job
}

fn places(steps: &Value) -> Vec<i64> {
    steps.as_array().expect("steps").iter().map(|step| step["place"].as_i64().expect("a place")).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_long_run_is_told_of_by_its_outline_and_a_window() {
    let world = world().await;
    let job = long_run(&world).await;
    let token = world.sign_in(READY).await;
    let told = world.view(&token, "job", json!({"job": job})).await.expect("the job");
    let outline = &told["outline"];
    for (field, wanted) in [
        ("steps", STEPS),
        ("succeeded", 159),
        ("failed", 1),
        ("skipped", 90),
        ("cause", CAUSE),
        ("consequences", 90),
        ("rows", STEPS),
        ("open", CAUSE),
    ] {
        assert_eq!(outline[field], wanted, "{field}: {outline}");
    }
    assert_eq!(places(&told["steps"]), (155..=250).collect::<Vec<_>>(), "a little above what matters, to the end");
    assert_eq!((&told["cause"]["place"], &told["chosen"]["place"]), (&json!(CAUSE), &json!(CAUSE)));
    assert_eq!(told["cause"]["error_message"], "needed more");
    assert_eq!(told["chosen"]["attempts"].as_array().map(Vec::len), Some(2));
    assert_eq!((&told["chosen"]["attempts"][0]["log"], &told["chosen"]["attempts"][1]["log"]), (&Value::Null, &json!("read_0160 said so")));
    assert!(told["steps"].as_array().expect("steps").iter().all(|step| step["attempts"] == json!([])), "only of the chosen step");
    assert_eq!(told["steps"][0]["memory_peak_bytes"], 155 * 3000);
    assert_eq!((&told["steps"][0]["start_ms"], &outline["total_ms"]), (&json!(154_000), &json!(159_900)));

    let folded = world.view(&token, "job", json!({"job": job, "fold": true, "attempt": 1})).await.expect("folded");
    assert_eq!((&folded["outline"]["rows"], &folded["outline"]["folded"], &folded["attempt"]), (&json!(CAUSE), &json!(true), &json!(1)));
    assert_eq!(places(&folded["steps"]).last(), Some(&CAUSE));
    assert_eq!(folded["chosen"]["attempts"][0]["log"], "read_0160 said so");
    let shown = world.view(&token, "job", json!({"job": job, "fold": true, "step": "read_0201"})).await.expect("one that is folded away");
    assert_eq!((&shown["outline"]["folded"], &shown["chosen"]["place"]), (&json!(false), &json!(201)), "a link to a step shows it");
    let all = world.view(&token, "job", json!({"job": job, "limit": 250, "attempts": true})).await.expect("all");
    assert_eq!(all["steps"].as_array().expect("steps").iter().flat_map(|step| step["attempts"].as_array()).flatten().count(), 161);
}

#[tokio::test(flavor = "multi_thread")]
async fn windows_lose_no_step_and_show_none_twice() {
    let world = world().await;
    let job = long_run(&world).await;
    let token = world.sign_in(READY).await;
    for (fold, wanted) in [(false, (1..=STEPS).collect::<BTreeSet<_>>()), (true, (1..=CAUSE).collect())] {
        let (mut seen, mut from) = (BTreeSet::new(), 1);
        loop {
            let window =
                world.view(&token, "job-steps", json!({"job": job, "from": from, "limit": 60, "fold": fold})).await.expect("a window");
            let (first, rows) = (window["from"].as_i64().expect("from"), window["rows"].as_i64().expect("rows"));
            let places = places(&window["steps"]);
            assert!(first <= from && !places.is_empty(), "{window}");
            seen.extend(&places);
            from = first + places.len() as i64;
            if from > rows {
                break;
            }
        }
        assert_eq!(seen, wanted);
    }
    for limit in [0, 1_001] {
        let problem = world.view(&token, "job-steps", json!({"job": job, "limit": limit})).await.expect_err("too many or none");
        assert_eq!(problem.kind, ProblemKind::BadInput);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_step_is_found_by_part_of_its_name_one_after_the_other_and_round_again() {
    let world = world().await;
    let job = long_run(&world).await;
    let token = world.sign_in(READY).await;
    let mut step = None::<String>;
    let mut visited = Vec::new();
    for _ in 0..6 {
        let found = world.view(&token, "job", json!({"job": job, "find": "Mark", "step": step})).await.expect("found");
        assert_eq!(found["found"]["of"], 5);
        visited.push((found["chosen"]["place"].as_i64().expect("a place"), found["found"]["at"].as_i64().expect("a number")));
        step = found["chosen"]["name"].as_str().map(str::to_owned);
    }
    assert_eq!(visited, [(50, 1), (100, 2), (150, 3), (200, 4), (250, 5), (50, 1)]);
    let nothing = world.view(&token, "job", json!({"job": job, "find": "roof"})).await.expect("nothing");
    assert_eq!((&nothing["found"], &nothing["chosen"]["place"]), (&json!({"at": 0, "of": 0}), &json!(CAUSE)));
    let no_pattern = world.view(&token, "job", json!({"job": job, "find": "%"})).await.expect("letters, not a pattern");
    assert_eq!(no_pattern["found"]["of"], 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn reprocessing_many_steps_is_told_of_by_their_number() {
    let world = world().await;
    let job = long_run(&world).await;
    let token = world.sign_in(READY).await;
    let input = json!({"job": job, "from_step": "read_0160", "memory": "1G", "params": "{\"scale\": 2}"});
    let receipt = world.act(&token, "reprocess-job", domain::Ask::default(), input).await.expect("reprocessed");
    assert!(receipt["changes"].as_array().is_some_and(|changes| changes.len() < 10), "{receipt}");
    let effects = receipt["effects"].to_string();
    assert!(effects.contains("the 90 steps after it") && effects.contains("Outputs of the 159 steps before"), "{effects}");
    let set = "select count(*)::text || ' ' || count(distinct memory_limit_bytes) || ' ' || min(params::text) from pipeline.step where status = 'WAITING'";
    assert_eq!(world.text(set).await, "91 1 {\"scale\": 2}");
}

#[tokio::test(flavor = "multi_thread")]
async fn two_attempts_are_compared_with_what_each_was_sent() {
    let world = world().await;
    let (command, job) = world.failed_command(NORTHWIND).await;
    let lead = world.sign_in(Person { role: domain::Role::Lead, ..READY }).await;
    let mut db = world.db().await;
    sqlx::query("update pipeline.attempt set started_at = now() - make_interval(hours => 3 - number) where job_id = $1")
        .bind(job)
        .execute(&mut db)
        .await
        .expect("earlier");
    let compared = async |token, first, second| {
        let input = json!({"job": job, "step": "wall_detection", "first": first, "second": second});
        let said = world.view(token, "compare-attempts", input).await.expect("compared");
        let of = |row: &Value| row["what"].as_str().is_some_and(|what| what.starts_with("payload") || what == "correlation");
        said["rows"].as_array().expect("rows").iter().filter(|row| of(row)).cloned().collect::<Vec<_>>()
    };
    let correlation = json!({"what": "correlation", "first": command, "second": command});
    let at_first = "as it was sent at first";
    assert_eq!(compared(&lead, 1, 2).await, [json!({"what": "payload", "first": at_first, "second": at_first}), correlation.clone()]);

    let version = world.text(EAST_WING).await;
    let edit = json!({"command": command, "payload": EDITED, "version": version});
    world.act(&lead, "edit-command", domain::Ask::default(), edit).await.expect("edited");
    sqlx::query(
        "insert into pipeline.attempt (tenant_id, job_id, step, number, epoch, status, started_at, memory_limit_bytes, cpu_limit_seconds, wall_limit_seconds, worker, build)
         select tenant_id, job_id, step, 3, 9, 'FAILED', clock_timestamp(), memory_limit_bytes, cpu_limit_seconds, wall_limit_seconds, worker, build
         from pipeline.attempt where job_id = $1 and number = 2",
    )
    .bind(job)
    .execute(&mut db)
    .await
    .expect("one more");
    let changed = json!({"what": "payload file", "first": "\"east-wing.pdf\"", "second": "\"west-wing.pdf\""});
    let edited = json!({"what": "payload", "first": at_first, "second": "as edit 1 left it"});
    assert_eq!(compared(&lead, 2, 3).await, [edited, changed, correlation.clone()]);
    let outside = world.sign_in(Person { session_on: None, ..READY }).await;
    assert_eq!(compared(&outside, 2, 3).await, [correlation], "payloads are inside only");
}
