//! Puts what handlers return into the database. Results that arrive within a few milliseconds of
//! each other share one transaction; one result that cannot be stored does not hold up the others.

use crate::error::may_pass;
use crate::failure::Failure;
use crate::finish::{Completion, Finish};
use crate::worker::Shared;
use crate::{BusError, Claimed, wire};
use serde_json::Value;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;
use tokio::sync::{OwnedSemaphorePermit, mpsc};
use tokio::time::Instant;

/// How long the first result waits for company.
const GATHER: Duration = Duration::from_millis(3);
const MOST: usize = 256;
/// After this many leases without a database there is nobody left to tell.
const GIVE_UP_AFTER_LEASES: u32 = 20;

/// A handler's result; none if it was cut off.
pub(crate) struct Finished {
    pub claimed: Claimed,
    pub result: Option<Result<Value, Failure>>,
    /// Given back only when the result is stored, so that no more is claimed than can be finished.
    pub permit: OwnedSemaphorePermit,
}

pub(crate) async fn run(shared: Arc<Shared>, mut queue: mpsc::Receiver<Finished>) {
    while let Some(first) = queue.recv().await {
        let mut batch = vec![first];
        let until = Instant::now() + GATHER;
        while batch.len() < MOST.min(shared.options.concurrency) {
            match tokio::time::timeout_at(until, queue.recv()).await {
                Ok(Some(next)) => batch.push(next),
                Ok(None) | Err(_) => break,
            }
        }
        store(&shared, batch).await;
    }
}

async fn store(shared: &Shared, batch: Vec<Finished>) {
    let (mut results, mut others) = (Vec::new(), Vec::new());
    for finished in batch {
        let Finished { claimed, result, permit } = finished;
        match result {
            Some(Ok(value)) if wire::storable(&value) => results.push((claimed, value, permit)),
            Some(Ok(_)) => others.push((claimed, Some(unstorable("it contains the character U+0000")), permit)),
            Some(Err(failure)) => others.push((claimed, Some(failure), permit)),
            None => others.push((claimed, None, permit)),
        }
    }
    let pairs: Vec<(Claimed, Value)> = results.iter().map(|(c, v, _)| (c.clone(), v.clone())).collect();
    complete(shared, &pairs).await;
    for (claimed, _, _) in &results {
        shared.in_hand().remove(&(claimed.command_id.0, claimed.epoch));
    }
    drop(results);
    for (claimed, failure, permit) in others {
        fail(shared, &claimed, failure).await;
        shared.in_hand().remove(&(claimed.command_id.0, claimed.epoch));
        drop(permit);
    }
}

async fn complete(shared: &Shared, pairs: &[(Claimed, Value)]) {
    if pairs.is_empty() {
        return;
    }
    let batch: Vec<Completion<'_>> = pairs.iter().map(|(claimed, result)| Completion { claimed, result }).collect();
    match insist(shared, || shared.bus.complete_many(&batch)).await {
        Ok(finishes) => {
            for ((claimed, _), finish) in pairs.iter().zip(finishes) {
                count(shared, claimed, finish, true);
            }
        }
        Err(error) if pairs.len() == 1 => fail(shared, &pairs[0].0, Some(unstorable(&error.to_string()))).await,
        // One of them is at fault; the others shall not suffer.
        Err(_) => {
            for pair in pairs {
                Box::pin(complete(shared, std::slice::from_ref(pair))).await;
            }
        }
    }
}

async fn fail(shared: &Shared, claimed: &Claimed, failure: Option<Failure>) {
    let stopping = shared.stopping.load(Ordering::Relaxed);
    let done = match failure {
        Some(failure) if !(stopping && claimed.is_cancelled()) => {
            insist(shared, || shared.bus.fail(claimed, &failure, &shared.options.retry)).await
        }
        _ => insist(shared, || shared.bus.give_back(claimed)).await,
    };
    match done {
        Ok(finish) => count(shared, claimed, finish, false),
        Err(error) => {
            tracing::error!(command = %claimed.command_id, %error, "a failure could not be recorded; the lease will end by itself");
        }
    }
}

fn count(shared: &Shared, claimed: &Claimed, finish: Finish, completed: bool) {
    let counters = &shared.counters;
    let counter = match (finish, completed) {
        (Finish::Done, true) => &counters.completed,
        (Finish::Done, false) => &counters.failed,
        (Finish::Stale, _) => {
            tracing::warn!(command = %claimed.command_id, epoch = claimed.epoch, worker = %claimed.worker, "a late result was refused");
            &counters.stale
        }
    };
    counter.fetch_add(1, Ordering::Relaxed);
}

fn unstorable(why: &str) -> Failure {
    Failure::permanent(
        "RESULT_NOT_STORED",
        "The result of the command could not be stored",
        format!(
            "The handler finished, but its result could not be stored: {why}. What it did outside may have taken effect; mend the handler before retrying."
        ),
    )
}

/// Repeats while the database is away. Repeating is safe: everything is fenced on the claim.
async fn insist<T, F>(shared: &Shared, deed: impl Fn() -> F) -> Result<T, BusError>
where
    F: Future<Output = Result<T, BusError>>,
{
    let give_up = Instant::now() + shared.options.lease * GIVE_UP_AFTER_LEASES;
    let mut pause = Duration::from_millis(50);
    loop {
        match deed().await {
            Err(BusError::Database(error)) if may_pass(&error) && Instant::now() < give_up => {
                tracing::warn!(%error, "a result could not be stored; trying again");
                tokio::time::sleep(pause).await;
                pause = (pause * 2).min(Duration::from_secs(2));
            }
            other => return other,
        }
    }
}
