//! How an alert rule is saved.

use super::{SaveAlertRule, SavedAlertRule};
use crate::deeds::watched::{fit, number, span, taken};
use domain::{AlertCondition, AlertSource, Severity};
use gate::{Change, Execute, Failed};
use serde_json::{Value, json};

/// Of these so many come within a window.
const COUNTED: [AlertSource; 3] = [AlertSource::Arrivals, AlertSource::Frontend, AlertSource::Run];
/// Counts of ARRIVALS and FRONTEND are kept for a day, in which a window and the one before have to fit. In seconds.
const HALF_OF_WHAT_IS_KEPT: i32 = 43_200;

/// A rule as it is written.
struct Row {
    name: String,
    source: AlertSource,
    condition: AlertCondition,
    threshold: i64,
    factor: i32,
    window: i32,
    hold: i32,
    severity: Severity,
    group: Option<i64>,
    enabled: bool,
}

impl Execute for SaveAlertRule {
    async fn execute(self, change: &mut Change) -> Result<SavedAlertRule, Failed> {
        let rule = self.rule;
        let row = self.judged()?;
        if let Some(group) = row.group {
            let there: bool = sqlx::query_scalar("select exists (select from triage.failure_group where id = $1)")
                .bind(group)
                .fetch_one(change.conn())
                .await?;
            if !there {
                return Err(Failed::NotFound);
            }
        }
        let before = match rule {
            Some(rule) => Some(before(change, rule).await?),
            None => None,
        };
        let rule = write(change, rule, &row).await?;
        change.changed("alert rule", &row.name, before.unwrap_or(Value::Null), shown(&row));
        Ok(SavedAlertRule { rule })
    }
}

impl SaveAlertRule {
    fn judged(self) -> Result<Row, Failed> {
        let condition = self.condition.unwrap_or(AlertCondition::Above);
        fits(condition, self.source)?;
        // Most of these are counted in slices of five minutes.
        let least = if COUNTED.contains(&self.source) { 300 } else { 5 };
        let window = span("The window", self.window.as_deref(), 300, (least, 86_400))?;
        if condition == AlertCondition::Times && self.source != AlertSource::Run && window > HALF_OF_WHAT_IS_KEPT {
            return Err(Failed::BadInput(
                "TIMES compares a window with the one before, and counts of ARRIVALS and FRONTEND are kept for a day: the window is at most 12h."
                    .into(),
            ));
        }
        if (self.source == AlertSource::Group) != self.group.is_some() {
            return Err(Failed::BadInput("A group belongs to the source GROUP, and that to a group.".into()));
        }
        let threshold = self.threshold.unwrap_or(0);
        if !(0..=1_000_000_000).contains(&threshold) {
            return Err(Failed::BadInput("The threshold is between 0 and 1,000,000,000.".into()));
        }
        Ok(Row {
            name: fit("name", &self.name, 80)?,
            source: self.source,
            condition,
            threshold,
            factor: number("The factor", self.factor, 2, (1, 1_000))?,
            window,
            hold: span("The hold", self.hold.as_deref(), 60, (0, 86_400))?,
            severity: self.severity.unwrap_or(Severity::Warning),
            group: self.group,
            enabled: !self.off,
        })
    }
}

/// Whether a source can be looked at like this.
fn fits(condition: AlertCondition, source: AlertSource) -> Result<(), Failed> {
    let (fitting, no): (&[AlertSource], _) = match condition {
        AlertCondition::Above => return Ok(()),
        AlertCondition::Times => (&COUNTED, "TIMES compares a window with the one before: it is for ARRIVALS, FRONTEND and RUN."),
        AlertCondition::Absent => (
            &[AlertSource::Frontend, AlertSource::Run, AlertSource::Deploy],
            "ABSENT is for what should come within a window: FRONTEND, RUN and DEPLOY. ARRIVALS counts commands that fail, and that none does is \
             no reason for an alert; WORKER, QUEUE and CHECK look for what is missing by themselves.",
        ),
    };
    if fitting.contains(&source) { Ok(()) } else { Err(Failed::BadInput(no.into())) }
}

type Before = (String, String, String, i64, i32, i32, i32, String, Option<i64>, bool);

async fn before(change: &mut Change, rule: i64) -> Result<Value, Failed> {
    let held: Option<Before> = sqlx::query_as(
        "select name, source, condition, threshold, factor, window_secs, hold_secs, severity, group_id, enabled from ops.alert_rule where id = $1 for update",
    )
    .bind(rule)
    .fetch_optional(change.conn())
    .await?;
    let (name, source, condition, threshold, factor, window, hold, severity, group, enabled) = held.ok_or(Failed::NotFound)?;
    Ok(json!({ "name": name, "source": source, "condition": condition, "threshold": threshold, "factor": factor, "window_secs": window,
        "hold_secs": hold, "severity": severity, "group": group, "on": enabled }))
}

fn shown(row: &Row) -> Value {
    json!({ "name": row.name, "source": row.source, "condition": row.condition, "threshold": row.threshold, "factor": row.factor,
        "window_secs": row.window, "hold_secs": row.hold, "severity": row.severity, "group": row.group, "on": row.enabled })
}

async fn write(change: &mut Change, rule: Option<i64>, row: &Row) -> Result<i64, Failed> {
    let who = change.actor().name.clone();
    let sql = match rule {
        None => {
            "insert into ops.alert_rule (name, source, condition, threshold, factor, window_secs, hold_secs, severity, group_id, enabled, saved_by)
             select $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12 where $1::bigint is null returning id"
        }
        Some(_) => {
            "update ops.alert_rule set name = $2, source = $3, condition = $4, threshold = $5, factor = $6, window_secs = $7, hold_secs = $8, severity = $9,
               group_id = $10, enabled = $11, saved_by = $12 where id = $1 returning id"
        }
    };
    sqlx::query_scalar(sql)
        .bind(rule)
        .bind(&row.name)
        .bind(row.source.word())
        .bind(row.condition.word())
        .bind(row.threshold)
        .bind(row.factor)
        .bind(row.window)
        .bind(row.hold)
        .bind(row.severity.word())
        .bind(row.group)
        .bind(row.enabled)
        .bind(who)
        .fetch_one(change.conn())
        .await
        .map_err(taken(&row.name))
}
