//! The rules by which alerts are raised.

use domain::{AlertCondition, AlertSource, At, Permission, Severity, Sight, View, ViewMeta};
use serde::{Deserialize, Serialize};

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct AlertRules {}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AlertRulesOutput {
    pub now: At,
    /// By name; at most a thousand, which is also how many are looked at.
    pub rules: Vec<AlertRuleRow>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AlertRuleRow {
    pub rule: i64,
    pub name: String,
    pub source: AlertSource,
    pub condition: AlertCondition,
    pub threshold: i64,
    pub factor: i64,
    pub window_secs: i64,
    pub hold_secs: i64,
    pub severity: Severity,
    pub group: Option<i64>,
    pub on: bool,
    /// Set while it is silenced.
    pub silenced_until: Option<At>,
    pub silenced_by: Option<String>,
    pub saved_by: String,
}

impl AlertRuleRow {
    /// When it raises an alert, in words.
    #[must_use]
    pub fn words(&self) -> String {
        let span = domain::human_millis(self.window_secs * 1000);
        let n = self.threshold.to_string();
        match (self.source, self.condition) {
            (AlertSource::Check, _) => "a check or a heartbeat is down".to_owned(),
            (AlertSource::Worker, _) => ["no worker of a domain is heard from for ", &span].concat(),
            (AlertSource::Queue, _) => ["a command waits for longer than ", &span, " and nobody takes it"].concat(),
            (AlertSource::Audit, _) => "the audit chain does not fit".to_owned(),
            (AlertSource::Budget, _) => "a budget is used up".to_owned(),
            (AlertSource::Deploy, _) => ["something was deployed within ", &span].concat(),
            (AlertSource::Waiting, _) => ["more than ", &n, " commands wait for a person"].concat(),
            (AlertSource::Group, _) => ["more than ", &n, " commands of group ", &self.group.unwrap_or(0).to_string(), " wait"].concat(),
            (source @ (AlertSource::Arrivals | AlertSource::Frontend | AlertSource::Run), condition) => {
                let what = match source {
                    AlertSource::Arrivals => "failures",
                    AlertSource::Run => "failed runs",
                    _ => "errors of pages",
                };
                let count = if condition == AlertCondition::Absent { "no".to_owned() } else { ["more than ", &n].concat() };
                let before = if condition == AlertCondition::Times {
                    [", and ", &self.factor.to_string(), " times what the window before had"].concat()
                } else {
                    String::new()
                };
                [&count, " ", what, " within ", &span, &before].concat()
            }
        }
    }
}

impl View for AlertRules {
    const META: ViewMeta = ViewMeta {
        name: "alert-rules",
        title: "Alert rules",
        path: "/fn/alert-rules",
        cli: "opsctl alerts rules",
        sight: Sight::Shared,
        permission: Permission::Read,
    };
    type Output = AlertRulesOutput;
}

#[cfg(feature = "server")]
mod server {
    use super::{AlertRuleRow, AlertRules, AlertRulesOutput};
    use domain::{At, BadState};
    use gate::{Failed, Look, Show};
    use sqlx::types::time::OffsetDateTime;

    #[derive(sqlx::FromRow)]
    struct Record {
        id: i64,
        name: String,
        source: String,
        condition: String,
        threshold: i64,
        factor: i32,
        window_secs: i32,
        hold_secs: i32,
        severity: String,
        group_id: Option<i64>,
        enabled: bool,
        silenced_until: Option<OffsetDateTime>,
        silenced_by: Option<String>,
        saved_by: String,
    }

    impl Show for AlertRules {
        async fn show(self, look: &mut Look) -> Result<AlertRulesOutput, Failed> {
            let records: Vec<Record> = sqlx::query_as(
                "select id, name, source, condition, threshold, factor, window_secs, hold_secs, severity, group_id, enabled,
                        case when silenced_until > clock_timestamp() then silenced_until end as silenced_until, silenced_by, saved_by
                 from ops.alert_rule order by name limit 1000",
            )
            .fetch_all(look.conn())
            .await?;
            let rules = records.into_iter().map(Record::row).collect::<Result<_, _>>()?;
            Ok(AlertRulesOutput { now: look.now(), rules })
        }
    }

    impl Record {
        fn row(self) -> Result<AlertRuleRow, Failed> {
            let garbled = |error: BadState| Failed::Garbled(error.to_string());
            Ok(AlertRuleRow {
                rule: self.id,
                name: self.name,
                source: self.source.parse().map_err(garbled)?,
                condition: self.condition.parse().map_err(garbled)?,
                threshold: self.threshold,
                factor: self.factor.into(),
                window_secs: self.window_secs.into(),
                hold_secs: self.hold_secs.into(),
                severity: self.severity.parse().map_err(garbled)?,
                group: self.group_id,
                on: self.enabled,
                silenced_by: self.silenced_by.filter(|_| self.silenced_until.is_some()),
                silenced_until: self.silenced_until.map(At::from),
                saved_by: self.saved_by,
            })
        }
    }
}
