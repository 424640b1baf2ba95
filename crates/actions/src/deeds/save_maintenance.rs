//! Says when a check, or all of them, may fail without anybody being called.

use domain::{Action, Kind, Meta, Permission, Subject};
use serde::{Deserialize, Serialize};

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SaveMaintenance {
    /// Number of the check; without it all checks.
    #[serde(default)]
    pub check: Option<i64>,
    /// A span from now (`10m`) or a moment (RFC 3339); without it now.
    #[serde(default)]
    pub from: Option<String>,
    /// A span from its beginning (`2h`) or a moment; at most 14 days.
    pub until: String,
    /// Why, 1 to 300 characters.
    pub because: String,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SavedMaintenance {
    /// Its number.
    pub maintenance: i64,
}

impl Action for SaveMaintenance {
    const META: Meta = Meta {
        name: "save-maintenance",
        title: "Announce maintenance",
        help: "Within the window checks go on and their results are kept, but failures open no incident, raise no alert and count for nothing. Customers notice nothing.",
        path: "/fn/save-maintenance",
        cli: "opsctl check maintenance --until {until} --because {because}",
        kind: Kind::Write,
        permission: Permission::CheckManage,
        consent: false,
        approval: false,
    };
    type Output = SavedMaintenance;
    fn subject(&self) -> Subject {
        Subject::Console
    }
}

#[cfg(feature = "server")]
mod server {
    use super::{SaveMaintenance, SavedMaintenance};
    use crate::deeds::watched::{fit, later};
    use domain::At;
    use gate::{Change, Execute, Failed};
    use serde_json::Value;
    use sqlx::types::time::OffsetDateTime;

    impl Execute for SaveMaintenance {
        async fn execute(self, change: &mut Change) -> Result<SavedMaintenance, Failed> {
            let because = fit("reason", &self.because, 300)?;
            let from = self.from.as_deref().map_or(Ok(change.now()), |from| later(from, change.now()))?;
            let until = later(&self.until, from)?;
            if until <= from || until.secs_since(from) > 14 * 86_400 || until <= change.now() {
                return Err(Failed::BadInput("A window ends after it begins, in the time to come, and is at most 14 days long.".into()));
            }
            if let Some(check) = self.check {
                let there: bool =
                    sqlx::query_scalar("select exists (select from ops.check where id = $1)").bind(check).fetch_one(change.conn()).await?;
                if !there {
                    return Err(Failed::NotFound);
                }
            }
            let who = change.actor().name.clone();
            let maintenance: i64 = sqlx::query_scalar(
                "insert into ops.maintenance (check_id, starts_at, ends_at, reason, saved_by) values ($1, $2, $3, $4, $5) returning id",
            )
            .bind(self.check)
            .bind(OffsetDateTime::from(from))
            .bind(OffsetDateTime::from(until))
            .bind(&because)
            .bind(who)
            .fetch_one(change.conn())
            .await?;
            let said = |at: At| format!("{} {} UTC", at.date(), at.clock());
            change.changed("maintenance", &because, Value::Null, format!("{} to {}", said(from), said(until)));
            Ok(SavedMaintenance { maintenance })
        }
    }
}
