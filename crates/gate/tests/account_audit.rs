//! Every deed of the account door leaves exactly one entry, closed in the transaction of the deed, and
//! every refusal too; nothing secret is in any of them.

mod world;

use domain::{Problem, ProblemKind, Role};
use gate::SignInKind;
use world::{NORTHWIND, token, world};

/// Deeds and refusals in the order the walk below does them.
const WALK: &[&str] = &[
    "invite-staff done",
    "enrol done",
    "sign-in refused",
    "sign-in done",
    "start-session refused",
    "start-session refused",
    "start-session done",
    "raise-session refused",
    "raise-session done",
    "lower-session done",
    "end-session done",
    "end-session refused",
    "raise-session refused",
    "sign-out done",
    "sign-out refused",
    "sign-in done",
    "sign-out-everywhere done",
];

#[tokio::test]
async fn each_deed_and_each_refusal_is_one_closed_entry() {
    let world = world().await;
    let anna = world.enrolled("anna@ops.example", Role::Support, Some(NORTHWIND)).await;
    assert_eq!(world.gate.sign_in_refused("anna@ops.example").await.message, "E-mail, password or code do not fit.");
    let me = world.sign_in(anna, SignInKind::Browser).await;
    world.start(&me, "contoso", 60).await.expect_err("foreign");
    world.start(&me, "northwind", 600).await.expect_err("too long");
    world.start(&me, "northwind", 60).await.expect("started");
    let wrong = Problem::new(ProblemKind::Refused, "That code does not fit.");
    assert_eq!(world.gate.session_raise_refused(&me, wrong.clone()).await, wrong);
    let next = token();
    world.gate.session_raise(&me, Some(&next)).await.expect("raised");
    world.gate.session_lower(&next).await.expect("lowered");
    world.gate.session_end(&next).await.expect("ended");
    world.gate.session_end(&next).await.expect_err("nothing to end");
    world.gate.session_raise(&next, None).await.expect_err("nothing to raise");
    world.gate.sign_out(&next).await.expect("out");
    world.gate.sign_out(&next).await.expect_err("out already");
    let last = world.sign_in(anna, SignInKind::Token).await;
    world.gate.sign_out_everywhere(&last).await.expect("out everywhere");

    let entries = world.sql("select action || ' ' || outcome from audit.entry order by id");
    assert_eq!(entries.lines().collect::<Vec<_>>(), WALK);
    assert_eq!(world.sql("select count(*) from audit.entry where closed_at is null or xid is null"), "0");
    assert_eq!(world.sql("select count(distinct xid) = count(*) from audit.entry"), "t", "one transaction each");
    let of = |what: &str| {
        world.sql(&format!("select coalesce(string_agg(distinct coalesce(({what})::text, 'none'), ', '), '') from audit.entry where action in ('raise-session', 'lower-session', 'end-session') and outcome = 'done'"))
    };
    assert_eq!(of("staff_id"), anna.staff.to_string(), "who");
    assert_eq!(of("tenant_id"), NORTHWIND.to_string(), "on whom");
    assert_eq!((of("ticket").as_str(), of("reason").as_str()), ("SUP-1234", "Plan upload for the east wing fails"), "and why");
    assert_eq!(of("support_session_id is not null"), "true");
    assert_eq!(
        world.sql("select input ->> 'tenant' from audit.entry where action = 'start-session' order by id limit 1"),
        "contoso",
        "what was refused is named"
    );
    assert_eq!(
        world.sql("select note from audit.entry where action = 'raise-session' and outcome = 'refused' order by id limit 1"),
        wrong.message
    );
    assert!(world.gate.verify_audit().await.expect("verified").first_bad.is_none());
    let everything =
        world.sql("select string_agg(e::text, '|') from audit.entry e") + &world.sql("select string_agg(body, '|') from audit.link");
    for secret in [me.expose(), &me.scope(), next.expose(), &next.scope(), "a hash", "a sealed secret"] {
        assert!(!everything.contains(secret), "{secret}");
    }
}

#[tokio::test]
async fn the_change_and_its_entry_are_one_transaction() {
    let world = world().await;
    let anna = world.enrolled("anna@ops.example", Role::Support, None).await;
    let me = world.sign_in(anna, SignInKind::Browser).await;
    world.start(&me, "northwind", 60).await.expect("started");
    let same = |table: &str, action: &str| {
        world.sql(&format!("select e.xid::text = (select max(t.xmin::text::bigint)::text from {table} t) from audit.entry e where e.action = '{action}' and e.outcome = 'done' order by e.id desc limit 1"))
    };
    assert_eq!(same("console.support_session", "start-session"), "t");
    world.gate.session_raise(&me, None).await.expect("raised");
    assert_eq!(same("console.sign_in", "raise-session"), "t");
    world.gate.session_end(&me).await.expect("ended");
    assert_eq!(same("console.support_session", "end-session"), "t");
    world.gate.sign_out(&me).await.expect("out");
    assert_eq!(same("console.sign_in", "sign-out"), "t");
    // What cannot be recorded does not happen.
    let again = world.sign_in(anna, SignInKind::Browser).await;
    world.sql("revoke execute on function audit.close(bigint, text, uuid, text, text, jsonb, jsonb, jsonb) from ops_account");
    world.start(&again, "northwind", 60).await.expect_err("no entry, no session");
    world.gate.sign_out(&again).await.expect_err("no entry, no change");
    assert!(world.is_in(&again).await);
    assert_eq!(world.sql("select count(*) from console.support_session where ended_at is null"), "0");
}
