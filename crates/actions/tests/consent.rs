//! Some classes of what is masked are revealed only as long as the customer agrees, and nobody but the customer's product can say so; and
//! no detour tells what is masked.

mod common;

use bus::{Bus, CancellationToken, LONGEST_CONSENT, Options, TenantId, Worker, WorkerOptions};
use common::*;
use domain::{Ask, Problem, ProblemKind, Role};
use gate::Token;
use serde_json::{Value, json};
use std::time::Duration;
use uuid::Uuid;

const LEAD: Person = Person { role: Role::Lead, writing: false, ..READY };
const DAY: Duration = Duration::from_secs(24 * 3600);

/// A command whose payload has a field of no class, one that takes consent, and one of a class nobody knows.
async fn masked(world: &World, bus: &Bus) -> Uuid {
    let schema = json!({ "type": "object", "properties": {
        "who": { "x-edit": "sensitive" },
        "note": { "x-edit": "sensitive", "x-class": "private" },
        "points": { "x-edit": "sensitive", "x-class": "loyalty" } } });
    let stop = CancellationToken::new();
    let options = WorkerOptions { name: "plans-1".into(), build: "7".into(), ..WorkerOptions::default() };
    let running = tokio::spawn(Worker::new(bus.clone(), "plans", options).contract("IngestPlan", schema).run(stop.clone()));
    while world.text("select exists (select from commandbus.contract)::text").await != "true" {
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    stop.cancel();
    running.await.expect("a task").expect("worked");
    let (command, _) = world.failed_command(NORTHWIND).await;
    sqlx::query("update commandbus.payload_archive set payload = '{\"who\": \"Ada\", \"note\": \"mind the dog\", \"points\": 4711, \"size\": 1}' where command_id = $1")
        .bind(command)
        .execute(&mut world.db().await)
        .await
        .expect("a payload");
    command
}

async fn reveal(world: &World, token: &Token, command: Uuid) -> Result<Value, Problem> {
    let input = json!({ "command": command, "because": "The customer asks what was sent" });
    world.act(token, "reveal-payload", Ask::default(), input).await
}

/// Which of the three secrets an answer holds.
fn seen(receipt: &Value) -> Vec<&'static str> {
    let revealed = receipt["output"]["revealed"].as_str().expect("text");
    ["Ada", "mind the dog", "4711"].into_iter().filter(|secret| revealed.contains(secret)).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn what_takes_consent_is_shown_only_while_it_holds() {
    let world = world().await;
    let bus = Bus::connect(&world.scratch.url("ops_bus"), Options::default()).await.expect("a bus");
    let command = masked(&world, &bus).await;
    let token = world.sign_in(LEAD).await;
    let tenant = TenantId(NORTHWIND);

    let receipt = reveal(&world, &token, command).await.expect("in part");
    assert_eq!(seen(&receipt), ["Ada"]);
    let effects = receipt["effects"].to_string();
    assert!(effects.contains("calls sensitive, personal.") && effects.contains("Still masked: loyalty, private."), "{effects}");

    // Somebody else's, or one that is over, is none.
    bus.give_consent(TenantId(CONTOSO), "private", "grace@contoso.example", DAY).await.expect("given");
    bus.give_consent(tenant, "private", "ada@northwind.example", DAY).await.expect("given");
    sqlx::query(
        "update console.consent set given_at = now() - interval '2 days', ends_at = now() - interval '1 second' where tenant_id = $1",
    )
    .bind(NORTHWIND)
    .execute(&mut world.db().await)
    .await
    .expect("over");
    assert_eq!(seen(&reveal(&world, &token, command).await.expect("in part")), ["Ada"]);

    bus.give_consent(tenant, "private", "ada@northwind.example", DAY).await.expect("given");
    let receipt = reveal(&world, &token, command).await.expect("more");
    assert_eq!(seen(&receipt), ["Ada", "mind the dog"]);
    let number = world.text("select id::text from console.consent where ends_at > now() and given_by like 'ada%'").await;
    assert!(receipt["effects"].to_string().contains(&format!("private by consent {number}, until ")), "{receipt}");
    let held = bus.consents(tenant).await.expect("consents");
    assert_eq!(
        held.iter().map(|held| (held.class.as_str(), held.given_by.as_str())).collect::<Vec<_>>(),
        [("private", "ada@northwind.example")]
    );

    assert_eq!(bus.withdraw_consent(tenant, "private", "ada@northwind.example").await.expect("withdrawn"), 1);
    assert_eq!(seen(&reveal(&world, &token, command).await.expect("less")), ["Ada"], "withdrawn is withdrawn at once");
    let kept = world.text("select string_agg(entry::text, '') from audit.entry where action = 'reveal-payload'").await;
    assert!(
        !kept.contains("Ada\"") && !kept.contains("mind the dog") && !kept.contains("ada@"),
        "the audit names the consent, not the person: {kept}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn where_all_takes_consent_the_answer_says_how_to_get_it_and_staff_cannot_give_it() {
    let world = world().await;
    let bus = Bus::connect(&world.scratch.url("ops_bus"), Options::default()).await.expect("a bus");
    let command = masked(&world, &bus).await;
    sqlx::query("update commandbus.payload_archive set payload = payload - 'who' where command_id = $1")
        .bind(command)
        .execute(&mut world.db().await)
        .await
        .expect("a payload");
    let token = world.sign_in(LEAD).await;
    let no = reveal(&world, &token, command).await.expect_err("nothing to show");
    assert_eq!(no.kind, ProblemKind::Conflict);
    assert!(no.message.contains("loyalty, private") && no.message.contains("ask them to"), "{no}");
    for role in ["ops_rw", "ops_hand", "ops_account"] {
        let sql = "select bool_or(has_table_privilege($1, 'console.consent', p)) from unnest(array['insert', 'update', 'delete']) p";
        let may: bool = sqlx::query_scalar(sql).bind(role).fetch_one(&mut world.db().await).await.expect("rights");
        assert!(!may, "{role}");
    }
    bus.give_consent(TenantId(NORTHWIND), "private", "ada", LONGEST_CONSENT).await.expect("as long as it may be");
    for (class, by, time) in [("No Word", "ada", DAY), ("private", "", DAY), ("private", "ada", 31 * DAY)] {
        assert!(bus.give_consent(TenantId(NORTHWIND), class, by, time).await.is_err(), "{class} {by} {time:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_masked_cannot_be_guessed_by_editing() {
    let world = world().await;
    let bus = Bus::connect(&world.scratch.url("ops_bus"), Options::default()).await.expect("a bus");
    let token = world.sign_in(Person { writing: true, ..LEAD }).await;
    let mut told = Vec::new();
    for guess in ["4711", "4712"] {
        let command = masked(&world, &bus).await;
        let form = world.view(&token, "edit-form", json!({ "command": command })).await.expect("a form");
        let (version, shown) = (&form["version"], form["payload"].as_str().expect("a payload"));
        let payload = shown.replace("\"points\": \"\u{2022}\u{2022}\u{2022}\u{2022}\u{2022}\u{2022}\"", &format!("\"points\": {guess}"));
        assert!(payload.contains(guess), "{shown}");
        for rehearse in [true, false] {
            let input = json!({ "command": command, "payload": payload, "version": version, "unchecked": true });
            let mut receipt = world.act(&token, "edit-command", Ask { rehearse, ..Ask::default() }, input).await.expect("taken");
            for own in ["audit", "at"] {
                receipt[own] = Value::Null;
            }
            receipt["output"]["msg_id"] = Value::Null;
            let words = receipt.to_string();
            told.push(words.split("as message ").map(|part| part.trim_start_matches(|c: char| c.is_ascii_digit())).collect::<String>());
        }
    }
    assert_eq!((&told[0], &told[1]), (&told[2], &told[3]), "a right guess and a wrong one look alike");
    assert!(told[1].contains("revision 1") && !told.concat().contains("471"), "{told:?}");
}
