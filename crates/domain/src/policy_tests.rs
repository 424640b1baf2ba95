//! The policy as a table: each requirement alone decides, and nothing else does.

use super::*;
use proptest::prelude::*;
use uuid::Uuid;

const WRITE: Meta = Meta {
    name: "retry-command",
    title: "",
    help: "",
    path: "",
    cli: "",
    kind: Kind::Write,
    permission: Permission::CommandRetry,
    consent: false,
    approval: false,
};

fn now() -> At {
    At::from_millis(1_800_000_000_000)
}
fn tenant(n: u128) -> TenantId {
    TenantId(Uuid::from_u128(n))
}
fn ready() -> Actor {
    Actor {
        staff: StaffId(Uuid::from_u128(1)),
        name: "Anna".into(),
        email: "anna@example.test".into(),
        roles: vec![(Role::Support, None)],
        second_factor_at: Some(now()),
        signed_in_until: now().plus_secs(3600),
        support: Some(Support {
            id: SupportSessionId(Uuid::from_u128(2)),
            tenant: tenant(7),
            tenant_name: "Northwind".into(),
            ticket: "SUP-1".into(),
            reason: "upload keeps failing".into(),
            started_at: now(),
            expires_at: now().plus_secs(3600),
            write_until: Some(now().plus_secs(600)),
        }),
    }
}
fn ask() -> Ask {
    Ask::default()
}

#[test]
fn with_everything_there_nothing_is_missing() {
    assert_eq!(missing(&WRITE, &ready(), Some(tenant(7)), &ask(), now()), vec![]);
}

#[test]
fn each_requirement_alone_is_named() {
    type Spoil = Box<dyn Fn(&mut Actor)>;
    let cases: Vec<(&str, Spoil, Missing)> = vec![
        ("no second factor", Box::new(|a| a.second_factor_at = None), Missing::SecondFactor),
        ("stale factor", Box::new(|a| a.second_factor_at = Some(now().plus_secs(-SECOND_FACTOR_FRESH_SECS))), Missing::SecondFactor),
        (
            "wrong role",
            Box::new(|a| a.roles = vec![(Role::Viewer, None)]),
            Missing::Permission { permission: Permission::CommandRetry, everywhere: false },
        ),
        (
            "role elsewhere",
            Box::new(|a| a.roles = vec![(Role::Support, Some(tenant(8)))]),
            Missing::Permission { permission: Permission::CommandRetry, everywhere: false },
        ),
        ("read only", Box::new(|a| a.support.as_mut().expect("session").write_until = None), Missing::WriteMode),
        ("write ended", Box::new(|a| a.support.as_mut().expect("session").write_until = Some(now())), Missing::WriteMode),
        (
            "other tenant",
            Box::new(|a| a.support.as_mut().expect("session").tenant = tenant(9)),
            Missing::OtherTenant { tenant_name: "Northwind".into() },
        ),
        ("thin reason", Box::new(|a| a.support.as_mut().expect("session").reason = ".".into()), Missing::Reason),
    ];
    for (name, spoil, expected) in cases {
        let mut actor = ready();
        spoil(&mut actor);
        assert_eq!(missing(&WRITE, &actor, Some(tenant(7)), &ask(), now()), vec![expected], "{name}");
    }
}

#[test]
fn an_expired_session_is_no_session() {
    let at_the_end = now().plus_secs(3600);
    let missing = missing(&WRITE, &ready(), Some(tenant(7)), &ask(), at_the_end);
    assert!(missing.contains(&Missing::SupportSession) && missing.contains(&Missing::WriteMode), "{missing:?}");
}

#[test]
fn a_rehearsal_needs_no_write_mode_but_all_else() {
    let mut actor = ready();
    actor.support.as_mut().expect("session").write_until = None;
    let rehearse = Ask { rehearse: true, ..ask() };
    assert_eq!(missing(&WRITE, &actor, Some(tenant(7)), &rehearse, now()), vec![]);
    actor.support = None;
    assert!(missing(&WRITE, &actor, Some(tenant(7)), &rehearse, now()).contains(&Missing::SupportSession));
}

#[test]
fn consent_and_approval_fail_closed() {
    let meta = Meta { consent: true, approval: true, ..WRITE };
    assert_eq!(missing(&meta, &ready(), Some(tenant(7)), &ask(), now()), vec![Missing::Consent, Missing::Approval]);
}

proptest! {
    /// Taking something away never makes more possible.
    #[test]
    fn less_never_allows_more(role in 0..Role::ALL.len(), scope in 0u128..3, write in any::<bool>(), session in any::<bool>(), factor in any::<bool>(), rehearse in any::<bool>()) {
        let mut more = ready();
        more.roles = vec![(Role::ALL[role], (scope > 0).then(|| tenant(6 + scope)))];
        let mut less = more.clone();
        if !write && let Some(s) = less.support.as_mut() { s.write_until = None; }
        if !session { less.support = None; }
        if !factor { less.second_factor_at = None; }
        let ask = Ask { rehearse, reason: "a reason long enough".into() };
        let allowed = |actor: &Actor| missing(&WRITE, actor, Some(tenant(7)), &ask, now()).is_empty();
        prop_assert!(!allowed(&less) || allowed(&more));
    }
}
