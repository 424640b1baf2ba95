//! Steps as shell scripts, and a worker that runs them for one command.

use crate::support::{World, options, start};
use bus::pipeline::{Limits, Pipeline, Run, Source, StepDef};
use bus::{Claimed, CommandId, Worker, WorkerOptions};
use serde_json::json;
use std::path::PathBuf;

pub const LIMITS: Limits = Limits { memory_bytes: 64 << 20, cpu_seconds: 20, wall_seconds: 20 };

/// A step as a shell script; `$2` is the directory it reads, `$4` the one it writes, `$6` its parameters.
pub fn sh(name: &str, script: &str) -> StepDef {
    StepDef::new(name, "/bin/sh", LIMITS).args(["-c", script, "step"])
}

pub fn work_dir(world: &World) -> PathBuf {
    std::env::temp_dir().join("bus-tests").join(&world.scratch.name)
}

pub fn worker(bus: bus::Bus, settings: WorkerOptions, pipeline: Pipeline) -> Worker {
    Worker::new(bus, "plans", settings).handle("Ingest", move |claimed: Claimed| {
        let pipeline = pipeline.clone();
        async move {
            let run = Run {
                job: None,
                title: "house.pdf".into(),
                requested_by: Some("ann@example.org".into()),
                files: vec![("upload.pdf".into(), Source::Bytes(b"%PDF-1.7".to_vec()))],
            };
            pipeline.run(&claimed, run).await
        }
    })
}

pub async fn send(world: &World, max_attempts: u32) -> CommandId {
    let send = bus::Send { max_attempts: Some(max_attempts), ..world.command("Ingest", json!({})) };
    let id = send.command_id;
    world.bus.send(send).await.expect("sent");
    id
}

/// Runs one command through a pipeline until it has `status`.
pub async fn through(world: &World, pipeline: Pipeline, max_attempts: u32, status: &str) -> CommandId {
    let command = send(world, max_attempts).await;
    let (stop, running) = start(worker(world.bus.clone(), options("w"), pipeline));
    world.until_status(command, status).await;
    stop.cancel();
    running.await.expect("a report");
    command
}

pub fn steps(world: &World) -> String {
    world.sql("select string_agg(name || ' ' || status, ', ' order by ordinal) from pipeline.step")
}

pub fn alive(pid: &str) -> bool {
    let state = std::fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
    // A zombie waits for whoever adopted it; it does nothing any more.
    !state.is_empty() && !state.contains(") Z ")
}
