//! What becomes of a flood of frontend errors: every event counts, a storm leaves room for the one that is not part of it, many batches
//! at once are kept or refused as a whole, and groups wake and come back by themselves.

mod common;

use common::*;
use domain::TenantId;
use gate::{Batch, Event, Intake, Logins};

async fn intake(world: &World) -> Intake {
    Intake::open(&Logins { admin: world.admin.clone(), password: None }).await.expect("the intake")
}

fn event(kind: u32, route: &str) -> Event {
    Event {
        fingerprint: format!("01{kind:014x}"),
        kind: "error",
        title: format!("TypeError: {kind} of it"),
        message: "TypeError: x is undefined".into(),
        stack: "at upload (/app.js:1:1)".into(),
        route: route.into(),
        socket: String::new(),
        count: 1,
        cut: false,
        removed: "email:2 jwt:1".into(),
        command: None,
        raw: None,
    }
}

fn batch(session: &str, number: i64, build: &str, events: Vec<Event>) -> Batch {
    Batch {
        tenant: TenantId(NORTHWIND),
        build: build.into(),
        page_session: session.into(),
        number: Some(number),
        remote: None,
        browser: "Firefox 149".into(),
        fingerprint_version: 1,
        events,
        losses: Vec::new(),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_storm_is_counted_and_leaves_room_for_what_happened_once() {
    let world = world().await;
    let intake = intake(&world).await;
    // Oldest of all, and the first ones of the storm tell how it began.
    intake.store(batch("lone", 0, "b1", vec![event(999, "/plans")])).await.expect("stored");
    intake.store(batch("lone", 1, "b1", vec![event(1, "/plans")])).await.expect("stored");
    for round in 0..4_u32 {
        let sent: Vec<_> = (0..40_u32)
            .map(|tab| {
                let kinds = (0..30_u32).map(|n| event(1 + (n + tab) % 20, "/plans")).collect();
                intake.store(batch(&format!("tab {tab}"), i64::from(round), "b1", kinds))
            })
            .collect();
        for done in futures::future::join_all(sent).await {
            done.expect("stored");
        }
        intake.tidy().await.expect("trimmed");
    }
    assert_eq!(world.text("select sum(count)::text from telemetry.error_group").await, (4 * 40 * 30 + 2).to_string(), "every event counts");
    assert_eq!(world.text("select sum(count)::text from telemetry.error_slice").await, (4 * 40 * 30 + 2).to_string());
    assert_eq!(world.text("select max(sessions) || ' ' || min(sessions) from telemetry.error_group").await, "41 1", "tabs it happened to");
    assert_eq!(world.text("select count(*)::text from telemetry.event where route = '/plans'").await, "500");
    assert_eq!(
        world.text("select count(*)::text from telemetry.event where page_session = 'lone'").await,
        "2",
        "the lone one, and the first"
    );
    let fair = "select min(n) || ' ' || max(n) from (select count(*) as n from telemetry.event group by group_id having count(*) > 1) x";
    let (least, most) = world.text(fair).await.split_once(' ').map(|(a, b)| (a.parse::<i32>(), b.parse::<i32>())).expect("two");
    assert!(most.expect("most") - least.expect("least") <= 2, "what is left is shared evenly");
    // A route of its own loses nothing by it.
    intake.store(batch("other", 0, "b1", vec![event(5, "/elsewhere")])).await.expect("stored");
    intake.tidy().await.expect("trimmed");
    assert_eq!(world.text("select count(*)::text from telemetry.event where route = '/elsewhere'").await, "1");
}

/// Tenants whose batches two different tasks write, at the same time.
#[tokio::test(flavor = "multi_thread")]
async fn what_is_the_same_at_two_tenants_is_counted_for_each_once() {
    let world = world().await;
    let intake = intake(&world).await;
    assert_ne!(NORTHWIND.as_u128() % 2, CONTOSO.as_u128() % 2, "each has a task of its own");
    for round in 0..5 {
        let sent = (0..40_u32).flat_map(|tab| {
            let of = |tenant| {
                let kinds = (0..6).map(|n| event(1 + (n + tab) % 10, "/plans")).collect();
                intake.store(Batch { tenant: TenantId(tenant), ..batch(&format!("tab {}", tab % 20), round, "b1", kinds) })
            };
            [of(NORTHWIND), of(CONTOSO)]
        });
        for done in futures::future::join_all(sent).await {
            done.expect("stored");
        }
    }
    // Twenty tabs sent each batch twice, and each counts once.
    let counted = "select string_agg(t.slug || ' ' || g.n || ' ' || g.groups || ' ' || g.most || ' ' || g.least || ' ' || s.n || ' ' || e.n || ' ' || d.n, ', ' order by t.slug)
        from console.tenant t
        join (select tenant_id, sum(count) as n, count(*) as groups, max(sessions) as most, min(sessions) as least from telemetry.error_group group by 1) g on g.tenant_id = t.id
        join (select tenant_id, sum(count) as n from telemetry.tenant_slice group by 1) s on s.tenant_id = t.id
        join (select tenant_id, sum(count) as n from telemetry.error_slice group by 1) e on e.tenant_id = t.id
        join (select tenant_id, count(*) as n from telemetry.group_session group by 1) d on d.tenant_id = t.id";
    assert_eq!(world.text(counted).await, "contoso 600 10 12 12 600 600 120, northwind 600 10 12 12 600 600 120");
}

/// One has known the groups for long and notes where they happened before it counts them; the other has just started and counts first.
#[tokio::test(flavor = "multi_thread")]
async fn two_consoles_that_get_the_same_at_once_count_it_twice_and_refuse_none() {
    let world = world().await;
    let old = intake(&world).await;
    // Reports of no tab, as browsers send them: their build tells apart where they happened.
    let report = |build: &str| Batch { number: None, ..batch("", 0, build, (0..40).map(|kind| event(kind, "/plans")).collect()) };
    old.store(report("b0")).await.expect("stored");
    for round in 1..=4 {
        let new = intake(&world).await;
        let build = format!("b{round}");
        let all = [old.store(report(&build)), new.store(report(&build)), old.store(report(&build)), new.store(report(&build))];
        for done in futures::future::join_all(all).await {
            done.expect("stored");
        }
    }
    assert_eq!(world.text("select min(count) || ' ' || max(count) || ' ' || max(sessions) from telemetry.error_group").await, "17 17 0");
    assert_eq!(world.text("select count(*) || ' ' || count(distinct build) from telemetry.group_session").await, "200 5");
    // What was thought of a group that is gone meanwhile is not believed.
    let tab = |n: i64| batch("tab", n, "b5", vec![event(1, "/plans")]);
    old.store(tab(0)).await.expect("stored");
    world.text("with gone as (delete from telemetry.error_group returning 1) select count(*)::text from gone").await;
    old.store(tab(1)).await.expect("stored");
    assert_eq!(world.text("select count || ' ' || sessions from telemetry.error_group").await, "1 1");
    assert_eq!(
        world
            .text("select string_agg(page_session, ' ') from telemetry.group_session s join telemetry.error_group g on g.id = s.group_id")
            .await,
        "tab"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn one_that_the_database_refuses_takes_no_other_with_it() {
    let world = world().await;
    let intake = intake(&world).await;
    let mut poison = batch("bad", 0, "b1", vec![event(1, "/plans")]);
    poison.events[0].fingerprint = "not a fingerprint".into();
    let mut sent = vec![intake.store(poison)];
    sent.extend((0..50).map(|n| intake.store(batch(&format!("good {n}"), 0, "b1", vec![event(2, "/plans")]))));
    let done = futures::future::join_all(sent).await;
    assert!(done[0].is_err() && done[1..].iter().all(Result::is_ok), "{done:?}");
    assert_eq!(world.text("select count(*)::text from telemetry.event").await, "50");
    assert_eq!(world.text("select count || ' ' || sessions from telemetry.error_group").await, "50 50");
}

#[tokio::test(flavor = "multi_thread")]
async fn groups_wake_at_their_time_count_or_rate_and_come_back_with_a_new_build() {
    let world = world().await;
    let intake = intake(&world).await;
    let mut number = 0;
    let mut again = |build: &'static str| {
        number += 1;
        intake.store(batch(&format!("p{number}"), 0, build, vec![event(1, "/plans")]))
    };
    again("b1").await.expect("stored");
    let mut db = world.db().await;
    let standing = "select state || ': ' || coalesce(why, '') from telemetry.error_group";
    for (snooze, woken) in [
        ("snooze_until = clock_timestamp() - interval '1 second'", "It was snoozed until now"),
        ("snooze_total = count + 2", "as often as it was snoozed for"),
        ("snooze_per_hour = 1, snooze_base = (select sum(count) from telemetry.error_slice)", "more than 1 happened within an hour"),
    ] {
        sqlx::query(sqlx::AssertSqlSafe(format!(
            "update telemetry.error_group set state = 'SNOOZED', state_at = clock_timestamp(), {snooze}"
        )))
        .execute(&mut db)
        .await
        .expect("snoozed");
        if !snooze.starts_with("snooze_until") {
            again("b1").await.expect("stored");
            intake.tidy().await.expect("tidied");
            assert!(world.text(standing).await.starts_with("SNOOZED"), "one more is not enough: {snooze}");
            again("b1").await.expect("stored");
        }
        intake.tidy().await.expect("tidied");
        let now = world.text(standing).await;
        assert!(now.starts_with("NEW: ") && now.contains(woken), "{now}");
    }
    sqlx::query("update telemetry.error_group set state = 'RESOLVED', state_at = clock_timestamp(), resolved_in = 'b2', why = null")
        .execute(&mut db)
        .await
        .expect("resolved");
    again("b1").await.expect("stored");
    assert!(world.text(standing).await.starts_with("RESOLVED"), "a tab that is still of the old build is no surprise");
    again("b3").await.expect("stored");
    assert_eq!(world.text(standing).await, "REGRESSED: It happened again with build b3.");
}

/// As clients of another make and browsers report: without a number in a page session.
#[tokio::test(flavor = "multi_thread")]
async fn an_old_build_is_known_by_where_the_group_was_seen_too() {
    let world = world().await;
    let intake = intake(&world).await;
    let again = |trace: &str, build: &str| intake.store(Batch { number: None, ..batch(trace, 0, build, vec![event(1, "/plans")]) });
    again("trace 1", "b1").await.expect("stored");
    let mut db = world.db().await;
    sqlx::query("update telemetry.error_group set state = 'RESOLVED', state_at = clock_timestamp(), resolved_in = 'b2'")
        .execute(&mut db)
        .await
        .expect("resolved");
    let standing = "select state || ' ' || count from telemetry.error_group";
    again("trace 2", "b1").await.expect("stored");
    again("", "b1").await.expect("stored");
    assert_eq!(world.text(standing).await, "RESOLVED 3");
    again("trace 3", "b3").await.expect("stored");
    assert_eq!(world.text(standing).await, "REGRESSED 4");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_page_that_makes_up_numbers_makes_up_no_losses() {
    let world = world().await;
    let intake = intake(&world).await;
    for (number, missing) in [(3, "3 0"), (4_000_000_000, "200 10000"), (4_294_967_295, "200 10000")] {
        intake.store(batch("z", number, "b1", Vec::new())).await.expect("stored");
        assert_eq!(world.text("select cardinality(missing) || ' ' || unnoted from telemetry.page_session").await, missing, "{number}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_said_besides_goes_first_where_it_is_too_much() {
    let world = world().await;
    let intake = intake(&world).await;
    // Random digits: as large when they are stored.
    let raw = |n: u128| {
        (0..2_000_u128)
            .map(|i| uuid::Uuid::from_u128((i + n).wrapping_mul(0x9e37_79b9_7f4a_7c15_f39c_c060_5ced_c835)).to_string())
            .collect::<String>()
    };
    for n in 0..10_i64 {
        let said = Event { raw: Some(raw(n.unsigned_abs().into())), ..event(1, "/plans") };
        intake.store(batch("tab", n, "b1", vec![said])).await.expect("stored");
    }
    let forget = "select telemetry.forget_raw(3 * (select max(pg_column_size(raw)) from telemetry.event), 4)::text";
    assert_eq!((world.text(forget).await, world.text(forget).await), ("4".to_owned(), "3".to_owned()), "so many at once");
    assert_eq!(world.text("select string_agg((raw is not null)::int::text, '' order by id) from telemetry.event").await, "0000000111");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_old_or_too_much_goes_whatever_else_fails() {
    let world = world().await;
    let intake = intake(&world).await;
    let mut db = world.db().await;
    for sql in [
        "insert into telemetry.remote_event (tenant_id, id, at)
         select $1, gen_random_uuid(), clock_timestamp() - interval '2 days' from generate_series(1, 12000)",
        "insert into telemetry.loss (tenant_id, slice, reason, count) select $1, date_trunc('hour', clock_timestamp()) - n * interval '20 hours', 'rate', 1
         from generate_series(0, 2) n",
        "insert into telemetry.error_group (tenant_id, fingerprint, fingerprint_version, kind, title, route, count, first_seen, last_seen, first_build, last_build, state)
         select $1, lpad(to_hex(n), 16, '0'), 1, 'error', 'made up', '/', 1, clock_timestamp(), clock_timestamp() - n * interval '1 second', '', '',
           case n when 20300 then 'INVESTIGATING' when 20299 then 'RESOLVED' else 'NEW' end from generate_series(1, 20300) n",
        "insert into telemetry.group_note (tenant_id, group_id, who, note) select $1, max(id) - 2, 'Ada', 'told the customer' from telemetry.error_group",
        "insert into telemetry.event (tenant_id, group_id, build, route, page_session, browser, socket, message, stack, count, cut)
         values ($1, 2, '', '/', '', '', '', 'the lone one', '', 1, false)",
        "insert into telemetry.event (tenant_id, group_id, build, route, page_session, browser, socket, message, stack, count, cut)
         select $1, 1, '', '/' || n, '', '', '', 'x', '', 1, false from generate_series(1, 100300) n",
    ] {
        sqlx::query(sqlx::AssertSqlSafe(sql)).bind(NORTHWIND).execute(&mut db).await.expect("filled");
    }
    sqlx::query("revoke delete on telemetry.page_session from ops_beacon").execute(&mut db).await.expect("revoked");
    let left = "select (select count(*) from telemetry.remote_event) || ' ' || (select count(*) from telemetry.loss) || ' '
                  || (select count(*) from telemetry.error_group) || ' ' || (select count(*) from telemetry.event)";
    intake.prune().await.expect_err("one rule could not be followed");
    assert_eq!(world.text(left).await, "0 2 20001 100000", "all others were; what somebody works on stays");
    let spared = "select (select count(*) from telemetry.error_group where state in ('INVESTIGATING', 'RESOLVED')) || ' ' ||
                    (select count(*) from telemetry.group_note) || ' ' || (select count(*) from telemetry.event where message = 'the lone one')";
    assert_eq!(world.text(spared).await, "2 1 1", "what somebody decided or noted, and what happened once on no route of the storm");
    sqlx::query("grant delete on telemetry.page_session to ops_beacon").execute(&mut db).await.expect("granted");
    intake.prune().await.expect("nothing is in the way");
}
