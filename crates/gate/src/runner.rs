//! The runner carries operations out. Any number of servers run one: an operation is claimed under a lease of five seconds, and
//! each chunk is one transaction that holds the operation's row, follows outcomes, decides, sends, and writes the items, the
//! counts and an entry for each row. Killed at any moment, a chunk has happened or it has not.
//! Not in here: what comes next (`domain::step`), what is done to an item (`HandOff::carry`), how often it runs.

use crate::{
    Entry, Failed, Logins, OpenError,
    error::database,
    hand_off::{Carried, Carrier, Chunk},
    pools::pool,
};
use domain::{At, CommandId, ItemState, OperationState, Pace, Plan, Problem, Progress, Step, Subject, due, paced, step};
use serde_json::{Value, json};
use sqlx::{PgConnection, PgPool, types::time::OffsetDateTime};
use std::collections::HashMap;
use store::operation::{self, Ending, Held, Lease, Turn};
use uuid::Uuid;

/// Rows sent in one transaction: enough to be fast, few enough to be held up for a moment only.
const CHUNK: i64 = 1_000;
/// Operations one runner holds at a time.
const HELD_AT_ONCE: i64 = 16;

/// Carries operations out for one process.
pub struct Runner {
    pool: PgPool,
    lease: Lease,
    actions: &'static [Entry],
    /// How far the outcomes of an operation were looked through; then from the start again.
    cursors: HashMap<Uuid, i32>,
}

impl Runner {
    /// `secret` are random bytes of this process; `actions` the table in which operations find how they are carried.
    pub async fn open(logins: &Logins, name: String, secret: [u8; 32], actions: &'static [Entry]) -> Result<Self, OpenError> {
        let lease = Lease { runner: name, secret: hex::encode(secret) };
        Ok(Self { pool: pool(logins, "ops_hand", 2).await?, lease, actions, cursors: HashMap::new() })
    }

    /// One chunk of each operation that is open and not somebody else's; true when there is more to do at once.
    pub async fn round(&mut self) -> Result<bool, Problem> {
        let mine = self.claim().await.map_err(|error| database(&error))?;
        self.cursors.retain(|operation, _| mine.contains(operation));
        let (mut more, mut failed) = (false, None);
        for operation in mine {
            // One that fails must not hold the others up.
            match self.chunk(operation).await {
                Ok(again) => more |= again,
                Err(problem) => failed = Some(Problem::from(problem)),
            }
        }
        failed.map_or(Ok(more), Err)
    }

    /// Gives up what nobody approved, and forgets operations that ended long ago.
    pub async fn prune(&self) -> Result<u64, Problem> {
        let mut connection = self.pool.acquire().await.map_err(|error| database(&error))?;
        operation::lapse(&mut connection).await.map_err(|error| database(&error))?;
        operation::prune(&mut connection).await.map_err(|error| database(&error))
    }

    async fn claim(&self) -> Result<Vec<Uuid>, sqlx::Error> {
        operation::claim(&mut *self.pool.acquire().await?, &self.lease, HELD_AT_ONCE).await
    }

    async fn chunk(&mut self, operation: Uuid) -> Result<bool, Failed> {
        let mut tx = self.pool.begin().await?;
        let Some(mut held) = operation::hold(&mut tx, &self.lease, operation).await? else {
            tx.rollback().await?;
            return Ok(false);
        };
        let cursor = self.cursors.entry(operation).or_default();
        let followed = operation::follow(&mut tx, &held, *cursor).await?;
        let before = std::mem::replace(cursor, followed.last.unwrap_or(0));
        held.sent -= followed.succeeded + followed.failed + followed.gone;
        held.succeeded += followed.succeeded;
        held.failed += followed.failed;
        let done = self.go_on(&mut tx, &held).await;
        let more = match done {
            Ok(more) => more,
            Err(failed) => {
                self.cursors.insert(operation, before);
                return Err(failed);
            }
        };
        tx.commit().await?;
        Ok(more)
    }

    async fn go_on(&self, connection: &mut PgConnection, held: &Held) -> Result<bool, Failed> {
        let (plan, progress) = (plan(held), progress(held)?);
        match step(plan, progress) {
            Step::Send { most, ramping } => self.send(connection, held, plan, (most, ramping)).await,
            Step::Halt(why) => {
                tracing::warn!(operation = %held.id, %why, "an operation halted");
                operation::stand(connection, held, OperationState::Halted, Some(&why), false).await?;
                Ok(false)
            }
            Step::Finish => {
                operation::stand(connection, held, OperationState::Finished, None, true).await?;
                Ok(false)
            }
            Step::SkipRest => {
                operation::skip_rest(connection, held).await?;
                Ok(true)
            }
            Step::Wait => {
                if progress.state == OperationState::Canceled && progress.waiting + progress.sent == 0 {
                    operation::stand(connection, held, OperationState::Canceled, None, true).await?;
                }
                Ok(false)
            }
        }
    }

