//! Telling of an alert: for each webhook that wants it a row of the outbox, in the transaction of whatever changed the alert. What is in
//! the row is sent letter by letter, however often. Not in here: sending.

use domain::{At, Severity, WebhookForm};
use serde_json::{Value, json};
use sqlx::{PgConnection, types::time::OffsetDateTime};

/// What is told of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Told {
    Opened,
    Acknowledged,
    Closed,
}

impl Told {
    /// The word on the wire.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Opened => "alert.opened",
            Self::Acknowledged => "alert.acknowledged",
            Self::Closed => "alert.closed",
        }
    }
}

#[derive(sqlx::FromRow)]
struct Alert {
    rule_name: String,
    severity: String,
    subject: String,
    title: String,
    state: String,
    value: i64,
    opened_at: OffsetDateTime,
    acked_by: Option<String>,
    note: Option<String>,
    closed_at: Option<OffsetDateTime>,
    now: OffsetDateTime,
}

/// Writes what is to be sent; says to how many webhooks.
pub async fn tell(connection: &mut PgConnection, alert: i64, told: Told) -> Result<usize, sqlx::Error> {
    let about: Alert = sqlx::query_as(
        "select rule_name, severity, subject, title, state, value, opened_at, acked_by, note, closed_at, clock_timestamp() as now from ops.alert where id = $1",
    )
    .bind(alert)
    .fetch_one(&mut *connection)
    .await?;
    let hooks: Vec<(i64, String, String)> =
        sqlx::query_as("select id, form, least from ops.webhook where enabled order by id").fetch_all(&mut *connection).await?;
    let rank = |word: &str| word.parse::<Severity>().ok().and_then(|severity| Severity::ALL.iter().position(|one| *one == severity));
    let mut sent = 0;
    for (hook, form, least) in hooks {
        if rank(&about.severity) < rank(&least) {
            continue;
        }
        let body = if form == WebhookForm::Discord.word() { discord(&about, told) } else { standard(alert, &about, told) };
        queue(&mut *connection, hook, Some(alert), told.word(), &body).await?;
        sent += 1;
    }
    Ok(sent)
}

/// Writes one message to be sent.
pub async fn queue(connection: &mut PgConnection, hook: i64, alert: Option<i64>, event: &str, body: &Value) -> Result<(), sqlx::Error> {
    sqlx::query("insert into ops.delivery (webhook_id, alert_id, event, body) values ($1, $2, $3, $4)")
        .bind(hook)
        .bind(alert)
        .bind(event)
        .bind(body.to_string())
        .execute(connection)
        .await
        .map(drop)
}

fn standard(id: i64, alert: &Alert, told: Told) -> Value {
    json!({
        "type": told.word(),
        "timestamp": At::from(alert.now),
        "data": {
            "alert": id, "rule": alert.rule_name, "severity": alert.severity, "subject": alert.subject, "title": alert.title,
            "state": alert.state, "value": alert.value, "opened_at": At::from(alert.opened_at), "acknowledged_by": alert.acked_by,
            "note": alert.note, "closed_at": alert.closed_at.map(At::from),
        },
    })
}

/// The form Discord takes: one text, in which nobody is mentioned whatever it says.
fn discord(alert: &Alert, told: Told) -> Value {
    let by = |who: &Option<String>| who.clone().unwrap_or_default();
    let said = match told {
        Told::Opened => format!("**{}** {}\n{}", alert.severity, alert.title, alert.rule_name),
        Told::Acknowledged => format!("{} looks after: {}\n{}", by(&alert.acked_by), alert.title, by(&alert.note)),
        Told::Closed => format!("Over: {}\n{}", alert.title, alert.rule_name),
    };
    json!({ "content": said.chars().take(1_900).collect::<String>(), "allowed_mentions": { "parse": [] } })
}
