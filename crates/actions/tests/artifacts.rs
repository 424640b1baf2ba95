//! Artifacts over a real database: uploaded, listed, said again, replaced, forgotten when there is no room; who may, whose they are, and what
//! frames of events become by them.

mod common;

use common::*;
use data_encoding::BASE64;
use domain::{Ask, ProblemKind, Role};
use gate::Token;
use serde_json::{Value, json};
use uuid::Uuid;

const LEAD: Person = Person { role: Role::Lead, session_on: None, ..READY };
const STACK: &str = "TypeError: Cannot read properties of undefined (reading 'net')
    at r (https://shop.example/assets/app-3f2a.js:1:151)
    at e (https://shop.example/assets/app-3f2a.js?v=1:1:47)
    at HTMLButtonElement.<anonymous> (https://shop.example/start.js:2:7)";

fn reason() -> Ask {
    Ask { reason: "Told by the pipeline".into(), rehearse: false }
}

fn input(build: &str, name: &str, kind: &str, tenant: Option<&str>, file: &[u8]) -> Value {
    json!({ "build": build, "name": name, "kind": kind, "tenant": tenant, "content": BASE64.encode(file) })
}

async fn upload(world: &World, token: &Token, build: &str, name: &str, file: &[u8]) -> Value {
    let kind = if name.ends_with(".wasm") { "wasm" } else { "source-map" };
    world.act(token, "upload-artifact", reason(), input(build, name, kind, None, file)).await.expect("uploaded")
}

async fn names(world: &World, token: &Token, filter: Value) -> Vec<String> {
    let list = world.view(token, "artifacts", filter).await.expect("a list");
    let name = |row: &Value| format!("{} {}", row["build"].as_str().unwrap_or_default(), row["name"].as_str().unwrap_or_default());
    list["rows"].as_array().expect("rows").iter().map(name).collect()
}

async fn run(world: &World, sql: &'static str) {
    sqlx::raw_sql(sql).execute(&mut world.db().await).await.unwrap_or_else(|error| panic!("{sql}: {error}"));
}

/// An event of a tenant's page, of the build, with a stack of its own.
async fn event(world: &World, tenant: Uuid, build: &str, message: &str, stack: &str) -> i64 {
    let group = world.frontend_group(tenant).await;
    sqlx::query("update telemetry.event set build = $2, message = $3, stack = $4 where group_id = $1")
        .bind(group)
        .bind(build)
        .bind(message)
        .bind(stack)
        .execute(&mut world.db().await)
        .await
        .expect("an event");
    group
}

#[tokio::test(flavor = "multi_thread")]
async fn an_artifact_is_kept_once_and_replaced_by_another() {
    let world = world().await;
    let lead = world.sign_in(LEAD).await;
    let first = upload(&world, &lead, "b1", "/assets/app-3f2a.js", MAP).await;
    assert_eq!((&first["output"]["repeated"], &first["output"]["lines"]), (&json!(false), &json!(true)));
    let again = upload(&world, &lead, "b1", "assets/app-3f2a.js", MAP).await;
    assert_eq!((&again["output"]["repeated"], &again["output"]["artifact"]), (&json!(true), &first["output"]["artifact"]));
    assert_eq!(again["changes"], json!([]));
    let rows = world.view(&lead, "artifacts", json!({"build": "b1"})).await.expect("a list")["rows"].clone();
    let sum = hex(MAP);
    assert_eq!((rows[0]["sha256"].as_str(), rows[0]["size"].as_u64()), (Some(sum.as_str()), Some(MAP.len() as u64)), "{rows}");
    assert_eq!((&rows[0]["tenant"], rows.as_array().map(Vec::len)), (&json!(null), Some(1)));

    let smaller = String::from_utf8_lossy(MAP).replace("priceOfLine", "price");
    let other = upload(&world, &lead, "b1", "assets/app-3f2a.js", smaller.as_bytes()).await;
    assert_eq!((&other["output"]["repeated"], &other["changes"][0]["before"]), (&json!(false), &json!(sum)));
    assert_eq!(names(&world, &lead, json!({})).await, ["b1 assets/app-3f2a.js"]);
    // The audit says what was done, not with which bytes.
    let said = world.text("select string_agg(input::text, ' ') from audit.entry where action = 'upload-artifact'").await;
    assert!(said.contains("characters)") && !said.contains(&BASE64.encode(MAP)[..40]), "{said}");

    let gone = world.act(&lead, "delete-artifacts", reason(), json!({"build": "b1"})).await.expect("deleted");
    assert_eq!(gone["output"]["deleted"], 1);
    let none = world.act(&lead, "delete-artifacts", reason(), json!({"build": "b1"})).await.expect_err("nothing there");
    assert_eq!(none.kind, ProblemKind::NotFound);
}

fn hex(bytes: &[u8]) -> String {
    use sha2::{Digest, Sha256};
    Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rehearsal_keeps_nothing_and_bad_files_are_told_why() {
    let world = world().await;
    let lead = world.sign_in(LEAD).await;
    let ask = Ask { rehearse: true, ..reason() };
    let would = world.act(&lead, "upload-artifact", ask, input("b1", "app.js", "source-map", None, MAP)).await.expect("rehearsed");
    assert_eq!((&would["rehearsed"], names(&world, &lead, json!({})).await.len()), (&json!(true), 0));
    for (bad, told) in [
        (input("b1", "app.js", "source-map", None, MODULE), "no source map"),
        (input("b1", "app_bg.wasm", "wasm", None, MAP), "no WebAssembly module"),
        (input("b1", "app.js", "source-map", None, &MAP[..300]), "no source map"),
        (input("", "app.js", "source-map", None, MAP), "1 to 120 characters"),
        (input("b1", "assets/", "source-map", None, MAP), "end of the file"),
        (json!({"build": "b1", "name": "a.js", "kind": "source-map", "content": "%%"}), "base64"),
        (json!({"build": "b1", "name": "a.js", "kind": "pdb", "content": ""}), "pdb"),
    ] {
        let no = world.act(&lead, "upload-artifact", reason(), bad).await.expect_err(told);
        assert!(no.kind == ProblemKind::BadInput && no.message.contains(told), "{told}: {no}");
    }
    let named = upload(&world, &lead, "b1", "plan_bg.wasm", NAMED).await;
    assert_eq!(named["output"]["lines"], false);
    assert!(named["effects"][0].as_str().is_some_and(|told| told.contains("no debug information")), "{named}");
}

#[tokio::test(flavor = "multi_thread")]
async fn too_much_is_refused_and_the_oldest_builds_make_room() {
    let world = world().await;
    let lead = world.sign_in(LEAD).await;
    run(&world, "update ops.artifact_setting set build_count = 2, total_count = 3").await;
    for (build, name) in [("b1", "a.js"), ("b1", "b.js"), ("b2", "a.js")] {
        upload(&world, &lead, build, name, MAP).await;
    }
    let full = world.act(&lead, "upload-artifact", reason(), input("b1", "c.js", "source-map", None, MAP)).await.expect_err("full");
    assert!(full.message.contains("at most 2 artifacts") && full.message.contains("opsctl artifacts delete"), "{full}");
    upload(&world, &lead, "b1", "a.js", MAP).await;

    // Told again, b1 is not newer: what it holds is what it held.
    let told = upload(&world, &lead, "b3", "a.js", MAP).await;
    assert_eq!(names(&world, &lead, json!({})).await, ["b3 a.js", "b2 a.js"]);
    assert!(told["effects"][0].as_str().is_some_and(|told| told.contains("build b1 were forgotten")), "{told}");
    run(&world, "update ops.artifact_setting set build_bytes = 10").await;
    let large = world.act(&lead, "upload-artifact", reason(), input("b4", "a.js", "source-map", None, MAP)).await.expect_err("large");
    assert!(large.message.contains("MiB"), "{large}");
}

#[tokio::test(flavor = "multi_thread")]
async fn staff_of_one_tenant_see_theirs_and_everybodys_and_upload_nothing() {
    let world = world().await;
    let lead = world.sign_in(LEAD).await;
    upload(&world, &lead, "all", "a.js", MAP).await;
    for tenant in ["northwind", "contoso"] {
        let own = input(tenant, "a.js", "source-map", Some(tenant), MAP);
        world.act(&lead, "upload-artifact", reason(), own).await.expect("uploaded");
    }
    let unknown = world.act(&lead, "upload-artifact", reason(), input("b", "a.js", "source-map", Some("nobody"), MAP)).await;
    assert_eq!(unknown.expect_err("no such tenant").kind, ProblemKind::NotFound);
    assert_eq!(names(&world, &lead, json!({"tenant": "contoso"})).await, ["contoso a.js", "all a.js"]);
    let theirs = world.sign_in(Person { only: Some(CONTOSO), ..LEAD }).await;
    assert_eq!(names(&world, &theirs, json!({})).await, ["contoso a.js", "all a.js"]);
    for deed in ["upload-artifact", "delete-artifacts"] {
        let said =
            if deed == "upload-artifact" { input("all", "a.js", "source-map", Some("contoso"), MAP) } else { json!({"build": "all"}) };
        assert_eq!(world.act(&theirs, deed, reason(), said).await.expect_err(deed).kind, ProblemKind::Refused);
    }
    // Also past the policy, the database has the last word.
    let mut db = world.db().await;
    sqlx::query("select set_config('ops.scope', $1, false)").bind(theirs.scope()).execute(&mut db).await.expect("signed in");
    let seen: i64 = sqlx::query_scalar("select count(*) from console.tenant where id = (select console.visible_tenants())")
        .fetch_one(&mut db)
        .await
        .expect("counted");
    assert_eq!(seen, 1, "it is they who ask");
    let rows = sqlx::raw_sql("set role ops_rw; update ops.artifact set lines = false; delete from ops.artifact").execute(&mut db).await;
    assert_eq!(rows.expect("nothing is seen").rows_affected(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_group_shows_files_and_lines_by_the_artifacts_of_its_builds() {
    let world = world().await;
    let lead = world.sign_in(LEAD).await;
    let inside = world.sign_in(READY).await;
    let group = event(&world, NORTHWIND, "b1", "TypeError: no net", STACK).await;
    let shown = async |token: &Token| {
        let shown = world.view(token, "frontend-group", json!({ "group": group })).await.expect("the group");
        shown["events"][0]["frames"].clone()
    };
    assert_eq!(shown(&inside).await, Value::Null, "nothing of the build is kept");
    upload(&world, &lead, "b2", "assets/app-3f2a.js", MAP).await;
    assert_eq!(shown(&inside).await, Value::Null, "another build");
    let foreign = input("b1", "assets/app-3f2a.js", "source-map", Some("contoso"), MAP);
    world.act(&lead, "upload-artifact", reason(), foreign).await.expect("uploaded");
    assert_eq!(shown(&inside).await, Value::Null, "another tenant\u{2019}s build of the same name");

    upload(&world, &lead, "b1", "assets/app-3f2a.js", MAP).await;
    let frames = shown(&inside).await;
    let place = &frames[1]["places"][0];
    assert_eq!(
        (place["function"].as_str(), place["file"].as_str(), place["line"].as_i64(), place["column"].as_i64()),
        (Some("priceOfLine"), Some("../cart.ts"), Some(17), Some(21)),
        "{frames}"
    );
    assert_eq!((place["source_from"].as_i64(), place["source"][2].as_str()), (Some(15), Some("  return line.price.net * 1.2;")));
    assert_eq!(frames[2]["places"][0]["line"], 10, "a query is no part of the file's name");
    assert_eq!(
        (&frames[3]["places"], frames[3]["raw"].as_str()),
        (&json!([]), Some("at HTMLButtonElement.<anonymous> (https://shop.example/start.js:2:7)"))
    );
    assert_eq!(shown(&lead).await, Value::Null, "outside a session there are no events");
    // The list with the events of one group shows the same.
    let list = world.view(&inside, "frontend-logs", json!({ "group": group })).await.expect("the list");
    assert_eq!(list["events"][0]["frames"], frames);
    assert!(list["events"][0]["stack"].as_str().is_some_and(|stack| stack.contains("app-3f2a.js:1:151")), "the stack stays as it was");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_tenants_own_build_goes_before_everybodys_and_a_damaged_one_harms_nobody() {
    let world = world().await;
    let lead = world.sign_in(LEAD).await;
    let inside = world.sign_in(READY).await;
    let panic = "panicked at plan.rs:20\n\nStack:\n\nplan@https://shop.example/plan_bg.wasm:wasm-function[0]:0x81\n";
    let group = event(&world, NORTHWIND, "b1", panic, STACK).await;
    upload(&world, &lead, "b1", "app-3f2a.js", MAP).await;
    upload(&world, &lead, "b1", "plan_bg.wasm", MODULE).await;
    let own = String::from_utf8_lossy(MAP).replace("../cart.ts", "../own.ts");
    let own = input("b1", "app-3f2a.js", "source-map", Some("northwind"), own.as_bytes());
    world.act(&lead, "upload-artifact", reason(), own).await.expect("uploaded");
    let shown = async || {
        let shown = world.view(&inside, "frontend-group", json!({ "group": group })).await.expect("the group");
        shown["events"][0]["frames"].clone()
    };
    let frames = shown().await;
    // A module says its stack in its message; what was compiled into another function comes first.
    let functions: Vec<&str> = frames[0]["places"].as_array().expect("places").iter().filter_map(|at| at["function"].as_str()).collect();
    assert_eq!(functions[1..], ["plan::whole", "plan::area_of_room"]);
    assert_eq!(frames[2]["places"][0]["file"], "../own.ts", "{frames}");

    run(&world, "update ops.artifact set digest = substr(digest, 1, 40)").await;
    let frames = shown().await;
    assert_eq!((frames[1]["places"].clone(), frames.as_array().map(Vec::len)), (json!([]), Some(4)), "as the browser wrote it");
}
