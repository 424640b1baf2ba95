//! What happens by itself: closing abandoned audit entries and expired sessions, carrying operations out, pruning, verifying
//! the audit chain. Each task waits longer when it fails, and says so once, not every second.

use domain::Problem;
use gate::{Feed, Gate, Intake, Runner};
use std::{future::Future, sync::Arc, time::Duration};
use tokio::{task::JoinSet, time::Instant};

/// How often the runner looks when there was nothing to do at once: a pause, a cancel and an outcome are noticed within this.
const LOOK: Duration = Duration::from_millis(100);
const PRUNE: Duration = Duration::from_secs(3600);
const SECOND: Duration = Duration::from_secs(1);
/// How old counts of groups get. Nobody notices, and hundreds of failures are counted together.
const COUNT: Duration = Duration::from_millis(200);

/// Starts them all; they end when the set is dropped.
#[must_use]
pub fn start(gate: &Arc<Gate>, feed: &Feed, intake: &Intake, runner: Runner) -> JoinSet<()> {
    let mut tasks = JoinSet::new();
    tasks.spawn(carry_out(runner));
    let (g, f, i) = (gate.clone(), feed.clone(), intake.clone());
    tasks.spawn(every("end expired support sessions", SECOND, move || ok(g.clone(), |g| async move { g.session_sweep().await.map(drop) })));
    let g = gate.clone();
    tasks.spawn(every("close abandoned audit entries", 30 * SECOND, move || {
        ok(g.clone(), |g| async move { g.audit_sweep().await.map(drop) })
    }));
    let g = gate.clone();
    tasks.spawn(every("verify the audit chain", 600 * SECOND, move || ok(g.clone(), verify)));
    let g = gate.clone();
    tasks.spawn(every("count groups of failures", COUNT, move || ok(g.clone(), count_groups)));
    let g = gate.clone();
    tasks.spawn(every("prune counts of groups", PRUNE, move || ok(g.clone(), |g| async move { g.prune_groups().await })));
    tasks.spawn(every("forget old live events", 60 * SECOND, move || ok(f.clone(), |f| async move { f.prune().await.map(drop) })));
    let n = i.clone();
    tasks.spawn(every("keep to the rings of frontend events", 5 * SECOND, move || ok(n.clone(), |i| async move { i.tidy().await })));
    tasks.spawn(every("prune frontend events", 60 * SECOND, move || ok(i.clone(), |i| async move { i.prune().await })));
    tasks
}

async fn count_groups(gate: Arc<Gate>) -> Result<(), Problem> {
    while gate.count_groups().await? {}
    Ok(())
}

async fn verify(gate: Arc<Gate>) -> Result<(), Problem> {
    let checked = gate.verify_audit().await?;
    if let Some(bad) = checked.first_bad {
        tracing::error!(seq = bad.seq, entry = bad.entry, what = %bad.what, "the audit chain does not fit");
    }
    Ok(())
}

/// Carries operations out, chunk by chunk. A server that is killed leaves what it held to another, or to its next start.
async fn carry_out(mut runner: Runner) {
    let (mut failing, mut pruned) = (0_u32, Instant::now());
    loop {
        match runner.round().await {
            Ok(more) => {
                failing = 0;
                if !more {
                    tokio::time::sleep(LOOK).await;
                }
            }
            Err(problem) => {
                if failing == 0 {
                    tracing::warn!(%problem, "an operation could not go on; trying again");
                }
                failing = (failing + 1).min(5);
                tokio::time::sleep(LOOK * (1 << failing)).await;
            }
        }
        if pruned.elapsed() > PRUNE {
            pruned = Instant::now();
            if let Err(problem) = runner.prune().await {
                tracing::warn!(%problem, "old operations could not be forgotten; trying again in an hour");
            }
        }
    }
}

fn ok<T, F: Future>(part: T, run: impl FnOnce(T) -> F) -> F {
    run(part)
}

pub(crate) async fn every<F: Future<Output = Result<(), Problem>>>(what: &'static str, pause: Duration, run: impl Fn() -> F) {
    let mut failing = 0_u32;
    loop {
        match run().await {
            Ok(()) if failing > 0 => {
                tracing::info!(what, "works again");
                failing = 0;
            }
            Ok(()) => {}
            Err(problem) => {
                if failing == 0 {
                    tracing::warn!(what, %problem, "failed; trying again");
                }
                failing = (failing + 1).min(5);
            }
        }
        tokio::time::sleep(pause * (1 << failing.min(4))).await;
    }
}
