//! How a check is saved: judged, written, and for a new heartbeat a token made of which only the hash is kept.

use super::{SaveCheck, SavedCheck};
use crate::deeds::watched::{fit, number, said, span, taken};
use domain::{CheckKind, CheckSpec, CheckState, parse_since};
use gate::{Change, Execute, Failed, heard_by};
use serde_json::{Value, json};
use sqlx::types::time::OffsetDateTime;

/// What is written of a check besides its name.
struct Row {
    spec: Value,
    every: i32,
    timeout: i32,
    fail_after: i32,
    pass_after: i32,
}

impl Execute for SaveCheck {
    async fn execute(self, change: &mut Change) -> Result<SavedCheck, Failed> {
        let (name, kind, check) = (fit("name", &self.name, 80)?, self.kind, self.check);
        let row = self.judged(change)?;
        match check {
            Some(check) => changed(change, check, &name, kind, &row).await.map(|()| SavedCheck { check, token: None }),
            None => made(change, &name, kind, &row).await,
        }
    }
}

impl SaveCheck {
    fn judged(self, change: &Change) -> Result<Row, Failed> {
        let beats = self.kind == CheckKind::Heartbeat;
        let secs = |what: &str, text: Option<String>| {
            let span = said(text).map(|text| parse_since(&text).map_err(|why| Failed::BadInput(format!("{what}: {why}."))));
            span.transpose()
        };
        let spec = CheckSpec {
            target: self.target.trim().to_owned(),
            status: self.status,
            max_ms: self.max_ms,
            has: said(self.has),
            lacks: said(self.lacks),
            pointer: said(self.pointer),
            equals: said(self.equals),
            resolves_to: said(self.resolves_to),
            days_left: self.days_left,
            period_secs: secs("The period", self.period)?,
            cron: said(self.cron),
            zone: said(self.zone),
            grace_secs: secs("The grace", self.grace)?,
        };
        if let Some(wrong) = spec.wrong(self.kind) {
            return Err(Failed::BadInput(wrong));
        }
        if let Some(cron) = &spec.cron {
            schedule::next_after(cron, spec.zone.as_deref().unwrap_or("UTC"), change.now())
                .map_err(|why| Failed::BadInput(format!("{why}.")))?;
        }
        Ok(Row {
            spec: serde_json::to_value(&spec)?,
            every: span("How often it is run", self.every.as_deref(), 60, (1, 86_400))?,
            timeout: span("How long an answer may take", self.timeout.as_deref(), 10, (1, 60))?,
            // A job says itself whether it failed, and late is late.
            fail_after: number("Failures after which it is down", self.fail_after, if beats { 1 } else { 3 }, (1, 100))?,
            pass_after: number("Successes after which it is up", self.pass_after, if beats { 1 } else { 2 }, (1, 100))?,
        })
    }
}

async fn made(change: &mut Change, name: &str, kind: CheckKind, row: &Row) -> Result<SavedCheck, Failed> {
    let who = change.actor().name.clone();
    let token: Option<String> = match kind {
        CheckKind::Heartbeat => Some(
            sqlx::query_scalar("select replace(gen_random_uuid()::text || gen_random_uuid()::text, '-', '')")
                .fetch_one(change.conn())
                .await?,
        ),
        _ => None,
    };
    let check: i64 = sqlx::query_scalar(
        "insert into ops.check (name, kind, spec, every_secs, timeout_secs, fail_after, pass_after, saved_by, token_hash, next_run_at)
         values ($1, $2, $3, $4, $5, $6, $7, $8, sha256(convert_to($9, 'UTF8')), clock_timestamp() + make_interval(secs => least($4, 5) * random())) returning id",
    )
    .bind(name)
    .bind(kind.word())
    .bind(&row.spec)
    .bind(row.every)
    .bind(row.timeout)
    .bind(row.fail_after)
    .bind(row.pass_after)
    .bind(who)
    .bind(&token)
    .fetch_one(change.conn())
    .await
    .map_err(taken(name))?;
    change.changed("check", name, Value::Null, shown(row));
    // What is taken back must not leave the console: it would never be heard.
    let token = token.filter(|_| !change.rehearses());
    Ok(SavedCheck { check, token })
}

type Before = (String, String, Value, i32, i32, i32, i32);

async fn changed(change: &mut Change, check: i64, name: &str, kind: CheckKind, row: &Row) -> Result<(), Failed> {
    let before: Option<Before> =
        sqlx::query_as("select name, kind, spec, every_secs, timeout_secs, fail_after, pass_after from ops.check where id = $1 for update")
            .bind(check)
            .fetch_optional(change.conn())
            .await?;
    let (old_name, old_kind, spec, every, timeout, fail_after, pass_after) = before.ok_or(Failed::NotFound)?;
    if old_kind != kind.word() {
        return Err(Failed::BadInput(format!(
            "\u{201c}{old_name}\u{201d} is of kind {old_kind}, and stays so: its results would mean something else."
        )));
    }
    let due = match kind {
        CheckKind::Heartbeat => Some(heard_by(&serde_json::from_value(row.spec.clone())?, change.now()).map_err(Failed::Garbled)?),
        _ => None,
    };
    // What it expects is another thing now: it is judged anew, at once.
    sqlx::query(
        "update ops.check set name = $2, spec = $3, every_secs = $4, timeout_secs = $5, fail_after = $6, pass_after = $7, fails = 0, passes = 0,
           state = case when spec = $3 then state else $8 end, next_run_at = clock_timestamp(), lease_by = null, lease_until = null,
           due_by = case when spec = $3 then due_by when due_by is not null then $9 end where id = $1",
    )
    .bind(check)
    .bind(name)
    .bind(&row.spec)
    .bind(row.every)
    .bind(row.timeout)
    .bind(row.fail_after)
    .bind(row.pass_after)
    .bind(CheckState::New.word())
    .bind(due.map(OffsetDateTime::from))
    .execute(change.conn())
    .await
    .map_err(taken(name))?;
    if spec != row.spec {
        sqlx::query("update ops.incident set up_at = greatest(clock_timestamp(), down_since) where check_id = $1 and up_at is null")
            .bind(check)
            .execute(change.conn())
            .await?;
    }
    let on = format!("check {old_name}");
    change.changed(&on, "name", old_name, name);
    let before = Row { spec, every, timeout, fail_after, pass_after };
    change.changed(&on, "what it asks", shown(&before), shown(row));
    Ok(())
}

fn shown(row: &Row) -> Value {
    let spec: serde_json::Map<String, Value> = row
        .spec
        .as_object()
        .into_iter()
        .flatten()
        .filter(|(_, value)| !value.is_null())
        .map(|(name, value)| (name.clone(), value.clone()))
        .collect();
    json!({ "expects": spec, "every_secs": row.every, "timeout_secs": row.timeout, "fail_after": row.fail_after, "pass_after": row.pass_after })
}
