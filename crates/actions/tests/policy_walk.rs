//! Walks every action of the table × every role × own and foreign tenant × each missing requirement,
//! and every view; so that a new action or view is covered the day it is written.

mod common;

use actions::table::{ACTIONS, VIEWS};
use common::*;
use domain::{Ask, Kind, Meta, Permission, ProblemKind, Role};
use serde_json::json;

#[tokio::test(flavor = "multi_thread")]
async fn every_action_wants_everything_and_leaves_one_closed_entry() {
    let world = world().await;
    for entry in ACTIONS {
        for role in Role::ALL {
            for (name, person, tenant) in cases(*role) {
                let token = world.sign_in(person).await;
                let subjects = world.subjects(&token, entry.meta.name, tenant).await;
                let before = world.text("select count(*)::text from audit.entry").await;
                let result = world.act(&token, entry.meta.name, Ask::default(), input_for(entry.meta.name, &subjects)).await;
                let allowed = !spoils(name, entry.meta) && role.permissions().contains(&entry.meta.permission);
                assert_eq!(result.is_ok(), allowed, "{} as {role}, {name}: {result:?}", entry.meta.name);
                let after = world.text("select count(*)::text from audit.entry").await;
                assert_eq!(
                    after.parse::<i64>().expect("n"),
                    before.parse::<i64>().expect("n") + 1,
                    "{} as {role}, {name}: one entry",
                    entry.meta.name
                );
                let outcome = world.text("select outcome from audit.entry order by id desc limit 1").await;
                let well = if entry.hands_off() { "accepted" } else { "done" };
                assert_eq!(outcome, if allowed { well } else { "refused" }, "{} as {role}, {name}", entry.meta.name);
                assert_eq!(took_effect(&world, entry.meta.name, &subjects).await, allowed, "{} as {role}, {name}", entry.meta.name);
            }
        }
    }
    assert_eq!(world.text("select count(*)::text from audit.entry where outcome in ('done', 'accepted') and xid is null").await, "0");
}

fn of_everybody(action: &str) -> bool {
    ["note-group", "triage-group"].contains(&action)
}

fn of_the_console(action: &str) -> bool {
    ["set-approval-limit", "export-commands", "record-deploy", "upload-artifact", "delete-artifacts"].contains(&action)
        || watched_input(action, &Watched::default()).is_some()
}

/// Whether the action is refused because of how the person is spoiled.
fn spoils(case: &str, meta: &Meta) -> bool {
    match (case, meta.kind) {
        ("ready", _) => false,
        ("stale second factor", _) => true,
        // What is one's own is nobody else's: it asks for no session, and for no reason.
        (_, Kind::Own) => false,
        // A file of what is on the screen: what is asked is a reason, which any session gives.
        (case, Kind::Read) if meta.name == "export-commands" => case == "no session",
        // What only looks needs no write mode.
        (case, Kind::Read) => case != "read only",
        // What is nobody's: asked is a role over everybody and a reason, which any session gives.
        (case, Kind::Write) => {
            !(of_everybody(meta.name) || of_the_console(meta.name)) || !["session elsewhere", "read only"].contains(&case)
        }
    }
}

