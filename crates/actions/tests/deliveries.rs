//! What pages report counts once, whatever comes twice and in which order; and what never came is told.

mod common;

use common::*;
use domain::TenantId;
use gate::{Batch, Event, Intake, Logins};
use serde_json::json;

async fn intake(world: &World) -> Intake {
    Intake::open(&Logins { admin: world.admin.clone(), password: None }).await.expect("the intake")
}

fn batch(session: &str, number: Option<i64>) -> Batch {
    let event = Event {
        fingerprint: "01c0ffee00c0ffee".into(),
        kind: "error",
        title: "TypeError: x is undefined".into(),
        message: "TypeError: x is undefined".into(),
        stack: String::new(),
        // Of one kind on one route only so many are kept word for word.
        route: format!("/plans/{session}"),
        socket: String::new(),
        count: 1,
        cut: false,
        removed: String::new(),
        command: None,
        raw: None,
    };
    Batch {
        tenant: TenantId(NORTHWIND),
        build: "b1".into(),
        page_session: session.into(),
        number,
        remote: None,
        browser: "Firefox 149".into(),
        fingerprint_version: 1,
        events: vec![event],
        losses: Vec::new(),
    }
}

/// Numbers below `many` in some order, some left out and some twice; the same for a seed.
fn arrivals(seed: u64, many: u64) -> Vec<i64> {
    let mut state = seed;
    let mut below = move |n: u64| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) % n
    };
    let mut order: Vec<i64> = Vec::new();
    for number in 0..i64::try_from(many).expect("few") {
        for _ in 0..below(3) {
            let at = usize::try_from(below(order.len() as u64 + 1)).expect("small");
            order.insert(at, number);
        }
    }
    order
}

#[tokio::test(flavor = "multi_thread")]
async fn in_whatever_order_they_come_each_counts_once_and_the_gaps_are_known() {
    let world = world().await;
    let intake = intake(&world).await;
    for seed in 1..20 {
        let (session, order) = (format!("p{seed}"), arrivals(seed, 40));
        for number in &order {
            intake.store(batch(&session, Some(*number))).await.expect("stored");
        }
        let came: std::collections::BTreeSet<i64> = order.iter().copied().collect();
        let gaps: Vec<i64> = (0..came.last().copied().unwrap_or(0)).filter(|number| !came.contains(number)).collect();
        let (events, missing): (i64, Vec<i64>) = sqlx::query_as(
            "select (select count(*) from telemetry.event where page_session = $1),
               coalesce((select array(select unnest(missing) order by 1) from telemetry.page_session where id = $1), '{}')",
        )
        .bind(&session)
        .fetch_one(&mut world.db().await)
        .await
        .expect("what came");
        assert_eq!((events, missing), (i64::try_from(came.len()).expect("few"), gaps), "{seed}: {order:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_batch_twice_at_once_counts_once() {
    let world = world().await;
    let intake = intake(&world).await;
    for number in 0..20 {
        let same = batch("p", Some(number));
        let (a, b) = tokio::join!(intake.store(same.clone()), intake.store(same.clone()));
        a.expect("taken");
        b.expect("taken as well");
    }
    assert_eq!(world.text("select count(*) || ' ' || (select sum(count) from telemetry.error_group) from telemetry.event").await, "20 20");
    // Of a beacon that gives no numbers, everything counts.
    for _ in 0..2 {
        intake.store(batch("p", None)).await.expect("stored");
    }
    assert_eq!(world.text("select count(*)::text from telemetry.event").await, "22");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_never_came_is_told_once_it_can_no_longer_be_on_its_way() {
    let world = world().await;
    let intake = intake(&world).await;
    let token = world.sign_in(READY).await;
    for number in [0, 3, 1_000] {
        intake.store(batch("p", Some(number))).await.expect("stored");
    }
    let mut refused = batch("q", Some(0));
    refused.losses = vec![("rate".into(), 40)];
    intake.store(refused).await.expect("stored");
    let losses = async |filter| world.view(&token, "frontend-logs", filter).await.expect("logs")["losses"].clone();
    assert_eq!(losses(json!({})).await, json!([{"reason": "rate", "count": 40, "browsers": []}]), "they may still be on their way");
    sqlx::query("update telemetry.page_session set last_seen = now() - interval '5 minutes'")
        .execute(&mut world.db().await)
        .await
        .expect("later");
    let told = json!([{"reason": "transit", "count": 998, "browsers": ["Firefox 149"]}, {"reason": "rate", "count": 40, "browsers": []}]);
    assert_eq!(losses(json!({"tenant": "northwind"})).await, told);
    assert_eq!(losses(json!({"tenant": "contoso"})).await, json!([]));
}

#[tokio::test(flavor = "multi_thread")]
async fn groups_are_asked_for_by_route_build_and_time_and_page_by_page() {
    let world = world().await;
    let intake = intake(&world).await;
    for (n, build) in ["b1", "b1", "b2"].iter().enumerate() {
        let mut one = batch(&format!("t{n}"), Some(0));
        one.build = (*build).into();
        one.events[0].fingerprint = format!("01c0ffee00c0ff0{n}");
        one.events[0].title = format!("kind {n}");
        intake.store(one).await.expect("stored");
    }
    let token = world.sign_in(Person { session_on: None, ..READY }).await;
    let mut db = world.db().await;
    sqlx::query("update telemetry.error_group set last_seen = now() - interval '2 hours' where title = 'kind 0'")
        .execute(&mut db)
        .await
        .expect("older");
    let page = async |filter: serde_json::Value| world.view(&token, "frontend-logs", filter).await.expect("groups");
    let titles = |page: &serde_json::Value| {
        page["groups"]
            .as_array()
            .expect("groups")
            .iter()
            .map(|group| group["title"].as_str().expect("a title").to_owned())
            .collect::<Vec<_>>()
    };
    assert_eq!(titles(&page(json!({})).await), ["kind 2", "kind 1", "kind 0"]);
    assert_eq!(titles(&page(json!({"route": "/plans/t1"})).await), ["kind 1"]);
    assert_eq!(titles(&page(json!({"build": "b1"})).await), ["kind 1", "kind 0"]);
    assert_eq!(titles(&page(json!({"since": "1h"})).await), ["kind 2", "kind 1"]);
    let first = page(json!({"limit": 2})).await;
    assert_eq!(titles(&first), ["kind 2", "kind 1"]);
    let second = page(json!({"limit": 2, "cursor": first["next"]})).await;
    assert_eq!((titles(&second), &second["next"]), (vec!["kind 0".to_owned()], &json!(null)));
}
