//! How a bulk retry is accepted and carried: the token is judged, the set is frozen in the statement that counts it again, and
//! each chunk goes through the statements of a single retry.

use super::StartBulkRetry;
use crate::{
    deeds::retry_command::RetryCommand,
    find::server::Sieve,
    views::bulk_preview::{
        PREVIEW_HOLDS_SECS, Previewed,
        server::{COUNT_AND_VERSION, push_chosen, push_elsewhere},
    },
};
use domain::{Action, At, BusEvent, CommandStatus, FieldChange, Meta, OperationId, Plan, SkipReason};
use gate::{Carried, Change, Chunk, Failed, Frozen, HandOff, Intent, Sent};
use sqlx::{Postgres, QueryBuilder, types::time::OffsetDateTime};
use store::again::{Resent, retry_all};
use uuid::Uuid;

impl HandOff for StartBulkRetry {
    const EACH: &'static Meta = &RetryCommand::META;

    async fn intend(&self, change: &mut Change) -> Result<Intent, Failed> {
        let plan = self.plan()?;
        let previewed = self.previewed(change).await?;
        let preview: Vec<u8> =
            sqlx::query_scalar("select sha256(convert_to($1, 'UTF8'))").bind(self.token.trim()).fetch_one(change.conn()).await?;
        Ok(Intent { preview, filter: serde_json::to_value(previewed.chosen.overview())?, plan })
    }

    async fn freeze(&self, change: &mut Change, operation: OperationId) -> Result<Frozen, Failed> {
        let (previewed, _) = Previewed::parse(&self.token).ok_or_else(no_token)?;
        let (count, elsewhere, version) = freeze(change, operation, &previewed).await?;
        if (count, version) != (previewed.count, previewed.version) {
            return Err(drifted(change, &previewed, count).await?);
        }
        let waiting = count - elsewhere;
        change.changed("operation", "commands", 0, waiting);
        change.effect(self.sentence(waiting));
        if elsewhere > 0 {
            change.effect(format!("{elsewhere} are skipped: {}.", SkipReason::Elsewhere.sentence().replacen("it waits", "they wait", 1)));
        }
        Ok(Frozen { waiting, skipped: elsewhere })
    }

    async fn carry(chunk: &mut Chunk<'_>) -> Result<Vec<(Uuid, Carried)>, Failed> {
        let (commands, who) = (chunk.commands().to_vec(), chunk.who().to_owned());
        let resent = retry_all(chunk.conn(), &commands, &who).await?;
        Ok(resent.into_iter().map(|(command, resent)| (command, carried(resent))).collect())
    }
}

impl StartBulkRetry {
    fn plan(&self) -> Result<Plan, Failed> {
        if !(1..=10_000).contains(&self.rate) {
            return Err(Failed::BadInput(format!("The rate has to be between 1 and 10,000 a second, not {}.", self.rate)));
        }
        if !(0..=100).contains(&self.halt_percent) {
            return Err(Failed::BadInput(format!("The limit has to be a share between 0 and 100 %, not {}.", self.halt_percent)));
        }
        Ok(Plan { canary: !self.no_canary, halt_percent: self.halt_percent, rate: self.rate })
    }

    /// What the token says, if it may be believed and still holds.
    async fn previewed(&self, change: &mut Change) -> Result<Previewed, Failed> {
        let (previewed, seal) = Previewed::parse(&self.token).ok_or_else(no_token)?;
        let right: Option<String> = sqlx::query_scalar("select console.seal($1)").bind(previewed.text()).fetch_one(change.conn()).await?;
        if right.as_deref() != Some(&seal) {
            return Err(Failed::BadInput(
                "This token was changed, or the preview was somebody else's. Preview the commands yourself.".into(),
            ));
        }
        if change.now().secs_since(previewed.at) >= PREVIEW_HOLDS_SECS {
            return Err(Failed::Conflict(format!(
                "The preview is of {} UTC and held for ten minutes. Nothing was changed; preview again.",
                previewed.at.clock()
            )));
        }
        Ok(previewed)
    }

    fn sentence(&self, waiting: i64) -> String {
        let first = if !self.no_canary { "first 1, then 5, then 25, each after the outcomes of those before, then " } else { "" };
        let limit = match self.halt_percent {
            100 => "It never halts by itself.".to_owned(),
            percent => format!("It halts when more than {percent} % of the confirmed outcomes fail."),
        };
        format!("{waiting} commands are sent again: {first}up to {} a second. {limit}", self.rate)
    }
}

fn no_token() -> Failed {
    Failed::BadInput("That is not the token of a preview. Preview the commands and use the token it gives.".into())
}

