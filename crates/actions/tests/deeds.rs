//! What each deed does, what a rehearsal leaves (nothing), and who wins when several want the same.

mod common;

use common::*;
use domain::{Ask, ProblemKind};
use serde_json::json;

fn rehearse() -> Ask {
    Ask { rehearse: true, ..Ask::default() }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rehearsal_says_what_would_change_and_changes_nothing() {
    let world = world().await;
    let reader = world.sign_in(Person { writing: false, ..READY }).await;
    let subjects = world.subjects(&reader, "retry-command", NORTHWIND).await;
    let everything = "select (select jsonb_agg(c order by c.command_id) from commandbus.command c)::text || (select jsonb_agg(s order by s.job_id, s.ordinal) from pipeline.step s)::text || (select count(*) from pgmq.q_plans__commands) || (select count(*) from commandbus.audit) || (select jsonb_agg(j) from pipeline.job j)::text || (select count(*) from console.rehearsal)";
    let before = world.text(everything).await;
    for action in ["retry-command", "cancel-command", "complete-command", "reprocess-job"] {
        let receipt =
            world.act(&reader, action, rehearse(), input_for(action, &subjects)).await.unwrap_or_else(|e| panic!("{action}: {e}"));
        assert_eq!(receipt["rehearsed"], true, "{action}");
        assert!(receipt["changes"].as_array().is_some_and(|c| c.iter().any(|c| c["field"] == "status")), "{action}: {receipt}");
        assert_eq!(world.text("select outcome from audit.entry order by id desc limit 1").await, "rehearsed");
    }
    assert_eq!(world.text(everything).await, before);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_retry_counts_attempts_anew_unless_told_otherwise() {
    let world = world().await;
    let token = world.sign_in(READY).await;
    for (keep, left) in [(json!(null), "0 of 3"), (json!(false), "0 of 3"), (json!(true), "3 of 3")] {
        let (command, _) = world.failed_command(NORTHWIND).await;
        let mut input = json!({"command": command});
        if !keep.is_null() {
            input["keep_attempts"] = keep.clone();
        }
        let receipt = world.act(&token, "retry-command", Ask::default(), input).await.expect("retried");
        let same_id = world.text("select command_id::text from commandbus.command where status = 'PENDING'").await;
        assert_eq!(same_id, command.to_string(), "the command keeps its id");
        let now = world.text("select attempts || ' of ' || max_attempts from commandbus.command where status = 'PENDING'").await;
        assert_eq!(now, left, "keep_attempts {keep}");
        let message = world.text("select max(msg_id)::text from pgmq.q_plans__commands").await;
        assert_eq!(receipt["output"]["msg_id"].to_string(), message, "a new message");
        let mut db = world.db().await;
        sqlx::query("update commandbus.command set status = 'COMPLETED', finished_at = now()")
            .execute(&mut db)
            .await
            .expect("out of the way");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn reprocessing_resets_from_the_step_on_with_the_new_limit() {
    let world = world().await;
    let (_, job) = world.failed_command(NORTHWIND).await;
    let token = world.sign_in(READY).await;
    let receipt = world
        .act(
            &token,
            "reprocess-job",
            Ask::default(),
            json!({"job": job, "from_step": "wall_detection", "memory": "1G", "params": "{\"ignore_hatching\": true}"}),
        )
        .await
        .expect("reprocessed");
    assert_eq!(receipt["output"]["reused"], json!(["pdf_upload", "text_extraction"]));
    assert_eq!(receipt["output"]["recomputed"], json!(["wall_detection", "room_detection", "bim_generation"]));
    let steps = world.text("select string_agg(name || ' ' || status || ' ' || memory_limit_bytes / 1048576 || ' ' || params::text, E'\\n' order by ordinal) from pipeline.step").await;
    assert_eq!(
        steps,
        "pdf_upload SUCCEEDED 256 {}\ntext_extraction SUCCEEDED 256 {}\nwall_detection WAITING 1024 {\"ignore_hatching\": true}\nroom_detection WAITING 1024 {\"ignore_hatching\": true}\nbim_generation WAITING 1024 {\"ignore_hatching\": true}"
    );
    assert_eq!(world.text("select status || ' ' || run from pipeline.job").await, "WAITING 1");
    assert_eq!(world.text("select status || ' ' || attempts from commandbus.command").await, "PENDING 0");
    let message = world.text("select message ->> 'command_type' || ' ' || (message -> 'data' ->> 'file') || ' ' || (headers ->> 'tenant_id') from pgmq.q_plans__commands").await;
    assert_eq!(message, format!("IngestPlan east-wing.pdf {NORTHWIND}"));
}

#[tokio::test(flavor = "multi_thread")]
async fn wrong_inputs_are_named_and_change_nothing() {
    let world = world().await;
    let (command, job) = world.failed_command(NORTHWIND).await;
    let token = world.sign_in(READY).await;
    let misspelt =
        world.act(&token, "retry-command", Ask::default(), json!({"command": command, "keep_attempt": true})).await.expect_err("a slip");
    assert!(misspelt.message.contains("keep_attempt") && misspelt.message.contains("keep_attempts"), "{misspelt}");
    let cases = [
        ("reprocess-job", json!({"job": job, "from_step": "roof_detection"}), "roof_detection"),
        ("reprocess-job", json!({"job": job, "from_step": "room_detection"}), "wall_detection did not succeed"),
        ("reprocess-job", json!({"job": job, "from_step": "wall_detection", "memory": "lots"}), "lots"),
        ("reprocess-job", json!({"job": job, "from_step": "wall_detection", "memory": "1K"}), "between 16 MB"),
        ("reprocess-job", json!({"job": job, "from_step": "wall_detection", "params": "[1]"}), "JSON object"),
        ("complete-command", json!({"command": command, "result": "{\"a\":"}), "not JSON"),
        ("cancel-command", json!({"command": command, "because": " "}), "Say why"),
    ];
    for (action, input, named) in cases {
        let problem = world.act(&token, action, Ask::default(), input.clone()).await.expect_err(action);
        assert_eq!(problem.kind, ProblemKind::BadInput, "{action} {input}: {problem}");
        assert!(problem.message.contains(named), "{action}: {problem}");
    }
    assert_eq!(world.text("select status from commandbus.command").await, "IN_TROUBLESHOOTING_QUEUE");
}

#[tokio::test(flavor = "multi_thread")]
async fn cancel_and_complete_reply_once() {
    let world = world().await;
    let token = world.sign_in(READY).await;
    for action in ["cancel-command", "complete-command"] {
        let subjects = world.subjects(&token, action, NORTHWIND).await;
        world.act(&token, action, Ask::default(), input_for(action, &subjects)).await.expect(action);
    }
    let replies = world.text("select string_agg((message ->> 'outcome') || ' ' || coalesce(message ->> 'reason', message ->> 'result'), E'\\n' order by msg_id) from pgmq.q_plans__replies").await;
    assert_eq!(replies, "CANCELED Nobody wants this any more.\nSUCCESS {\"by\": \"hand\"}");
    let events = world.text("select string_agg(event_type || ' ' || (who like 'Anna%'), ',' order by id) from commandbus.audit").await;
    assert_eq!(events, "OPERATOR_CANCEL true,OPERATOR_COMPLETE true");
}

#[tokio::test(flavor = "multi_thread")]
async fn of_many_at_once_one_wins_and_the_others_hear_its_name() {
    let world = world().await;
    let (a, b, c) = (world.sign_in(READY).await, world.sign_in(READY).await, world.sign_in(READY).await);
    for _ in 0..20 {
        let subjects = world.subjects(&a, "retry-command", NORTHWIND).await;
        let (x, y, z) = tokio::join!(
            world.act(&a, "retry-command", Ask::default(), input_for("retry-command", &subjects)),
            world.act(&b, "cancel-command", Ask::default(), input_for("cancel-command", &subjects)),
            world.act(&c, "complete-command", Ask::default(), input_for("complete-command", &subjects)),
        );
        let results = [x, y, z];
        assert_eq!(results.iter().filter(|r| r.is_ok()).count(), 1, "{results:?}");
        for problem in results.into_iter().filter_map(Result::err) {
            assert_eq!(problem.kind, ProblemKind::Conflict, "{problem}");
            assert!(problem.message.contains("Anna"), "{problem}");
        }
    }
    let replies = world.text("select count(*)::text from commandbus.reply").await.parse::<i64>().expect("n");
    let ended = world
        .text("select count(*)::text from commandbus.command where status in ('COMPLETED', 'CANCELED')")
        .await
        .parse::<i64>()
        .expect("n");
    assert_eq!(replies, ended);
}

#[tokio::test(flavor = "multi_thread")]
async fn who_was_first_is_named_when_a_worker_has_the_command_already() {
    let world = world().await;
    let token = world.sign_in(READY).await;
    let subjects = world.subjects(&token, "retry-command", NORTHWIND).await;
    world.act(&token, "retry-command", Ask::default(), input_for("retry-command", &subjects)).await.expect("retried");
    let mut db = world.db().await;
    for sql in [
        "insert into commandbus.audit (tenant_id, command_id, domain, event_type, who) select tenant_id, command_id, domain, 'RECEIVED', 'plans-1' from commandbus.command",
        "update commandbus.command set status = 'IN_PROGRESS', worker = 'plans-1', lease_until = now() + interval '1 minute'",
    ] {
        sqlx::query(sql).execute(&mut db).await.expect("a worker has it");
    }
    let late = world.act(&token, "cancel-command", Ask::default(), input_for("cancel-command", &subjects)).await.expect_err("too late");
    assert_eq!(late.kind, ProblemKind::Conflict);
    assert!(late.message.contains("Anna") && late.message.contains("retried") && late.message.contains("IN_PROGRESS"), "{late}");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_chain_verifies_and_names_what_was_tampered_with() {
    let world = world().await;
    let token = world.sign_in(Person { role: domain::Role::Lead, ..READY }).await;
    for _ in 0..3 {
        let subjects = world.subjects(&token, "retry-command", NORTHWIND).await;
        world.act(&token, "retry-command", Ask::default(), input_for("retry-command", &subjects)).await.expect("retried");
    }
    let whole = world.view(&token, "audit-verify", json!({})).await.expect("verified");
    assert_eq!((whole["links"].as_i64(), &whole["first_bad"]), (Some(6), &serde_json::Value::Null), "{whole}");
    let tampers = [
        ("update audit.entry set reason = 'something else' where id = 2", 3, "entry #2"),
        ("update audit.link set body = replace(body, 'retry', 'erase') where seq = 3", 3, "not what was hashed"),
        ("delete from audit.link where seq = 4", 4, "missing"),
        ("delete from audit.link where seq = 6", 6, "head"),
        ("update audit.entry set outcome = 'refused' where id = 1", 2, "entry #1"),
    ];
    for (sql, seq, named) in tampers {
        let mut db = world.db().await;
        let mut tx = sqlx::Connection::begin(&mut db).await.expect("begin");
        sqlx::query("set local session_replication_role = replica").execute(&mut *tx).await.expect("superuser");
        sqlx::query(sql).execute(&mut *tx).await.expect("tampered");
        let found = store::chain::verify(&mut tx).await.expect("verify").first_bad.unwrap_or_else(|| panic!("not found: {sql}"));
        assert_eq!(found.seq, seq, "{sql}: {found:?}");
        assert!(found.what.contains(named), "{sql}: {found:?}");
        tx.rollback().await.expect("rollback");
    }
}
