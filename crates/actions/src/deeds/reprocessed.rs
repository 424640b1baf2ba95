//! What reprocessing one job and many have in common: what may be given to the steps that run again, and how that is told.

use crate::deeds::held::object;
use domain::{FieldChange, StepStatus, human_bytes, parse_bytes};
use gate::Failed;
use serde_json::Value;
use store::reprocess::Given;

/// Less cannot start a process, more is more than any worker has.
const MEMORY: std::ops::RangeInclusive<u64> = (16 << 20)..=(64 << 30);
/// Steps told of one by one; of more, their number is.
pub(super) const TOLD: usize = 20;

/// Reads what was written: an amount of memory or nothing, a JSON object or nothing.
pub(super) fn given(memory: &str, params: &str) -> Result<Given, Failed> {
    Ok(Given { memory: memory_of(memory)?, params: object("params", params)? })
}

fn memory_of(text: &str) -> Result<Option<i64>, Failed> {
    if text.trim().is_empty() {
        return Ok(None);
    }
    let bytes = parse_bytes(text).map_err(|said| Failed::BadInput(format!("{said}.")))?;
    if !MEMORY.contains(&bytes) {
        return Err(Failed::BadInput(format!("The memory limit has to be between 16 MB and 64 GB, not {}.", human_bytes(bytes))));
    }
    i64::try_from(bytes).map(Some).map_err(|_| Failed::BadInput("That is too much memory.".into()))
}

/// A step as it was before it is run again.
pub(super) struct Before<'a> {
    pub name: &'a str,
    pub status: &'a str,
    pub memory_limit_bytes: i64,
    pub params: &'a Value,
}

/// What changes at a step; what stays as it is, too, so that it can be left out.
pub(super) fn changes(step: &Before<'_>, given: &Given) -> Vec<FieldChange> {
    let mut merged = step.params.clone();
    if let (Some(into), Some(from)) = (merged.as_object_mut(), given.params.as_object()) {
        into.extend(from.clone());
    }
    let human = |bytes: i64| Value::from(human_bytes(u64::try_from(bytes).unwrap_or(0)));
    let limit = given.memory.unwrap_or(step.memory_limit_bytes);
    let on = ["step ", step.name].concat();
    let change = |field: &str, before: Value, after: Value| FieldChange { on: on.clone(), field: field.into(), before, after };
    let all = [
        change("memory limit", human(step.memory_limit_bytes), human(limit)),
        change("parameters", step.params.clone(), merged),
        change("status", step.status.into(), StepStatus::Waiting.word().into()),
    ];
    all.into_iter().filter(|change| change.before != change.after).collect()
}

/// What the steps before leave to be used again.
pub(super) fn reused(names: &[String]) -> Option<String> {
    match names.len() {
        0 => None,
        1..=TOLD => Some(format!("Outputs of {} are used again.", names.join(", "))),
        many => Some(format!("Outputs of the {many} steps before are used again.")),
    }
}
