//! A worker: claims commands of one domain, runs their handlers side by side, keeps their leases, and
//! hands what they return to the completer. Stops gently when told to.

use crate::claim::Claimant;
use crate::completer::{self, Finished};
use crate::contract::{self, Check, Checked, Objection, Written};
use crate::failure::{Failure, RetryPolicy};
use crate::{Bus, BusError, Claimed, heartbeat, sweep};
use serde_json::Value;
use std::collections::HashMap;
use std::future::Future;
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, mpsc};
use tokio::task::AbortHandle;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

/// How a worker works.
#[derive(Debug, Clone)]
pub struct WorkerOptions {
    /// Names it in histories and on screens; different for every worker of a host.
    pub name: String,
    /// The build it runs, such as a commit.
    pub build: String,
    /// Handlers running at the same time.
    pub concurrency: usize,
    /// Commands claimed at once, at most.
    pub batch: usize,
    /// How long a claim holds without being extended; another worker may take over afterwards.
    pub lease: Duration,
    /// How often an empty queue is looked at.
    pub poll: Duration,
    /// How long handlers may go on when the worker is told to stop.
    pub drain: Duration,
    pub retry: RetryPolicy,
}

impl Default for WorkerOptions {
    fn default() -> Self {
        Self {
            name: "worker".to_owned(),
            build: "unknown".to_owned(),
            concurrency: 4,
            batch: 16,
            lease: Duration::from_secs(30),
            poll: Duration::from_millis(100),
            drain: Duration::from_secs(10),
            retry: RetryPolicy::default(),
        }
    }
}

/// What a worker did, as told when it has stopped.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct WorkerReport {
    pub completed: u64,
    pub failed: u64,
    /// Completions and failures that came too late and were refused.
    pub stale: u64,
}

#[derive(Debug, Default)]
pub(crate) struct Counters {
    pub completed: AtomicU64,
    pub failed: AtomicU64,
    pub stale: AtomicU64,
}

type Answer = Pin<Box<dyn Future<Output = Result<Value, Failure>> + Send>>;
type Handler = Arc<dyn Fn(Claimed) -> Answer + Send + Sync>;

/// A command being worked on.
pub(crate) struct InHand {
    pub claimed: Claimed,
    /// When the lease was last known to hold, by this process's own clock.
    pub held_since: Instant,
    pub abort: Option<AbortHandle>,
}

/// What the tasks of one worker share.
pub(crate) struct Shared {
    pub bus: Bus,
    pub claimant: Claimant,
    pub options: WorkerOptions,
    pub counters: Counters,
    pub stopping: AtomicBool,
    pub contracts: Vec<Written>,
    /// Types this worker checks payloads of.
    pub checks: Vec<String>,
    /// Set once the contracts are written down.
    pub registered: AtomicBool,
    in_hand: Mutex<HashMap<(Uuid, i64), InHand>>,
}

impl Shared {
    pub(crate) fn in_hand(&self) -> MutexGuard<'_, HashMap<(Uuid, i64), InHand>> {
        self.in_hand.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A worker of one domain. See the example at the top of the crate.
pub struct Worker {
    bus: Bus,
    domain: String,
    options: WorkerOptions,
    handlers: HashMap<String, Handler>,
    contracts: Vec<(String, Value)>,
    checks: HashMap<String, Check>,
}

impl Worker {
    #[must_use]
    pub fn new(bus: Bus, domain: &str, options: WorkerOptions) -> Self {
        Self { bus, domain: domain.to_owned(), options, handlers: HashMap::new(), contracts: Vec::new(), checks: HashMap::new() }
    }

    /// Says what is done with commands of a type. A handler may run again for a command it has seen
    /// before, after a failure or when a worker was lost, so its effects have to bear that.
    #[must_use]
    pub fn handle<F, A>(mut self, command_type: &str, handler: F) -> Self
    where
        F: Fn(Claimed) -> A + Send + Sync + 'static,
        A: Future<Output = Result<Value, Failure>> + Send + 'static,
    {
        self.handlers.insert(command_type.to_owned(), Arc::new(move |claimed| Box::pin(handler(claimed))));
        self
    }

