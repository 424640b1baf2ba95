//! What watches by itself: runs checks, looks for late heartbeats, raises alerts, and sends what the outbox holds. Not in here: who may
//! save a check (see the deeds), what is judged (see `domain`), SQL (see `gate`).

mod deliver;
mod probe;

pub use deliver::signature;

use crate::auth::Key;
use gate::Monitor;
use outbound::Outbound;
use std::{sync::Arc, time::Duration};
use tokio::{
    sync::Semaphore,
    task::JoinSet,
    time::{Instant, MissedTickBehavior, interval},
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
    tasks.spawn(checks(watch.clone()));
    tasks.spawn(letters(watch.clone()));
    tasks.spawn(looks(watch));
    tasks
}

/// Takes as many checks as there is room for; each runs in a task of its own.
async fn checks(watch: Watch) {
    let room = Arc::new(Semaphore::new(AT_ONCE));
    let mut said = Said::default();
    let mut turn = ticks(TURN);
    loop {
        turn.tick().await;
        let free = room.available_permits();
        if free == 0 {
            continue;
        }
        let Some(due) = said.once("run checks", watch.monitor.claim(i64::try_from(free).unwrap_or(1)).await) else { continue };
        for run in due {
            let Ok(place) = room.clone().acquire_owned().await else { return };
            let watch = watch.clone();
            tokio::spawn(async move {
                let found = probe::run(&watch.out, &run).await;
                match watch.monitor.settle(&run, &found).await {
                    Ok(true) => {}
                    Ok(false) => tracing::debug!(check = %run.name, "its slot was somebody else's by then"),
                    Err(problem) => tracing::warn!(check = %run.name, %problem, "a result could not be written; it is run again"),
                }
                drop(place);
            });
        }
    }
}

/// Sends what waits.
async fn letters(watch: Watch) {
    let room = Arc::new(Semaphore::new(LETTERS));
    let mut said = Said::default();
    let mut turn = ticks(TURN);
    loop {
        turn.tick().await;
        let free = room.available_permits();
        if free == 0 {
            continue;
        }
        let Some(due) = said.once("send to webhooks", watch.monitor.letters(i64::try_from(free).unwrap_or(1)).await) else { continue };
        for letter in due {
            let Ok(place) = room.clone().acquire_owned().await else { return };
            let watch = watch.clone();
            tokio::spawn(async move {
                if let Err(problem) = deliver::send(&watch, &letter).await {
                    tracing::warn!(message = %letter.id, %problem, "what became of a message could not be written; it is sent again under the same id");
                }
                drop(place);
            });
        }
    }
}

/// Late heartbeats, then alerts: what is late is told in the same turn.
async fn looks(watch: Watch) {
    let (mut late, mut raise, mut prune) = (Said::default(), Said::default(), Said::default());
    let mut turn = ticks(LOOK);
    let mut pruned = Instant::now();
    loop {
        turn.tick().await;
        late.once("look for late heartbeats", watch.monitor.late().await);
        raise.once("raise alerts", watch.monitor.raise().await);
        if pruned.elapsed() > PRUNE {
            pruned = Instant::now();
            prune.once("forget old results", watch.monitor.prune().await);
        }
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
    fn once<T>(&mut self, what: &'static str, done: Result<T, domain::Problem>) -> Option<T> {
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
