//! Alerts: every rule measured, every alert taken one step, and what is to be told written down; all in one transaction, by one server at
//! a time.

use super::Monitor;
use crate::Failed;
use domain::{AlertCondition, AlertState, AlertStep, At, BadState, Problem, Standing, alert_step, holds};
use sqlx::{Connection, PgConnection, types::time::OffsetDateTime};
use std::collections::HashMap;
use store::alert::{Told, tell};

/// Whoever holds this looks; the others wait for their next turn.
const TURN: i64 = 7_232_029;
/// Most alerts one rule may have open: a rule that finds more says the same thing over and over.
const MOST_OF_A_RULE: usize = 100;

#[derive(sqlx::FromRow)]
struct Rule {
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
    silenced: bool,
    now: OffsetDateTime,
}

#[derive(sqlx::FromRow)]
struct Measured {
    subject: String,
    title: String,
    value: i64,
    before: i64,
}

#[derive(sqlx::FromRow)]
struct Open {
    id: i64,
    subject: String,
    state: String,
    quiet_since: Option<OffsetDateTime>,
}

impl Monitor {
    /// Looks at every rule once; says how many alerts were opened or closed.
    pub async fn raise(&self) -> Result<usize, Problem> {
        self.raised().await.map_err(Problem::from)
    }

    async fn raised(&self) -> Result<usize, Failed> {
        let mut tx = self.pool.begin().await?;
        let mine: bool = sqlx::query_scalar("select pg_try_advisory_xact_lock($1)").bind(TURN).fetch_one(&mut *tx).await?;
        if !mine {
            tx.rollback().await?;
            return Ok(0);
        }
        let rules: Vec<Rule> = sqlx::query_as(
            "select id, name, source, condition, threshold, factor, window_secs, hold_secs, severity, group_id,
                    coalesce(silenced_until > clock_timestamp(), false) as silenced, clock_timestamp() as now
             from ops.alert_rule where enabled order by id limit 1000",
        )
        .fetch_all(&mut *tx)
        .await?;
        let mut turned = 0;
        for rule in &rules {
            // A rule that cannot be measured keeps no other from being.
            let mut one = tx.begin().await?;
            match look(&mut one, rule).await {
                Ok(more) => {
                    one.commit().await?;
                    turned += more;
                }
                Err(error) => {
                    one.rollback().await?;
                    let problem = Problem::from(error);
                    tracing::warn!(rule = %rule.name, %problem, "a rule could not be looked at; the others go on");
                }
            }
        }
        turned += orphans(&mut tx).await?;
        tx.commit().await?;
        Ok(turned)
    }
}

async fn look(connection: &mut PgConnection, rule: &Rule) -> Result<usize, Failed> {
    let condition: AlertCondition = rule.condition.parse().map_err(|error: BadState| Failed::Garbled(error.to_string()))?;
    let found = measured(connection, rule, condition).await?;
    let open: Vec<Open> = sqlx::query_as("select id, subject, state, quiet_since from ops.alert where rule_id = $1 and state <> $2")
        .bind(rule.id)
        .bind(AlertState::Closed.word())
        .fetch_all(&mut *connection)
        .await?;
    let (mut room, mut turned) = (MOST_OF_A_RULE.saturating_sub(open.len()), 0);
    let mut open: HashMap<String, Open> = open.into_iter().map(|alert| (alert.subject.clone(), alert)).collect();
    let now = At::from(rule.now);
    for one in found {
        let alert = open.remove(&one.subject);
        let holding = holds(condition, one.value, one.before, rule.threshold, rule.factor.into());
        let step = alert_step(alert.as_ref().map(standing).transpose()?, holding, rule.silenced, rule.hold_secs.into(), now);
        match (step, &alert) {
            (AlertStep::Open, _) if room > 0 => {
                room -= 1;
                turned += opened(connection, rule, &one).await?;
            }
            (step, Some(alert)) => turned += take(connection, alert.id, step, Some(&one)).await?,
            _ => {}
        }
    }
    // What is not measured any more: a check that was paused, a domain that concerns nobody.
    for alert in open.into_values() {
        let step = alert_step(Some(standing(&alert)?), false, rule.silenced, rule.hold_secs.into(), now);
        turned += take(connection, alert.id, step, None).await?;
    }
    Ok(turned)
}

