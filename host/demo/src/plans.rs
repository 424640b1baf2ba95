//! Plan ingestion: sending the command, and the worker that runs the pipeline, each step in a child
//! process under limits.

use crate::{Common, tenants::Tenant, uploads};
use anyhow::Context;
use bus::{
    Bus, BusError, CommandId, RetryPolicy, Send, Worker, WorkerOptions,
    pipeline::{Limits, Pipeline, Run, Source, StepDef},
};
use serde_json::json;
use std::{path::PathBuf, sync::Arc, time::Duration};

const STEPS: [&str; 5] = ["pdf_upload", "text_extraction", "wall_detection", "room_detection", "bim_generation"];
/// What an ordinary plan needs four times over.
const LIMITS: Limits = Limits { memory_bytes: 256 << 20, cpu_seconds: 60, wall_seconds: 120 };

/// Sends the command for an uploaded plan.
pub async fn send(bus: &Bus, tenant: &Tenant, id: CommandId, file: &str, size: u64) -> Result<(), BusError> {
    let data = json!({ "upload": id, "file": file, "size": size, "requested_by": tenant.user });
    bus.send(Send {
        tenant: tenant.id(),
        domain: "plans".into(),
        command_type: "IngestPlan".into(),
        command_id: id,
        correlation_id: None,
        data,
        reply_to: Some("plans__replies".into()),
        max_attempts: Some(3),
    })
    .await
    .map(drop)
}

/// The worker.
pub fn worker(bus: Bus, common: &Common, name: &str) -> anyhow::Result<Worker> {
    let step = match &common.plan_step {
        Some(path) => path.clone(),
        None => beside("plan-step")?,
    };
    let data = std::path::absolute(&common.data_dir)?;
    let pipeline = Arc::new(STEPS.iter().fold(Pipeline::new("plan_ingest", data.join("work")), |pipeline, name| {
        pipeline.step(StepDef::new(name, &step, LIMITS).args([*name]))
    }));
    let dir = data.join("uploads");
    // Short delays: somebody who tries the product out does not wait a minute for the next attempt.
    let retry = RetryPolicy { delays: vec![Duration::from_secs(2), Duration::from_secs(5)] };
    let options = WorkerOptions {
        name: name.to_owned(),
        build: env!("CARGO_PKG_VERSION").to_owned(),
        concurrency: 1,
        batch: 1,
        lease: Duration::from_secs(10),
        retry,
        ..WorkerOptions::default()
    };
    Ok(Worker::new(bus, "plans", options).handle("IngestPlan", move |claimed| {
        let (pipeline, dir) = (pipeline.clone(), dir.clone());
        async move {
            let text = |field: &str| claimed.data[field].as_str().map(str::to_owned);
            let upload = uploads::pdf(&dir, claimed.command_id);
            let run = Run {
                job: None,
                title: text("file").unwrap_or_default(),
                requested_by: text("requested_by"),
                files: vec![("upload.pdf".into(), Source::Path(upload))],
            };
            pipeline.run(&claimed, run).await
        }
    }))
}

/// A program in the directory of this one.
fn beside(name: &str) -> anyhow::Result<PathBuf> {
    let own = std::env::current_exe()?;
    let path = own.with_file_name(name);
    anyhow::ensure!(path.exists(), "{} is not there; build it with `cargo build -p plan`, or give --plan-step.", path.display());
    path.canonicalize().context("The step program cannot be found.")
}
