//! What watches by itself: runs checks, looks for late heartbeats, raises alerts, and sends what the outbox holds. Not in here: who may
//! save a check (see the deeds), what is judged (see `domain`), SQL (see `gate`).

mod deliver;
mod probe;

pub use deliver::signature;

use crate::{auth::Key, background::every};
use domain::Problem;
use gate::{Claimed, Letter, Monitor};
use outbound::Outbound;
use std::{future::Future, sync::Arc, time::Duration};
use tokio::{
    sync::Semaphore,
    task::JoinSet,
    time::{MissedTickBehavior, interval},
};

/// How often is looked for checks whose turn it is.
const TURN: Duration = Duration::from_millis(250);
/// Checks run at once.
const AT_ONCE: usize = 32;
/// Messages sent at once.
const LETTERS: usize = 8;
/// How often rules are looked at, and late heartbeats looked for.
const LOOK: Duration = Duration::from_secs(2);
const PRUNE: Duration = Duration::from_secs(3600);

/// What the tasks share.
#[derive(Clone)]
pub struct Watch {
    pub monitor: Monitor,
    pub out: Outbound,
    pub key: Key,
}

/// Starts them all; they end when the set is dropped.
#[must_use]
pub fn start(watch: Watch) -> JoinSet<()> {
    let mut tasks = JoinSet::new();
    let (w, v) = (watch.clone(), watch.clone());
    tasks.spawn(work(
        "run checks",
        AT_ONCE,
        move |most| owned(&w.monitor, |m| async move { m.claim(most).await }),
        move |run| check(v.clone(), run),
    ));
    let (w, v) = (watch.clone(), watch.clone());
    tasks.spawn(work(
        "send to webhooks",
        LETTERS,
        move |most| owned(&w.monitor, |m| async move { m.letters(most).await }),
        move |letter| send(v.clone(), letter),
    ));
    let m = watch.monitor.clone();
    tasks.spawn(every("look for late heartbeats", LOOK, move || owned(&m, |m| async move { m.late().await.map(drop) })));
    let m = watch.monitor.clone();
    tasks.spawn(every("raise alerts", LOOK, move || owned(&m, |m| async move { m.raise().await.map(drop) })));
    let m = watch.monitor;
    tasks.spawn(every("forget old results", PRUNE, move || owned(&m, |m| async move { m.prune().await })));
    tasks
}

fn owned<F: Future>(monitor: &Monitor, run: impl FnOnce(Monitor) -> F) -> F {
    run(monitor.clone())
}

/// Takes as much of what is due as there is room for; each runs in a task of its own.
async fn work<T, D, R>(what: &'static str, at_once: usize, due: impl Fn(i64) -> D, run: impl Fn(T) -> R)
where
    D: Future<Output = Result<Vec<T>, Problem>>,
    R: Future<Output = ()> + Send + 'static,
{
    let (room, mut said, mut turn) = (Arc::new(Semaphore::new(at_once)), Said::default(), ticks(TURN));
    loop {
        turn.tick().await;
        let free = i64::try_from(room.available_permits()).unwrap_or(1);
        if free == 0 {
            continue;
        }
        for one in said.once(what, due(free).await).into_iter().flatten() {
            let Ok(place) = room.clone().acquire_owned().await else { return };
            let run = run(one);
            tokio::spawn(async move {
                run.await;
                drop(place);
            });
        }
    }
}

async fn check(watch: Watch, run: Claimed) {
    let found = probe::run(&watch.out, &run).await;
    match watch.monitor.settle(&run, &found).await {
        Ok(true) => {}
        Ok(false) => tracing::debug!(check = %run.name, "its slot was somebody else's by then"),
        Err(problem) => tracing::warn!(check = %run.name, %problem, "a result could not be written; it is run again"),
    }
}

async fn send(watch: Watch, letter: Letter) {
    if let Err(problem) = deliver::send(&watch, &letter).await {
        tracing::warn!(message = %letter.id, %problem, "what became of a message could not be written; it is sent again under the same id");
    }
}

fn ticks(every: Duration) -> tokio::time::Interval {
    let mut ticks = interval(every);
    // After a sleep there is one turn, not a hundred.
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    ticks
}

/// Says once that something fails, and once that it works again.
#[derive(Default)]
struct Said(bool);

impl Said {
    fn once<T>(&mut self, what: &'static str, done: Result<T, Problem>) -> Option<T> {
        match done {
            Ok(value) => {
                if std::mem::take(&mut self.0) {
                    tracing::info!(what, "works again");
                }
                Some(value)
            }
            Err(problem) => {
                if !std::mem::replace(&mut self.0, true) {
                    tracing::warn!(what, %problem, "failed; trying again");
                }
                None
            }
        }
    }
}
