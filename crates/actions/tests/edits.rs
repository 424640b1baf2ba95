//! Editing a payload loses nothing and nobody: exact numbers, depth and size; locks, secrets and schemas kept by the server; the former
//! payload kept; of two editors one wins and the other hears who; and a real worker asked before it is sent.

mod common;

use bus::{Bus, CancellationToken, Objection, Options, TenantId, Worker, WorkerOptions};
use common::*;
use domain::{Ask, ProblemKind, Role};
use gate::Token;
use serde_json::{Value, json};
use std::time::Duration;
use uuid::Uuid;

const LEAD: Person = Person { role: Role::Lead, ..READY };

/// What a command's payload is to be at first; any JSON text.
async fn command_with(world: &World, payload: &str) -> Uuid {
    let (command, _) = world.failed_command(NORTHWIND).await;
    let mut db = world.db().await;
    sqlx::query("update commandbus.payload_archive set payload = $2::jsonb where command_id = $1")
        .bind(command)
        .bind(payload)
        .execute(&mut db)
        .await
        .expect("a payload");
    sqlx::query(
        "update pgmq.a_plans__commands set message = jsonb_set(message, '{data}', $2::jsonb) where message ->> 'command_id' = $1::text",
    )
    .bind(command)
    .bind(payload)
    .execute(&mut db)
    .await
    .expect("its message");
    command
}

async fn form(world: &World, token: &Token, command: Uuid) -> Value {
    world.view(token, "edit-form", json!({ "command": command })).await.expect("a form")
}

async fn edit(world: &World, token: &Token, command: Uuid, payload: &str) -> Result<Value, domain::Problem> {
    let version = form(world, token, command).await["version"].clone();
    world.act(token, "edit-command", Ask::default(), json!({ "command": command, "payload": payload, "version": version })).await
}

/// The content of the newest message of a command, as text.
async fn sent(world: &World, command: Uuid) -> String {
    sqlx::query_scalar(
        "select (q.message -> 'data')::text from pgmq.q_plans__commands q join commandbus.command c on c.msg_id = q.msg_id where c.command_id = $1",
    )
    .bind(command)
    .fetch_one(&mut world.db().await)
    .await
    .expect("a message")
}

/// It failed again.
async fn back_to_the_queue(world: &World, command: Uuid) {
    let mut db = world.db().await;
    for sql in [
        "select pgmq.archive('plans__commands', msg_id) from commandbus.command where command_id = $1",
        "update commandbus.command set status = 'IN_TROUBLESHOOTING_QUEUE' where command_id = $1",
    ] {
        sqlx::query(sql).bind(command).execute(&mut db).await.expect("failed again");
    }
}

async fn contract(world: &World, schema: Value) {
    let bus = Bus::connect(&world.scratch.url("ops_bus"), Options::default()).await.expect("a bus");
    let stop = CancellationToken::new();
    let options = WorkerOptions { name: "plans-1".into(), build: "7".into(), ..WorkerOptions::default() };
    let running = tokio::spawn(Worker::new(bus, "plans", options).contract("IngestPlan", schema).run(stop.clone()));
    until(world, "select exists (select from commandbus.contract)::text").await;
    stop.cancel();
    running.await.expect("a task").expect("worked");
}

