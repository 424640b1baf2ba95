//! Support sessions: started with a ticket and a reason, raised to write for ten minutes, ended by
//! the person, by signing out, by a new one, or by their time.

use super::deed::Said;
use crate::{Gate, Token, error::database};
use domain::{Actor, Missing, Permission, Problem, ProblemKind, SupportSessionId, TenantId};
use serde_json::json;
use sqlx::PgConnection;
use uuid::Uuid;

/// What somebody says to start a support session.
pub struct StartSession<'a> {
    pub id: SupportSessionId,
    /// Slug or id.
    pub tenant: &'a str,
    pub ticket: &'a str,
    pub reason: &'a str,
    /// 1 to 60.
    pub minutes: i32,
}

impl Gate {
    /// Starts a session, read-only; a running one ends.
    pub async fn session_start(&self, token: &Token, start: &StartSession<'_>) -> Result<Actor, Problem> {
        let (actor, _) = self.actor(token).await?;
        let scope = token.scope();
        let said =
            Said { scope: &scope, name: &actor.name, action: "start-session", title: "Started a support session", reason: start.reason };
        let asked = json!({ "tenant": start.tenant, "ticket": start.ticket, "minutes": start.minutes });
        let mut deed = self.account_deed_with(&said, &asked).await?;
        if actor.service.is_some() {
            let words = "A script opens no support session: what a customer sent is for people. Sign in yourself for that.";
            return Err(deed.refuse(None, Problem::new(ProblemKind::Refused, words)).await);
        }
        let found: Option<(Uuid, String)> =
            sqlx::query_as("select id, name from console.tenant where slug = lower($1) or id::text = lower($1)")
                .bind(start.tenant.trim())
                .fetch_optional(deed.conn())
                .await
                .map_err(|error| database(&error))?;
        let tenant = found.map(|(id, name)| (TenantId(id), name)).filter(|(id, _)| actor.may(Permission::Read, Some(*id)));
        let Some((tenant, tenant_name)) = tenant else {
            return Err(deed.refuse(None, Problem::not_found()).await);
        };
        if let Some(problem) = unfit(start) {
            return Err(deed.refuse(Some(tenant), problem).await);
        }
        let Some(sign_in) = hold_sign_in(deed.conn(), token).await? else {
            return Err(deed.refuse(Some(tenant), Problem::signed_out()).await);
        };
        let replaced: Option<(String, String)> = sqlx::query_as(
            "update console.support_session s set ended_at = clock_timestamp(), ended_by = 'replaced' from console.tenant t
             where s.sign_in_id = $1 and s.ended_at is null and t.id = s.tenant_id returning t.name, s.ticket",
        )
        .bind(sign_in)
        .fetch_optional(deed.conn())
        .await
        .map_err(|error| database(&error))?;
        sqlx::query(
            "insert into console.support_session (id, tenant_id, staff_id, sign_in_id, ticket, reason, started_at, expires_at)
             select $1, $2, i.staff_id, i.id, $3, $4, now(), now() + make_interval(mins => $5) from console.sign_in i where i.id = $6",
        )
        .bind(start.id.0)
        .bind(tenant.0)
        .bind(start.ticket.trim())
        .bind(start.reason.trim())
        .bind(start.minutes)
        .bind(sign_in)
        .execute(deed.conn())
        .await
        .map_err(|error| database(&error))?;
        let ended = replaced.map_or_else(String::new, |(tenant, ticket)| format!(" It ended the session on {tenant}, ticket {ticket}."));
        let note = format!("{tenant_name}, ticket {}, {} minutes, read only.{ended}", start.ticket.trim(), start.minutes);
        deed.done(Some(tenant), &format!("tenant:{tenant}"), &note).await?;
        Ok(self.actor(token).await?.0)
    }

    /// Raises the running session to write for ten minutes, or to its end. The caller has used a
    /// fresh code up; `next` replaces the token, because privilege rose.
    pub async fn session_raise(&self, token: &Token, next: Option<&Token>) -> Result<Actor, Problem> {
        let (actor, now) = self.actor(token).await?;
        let scope = token.scope();
        let said = Said { scope: &scope, name: &actor.name, action: "raise-session", title: "Raised the session to write", reason: "" };
        let mut deed = self.account_deed(&said).await?;
        let Some(support) = actor.support.as_ref().filter(|support| support.is_open(now)) else {
            return Err(deed.refuse(None, Problem::refused(vec![Missing::SupportSession])).await);
        };
        let Some(sign_in) = hold_sign_in(deed.conn(), token).await? else {
            return Err(deed.refuse(None, Problem::signed_out()).await);
        };
        let raised = sqlx::query("update console.support_session set write_until = least(clock_timestamp() + interval '10 minutes', expires_at) where id = $1 and ended_at is null and expires_at > clock_timestamp()")
            .bind(support.id.0)
            .execute(deed.conn())
            .await
            .map_err(|error| database(&error))?;
        if raised.rows_affected() == 0 {
            return Err(deed.refuse(None, Problem::refused(vec![Missing::SupportSession])).await);
        }
        let kept = next.unwrap_or(token);
        sqlx::query("update console.sign_in set second_factor_at = clock_timestamp(), token_hash = $2, scope_hash = $3 where id = $1")
            .bind(sign_in)
            .bind(kept.hash())
            .bind(kept.scope_hash())
            .execute(deed.conn())
            .await
            .map_err(|error| database(&error))?;
        let (tenant, subject) = (support.tenant, format!("tenant:{}", support.tenant));
        deed.done(Some(tenant), &subject, "For ten minutes, with a fresh code.").await?;
        Ok(self.actor(kept).await?.0)
    }