/// Whether the subject of the action is no longer as it was.
async fn took_effect(world: &World, action: &str, on: &Subjects) -> bool {
    if of_everybody(action) {
        let sql = "select exists (select from triage.failure_group where id = $1 and state <> 'NEW') or exists (select from triage.group_note where group_id = $1)";
        return sqlx::query_scalar(sql).bind(on.group).fetch_one(&mut world.db().await).await.expect("the group");
    }
    if let Some((sql, id)) = watched_effect(action, &on.watched) {
        return sqlx::query_scalar(sql).bind(id).fetch_one(&mut world.db().await).await.expect("the subject");
    }
    let own = match action {
        "save-view" => Some(
            "select exists (select from console.saved_view where name = 'Out of memory' and staff_id = (select staff_id from console.saved_view where id = $1))",
        ),
        "forget-view" => Some("select not exists (select from console.saved_view where id = $1)"),
        "set-approval-limit" => {
            // Back to what it was, for the next.
            Some(
                "with was as (select approve_above from console.setting) update console.setting s set approve_above = 1000000 from was returning was.approve_above = 4711 and $1 > 0",
            )
        }
        "export-commands" | "reveal-payload" => {
            Some("select jsonb_array_length(effects) > 0 and $1 > 0 from audit.entry order by id desc limit 1")
        }
        _ => None,
    };
    if let Some(sql) = own {
        return sqlx::query_scalar(sql).bind(on.view).fetch_one(&mut world.db().await).await.expect("the subject");
    }
    let (sql, id) = match action {
        "record-deploy" => ("select exists (select from ops.deploy where build = 'of ' || $1::text and source = 'recorded')", on.command),
        "upload-artifact" => ("select exists (select from ops.artifact where build = 'of ' || $1::text)", on.command),
        "delete-artifacts" => ("select not exists (select from ops.artifact where build = 'of ' || $1::text)", on.command),
        "kill-job" => ("select exists (select from pipeline.attempt where job_id = $1 and kill_asked_at is not null)", on.job),
        "check-payload" => {
            ("select exists (select from commandbus.check_request where command_id = $1 and answered_at is null)", on.command)
        }
        "edit-command" => (
            "select exists (select from commandbus.payload_revision r join commandbus.command c using (command_id) where command_id = $1 and c.status = 'PENDING')",
            on.command,
        ),
        "start-bulk-retry" | "start-bulk-edit" | "start-bulk-reprocess" => {
            ("select exists (select from console.operation_item where command_id = $1)", on.command)
        }
        "approve-operation" => ("select state <> 'PROPOSED' from console.operation where id = $1", on.operation),
        "resume-operation" => ("select state <> 'PAUSED' from console.operation where id = $1", on.operation),
        "pause-operation" | "cancel-operation" => ("select state <> 'RAMPING' from console.operation where id = $1", on.operation),
        _ => ("select status <> 'IN_TROUBLESHOOTING_QUEUE' from commandbus.command where command_id = $1", on.command),
    };
    sqlx::query_scalar(sql).bind(id).fetch_one(&mut world.db().await).await.expect("the subject")
}

/// The person as it should be, and spoiled in one way each.
fn cases(role: Role) -> Vec<(&'static str, Person, uuid::Uuid)> {
    let ready = Person { role, ..READY };
    vec![
        ("ready", ready, NORTHWIND),
        ("no session", Person { session_on: None, ..ready }, NORTHWIND),
        ("session elsewhere", Person { session_on: Some(CONTOSO), ..ready }, NORTHWIND),
        ("read only", Person { writing: false, ..ready }, NORTHWIND),
        ("stale second factor", Person { stale_factor: true, ..ready }, NORTHWIND),
        ("role on the other tenant", Person { only: Some(CONTOSO), ..ready }, NORTHWIND),
    ]
}

#[tokio::test(flavor = "multi_thread")]
async fn the_transaction_of_the_change_is_the_transaction_of_the_entry() {
    let world = world().await;
    let token = world.sign_in(READY).await;
    let subjects = world.subjects(&token, "retry-command", NORTHWIND).await;
    world.act(&token, "retry-command", Ask::default(), input_for("retry-command", &subjects)).await.expect("retried");
    let same = world.text("select case when (select c.xmin::text from commandbus.command c order by updated_at desc limit 1) = (select ((e.xid::text)::bigint % 4294967296)::text from audit.entry e order by id desc limit 1) then 'same' else 'other' end").await;
    assert_eq!(same, "same");
}

