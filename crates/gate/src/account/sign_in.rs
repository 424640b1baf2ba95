//! Signing in and out: the rows of `console.sign_in`. The caller has checked the password and the
//! code; using a code up happens here, because it must happen once.

use super::deed::Said;
use crate::{Gate, Token, error::database};
use domain::{At, Problem, ProblemKind, SignInId, StaffId};
use sqlx::types::time::OffsetDateTime;
use uuid::Uuid;

/// What is needed to check somebody who wants to sign in.
#[derive(Clone, Debug)]
pub struct StaffLogin {
    pub staff: StaffId,
    pub name: String,
    pub email: String,
    /// argon2id in its own text form; `None` until enrolled.
    pub password_hash: Option<String>,
    /// Encrypted by the server.
    pub totp_secret: Option<Vec<u8>>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SignInKind {
    /// A cookie: ten hours at most, a quarter of an hour idle.
    Browser,
    /// A bearer token: one hour.
    Token,
}

/// A sign-in about to be made.
pub struct NewSignIn<'a> {
    pub staff: StaffId,
    pub name: &'a str,
    pub kind: SignInKind,
    pub id: SignInId,
    pub token: &'a Token,
    /// User agent, cut.
    pub agent: &'a str,
}

type LoginRow = (Uuid, String, String, Option<String>, Option<Vec<u8>>);

impl Gate {
    /// The enrolled, active member of staff with this e-mail.
    pub async fn staff_login(&self, email: &str) -> Result<Option<StaffLogin>, Problem> {
        let row: Option<LoginRow> = sqlx::query_as(
            "select id, name, email, password_hash, totp_secret from console.staff where email = lower($1) and disabled_at is null and enrolled_at is not null",
        )
        .bind(email.trim())
        .fetch_optional(&self.account)
        .await
        .map_err(|error| database(&error))?;
        Ok(row.map(|(staff, name, email, password_hash, totp_secret)| StaffLogin {
            staff: StaffId(staff),
            name,
            email,
            password_hash,
            totp_secret,
        }))
    }

    /// Uses the code of a time step up; false when it or a later one was used before.
    pub async fn totp_use(&self, staff: StaffId, step: i64) -> Result<bool, Problem> {
        sqlx::query("update console.staff set totp_last_step = $2 where id = $1 and totp_last_step < $2")
            .bind(staff.0)
            .bind(step)
            .execute(&self.account)
            .await
            .map(|done| done.rows_affected() == 1)
            .map_err(|error| database(&error))
    }

    /// Uses a recovery code up; false when there is no such code left.
    pub async fn recovery_use(&self, staff: StaffId, code_hash: &[u8]) -> Result<bool, Problem> {
        sqlx::query(
            "update console.recovery_code set used_at = clock_timestamp() where staff_id = $1 and code_hash = $2 and used_at is null",
        )
        .bind(staff.0)
        .bind(code_hash)
        .execute(&self.account)
        .await
        .map(|done| done.rows_affected() == 1)
        .map_err(|error| database(&error))
    }

    /// Makes the sign-in; returns when it ends.
    pub async fn sign_in(&self, new: &NewSignIn<'_>) -> Result<At, Problem> {
        let said = Said { scope: "", name: new.name, action: "sign-in", title: "Signed in", reason: "" };
        let mut deed = self.account_deed(&said).await?;
        let (kind, hours) = match new.kind {
            SignInKind::Browser => ("browser", 10),
            SignInKind::Token => ("token", 1),
        };
        let until: OffsetDateTime = sqlx::query_scalar(
            "insert into console.sign_in (id, staff_id, kind, token_hash, scope_hash, second_factor_at, expires_at, agent)
             values ($1, $2, $3, $4, $5, clock_timestamp(), clock_timestamp() + make_interval(hours => $6), $7) returning expires_at",
        )
        .bind(new.id.0)
        .bind(new.staff.0)
        .bind(kind)
        .bind(new.token.hash())
        .bind(new.token.scope_hash())
        .bind(hours)
        .bind(new.agent.chars().take(200).collect::<String>())
        .fetch_one(deed.conn())
        .await
        .map_err(|error| database(&error))?;
        deed.done(None, &format!("staff:{}", new.staff), &format!("By password and second factor, as {kind}.")).await?;
        Ok(At::from(until))
    }

