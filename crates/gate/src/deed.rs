//! The path of every deed, whichever door it takes: who → open the audit → whose is it → what is missing → make ready → begin, scope,
//! work, close the audit, commit. A rehearsal is the same path in a transaction that the database itself refuses to commit.

use crate::{
    Aside, Change, Failed, Gate, Token,
    audit::{Closing, Opening, close_on},
    error::database,
};
use domain::{
    Action, Actor, Ask, At, AuditOutcome, FieldChange, Meta, OperationId, Problem, ProblemKind, Receipt, Subject, TenantId, missing,
};
use serde_json::Value;
use std::{future::Future, sync::Arc};
use tracing::Instrument;

/// What a door does with an action inside its transaction; the only thing in which the doors differ.
pub(crate) trait Way<A: Action>: 'static {
    /// What was made ready before the transaction.
    type Ready: Send;
    /// Makes ready what takes long and needs no database.
    fn ready(action: &mut A, aside: &Aside) -> impl Future<Output = Result<Self::Ready, Failed>> + Send;
    /// Does the work; `entry` is the audit entry it belongs to.
    fn work(
        action: A,
        ready: Self::Ready,
        change: &mut Change,
        entry: i64,
    ) -> impl Future<Output = Result<(A::Output, Ended), Failed>> + Send;
}

/// How a deed ended well.
pub(crate) enum Ended {
    Done,
    /// It goes on as this operation.
    Accepted(OperationId),
}

/// What is known of a deed besides its input; not generic, so its path is compiled once.
struct Deed {
    meta: &'static Meta,
    subject: Subject,
    input: Value,
    ask: Ask,
}

impl Gate {
    /// Takes a deed to its end, in a task of its own: a caller that goes away cannot cut it in half.
    pub(crate) async fn deed<A: Action, W: Way<A>>(
        self: Arc<Self>,
        token: Token,
        ask: Ask,
        action: A,
    ) -> Result<Receipt<A::Output>, Problem> {
        let span = tracing::trace_span!(target: crate::TRACE, "deed", action = A::META.name, failed = tracing::field::Empty);
        let told = span.clone();
        let done =
            tokio::spawn(async move { self.deed_here::<A, W>(&token, ask, action).await }.instrument(span)).await.unwrap_or_else(|error| {
                tracing::error!(%error, "an action panicked");
                Err(Problem::new(ProblemKind::Internal, "The action broke off. Nothing was changed; the log says why."))
            });
        told.record("failed", done.is_err());
        done
    }

    async fn deed_here<A: Action, W: Way<A>>(&self, token: &Token, ask: Ask, mut action: A) -> Result<Receipt<A::Output>, Problem> {
        let mut input = serde_json::to_value(&action).map_err(|error| Problem::new(ProblemKind::BadInput, error.to_string()))?;
        A::without_content(&mut input);
        let deed = Deed { meta: &A::META, subject: action.subject(), input, ask };
        let (actor, now) = self.actor(token).await?;
        let scope = token.scope();
        let entry = self.deed_open(&scope, &deed).await?;
        let tenant = self.deed_check(entry, &scope, &deed, &actor, now).await?;
        let ready = match W::ready(&mut action, &self.aside).await {
            Ok(ready) => ready,
            Err(failed) => return Err(self.deed_failed(entry, tenant, failed.into()).await),
        };
        let mut change = self.deed_begin(entry, &scope, &deed, actor, now, tenant).await.map_err(|error| database(&error))?;
        match W::work(action, ready, &mut change, entry).await {
            Ok((output, ended)) => {
                let (changes, effects) = self.deed_end(entry, &deed, change, ended).await?;
                Ok(Receipt { audit: entry, rehearsed: deed.ask.rehearse, output, changes, effects })
            }
            Err(failed) => {
                change.tx.rollback().await.ok();
                Err(self.deed_failed(entry, tenant, failed.into()).await)
            }
        }
    }

    async fn deed_open(&self, scope: &str, deed: &Deed) -> Result<i64, Problem> {
        let subject = deed.subject.text();
        let opening =
            Opening { action: deed.meta.name, title: deed.meta.title, subject: &subject, reason: &deed.ask.reason, input: &deed.input };
        self.audit_open(scope, &opening).await
    }

    /// Whose it is, and whether everything is there. A no is written down before it is said.
    async fn deed_check(&self, entry: i64, scope: &str, deed: &Deed, actor: &Actor, now: At) -> Result<Option<TenantId>, Problem> {
        let tenant = match self.tenant_of(scope, deed.subject).await? {
            Some(tenant) => tenant,
            None => {
                let note = "There is no such thing, or not for this person.";
                self.audit_close(entry, &Closing { note: Some(note), ..Closing::of(AuditOutcome::Refused) }).await?;
                return Err(Problem::not_found());
            }
        };
        let missing = missing(deed.meta, actor, tenant, &deed.ask, now);
        if missing.is_empty() {
            return Ok(tenant);
        }
        self.audit_close(entry, &Closing { tenant, missing: &missing, ..Closing::of(AuditOutcome::Refused) }).await?;
        Err(Problem { reference: Some(format!("audit #{entry}")), ..Problem::refused(missing) })
    }

