//! What the runner of operations asks of the database: claiming them under a lease, following outcomes, taking items and
//! writing down what came of them. Not in here: what comes next (see `domain`), transactions, sending.

use domain::{CommandStatus, ItemState, OperationState, SkipReason};
use sqlx::{PgConnection, types::time::OffsetDateTime};
use uuid::Uuid;

/// Rows skipped in one transaction when an operation was given up.
const SKIPPED_AT_ONCE: i32 = 5_000;
/// Sent items looked at in one transaction.
pub const FOLLOWED_AT_ONCE: i32 = 1_000;

/// How a runner proves to the database that an operation is its own.
#[derive(Clone)]
pub struct Lease {
    /// Name of the process, for people.
    pub runner: String,
    /// Known to this process only; the database keeps its hash.
    pub secret: String,
}

/// An operation held by this transaction.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct Held {
    pub tenant_id: Uuid,
    pub id: Uuid,
    pub action: String,
    pub staff_name: String,
    pub rate: i32,
    pub canary: bool,
    pub halt_percent: i32,
    pub state: String,
    pub waiting: i32,
    pub sent: i32,
    pub succeeded: i32,
    pub failed: i32,
    pub reached: i32,
    pub base_attempted: i32,
    pub base_succeeded: i32,
    pub base_failed: i32,
    pub paced_at: OffsetDateTime,
    pub now: OffsetDateTime,
}

/// What came of an item's turn.
#[derive(Clone, Debug)]
pub struct Turn {
    pub seq: i32,
    pub state: ItemState,
    pub reason: Option<SkipReason>,
    pub msg_id: Option<i64>,
    pub audit: Option<i64>,
}

/// What changes in an operation at the end of a chunk.
#[derive(Clone, Copy, Debug)]
pub struct Ending {
    pub state: OperationState,
    pub paced_at: OffsetDateTime,
    pub finished: bool,
}

/// Outcomes that came in.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Followed {
    /// The last item looked at; `None` when there was none after the cursor.
    pub last: Option<i32>,
    pub succeeded: i32,
    pub failed: i32,
    pub gone: i32,
}

/// Claims what is open and nobody's, and renews what is ours; their ids. The lease lasts five seconds.
pub async fn claim(connection: &mut PgConnection, lease: &Lease, most: i64) -> Result<Vec<Uuid>, sqlx::Error> {
    sqlx::query_scalar(
        "with open as (
           select tenant_id, id from console.operation
           where finished_at is null and (state in ('CANARY', 'RAMPING', 'CANCELED') or sent > 0 or waiting = 0)
             and (lease_until is null or lease_until < clock_timestamp() or lease_hash = sha256(convert_to($2, 'UTF8')))
           order by created_at limit $3 for update skip locked)
         update console.operation o set runner = $1, lease_hash = sha256(convert_to($2, 'UTF8')), lease_until = clock_timestamp() + interval '5 seconds'
         from open where o.tenant_id = open.tenant_id and o.id = open.id returning o.id",
    )
    .bind(&lease.runner)
    .bind(&lease.secret)
    .bind(most)
    .fetch_all(connection)
    .await
}

/// Shows the lease to the database for this transaction, renews it, and holds the operation. `None`: it is no longer ours.
pub async fn hold(connection: &mut PgConnection, lease: &Lease, operation: Uuid) -> Result<Option<Held>, sqlx::Error> {
    sqlx::query("select set_config('ops.operation', $1::text, true), set_config('ops.lease', $2, true)")
        .bind(operation.to_string())
        .bind(&lease.secret)
        .execute(&mut *connection)
        .await?;
    sqlx::query_as(
        "update console.operation set lease_until = clock_timestamp() + interval '5 seconds'
         where id = $1 and lease_hash = sha256(convert_to($2, 'UTF8')) and lease_until > clock_timestamp() and finished_at is null
         returning tenant_id, id, action, staff_name, rate, canary, halt_percent, state, waiting, sent, succeeded, failed, reached,
           base_attempted, base_succeeded, base_failed, paced_at, clock_timestamp() as now",
    )
    .bind(operation)
    .bind(&lease.secret)
    .fetch_optional(connection)
    .await
}