    /// Writes down that somebody could not raise their session, and hands the reason on.
    pub async fn session_raise_refused(&self, token: &Token, problem: Problem) -> Problem {
        let scope = token.scope();
        let said =
            Said { scope: &scope, name: "unknown", action: "raise-session", title: "Tried to raise the session to write", reason: "" };
        match self.account_deed(&said).await {
            Ok(deed) => deed.refuse(None, problem).await,
            Err(unwritten) => unwritten,
        }
    }

    /// Back to read-only.
    pub async fn session_lower(&self, token: &Token) -> Result<Actor, Problem> {
        self.change_session(
            token,
            "lower-session",
            "Went back to read only",
            "update console.support_session set write_until = null where id = $1 and ended_at is null",
        )
        .await
    }

    /// Ends the session now.
    pub async fn session_end(&self, token: &Token) -> Result<Actor, Problem> {
        self.change_session(
            token,
            "end-session",
            "Ended the support session",
            "update console.support_session set ended_at = clock_timestamp(), ended_by = 'staff' where id = $1 and ended_at is null",
        )
        .await
    }

    async fn change_session(&self, token: &Token, action: &str, title: &str, sql: &'static str) -> Result<Actor, Problem> {
        let (actor, now) = self.actor(token).await?;
        let scope = token.scope();
        let mut deed = self.account_deed(&Said { scope: &scope, name: &actor.name, action, title, reason: "" }).await?;
        let Some(support) = actor.support.as_ref().filter(|support| support.is_open(now)) else {
            return Err(deed.refuse(None, Problem::refused(vec![Missing::SupportSession])).await);
        };
        let changed = sqlx::query(sql).bind(support.id.0).execute(deed.conn()).await.map_err(|error| database(&error))?;
        if changed.rows_affected() == 0 {
            // Ended by another tab, or by its time, a moment ago.
            return Err(deed.refuse(None, Problem::refused(vec![Missing::SupportSession])).await);
        }
        deed.done(Some(support.tenant), &format!("tenant:{}", support.tenant), &support.tenant_name).await?;
        Ok(self.actor(token).await?.0)
    }

    /// Ends sessions whose time is over, so that open tabs hear of it; each end is an entry, in the same transaction.
    pub async fn session_sweep(&self) -> Result<u64, Problem> {
        let swept = "with ended as (
               update console.support_session set ended_at = clock_timestamp(), ended_by = 'expiry'
               where ended_at is null and expires_at <= clock_timestamp() returning staff_id, tenant_id, ticket),
             opened as materialized (
               select e.tenant_id, e.ticket, audit.open('end-session', 'The support session ran out', 'tenant:' || e.tenant_id, '', '{}', s.name) as entry
               from ended e join console.staff s on s.id = e.staff_id)
             select audit.close(entry, 'done', tenant_id, 'tenant:' || tenant_id, 'Ticket ' || ticket || ': its time was over.', '[]', '[]', '[]') from opened";
        sqlx::query(swept).execute(&self.account).await.map(|done| done.rows_affected()).map_err(|error| database(&error))
    }
}

/// Holds the sign-in behind a token until the deed ends, so that two deeds of one person follow each other;
/// `None` when it was ended or got another token meanwhile.
async fn hold_sign_in(connection: &mut PgConnection, token: &Token) -> Result<Option<Uuid>, Problem> {
    sqlx::query_scalar("select id from console.sign_in where token_hash = $1 and revoked_at is null for update")
        .bind(token.hash())
        .fetch_optional(connection)
        .await
        .map_err(|error| database(&error))
}

fn unfit(start: &StartSession<'_>) -> Option<Problem> {
    let bad = |message: &str| Some(Problem::new(ProblemKind::BadInput, message));
    match start {
        s if !(1..=60).contains(&s.minutes) => bad("A support session lasts 1 to 60 minutes."),
        s if s.ticket.trim().is_empty() || s.ticket.trim().chars().count() > 60 => bad("Name the ticket, in at most 60 characters."),
        s if !(10..=500).contains(&s.reason.trim().chars().count()) => bad("Say why, in 10 to 500 characters: the customer can read it."),
        _ => None,
    }
}
