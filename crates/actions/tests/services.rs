//! Accounts of scripts over a real database: what they may do, what they never may, how they end, and under which name the audit keeps
//! what they did.

mod common;

use common::*;
use domain::{Ask, ProblemKind, Role};
use gate::{StartSession, Token};
use serde_json::{Value, json};
use uuid::Uuid;

const SUPPORT: Person = Person { session_on: None, ..READY };
const LEAD: Person = Person { role: Role::Lead, ..SUPPORT };

fn because() -> Ask {
    Ask { reason: "The laptop agent looks at the logs".into(), rehearse: false }
}

async fn issue(world: &World, by: &Token, input: Value) -> (Token, Uuid) {
    let receipt = world.act(by, "issue-service-account", because(), input).await.expect("issued");
    let token = Token::parse(receipt["output"]["token"].as_str().expect("a token")).expect("in its form");
    (token, receipt["output"]["account"].as_str().expect("an id").parse().expect("an id"))
}

#[tokio::test(flavor = "multi_thread")]
async fn a_script_does_what_it_was_given_under_its_own_name_and_nothing_else() {
    let world = world().await;
    let lead = world.sign_in(LEAD).await;
    world.failed_command(NORTHWIND).await;
    let (script, _) = issue(&world, &lead, json!({"name": "pipeline", "permissions": ["deploy.record", "read"], "minutes": 10})).await;
    let me = world.view(&script, "me", json!({})).await.expect("who it is");
    assert_eq!(me["actor"]["service"]["permissions"], json!(["deploy.record", "read"]));
    let name = me["actor"]["name"].as_str().expect("a name").to_owned();
    assert!(name.starts_with("pipeline (for Anna"), "{name}");
    world.act(&script, "record-deploy", because(), json!({"service": "frontend", "build": "b7"})).await.expect("recorded");
    assert_eq!(world.text("select said_by from ops.deploy").await, name);
    assert_eq!(world.text("select staff_name from audit.entry where action = 'record-deploy'").await, name);
    world.view(&script, "troubleshooting", json!({})).await.expect("an overview");
    for (action, input) in [
        ("acknowledge-alert", json!({"alert": 1})),
        ("save-check", json!({"name": "x", "kind": "TCP", "target": "db.example:1"})),
        ("issue-service-account", json!({"name": "another"})),
    ] {
        assert_eq!(world.act(&script, action, because(), input).await.expect_err(action).kind, ProblemKind::Refused);
    }
    // A lead reads everybody's entries; this is no lead.
    let audit = world.view(&script, "audit", json!({})).await.expect("its own");
    let whose: Vec<&str> = audit["entries"].as_array().expect("rows").iter().filter_map(|row| row["staff_name"].as_str()).collect();
    assert!(!whose.is_empty() && whose.iter().all(|who| *who == name), "{whose:?}");
    let start = StartSession {
        id: domain::SupportSessionId(Uuid::from_u128(rand_u128())),
        tenant: "northwind",
        ticket: "SUP-1",
        reason: "It wants to read what was sent",
        minutes: 5,
    };
    let refused = world.gate.session_start(&script, &start).await.expect_err("for people");
    assert_eq!(refused.kind, ProblemKind::Refused);
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_gives_more_than_they_hold_for_longer_than_an_hour_or_too_often() {
    let world = world().await;
    let support = world.sign_in(SUPPORT).await;
    for (input, word) in [
        (json!({"name": "x", "permissions": ["audit.read"]}), "your own roles lack it"),
        (json!({"name": "x", "permissions": ["command.retry"]}), "never given"),
        (json!({"name": "x", "permissions": ["staff.manage"]}), "never given"),
        (json!({"name": "x", "minutes": 61}), "1 to 60"),
        (json!({"name": "x", "minutes": 0}), "1 to 60"),
        (json!({"name": " "}), "1 to 60 characters"),
        (json!({"name": "x", "tenant": "nobody"}), "no such thing"),
        (json!({"name": "x", "tenant": "contoso", "permissions": ["read", "logs.read"]}), "what all tenants share"),
    ] {
        let said = world.act(&support, "issue-service-account", because(), input).await.expect_err(word).message;
        assert!(said.contains(word), "{said}");
    }
    let rehearsed =
        world.act(&support, "issue-service-account", Ask { rehearse: true, ..because() }, json!({"name": "x"})).await.expect("shown");
    assert_eq!(rehearsed["output"]["token"], Value::Null);
    assert_eq!(world.text("select count(*)::text from console.service_account").await, "0");
    let mut tokens = Vec::new();
    for n in 0..20 {
        tokens.push(issue(&world, &support, json!({"name": format!("agent {n}")})).await.0);
    }
    let said = world.act(&support, "issue-service-account", because(), json!({"name": "one more"})).await.expect_err("enough").message;
    assert!(said.contains("20 accounts already"), "{said}");
    let text = world
        .text("select coalesce(string_agg(body, ''), '') || (select string_agg(input::text, '') from audit.entry) from audit.link")
        .await;
    let list = world.view(&support, "service-accounts", json!({})).await.expect("the list");
    assert_eq!(list["accounts"].as_array().map(Vec::len), Some(20));
    let kept = world.text("select string_agg(i::text, '') from console.sign_in i").await;
    for token in &tokens {
        assert!(!text.contains(token.expose()) && !kept.contains(token.expose()), "no token is kept anywhere");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn it_sees_one_tenant_when_told_and_ends_in_every_way_it_should() {
    let world = world().await;
    let (support, other) = (world.sign_in(SUPPORT).await, world.sign_in(SUPPORT).await);
    world.failed_command(NORTHWIND).await;
    world.failed_command(CONTOSO).await;
    let (one, account) = issue(&world, &support, json!({"name": "one", "tenant": "contoso"})).await;
    let rows = world.view(&one, "troubleshooting", json!({})).await.expect("a list")["rows"].clone();
    let slugs: Vec<String> = rows.as_array().expect("rows").iter().map(|row| row["tenant_name"].to_string()).collect();
    assert_eq!(slugs, ["\"Contoso Estates\""], "{rows}");
    let gone = async |token: &Token| world.view(token, "me", json!({})).await.expect_err("over").kind == ProblemKind::SignedOut;

    // Whoever may give them may stop them.
    world.act(&other, "end-service-account", because(), json!({"account": account})).await.expect("ended");
    assert!(gone(&one).await);
    let again = world.act(&other, "end-service-account", because(), json!({"account": account})).await.expect_err("over already");
    assert_eq!(again.kind, ProblemKind::NotFound);

    let (timed, _) = issue(&world, &support, json!({"name": "timed", "minutes": 1})).await;
    let (orphan, _) = issue(&world, &other, json!({"name": "orphan"})).await;
    let (out, _) = issue(&world, &support, json!({"name": "out"})).await;
    let mut db = world.db().await;
    sqlx::query("update console.sign_in set expires_at = now() - interval '1 second' where id = (select sign_in_id from console.service_account a join console.staff s on s.id = a.staff_id where s.name like 'timed%')")
        .execute(&mut db)
        .await
        .expect("its time is over");
    assert!(gone(&timed).await);
    sqlx::query("update console.staff set disabled_at = now() where id = (select sponsor from console.service_account a join console.staff s on s.id = a.staff_id where s.name like 'orphan%')")
        .execute(&mut db)
        .await
        .expect("its sponsor left");
    assert!(gone(&orphan).await);
    world.view(&out, "me", json!({})).await.expect("still there");
    world.gate.sign_out_everywhere(&support).await.expect("signed out");
    assert!(gone(&out).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_its_sponsor_loses_is_lost_to_it_too() {
    let world = world().await;
    let lead = world.sign_in(LEAD).await;
    let (script, _) = issue(&world, &lead, json!({"name": "pipeline", "permissions": ["deploy.record", "logs.read", "audit.read"]})).await;
    let others = async || {
        let audit = world.view(&script, "audit", json!({})).await.expect("entries");
        audit["entries"].as_array().expect("entries").iter().any(|entry| entry["action"] == "issue-service-account")
    };
    assert!(others().await, "a lead\u{2019}s script reads what others did");
    let mut db = world.db().await;
    sqlx::query("update console.staff_role set role = 'support' where staff_id = (select sponsor from console.service_account)")
        .execute(&mut db)
        .await
        .expect("no lead any more");
    let me = world.view(&script, "me", json!({})).await.expect("who it is");
    assert_eq!(me["actor"]["service"]["permissions"], json!(["logs.read"]));
    assert!(!others().await, "and no longer once the lead is none");
    let refused = world.act(&script, "record-deploy", because(), json!({"service": "frontend", "build": "b7"})).await.expect_err("lost");
    assert_eq!(refused.kind, ProblemKind::Refused);
}