    /// Writes down that somebody did not get in, and gives the one answer there is for that.
    pub async fn sign_in_refused(&self, email: &str) -> Problem {
        self.sign_in_refused_with(email, Problem::new(ProblemKind::SignedOut, "E-mail, password or code do not fit.")).await
    }

    /// The same for another reason.
    pub async fn sign_in_refused_with(&self, email: &str, problem: Problem) -> Problem {
        let typed: String = email.trim().chars().take(120).collect();
        let said = Said { scope: "", name: &typed, action: "sign-in", title: "Tried to sign in", reason: "" };
        match self.account_deed(&said).await {
            Ok(deed) => deed.refuse(None, problem).await,
            Err(problem) => problem,
        }
    }

    /// Ends this sign-in and its support session.
    pub async fn sign_out(&self, token: &Token) -> Result<(), Problem> {
        let scope = token.scope();
        let said = Said { scope: &scope, name: "unknown", action: "sign-out", title: "Signed out", reason: "" };
        let mut deed = self.account_deed(&said).await?;
        let ended: Option<(Uuid, Uuid)> = sqlx::query_as(
            "update console.sign_in set revoked_at = clock_timestamp() where token_hash = $1 and revoked_at is null returning id, staff_id",
        )
        .bind(token.hash())
        .fetch_optional(deed.conn())
        .await
        .map_err(|error| database(&error))?;
        let Some((id, staff)) = ended else {
            return Err(deed.refuse(None, Problem::signed_out()).await);
        };
        end_sessions(deed.conn(), &[id]).await?;
        deed.done(None, &format!("staff:{staff}"), "This sign-in only.").await
    }

    /// Ends every sign-in of the person, this one too.
    pub async fn sign_out_everywhere(&self, token: &Token) -> Result<(), Problem> {
        let scope = token.scope();
        let said = Said { scope: &scope, name: "unknown", action: "sign-out-everywhere", title: "Signed out everywhere", reason: "" };
        let mut deed = self.account_deed(&said).await?;
        let staff: Option<Uuid> = sqlx::query_scalar(
            "select staff_id from console.sign_in where token_hash = $1 and revoked_at is null and expires_at > clock_timestamp()",
        )
        .bind(token.hash())
        .fetch_optional(deed.conn())
        .await
        .map_err(|error| database(&error))?;
        let Some(staff) = staff else {
            return Err(deed.refuse(None, Problem::signed_out()).await);
        };
        let ended = end_everywhere(deed.conn(), staff).await?;
        let (subject, note) = (format!("staff:{staff}"), format!("{} sign-ins ended.", ended.len()));
        deed.done(None, &subject, &note).await
    }
}

/// Ends all sign-ins of a person and of the scripts they answer for, with their support sessions; gives which.
pub(super) async fn end_everywhere(connection: &mut sqlx::PgConnection, staff: Uuid) -> Result<Vec<Uuid>, Problem> {
    sqlx::query("update console.service_account set ended_by = (select name from console.staff where id = $1) where sponsor = $1 and ended_by is null and ends_at > clock_timestamp()")
        .bind(staff)
        .execute(&mut *connection)
        .await
        .map_err(|error| database(&error))?;
    let ended: Vec<Uuid> = sqlx::query_scalar(
        "update console.sign_in set revoked_at = clock_timestamp() where revoked_at is null and expires_at > clock_timestamp()
           and staff_id in (select $1 union select staff_id from console.service_account where sponsor = $1) returning id",
    )
    .bind(staff)
    .fetch_all(&mut *connection)
    .await
    .map_err(|error| database(&error))?;
    end_sessions(connection, &ended).await?;
    Ok(ended)
}

async fn end_sessions(connection: &mut sqlx::PgConnection, sign_ins: &[Uuid]) -> Result<(), Problem> {
    sqlx::query("update console.support_session set ended_at = clock_timestamp(), ended_by = 'sign_out' where sign_in_id = any ($1) and ended_at is null")
        .bind(sign_ins)
        .execute(connection)
        .await
        .map(|_| ())
        .map_err(|error| database(&error))
}
