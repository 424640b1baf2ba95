//! Gives a script or an agent an account of its own: what it may do is said, it ends by itself within the hour, and who asked answers for
//! it. Not in here: what it is kept from besides (`domain::Permission::OF_SERVICES`, and that it opens no support session).

use domain::{Action, At, Kind, Meta, Permission, Subject};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// Minutes an account lives at most, and unless less is said.
pub const MOST_MINUTES: i64 = 60;

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct IssueServiceAccount {
    /// What it is called in the audit, 1 to 60 characters.
    pub name: String,
    /// What it may do: read, logs.read, deploy.record, check.manage, alert.acknowledge, group.triage, audit.read. `read` when empty.
    #[serde(default)]
    pub permissions: Vec<String>,
    /// Slug or id of the one tenant it sees; all when empty.
    #[serde(default)]
    pub tenant: Option<String>,
    /// Minutes until it ends, 1 to 60; 60 when empty.
    #[serde(default)]
    pub minutes: Option<i64>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct IssuedServiceAccount {
    pub account: Uuid,
    /// What it signs in with, as a bearer token. It is shown this once; a rehearsal makes none.
    pub token: Option<String>,
    pub ends_at: At,
}

impl Action for IssueServiceAccount {
    const META: Meta = Meta {
        name: "issue-service-account",
        title: "Issue a service account",
        help: "A script or an agent gets a token with which it does what you say and nothing else, under its own name in the audit, and you answer for it. It opens no support session, so it reads nothing a customer sent. It ends within the hour, when you end it, and when you sign out everywhere.",
        path: "/fn/issue-service-account",
        cli: "opsctl service issue {name} --may {permissions} --tenant {tenant} --minutes {minutes}",
        kind: Kind::Write,
        permission: Permission::ServiceIssue,
        consent: false,
        approval: false,
    };
    type Output = IssuedServiceAccount;
    fn subject(&self) -> Subject {
        Subject::Console
    }
}

#[cfg(feature = "server")]
mod server {
    use super::{IssueServiceAccount, IssuedServiceAccount, MOST_MINUTES};
    use crate::deeds::{scoped, watched::fit};
    use domain::{At, Permission, Role};
    use gate::{Change, Execute, Failed};
    use serde_json::{Value, json};
    use sqlx::types::time::OffsetDateTime;
    use uuid::Uuid;

    /// Accounts somebody may have at once.
    const MOST: i64 = 20;

    impl Execute for IssueServiceAccount {
        async fn execute(self, change: &mut Change) -> Result<IssuedServiceAccount, Failed> {
            let called = fit("name", &self.name, 60)?;
            let permissions = permissions(&self.permissions, change)?;
            let minutes = self.minutes.unwrap_or(MOST_MINUTES);
            if !(1..=MOST_MINUTES).contains(&minutes) {
                return Err(Failed::BadInput(format!("An account lives for 1 to {MOST_MINUTES} minutes.")));
            }
            let tenant = scoped::scope(self.tenant.as_deref(), change).await?;
            if !tenant.is_nil() {
                of_one_tenant(&permissions)?;
            }
            // Two at once would both count less than there are.
            sqlx::query("select pg_advisory_xact_lock(hashtext('service accounts'))").execute(change.conn()).await?;
            let open: i64 = sqlx::query_scalar(
                "select count(*) from console.service_accounts() where mine and ended_at is null and ends_at > clock_timestamp()",
            )
            .fetch_one(change.conn())
            .await?;
            if open >= MOST {
                return Err(Failed::Conflict(format!("You answer for {open} accounts already. End one of them first.")));
            }
            let (account, sign_in): (Uuid, Uuid) =
                sqlx::query_as("select gen_random_uuid(), gen_random_uuid()").fetch_one(change.conn()).await?;
            let token = change.new_token()?;
            let name = format!("{called} (for {})", change.actor().name);
            let words: Vec<&str> = permissions.iter().map(|permission| permission.word()).collect();
            let ends: OffsetDateTime = sqlx::query_scalar("select console.issue_service($1, $2, $3, $4, $5, $6, $7, $8, $9)")
                .bind(account)
                .bind(sign_in)
                .bind(name.chars().take(120).collect::<String>())
                .bind(&words)
                .bind(Role::least(&permissions).word())
                .bind((!tenant.is_nil()).then_some(tenant))
                .bind(token.hash())
                .bind(token.scope_hash())
                .bind(i32::try_from(minutes).unwrap_or(1))
                .fetch_one(change.conn())
                .await?;
            let sees = self.tenant.filter(|_| !tenant.is_nil()).unwrap_or_else(|| "all tenants".to_owned());
            change.changed("service account", &called, Value::Null, json!({ "may": words, "sees": sees, "minutes": minutes }));
            let token = (!change.rehearses()).then(|| token.expose().to_owned());
            Ok(IssuedServiceAccount { account, token, ends_at: At::from(ends) })
        }
    }

    /// What it is to hold: what scripts may be given, as far as whoever asks holds it.
    fn permissions(asked: &[String], change: &Change) -> Result<Vec<Permission>, Failed> {
        let known = || Permission::OF_SERVICES.iter().map(|permission| permission.word()).collect::<Vec<_>>().join(", ");
        let mut permissions = Vec::new();
        for word in asked.iter().flat_map(|words| words.split(',')).map(str::trim).filter(|word| !word.is_empty()) {
            let permission = word.parse::<Permission>().ok().filter(|permission| Permission::OF_SERVICES.contains(permission));
            let permission = permission.ok_or_else(|| {
                Failed::BadInput(format!("A script is never given \u{201c}{word}\u{201d}. It may be given: {}.", known()))
            })?;
            if !change.actor().may_everywhere(permission) {
                return Err(Failed::BadInput(format!("You cannot give \u{201c}{word}\u{201d} on: your own roles lack it.")));
            }
            if !permissions.contains(&permission) {
                permissions.push(permission);
            }
        }
        if permissions.is_empty() {
            permissions.push(Permission::Read);
        }
        Ok(permissions)
    }

    /// What is everybody's is not for who sees one tenant: such an account would be refused whatever it did.
    fn of_one_tenant(permissions: &[Permission]) -> Result<(), Failed> {
        let wide = permissions.iter().find(|permission| ![Permission::Read, Permission::AuditRead].contains(permission));
        match wide {
            Some(wide) => Err(Failed::BadInput(format!(
                "\u{201c}{wide}\u{201d} is about what all tenants share, so it takes an account that sees all of them. Leave the tenant out, or give \u{201c}read\u{201d} only."
            ))),
            None => Ok(()),
        }
    }
}
