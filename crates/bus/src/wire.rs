//! What travels in the queues: the form of a command and of a reply, and the names of queues.

use crate::BusError;
use crate::failure::Failure;
use domain::ReplyOutcome;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use uuid::Uuid;

/// A command as it lies in `<domain>__commands`.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct CommandMessage {
    pub domain: String,
    pub command_type: String,
    pub command_id: Uuid,
    pub correlation_id: Option<Uuid>,
    #[serde(default)]
    pub data: Value,
    #[serde(default)]
    pub reply_to: Option<String>,
}

/// A reply as the sender reads it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct ReplyMessage {
    pub command_id: Uuid,
    pub correlation_id: Option<Uuid>,
    pub outcome: ReplyOutcome,
    #[serde(default)]
    pub result: Option<Value>,
    #[serde(default)]
    pub reason: Option<String>,
    #[serde(default)]
    pub error_code: Option<String>,
    #[serde(default)]
    pub error_message: Option<String>,
}

pub(crate) fn success(command_id: Uuid, correlation_id: Uuid, result: &Value) -> Value {
    json!({ "command_id": command_id, "correlation_id": correlation_id, "outcome": ReplyOutcome::Success, "result": result })
}

pub(crate) fn failed(command_id: Uuid, correlation_id: Uuid, failure: &Failure) -> Value {
    json!({ "command_id": command_id, "correlation_id": correlation_id, "outcome": ReplyOutcome::Failed,
            "error_type": failure.kind, "error_code": failure.code, "error_message": failure.message })
}

/// What every message carries besides its body.
pub(crate) fn headers(tenant: Uuid) -> Value {
    json!({ "tenant_id": tenant })
}

/// True when the database can store the value: `jsonb` has no U+0000.
pub(crate) fn storable(value: &Value) -> bool {
    match value {
        Value::String(text) => !text.contains('\0'),
        Value::Array(items) => items.iter().all(storable),
        Value::Object(fields) => fields.iter().all(|(name, value)| !name.contains('\0') && storable(value)),
        _ => true,
    }
}

/// The queue of a domain's commands.
pub(crate) fn command_queue(domain: &str) -> Result<String, BusError> {
    if is_name(domain, 31) {
        return Ok(format!("{domain}__commands"));
    }
    let rule = "a domain is named with a-z, 0-9 and _, begins with a letter and has at most 31 characters";
    Err(BusError::BadName { what: "domain", name: domain.to_owned(), rule })
}

/// Refuses what could not be a queue, before it becomes part of a statement.
pub(crate) fn checked_queue(name: &str) -> Result<&str, BusError> {
    if is_name(name, 47) {
        return Ok(name);
    }
    let rule = "a queue is named with a-z, 0-9 and _, begins with a letter and has at most 47 characters";
    Err(BusError::BadName { what: "queue", name: name.to_owned(), rule })
}

fn is_name(name: &str, longest: usize) -> bool {
    name.len() <= longest
        && name.starts_with(|c: char| c.is_ascii_lowercase())
        && name.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_that_could_break_a_statement_are_refused() {
        for bad in ["", "9x", "a-b", "a\"; drop table x", "Abc", &"a".repeat(48)] {
            assert!(checked_queue(bad).is_err(), "{bad}");
        }
        assert_eq!(command_queue("plans").ok().as_deref(), Some("plans__commands"));
        assert!(command_queue(&"a".repeat(32)).is_err());
    }

    #[test]
    fn a_nul_is_found_wherever_it_hides() {
        assert!(!storable(&json!({ "a": [1, { "b": "x\0" }] })));
        assert!(!storable(&json!({ "a\0": 1 })));
        assert!(storable(&json!({ "a": [1, { "b": "x" }] })));
    }
}
