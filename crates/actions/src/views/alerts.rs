//! Alerts, those that want a person first, then the newest.

use domain::{AlertState, At, Permission, Severity, Sight, View, ViewMeta};
use serde::{Deserialize, Serialize};

/// Filters; empty means all.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Alerts {
    /// OPEN, ACKNOWLEDGED or CLOSED; without it those that are not closed.
    pub state: Option<AlertState>,
    /// Also those that are closed.
    pub all: bool,
    /// Rows on a page: 1 to 200, 50 unless said.
    pub limit: Option<i64>,
    /// Number before which the page begins.
    pub before: Option<i64>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct AlertsOutput {
    pub now: At,
    /// Newest first.
    pub rows: Vec<AlertRow>,
    /// Number to give as `before` for the next page.
    pub next: Option<i64>,
    /// Alerts nobody looks after yet.
    pub open: i64,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct AlertRow {
    pub alert: i64,
    pub rule: Option<i64>,
    pub rule_name: String,
    pub severity: Severity,
    /// `check:7`, `domain:plans`, `group:12`; empty for what is one thing.
    pub subject: String,
    pub title: String,
    pub state: AlertState,
    pub value: i64,
    /// Times it was found to hold.
    pub seen: i64,
    pub opened_at: At,
    pub last_seen: At,
    /// Since when it is over, while it is held open.
    pub quiet_since: Option<At>,
    pub acked_by: Option<String>,
    pub acked_at: Option<At>,
    pub note: Option<String>,
    pub closed_at: Option<At>,
}

impl View for Alerts {
    const META: ViewMeta = ViewMeta {
        name: "alerts",
        title: "Alerts",
        path: "/fn/alerts",
        cli: "opsctl alerts list",
        sight: Sight::Shared,
        permission: Permission::Read,
    };
    type Output = AlertsOutput;
}

#[cfg(feature = "server")]
mod server {
    use super::{AlertRow, Alerts, AlertsOutput};
    use crate::views::rows::bad;
    use domain::{AlertState, At, BadState};
    use gate::{Failed, Look, Show};
    use sqlx::{Postgres, QueryBuilder, types::time::OffsetDateTime};
    use store::page::page_size;

    #[derive(sqlx::FromRow)]
    struct Record {
        id: i64,
        rule_id: Option<i64>,
        rule_name: String,
        severity: String,
        subject: String,
        title: String,
        state: String,
        value: i64,
        seen: i64,
        opened_at: OffsetDateTime,
        last_seen: OffsetDateTime,
        quiet_since: Option<OffsetDateTime>,
        acked_by: Option<String>,
        acked_at: Option<OffsetDateTime>,
        note: Option<String>,
        closed_at: Option<OffsetDateTime>,
    }

    impl Show for Alerts {
        async fn show(self, look: &mut Look) -> Result<AlertsOutput, Failed> {
            let size = page_size(self.limit).map_err(bad)?;
            let mut sql = QueryBuilder::<Postgres>::new(
                "select id, rule_id, rule_name, severity, subject, title, state, value, seen, opened_at, last_seen, quiet_since, acked_by, acked_at, note, closed_at
                 from ops.alert where true",
            );
            match self.state {
                Some(state) => {
                    sql.push(" and state = ").push_bind(state.word());
                }
                None if !self.all => {
                    sql.push(" and state <> ").push_bind(AlertState::Closed.word());
                }
                None => {}
            }
            if let Some(before) = self.before {
                sql.push(" and id < ").push_bind(before);
            }
            sql.push(" order by id desc limit ").push_bind(size + 1);
            let records: Vec<Record> = sql.build_query_as().fetch_all(look.conn()).await?;
            let mut rows = records.into_iter().map(Record::row).collect::<Result<Vec<_>, _>>()?;
            let more = i64::try_from(rows.len()).unwrap_or(0) > size;
            rows.truncate(usize::try_from(size).unwrap_or(50));
            let next = rows.last().filter(|_| more).map(|last| last.alert);
            let open = sqlx::query_scalar("select count(*) from ops.alert where state = $1")
                .bind(AlertState::Open.word())
                .fetch_one(look.conn())
                .await?;
            Ok(AlertsOutput { now: look.now(), rows, next, open })
        }
    }

    impl Record {
        fn row(self) -> Result<AlertRow, Failed> {
            let garbled = |error: BadState| Failed::Garbled(error.to_string());
            Ok(AlertRow {
                alert: self.id,
                rule: self.rule_id,
                rule_name: self.rule_name,
                severity: self.severity.parse().map_err(garbled)?,
                subject: self.subject,
                title: self.title,
                state: self.state.parse().map_err(garbled)?,
                value: self.value,
                seen: self.seen,
                opened_at: At::from(self.opened_at),
                last_seen: At::from(self.last_seen),
                quiet_since: self.quiet_since.map(At::from),
                acked_by: self.acked_by,
                acked_at: self.acked_at.map(At::from),
                note: self.note,
                closed_at: self.closed_at.map(At::from),
            })
        }
    }
}
