//! What becomes of what was sent: how the commands stand, asked twice a second, and their replies.

use crate::{uploads::State, web::AppState};
use bus::{Bus, CancellationToken, CommandId, Reply, ReplyOutcome, Standing};
use serde_json::Value;
use std::time::Duration;

/// Follows until told to stop; whatever fails is tried again.
pub async fn follow(bus: Bus, state: AppState, stop: CancellationToken) {
    let mut failing = false;
    while !stop.is_cancelled() {
        match once(&bus, &state).await {
            Ok(()) => failing = false,
            Err(error) if !failing => {
                tracing::warn!(%error, "the bus does not answer; trying again");
                failing = true;
            }
            Err(_) => {}
        }
        tokio::select! { () = tokio::time::sleep(Duration::from_millis(500)) => {}, () = stop.cancelled() => {} }
    }
}

async fn once(bus: &Bus, state: &AppState) -> anyhow::Result<()> {
    for standing in bus.standings(&state.uploads.open_ones()).await? {
        if let Some(new) = stands(&standing) {
            state.uploads.set(standing.command_id, new).await?;
        }
    }
    for queue in ["plans__replies", "tickets__replies"] {
        let reader = bus.replies(queue).await?;
        let replies = reader.read(100, Duration::from_secs(30)).await?;
        for reply in &replies {
            take(state, reply).await?;
        }
        reader.acknowledge(&replies).await?;
    }
    Ok(())
}

fn stands(standing: &Standing) -> Option<State> {
    use domain_words::*;
    Some(match standing.status.word() {
        IN_PROGRESS => State::Working { attempt: standing.attempts },
        PENDING if standing.attempts > 0 => State::Working { attempt: standing.attempts },
        PENDING => State::Sent,
        IN_TROUBLE => State::InTrouble {
            code: standing.error_code.clone().unwrap_or_default(),
            title: standing.error_title.clone().unwrap_or_default(),
        },
        // The rest comes with the reply.
        _ => return None,
    })
}

/// The words of the wire this host looks at.
mod domain_words {
    pub const PENDING: &str = "PENDING";
    pub const IN_PROGRESS: &str = "IN_PROGRESS";
    pub const IN_TROUBLE: &str = "IN_TROUBLESHOOTING_QUEUE";
}

async fn take(state: &AppState, reply: &Reply) -> anyhow::Result<()> {
    let id: CommandId = reply.command_id;
    let text = |text: &Option<String>, or: &str| text.clone().unwrap_or_else(|| or.to_owned());
    let (new, summary) = match reply.outcome {
        ReplyOutcome::Success => {
            let result = reply.result.clone().unwrap_or(Value::Null);
            let summary = result["summary"].as_str().unwrap_or("done").to_owned();
            (State::Done { result }, summary)
        }
        ReplyOutcome::Failed => {
            let reason = text(&reply.error_message, "It was refused.");
            (State::Refused { reason: reason.clone() }, reason)
        }
        ReplyOutcome::Canceled => {
            let reason = format!("Our support team ended this: {}", text(&reply.reason, "no reason was given"));
            (State::Refused { reason: reason.clone() }, reason)
        }
    };
    state.uploads.set(id, new).await?;
    state.tickets.answered(id, &summary);
    Ok(())
}