/// Looks at sent items after `cursor` and settles those whose command came to an end.
pub async fn follow(connection: &mut PgConnection, held: &Held, cursor: i32) -> Result<Followed, sqlx::Error> {
    let looked: Vec<(i32, Option<String>)> = sqlx::query_as(
        "select i.seq, c.status from console.operation_item i
           left join commandbus.command c on c.tenant_id = i.tenant_id and c.command_id = i.command_id
         where i.tenant_id = $1 and i.operation_id = $2 and i.state = 'SENT' and i.seq > $3 order by i.seq limit $4",
    )
    .bind(held.tenant_id)
    .bind(held.id)
    .bind(cursor)
    .bind(FOLLOWED_AT_ONCE)
    .fetch_all(&mut *connection)
    .await?;
    let settled: Vec<(i32, ItemState)> =
        looked.iter().filter_map(|(seq, status)| Some((*seq, outcome(status.as_deref().map(str::parse).transpose().ok()?)?))).collect();
    let count = |state: ItemState| i32::try_from(settled.iter().filter(|(_, settled)| *settled == state).count()).unwrap_or(i32::MAX);
    let followed = Followed {
        last: looked.last().map(|(seq, _)| *seq),
        succeeded: count(ItemState::Succeeded),
        failed: count(ItemState::Failed),
        gone: count(ItemState::Gone),
    };
    if !settled.is_empty() {
        settle(connection, held, &settled, followed).await?;
    }
    Ok(followed)
}

/// Completed is a success; back in troubleshooting, refused and cancelled are failures; what is under way is no outcome yet.
fn outcome(status: Option<CommandStatus>) -> Option<ItemState> {
    match status {
        None => Some(ItemState::Gone),
        Some(CommandStatus::Completed) => Some(ItemState::Succeeded),
        Some(CommandStatus::Failed | CommandStatus::Canceled | CommandStatus::InTroubleshootingQueue) => Some(ItemState::Failed),
        Some(CommandStatus::Pending | CommandStatus::InProgress) => None,
    }
}

async fn settle(connection: &mut PgConnection, held: &Held, settled: &[(i32, ItemState)], followed: Followed) -> Result<(), sqlx::Error> {
    sqlx::query(
        "update console.operation_item i set state = t.state, settled_at = clock_timestamp() from unnest($3::int[], $4::text[]) as t (seq, state)
         where i.tenant_id = $1 and i.operation_id = $2 and i.seq = t.seq",
    )
    .bind(held.tenant_id)
    .bind(held.id)
    .bind(settled.iter().map(|(seq, _)| *seq).collect::<Vec<_>>())
    .bind(settled.iter().map(|(_, state)| state.word()).collect::<Vec<_>>())
    .execute(&mut *connection)
    .await?;
    sqlx::query(
        "update console.operation set sent = sent - $3 - $4 - $5, succeeded = succeeded + $3, failed = failed + $4, gone = gone + $5,
           changed_at = clock_timestamp() where tenant_id = $1 and id = $2",
    )
    .bind(held.tenant_id)
    .bind(held.id)
    .bind(followed.succeeded)
    .bind(followed.failed)
    .bind(followed.gone)
    .execute(connection)
    .await
    .map(drop)
}

/// The next items whose turn it is: place and command.
pub async fn next_items(connection: &mut PgConnection, held: &Held, most: i64) -> Result<Vec<(i32, Uuid)>, sqlx::Error> {
    sqlx::query_as(
        "select i.seq, i.command_id from console.operation_item i
         where i.tenant_id = $1 and i.operation_id = $2 and i.seq > $4 and i.state = 'WAITING' order by i.seq limit $3",
    )
    .bind(held.tenant_id)
    .bind(held.id)
    .bind(most)
    .bind(held.reached)
    .fetch_all(connection)
    .await
}

