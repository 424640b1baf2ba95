//! What the end of a step means, as the failure that staff and senders read.

use super::child::{End, Ended};
use super::log::Log;
use super::{Limits, outputs};
use crate::failure::Failure;
use domain::{human_bytes, human_millis};
use std::path::Path;

pub(super) fn signed(n: u64) -> i64 {
    i64::try_from(n).unwrap_or(i64::MAX / 1000).min(i64::MAX / 1000)
}

/// What the end of a step means; none if it did what it should.
pub(super) fn verdict(step: &str, limits: Limits, ended: &Ended, output: &Path, log: &Log) -> Option<Failure> {
    let last = log.last();
    // The runtime's advice to programmers is no news for support.
    let so_far = if last.is_empty() || last.starts_with("note: run with") { String::new() } else { format!("; the last it said: {last}") };
    let memory = human_bytes(limits.memory_bytes);
    let out_of_memory = || {
        let message = format!("out of memory: needed > {memory} of {memory}{so_far}");
        Some(Failure::transient("OUT_OF_MEMORY", format!("{step} ran out of memory"), message))
    };
    let out_of_time = |what: &str, limit: u64| {
        let limit = human_millis(signed(limit) * 1000);
        let message = format!("out of time: needed > {limit} of {limit} {what}{so_far}");
        Some(Failure::transient("TIMED_OUT", format!("{step} ran out of time"), message))
    };
    match ended.end {
        End::OverMemory => out_of_memory(),
        End::OverCpu => out_of_time("of CPU", limits.cpu_seconds),
        End::OverTime => out_of_time("in all", limits.wall_seconds),
        // A shell tells so of a child that the kernel stopped (SIGXCPU).
        End::Exited(152) => out_of_time("of CPU", limits.cpu_seconds),
        End::Exited(0) => None,
        End::Exited(_) | End::Signalled(_) | End::Cancelled | End::Killed => {
            if let Some(failure) = outputs::refusal(step, output) {
                return Some(failure);
            }
            if died_for_memory(ended, limits, log) {
                return out_of_memory();
            }
            let how = match (ended.exit_code, ended.signal) {
                (Some(code), _) => format!("with exit code {code}"),
                (None, signal) => format!("by signal {}", signal.unwrap_or(0)),
            };
            let message = format!("The program of the step {step} ended {how} without saying why{so_far}.");
            Some(Failure::transient("STEP_CRASHED", format!("{step} crashed"), message))
        }
    }
}

/// A program that is refused memory mostly aborts, and says so; one killed near its limit met the kernel.
fn died_for_memory(ended: &Ended, limits: Limits, log: &Log) -> bool {
    let text = log.text().0;
    let tail: Vec<&str> = text.lines().rev().take(20).collect();
    let refused = tail.iter().any(|line| {
        ["memory allocation of ", "MemoryError", "std::bad_alloc", "out of memory", "Out of memory", "Cannot allocate memory"]
            .iter()
            .any(|word| line.contains(word))
    });
    let killed = ended.signal == Some(9) || ended.exit_code == Some(137);
    refused || (killed && ended.usage.memory_peak * 10 >= limits.memory_bytes * 9)
}

pub(super) fn stopped(step: &str) -> Failure {
    let message = format!("The step {step} was stopped because its worker stopped or lost the command.");
    Failure::transient("STEP_STOPPED", format!("{step} was stopped"), message)
}

pub(super) fn unstartable(step: &str, error: &std::io::Error) -> Failure {
    let message = format!(
        "The step {step} could not be run on this worker: {error}. Its program or its working directory is missing, or the disk is full."
    );
    Failure::transient("STEP_NOT_STARTED", format!("{step} could not be run on the worker"), message)
}

pub(super) fn unreadable(name: &str, error: &std::io::Error) -> Failure {
    let message = format!("The file {name} of the run could not be read: {error}.");
    Failure::transient("FILE_UNREADABLE", "A file of the run could not be read", message)
}
