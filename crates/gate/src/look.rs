//! The door for views: a READ ONLY transaction with the scope set. What is shown of a customer's
//! content is written down first, once a minute for one person on one thing.

use crate::{
    Failed, Gate, Token,
    audit::{Closing, Opening},
    error::database,
};
use domain::{Actor, At, AuditOutcome, Problem, Sight, SignInId, Subject, TenantId, View, ViewMeta, missing_to_view};
use serde_json::Value;
use sqlx::{PgConnection, Postgres, Transaction};
use std::{collections::HashMap, future::Future, sync::Mutex};
use tracing::Instrument;

/// A live page reads again and again; within this many seconds it is still the same look.
const SAME_LOOK_SECS: i64 = 60;

/// Looks already written down.
#[derive(Default)]
pub(crate) struct Seen(Mutex<HashMap<(SignInId, String), At>>);

impl Seen {
    /// Takes back that it was written down: it was not.
    pub(crate) fn forget(&self, who: SignInId, what: String) {
        self.0.lock().unwrap_or_else(std::sync::PoisonError::into_inner).remove(&(who, what));
    }

    /// True when this look has to be written down (and remembers that it was).
    pub(crate) fn is_new(&self, who: SignInId, what: String, now: At) -> bool {
        let mut seen = self.0.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        if seen.len() > 10_000 {
            seen.retain(|_, at| now.secs_since(*at) < SAME_LOOK_SECS);
        }
        match seen.get(&(who, what.clone())) {
            Some(at) if now.secs_since(*at) < SAME_LOOK_SECS => false,
            _ => {
                seen.insert((who, what), now);
                true
            }
        }
    }
}

/// A read-only look. Only the gate makes one.
pub struct Look {
    tx: Transaction<'static, Postgres>,
    actor: Actor,
    now: At,
    inside: Option<TenantId>,
}

impl Look {
    /// The connection, scoped to the person and their support session.
    pub fn conn(&mut self) -> &mut PgConnection {
        &mut self.tx
    }
    #[must_use]
    pub fn actor(&self) -> &Actor {
        &self.actor
    }
    /// The database's clock.
    #[must_use]
    pub fn now(&self) -> At {
        self.now
    }
    /// The tenant whose content may be shown: that of the running support session.
    #[must_use]
    pub fn inside(&self) -> Option<TenantId> {
        self.inside
    }
}

/// How a view is read.
pub trait Show: View {
    fn show(self, look: &mut Look) -> impl Future<Output = Result<Self::Output, Failed>> + Send;
}

impl Gate {
    pub(crate) async fn look<V: Show>(&self, token: &Token, view: V) -> Result<V::Output, Problem> {
        let span = tracing::trace_span!(target: crate::TRACE, "view", view = V::META.name, failed = tracing::field::Empty);
        let told = span.clone();
        let looked = async {
            let subject = view.subject();
            let mut look = self.look_begin(token, &V::META, subject).await?;
            let shown = view.show(&mut look).await;
            // Ends the read-only transaction; there is nothing to lose if that fails.
            look.tx.rollback().await.ok();
            shown.map_err(Problem::from)
        };
        let looked = looked.instrument(span).await;
        told.record("failed", looked.is_err());
        looked
    }

    async fn look_begin(&self, token: &Token, meta: &'static ViewMeta, subject: Subject) -> Result<Look, Problem> {
        let (actor, now, sign_in) = self.actor_with_sign_in(token).await?;
        let scope = token.scope();
        let missing = missing_to_view(meta, &actor, now);
        if !missing.is_empty() {
            self.write_down(&scope, meta, &subject.text(), &Closing { missing: &missing, ..Closing::of(AuditOutcome::Refused) }).await?;
            return Err(Problem::refused(missing));
        }
        let inside = actor.support.as_ref().filter(|s| s.is_open(now)).map(|s| s.tenant);
        self.note_content(&scope, meta, subject, inside, sign_in, now).await?;
        let tx = self.look_tx(&scope).await.map_err(|error| database(&error))?;
        Ok(Look { tx, actor, now, inside })
    }

    /// Writes one `viewed` entry when the view may show content of the session's tenant.
    async fn note_content(
        &self,
        scope: &str,
        meta: &'static ViewMeta,
        subject: Subject,
        inside: Option<TenantId>,
        sign_in: SignInId,
        now: At,
    ) -> Result<(), Problem> {
        let Some(tenant) = inside else { return Ok(()) };
        let (shows_content, subject) = match meta.sight {
            Sight::Inside => (self.tenant_of(scope, subject).await? == Some(Some(tenant)), subject),
            Sight::Excerpts => (true, Subject::Tenant(tenant)),
            // A read through the door for logs writes itself down.
            Sight::Overview | Sight::Console | Sight::Shared | Sight::Logs => (false, subject),
        };
        let what = format!("{} {}", meta.name, subject.text());
        if shows_content && self.seen.is_new(sign_in, what.clone(), now) {
            let closing = Closing { tenant: Some(tenant), ..Closing::of(AuditOutcome::Viewed) };
            let written = self.write_down(scope, meta, &subject.text(), &closing).await;
            written.inspect_err(|_| self.seen.forget(sign_in, what))?;
        }
        Ok(())
    }

    pub(crate) async fn write_down(
        &self,
        scope: &str,
        meta: &'static ViewMeta,
        subject: &str,
        closing: &Closing<'_>,
    ) -> Result<(), Problem> {
        let action = format!("view {}", meta.name);
        let opening = Opening { action: &action, title: meta.title, subject, reason: "", input: &Value::Object(serde_json::Map::new()) };
        let entry = self.audit_open(scope, &opening).await?;
        self.audit_close(entry, closing).await
    }

    async fn look_tx(&self, scope: &str) -> Result<Transaction<'static, Postgres>, sqlx::Error> {
        let mut tx = self.ro.begin_with("begin read only").await?;
        sqlx::query("select set_config('ops.scope', $1, true)").bind(scope).execute(&mut *tx).await?;
        Ok(tx)
    }
}
