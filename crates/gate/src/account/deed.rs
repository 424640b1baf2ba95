//! A deed of the account door: the entry is opened first, in a transaction of its own, and closed in
//! the transaction of the change. Dropped without an end, the change is undone and the sweeper
//! closes the entry.

use crate::{
    Gate,
    audit::{Closing, Opening, close_on},
    error::database,
};
use domain::{AuditOutcome, Problem, TenantId};
use serde_json::Value;
use sqlx::{PgConnection, PgPool, Postgres, Transaction};

/// Who a deed is by, and what it is called.
pub(super) struct Said<'a> {
    /// Scope of the sign-in; empty before there is one.
    pub scope: &'a str,
    /// The name to write down when nobody is signed in: the e-mail that was typed.
    pub name: &'a str,
    pub action: &'a str,
    pub title: &'a str,
    pub reason: &'a str,
}

pub(super) struct AccountDeed {
    tx: Transaction<'static, Postgres>,
    entry: i64,
    pool: PgPool,
}

impl Gate {
    pub(super) async fn account_deed(&self, said: &Said<'_>) -> Result<AccountDeed, Problem> {
        self.account_deed_with(said, &Value::Object(serde_json::Map::new())).await
    }

    /// The same with what was asked for, so that also a refusal shows it.
    pub(super) async fn account_deed_with(&self, said: &Said<'_>, input: &Value) -> Result<AccountDeed, Problem> {
        self.begin_account_deed(said, input).await.map_err(|error| database(&error))
    }

    async fn begin_account_deed(&self, said: &Said<'_>, input: &Value) -> Result<AccountDeed, sqlx::Error> {
        let opening = Opening { action: said.action, title: said.title, subject: "console", reason: said.reason, input };
        let entry: i64 = sqlx::query_scalar(
            "with scope as materialized (select set_config('ops.scope', $1, true))
             select audit.open($2, $3, $4, $5, $6, $7) from scope",
        )
        .bind(said.scope)
        .bind(opening.action)
        .bind(opening.title)
        .bind(opening.subject)
        .bind(opening.reason)
        .bind(opening.input)
        .bind(said.name)
        .fetch_one(&self.account)
        .await?;
        let mut tx = self.account.begin().await?;
        sqlx::query("select set_config('ops.scope', $1, true)").bind(said.scope).execute(&mut *tx).await?;
        Ok(AccountDeed { tx, entry, pool: self.account.clone() })
    }
}

impl AccountDeed {
    pub(super) fn conn(&mut self) -> &mut PgConnection {
        &mut self.tx
    }

    /// Closes the entry and commits both.
    pub(super) async fn done(mut self, tenant: Option<TenantId>, subject: &str, note: &str) -> Result<(), Problem> {
        let closing = Closing { tenant, subject: Some(subject), note: Some(note), ..Closing::of(AuditOutcome::Done) };
        close_on(&mut self.tx, self.entry, &closing).await.map_err(|error| database(&error))?;
        self.tx.commit().await.map_err(|error| database(&error))
    }

    /// Undoes the change, writes the no down, and hands it on.
    pub(super) async fn refuse(self, tenant: Option<TenantId>, problem: Problem) -> Problem {
        self.tx.rollback().await.ok();
        let closing = Closing { tenant, note: Some(&problem.message), missing: &problem.missing, ..Closing::of(AuditOutcome::Refused) };
        let closed = match self.pool.acquire().await {
            Ok(mut connection) => close_on(&mut connection, self.entry, &closing).await,
            Err(error) => Err(error),
        };
        match closed {
            Ok(()) => problem,
            Err(error) => database(&error),
        }
    }
}