    /// Says what payloads of a type look like: a JSON Schema of an object. `"x-edit"` of a field says whether support staff may change it
    /// (`"free"`, as without a word), never (`"locked"`, with `"x-reason"` as why), or only unseen (`"sensitive"`). What is sensitive may name a
    /// class (`"x-class"`): `personal` (as without a word) and `internal` are revealed to who may; `payment`, `health`, `private` and any
    /// other word only while the customer agrees ([`Bus::give_consent`]). [`Worker::run`] refuses a keyword that would not be kept.
    #[must_use]
    pub fn contract(mut self, command_type: &str, schema: Value) -> Self {
        self.contracts.push((command_type.to_owned(), schema));
        self
    }

    /// Says whether a payload of a type would be taken, without doing anything: support staff ask before they send an edited one. An
    /// empty answer is a yes. It has ten seconds.
    #[must_use]
    pub fn check<F, A>(mut self, command_type: &str, ask: F) -> Self
    where
        F: Fn(Checked) -> A + Send + Sync + 'static,
        A: Future<Output = Vec<Objection>> + Send + 'static,
    {
        self.checks.insert(command_type.to_owned(), contract::check(ask));
        self
    }

    /// Works until `shutdown` is cancelled, then lets handlers finish for [`WorkerOptions::drain`] and
    /// gives back what they did not. Outages of the database are waited out.
    ///
    /// # Errors
    /// When the domain's name is not one, or a contract says what is not kept.
    pub async fn run(self, shutdown: CancellationToken) -> Result<WorkerReport, BusError> {
        crate::wire::command_queue(&self.domain)?;
        let Self { bus, domain, mut options, handlers, contracts, checks } = self;
        let contracts = contracts.iter().map(|(command_type, schema)| contract::written(command_type, schema)).collect::<Result<_, _>>()?;
        options.concurrency = options.concurrency.max(1);
        options.batch = options.batch.clamp(1, options.concurrency);
        let claimant = Claimant {
            domain: domain.into(),
            worker: options.name.as_str().into(),
            build: options.build.as_str().into(),
            lease: options.lease,
        };
        let shared = Arc::new(Shared {
            bus,
            claimant,
            options,
            counters: Counters::default(),
            stopping: AtomicBool::new(false),
            contracts,
            checks: checks.keys().cloned().collect(),
            registered: AtomicBool::new(false),
            in_hand: Mutex::default(),
        });
        // Ends the tasks below also when this future is dropped in the middle.
        let background = CancellationToken::new();
        let _guard = background.clone().drop_guard();
        let (finished, queue) = mpsc::channel(shared.options.concurrency * 2);
        let beats = tokio::spawn(heartbeat::run(shared.clone(), background.clone()));
        let sweeps = tokio::spawn(sweep::run(shared.clone(), background.clone()));
        let answers = tokio::spawn(contract::run(shared.clone(), checks, background.clone()));
        let completions = tokio::spawn(completer::run(shared.clone(), queue));
        let permits = Arc::new(Semaphore::new(shared.options.concurrency));
        claim_until(&shared, &shutdown, &permits, &handlers, &finished).await;
        drain(&shared, &permits).await;
        drop(finished);
        // The completer ends when the last handler has handed over its result.
        let _ = completions.await;
        background.cancel();
        let _ = tokio::join!(beats, sweeps, answers);
        sweep::say_goodbye(&shared).await;
        Ok(report(&shared.counters))
    }
}

fn report(counters: &Counters) -> WorkerReport {
    let read = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
    WorkerReport { completed: read(&counters.completed), failed: read(&counters.failed), stale: read(&counters.stale) }
}

/// Claims as long as there is room and work. A claim under way is never cut off: what it took would
/// be held by nobody until its lease ends.
async fn claim_until(
    shared: &Arc<Shared>,
    shutdown: &CancellationToken,
    permits: &Arc<Semaphore>,
    handlers: &HashMap<String, Handler>,
    finished: &mpsc::Sender<Finished>,
) {
    let mut trouble = 0_u32;
    loop {
        let first = tokio::select! {
            () = shutdown.cancelled() => return,
            permit = permits.clone().acquire_owned() => permit,
        };
        let Ok(first) = first else { return };
        let mut room = vec![first];
        while room.len() < shared.options.batch
            && let Ok(permit) = permits.clone().try_acquire_owned()
        {
            room.push(permit);
        }
        let wanted = room.len();
        let claimed = match claim(shared, wanted).await {
            Ok(claimed) => {
                trouble = 0;
                claimed
            }
            Err(error) => {
                tracing::warn!(domain = %shared.claimant.domain, worker = shared.options.name, %error, "claiming failed; trying again");
                trouble = (trouble + 1).min(5);
                Vec::new()
            }
        };
        let full = claimed.len() == wanted;
        for (claimed, permit) in claimed.into_iter().zip(room) {
            start(shared, claimed, handlers, finished.clone(), permit);
        }
        if !full {
            let pause = shared.options.poll.max(Duration::from_millis(u64::from(trouble) * 400));
            tokio::select! {
                () = shutdown.cancelled() => return,
                () = tokio::time::sleep(pause) => {}
            }
        }
    }
}

async fn claim(shared: &Shared, most: usize) -> Result<Vec<Claimed>, BusError> {
    shared.bus.ensure_domain(&shared.claimant.domain).await?;
    shared.bus.claim(&shared.claimant, most).await
}

fn start(
    shared: &Arc<Shared>,
    claimed: Claimed,
    handlers: &HashMap<String, Handler>,
    finished: mpsc::Sender<Finished>,
    permit: OwnedSemaphorePermit,
) {
    let key = (claimed.command_id.0, claimed.epoch);
    let answer = match handlers.get(&claimed.command_type) {
        Some(_) if claimed.unreadable => unreadable(),
        Some(handler) => handler(claimed.clone()),
        None => unknown(&claimed, &shared.options.name),
    };
    let in_hand = InHand { claimed: claimed.clone(), held_since: Instant::now(), abort: None };
    shared.in_hand().insert(key, in_hand);
    let handler = tokio::spawn(answer);
    if let Some(entry) = shared.in_hand().get_mut(&key) {
        entry.abort = Some(handler.abort_handle());
    }
    tokio::spawn(async move {
        let result = match handler.await {
            Ok(result) => Some(result),
            Err(error) if error.is_panic() => Some(Err(panicked(error.into_panic()))),
            // Aborted while stopping: given back.
            Err(_) => None,
        };
        // The receiver outlives all senders but in an aborted worker, whose leases then end by themselves.
        let _ = finished.send(Finished { claimed, result, permit }).await;
    });
}

fn unknown(claimed: &Claimed, worker: &str) -> Answer {
    let message = format!(
        "The worker {worker} has no handler for commands of type \u{201c}{}\u{201d}. Deploy a worker that has one, then retry the command.",
        claimed.command_type
    );
    let failure = Failure::permanent("UNKNOWN_COMMAND_TYPE", "No worker knows this type of command", message);
    Box::pin(std::future::ready(Err(failure)))
}

fn unreadable() -> Answer {
    let failure = Failure::permanent("PAYLOAD_UNREADABLE", "The payload cannot be read by a worker", crate::claim::UNREADABLE);
    Box::pin(std::future::ready(Err(failure)))
}

fn panicked(panic: Box<dyn std::any::Any + Send>) -> Failure {
    let said = panic.downcast_ref::<&str>().map(|text| (*text).to_owned()).or_else(|| panic.downcast_ref::<String>().cloned());
    let said = said.unwrap_or_else(|| "no message".to_owned());
    Failure::transient(
        "HANDLER_PANICKED",
        "The handler of the command crashed",
        format!("The handler crashed: {said}. This is a defect in the worker's program; the log has the place."),
    )
}

/// Waits for handlers: first as they please, then told to stop, then cut off.
async fn drain(shared: &Shared, permits: &Arc<Semaphore>) {
    let all = u32::try_from(shared.options.concurrency).unwrap_or(u32::MAX);
    if tokio::time::timeout(shared.options.drain, permits.acquire_many(all)).await.is_ok() {
        return;
    }
    shared.stopping.store(true, Ordering::Relaxed);
    for entry in shared.in_hand().values() {
        entry.claimed.cancel.cancel();
    }
    if tokio::time::timeout(Duration::from_secs(5), permits.acquire_many(all)).await.is_ok() {
        return;
    }
    for entry in shared.in_hand().values() {
        if let Some(abort) = &entry.abort {
            abort.abort();
        }
    }
}
