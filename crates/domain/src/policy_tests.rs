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
        service: None,
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

#[test]
fn logs_hold_everybodys_and_take_a_role_over_everybody() {
    let logs = ViewMeta { name: "logs", title: "", path: "", cli: "", sight: Sight::Logs, permission: Permission::LogsRead };
    let of = |role, only| missing_to_view(&logs, &Actor { roles: vec![(role, only)], ..ready() }, now());
    for role in [Role::Support, Role::Lead, Role::Admin] {
        assert_eq!(of(role, None), []);
        assert_eq!(of(role, Some(tenant(7))), [Missing::Permission { permission: Permission::LogsRead, everywhere: true }]);
    }
    for role in [Role::Viewer, Role::Auditor] {
        assert_eq!(of(role, None).len(), 1, "{role}");
    }
    // A right here and a role there are not a right everywhere.
    let mixed = Actor { roles: vec![(Role::Support, Some(tenant(7))), (Role::Viewer, None)], ..ready() };
    assert_eq!(missing_to_view(&logs, &mixed, now()).len(), 1);
    let stale = Actor { second_factor_at: None, ..ready() };
    assert_eq!(missing_to_view(&logs, &stale, now()), [Missing::SecondFactor]);
}

#[test]
fn a_script_holds_what_it_was_given_and_its_role_covers_and_no_more() {
    for permission in Permission::ALL {
        let given = vec![Permission::Read, *permission];
        let actor = Actor {
            roles: vec![(Role::least(&given), None)],
            service: Some(Service { sponsor: "Anna".into(), permissions: given.clone() }),
            ..ready()
        };
        for other in Permission::ALL {
            assert_eq!(actor.may(*other, None), given.contains(other) || *other == Permission::Own, "{other} of {given:?}");
        }
        let viewer = Actor { roles: vec![(Role::Viewer, None)], ..actor };
        assert_eq!(viewer.may(*permission, None), matches!(permission, Permission::Read | Permission::Own), "{permission}");
    }
}

#[test]
fn no_script_is_given_what_takes_a_person() {
    for permission in [
        Permission::CommandRetry,
        Permission::CommandEdit,
        Permission::ContentReveal,
        Permission::JobKill,
        Permission::OperationApprove,
        Permission::Export,
        Permission::ServiceIssue,
        Permission::StaffManage,
        Permission::WebhookManage,
        Permission::AlertManage,
    ] {
        assert!(!Permission::OF_SERVICES.contains(&permission), "{permission}");
    }
    assert_eq!(Role::least(&[Permission::Read]), Role::Viewer);
    assert_eq!(Role::least(&[Permission::Read, Permission::LogsRead]), Role::Support);
    assert_eq!(Role::least(&[Permission::AuditRead]), Role::Auditor);
    assert_eq!(Role::least(&[Permission::DeployRecord]), Role::Lead);
}
