//! The policy: one pure function that answers *everything* that is missing before an action may
//! run. The browser calls it to disable a button and say why; the gate calls it and means it.

use crate::{Ask, At, Kind, Meta, Permission, Role, Sight, StaffId, SupportSessionId, TenantId, ViewMeta};
use serde::{Deserialize, Serialize};
use std::fmt;

/// A sign-in whose second factor is older than this many seconds has to confirm it again.
pub const SECOND_FACTOR_FRESH_SECS: i64 = 10 * 3600;

/// The person who asks, as the server knows them and as the browser is told.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Actor {
    pub staff: StaffId,
    /// Display name; also written in the history of commands.
    pub name: String,
    pub email: String,
    /// Roles with the tenant they are limited to; `None` is every tenant.
    pub roles: Vec<(Role, Option<TenantId>)>,
    /// When the second factor was last confirmed in this sign-in.
    pub second_factor_at: Option<At>,
    /// When this sign-in ends whatever happens.
    pub signed_in_until: At,
    pub support: Option<Support>,
    /// Set for the account of a script: it may do no more than this, whatever its role.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub service: Option<Service>,
}

/// What is known of a script's account.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Service {
    /// Name of who answers for it.
    pub sponsor: String,
    /// What it was given, as far as its sponsor still holds it.
    pub permissions: Vec<Permission>,
}

/// The running support session of an actor.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Support {
    pub id: SupportSessionId,
    pub tenant: TenantId,
    pub tenant_name: String,
    pub ticket: String,
    pub reason: String,
    pub started_at: At,
    pub expires_at: At,
    /// Set while raised to write.
    pub write_until: Option<At>,
}

impl Support {
    /// True while the time box has not ended.
    #[must_use]
    pub fn is_open(&self, now: At) -> bool {
        now < self.expires_at
    }
    /// True while raised to write inside the time box.
    #[must_use]
    pub fn is_writing(&self, now: At) -> bool {
        self.is_open(now) && self.write_until.is_some_and(|until| now < until)
    }
}

impl Actor {
    /// True when a role covers every tenant, so that what all have together may be shown.
    #[must_use]
    pub fn sees_all_tenants(&self) -> bool {
        self.may_everywhere(Permission::Read)
    }
    /// True when a role that covers every tenant holds the permission.
    #[must_use]
    pub fn may_everywhere(&self, permission: Permission) -> bool {
        self.holds(permission, |scope| scope.is_none())
    }
    /// True when one of the roles that cover this tenant holds the permission.
    /// `None`: any tenant will do.
    #[must_use]
    pub fn may(&self, permission: Permission, tenant: Option<TenantId>) -> bool {
        self.holds(permission, |scope| scope.is_none() || tenant.is_none() || scope == tenant)
    }
    fn holds(&self, permission: Permission, covers: impl Fn(Option<TenantId>) -> bool) -> bool {
        let given = self.service.as_ref().is_none_or(|service| permission == Permission::Own || service.permissions.contains(&permission));
        given && self.roles.iter().any(|(role, scope)| role.permissions().contains(&permission) && covers(*scope))
    }
}

/// One thing that has to be there first.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "what")]
pub enum Missing {
    SecondFactor,
    Permission {
        permission: Permission,
        /// True: it takes a role over all tenants, because what would change is everybody's.
        #[serde(default)]
        everywhere: bool,
    },
    /// No support session on the subject's tenant.
    SupportSession,
    /// A support session is running, but on another tenant.
    OtherTenant {
        tenant_name: String,
    },
    WriteMode,
    Reason,
    Consent,
    Approval,
}

