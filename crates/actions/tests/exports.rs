//! Lists that leave the console, and views that are kept: an export is exactly the list, for the one who asked, with what they may
//! see; a view is its owner's, or everybody's.

mod common;

use common::*;
use domain::{Ask, ProblemKind};
use gate::Token;
use serde_json::{Value, json};
use std::collections::BTreeSet;
use uuid::Uuid;

async fn export(world: &World, token: &Token, input: Value) -> Value {
    world
        .act(token, "export-commands", Ask { reason: "The customer asked for a list".into(), rehearse: false }, input)
        .await
        .expect("exported")["output"]
        .take()
}

async fn rows(world: &World, token: &Token, export: &Value) -> Vec<Value> {
    let (mut rows, mut cursor) = (Vec::new(), Value::Null);
    loop {
        let mut page = world.view(token, "export-rows", json!({"token": export["token"], "cursor": cursor})).await.expect("rows");
        rows.append(page["rows"].as_array_mut().expect("rows"));
        cursor = page["next"].take();
        if cursor.is_null() {
            return rows;
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_export_is_exactly_the_list_as_the_person_sees_it() {
    let world = world().await;
    world.many_failed(NORTHWIND, 2_500).await;
    let (mine, _) = world.failed_command(NORTHWIND).await;
    let (theirs, _) = world.failed_command(CONTOSO).await;
    let inside = world.sign_in(READY).await;
    let outside = world.sign_in(Person { session_on: None, ..READY }).await;
    let only_contoso = world.sign_in(Person { session_on: None, only: Some(CONTOSO), ..READY }).await;

    let all = export(&world, &inside, json!({})).await;
    assert_eq!(all["count"], 2_502);
    // What fails after the export is another list.
    world.failed_command(NORTHWIND).await;
    let got = rows(&world, &inside, &all).await;
    assert_eq!(got.iter().map(|row| row["command"].to_string()).collect::<BTreeSet<_>>().len(), 2_502, "each once");
    let of = |rows: &[Value], id: Uuid| rows.iter().find(|row| row["command"] == json!(id)).cloned().expect("the row");
    assert_eq!((&of(&got, mine)["payload"], &of(&got, theirs)["payload"]), (&json!({"file": "east-wing.pdf"}), &Value::Null));
    assert!(of(&got, theirs)["error_message"].is_null(), "of another tenant's there is the class of the error only");

    let seen = export(&world, &outside, json!({"tenant": "northwind", "find": "attempts>2", "code": "OUT_OF_MEMORY"})).await;
    let got = rows(&world, &outside, &seen).await;
    assert!(got.iter().all(|row| row["payload"].is_null() && row["error_message"].is_null()) && got.len() == 2_502, "{}", got.len());
    assert_eq!(export(&world, &only_contoso, json!({})).await["count"], 1);

    let entry = world.text("select action || ' ' || outcome || ' ' || (effects ->> 0) from audit.entry where action = 'export-commands' order by id limit 1").await;
    assert_eq!(
        entry,
        "export-commands done 2502 commands leave the console as a csv file, with the messages and payloads of Northwind Hospitals."
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_is_for_one_person_in_one_session_for_a_while() {
    let world = world().await;
    world.failed_command(NORTHWIND).await;
    let (inside, other) = (world.sign_in(READY).await, world.sign_in(READY).await);
    let made = export(&world, &inside, json!({})).await;
    let token = made["token"].as_str().expect("a token");
    let (text, seal) = token.split_once('.').expect("two parts");
    let forged = text.replace(&hex::encode("null"), &hex::encode("true"));
    for (who, token) in [(&other, token.to_owned()), (&inside, format!("{forged}0.{seal}")), (&inside, "nothing".into())] {
        let no = world.view(who, "export-rows", json!({"token": token})).await.expect_err("not this person's");
        assert_eq!(no.kind, ProblemKind::BadInput, "{no}");
    }
    // A rehearsal says what would leave, and nothing leaves.
    let tried = world.act(&inside, "export-commands", Ask { rehearse: true, ..Ask::default() }, json!({})).await.expect("rehearsed");
    assert_eq!((&tried["output"]["count"], &tried["output"]["token"]), (&json!(1), &json!("")));
    // A token of a preview is none of an export.
    let preview = world.sealed(&inside, NORTHWIND).await;
    assert_eq!(world.view(&inside, "export-rows", json!({"token": preview})).await.expect_err("a preview's").kind, ProblemKind::BadInput);
    // With the session goes what it may show.
    let mut db = world.db().await;
    sqlx::query("update console.support_session set expires_at = clock_timestamp(), write_until = null")
        .execute(&mut db)
        .await
        .expect("ended");
    let no = world.view(&inside, "export-rows", json!({"token": token})).await.expect_err("the session is over");
    assert_eq!(no.kind, ProblemKind::Conflict);
}

#[tokio::test(flavor = "multi_thread")]
async fn only_what_one_may_export_is_exported_and_the_audit_keeps_no_text() {
    let world = world().await;
    world.failed_command(NORTHWIND).await;
    world.failed_command(CONTOSO).await;
    world.count_groups().await;
    // Support at one tenant, and no more than a viewer at the other.
    let both = async |session: Option<Uuid>| {
        let token = world.sign_in(Person { only: Some(NORTHWIND), session_on: session, ..READY }).await;
        let sql = "insert into console.staff_role select staff_id, 'viewer', $2 from console.sign_in where token_hash = $1";
        sqlx::query(sql).bind(token.hash()).bind(CONTOSO).execute(&mut world.db().await).await.expect("a role");
        token
    };
    let outside = both(None).await;
    let made = export(&world, &outside, json!({"find": "error:\"ran out\""})).await;
    assert_eq!(made["count"], 1);
    assert!(rows(&world, &outside, &made).await.iter().all(|row| row["tenant_name"] == "Northwind Hospitals"));
    let inside = both(Some(CONTOSO)).await;
    let made = export(&world, &inside, json!({})).await;
    let got = rows(&world, &inside, &made).await;
    assert!(got.len() == 1 && got[0]["tenant_name"] == "Northwind Hospitals" && got[0]["payload"].is_null(), "{got:?}");
    let token = world.sealed(&inside, CONTOSO).await;
    drop(world.act(&inside, "start-bulk-retry", Ask::default(), json!({"token": token})).await);
    assert_eq!(
        world
            .text("select count(*)::text from audit.entry where input::text like '%ran out%' or input ->> 'token' not like 'sealed %'")
            .await,
        "0"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn numbers_leave_as_they_are() {
    let world = world().await;
    let (command, _) = world.failed_command(NORTHWIND).await;
    let mut db = world.db().await;
    sqlx::query("update commandbus.payload_archive set payload = '{\"id\": 12345678901234567890123, \"x\": 0.10}' where command_id = $1")
        .bind(command)
        .execute(&mut db)
        .await
        .expect("a payload");
    let token = world.sign_in(READY).await;
    let made = export(&world, &token, json!({})).await;
    let entry = actions::table::view("export-rows").expect("a view");
    let raw = world.gate.view(&token, entry, json!({"token": made["token"]})).await.expect("rows");
    assert!(raw.get().contains("{\"x\": 0.10, \"id\": 12345678901234567890123}"), "{raw}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_view_is_its_owners_or_everybodys() {
    let world = world().await;
    let (anna, bob) = (world.sign_in(Person { session_on: None, ..READY }).await, world.sign_in(READY).await);
    let save = |name: &str, query: &str, shared: bool| json!({"name": name, "place": "troubleshooting", "query": query, "shared": shared});
    let ask = Ask::default;
    let kept = world.act(&anna, "save-view", ask(), save("Mine", "code=A", false)).await.expect("saved")["output"]["view"].clone();
    world.act(&anna, "save-view", ask(), save("Ours", "code=B", true)).await.expect("saved");
    let no = world.act(&anna, "save-view", ask(), save("Secret", "find=payload.name%3AJane", true)).await.expect_err("a customer's");
    assert!(no.message.contains("nothing of a customer"), "{no}");
    world.act(&anna, "save-view", ask(), save("For me", "find=payload.name%3AJane", false)).await.expect("for herself");
    let kept_of_it = world.text("select count(*)::text from audit.entry where action = 'save-view' and outcome = 'done' and (input::text || changes::text) like '%Jane%'").await;
    assert_eq!(kept_of_it, "0");
    let again = world.act(&anna, "save-view", ask(), save("Mine", "code=C", false)).await.expect("saved again");
    assert_eq!((&again["output"]["view"], &again["changes"][0]["before"]), (&kept, &json!("code=A")), "the same view, with what it was");
    let names = async |token: &Token| {
        let said = world.view(token, "saved-views", json!({"place": "troubleshooting"})).await.expect("views");
        said["views"]
            .as_array()
            .expect("views")
            .iter()
            .map(|view| format!("{} {} {}", view["name"], view["query"], view["mine"]))
            .collect::<Vec<_>>()
    };
    assert_eq!(
        names(&anna).await,
        ["\"For me\" \"find=payload.name%3AJane\" true", "\"Mine\" \"code=C\" true", "\"Ours\" \"code=B\" true"]
    );
    assert_eq!(names(&bob).await, ["\"Ours\" \"code=B\" false"]);
    // What is not one's own looks like none.
    let ours = world.view(&bob, "saved-views", json!({})).await.expect("views")["views"][0]["view"].clone();
    for view in [kept.clone(), ours, json!(987_654)] {
        assert_eq!(world.act(&bob, "forget-view", ask(), json!({"view": view})).await.expect_err("not Bob's").kind, ProblemKind::NotFound);
    }
    world.act(&anna, "forget-view", ask(), json!({"view": kept})).await.expect("forgotten");
    assert_eq!(names(&anna).await.len(), 2);
    for (wrong, told) in [
        (json!({"name": " ", "place": "jobs", "query": ""}), "1 to 60"),
        (json!({"name": "x", "place": "jbos", "query": ""}), "did you mean jobs?"),
    ] {
        let no = world.act(&anna, "save-view", ask(), wrong).await.expect_err("wrong");
        assert!(no.kind == ProblemKind::BadInput && no.message.contains(told), "{no}");
    }
}
