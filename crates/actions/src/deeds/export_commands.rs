//! Lets a list of failed commands leave the console as a file: counts what fits, fixes the set at this moment, and gives the token
//! that the file is fetched with. What is masked on the screen is masked in the file.

use crate::{find::Conditions, sealed};
use domain::{Action, At, Kind, Meta, Permission, Subject, SupportSessionId, TenantId};
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// A token holds for this long: a download that broke off can be begun again.
pub const EXPORT_HOLDS_SECS: i64 = 600;
/// What its tokens are for.
pub(crate) const PURPOSE: &str = "export";

/// How the file is written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ExportFormat {
    /// A line of names, then a line a command; no cell is a formula.
    #[default]
    Csv,
    /// A JSON object a line, numbers exactly as they are.
    Jsonl,
}

impl ExportFormat {
    /// The word, which is also the ending of the file.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Csv => "csv",
            Self::Jsonl => "jsonl",
        }
    }
}

/// Filters as in the list of the troubleshooting queue; empty means all.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct ExportCommands {
    pub format: ExportFormat,
    pub domain: Option<String>,
    pub command_type: Option<String>,
    /// Error code, such as OUT_OF_MEMORY.
    pub code: Option<String>,
    /// Number of a group of failures.
    pub group: Option<i64>,
    /// Tenant slug or id.
    pub tenant: Option<String>,
    /// Failed at or after this moment (RFC 3339) or within this span (`24h`).
    pub since: Option<String>,
    /// Failed before this moment (RFC 3339); never later than the export.
    pub until: Option<String>,
    /// A query line, as in the list.
    pub find: Option<String>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Exported {
    /// Commands that fit now.
    pub count: i64,
    /// Name for the file.
    pub file: String,
    /// Fetches the file: GET `/api/v1/support/exports/{token}`, for ten minutes, by the same person.
    pub token: String,
}

/// What a token says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Export {
    pub conditions: Conditions,
    pub format: ExportFormat,
    /// The tenant whose content is in it: that of the support session it was made in.
    pub inside: Option<TenantId>,
    /// That session.
    pub session: Option<SupportSessionId>,
    pub at: At,
    pub file: String,
}

impl Export {
    /// From a token, unjudged: for what has to be known of a file before its first row.
    #[must_use]
    pub fn parse(token: &str) -> Option<Self> {
        sealed::parse(PURPOSE, token).map(|(export, _)| export)
    }
}

impl Action for ExportCommands {
    const META: Meta = Meta {
        name: "export-commands",
        title: "Export the list",
        help: "Makes a file of exactly the commands that are filtered. Outside of a support session it holds what everybody sees; inside also the messages and payloads of the session's tenant. Changes nothing, and is written down.",
        path: "/fn/export-commands",
        cli: "opsctl troubleshooting export --format {format}",
        kind: Kind::Read,
        permission: Permission::Export,
        consent: false,
        approval: false,
    };
    type Output = Exported;
    fn subject(&self) -> Subject {
        Subject::Console
    }
    fn without_content(input: &mut Value) {
        without_find(input);
    }
}

/// Leaves of a query line that it was there: it may hold what a customer wrote.
fn without_find(input: &mut Value) {
    if input["find"].as_str().is_some_and(|line| !line.is_empty()) {
        input["find"] = "not kept here".into();
    }
}

#[cfg(feature = "server")]
pub(crate) mod server {
    use super::{Export, ExportCommands, Exported, PURPOSE};
    use crate::{
        find::server::{Said, Sieve},
        sealed::server::seal,
    };
    use domain::{Actor, Permission, TenantId};
    use gate::{Change, Execute, Failed};
    use sqlx::{Postgres, QueryBuilder};

    impl Execute for ExportCommands {
        async fn execute(self, change: &mut Change) -> Result<Exported, Failed> {
            let Self { format: _, domain, command_type, code, group, tenant, since, until, find } = &self;
            let now = change.now();
            let said = Said { domain, command_type, code, group: *group, tenant, since, until, find };
            let mut conditions = said.conditions(now)?;
            // What fails later is another list.
            conditions.until = Some(conditions.until.map_or(now, |until| until.min(now)));
            let sieve = Sieve::new(change.conn(), &conditions).await?;
            let mut sql = QueryBuilder::<Postgres>::new("select count(*)");
            sieve.push_from(&mut sql);
            push_exportable(&mut sql, change.actor());
            let count: i64 = sql.build_query_scalar().persistent(false).fetch_one(change.conn()).await?;
            let inside = change.actor().support.as_ref().filter(|support| support.is_open(now));
            let its = inside.filter(|support| change.actor().may(Permission::Export, Some(support.tenant)));
            let (inside, whose) = (inside.map(|support| support.tenant), its.map(|support| support.tenant_name.clone()));
            let file = file_name(&now.to_string(), self.format.word());
            change.effect(sentence(count, self.format.word(), whose.as_deref()));
            let session = change.actor().support.as_ref().filter(|support| support.is_open(now)).map(|support| support.id);
            let export = Export { conditions, format: self.format, inside, session, at: now, file: file.clone() };
            // A rehearsal gives no token: the file would be there all the same.
            let token = if change.rehearses() { String::new() } else { seal(change.conn(), PURPOSE, &export).await? };
            Ok(Exported { count, file, token })
        }
    }

    /// Only rows of tenants at which the person may export.
    pub(crate) fn push_exportable(sql: &mut QueryBuilder<Postgres>, actor: &Actor) {
        if !actor.may_everywhere(Permission::Export) {
            let may = actor.roles.iter().filter(|(role, _)| role.permissions().contains(&Permission::Export));
            let these: Vec<uuid::Uuid> = may.filter_map(|(_, tenant)| tenant.map(|TenantId(id)| id)).collect();
            sql.push(" and c.tenant_id = any(").push_bind(these).push(")");
        }
    }

    /// `troubleshooting-20261121-100000.csv`: sorts by time, and every file system takes it.
    fn file_name(now: &str, ending: &str) -> String {
        let digits: String = now.chars().filter(char::is_ascii_digit).take(14).collect();
        let (day, time) = digits.split_at(digits.len().min(8));
        format!("troubleshooting-{day}-{time}.{ending}")
    }

    fn sentence(count: i64, ending: &str, whose: Option<&str>) -> String {
        let content = whose
            .map_or_else(|| "without messages and payloads".to_owned(), |tenant| format!("with the messages and payloads of {tenant}"));
        let what = if count == 1 { "1 command leaves".to_owned() } else { format!("{count} commands leave") };
        format!("{what} the console as a {ending} file, {content}.")
    }

    #[cfg(test)]
    mod tests {
        #[test]
        fn files_sort_by_time() {
            assert_eq!(super::file_name("2026-11-21T10:20:30.5Z", "csv"), "troubleshooting-20261121-102030.csv");
        }
    }
}