    async fn send(&self, connection: &mut PgConnection, held: &Held, plan: Plan, (most, ramping): (i64, bool)) -> Result<bool, Failed> {
        let pace = Pace { paced: micros(held.paced_at), now: micros(held.now) };
        let due = due(plan.rate, pace);
        if due < 1 {
            return Ok(false);
        }
        let items = operation::next_items(&mut *connection, held, most.min(due).min(CHUNK)).await?;
        if items.is_empty() {
            return Ok(false);
        }
        let carrier = self.carrier(&held.action)?;
        let commands: Vec<Uuid> = items.iter().map(|(_, command)| *command).collect();
        let mut chunk = Chunk { connection: &mut *connection, commands: &commands, who: &held.staff_name };
        let carried = (carrier.run)(&mut chunk).await?;
        let entries = write_entries(&mut *connection, &carrier, &carried).await?;
        let carried: HashMap<Uuid, Carried> = carried.into_iter().collect();
        let turns: Vec<Turn> = items.iter().map(|(seq, command)| turn(*seq, carried.get(command), entries.get(command))).collect();
        let sent = turns.iter().filter(|turn| turn.state == ItemState::Sent).count();
        let ending = Ending {
            state: if ramping { OperationState::Ramping } else { OperationState::Canary },
            paced_at: moment(paced(plan.rate, pace, i64::try_from(sent).unwrap_or(CHUNK))),
            finished: false,
        };
        operation::turned(connection, held, &turns, ending).await?;
        Ok(due > CHUNK && most > CHUNK)
    }

    fn carrier(&self, action: &str) -> Result<Carrier, Failed> {
        let carry = self.actions.iter().find(|entry| entry.meta.name == action).and_then(|entry| entry.carry);
        carry.map(|carry| carry()).ok_or_else(|| Failed::Garbled(format!("an operation of the unknown action {action}")))
    }
}

/// An entry for each row that was sent, by its command.
async fn write_entries(
    connection: &mut PgConnection,
    carrier: &Carrier,
    carried: &[(Uuid, Carried)],
) -> Result<HashMap<Uuid, i64>, Failed> {
    let (mut subjects, mut inputs, mut changes, mut effects) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    let mut commands = HashMap::new();
    for (command, outcome) in carried {
        if let Carried::Sent(sent) = outcome {
            let subject = Subject::Command(CommandId(*command)).text();
            commands.insert(subject.clone(), *command);
            subjects.push(subject);
            inputs.push(json!({ "command": command }));
            changes.push(to_value(&sent.changes)?);
            effects.push(to_value(&sent.effects)?);
        }
    }
    if subjects.is_empty() {
        return Ok(HashMap::new());
    }
    let written: Vec<(String, i64)> = sqlx::query_as("select subject, entry_id from audit.write_chunk($1, $2, $3, $4, $5, $6)")
        .bind(carrier.each.name)
        .bind(carrier.each.title)
        .bind(subjects)
        .bind(inputs)
        .bind(changes)
        .bind(effects)
        .fetch_all(connection)
        .await?;
    Ok(written.into_iter().filter_map(|(subject, entry)| Some((commands.remove(&subject)?, entry))).collect())
}

fn to_value(what: &impl serde::Serialize) -> Result<Value, Failed> {
    serde_json::to_value(what).map_err(|error| Failed::Garbled(error.to_string()))
}

fn turn(seq: i32, carried: Option<&Carried>, entry: Option<&i64>) -> Turn {
    let turn = Turn { seq, state: ItemState::Gone, reason: None, msg_id: None, audit: entry.copied() };
    match carried {
        Some(Carried::Sent(sent)) => Turn { state: ItemState::Sent, msg_id: Some(sent.msg_id), ..turn },
        Some(Carried::Skipped(reason)) => Turn { state: ItemState::Skipped, reason: Some(*reason), ..turn },
        Some(Carried::Gone) | None => turn,
    }
}

fn plan(held: &Held) -> Plan {
    Plan { canary: held.canary, halt_percent: held.halt_percent.into(), rate: held.rate.into() }
}

fn progress(held: &Held) -> Result<Progress, Failed> {
    Ok(Progress {
        state: held.state.parse().map_err(|error: domain::BadState| Failed::Garbled(error.to_string()))?,
        waiting: held.waiting.into(),
        sent: held.sent.into(),
        succeeded: held.succeeded.into(),
        failed: held.failed.into(),
        base_attempted: held.base_attempted.into(),
        base_succeeded: held.base_succeeded.into(),
        base_failed: held.base_failed.into(),
    })
}

fn micros(at: OffsetDateTime) -> i64 {
    i64::try_from(at.unix_timestamp_nanos() / 1000).unwrap_or(i64::MAX)
}

fn moment(micros: i64) -> OffsetDateTime {
    let nanos = i128::from(micros) * 1000;
    OffsetDateTime::from_unix_timestamp_nanos(nanos).unwrap_or_else(|_| At::from_millis(micros / 1000).into())
}
