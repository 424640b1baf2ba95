//! Runs stuck at the same step started again from it: found by the step, told beforehand, each as if it had been reprocessed alone.

use super::*;

/// Starts it for what is stuck at `wall_detection`.
async fn reprocess(world: &World, token: &Token, ask: Ask, mut input: Value) -> Result<Value, domain::Problem> {
    let preview = world.view(token, "bulk-preview", json!({"find": "step:wall_detection"})).await.expect("a preview");
    input["token"] = preview["token"].clone();
    world.act(token, "start-bulk-reprocess", ask, input).await
}

/// A failed command whose run is as `sql` makes it.
async fn another(world: &World, sql: &'static str) -> Uuid {
    let (command, job) = world.failed_command(NORTHWIND).await;
    sqlx::query(sql).bind(job).execute(&mut world.db().await).await.expect(sql);
    command
}

#[tokio::test(flavor = "multi_thread")]
async fn a_run_of_many_is_reprocessed_as_one_alone_is() {
    let world = world().await;
    let token = world.sign_in(READY).await;
    let (alone, job) = world.failed_command(NORTHWIND).await;
    let given = json!({"from_step": "wall_detection", "memory": "1G", "params": "{\"ignore_hatching\": true}"});
    let mut input = given.clone();
    input["job"] = json!(job);
    world.act(&token, "reprocess-job", Ask::default(), input).await.expect("reprocessed alone");
    let (many, _) = world.failed_command(NORTHWIND).await;
    reprocess(&world, &token, Ask::default(), given).await.expect("accepted");
    run(&world, &mut world.runner().await).await;
    let mut db = world.db().await;
    let mut told = Vec::new();
    for command in [alone, many] {
        let sql = "select concat_ws(' | ',
              (select status || ' ' || attempts from commandbus.command where command_id = $1),
              (select string_agg(concat_ws(' ', s.name, s.status, s.memory_limit_bytes, s.params), ', ' order by s.ordinal)
               from pipeline.step s join pipeline.job j using (tenant_id, job_id) where j.command_id = $1),
              (select j.status || ' ' || coalesce(j.error_code, '-') from pipeline.job j where j.command_id = $1),
              (select string_agg(a.event_type || ' ' || n.note, ', ') from commandbus.audit a join commandbus.audit_note n on n.audit_id = a.id where a.command_id = $1))";
        told.push(sqlx::query_scalar::<_, String>(sql).bind(command).fetch_one(&mut db).await.expect("how it stands"));
    }
    assert_eq!(told[0], told[1]);
    assert_eq!(
        told[1],
        "PENDING 0 | pdf_upload SUCCEEDED 268435456 {}, text_extraction SUCCEEDED 268435456 {}, \
         wall_detection WAITING 1073741824 {\"ignore_hatching\": true}, room_detection WAITING 1073741824 {\"ignore_hatching\": true}, \
         bim_generation WAITING 1073741824 {\"ignore_hatching\": true} | WAITING - | OPERATOR_RETRY reprocessed from wall_detection"
    );
    let entry = world
        .text("select changes::text || effects::text from audit.entry where action = 'reprocess-job' and operation_id is not null")
        .await;
    for part in ["\"256 MB\"", "\"1 GB\"", "ignore_hatching", "2 steps after it", "What the 2 steps before left is used again"] {
        assert!(entry.contains(part), "{part}: {entry}");
    }
    sound(&world).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn only_runs_stuck_there_are_found_and_what_cannot_start_there_is_skipped() {
    let world = world().await;
    let token = world.sign_in(READY).await;
    another(&world, "select from pipeline.job where job_id = $1").await;
    // Not stuck there: not found.
    another(&world, "update pipeline.job set current_step = 'room_detection' where job_id = $1").await;
    world.many_failed(NORTHWIND, 3).await;
    // Its payload is lost.
    let lost = another(&world, "with c as (select command_id from pipeline.job where job_id = $1), gone as (delete from commandbus.payload_archive p using c where p.command_id = c.command_id) delete from pgmq.a_plans__commands a using c where a.message ->> 'command_id' = c.command_id::text").await;
    // Stuck there by name, but without the step that is asked for, or before it.
    let without = another(&world, "update pipeline.step set name = 'another' where name = 'text_extraction' and job_id = $1").await;
    let before = another(&world, "update pipeline.step set status = 'FAILED' where ordinal = 0 and job_id = $1").await;
    let found = world.view(&token, "troubleshooting", json!({"find": "step:wall_detection", "tenant": "northwind"})).await.expect("a list");
    assert_eq!((&found["total"], &found["steps"]), (&json!(4), &json!(["room_detection", "wall_detection"])));

    let from = |step: &str| json!({"from_step": step});
    let receipt = reprocess(&world, &token, Ask { rehearse: true, ..Ask::default() }, from("text_extraction")).await.expect("rehearsed");
    let effects = receipt["effects"].to_string();
    for part in [
        "Of the first 4 looked at, 1 would be skipped: they have no run with that step.",
        "Of the first 4 looked at, 1 would be skipped: a step of their run before that one did not succeed.",
        "plan_ingest: Outputs of pdf_upload are used again.",
        "plan_ingest: text_extraction, wall_detection, room_detection, bim_generation run again.",
    ] {
        assert!(effects.contains(part), "{part}: {effects}");
    }
    assert_eq!(world.text("select count(*)::text from console.operation").await, "0", "a rehearsal leaves nothing");

    reprocess(&world, &token, Ask::default(), json!({"from_step": "text_extraction", "memory": "1G", "no_canary": true}))
        .await
        .expect("accepted");
    run(&world, &mut world.runner().await).await;
    assert_eq!(counts(&world).await, "RAMPING waiting 0 sent 1 succeeded 0 failed 0 skipped 3 gone 0");
    for (command, reason) in [(without, "NO_STEP"), (before, "NOT_REACHED"), (lost, "NO_PAYLOAD")] {
        let kept: (String, String) = sqlx::query_as(
            "select i.reason, c.status from console.operation_item i join commandbus.command c using (command_id) where command_id = $1",
        )
        .bind(command)
        .fetch_one(&mut world.db().await)
        .await
        .expect("an item");
        assert_eq!(kept, (reason.into(), "IN_TROUBLESHOOTING_QUEUE".into()));
    }
    let given = "select count(distinct job_id)::text from pipeline.step where memory_limit_bytes = 1 << 30";
    assert_eq!(world.text(given).await, "1", "what is skipped is left as it was");
    complete(&world).await;
    run(&world, &mut world.runner().await).await;
    sound(&world).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_meant_is_refused_by_name() {
    let world = world().await;
    let token = world.sign_in(READY).await;
    world.failed_command(NORTHWIND).await;
    for (input, said) in [
        (json!({"from_step": "wall_detections"}), "Did you mean \u{201c}wall_detection\u{201d}?"),
        (json!({"from_step": "bim_generation"}), "a step before it did not succeed"),
        (json!({"from_step": "Wall Detection"}), "as it stands at a run"),
        (json!({"from_step": "wall_detection", "memory": "1 MB"}), "between 16 MB and 64 GB"),
        (json!({"from_step": "wall_detection", "params": "[1]"}), "a JSON object"),
    ] {
        let no = reprocess(&world, &token, Ask::default(), input.clone()).await.expect_err("refused");
        assert_eq!(no.kind, ProblemKind::BadInput, "{input}");
        assert!(no.message.contains(said), "{input}: {no}");
    }
    assert_eq!(world.text("select count(*)::text from console.operation").await, "0");
}
