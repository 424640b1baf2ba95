//! Starting, serving and stopping; and the subcommands that need the database but no web.

use crate::{auth, background, collect, config::Config, database::Database, digest, edge, runtime, watch, web};
use anyhow::Context;
use domain::{Role, TenantId};
use gate::{Collector, Feed, Gate, Intake, Monitor, Runner};
use logs::{Logs, OwnLog, Source};
use std::{future::IntoFuture, sync::Arc, time::Duration};
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

/// How long a stop waits for requests under way.
const PATIENCE: Duration = Duration::from_secs(10);

/// What is configured, and what the console itself writes.
fn all_logs(config: &Config, database: &Database) -> anyhow::Result<Logs> {
    let mut sources = config.logs.clone();
    sources.push(Source::own("own", &std::path::absolute(OwnLog::path(&config.data_dir))?));
    sources.extend(database.log().map(|path| Source::own("postgres-own", &path)));
    Ok(Logs::new(sources))
}

/// Serves until told to stop.
pub async fn serve(config: &Config) -> anyhow::Result<()> {
    let stop = stop_signal()?;
    let listener = TcpListener::bind(config.listen)
        .await
        .with_context(|| format!("Nothing can listen on {}. Is another console running there?", config.listen))?;
    let origin = config.origin(listener.local_addr()?);
    let database = Database::open(config).await?;
    let served = serve_on(config, &database, listener, &origin, stop).await;
    database.stop();
    served
}

/// As a bundle names them.
fn settings(config: &Config) -> Vec<serde_json::Value> {
    let settings = config.settings.iter();
    settings.map(|known| serde_json::json!({ "name": known.setting.name, "value": known.shown(), "from": known.place })).collect()
}

/// As a bundle names them: `0007 consent`.
fn migrations() -> Vec<String> {
    store::migrations().map(|(number, name)| format!("{number:04} {name}")).collect()
}

async fn serve_on(
    config: &Config,
    database: &Database,
    listener: TcpListener,
    origin: &str,
    stop: CancellationToken,
) -> anyhow::Result<()> {
    let gate = Arc::new(Gate::open(&database.logins).await?);
    gate.keep_logs(Arc::new(all_logs(config, database)?));
    let (feed, intake) = (Feed::open(&database.logins).await?, Intake::open(&database.logins).await?);
    let name = format!("{origin}, process {}", std::process::id());
    let monitor = Monitor::open(&database.logins, name.clone()).await?;
    let runner = Runner::open(&database.logins, name, edge::random_bytes(), actions::table::ACTIONS).await?;
    let site = web::Site::read(&config.site)?;
    let key = auth::load_key(&config.data_dir)?;
    gate.seals_with(Arc::new(key.clone()));
    gate.digests_with(Arc::new(digest::Child::of_process()?));
    let out = outbound::Outbound::new(config.allow_private.clone(), &[]).map_err(anyhow::Error::msg)?;
    let state = web::AppState::new(gate.clone(), feed.clone(), intake.clone(), site, origin.to_owned(), key.clone(), stop.clone())
        .with_settings(serde_json::json!({ "settings": settings(config), "migrations": migrations() }))
        .with_proxies(config.trusted_proxies.clone())
        .with_metrics_token(config.metrics_token.as_deref())
        .with_heartbeats(monitor.clone());
    let collector = Collector::open(&database.logins, collect::server_name(&listener.local_addr()?)).await?;
    let enrol_url = first_administrator(&gate, origin).await?;
    runtime::write(
        &config.data_dir,
        &runtime::Runtime {
            console_url: origin,
            bus_url: &database.bus_url,
            enrol_url: enrol_url.as_deref(),
            pid: std::process::id(),
            started_at_ms: edge::now().millis(),
        },
    )
    .context("runtime.json cannot be written.")?;
    let _tasks = background::start(&gate, &feed, &intake, runner);
    let _parts = collect::start(collect::Sources::of(config, state.clone(), collector));
    let _watch = watch::start(watch::Watch { monitor, out, key });
    tracing::info!(%origin, "the console answers");
    let router = web::router(state);
    let service = router.into_make_service_with_connect_info::<std::net::SocketAddr>();
    let server = axum::serve(listener, service).with_graceful_shutdown(stop.clone().cancelled_owned()).into_future();
    let deadline = async {
        stop.cancelled().await;
        tokio::time::sleep(PATIENCE).await;
    };
    tokio::select! {
        served = server => served.context("The web server broke off.")?,
        () = deadline => tracing::warn!("requests were still under way after ten seconds"),
        () = database.watch() => {}
    }
    tracing::info!("the console has stopped");
    Ok(())
}

