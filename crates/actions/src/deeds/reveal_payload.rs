//! Shows once what a contract calls sensitive in a command's payload. Changes nothing; who saw it, and why, stands in the audit.

use domain::{Action, CommandId, Kind, Meta, Permission, Subject};
use serde::{Deserialize, Serialize};

/// What was revealed is out of sight again after so many seconds.
pub const REVEALED_SECS: u64 = 60;

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RevealPayload {
    pub command: CommandId,
    /// Why this is needed, besides the reason of the session; at least ten characters. It stands in the audit.
    pub because: String,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Revealed {
    /// The whole payload as JSON text, to the letter; empty in a rehearsal.
    pub revealed: String,
}

impl Action for RevealPayload {
    const META: Meta = Meta {
        name: "reveal-payload",
        title: "Reveal what is masked",
        help: "Shows the payload with the values its contract calls sensitive, for a minute; of some classes only as long as the customer agrees. Nothing is changed and the customer notices nothing; that you saw it, and why, is written down.",
        path: "/fn/reveal-payload",
        cli: "opsctl troubleshooting reveal {command} --because {because}",
        kind: Kind::Read,
        permission: Permission::ContentReveal,
        consent: false,
        approval: false,
    };
    type Output = Revealed;
    fn subject(&self) -> Subject {
        Subject::Command(self.command)
    }
}

#[cfg(feature = "server")]
mod server {
    use super::{RevealPayload, Revealed};
    use gate::{Change, Execute, Failed};

    /// How a customer agrees.
    const CONSENT: &str = "That takes the customer\u{2019}s consent, which they give in the product; ask them to, and try again.";

    #[derive(sqlx::FromRow)]
    struct Told {
        payload: String,
        /// Classes that are shown.
        opened: Vec<String>,
        /// Classes that stay masked: there is no consent.
        closed: Vec<String>,
        agreed: Vec<String>,
    }

    fn nothing(closed: &[String]) -> String {
        match closed {
            [] => "Nothing of this payload is masked; there is nothing to reveal.".to_owned(),
            classes => format!("All that is masked here is {}. {CONSENT}", classes.join(", ")),
        }
    }

    impl Execute for RevealPayload {
        async fn execute(self, change: &mut Change) -> Result<Revealed, Failed> {
            if self.because.trim().chars().count() < 10 {
                return Err(Failed::BadInput("Say why it has to be seen, in at least ten characters.".into()));
            }
            let found: Option<Told> = sqlx::query_as("select payload::text, opened, closed, agreed from commandbus.revealed($1)")
                .bind(self.command.0)
                .fetch_optional(change.conn())
                .await?;
            let told = found.ok_or_else(|| Failed::Conflict("The payload is no longer kept anywhere.".into()))?;
            if told.opened.is_empty() {
                return Err(Failed::Conflict(nothing(&told.closed)));
            }
            change.effect(format!("Shown for a minute: what its contract calls sensitive, {}.", told.opened.join(", ")));
            for agreed in &told.agreed {
                change.effect(format!("The customer agreed: {agreed}."));
            }
            if !told.closed.is_empty() {
                change.effect(format!("Still masked: {}. {CONSENT}", told.closed.join(", ")));
            }
            // A rehearsal shows nothing: it would be seen all the same.
            Ok(Revealed { revealed: if change.rehearses() { String::new() } else { told.payload } })
        }
    }
}