/// Freezes and counts in one statement: both see the same rows.
async fn freeze(change: &mut Change, operation: OperationId, previewed: &Previewed) -> Result<(i64, i64, i64), Failed> {
    let sieve = Sieve::new(change.conn(), &previewed.chosen).await?;
    let mut sql = QueryBuilder::<Postgres>::new("with c as materialized (select c.command_id, c.epoch, c.updated_at, ");
    push_elsewhere(&mut sql, previewed.tenant);
    sql.push(" as elsewhere");
    push_chosen(&mut sql, previewed.tenant, &sieve);
    sql.push(
        "), frozen as (
           insert into console.operation_item (tenant_id, operation_id, seq, command_id, state, reason, settled_at)
           select ",
    );
    sql.push_bind(previewed.tenant.0).push(", ").push_bind(operation.0);
    sql.push(
        ", row_number() over (order by c.updated_at, c.command_id), c.command_id, case when c.elsewhere then 'SKIPPED' else 'WAITING' end,
             case when c.elsewhere then 'ELSEWHERE' end, case when c.elsewhere then clock_timestamp() end from c)
         select counted.count, counted.elsewhere, counted.version from (select count(*) filter (where c.elsewhere) as elsewhere, ",
    );
    sql.push(COUNT_AND_VERSION).push(" from c) counted (elsewhere, count, version)");
    Ok(sql.build_query_as().persistent(!sieve.looks_inside()).fetch_one(change.conn()).await?)
}

/// Names what changed since the preview, and through whom as far as the newest history says.
async fn drifted(change: &mut Change, previewed: &Previewed, count: i64) -> Result<Failed, Failed> {
    let last: Option<(String, Option<String>, OffsetDateTime)> = sqlx::query_as(
        "select event_type, who, at from (select event_type, who, at, id from commandbus.audit where tenant_id = $1 order by id desc limit 5000) newest
         where at > $2 and event_type in ('OPERATOR_RETRY', 'OPERATOR_EDIT', 'OPERATOR_CANCEL', 'OPERATOR_COMPLETE', 'MOVED_TO_TSQ') order by id desc limit 1",
    )
    .bind(previewed.tenant.0)
    .bind(OffsetDateTime::from(previewed.at))
    .fetch_optional(change.conn())
    .await?;
    let now = match count {
        0 => "none of them is left in the troubleshooting queue as it was".to_owned(),
        count if count == previewed.count => "some of them have moved on since".to_owned(),
        count => format!("now {count} of them are as they were"),
    };
    let through = last.map_or_else(String::new, |(event, who, at)| {
        let deed = match event.parse() {
            Ok(BusEvent::OperatorRetry) => "retried one",
            Ok(BusEvent::OperatorEdit) => "edited one",
            Ok(BusEvent::OperatorCancel) => "cancelled one",
            Ok(BusEvent::OperatorComplete) => "completed one",
            _ => "gave one back",
        };
        format!(" Last, {} {deed} at {} UTC.", who.as_deref().unwrap_or("somebody"), At::from(at).clock())
    });
    Ok(Failed::Conflict(format!(
        "The preview of {} UTC counted {} commands; {now}.{through} Nothing was changed; preview again.",
        previewed.at.clock(),
        previewed.count
    )))
}

pub(in crate::deeds) fn carried(resent: Resent) -> Carried {
    match resent {
        Resent::Gone => Carried::Gone,
        Resent::Skipped(reason) => Carried::Skipped(reason),
        Resent::Sent { msg_id, attempts_before, queue } => {
            let change = |field: &str, before: serde_json::Value, after: serde_json::Value| FieldChange {
                on: "command".into(),
                field: field.into(),
                before,
                after,
            };
            let mut changes =
                vec![change("status", CommandStatus::InTroubleshootingQueue.word().into(), CommandStatus::Pending.word().into())];
            if attempts_before != 0 {
                changes.push(change("attempts", attempts_before.into(), 0.into()));
            }
            Carried::Sent(Sent { msg_id, changes, effects: vec![format!("The payload is sent to {queue} again as message {msg_id}.")] })
        }
    }
}

/// Items looked at before an operation begins, to say what would become of them.
const LOOKED_AT: i64 = 200;

/// The first ones that would be sent: command, domain, type.
pub(in crate::deeds) async fn first_waiting(change: &mut Change, operation: OperationId) -> Result<Vec<(Uuid, String, String)>, Failed> {
    Ok(sqlx::query_as(
        "select c.command_id, c.domain, c.command_type from console.operation_item i
           join commandbus.command c on c.tenant_id = i.tenant_id and c.command_id = i.command_id
         where i.operation_id = $1 and i.state = 'WAITING' order by i.seq limit $2",
    )
    .bind(operation.0)
    .bind(LOOKED_AT)
    .fetch_all(change.conn())
    .await?)
}
