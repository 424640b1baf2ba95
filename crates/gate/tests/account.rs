//! The account door against a real Postgres: each code once, tries counted for the account, links once,
//! tokens that die when they should, sessions within one's role, and an entry for every deed.

mod world;

use domain::{ProblemKind, Role, SupportSessionId};
use futures::future::join_all;
use gate::{Gate, SignInKind, StartSession};
use std::sync::Arc;
use uuid::Uuid;
use world::{CONTOSO, NORTHWIND, RECOVERY, random, token, world};

#[tokio::test(flavor = "multi_thread")]
async fn a_code_is_used_once_however_many_try_at_once() {
    let world = world().await;
    let anna = world.enrolled("anna@ops.example", Role::Support, None).await;
    let tries = |step: i64| {
        let gate = world.gate.clone();
        join_all((0..64).map(move |_| {
            let gate = gate.clone();
            tokio::spawn(async move { gate.totp_use(anna.staff, step).await.expect("asked") })
        }))
    };
    let won = tries(200).await.into_iter().filter(|used| *used.as_ref().expect("ran")).count();
    assert_eq!(won, 1);
    assert!(!world.gate.totp_use(anna.staff, 200).await.expect("asked"), "again");
    assert!(!world.gate.totp_use(anna.staff, 199).await.expect("asked"), "an older one, seen over a shoulder");
    assert!(!world.gate.totp_use(anna.staff, 100).await.expect("asked"), "the one shown at enrolment");
    assert!(world.gate.totp_use(anna.staff, 201).await.expect("asked"), "the next one");
    let recovered = join_all((0..64).map(|_| {
        let gate = world.gate.clone();
        tokio::spawn(async move { gate.recovery_use(anna.staff, RECOVERY[0]).await.expect("asked") })
    }))
    .await;
    assert_eq!(recovered.into_iter().filter(|used| *used.as_ref().expect("ran")).count(), 1);
    assert!(world.gate.recovery_use(anna.staff, RECOVERY[1]).await.expect("asked"), "the other code still works");
    let ben = world.enrolled("ben@ops.example", Role::Support, None).await;
    world.sql(&format!("delete from console.recovery_code where staff_id = '{}'", ben.staff));
    assert!(!world.gate.recovery_use(ben.staff, RECOVERY[1]).await.expect("asked"), "somebody else's code");
}

#[tokio::test(flavor = "multi_thread")]
async fn five_tries_and_no_more_also_from_another_server() {
    let world = world().await;
    let other = Arc::new(Gate::open(&world.logins).await.expect("a second server"));
    let tries = join_all((0..64).map(|n| {
        let gate = if n % 2 == 0 { world.gate.clone() } else { other.clone() };
        tokio::spawn(async move { gate.throttle_take("account:anna").await })
    }));
    let taken: Vec<_> = tries.await.into_iter().map(|taken| taken.expect("ran")).collect();
    assert_eq!(taken.iter().filter(|taken| taken.is_ok()).count(), 5);
    assert!(taken.iter().filter_map(|taken| taken.as_ref().err()).all(|problem| problem.kind == ProblemKind::TooMany), "{taken:?}");
    let restarted = Gate::open(&world.logins).await.expect("after a restart");
    assert_eq!(restarted.throttle_take("account:anna").await.expect_err("still closed").kind, ProblemKind::TooMany);
    restarted.throttle_take("account:ben").await.expect("another account is not touched");
}

#[tokio::test]
async fn the_wait_doubles_and_after_a_hundred_it_has_no_end() {
    let world = world().await;
    let blocked = || {
        world.sql("select case when blocked_until = 'infinity' then 'for ever' else round(extract(epoch from blocked_until - clock_timestamp()) / 60)::text end from console.throttle where key = 'k'")
    };
    let wait_over =
        || world.sql("update console.throttle set blocked_until = clock_timestamp() where key = 'k' and blocked_until < 'infinity'");
    let mut waits = Vec::new();
    while waits.len() < 20 {
        for n in 1..=5 {
            world.gate.throttle_take("k").await.unwrap_or_else(|problem| panic!("try {n} after {waits:?}: {problem}"));
        }
        assert!(world.gate.throttle_take("k").await.is_err());
        waits.push(blocked());
        wait_over();
    }
    assert_eq!(waits[..8], ["15", "30", "60", "120", "240", "480", "960", "960"].map(str::to_owned));
    assert_eq!(waits[19], "for ever", "the hundredth");
    assert!(world.gate.throttle_take("k").await.is_err());
    world.gate.throttle_clear("k").await.expect("opened by an administrator");
    world.gate.throttle_take("k").await.expect("open");
}