/// Writes down what came of a chunk, in its items and in the counts.
pub async fn turned(connection: &mut PgConnection, held: &Held, turns: &[Turn], ending: Ending) -> Result<(), sqlx::Error> {
    let words = |f: fn(&Turn) -> Option<&'static str>| turns.iter().map(f).collect::<Vec<_>>();
    sqlx::query(
        "update console.operation_item i set state = t.state, reason = t.reason, msg_id = t.msg_id, audit_id = t.audit,
           sent_at = case when t.state = 'SENT' then clock_timestamp() end, settled_at = case when t.state <> 'SENT' then clock_timestamp() end
         from unnest($3::int[], $4::text[], $5::text[], $6::bigint[], $7::bigint[]) as t (seq, state, reason, msg_id, audit)
         where i.tenant_id = $1 and i.operation_id = $2 and i.seq = t.seq",
    )
    .bind(held.tenant_id)
    .bind(held.id)
    .bind(turns.iter().map(|turn| turn.seq).collect::<Vec<_>>())
    .bind(words(|turn| Some(turn.state.word())))
    .bind(words(|turn| turn.reason.map(SkipReason::word)))
    .bind(turns.iter().map(|turn| turn.msg_id).collect::<Vec<_>>())
    .bind(turns.iter().map(|turn| turn.audit).collect::<Vec<_>>())
    .execute(&mut *connection)
    .await?;
    let count = |state: ItemState| i32::try_from(turns.iter().filter(|turn| turn.state == state).count()).unwrap_or(i32::MAX);
    sqlx::query(
        "update console.operation set waiting = waiting - $3 - $4 - $5, sent = sent + $3, skipped = skipped + $4, gone = gone + $5,
           reached = greatest(reached, $6), state = $7, paced_at = $8, changed_at = clock_timestamp(),
           finished_at = case when $9 then clock_timestamp() end
         where tenant_id = $1 and id = $2",
    )
    .bind(held.tenant_id)
    .bind(held.id)
    .bind(count(ItemState::Sent))
    .bind(count(ItemState::Skipped))
    .bind(count(ItemState::Gone))
    .bind(turns.iter().map(|turn| turn.seq).max().unwrap_or(0))
    .bind(ending.state.word())
    .bind(ending.paced_at)
    .bind(ending.finished)
    .execute(connection)
    .await
    .map(drop)
}

/// Moves the operation to a state with the sentence that says why.
pub async fn stand(
    connection: &mut PgConnection,
    held: &Held,
    state: OperationState,
    note: Option<&str>,
    finished: bool,
) -> Result<(), sqlx::Error> {
    sqlx::query(
        "update console.operation set state = $3, note = coalesce($4, note), changed_at = clock_timestamp(),
           finished_at = case when $5 then clock_timestamp() end where tenant_id = $1 and id = $2",
    )
    .bind(held.tenant_id)
    .bind(held.id)
    .bind(state.word())
    .bind(note)
    .bind(finished)
    .execute(connection)
    .await
    .map(drop)
}

/// Skips some of what still waits in an operation that was given up.
pub async fn skip_rest(connection: &mut PgConnection, held: &Held) -> Result<(), sqlx::Error> {
    // By place, which has no gaps: a join on what a query chose first is slow where the planner guesses wrong.
    sqlx::query(
        "with skipped as (
           update console.operation_item i set state = 'SKIPPED', reason = $5, settled_at = clock_timestamp()
           where i.tenant_id = $1 and i.operation_id = $2 and i.state = 'WAITING' and i.seq > $3 and i.seq <= $3 + $4 returning i.seq)
         update console.operation o set waiting = o.waiting - n.count, skipped = o.skipped + n.count, reached = $3 + $4,
           changed_at = clock_timestamp(), finished_at = case when o.waiting = n.count and o.sent = 0 then clock_timestamp() end
         from (select count(*)::int as count from skipped) n where o.tenant_id = $1 and o.id = $2",
    )
    .bind(held.tenant_id)
    .bind(held.id)
    .bind(held.reached)
    .bind(SKIPPED_AT_ONCE)
    .bind(SkipReason::Canceled.word())
    .execute(connection)
    .await
    .map(drop)
}

/// Gives up proposals that nobody approved within a day: their commands are free for others.
pub async fn lapse(connection: &mut PgConnection) -> Result<u64, sqlx::Error> {
    sqlx::query(
        "update console.operation set state = $1, note = 'Nobody approved it within a day.', changed_at = clock_timestamp()
         where state = $2 and created_at < clock_timestamp() - interval '1 day'",
    )
    .bind(OperationState::Canceled.word())
    .bind(OperationState::Proposed.word())
    .execute(connection)
    .await
    .map(|done| done.rows_affected())
}

/// Forgets operations that ended more than 90 days ago.
pub async fn prune(connection: &mut PgConnection) -> Result<u64, sqlx::Error> {
    sqlx::query("delete from console.operation where finished_at < clock_timestamp() - interval '90 days'")
        .execute(connection)
        .await
        .map(|done| done.rows_affected())
}
