//! The door for actions that go on after their request. The path is `deed`'s; what commits is the intent: an operation
//! and its frozen set of items, with the entry closed as `accepted`. The runner carries it out, also when nobody looks.
//! Not in here: when what is sent (see `runner`), and what is done to an item.

use crate::{
    Change, Failed,
    deed::{Ended, Way},
};
use domain::{Accepted, Action, At, FieldChange, Meta, OperationId, OperationState, Plan, SkipReason};
use serde_json::Value;
use sqlx::{PgConnection, types::time::OffsetDateTime};
use std::{future::Future, pin::Pin};
use uuid::Uuid;

/// What is to be done, as written into the operation.
pub struct Intent {
    /// Hash of the preview it follows; each preview starts one operation.
    pub preview: Vec<u8>,
    /// What the set was chosen by.
    pub filter: Value,
    pub plan: Plan,
}

/// The set as it was frozen.
pub struct Frozen {
    pub waiting: i64,
    pub skipped: i64,
}

/// An action whose work goes on after its request. Only such an action can open an operation, and it has no other way to run.
pub trait HandOff: Action<Output = Accepted> {
    /// The deed that is done to each item: each leaves an entry as if it had been done alone.
    const EACH: &'static Meta;
    /// Reads and judges what is wanted; changes nothing.
    fn intend(&self, change: &mut Change) -> impl Future<Output = Result<Intent, Failed>> + Send;
    /// Writes the items of the operation, which is there already.
    fn freeze(&self, change: &mut Change, operation: OperationId) -> impl Future<Output = Result<Frozen, Failed>> + Send;
    /// Does it to the commands of a chunk, whose turn it is; says of each what came of it.
    fn carry(chunk: &mut Chunk<'_>) -> impl Future<Output = Result<Vec<(Uuid, Carried)>, Failed>> + Send;
}

/// Some items whose turn it is, in a transaction under the runner's lease.
pub struct Chunk<'a> {
    pub(crate) connection: &'a mut PgConnection,
    pub(crate) commands: &'a [Uuid],
    pub(crate) who: &'a str,
}

impl Chunk<'_> {
    /// The connection, scoped to the lease.
    pub fn conn(&mut self) -> &mut PgConnection {
        self.connection
    }
    #[must_use]
    pub fn commands(&self) -> &[Uuid] {
        self.commands
    }
    /// Who started the operation.
    #[must_use]
    pub fn who(&self) -> &str {
        self.who
    }
}

/// What came of an item.
pub enum Carried {
    Sent(Sent),
    Skipped(SkipReason),
    Gone,
}

/// What the item's own entry says.
pub struct Sent {
    pub msg_id: i64,
    pub changes: Vec<FieldChange>,
    pub effects: Vec<String>,
}

/// [`HandOff::carry`] of some action.
pub(crate) struct Carrier {
    pub each: &'static Meta,
    pub run: for<'a> fn(&'a mut Chunk<'_>) -> Turns<'a>,
}

pub(crate) type Turns<'a> = Pin<Box<dyn Future<Output = Result<Vec<(Uuid, Carried)>, Failed>> + Send + 'a>>;
pub(crate) type Carry = fn() -> Carrier;

/// Erases how an action is carried.
pub(crate) fn carry<A: HandOff>() -> Carrier {
    Carrier { each: A::EACH, run: |chunk| Box::pin(A::carry(chunk)) }
}

/// The way of an action that goes on after its request.
pub(crate) struct HandOver;

impl<A: HandOff> Way<A> for HandOver {
    type Ready = ();
    async fn ready(_: &mut A, _: &crate::Aside) -> Result<(), Failed> {
        Ok(())
    }
    async fn work(action: A, (): (), change: &mut Change, entry: i64) -> Result<(Accepted, Ended), Failed> {
        let accepted = accept(&action, change, entry).await?;
        let ended = Ended::Accepted(accepted.operation);
        Ok((accepted, ended))
    }
}

async fn accept<A: HandOff>(action: &A, change: &mut Change, entry: i64) -> Result<Accepted, Failed> {
    let intent = action.intend(change).await?;
    let operation = open(change, A::META.name, entry, &intent).await?;
    let frozen = action.freeze(change, operation).await?;
    sqlx::query("update console.operation set total = $2 + $3, waiting = $2, skipped = $3, paced_at = clock_timestamp() where id = $1")
        .bind(operation.0)
        .bind(i32::try_from(frozen.waiting).unwrap_or(i32::MAX))
        .bind(i32::try_from(frozen.skipped).unwrap_or(i32::MAX))
        .execute(change.conn())
        .await?;
    let proposed = propose_if_large(change, operation, frozen.waiting).await?;
    Ok(Accepted { operation, items: frozen.waiting, skipped: frozen.skipped, proposed })
}

/// Above the size that is set, a second person has to agree before anything is sent.
async fn propose_if_large(change: &mut Change, operation: OperationId, waiting: i64) -> Result<bool, Failed> {
    let above: i32 = sqlx::query_scalar("select approve_above from console.setting").fetch_one(change.conn()).await?;
    if waiting <= i64::from(above) {
        return Ok(false);
    }
    let note = format!("It is about more than {above} commands, so a second person has to approve it within a day.");
    sqlx::query("update console.operation set state = $2, note = $3 where id = $1")
        .bind(operation.0)
        .bind(OperationState::Proposed.word())
        .bind(&note)
        .execute(change.conn())
        .await?;
    change.effect(format!("Nothing is sent yet. {note}"));
    Ok(true)
}

/// Writes the operation's row. Of two starts with one preview the second waits here for the first, and reads who was first.
async fn open(change: &mut Change, action: &str, entry: i64, intent: &Intent) -> Result<OperationId, Failed> {
    let tenant = change.tenant().ok_or(Failed::NotFound)?;
    let (staff, name) = (change.actor().staff, change.actor().name.clone());
    let number = |value: i64| i32::try_from(value).map_err(|_| Failed::BadInput("That number is too large.".into()));
    let (rate, halt_percent) = (number(intent.plan.rate)?, number(intent.plan.halt_percent)?);
    let opened: Option<Uuid> = sqlx::query_scalar(
        "insert into console.operation (tenant_id, action, staff_id, staff_name, audit_id, preview, filter, rate, canary, halt_percent, state)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, case when $9 then 'CANARY' else 'RAMPING' end)
         on conflict (tenant_id, preview) do nothing returning id",
    )
    .bind(tenant.0)
    .bind(action)
    .bind(staff.0)
    .bind(&name)
    .bind(entry)
    .bind(&intent.preview)
    .bind(&intent.filter)
    .bind(rate)
    .bind(intent.plan.canary)
    .bind(halt_percent)
    .fetch_optional(change.conn())
    .await?;
    match opened {
        Some(id) => Ok(OperationId(id)),
        None => Err(used(change, tenant.0, &intent.preview).await?),
    }
}

async fn used(change: &mut Change, tenant: Uuid, preview: &[u8]) -> Result<Failed, Failed> {
    let (who, at, id): (String, OffsetDateTime, Uuid) =
        sqlx::query_as("select staff_name, created_at, id from console.operation where tenant_id = $1 and preview = $2")
            .bind(tenant)
            .bind(preview)
            .fetch_one(change.conn())
            .await?;
    Ok(Failed::Conflict(format!(
        "{who} started operation {id} from this preview at {} UTC, and a preview starts only one. Nothing was changed; preview again.",
        At::from(at).clock()
    )))
}