/// While nobody has enrolled, every start gives a new link and says it once.
async fn first_administrator(gate: &Arc<Gate>, origin: &str) -> anyhow::Result<Option<String>> {
    if !gate.nobody_enrolled().await? {
        return Ok(None);
    }
    let token = auth::invite(gate, "admin@localhost.localdomain", "Administrator", Role::Admin, None).await?;
    let url = format!("{origin}/enrol/{}", token.expose());
    println!("Enrol the first administrator: {url}");
    Ok(Some(url))
}

/// Prepares the database and ends.
pub async fn migrate(config: &Config) -> anyhow::Result<()> {
    let database = Database::open(config).await?;
    database.stop();
    println!("The database is of the present schema.");
    Ok(())
}

/// Prints a one-time link for a new member of staff.
pub async fn invite(config: &Config, email: &str, name: &str, role: Role, tenant: Option<&str>) -> anyhow::Result<()> {
    let only = tenant.map(str::parse::<TenantId>).transpose()?;
    let (gate, origin, database) = beside_a_running_console(config).await?;
    let token = auth::invite(&gate, email, name, role, only).await;
    if let Some(database) = database {
        database.stop();
    }
    println!("{origin}/enrol/{}", token?.expose());
    Ok(())
}

/// Recomputes the audit chain.
pub async fn verify_audit(config: &Config) -> anyhow::Result<()> {
    let (gate, _, database) = beside_a_running_console(config).await?;
    let checked = gate.verify_audit().await;
    if let Some(database) = database {
        database.stop();
    }
    let checked = checked?;
    match checked.first_bad {
        None => {
            println!("The chain is whole: {} links.", checked.links);
            Ok(())
        }
        Some(bad) => anyhow::bail!("Link {} does not fit: {}.", bad.seq, bad.what),
    }
}

/// The gate of a console that runs already (its private Postgres cannot be started twice), or of one
/// started for this.
async fn beside_a_running_console(config: &Config) -> anyhow::Result<(Arc<Gate>, String, Option<Database>)> {
    let running =
        std::fs::read(config.data_dir.join("runtime.json")).ok().and_then(|text| serde_json::from_slice::<serde_json::Value>(&text).ok());
    if let (None, Some(url)) = (&config.database_url, running.as_ref().and_then(|r| r["bus_url"].as_str())) {
        let logins = gate::Logins::parse(&url.replacen("ops_bus", "postgres", 1), None)?;
        if let Ok(gate) = Gate::open(&logins).await {
            let origin = running.as_ref().and_then(|r| r["console_url"].as_str()).unwrap_or_default().to_owned();
            return Ok((Arc::new(gate), origin, None));
        }
    }
    let database = Database::open(config).await?;
    let gate = Arc::new(Gate::open(&database.logins).await?);
    Ok((gate, config.origin(config.listen), Some(database)))
}

fn stop_signal() -> anyhow::Result<CancellationToken> {
    use tokio::signal::unix::{SignalKind, signal};
    let stop = CancellationToken::new();
    let (mut term, mut int) = (signal(SignalKind::terminate())?, signal(SignalKind::interrupt())?);
    let told = stop.clone();
    tokio::spawn(async move {
        tokio::select! { _ = term.recv() => {}, _ = int.recv() => {} }
        tracing::info!("stopping");
        told.cancel();
    });
    Ok(stop)
}
