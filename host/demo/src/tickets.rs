//! Ticket enhancement: a command whose worker asks three outside services and writes a summary.

use crate::{edge, tenants::Tenant};
use bus::{Bus, BusError, CommandId, Failure, RetryPolicy, Send, Worker, WorkerOptions};
use serde::Serialize;
use serde_json::{Value, json};
use std::{
    collections::VecDeque,
    sync::{Arc, Mutex},
    time::Duration,
};

/// Longer than this no service is waited for.
const PATIENCE: Duration = Duration::from_secs(3);

/// A ticket as the customer sees it.
#[derive(Clone, Debug, Serialize)]
pub struct Ticket {
    pub id: CommandId,
    pub tenant: &'static str,
    pub subject: String,
    pub at_ms: u64,
    /// Empty until the summary is there.
    pub summary: String,
}

/// The newest tickets; kept in memory, the commands themselves are on the bus.
#[derive(Clone, Default)]
pub struct Tickets(Arc<Mutex<VecDeque<Ticket>>>);

impl Tickets {
    /// `note` is for facilities only; empty is none.
    pub async fn send(&self, bus: &Bus, tenant: &'static Tenant, subject: &str, note: &str) -> Result<CommandId, BusError> {
        let id = CommandId(edge::new_id());
        let mut data = json!({ "subject": subject, "requested_by": tenant.user });
        if !note.is_empty() {
            data["note"] = note.into();
        }
        bus.send(Send {
            tenant: tenant.id(),
            domain: "tickets".into(),
            command_type: "EnhanceTicket".into(),
            command_id: id,
            correlation_id: None,
            data,
            reply_to: Some("tickets__replies".into()),
            max_attempts: Some(3),
        })
        .await?;
        let mut tickets = self.lock();
        tickets.push_front(Ticket { id, tenant: tenant.slug, subject: subject.to_owned(), at_ms: edge::now_ms(), summary: String::new() });
        tickets.truncate(500);
        Ok(id)
    }

    pub fn answered(&self, id: CommandId, summary: &str) {
        if let Some(ticket) = self.lock().iter_mut().find(|ticket| ticket.id == id) {
            ticket.summary = summary.to_owned();
        }
    }

    pub fn of(&self, tenant: &str) -> Vec<Ticket> {
        self.lock().iter().filter(|ticket| ticket.tenant == tenant).take(20).cloned().collect()
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, VecDeque<Ticket>> {
        self.0.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }
}

/// The worker.
pub fn worker(bus: Bus, outside: &str, name: &str) -> Worker {
    let http = reqwest::Client::new();
    let outside: Arc<str> = outside.into();
    let retry = RetryPolicy { delays: vec![Duration::from_secs(2), Duration::from_secs(6)] };
    let options = WorkerOptions {
        name: name.to_owned(),
        build: env!("CARGO_PKG_VERSION").to_owned(),
        concurrency: 8,
        retry,
        ..WorkerOptions::default()
    };
    let worker = Worker::new(bus, "tickets", options).contract("EnhanceTicket", contract());
    worker.handle("EnhanceTicket", move |claimed| {
        let (http, outside) = (http.clone(), outside.clone());
        async move {
            let subject = claimed.data["subject"].as_str().unwrap_or_default().trim().to_owned();
            if subject.is_empty() {
                return Err(Failure::business(
                    "NO_SUBJECT",
                    "The ticket has no subject",
                    "A ticket without a subject cannot be enhanced. Ask the sender for one.",
                ));
            }
            let history = ask(&http, &outside, "servicedesk", &subject).await?;
            let articles = ask(&http, &outside, "knowledge", &subject).await?;
            let said = ask(&http, &outside, "assistant", &subject).await?;
            Ok(json!({ "summary": said["summary"], "articles": articles["articles"], "history": history["history"] }))
        }
    })
}

/// What the payload of a ticket looks like, and what of it support may change.
fn contract() -> Value {
    json!({
        "type": "object",
        "title": "Enhance a ticket",
        "required": ["subject"],
        "properties": {
            "subject": { "type": "string", "title": "Subject", "minLength": 1, "maxLength": 500 },
            "requested_by": { "type": "string", "title": "Requested by", "x-edit": "locked", "x-reason": "The summary goes to who asked for it." },
            "note": { "type": "string", "title": "Private note", "description": "For facilities only.", "maxLength": 2000, "x-edit": "sensitive", "x-class": "private" }
        }
    })
}

async fn ask(http: &reqwest::Client, outside: &str, service: &str, subject: &str) -> Result<Value, Failure> {
    let query: String =
        subject.bytes().map(|b| if b.is_ascii_alphanumeric() { char::from(b).to_string() } else { format!("%{b:02X}") }).collect();
    let asked = http.get(format!("{outside}/{service}?q={query}")).timeout(PATIENCE).send().await;
    let answer = match asked {
        Ok(answer) => answer,
        Err(error) if error.is_timeout() => {
            return Err(Failure::transient(
                "TIMEOUT",
                format!("{service} did not answer in time"),
                format!("{service}: no answer within {} s for \u{201c}{subject}\u{201d}.", PATIENCE.as_secs()),
            ));
        }
        Err(error) => {
            return Err(Failure::transient(
                "UNREACHABLE",
                format!("{service} cannot be reached"),
                format!("{service} cannot be reached: {error}."),
            ));
        }
    };
    match answer.status() {
        status if status.is_success() => {
            answer.json().await.map_err(|error| Failure::permanent("BAD_ANSWER", format!("{service} answered nonsense"), error.to_string()))
        }
        reqwest::StatusCode::TOO_MANY_REQUESTS => Err(Failure::permanent(
            "QUOTA",
            format!("{service}: quota used up"),
            format!("{service} answered 429 for \u{201c}{subject}\u{201d}: the quota is used up."),
        )),
        status => Err(Failure::transient(
            "SERVICE_ERROR",
            format!("{service} answered {}", status.as_u16()),
            format!("{service} answered {status} for \u{201c}{subject}\u{201d}."),
        )),
    }
}