impl fmt::Display for Missing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::SecondFactor => f.write_str("confirm your second factor again"),
            Self::Permission { permission, everywhere: false } => write!(f, "your roles lack \u{201c}{permission}\u{201d} here"),
            Self::Permission { permission, everywhere: true } => {
                write!(f, "your roles lack \u{201c}{permission}\u{201d} for all tenants together")
            }
            Self::SupportSession => f.write_str("start a support session on this tenant"),
            Self::OtherTenant { tenant_name } => {
                write!(f, "your support session is on {tenant_name}; end it and start one here")
            }
            Self::WriteMode => f.write_str("raise the session to write"),
            Self::Reason => f.write_str("say why, in at least ten characters"),
            Self::Consent => f.write_str("the customer has to agree first"),
            Self::Approval => f.write_str("a second person has to approve"),
        }
    }
}

/// Everything that is missing before `actor` may run an action on a subject of `tenant`; empty
/// means: go ahead. `tenant` is what the gate resolved from the subject, `None` for the console's
/// own things. A rehearsal changes nothing and so needs no write mode.
#[must_use]
pub fn missing(meta: &Meta, actor: &Actor, tenant: Option<TenantId>, ask: &Ask, now: At) -> Vec<Missing> {
    let mut missing = Vec::new();
    if !second_factor_fresh(actor, now) {
        missing.push(Missing::SecondFactor);
    }
    // To change what is everybody's takes a role over everybody.
    let of_all = tenant.is_none() && meta.kind == Kind::Write;
    if !actor.may(meta.permission, tenant) || (of_all && !actor.may_everywhere(meta.permission)) {
        missing.push(Missing::Permission { permission: meta.permission, everywhere: of_all });
    }
    if let Some(tenant) = tenant {
        session_missing(actor, tenant, meta.kind == Kind::Write && !ask.rehearse, now, &mut missing);
    }
    if meta.kind != Kind::Own && !reason_is_enough(actor, ask, now) {
        missing.push(Missing::Reason);
    }
    // Places kept for what a later version brings: no action asks for them yet, and none may
    // before there is a way to give them.
    if meta.consent {
        missing.push(Missing::Consent);
    }
    if meta.approval {
        missing.push(Missing::Approval);
    }
    missing
}

/// Everything that is missing before `actor` may open a view. Being outside a support session is
/// never missing here: a view then shows its overview, and the database hides the rest.
#[must_use]
pub fn missing_to_view(meta: &ViewMeta, actor: &Actor, now: At) -> Vec<Missing> {
    let mut missing = Vec::new();
    if !second_factor_fresh(actor, now) {
        missing.push(Missing::SecondFactor);
    }
    // What everybody's deeds have written takes a role over everybody.
    let everywhere = matches!(meta.sight, Sight::Shared | Sight::Logs);
    if !actor.may(meta.permission, None) || (everywhere && !actor.may_everywhere(meta.permission)) {
        missing.push(Missing::Permission { permission: meta.permission, everywhere });
    }
    missing
}

fn second_factor_fresh(actor: &Actor, now: At) -> bool {
    actor.second_factor_at.is_some_and(|at| now.secs_since(at) < SECOND_FACTOR_FRESH_SECS)
}

fn session_missing(actor: &Actor, tenant: TenantId, write: bool, now: At, missing: &mut Vec<Missing>) {
    match actor.support.as_ref().filter(|support| support.is_open(now)) {
        None => {
            missing.push(Missing::SupportSession);
            if write {
                missing.push(Missing::WriteMode);
            }
        }
        Some(support) if support.tenant != tenant => {
            missing.push(Missing::OtherTenant { tenant_name: support.tenant_name.clone() });
        }
        Some(support) if write && !support.is_writing(now) => missing.push(Missing::WriteMode),
        Some(_) => {}
    }
}

/// The session's reason covers its deeds; outside a session each deed needs its own.
fn reason_is_enough(actor: &Actor, ask: &Ask, now: At) -> bool {
    let said = ask.reason.trim();
    let inherited = actor.support.as_ref().is_some_and(|s| s.is_open(now) && s.reason.trim().chars().count() >= 10);
    said.chars().count() >= 10 || (said.is_empty() && inherited)
}

#[cfg(test)]
#[path = "policy_tests.rs"]
mod tests;
