//! Keeps the workers running, each a process of its own: one that dies is started again after a second.

use crate::Serve;
use bus::CancellationToken;
use std::{process::Stdio, time::Duration};
use tokio::{
    process::Command,
    task::{JoinHandle, JoinSet},
};

/// Starts them; the handle ends once all have stopped.
pub fn start(serve: &Serve, own_url: &str, stop: CancellationToken) -> JoinHandle<()> {
    let mut workers = JoinSet::new();
    for n in 1..=serve.plan_workers {
        workers.spawn(keep(serve.clone(), own_url.to_owned(), "plans", format!("plans-{n}"), stop.clone()));
    }
    workers.spawn(keep(serve.clone(), own_url.to_owned(), "tickets", "tickets-1".to_owned(), stop));
    tokio::spawn(async move { while workers.join_next().await.is_some() {} })
}

async fn keep(serve: Serve, own_url: String, domain: &'static str, name: String, stop: CancellationToken) {
    while !stop.is_cancelled() {
        if let Err(error) = run(&serve, &own_url, domain, &name, &stop).await {
            tracing::error!(%name, %error, "a worker could not be run");
        }
        tokio::select! { () = tokio::time::sleep(Duration::from_secs(1)) => {}, () = stop.cancelled() => {} }
    }
}

async fn run(serve: &Serve, own_url: &str, domain: &str, name: &str, stop: &CancellationToken) -> anyhow::Result<()> {
    let mut command = Command::new(std::env::current_exe()?);
    command.args(["work", domain, "--name", name, "--outside", &format!("{own_url}/outside")]);
    // The URL may hold a password: not for the list of processes.
    command.env("DEMO_BUS_URL", &serve.common.bus_url).env("DEMO_DATA_DIR", &serve.common.data_dir);
    if let Some(step) = &serve.common.plan_step {
        command.env("DEMO_PLAN_STEP", step);
    }
    let mut child = command.stdin(Stdio::piped()).kill_on_drop(true).spawn()?;
    // Held here: waiting would close it, and its end is the worker's order to stop.
    let input = child.stdin.take();
    tokio::select! {
        status = child.wait() => tracing::warn!(name, status = %status?, "a worker has ended; starting it again"),
        () = stop.cancelled() => {
            // Closing its input tells it to finish what it does.
            drop(input);
            tokio::time::timeout(Duration::from_secs(12), child.wait()).await.ok();
        }
    }
    Ok(())
}
