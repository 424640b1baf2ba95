//! The door for what is read but lies in no database: logs. Judged and written down like a look, then read without a transaction,
//! because a slow disk or engine must not hold a connection. Not in here: how logs are read (see the room `logs`).

use crate::{Gate, Token, audit::Closing};
use domain::{At, AuditOutcome, Problem, ProblemKind, View, missing_to_view};
use logs::{Logs, Refused};
use std::{future::Future, sync::Arc};

/// What is written down of a read.
pub enum About {
    /// What there is, and nothing of its content.
    Nothing,
    /// Of this, once a minute for one person, as for a page that reads again and again.
    Same(String),
    /// Of this, each time.
    Each(String),
}

/// A view whose content lies in logs.
pub trait Read: View {
    fn about(&self) -> About;
    fn read(self, reader: Reader) -> impl Future<Output = Result<Self::Output, Problem>> + Send;
}

/// Who may read, and what. Only the gate makes one.
pub struct Reader {
    pub logs: Arc<Logs>,
    /// The database's clock.
    pub now: At,
}

impl Gate {
    /// Gives the gate the logs of this process; they do not change while it runs.
    pub fn keep_logs(&self, logs: Arc<Logs>) {
        // A second time would be a slip of the start; the first stays.
        self.logs.set(logs).ok();
    }

    /// Judges a read and writes it down; for streams, which then read by themselves.
    pub async fn admit<V: Read>(&self, token: &Token, view: &V) -> Result<Reader, Problem> {
        let (actor, now, sign_in) = self.actor_with_sign_in(token).await?;
        let (scope, meta) = (token.scope(), &V::META);
        let (subject, always) = match view.about() {
            About::Nothing => (None, false),
            About::Same(what) => (Some(what), false),
            About::Each(what) => (Some(what), true),
        };
        let missing = missing_to_view(meta, &actor, now);
        if !missing.is_empty() {
            let closing = Closing { missing: &missing, ..Closing::of(AuditOutcome::Refused) };
            self.write_down(&scope, meta, subject.as_deref().unwrap_or("console"), &closing).await?;
            return Err(Problem::refused(missing));
        }
        if let Some(subject) = subject {
            let what = format!("{} {subject}", meta.name);
            if self.seen.is_new(sign_in, what.clone(), now) || always {
                let written = self.write_down(&scope, meta, &subject, &Closing::of(AuditOutcome::Viewed)).await;
                written.inspect_err(|_| self.seen.forget(sign_in, what))?;
            }
        }
        let logs = self.logs.get().cloned().unwrap_or_else(|| Arc::new(Logs::new(Vec::new())));
        Ok(Reader { logs, now })
    }

    pub(crate) async fn read<V: Read>(&self, token: &Token, view: V) -> Result<V::Output, Problem> {
        let reader = self.admit(token, &view).await?;
        view.read(reader).await
    }
}

/// A log's no as everybody reads it.
#[must_use]
pub fn unread(refused: &Refused) -> Problem {
    let kind = match refused {
        Refused::Unknown(_) => ProblemKind::NotFound,
        Refused::Unreadable(_) => ProblemKind::Unavailable,
        Refused::TooMany(_) => ProblemKind::TooMany,
    };
    Problem::new(kind, refused.to_string())
}
