//! The demo host: a small real product that is supported by the console. `serve` is its web, `work` one
//! of its workers. It knows the console by the bus it is given and the URL its pages report errors to,
//! like any customer's product; no row is written behind the bus' back.

mod edge;
mod outside;
mod plans;
mod progress;
mod supervise;
mod tenants;
mod tickets;
mod traffic;
mod uploads;
mod web;

use anyhow::Context;
use bus::{Bus, CancellationToken, Options};
use clap::{Args, Parser, Subcommand};
use std::{net::SocketAddr, path::PathBuf};

#[derive(Parser)]
#[command(name = "demo", about = "The demo host: a customer app, its workers and the slow services they call")]
struct Cli {
    #[command(subcommand)]
    deed: Deed,
}

#[derive(Subcommand)]
enum Deed {
    /// Serves the customer app and keeps the workers running
    Serve(Serve),
    /// Runs one worker until its standard input ends
    Work(Work),
}

#[derive(Args, Clone)]
struct Common {
    /// The bus: a postgres URL of the role `ops_bus`
    #[arg(long, env = "DEMO_BUS_URL", hide_env_values = true)]
    bus_url: String,
    /// Where uploads are kept
    #[arg(long, env = "DEMO_DATA_DIR", default_value = ".data/demo")]
    data_dir: PathBuf,
    /// The program of the pipeline's steps; beside this one when absent
    #[arg(long, env = "DEMO_PLAN_STEP")]
    plan_step: Option<PathBuf>,
}

#[derive(Args, Clone)]
struct Serve {
    #[command(flatten)]
    common: Common,
    #[arg(long, default_value = "127.0.0.1:3100")]
    listen: SocketAddr,
    /// The console the pages report their errors to
    #[arg(long, default_value = "http://127.0.0.1:3000")]
    console_url: String,
    /// Play a small traffic of uploads, tickets and page errors
    #[arg(long)]
    traffic: bool,
    /// Workers for plans
    #[arg(long, default_value_t = 2)]
    plan_workers: usize,
}

#[derive(Args, Clone)]
struct Work {
    #[command(flatten)]
    common: Common,
    /// `plans` or `tickets`
    domain: String,
    #[arg(long)]
    name: String,
    /// Where the outside services answer
    #[arg(long, default_value = "http://127.0.0.1:3100/outside")]
    outside: String,
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let filter = std::env::var("DEMO_LOG").unwrap_or_else(|_| "info".to_owned());
    tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr).compact().init();
    match Cli::parse().deed {
        Deed::Serve(serve) => run_web(serve).await,
        Deed::Work(work) => run_worker(work).await,
    }
}

async fn run_web(serve: Serve) -> anyhow::Result<()> {
    let stop = stop_signal()?;
    let listener = tokio::net::TcpListener::bind(serve.listen).await.with_context(|| format!("Nothing can listen on {}.", serve.listen))?;
    let own_url = format!("http://{}", listener.local_addr()?);
    let bus = Bus::connect(&serve.common.bus_url, Options::default()).await.context("The bus cannot be reached.")?;
    tenants::register(&bus, &own_url).await?;
    let uploads = uploads::Uploads::open(&serve.common.data_dir).await?;
    let state = web::AppState {
        bus: bus.clone(),
        uploads: uploads.clone(),
        tickets: tickets::Tickets::default(),
        console_url: serve.console_url.clone(),
    };
    let workers = supervise::start(&serve, &own_url, stop.clone());
    tokio::spawn(progress::follow(bus.clone(), state.clone(), stop.clone()));
    if serve.traffic {
        tokio::spawn(traffic::play(state.clone(), stop.clone()));
    }
    tracing::info!(url = %own_url, "the demo host answers");
    axum::serve(listener, web::router(state)).with_graceful_shutdown(stop.clone().cancelled_owned()).await?;
    stop.cancel();
    workers.await.ok();
    bus.close().await;
    Ok(())
}

async fn run_worker(work: Work) -> anyhow::Result<()> {
    let stop = stop_signal()?;
    let told = stop.clone();
    // The web holds the other end: when it goes, however it goes, the worker goes too.
    tokio::spawn(async move {
        let mut sink = Vec::new();
        tokio::io::AsyncReadExt::read_to_end(&mut tokio::io::stdin(), &mut sink).await.ok();
        told.cancel();
    });
    let bus = Bus::connect(&work.common.bus_url, Options::default()).await.context("The bus cannot be reached.")?;
    let report = match work.domain.as_str() {
        "plans" => plans::worker(bus, &work.common, &work.name)?.run(stop).await?,
        "tickets" => tickets::worker(bus, &work.outside, &work.name).run(stop).await?,
        other => anyhow::bail!("There is no domain \u{201c}{other}\u{201d}; there are plans and tickets."),
    };
    tracing::info!(?report, name = %work.name, "the worker has stopped");
    Ok(())
}

fn stop_signal() -> anyhow::Result<CancellationToken> {
    use tokio::signal::unix::{SignalKind, signal};
    let stop = CancellationToken::new();
    let (mut term, mut int) = (signal(SignalKind::terminate())?, signal(SignalKind::interrupt())?);
    let told = stop.clone();
    tokio::spawn(async move {
        tokio::select! { _ = term.recv() => {}, _ = int.recv() => {} }
        told.cancel();
    });
    Ok(stop)
}
