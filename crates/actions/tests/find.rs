//! Finding commands: what is found is what a person may see and nothing else, through an index or without one; and a bulk is
//! about exactly what was found.

mod common;

use common::*;
use domain::{Ask, ProblemKind};
use gate::Token;
use serde_json::{Value, json};
use std::collections::BTreeSet;
use uuid::Uuid;

/// One failed command to find, beside those of `failed_command`.
async fn fail(world: &World, tenant: Uuid, title: &str, message: &str, payload: Value) -> String {
    let mut db = world.db().await;
    let (command, _) = world.failed_command(tenant).await;
    for (sql, text) in [
        (
            "update commandbus.command set last_error_title = $2, last_fingerprint = substr(md5($2), 1, 16) where command_id = $1",
            title.to_owned(),
        ),
        ("update commandbus.command_error set message = $2 where command_id = $1", message.to_owned()),
        ("update commandbus.payload_archive set payload = $2::jsonb where command_id = $1", payload.to_string()),
        (
            "update pgmq.a_plans__commands set message = jsonb_set(message, '{data}', $2::jsonb) where message ->> 'command_id' = $1::text",
            payload.to_string(),
        ),
    ] {
        sqlx::query(sql).bind(command).bind(text).execute(&mut db).await.expect("a failure");
    }
    world.count_groups().await;
    command.to_string()
}

async fn found(world: &World, token: &Token, find: &str) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    let mut cursor = Value::Null;
    loop {
        let page = world
            .view(token, "troubleshooting", json!({"find": find, "limit": 200, "cursor": cursor}))
            .await
            .unwrap_or_else(|no| panic!("{find}: {no}"));
        for row in page["rows"].as_array().expect("rows") {
            assert!(found.insert(row["command"].as_str().expect("an id").to_owned()), "{find}: a row came twice");
        }
        cursor = page["next"].clone();
        if cursor.is_null() {
            return found;
        }
    }
}

