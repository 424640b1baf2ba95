//! Enrolment: an invited person follows a one-time link, chooses a password, adds a second factor and
//! gets recovery codes. Only then can they sign in.

use super::{deed::Said, sign_in::end_everywhere};
use crate::{Gate, Token, error::database};
use domain::{Problem, Role, StaffId, TenantId};
use uuid::Uuid;

/// Whom to invite.
pub struct Invitation<'a> {
    pub staff: StaffId,
    pub email: &'a str,
    pub name: &'a str,
    pub role: Role,
    /// `None`: all tenants.
    pub only_tenant: Option<TenantId>,
    pub token: &'a Token,
    pub valid_hours: i32,
}

/// An enrolment under way.
#[derive(Clone, Debug)]
pub struct Enrolment {
    pub staff: StaffId,
    pub email: String,
    pub name: String,
    pub has_password: bool,
    /// The secret offered, encrypted by the server.
    pub totp_secret: Option<Vec<u8>>,
}

type EnrolmentRow = (Uuid, String, String, bool, Option<Vec<u8>>);

impl Gate {
    /// True while nobody has enrolled: the first administrator is still to come.
    pub async fn nobody_enrolled(&self) -> Result<bool, Problem> {
        sqlx::query_scalar("select not exists (select from console.staff where enrolled_at is not null)")
            .fetch_one(&self.account)
            .await
            .map_err(|error| database(&error))
    }

    /// Invites a person, or invites them anew: older links of theirs stop working. Somebody who has
    /// enrolled keeps password and factor until the new link is followed to its end.
    pub async fn invite(&self, invitation: &Invitation<'_>) -> Result<(), Problem> {
        let said =
            Said { scope: "", name: "the console's operator", action: "invite-staff", title: "Invited a member of staff", reason: "" };
        let mut deed = self.account_deed(&said).await?;
        let staff: Uuid = sqlx::query_scalar(
            "insert into console.staff (id, email, name) values ($1, lower($2), $3) on conflict (email) do update set name = excluded.name returning id",
        )
        .bind(invitation.staff.0)
        .bind(invitation.email.trim())
        .bind(invitation.name.trim())
        .fetch_one(deed.conn())
        .await
        .map_err(|error| database(&error))?;
        sqlx::query("insert into console.staff_role (staff_id, role, only_tenant) values ($1, $2, $3) on conflict do nothing")
            .bind(staff)
            .bind(invitation.role.word())
            .bind(invitation.only_tenant.map(|tenant| tenant.0))
            .execute(deed.conn())
            .await
            .map_err(|error| database(&error))?;
        sqlx::query("delete from console.enrolment where staff_id = $1")
            .bind(staff)
            .execute(deed.conn())
            .await
            .map_err(|error| database(&error))?;
        sqlx::query("insert into console.enrolment (token_hash, staff_id, expires_at) values ($1, $2, clock_timestamp() + make_interval(hours => $3))")
            .bind(invitation.token.hash())
            .bind(staff)
            .bind(invitation.valid_hours)
            .execute(deed.conn())
            .await
            .map_err(|error| database(&error))?;
        deed.done(None, &format!("staff:{staff}"), &format!("{} as {}.", invitation.email.trim(), invitation.role)).await
    }

    /// The enrolment behind a link; `None` when it was used, has ended, or never was.
    pub async fn enrolment(&self, token: &Token) -> Result<Option<Enrolment>, Problem> {
        let row: Option<EnrolmentRow> = sqlx::query_as(
            "select s.id, s.email, s.name, e.password_hash is not null, e.totp_secret from console.enrolment e join console.staff s on s.id = e.staff_id
             where e.token_hash = $1 and e.used_at is null and e.expires_at > clock_timestamp() and s.disabled_at is null",
        )
        .bind(token.hash())
        .fetch_optional(&self.account)
        .await
        .map_err(|error| database(&error))?;
        Ok(row.map(|(staff, email, name, has_password, totp_secret)| Enrolment {
            staff: StaffId(staff),
            email,
            name,
            has_password,
            totp_secret,
        }))
    }

    /// Keeps the chosen password and the secret offered for the second factor until the end.
    pub async fn enrol_password(&self, token: &Token, password_hash: &str, totp_secret: &[u8]) -> Result<(), Problem> {
        sqlx::query("update console.enrolment set password_hash = $2, totp_secret = $3 where token_hash = $1 and used_at is null and expires_at > clock_timestamp()")
            .bind(token.hash())
            .bind(password_hash)
            .bind(totp_secret)
            .execute(&self.account)
            .await
            .map_err(|error| database(&error))
            .and_then(|done| if done.rows_affected() == 1 { Ok(()) } else { Err(Problem::not_found()) })
    }

    /// Ends the enrolment: password, factor and recovery codes hold from now on; the link and every
    /// older sign-in of the person do not. `step` is the time step of the code just shown.
    pub async fn enrol_finish(&self, token: &Token, step: i64, recovery_hashes: &[Vec<u8>]) -> Result<(), Problem> {
        let Some(enrolment) = self.enrolment(token).await? else {
            return Err(Problem::not_found());
        };
        let said = Said { scope: "", name: &enrolment.name, action: "enrol", title: "Enrolled password and second factor", reason: "" };
        let mut deed = self.account_deed(&said).await?;
        let staff: Option<Uuid> = sqlx::query_scalar(
            "with e as (update console.enrolment set used_at = clock_timestamp() where token_hash = $1 and used_at is null and expires_at > clock_timestamp()
                          and password_hash is not null and totp_secret is not null returning staff_id, password_hash, totp_secret)
             update console.staff s set password_hash = e.password_hash, totp_secret = e.totp_secret, totp_last_step = $2, enrolled_at = clock_timestamp()
             from e where s.id = e.staff_id returning s.id",
        )
        .bind(token.hash())
        .bind(step)
        .fetch_optional(deed.conn())
        .await
        .map_err(|error| database(&error))?;
        let Some(staff) = staff else {
            return Err(deed.refuse(None, Problem::not_found()).await);
        };
        for sql in [
            "delete from console.recovery_code where staff_id = $1 and $2::bytea[] is not null",
            "insert into console.recovery_code (staff_id, code_hash) select $1, unnest($2::bytea[])",
            "update console.enrolment set password_hash = null, totp_secret = null where staff_id = $1 and $2::bytea[] is not null",
        ] {
            sqlx::query(sql).bind(staff).bind(recovery_hashes).execute(deed.conn()).await.map_err(|error| database(&error))?;
        }
        end_everywhere(deed.conn(), staff).await?;
        deed.done(None, &format!("staff:{staff}"), "Password, authenticator app and recovery codes.").await
    }
}
