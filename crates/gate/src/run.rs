//! The door for actions that are over when they answer: what an action is given to change things with, and how it is run.
//! The way there and back is `deed`'s, which both doors for actions share.

use crate::{
    Aside, Failed, Token,
    deed::{Ended, Way},
    seal::{self, Sealer},
};
use domain::{Action, Actor, At, FieldChange, TenantId};
use serde_json::Value;
use sqlx::{PgConnection, Postgres, Transaction};
use std::future::Future;

/// A transaction in which an action may change things. Only the gate makes one, and only the gate
/// ends it. What leaves the database leaves it through tables in this same transaction.
pub struct Change {
    pub(crate) tx: Transaction<'static, Postgres>,
    pub(crate) actor: Actor,
    pub(crate) now: At,
    pub(crate) tenant: Option<TenantId>,
    pub(crate) entry: i64,
    pub(crate) changes: Vec<FieldChange>,
    /// Shown to who did it; the audit keeps only that they changed.
    pub(crate) content: Vec<FieldChange>,
    pub(crate) effects: Vec<String>,
    pub(crate) rehearses: bool,
    pub(crate) sealer: Sealer,
}

impl Change {
    /// The connection, scoped to the support session.
    pub fn conn(&mut self) -> &mut PgConnection {
        &mut self.tx
    }
    /// Who does it.
    #[must_use]
    pub fn actor(&self) -> &Actor {
        &self.actor
    }
    /// The database's clock at the start of the deed.
    #[must_use]
    pub fn now(&self) -> At {
        self.now
    }
    /// The subject's tenant.
    #[must_use]
    pub fn tenant(&self) -> Option<TenantId> {
        self.tenant
    }
    /// Number of the deed's audit entry.
    #[must_use]
    pub fn entry(&self) -> i64 {
        self.entry
    }
    /// Says that a piece of a customer's content changed; shown to who does it, while the audit keeps only that it changed.
    pub fn changed_content(&mut self, change: FieldChange) {
        self.content.push(change);
    }
    /// Encrypts what the database must not be able to give away; `what` is the place it is kept at.
    pub fn seal(&self, what: &str, plain: &[u8]) -> Result<Vec<u8>, Failed> {
        Ok(seal::with(&self.sealer)?.seal(what, plain))
    }
    /// A secret for somebody who is to be signed in. Only its hashes are kept.
    pub fn new_token(&self) -> Result<Token, Failed> {
        Ok(Token::from_bytes(seal::with(&self.sealer)?.random()))
    }
    /// True: all of it is taken back. Only for what would leave the console with the answer.
    #[must_use]
    pub fn rehearses(&self) -> bool {
        self.rehearses
    }
    /// Says that a value changed; shown in rehearsals and kept in the audit. Equal values are left out.
    pub fn changed(&mut self, on: &str, field: &str, before: impl Into<Value>, after: impl Into<Value>) {
        let (before, after) = (before.into(), after.into());
        if before != after {
            self.changes.push(FieldChange { on: on.to_owned(), field: field.to_owned(), before, after });
        }
    }
    /// Says, as a sentence, what else happens once this is committed.
    pub fn effect(&mut self, sentence: impl Into<String>) {
        self.effects.push(sentence.into());
    }
}

/// How an action is carried out. It never opens or ends a transaction, reads a clock, makes a random
/// number or holds an HTTP client.
pub trait Execute: Action {
    fn execute(self, change: &mut Change) -> impl Future<Output = Result<Self::Output, Failed>> + Send;
}

/// The way of an action that is over when it answers.
pub(crate) struct Run;

impl<A: Execute> Way<A> for Run {
    type Ready = ();
    async fn ready(_: &mut A, _: &Aside) -> Result<(), Failed> {
        Ok(())
    }
    async fn work(action: A, (): (), change: &mut Change, _: i64) -> Result<(A::Output, Ended), Failed> {
        Ok((action.execute(change).await?, Ended::Done))
    }
}
