//! Group commit: a task writes whatever waits in one transaction, and answers all who wait. Under load a transaction holds more, so
//! that waiting for the disk costs each batch less. There are a few such tasks, and each tenant belongs to one of them: while the database
//! writes one transaction the next is prepared, and no two of them ever wait for the same row. Not in here: what is written.

use super::{Batch, commit::Commit, ring::Ring};
use crate::error::database;
use domain::{Problem, TenantId};
use sqlx::PgPool;
use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Instant,
};
use tokio::sync::{mpsc, oneshot};

/// What may wait to be written, in KiB: the beacon's share of the console's memory, and of that a tenant's, so that one leaves room for others.
const ROOM: u32 = 16 * 1024;
const ROOM_OF_A_TENANT: u32 = 10 * 1024;
/// Tasks that write, each with a connection.
pub(super) const TASKS: u32 = 2;
/// Batches of one transaction at most.
const TOGETHER: usize = 512;

/// How often a transaction begins anew that the database has ended because two waited for each other.
const RETRIES: u32 = 3;

struct Waiting {
    batch: Batch,
    done: oneshot::Sender<Result<(), Problem>>,
    /// Given back when this is gone.
    _place: Place,
}

/// KiB that wait, of each tenant and altogether.
#[derive(Clone, Default)]
struct Room(Arc<Mutex<HashMap<TenantId, u32>>>);

/// So many of them.
struct Place {
    room: Room,
    tenant: TenantId,
    size: u32,
}

impl Room {
    fn take(&self, tenant: TenantId, size: u32) -> Option<Place> {
        let mut waiting = self.lock();
        let all: u32 = waiting.values().sum();
        let of_tenant = waiting.entry(tenant).or_default();
        if all.saturating_add(size) > ROOM || of_tenant.saturating_add(size) > ROOM_OF_A_TENANT {
            return None;
        }
        *of_tenant += size;
        Some(Place { room: self.clone(), tenant, size })
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<TenantId, u32>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut waiting = self.room.lock();
        if let Some(of_tenant) = waiting.get_mut(&self.tenant) {
            *of_tenant -= self.size;
            if *of_tenant == 0 {
                waiting.remove(&self.tenant);
            }
        }
    }
}

#[derive(Clone)]
pub(super) struct Writer {
    /// Of each task.
    queues: Arc<[mpsc::UnboundedSender<Waiting>]>,
    room: Room,
}

impl Writer {
    pub(super) fn start(pool: PgPool, ring: Arc<Ring>) -> Self {
        let task = || {
            let (queue, waiting) = mpsc::unbounded_channel();
            tokio::spawn(write(waiting, Commit::new(pool.clone(), ring.clone())));
            queue
        };
        Self { queues: (0..TASKS).map(|_| task()).collect(), room: Room::default() }
    }

    /// The task a tenant belongs to.
    fn queue(&self, tenant: TenantId) -> &mpsc::UnboundedSender<Waiting> {
        let tasks = self.queues.len() as u128;
        &self.queues[usize::try_from(tenant.0.as_u128() % tasks).unwrap_or(0)]
    }

    /// `None` when there is no room for it.
    pub(super) async fn store(&self, batch: Batch) -> Option<Result<(), Problem>> {
        let size = u32::try_from(batch.weight().div_ceil(1024)).unwrap_or(u32::MAX);
        let place = self.room.take(batch.tenant, size)?;
        let (done, answer) = oneshot::channel();
        self.queue(batch.tenant).send(Waiting { batch, done, _place: place }).ok()?;
        answer.await.ok()
    }
}

fn is_deadlock(error: &sqlx::Error) -> bool {
    error.as_database_error().and_then(|error| error.code()).is_some_and(|code| code == "40P01")
}

async fn write(mut queue: mpsc::UnboundedReceiver<Waiting>, mut commit: Commit) {
    let mut waiting = Vec::with_capacity(TOGETHER);
    loop {
        let due = commit.tells_at();
        let came = tokio::select! {
            biased;
            // What is owed to pages is not put off by a storm.
            () = tokio::time::sleep_until(due.unwrap_or_else(Instant::now).into()), if due.is_some() => {
                commit.tell().await;
                continue;
            }
            came = queue.recv_many(&mut waiting, TOGETHER) => came,
        };
        if came == 0 {
            return;
        }
        let batches: Vec<&Batch> = waiting.iter().map(|waiting| &waiting.batch).collect();
        let mut written = commit.write(&batches).await;
        // Another console has noted a tab of a group that is new to this one: it was let through, and is in nobody's way any more.
        for _ in 0..RETRIES {
            if !written.as_ref().is_err_and(is_deadlock) {
                break;
            }
            written = commit.write(&batches).await;
        }
        match written {
            Ok(()) => waiting.drain(..).for_each(|waiting| drop(waiting.done.send(Ok(())))),
            // One of them may be at fault, and the others are not to suffer for it.
            Err(error) if error.as_database_error().is_some() => {
                tracing::warn!(%error, batches = waiting.len(), "reports could not be written together; each is tried alone");
                for waiting in waiting.drain(..) {
                    let written = commit.write(&[&waiting.batch]).await;
                    drop(waiting.done.send(written.map_err(|error| database(&error))));
                }
            }
            // Nobody answers: none is tried again here, for some may be written, and whoever sent them waits.
            Err(error) => {
                tracing::warn!(%error, batches = waiting.len(), "the database could not be reached for reports; they are refused for now");
                waiting.drain(..).for_each(|waiting| drop(waiting.done.send(Err(database(&error)))));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_tenant_leaves_room_for_others() {
        let (room, loud, other) = (Room::default(), TenantId(uuid::Uuid::nil()), TenantId(uuid::Uuid::max()));
        let held: Vec<Place> = std::iter::from_fn(|| room.take(loud, 1024)).collect();
        assert_eq!(held.len(), 10);
        let others: Vec<Place> = std::iter::from_fn(|| room.take(other, 1024)).collect();
        assert_eq!(others.len(), 6, "all that is left");
        drop((held, others));
        assert!(room.lock().is_empty() && room.take(other, ROOM_OF_A_TENANT).is_some());
        assert!(room.take(loud, u32::MAX).is_none());
    }
}