async fn measured(connection: &mut PgConnection, rule: &Rule, condition: AlertCondition) -> Result<Vec<Measured>, Failed> {
    let asked = match condition {
        // Of what stays away is counted what should come, not what fails.
        AlertCondition::Absent => {
            sqlx::query_as("select subject, title, value, before from ops.came($1, $2)").bind(&rule.source).bind(rule.window_secs)
        }
        AlertCondition::Above | AlertCondition::Times => {
            sqlx::query_as("select subject, title, value, before from ops.measure($1, $2, $3)")
                .bind(&rule.source)
                .bind(rule.group_id)
                .bind(rule.window_secs)
        }
    };
    Ok(asked.fetch_all(connection).await?)
}

fn standing(alert: &Open) -> Result<Standing, Failed> {
    let state = alert.state.parse().map_err(|error: BadState| Failed::Garbled(error.to_string()))?;
    Ok(Standing { state, quiet_since: alert.quiet_since.map(At::from) })
}

async fn opened(connection: &mut PgConnection, rule: &Rule, one: &Measured) -> Result<usize, Failed> {
    let id: i64 = sqlx::query_scalar(
        "insert into ops.alert (rule_id, rule_name, severity, subject, title, value) values ($1, $2, $3, left($4, 200), left($5, 300), $6) returning id",
    )
    .bind(rule.id)
    .bind(&rule.name)
    .bind(&rule.severity)
    .bind(&one.subject)
    .bind(&one.title)
    .bind(one.value)
    .fetch_one(&mut *connection)
    .await?;
    tell(connection, id, Told::Opened).await?;
    Ok(1)
}

async fn take(connection: &mut PgConnection, alert: i64, step: AlertStep, one: Option<&Measured>) -> Result<usize, Failed> {
    match step {
        AlertStep::Again => {
            sqlx::query("update ops.alert set seen = seen + 1, last_seen = clock_timestamp(), quiet_since = null, value = coalesce($2, value) where id = $1")
                .bind(alert)
                .bind(one.map(|one| one.value))
                .execute(connection)
                .await?;
            Ok(0)
        }
        AlertStep::Hold(since) => {
            sqlx::query("update ops.alert set quiet_since = $2 where id = $1 and quiet_since is null")
                .bind(alert)
                .bind(OffsetDateTime::from(since))
                .execute(connection)
                .await?;
            Ok(0)
        }
        AlertStep::Close => {
            close(connection, alert).await?;
            Ok(1)
        }
        AlertStep::Open | AlertStep::Nothing => Ok(0),
    }
}

async fn close(connection: &mut PgConnection, alert: i64) -> Result<(), Failed> {
    sqlx::query("update ops.alert set state = $2, closed_at = clock_timestamp() where id = $1")
        .bind(alert)
        .bind(AlertState::Closed.word())
        .execute(&mut *connection)
        .await?;
    tell(connection, alert, Told::Closed).await?;
    Ok(())
}

/// Alerts whose rule is gone or no longer looks.
async fn orphans(connection: &mut PgConnection) -> Result<usize, Failed> {
    let gone: Vec<i64> = sqlx::query_scalar(
        "select a.id from ops.alert a left join ops.alert_rule r on r.id = a.rule_id and r.enabled where a.state <> $1 and r.id is null limit 100",
    )
    .bind(AlertState::Closed.word())
    .fetch_all(&mut *connection)
    .await?;
    for alert in &gone {
        close(connection, *alert).await?;
    }
    Ok(gone.len())
}