#[tokio::test(flavor = "multi_thread")]
async fn unknown_and_foreign_answer_alike() {
    let world = world().await;
    let stranger = world.sign_in(Person { only: Some(CONTOSO), session_on: Some(CONTOSO), ..READY }).await;
    let theirs = world.subjects(&stranger, "pause-operation", NORTHWIND).await;
    let (nobody, nowhere) = (uuid::Uuid::from_u128(rand_u128()), uuid::Uuid::from_u128(rand_u128()));
    let unknowns = Subjects {
        command: nowhere,
        job: nowhere,
        operation: nowhere,
        token: world.sealed(&stranger, nobody).await,
        group: i64::MAX,
        frontend_group: i64::MAX,
        frontend_event: i64::MAX,
        view: i64::MAX,
        version: String::new(),
        check: nowhere,
        deploy: i64::MAX,
        watched: Watched::default(),
    };
    let of_a_tenant = |entry: &&gate::Entry| entry.meta.kind != Kind::Own && !of_the_console(entry.meta.name);
    for entry in ACTIONS.iter().filter(of_a_tenant) {
        let [foreign, unknown] = [&theirs, &unknowns].map(|on| input_for(entry.meta.name, on));
        let foreign = world.act(&stranger, entry.meta.name, Ask::default(), foreign).await.expect_err("foreign");
        let unknown = world.act(&stranger, entry.meta.name, Ask::default(), unknown).await.expect_err("unknown");
        assert_eq!(foreign, unknown, "{}", entry.meta.name);
        assert_eq!(foreign.kind, ProblemKind::NotFound);
    }
    for view in ["command", "edit-form", "payload-check", "job", "operation", "group", "frontend-group", "frontend-event"] {
        let foreign = world.view(&stranger, view, view_input(view, &theirs)).await.expect_err("foreign");
        assert_eq!(foreign.kind, ProblemKind::NotFound, "{view}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn content_is_inside_only() {
    let world = world().await;
    world.failed_command(CONTOSO).await;
    let outside = world.sign_in(Person { session_on: None, ..READY }).await;
    let elsewhere = world.sign_in(Person { session_on: Some(CONTOSO), ..READY }).await;
    let inside = world.sign_in(Person { writing: false, ..READY }).await;
    let subjects = world.subjects(&inside, "pause-operation", NORTHWIND).await;
    // The rows of an export are for whoever has its token: see the tests of exports.
    for entry in VIEWS.iter().filter(|entry| entry.meta.name != "export-rows") {
        let input = view_input(entry.meta.name, &subjects);
        for token in [&outside, &elsewhere] {
            let said =
                world.view(token, entry.meta.name, input.clone()).await.unwrap_or_else(|e| panic!("{}: {e}", entry.meta.name)).to_string();
            let northwind = if token == &outside { said.clone() } else { only_northwind(&said) };
            for secret in ["east-wing.pdf", "needed > 256 MB", "facilities@northwind"] {
                assert!(!northwind.contains(secret), "{} shows {secret} outside a session: {northwind}", entry.meta.name);
            }
        }
    }
    for (view, secrets) in [
        ("command", vec!["east-wing.pdf", "needed > 256 MB"]),
        ("edit-form", vec!["east-wing.pdf"]),
        ("payload-check", vec!["east-wing.pdf"]),
        ("job", vec!["east-wing.pdf", "facilities@northwind"]),
        ("compare-attempts", vec!["reading east-wing.pdf", "needed > 256 MB"]),
        ("troubleshooting", vec!["east-wing.pdf"]),
        ("group", vec!["east-wing.pdf", "needed > 256 MB"]),
        ("jobs", vec!["east-wing.pdf"]),
        ("frontend-group", vec!["east-wing.pdf", "draw@app.js"]),
        ("frontend-event", vec!["opened east-wing.pdf"]),
    ] {
        let said = world.view(&inside, view, view_input(view, &subjects)).await.expect(view).to_string();
        for secret in secrets {
            assert!(said.contains(secret), "{view} inside lacks {secret}: {said}");
        }
        let viewed = world.text("select action || ' ' || outcome from audit.entry order by id desc limit 1").await;
        assert_eq!(viewed, format!("view {view} viewed"));
    }
}

/// Rows of the other tenant may show their content: take them out.
fn only_northwind(said: &str) -> String {
    let mut value: serde_json::Value = serde_json::from_str(said).expect("json");
    for list in ["rows", "waiting"] {
        if let Some(rows) = value.get_mut(list).and_then(|rows| rows.as_array_mut()) {
            rows.retain(|row| row["tenant_name"] == "Northwind Hospitals");
        }
    }
    value.to_string()
}

#[tokio::test(flavor = "multi_thread")]
async fn somebody_without_the_right_to_read_sees_no_rows() {
    let world = world().await;
    world.failed_command(NORTHWIND).await;
    let auditor = world.sign_in(Person { role: Role::Auditor, session_on: None, ..READY }).await;
    for entry in VIEWS.iter().filter(|entry| entry.meta.permission == Permission::Read) {
        let input = json!({"command": uuid::Uuid::nil(), "job": uuid::Uuid::nil(), "operation": uuid::Uuid::nil(), "group": 1, "event": 1, "deploy": 1, "check": uuid::Uuid::nil()});
        // A check is a number there, and the id of a question elsewhere.
        let input = if entry.meta.name == "check" { json!({"check": 1}) } else { input };
        let error = world.view(&auditor, entry.meta.name, input).await.expect_err(entry.meta.name);
        assert_eq!(error.kind, ProblemKind::Refused, "{}", entry.meta.name);
    }
    // What an auditor is there for.
    for name in ["me", "audit", "audit-verify"] {
        world.view(&auditor, name, json!({})).await.unwrap_or_else(|problem| panic!("{name}: {problem}"));
    }
}