fn set(ids: &[&String]) -> BTreeSet<String> {
    ids.iter().map(|id| (*id).clone()).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_text_finds_what_the_person_may_see_of_it() {
    let world = world().await;
    let payload = |id: Value| json!({"customer": {"id": id, "name": "O'Hara \"50%\""}, "file": "a_b.pdf"});
    let mine = fail(&world, NORTHWIND, "The printer is offline", "printer lp0 on fire: 100% of it", payload(json!(42))).await;
    let other = fail(&world, NORTHWIND, "The printer is offline", "printer lp1 is out of paper", payload(json!("42"))).await;
    let theirs = fail(&world, CONTOSO, "The printer is offline", "printer lp0 on fire: 100% of it", payload(json!(42))).await;
    let inside = world.sign_in(READY).await;
    let outside = world.sign_in(Person { session_on: None, ..READY }).await;

    // Titles are the class of an error: everybody's. Messages and payloads are the session's tenant's.
    for token in [&inside, &outside] {
        assert_eq!(found(&world, token, "printer").await, set(&[&mine, &other, &theirs]));
        assert_eq!(found(&world, token, "error:OFFLINE tenant:contoso").await, set(&[&theirs]));
    }
    for (find, is) in [
        ("\"on fire\"", set(&[&mine])),
        ("error:\"on fire\"", set(&[&mine])),
        ("error:hara", set(&[])),
        ("payload:\"O'Hara \\\"50%\\\"\"", set(&[&mine, &other])),
        ("hara lp1", set(&[&other])),
        ("a_b", set(&[&mine, &other])),
        ("lp_", set(&[])),
        ("0%\\ ", set(&[])),
        ("payload.customer.id:42", set(&[&mine, &other])),
        ("payload.customer.id:42 lp0", set(&[&mine])),
        ("payload.customer.id:43", set(&[])),
        ("payload.customer:42", set(&[])),
        ("attempts>2 lp0", set(&[&mine])),
        ("attempts<3 lp0", set(&[])),
        ("since:1h type:IngestPlan code:OUT_OF_MEMORY lp1", set(&[&other])),
        ("since:2020-01-01T00:00:00Z until:2020-01-02T00:00:00Z lp1", set(&[])),
    ] {
        assert_eq!(found(&world, &inside, find).await, is, "{find}");
        if !find.contains("tenant") {
            let expected = set(&[]);
            assert_eq!(found(&world, &outside, find).await, expected, "outside of a session: {find}");
        }
    }
    // A session of the other tenant sees the other one.
    let at_contoso = world.sign_in(Person { session_on: Some(CONTOSO), ..READY }).await;
    assert_eq!(found(&world, &at_contoso, "lp0").await, set(&[&theirs]));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_masked_is_neither_shown_nor_found_but_can_be_revealed() {
    let world = world().await;
    let secret = "Jane Doe-Sensitive";
    let mine = fail(&world, NORTHWIND, "It broke", "It broke", json!({"patient": secret, "ward": "east ward"})).await;
    let mut db = world.db().await;
    sqlx::query("insert into commandbus.contract (domain, command_type, schema, sensitive, worker, build) values ('plans', 'IngestPlan', '{\"type\": \"object\"}', '[[\"patient\"]]', 'w', '1')")
        .execute(&mut db)
        .await
        .expect("a contract");
    let lead = world.sign_in(Person { role: domain::Role::Lead, writing: false, ..READY }).await;
    for find in [format!("\"{secret}\""), "payload:doe-sens".into(), format!("payload.patient:\"{secret}\""), "jane ward".into()] {
        assert_eq!(found(&world, &lead, &find).await, set(&[]), "{find}");
    }
    for find in ["ward", "payload.ward:\"east ward\""] {
        assert_eq!(found(&world, &lead, find).await, set(&[&mine]), "{find}");
    }
    let ask = || Ask { reason: "Asked for by the customer".into(), rehearse: false };
    let made = world.act(&lead, "export-commands", ask(), json!({})).await.expect("exported");
    for (view, input) in [
        ("export-rows", json!({"token": made["output"]["token"]})),
        ("troubleshooting", json!({})),
        ("command", json!({"command": mine})),
        ("edit-form", json!({"command": mine})),
    ] {
        let said = world.view(&lead, view, input).await.expect(view).to_string();
        assert!(said.contains("east ward") && !said.contains("Jane"), "{view}: {said}");
    }
    let reveal = |because: &str| json!({"command": mine, "because": because});
    let no = world.act(&lead, "reveal-payload", Ask::default(), reveal("because")).await.expect_err("no reason");
    assert_eq!(no.kind, ProblemKind::BadInput);
    let support = world.sign_in(READY).await;
    let no = world.act(&support, "reveal-payload", Ask::default(), reveal("The customer asks for it")).await.expect_err("not a lead");
    assert_eq!(no.kind, ProblemKind::Refused);
    let tried = Ask { rehearse: true, ..Ask::default() };
    let said = world.act(&lead, "reveal-payload", tried, reveal("The customer asks for it")).await.expect("rehearsed");
    assert!(!said.to_string().contains("Jane"), "a rehearsal shows nothing: {said}");
    let said = world.act(&lead, "reveal-payload", Ask::default(), reveal("The customer asks for it")).await.expect("revealed");
    assert!(said["output"]["revealed"].to_string().contains(secret), "{said}");
    let entry =
        world.text("select action || ' ' || outcome || ' ' || (input ->> 'because') from audit.entry order by id desc limit 1").await;
    assert_eq!(entry, "reveal-payload done The customer asks for it");
    assert_eq!(
        world.text("select count(*)::text from audit.entry where entry::text like '%Jane%'").await,
        "0",
        "the audit holds nothing of it"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_frequent_text_finds_the_same_as_a_rare_one() {
    let world = world().await;
    world.many_failed(NORTHWIND, 2_300).await;
    let mut db = world.db().await;
    for sql in [
        "insert into commandbus.command_error (tenant_id, command_id, message) select tenant_id, command_id, 'frequent words, number ' || row_number() over () from commandbus.command",
        "insert into commandbus.payload_archive (tenant_id, command_id, payload) select tenant_id, command_id, jsonb_build_object('floor', row_number() over () % 3, 'wing', 'east') from commandbus.command",
        "update commandbus.command set attempts = 1 where command_id in (select command_id from commandbus.command order by command_id limit 77)",
    ] {
        sqlx::query(sql).execute(&mut db).await.expect("texts");
    }
    world.count_groups().await;
    let token = world.sign_in(READY).await;
    assert_eq!(found(&world, &token, "\"frequent words\"").await.len(), 2_300);
    assert_eq!(found(&world, &token, "payload:east attempts:1").await.len(), 77);
    assert_eq!(found(&world, &token, "payload.wing:east").await.len(), 2_300);
    assert_eq!(found(&world, &token, "\"number 2299\"").await.len(), 1);
    // Nothing is claimed of how many there are where nobody counted.
    let page = world.view(&token, "troubleshooting", json!({"find": "\"frequent words\""})).await.expect("a page");
    assert_eq!((page["total"].as_i64(), page["total_capped"].as_bool()), (Some(50), Some(true)));
    let page = world.view(&token, "troubleshooting", json!({"find": "\"number 229\""})).await.expect("a page");
    assert_eq!((page["total"].as_i64(), page["total_capped"].as_bool()), (Some(11), Some(false)));
    // A bulk counts all of them.
    let preview = world.view(&token, "bulk-preview", json!({"find": "\"frequent words\""})).await.expect("a preview");
    assert_eq!(preview["count"], 2_300);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_bulk_is_about_what_was_found_and_keeps_nothing_of_a_customers() {
    let world = world().await;
    let mine = fail(&world, NORTHWIND, "The printer is offline", "printer lp0 on fire", json!({"patient": "Jane Doe"})).await;
    fail(&world, NORTHWIND, "The printer is offline", "printer lp1 on fire", json!({"patient": "John Roe"})).await;
    let token = world.sign_in(READY).await;
    let preview = world.view(&token, "bulk-preview", json!({"find": "\"Jane Doe\" since:1h"})).await.expect("a preview");
    assert_eq!((preview["count"].as_i64(), preview["sample"][0]["command"].as_str()), (Some(1), Some(mine.as_str())));
    let receipt = world.act(&token, "start-bulk-retry", Ask::default(), json!({"token": preview["token"]})).await.expect("started");
    let row = world.view(&token, "operation", json!({"operation": receipt["output"]["operation"]})).await.expect("an operation");
    let kept = row["row"]["conditions"].to_string();
    assert!(!kept.contains("Jane") && kept.contains('\u{2026}') && kept.contains("since:"), "{kept}");
    assert_eq!(row["items"][0]["command"], json!(mine));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_bulk_is_about_those_that_were_picked() {
    let world = world().await;
    world.many_failed(NORTHWIND, 5).await;
    let (picked, _) = world.failed_command(NORTHWIND).await;
    let (theirs, _) = world.failed_command(CONTOSO).await;
    let token = world.sign_in(READY).await;
    let preview = world.view(&token, "bulk-preview", json!({"commands": format!("{picked},{theirs},{picked}")})).await.expect("a preview");
    assert_eq!(preview["count"], 1, "of another tenant, or twice, is not meant");
    let no = world.view(&token, "bulk-preview", json!({"commands": "not-an-id"})).await.expect_err("no id");
    assert_eq!(no.kind, ProblemKind::BadInput);
    assert!(no.message.contains("not-an-id"), "{no}");
    // Somebody acts on it meanwhile: the preview no longer holds.
    world.act(&token, "retry-command", Ask::default(), json!({"command": picked})).await.expect("retried");
    let no = world.act(&token, "start-bulk-retry", Ask::default(), json!({"token": preview["token"]})).await.expect_err("drifted");
    assert_eq!(no.kind, ProblemKind::Conflict);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_line_that_cannot_be_understood_is_refused_by_name() {
    let world = world().await;
    let token = world.sign_in(READY).await;
    for view in ["troubleshooting", "bulk-preview"] {
        let no = world.view(&token, view, json!({"find": "tpye:IngestPlan"})).await.expect_err("a wrong word");
        assert_eq!(no.kind, ProblemKind::BadInput);
        assert!(no.message.contains("tpye") && no.message.contains("\u{201c}type\u{201d}"), "{no}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn pages_by_offset_hold_what_pages_by_cursor_hold() {
    let world = world().await;
    world.many_failed(NORTHWIND, 23).await;
    let token = world.sign_in(READY).await;
    let ids = |page: &Value| -> Vec<Value> { page["rows"].as_array().expect("rows").iter().map(|row| row["command"].clone()).collect() };
    let whole = ids(&world.view(&token, "troubleshooting", json!({"limit": 200})).await.expect("all"));
    assert_eq!(whole.len(), 23);
    let mut cursor = Value::Null;
    for from in [0, 5, 10, 15, 20] {
        let by_offset = world.view(&token, "troubleshooting", json!({"limit": 5, "offset": from})).await.expect("a page");
        let by_cursor = world.view(&token, "troubleshooting", json!({"limit": 5, "cursor": cursor})).await.expect("a page");
        assert_eq!(ids(&by_offset), whole[from..(from + 5).min(23)], "from {from}");
        assert_eq!(ids(&by_cursor), ids(&by_offset));
        assert_eq!(by_offset["total"], 23, "the number is of all, not of the page");
        cursor = by_cursor["next"].clone();
    }
    let beyond = world.view(&token, "troubleshooting", json!({"limit": 5, "offset": 100})).await.expect("an empty page");
    assert_eq!((ids(&beyond).len(), &beyond["next"]), (0, &Value::Null));
}