    async fn deed_begin(
        &self,
        entry: i64,
        scope: &str,
        deed: &Deed,
        actor: Actor,
        now: At,
        tenant: Option<TenantId>,
    ) -> Result<Change, sqlx::Error> {
        let mut tx = self.rw.begin().await?;
        sqlx::query("select set_config('ops.scope', $1, true)").bind(scope).execute(&mut *tx).await?;
        if deed.ask.rehearse {
            // Deferred checks speak now, all but the one that makes the commit impossible.
            sqlx::query("set constraints all immediate").execute(&mut *tx).await?;
            sqlx::query("set constraints console.never_commits deferred").execute(&mut *tx).await?;
            sqlx::query("insert into console.rehearsal default values").execute(&mut *tx).await?;
        }
        Ok(Change {
            tx,
            actor,
            now,
            tenant,
            entry,
            changes: Vec::new(),
            content: Vec::new(),
            effects: Vec::new(),
            rehearses: deed.ask.rehearse,
            sealer: self.sealer.get().cloned(),
        })
    }

    async fn deed_end(&self, entry: i64, deed: &Deed, change: Change, ended: Ended) -> Result<(Vec<FieldChange>, Vec<String>), Problem> {
        let Change { mut tx, tenant, changes, content, effects, .. } = change;
        let kept: Vec<FieldChange> = changes.iter().cloned().chain(content.iter().map(FieldChange::without_content)).collect();
        let (outcome, operation) = match (ended, deed.subject) {
            // The operation of a rehearsal is taken back with all the rest.
            (_, Subject::Operation(operation)) if deed.ask.rehearse => (AuditOutcome::Rehearsed, Some(operation)),
            _ if deed.ask.rehearse => (AuditOutcome::Rehearsed, None),
            (Ended::Accepted(operation), _) => (AuditOutcome::Accepted, Some(operation)),
            (Ended::Done, Subject::Operation(operation)) => (AuditOutcome::Done, Some(operation)),
            (Ended::Done, _) => (AuditOutcome::Done, None),
        };
        let closing = Closing { tenant, operation, changes: &kept, effects: &effects, ..Closing::of(outcome) };
        if deed.ask.rehearse {
            tx.rollback().await.map_err(|error| database(&error))?;
            self.audit_close(entry, &closing).await?;
        } else {
            let ended = match close_on(&mut tx, entry, &closing).await {
                Ok(()) => tx.commit().await,
                Err(error) => Err(error),
            };
            if let Err(error) = ended {
                return Err(self.deed_failed(entry, tenant, database(&error)).await);
            }
        }
        Ok((changes.into_iter().chain(content).collect(), effects))
    }

    /// Writes the failure down. If even that fails the entry stays open, and the sweeper closes it.
    async fn deed_failed(&self, entry: i64, tenant: Option<TenantId>, problem: Problem) -> Problem {
        let closing = Closing { tenant, note: Some(&problem.message), ..Closing::of(AuditOutcome::Failed) };
        if let Err(error) = self.audit_close(entry, &closing).await {
            tracing::error!(entry, %error, "a failed action could not be closed in the audit; the sweeper will");
        }
        Problem { reference: problem.reference.or(Some(format!("audit #{entry}"))), ..problem }
    }

    /// The tenant of a subject as far as the person may see it: `None` is not there or not theirs,
    /// `Some(None)` belongs to no tenant.
    pub(crate) async fn tenant_of(&self, scope: &str, subject: Subject) -> Result<Option<Option<TenantId>>, Problem> {
        let (sql, id) = match subject {
            Subject::Console => return Ok(Some(None)),
            Subject::Tenant(id) => ("select id from console.tenant where id = $1", id.0),
            Subject::Command(id) => ("select tenant_id from commandbus.command where command_id = $1", id.0),
            Subject::Job(id) => ("select tenant_id from pipeline.job where job_id = $1", id.0),
            Subject::Operation(id) => ("select tenant_id from console.operation where id = $1", id.0),
            Subject::Group(id) | Subject::FrontendGroup(id) => {
                let sql = if matches!(subject, Subject::Group(_)) {
                    "select exists (select from triage.failure_group where id = $1)"
                } else {
                    "select exists (select from telemetry.error_group where id = $1)"
                };
                return self.group_seen(scope, sql, id).await.map_err(|error| database(&error));
            }
        };
        let mut tx = self.ro.begin().await.map_err(|error| database(&error))?;
        sqlx::query("select set_config('ops.scope', $1, true)").bind(scope).execute(&mut *tx).await.map_err(|error| database(&error))?;
        let found: Option<uuid::Uuid> =
            sqlx::query_scalar(sql).bind(id).fetch_optional(&mut *tx).await.map_err(|error| database(&error))?;
        tx.rollback().await.map_err(|error| database(&error))?;
        Ok(found.map(|tenant| Some(TenantId(tenant))))
    }

    /// A group is treated as no tenant's; it is there for those who see a tenant it happened to.
    async fn group_seen(&self, scope: &str, sql: &'static str, group: i64) -> Result<Option<Option<TenantId>>, sqlx::Error> {
        let mut tx = self.ro.begin().await?;
        sqlx::query("select set_config('ops.scope', $1, true)").bind(scope).execute(&mut *tx).await?;
        let seen: bool = sqlx::query_scalar(sql).bind(group).fetch_one(&mut *tx).await?;
        tx.rollback().await?;
        Ok(seen.then_some(None))
    }
}