#[tokio::test]
async fn failures_far_apart_do_not_add_up_and_success_forgets_them() {
    let world = world().await;
    for _ in 0..4 {
        world.gate.throttle_take("k").await.expect("open");
    }
    world.sql("update console.throttle set window_start = window_start - interval '6 minutes'");
    for _ in 0..4 {
        world.gate.throttle_take("k").await.expect("a new window");
    }
    world.gate.throttle_clear("k").await.expect("signed in");
    for _ in 0..5 {
        world.gate.throttle_take("k").await.expect("anew");
    }
    assert!(world.gate.throttle_take("k").await.is_err());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_link_is_followed_to_its_end_once() {
    let world = world().await;
    assert!(world.gate.nobody_enrolled().await.expect("asked"));
    let old = world.link("Anna@Ops.Example", Role::Admin, None).await;
    let link = world.link("anna@ops.example", Role::Admin, None).await;
    assert!(world.gate.enrolment(&old).await.expect("asked").is_none(), "replaced by the newer one");
    assert_eq!(world.sql("select count(*) from console.staff"), "1", "one person, however spelt");
    assert_eq!(world.gate.enrol_finish(&link, 1, &[]).await.expect_err("no password yet").kind, ProblemKind::NotFound);
    world.gate.enrol_password(&link, "a hash", b"sealed").await.expect("password");
    assert!(world.gate.staff_login("anna@ops.example").await.expect("asked").is_none(), "nothing holds before the end");
    assert!(world.gate.nobody_enrolled().await.expect("asked"));
    let ends = join_all((0..8_u8).map(|n| {
        let (gate, link) = (world.gate.clone(), link.clone());
        tokio::spawn(async move { gate.enrol_finish(&link, 7, &[vec![n]]).await })
    }))
    .await;
    assert_eq!(ends.iter().filter(|end| end.as_ref().expect("ran").is_ok()).count(), 1);
    assert_eq!(world.sql("select count(*) from console.recovery_code"), "1", "only the winner's codes");
    assert_eq!(world.gate.enrol_password(&link, "another", b"sealed").await.expect_err("used").kind, ProblemKind::NotFound);
    let login = world.gate.staff_login(" ANNA@ops.example ").await.expect("asked").expect("enrolled");
    assert_eq!((login.password_hash.as_deref(), login.totp_secret.as_deref()), (Some("a hash"), Some(b"sealed".as_slice())));
    assert_eq!(
        world.sql("select count(*) from console.enrolment where password_hash is not null or totp_secret is not null"),
        "0",
        "no copy is left behind"
    );
    let late = world.link("ben@ops.example", Role::Viewer, None).await;
    world.sql("update console.enrolment set expires_at = clock_timestamp() where used_at is null");
    assert!(world.gate.enrolment(&late).await.expect("asked").is_none());
    assert!(world.gate.enrol_password(&late, "a hash", b"sealed").await.is_err());
}

#[tokio::test]
async fn enrolling_anew_changes_everything_at_its_end_and_nothing_before() {
    let world = world().await;
    let anna = world.enrolled("anna@ops.example", Role::Support, None).await;
    let before = world.sign_in(anna, SignInKind::Browser).await;
    world.start(&before, "northwind", 60).await.expect("a session");
    let link = world.link(anna.email, Role::Support, None).await;
    world.gate.enrol_password(&link, "new hash", b"new secret").await.expect("password");
    assert!(world.is_in(&before).await);
    assert_eq!(world.gate.staff_login(anna.email).await.expect("asked").expect("there").password_hash.as_deref(), Some("a hash"));
    world.gate.enrol_finish(&link, 300, &[b"new code".to_vec()]).await.expect("finished");
    assert!(!world.is_in(&before).await, "older sign-ins are over");
    assert_eq!(world.sql("select ended_by from console.support_session"), "sign_out", "and their support sessions");
    assert!(!world.gate.recovery_use(anna.staff, RECOVERY[0]).await.expect("asked"), "older codes too");
    assert!(world.gate.recovery_use(anna.staff, b"new code").await.expect("asked"));
    assert!(!world.gate.totp_use(anna.staff, 300).await.expect("asked"), "the code just shown is used up");
}

#[tokio::test(flavor = "multi_thread")]
async fn raising_ends_the_old_token_and_two_at_once_are_one() {
    let world = world().await;
    let anna = world.enrolled("anna@ops.example", Role::Support, None).await;
    let old = world.sign_in(anna, SignInKind::Browser).await;
    world.start(&old, "northwind", 60).await.expect("a session");
    let raised = join_all((0..8).map(|_| {
        let (gate, old, new) = (world.gate.clone(), old.clone(), token());
        tokio::spawn(async move { (gate.session_raise(&old, Some(&new)).await, new) })
    }));
    let raised: Vec<_> = raised.await.into_iter().map(|raised| raised.expect("ran")).collect();
    let winners: Vec<_> = raised.iter().filter(|(raised, _)| raised.is_ok()).collect();
    assert_eq!(winners.len(), 1, "{raised:?}");
    assert!(
        raised.iter().filter_map(|(raised, _)| raised.as_ref().err()).all(|problem| problem.kind == ProblemKind::SignedOut),
        "{raised:?}"
    );
    assert!(!world.is_in(&old).await, "the old token is dead");
    let new = &winners[0].1;
    let (actor, now) = world.gate.actor(new).await.expect("the new one lives");
    assert!(actor.support.as_ref().is_some_and(|support| support.is_writing(now)));
    assert_eq!(world.start(&old, "contoso", 60).await.expect_err("with the old token").kind, ProblemKind::SignedOut);
    let actor = world.gate.session_lower(new).await.expect("lowered");
    assert_eq!(actor.support.expect("still open").write_until, None);
}

#[tokio::test]
async fn write_mode_ends_with_the_session_and_sessions_end_by_themselves() {
    let world = world().await;
    let anna = world.enrolled("anna@ops.example", Role::Support, None).await;
    let me = world.sign_in(anna, SignInKind::Token).await;
    assert_eq!(world.gate.session_raise(&me, None).await.expect_err("no session").kind, ProblemKind::Refused);
    assert_eq!(world.gate.session_end(&me).await.expect_err("no session").kind, ProblemKind::Refused);
    world.start(&me, "northwind", 5).await.expect("a session");
    let support = world.gate.session_raise(&me, None).await.expect("raised").support.expect("open");
    assert_eq!(support.write_until, Some(support.expires_at), "five minutes are left, not ten");
    assert_eq!(world.gate.session_sweep().await.expect("swept"), 0);
    world.sql("update console.support_session set started_at = started_at - interval '5 minutes', write_until = null, expires_at = clock_timestamp()");
    let (actor, _) = world.gate.actor(&me).await.expect("signed in still");
    assert_eq!(actor.support, None, "gone at the second, whether swept or not");
    assert_eq!(world.gate.session_sweep().await.expect("swept"), 1);
    assert_eq!(world.sql("select ended_by from console.support_session"), "expiry");
    let entry = "select title || ' ' || outcome || ' ' || staff_name || ' ' || note from audit.entry where action = 'end-session' and outcome = 'done'";
    assert_eq!(world.sql(entry), "The support session ran out done Anna Roth Ticket SUP-1234: its time was over.");
}

#[tokio::test]
async fn sessions_start_within_ones_role_only() {
    let world = world().await;
    let anna = world.enrolled("anna@ops.example", Role::Support, Some(NORTHWIND)).await;
    let me = world.sign_in(anna, SignInKind::Browser).await;
    let foreign = world.start(&me, "contoso", 60).await.expect_err("not hers");
    let foreign_id = world.start(&me, &CONTOSO.to_string(), 60).await.expect_err("not hers by id either");
    let unknown = world.start(&me, "no-such-tenant", 60).await.expect_err("nobody's");
    assert_eq!((foreign.kind, &foreign), (ProblemKind::NotFound, &unknown), "unknown and foreign answer alike");
    assert_eq!(foreign_id, unknown);
    assert_eq!(world.sql("select count(*) from console.support_session"), "0");
    let auditor = world.enrolled("carl@ops.example", Role::Auditor, None).await;
    let carl = world.sign_in(auditor, SignInKind::Browser).await;
    assert_eq!(world.start(&carl, "northwind", 60).await.expect_err("reads the audit only").kind, ProblemKind::NotFound);
    let first = world.start(&me, " Northwind ", 60).await.expect("by slug").support.expect("open");
    let second = world.start(&me, &NORTHWIND.to_string(), 60).await.expect("by id").support.expect("open");
    assert_ne!(first.id, second.id);
    assert_eq!(world.sql(&format!("select ended_by from console.support_session where id = '{}'", first.id)), "replaced");
    assert!(
        world
            .sql("select note from audit.entry where action = 'start-session' order by id desc limit 1")
            .contains("It ended the session on Northwind")
    );
    assert_eq!(world.sql("select count(*) from console.support_session where ended_at is null"), "1");
}

#[tokio::test]
async fn a_session_needs_ticket_reason_and_at_most_an_hour() {
    let world = world().await;
    let anna = world.enrolled("anna@ops.example", Role::Support, None).await;
    let me = world.sign_in(anna, SignInKind::Browser).await;
    let (ticket, reason, long) = ("SUP-1", "The upload fails for them", "x".repeat(501));
    for (ticket, reason, minutes) in [
        (ticket, reason, 0),
        (ticket, reason, 61),
        (ticket, reason, -1),
        (ticket, reason, i32::MAX),
        ("  ", reason, 60),
        (&long, reason, 60),
        (ticket, "short", 60),
        (ticket, "          x          ", 60),
        (ticket, &long, 60),
    ] {
        let start = StartSession { id: SupportSessionId(Uuid::from_u128(random())), tenant: "northwind", ticket, reason, minutes };
        let problem = world.gate.session_start(&me, &start).await.expect_err("unfit");
        assert_eq!(problem.kind, ProblemKind::BadInput, "{problem}");
    }
    let support = world.start(&me, "northwind", 60).await.expect("fit").support.expect("open");
    assert_eq!(support.expires_at.secs_since(support.started_at), 3600);
    assert_eq!(support.write_until, None, "read-only at first");
}

#[tokio::test(flavor = "multi_thread")]
async fn starting_twice_at_once_leaves_one_session() {
    let world = world().await;
    let anna = world.enrolled("anna@ops.example", Role::Support, None).await;
    let me = world.sign_in(anna, SignInKind::Browser).await;
    let started = join_all((0..8).map(|_| world.start(&me, "northwind", 60))).await;
    assert!(started.iter().all(Result::is_ok), "{started:?}");
    assert_eq!(world.sql("select count(*) filter (where ended_at is null) || ' of ' || count(*) from console.support_session"), "1 of 8");
}

#[tokio::test]
async fn signing_out_ends_this_one_and_everywhere_ends_all_of_mine() {
    let world = world().await;
    let anna = world.enrolled("anna@ops.example", Role::Support, None).await;
    let ben = world.enrolled("ben@ops.example", Role::Support, None).await;
    let (one, two, three, bens) = (
        world.sign_in(anna, SignInKind::Browser).await,
        world.sign_in(anna, SignInKind::Browser).await,
        world.sign_in(anna, SignInKind::Token).await,
        world.sign_in(ben, SignInKind::Browser).await,
    );
    for token in [&one, &two, &bens] {
        world.start(token, "northwind", 60).await.expect("a session");
    }
    world.gate.sign_out(&one).await.expect("out");
    assert!(!world.is_in(&one).await && world.is_in(&two).await && world.is_in(&three).await);
    assert_eq!(world.gate.sign_out(&one).await.expect_err("twice").kind, ProblemKind::SignedOut);
    assert_eq!(world.gate.sign_out_everywhere(&one).await.expect_err("with a dead token").kind, ProblemKind::SignedOut);
    world.gate.sign_out_everywhere(&three).await.expect("out everywhere");
    assert!(!world.is_in(&two).await && !world.is_in(&three).await);
    assert!(world.is_in(&bens).await, "other people stay");
    assert_eq!(world.sql("select count(*) from console.support_session where ended_at is null"), "1", "only Ben's");
}

#[tokio::test]
async fn sign_ins_end_by_time_idleness_and_disabling() {
    let world = world().await;
    let anna = world.enrolled("anna@ops.example", Role::Support, None).await;
    let (browser, terminal) = (world.sign_in(anna, SignInKind::Browser).await, world.sign_in(anna, SignInKind::Token).await);
    assert_eq!(world.sql("select string_agg(kind || ' ' || extract(epoch from expires_at - created_at)::int / 60, ', ' order by kind) from console.sign_in"), "browser 600, token 60");
    world.sql("update console.sign_in set last_seen_at = last_seen_at - interval '14 minutes'");
    assert!(world.is_in(&browser).await);
    let seen = "select clock_timestamp() - last_seen_at < interval '1 minute' from console.sign_in where kind = 'browser'";
    assert_eq!(world.sql(seen), "t", "being asked for keeps it awake");
    world.sql("update console.sign_in set last_seen_at = last_seen_at - interval '16 minutes'");
    assert!(!world.is_in(&browser).await && world.is_in(&terminal).await, "only a browser goes idle");
    world.sql("update console.sign_in set expires_at = clock_timestamp()");
    assert!(!world.is_in(&terminal).await);
    let again = world.sign_in(anna, SignInKind::Browser).await;
    assert!(world.is_in(&again).await);
    world.sql("update console.staff set disabled_at = clock_timestamp()");
    assert!(!world.is_in(&again).await, "gone at once");
    assert!(world.gate.staff_login(anna.email).await.expect("asked").is_none());
}
