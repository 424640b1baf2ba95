//! Reads every part of the console by itself, each in a task of its own with its own period and time limit: one that hangs or fails makes no
//! other wait, and whoever asks for the snapshot gets what was read last. Not in here: how the snapshot is shown (the view `context`).

mod certificate;
mod machine;
mod process;

pub use machine::server_name;

use crate::{background::every, config::Config, web::AppState};
use domain::{Fact, PARTS, PartKind, Reading};
use gate::Collector;
use std::{
    path::PathBuf,
    sync::{Arc, Mutex, OnceLock, PoisonError},
    time::Duration,
};
use tokio::{task::JoinSet, time::Instant};

const SECOND: Duration = Duration::from_secs(1);
const PRUNE: Duration = Duration::from_secs(600);

/// What the parts are read from.
#[derive(Clone)]
pub struct Sources {
    pub state: AppState,
    pub collector: Collector,
    pub data_dir: PathBuf,
    pub public_url: String,
    /// Settings, as facts.
    pub config: Vec<Fact>,
    pub git_sha: Option<String>,
    pub images: String,
    /// This program's build, once it is known.
    pub build: Arc<OnceLock<String>>,
    /// Periods are divided by this.
    pub hurry: u32,
    machine: machine::Machine,
    latency: Arc<Mutex<process::Window>>,
    started: Instant,
}

impl Sources {
    #[must_use]
    pub fn of(config: &Config, state: AppState, collector: Collector) -> Self {
        let facts = process::settings(&config.settings, &state.key);
        Self {
            state,
            collector,
            data_dir: config.data_dir.clone(),
            public_url: config.origin(config.listen),
            config: facts,
            git_sha: config.git_sha.clone(),
            images: config.images.clone(),
            build: Arc::default(),
            hurry: 1,
            machine: machine::Machine::default(),
            latency: Arc::default(),
            started: Instant::now(),
        }
    }

    async fn read(&self, part: &PartKind) -> Result<Reading, String> {
        let said = |problem: domain::Problem| problem.message;
        match part.name {
            "database" => self.collector.database().await.map_err(said),
            "bus" => self.collector.bus().await.map_err(said),
            "workers" => self.collector.workers().await.map_err(said),
            "migrations" => self.collector.migrations().await.map_err(said),
            "frontend" => self.collector.frontend().await.map_err(said),
            "limits" => self.collector.limits(AppState::intake_limits()).await.map_err(said),
            "checks" => self.collector.checks().await.map_err(said),
            "alerts" => self.collector.alerts().await.map_err(said),
            "live" => process::live(&self.state).await,
            "pools" => Ok(process::pools(&self.state)),
            "latency" => Ok(process::latency(&self.state.measures, &self.latency)),
            "config" => Ok(Reading::of("settings of the process", self.config.clone())),
            "deploy" => Ok(process::deploy(self)),
            "disk" => self.machine.disk(self.data_dir.clone()).await,
            "certificate" => certificate::read(&self.public_url).await,
            other => Err(format!("Nobody knows how to read {other}.")),
        }
    }
}

/// Starts them all; they end when the set is dropped.
#[must_use]
pub fn start(sources: Sources) -> JoinSet<()> {
    let mut tasks = JoinSet::new();
    for part in PARTS {
        tasks.spawn(read_on(part, sources.clone()));
    }
    tasks.spawn(machine::build(sources.build.clone(), sources.git_sha.clone()));
    let collector = sources.collector.clone();
    tasks.spawn(every("forget old readings", PRUNE, move || {
        let collector = collector.clone();
        async move { collector.prune().await.map(drop) }
    }));
    tasks.spawn(every("turn the ring of readings", SECOND, move || {
        let sources = sources.clone();
        async move {
            let console = sources.build.get().map(|build| (build.as_str(), sources.started.elapsed().as_secs_f64()));
            sources.collector.turn(console).await.map(drop)
        }
    }));
    tasks
}

async fn read_on(part: &'static PartKind, sources: Sources) {
    let mut failing = false;
    loop {
        let started = Instant::now();
        // A little before the database gives up by itself, whose words are for somebody who changes something.
        let limit = Duration::from_secs(part.limit_secs) - Duration::from_millis(200);
        let read = tokio::time::timeout(limit, sources.read(part)).await.unwrap_or_else(|_| {
            Err(format!("It did not answer within {}.", domain::human_millis(i64::try_from(limit.as_millis()).unwrap_or(i64::MAX))))
        });
        if let Ok(reading) = &read {
            sources.state.last.lock().unwrap_or_else(PoisonError::into_inner).insert(part.name, reading.clone());
        }
        if let Err(why) = &read
            && !failing
        {
            tracing::warn!(part = part.name, %why, "a part could not be read; trying again");
        }
        failing = read.is_err();
        // Where this fails the database is away, and whoever asks hears so from it.
        sources.collector.keep(part, started.elapsed(), read).await.ok();
        tokio::time::sleep(Duration::from_secs(part.period_secs) / sources.hurry).await;
    }
}