async fn until(world: &World, sql: &'static str) {
    while world.text(sql).await != "true" {
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn no_digit_and_no_character_is_lost_on_the_way() {
    let world = world().await;
    let token = world.sign_in(LEAD).await;
    let deep = ["[".repeat(100), "]".repeat(100)].concat();
    let odd = "a\\u0007b\\u001b[31m\\u202ec\\ud83d\\ude00<script>\\\\";
    let payload = format!("{{\"big\": 12345678901234567890123, \"huge\": 1e400, \"odd\": \"{odd}\", \"deep\": {deep}, \"n\": 1}}");
    let command = command_with(&world, &payload).await;
    let list = world.view(&token, "troubleshooting", json!({})).await.expect("the list of such a command");
    assert!(list["rows"][0]["payload"].as_str().expect("an excerpt").contains("12345678901234567890123"), "{list}");
    let shown = form(&world, &token, command).await["payload"].as_str().expect("text").to_owned();
    let page = world.view(&token, "command", json!({ "command": command })).await.expect("the page");
    assert_eq!(page["row"]["payload"], shown.as_str());
    let huge = format!("1{}", "0".repeat(400));
    for exact in ["12345678901234567890123", &huge, &deep] {
        assert!(shown.contains(exact), "{exact} in {shown}");
    }
    edit(&world, &token, command, &shown.replace("\"n\": 1", "\"n\": 9007199254740993")).await.expect("edited");
    let same = "select ((q.message -> 'data') - 'n' = $1::jsonb - 'n' and q.message -> 'data' -> 'n' = '9007199254740993'::jsonb) from pgmq.q_plans__commands q";
    let same: bool = sqlx::query_scalar(same).bind(&payload).fetch_one(&mut world.db().await).await.expect("compared");
    assert!(same, "{}", sent(&world, command).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_megabyte_is_edited() {
    let world = world().await;
    let token = world.sign_in(LEAD).await;
    let large = |n: u32| format!("{{\"n\": {n}, \"much\": \"{}\"}}", "\u{e9}x\\n".repeat(250_000));
    let command = command_with(&world, &large(1)).await;
    edit(&world, &token, command, &large(2)).await.expect("edited");
    let same: bool = sqlx::query_scalar("select message -> 'data' = $1::jsonb from pgmq.q_plans__commands")
        .bind(large(2))
        .fetch_one(&mut world.db().await)
        .await
        .expect("compared");
    assert!(same);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_kept_is_refused_with_its_place() {
    let world = world().await;
    let token = world.sign_in(LEAD).await;
    let command = command_with(&world, "{\"a\": 1}").await;
    for (payload, named) in [
        ("{\"a\": \"\\ud800\"}", "half of a character"),
        ("{\"a\": \"x\\u0000\"}", "cannot be kept"),
        ("{\"a\": 1, \"a\": 2}", "twice"),
        ("{\"a\": 1e999999}", "more digits"),
        ("[1]", "an object"),
        ("{\"a\": ", "Line 1, column 7"),
        ("{\"a\": 1}", "retry the command"),
        ("{\"a\": 1e0}", "retry the command"),
    ] {
        let no = edit(&world, &token, command, payload).await.expect_err(payload);
        assert_eq!(no.kind, ProblemKind::BadInput, "{payload}: {no}");
        assert!(no.message.contains(named), "{payload}: {no}");
    }
    let large = format!("{{\"a\": \"{}\"}}", "x".repeat(3 << 20));
    assert!(edit(&world, &token, command, &large).await.expect_err("too large").message.contains("2 MB"));
    assert_eq!(world.text("select status from commandbus.command").await, "IN_TROUBLESHOOTING_QUEUE");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_former_payload_is_kept_and_the_edited_one_is_sent_once_also_by_a_later_retry() {
    let world = world().await;
    let token = world.sign_in(LEAD).await;
    let command = command_with(&world, "{\"file\": \"a.pdf\", \"n\": 1}").await;
    let receipt = edit(&world, &token, command, "{\"file\": \"b.pdf\", \"n\": 1}").await.expect("edited");
    let told = &receipt["changes"].as_array().expect("changes").last().expect("one")["after"];
    assert_eq!(told, "\"b.pdf\"", "{receipt}");
    assert_eq!(world.text("select count(*)::text from pgmq.q_plans__commands").await, "1", "sent once");
    back_to_the_queue(&world, command).await;
    edit(&world, &token, command, "{\"file\": \"b.pdf\", \"n\": 1.0}").await.expect("equal is not the same");
    assert_eq!(sent(&world, command).await, "{\"n\": 1.0, \"file\": \"b.pdf\"}");
    back_to_the_queue(&world, command).await;
    edit(&world, &token, command, "{\"file\": \"c.pdf\", \"n\": 1.0}").await.expect("a second edit counts");
    back_to_the_queue(&world, command).await;
    world.act(&token, "retry-command", Ask::default(), json!({ "command": command })).await.expect("retried");
    assert_eq!(sent(&world, command).await, "{\"n\": 1.0, \"file\": \"c.pdf\"}");
    assert_eq!(world.text("select count(*)::text from pgmq.q_plans__commands").await, "1");
    let page = world.view(&token, "command", json!({ "command": command })).await.expect("the page");
    assert_eq!(page["original"], "{\"n\": 1, \"file\": \"a.pdf\"}");
    let told: Vec<String> = page["revisions"]
        .as_array()
        .expect("revisions")
        .iter()
        .map(|r| {
            format!(
                "{} {}→{}",
                r["number"],
                r["changes"][0]["before"].as_str().expect("text"),
                r["changes"][0]["after"].as_str().expect("text")
            )
        })
        .collect();
    assert_eq!(told, ["3 \"b.pdf\"→\"c.pdf\"", "2 1→1.0", "1 \"a.pdf\"→\"b.pdf\""]);
    let events = world.text("select string_agg(event_type, ',' order by id) from commandbus.audit").await;
    assert_eq!(events, "OPERATOR_EDIT,OPERATOR_EDIT,OPERATOR_EDIT,OPERATOR_RETRY");
    let kept = world
        .text("select string_agg(input::text || changes::text || effects::text, '') from audit.entry where action = 'edit-command'")
        .await;
    assert!(!kept.contains("b.pdf") && kept.contains("not kept here") && kept.contains("\"file\""), "the audit holds no content: {kept}");
    // Its sender repeats itself: it knows nothing of the edit, and need not.
    let bus = Bus::connect(&world.scratch.url("ops_bus"), Options::default()).await.expect("a bus");
    let again = bus::Send {
        tenant: TenantId(NORTHWIND),
        domain: "plans".into(),
        command_type: "IngestPlan".into(),
        command_id: domain::CommandId(command),
        correlation_id: None,
        data: json!({ "file": "a.pdf", "n": 1 }),
        reply_to: None,
        max_attempts: None,
    };
    assert!(bus.send(again).await.expect("the same command").duplicate);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rehearsal_shows_the_difference_and_keeps_nothing() {
    let world = world().await;
    let token = world.sign_in(Person { writing: false, ..LEAD }).await;
    let command = command_with(&world, "{\"n\": 1}").await;
    let version = form(&world, &token, command).await["version"].clone();
    let ask = Ask { rehearse: true, ..Ask::default() };
    let receipt = world
        .act(&token, "edit-command", ask, json!({ "command": command, "payload": "{\"n\": 2}", "version": version }))
        .await
        .expect("rehearsed");
    assert!(receipt["changes"].to_string().contains("\"before\":\"1\""), "{receipt}");
    assert_eq!(
        world
            .text(
                "select (select count(*) from commandbus.payload_revision) || ' ' || (select payload::text from commandbus.payload_archive)"
            )
            .await,
        "0 {\"n\": 1}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn of_two_editors_one_wins_and_the_other_hears_who() {
    let world = world().await;
    let (a, b) = (world.sign_in(LEAD).await, world.sign_in(LEAD).await);
    for _ in 0..10 {
        let command = command_with(&world, "{\"n\": 1}").await;
        let (x, y) = tokio::join!(edit(&world, &a, command, "{\"n\": 2}"), edit(&world, &b, command, "{\"n\": 3}"));
        let won = if x.is_ok() { "{\"n\": 2}" } else { "{\"n\": 3}" };
        let results = [x, y];
        assert_eq!(results.iter().filter(|result| result.is_ok()).count(), 1, "{results:?}");
        let lost = results.into_iter().find_map(Result::err).expect("the other");
        assert_eq!(lost.kind, ProblemKind::Conflict);
        assert!(lost.message.contains("Anna") && lost.message.contains("edited"), "{lost}");
        assert_eq!(sent(&world, command).await, won);
    }
    // The other way to be late: it was edited, failed again, and waits once more.
    let command = command_with(&world, "{\"n\": 1}").await;
    let old = form(&world, &b, command).await["version"].clone();
    edit(&world, &a, command, "{\"n\": 2}").await.expect("edited");
    back_to_the_queue(&world, command).await;
    let late = world.act(&b, "edit-command", Ask::default(), json!({ "command": command, "payload": "{\"n\": 3}", "version": old })).await;
    let late = late.expect_err("edited meanwhile");
    assert_eq!(late.kind, ProblemKind::Conflict);
    assert!(late.message.contains("Anna") && late.message.contains("revision 1"), "{late}");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_contract_is_kept_by_the_server() {
    let world = world().await;
    let token = world.sign_in(LEAD).await;
    contract(
        &world,
        json!({ "type": "object", "required": ["file"], "properties": {
            "file": { "type": "string" }, "n": { "type": "integer", "maximum": 10 },
            "who": { "type": "object", "properties": {
                "id": { "type": "string", "x-edit": "locked", "x-reason": "It names the customer." }, "pin": { "x-edit": "sensitive" } } } } }),
    )
    .await;
    let command = command_with(&world, "{\"file\": \"a\", \"n\": 1, \"who\": {\"id\": \"c1\", \"pin\": \"4711\"}}").await;
    let shown = form(&world, &token, command).await;
    assert_eq!((&shown["contract"]["worker"], &shown["contract"]["build"]), (&json!("plans-1"), &json!("7")));
    let shown = shown["payload"].as_str().expect("text").to_owned();
    for (view, input) in
        [("edit-form", json!({ "command": command })), ("command", json!({ "command": command })), ("troubleshooting", json!({}))]
    {
        let said = world.view(&token, view, input).await.expect(view).to_string();
        assert!(!said.contains("4711") && said.contains('\u{2022}'), "{view} shows what is sensitive: {said}");
    }
    for (change, named) in [
        (("c1", "c2"), "who.id: it is locked: It names the customer."),
        (("\"n\": 1", "\"n\": 11"), "n: at most 10"),
        (("\"n\": 1", "\"n\": \"one\""), "n: a whole number is expected, and this is text."),
        (("\"file\"", "\"flie\""), "file: it has to be there."),
    ] {
        let no = edit(&world, &token, command, &shown.replace(change.0, change.1)).await.expect_err(named);
        assert!(no.kind == ProblemKind::BadInput && no.message.contains(named), "{no}");
    }
    edit(&world, &token, command, &shown.replace("\"n\": 1", "\"n\": 2")).await.expect("a free field");
    assert_eq!(
        sent(&world, command).await,
        "{\"n\": 2, \"who\": {\"id\": \"c1\", \"pin\": \"4711\"}, \"file\": \"a\"}",
        "the secret stayed"
    );
    back_to_the_queue(&world, command).await;
    let replaced = shown.replace("\"n\": 1", "\"n\": 2").replace("\u{2022}\u{2022}\u{2022}\u{2022}\u{2022}\u{2022}", "0815");
    let receipt = edit(&world, &token, command, &replaced).await.expect("a secret replaced").to_string();
    assert!(!receipt.contains("4711") && !receipt.contains("0815") && receipt.contains("who.pin"), "{receipt}");
    assert!(sent(&world, command).await.contains("0815"));
    let page = world.view(&token, "command", json!({ "command": command })).await.expect("the page").to_string();
    assert!(!page.contains("4711") && !page.contains("0815") && page.contains("who.pin"), "{page}");
}

#[tokio::test(flavor = "multi_thread")]
async fn one_change_is_made_to_many_and_what_it_does_not_fit_is_skipped_with_the_reason() {
    let world = world().await;
    let token = world.sign_in(LEAD).await;
    contract(
        &world,
        json!({ "type": "object", "properties": {
            "id": { "x-edit": "locked" }, "n": { "type": "integer", "maximum": 10 }, "pin": { "x-edit": "sensitive" } } }),
    )
    .await;
    let fits = command_with(&world, "{\"n\": 1, \"big\": 12345678901234567890123, \"pin\": 4711}").await;
    let same = command_with(&world, "{\"n\": 2}").await;
    let no_path = command_with(&world, "{\"m\": 1}").await;
    let unfit = command_with(&world, "{\"n\": 1, \"pin\": 1, \"id\": 5, \"extra\": 1}").await;
    let mut db = world.db().await;
    sqlx::query("update commandbus.payload_archive set payload = payload || '{\"n\": 1}' where command_id = $1")
        .bind(unfit)
        .execute(&mut db)
        .await
        .expect("set");
    let start = async |set: Value, rehearse: bool| {
        let sealed = world.sealed(&token, NORTHWIND).await;
        let input = json!({ "token": sealed, "set": set, "no_canary": true, "rate": 10_000 });
        world.act(&token, "start-bulk-edit", Ask { rehearse, ..Ask::default() }, input).await
    };
    assert!(start(json!([]), false).await.expect_err("no change").message.contains("Between 1 and 100"));
    assert!(start(json!(["n"]), false).await.expect_err("no value").message.contains("path=value"));
    let foretold = start(json!(["n=2"]), true).await.expect("rehearsed")["effects"].to_string();
    assert!(foretold.contains("Of the first 4 looked at, 1 would be skipped: their payloads have no such field."), "{foretold}");
    let locked = start(json!(["id=6", "n=2"]), true).await.expect("rehearsed")["effects"].to_string();
    assert!(locked.contains("4 would be skipped: their type locks that field."), "{locked}");
    let beyond = start(json!(["n=11"]), true).await.expect("rehearsed")["effects"].to_string();
    assert!(beyond.contains("3 would be skipped: with the change they would not fit their type."), "{beyond}");
    start(json!(["n=2"]), false).await.expect("started");
    let mut runner = world.runner().await;
    while runner.round().await.expect("a round") {}
    assert_eq!(sent(&world, fits).await, "{\"n\": 2, \"big\": 12345678901234567890123, \"pin\": 4711}");
    assert_eq!(sent(&world, same).await, "{\"n\": 2}");
    let items = "select string_agg(coalesce(reason, state), ',' order by seq) from console.operation_item";
    assert_eq!(world.text(items).await, "SENT,SENT,NO_PATH,SENT");
    let kept = "select string_agg(command_id::text || ' ' || number || ' ' || (operation_id is not null), ',' order by at) from commandbus.payload_revision where command_id <> '00000000-0000-0000-0000-000000000000'";
    let kept = world.text(kept).await;
    assert!(kept.contains(&format!("{fits} 1 true")) && kept.contains(&format!("{unfit} 1 true")), "{kept}");
    assert!(!kept.contains(&same.to_string()) && !kept.contains(&no_path.to_string()), "what stayed the same has no revision: {kept}");
    let audit = world.text("select string_agg(action || input::text || changes::text || effects::text, '') from audit.entry where action in ('start-bulk-edit', 'edit-command')").await;
    assert!(!audit.contains("n=2") && audit.contains("not kept here") && audit.contains("edit-command"), "{audit}");
    let page = world.view(&token, "command", json!({ "command": fits })).await.expect("the page");
    assert_eq!((&page["revisions"][0]["changes"][0]["path"], page["revisions"][0]["operation"].is_string()), (&json!("n"), true), "{page}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_real_worker_is_asked_first() {
    let world = world().await;
    let token = world.sign_in(LEAD).await;
    let command = command_with(&world, "{\"n\": 1, \"big\": 12345678901234567890123}").await;
    let ask = async |payload: &str| {
        let asked =
            world.act(&token, "check-payload", Ask::default(), json!({ "command": command, "payload": payload })).await.expect("asked");
        let (check, listening) = (asked["output"]["check"].clone(), asked["output"]["listening"].clone());
        (check, listening)
    };
    assert_eq!(ask("{\"n\": 2}").await.1, 0, "nobody listens, and that is said");
    let bus = Bus::connect(&world.scratch.url("ops_bus"), Options::default()).await.expect("a bus");
    let stop = CancellationToken::new();
    let options = WorkerOptions { name: "plans-1".into(), ..WorkerOptions::default() };
    let worker = Worker::new(bus, "plans", options)
        .handle("IngestPlan", |claimed| async move { Ok(json!({ "text": &*claimed.text })) })
        .check("IngestPlan", |asked| async move {
            assert!(asked.data["n"] != 666, "a check that crashes");
            let fits = asked.data["n"] == 2 && asked.text.contains("12345678901234567890123");
            if fits { Vec::new() } else { vec![Objection::at("n", "Only 2 is taken.")] }
        });
    let running = tokio::spawn(worker.run(stop.clone()));
    until(&world, "select exists (select from commandbus.worker where checks = array['IngestPlan'])::text").await;
    let payload = |n: u32| format!("{{\"n\": {n}, \"big\": 12345678901234567890123}}");
    let unseen = edit(&world, &token, command, &payload(2)).await.expect_err("not checked");
    assert!(unseen.message.contains("Let it check first"), "{unseen}");
    for (n, answer, named) in [(3, "no", "Only 2 is taken."), (666, "broken", "crashed"), (2, "yes", "plans-1")] {
        let (check, listening) = ask(&payload(n)).await;
        assert_eq!(listening, 1);
        let said = loop {
            let said = world.view(&token, "payload-check", json!({ "command": command, "check": check })).await.expect("a view");
            if said["answer"] != "waiting" {
                break said;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        };
        assert!(said["answer"] == answer && said.to_string().contains(named), "{said}");
        if answer == "no" {
            let no = edit(&world, &token, command, &payload(n)).await.expect_err("the worker said no");
            assert!(no.message.contains("Only 2 is taken.") && no.message.contains("unchecked"), "{no}");
        }
    }
    let receipt = edit(&world, &token, command, &payload(2)).await.expect("checked").to_string();
    assert!(receipt.contains("would take it"), "{receipt}");
    until(&world, "select (status = 'COMPLETED')::text from commandbus.command").await;
    stop.cancel();
    running.await.expect("a task").expect("worked");
    let reply = world.text("select body -> 'result' ->> 'text' from commandbus.reply").await;
    assert!(reply.contains("12345678901234567890123"), "the worker saw every digit: {reply}");
}
