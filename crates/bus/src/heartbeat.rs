//! Keeps the leases of the commands in hand, by the database's clock, and tells handlers whose lease
//! is gone to stop.

use crate::BusError;
use crate::worker::Shared;
use std::collections::HashSet;
use std::sync::Arc;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

pub(crate) async fn run(shared: Arc<Shared>, stop: CancellationToken) {
    let every = shared.options.lease / 3;
    loop {
        tokio::select! {
            () = stop.cancelled() => return,
            () = tokio::time::sleep(every) => {}
        }
        let keys: Vec<(Uuid, i64)> = shared.in_hand().keys().copied().collect();
        if keys.is_empty() {
            continue;
        }
        let asked = Instant::now();
        match extend(&shared, &keys).await {
            Ok(held) => settle(&shared, &keys, &held, asked),
            Err(error) => {
                tracing::warn!(worker = shared.options.name, %error, "leases could not be extended");
                give_up_old(&shared);
            }
        }
    }
}

/// Extends what is still ours and gives its keys.
async fn extend(shared: &Shared, keys: &[(Uuid, i64)]) -> Result<HashSet<(Uuid, i64)>, BusError> {
    let (commands, epochs): (Vec<Uuid>, Vec<i64>) = keys.iter().copied().unzip();
    let queue = crate::wire::command_queue(&shared.claimant.domain)?;
    let mut transaction = shared.bus.pool.begin().await?;
    let held: Vec<(Uuid, i64, Option<i64>)> = sqlx::query_as(
        "update commandbus.command c set lease_until = clock_timestamp() + make_interval(secs => $3)
         from unnest($1::uuid[], $2::bigint[]) as m (command_id, epoch)
         where c.command_id = m.command_id and c.epoch = m.epoch and c.status = 'IN_PROGRESS' and c.worker = $4
         returning c.command_id, c.epoch, c.msg_id",
    )
    .bind(commands)
    .bind(epochs)
    .bind(shared.options.lease.as_secs_f64())
    .bind(&shared.options.name)
    .fetch_all(&mut *transaction)
    .await?;
    // The rows are locked, so nobody else can be holding these messages.
    sqlx::query("select count(*) from pgmq.set_vt($1, $2::bigint[], clock_timestamp() + make_interval(secs => $3))")
        .bind(queue)
        .bind(held.iter().filter_map(|row| row.2).collect::<Vec<_>>())
        .bind(shared.options.lease.as_secs_f64())
        .execute(&mut *transaction)
        .await?;
    transaction.commit().await?;
    Ok(held.into_iter().map(|(command, epoch, _)| (command, epoch)).collect())
}

fn settle(shared: &Shared, keys: &[(Uuid, i64)], held: &HashSet<(Uuid, i64)>, asked: Instant) {
    let mut in_hand = shared.in_hand();
    for key in keys {
        // Gone from hand means finished in the meantime.
        let Some(entry) = in_hand.get_mut(key) else {
            continue;
        };
        if held.contains(key) {
            entry.held_since = asked;
        } else if !entry.claimed.cancel.is_cancelled() {
            tracing::warn!(command = %entry.claimed.command_id, epoch = entry.claimed.epoch, "the lease is gone; the handler is told to stop");
            entry.claimed.cancel.cancel();
        }
    }
}

/// Without the database nobody knows who holds what; after a lease's time somebody else may.
fn give_up_old(shared: &Shared) {
    for entry in shared.in_hand().values() {
        if entry.held_since.elapsed() >= shared.options.lease {
            entry.claimed.cancel.cancel();
        }
    }
}
