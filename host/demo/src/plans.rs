//! Plan ingestion: sending the command, and the worker that runs the pipeline, each step in a child
//! process under limits.

use crate::{Common, tenants::Tenant, uploads};
use anyhow::Context;
use bus::{
    Bus, BusError, CommandId, Objection, RetryPolicy, Send, Worker, WorkerOptions,
    pipeline::{Limits, Pipeline, Run, Source, StepDef},
};
use serde_json::{Value, json};
use std::{
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

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
    let looked_at = dir.clone();
    let worker = Worker::new(bus, "plans", options).contract("IngestPlan", contract()).check("IngestPlan", move |asked| {
        let path = uploads::pdf(&looked_at, asked.command_id);
        async move { objections(&path, &asked.data).await }
    });
    Ok(worker.handle("IngestPlan", move |claimed| {
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

/// What the payload of a plan looks like, and what of it support may change.
fn contract() -> Value {
    json!({
        "type": "object",
        "title": "Ingest a plan",
        "required": ["upload", "file", "size"],
        "properties": {
            "upload": {
                "type": "string", "title": "Upload", "x-edit": "locked",
                "x-reason": "It names the file the customer uploaded; for another file the customer uploads again."
            },
            "file": { "type": "string", "title": "File name", "description": "As the customer sees it.", "minLength": 1, "maxLength": 255 },
            "size": { "type": "integer", "title": "Size in bytes", "minimum": 1 },
            "requested_by": { "type": "string", "title": "Requested by", "description": "Who is told when the plan is ready.", "x-edit": "sensitive" }
        }
    })
}

/// What would keep a worker from ingesting this: looks at the upload, runs nothing.
async fn objections(path: &Path, data: &Value) -> Vec<Objection> {
    let mut objections = Vec::new();
    if !data["file"].as_str().is_some_and(|file| file.to_lowercase().ends_with(".pdf")) {
        objections.push(Objection::at("file", "Only PDF files are ingested; the name has to end in .pdf."));
    }
    match tokio::fs::read(path).await {
        Err(_) => objections.push(Objection::at("upload", "The uploaded file is no longer there; ask the customer to upload it again.")),
        Ok(bytes) if !bytes.starts_with(b"%PDF-") => objections.push(Objection::at("upload", "The uploaded file is no PDF.")),
        Ok(bytes) if data["size"].as_u64() != u64::try_from(bytes.len()).ok() => {
            objections.push(Objection::at("size", format!("The uploaded file has {} bytes.", bytes.len())));
        }
        Ok(_) => {}
    }
    objections
}

/// A program in the directory of this one.
fn beside(name: &str) -> anyhow::Result<PathBuf> {
    let own = std::env::current_exe()?;
    let path = own.with_file_name(name);
    anyhow::ensure!(path.exists(), "{} is not there; build it with `cargo build -p plan`, or give --plan-step.", path.display());
    path.canonicalize().context("The step program cannot be found.")
}
