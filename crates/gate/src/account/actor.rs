//! From a token to the person: roles, second factor, running support session. Read anew for every
//! request, so that what was taken away is gone at once.

use crate::{Gate, Token, error::database};
use domain::{Actor, At, Permission, Problem, Role, Service, SignInId, StaffId, Support, SupportSessionId, TenantId};
use sqlx::{PgConnection, types::time::OffsetDateTime};
use uuid::Uuid;

/// A browser that shows nothing for this long is signed out; a token only by its own end.
const IDLE_MINUTES: i32 = 15;

type ActorRow = (Uuid, String, Uuid, String, String, OffsetDateTime, OffsetDateTime, OffsetDateTime);
type SupportRow = (Uuid, Uuid, String, String, String, OffsetDateTime, OffsetDateTime, Option<OffsetDateTime>);

impl Gate {
    /// The person behind a token and the database's clock; `SignedOut` when there is none.
    pub async fn actor(&self, token: &Token) -> Result<(Actor, At), Problem> {
        let (actor, now, _) = self.actor_with_sign_in(token).await?;
        Ok((actor, now))
    }

    pub(crate) async fn actor_with_sign_in(&self, token: &Token) -> Result<(Actor, At, SignInId), Problem> {
        self.actor_row(token).await.map_err(|error| database(&error))?.ok_or_else(Problem::signed_out)
    }

    /// Whether a sign-in is still there, whatever its token is by now.
    pub(crate) async fn sign_in_goes_on(&self, sign_in: SignInId) -> Result<bool, Problem> {
        sqlx::query_scalar(
            "select exists (select from console.sign_in where id = $1 and revoked_at is null and expires_at > clock_timestamp())",
        )
        .bind(sign_in.0)
        .fetch_one(&self.account)
        .await
        .map_err(|error| database(&error))
    }

    async fn actor_row(&self, token: &Token) -> Result<Option<(Actor, At, SignInId)>, sqlx::Error> {
        let mut connection = self.account.acquire().await?;
        // `last_seen_at` moves at most every 30 seconds: reading pages should not write all the time.
        let row: Option<ActorRow> = sqlx::query_as(
            "with present as (
               select i.id, i.staff_id, i.last_seen_at from console.sign_in i join console.staff s on s.id = i.staff_id
               where i.token_hash = $1 and i.revoked_at is null and i.expires_at > clock_timestamp() and s.disabled_at is null
                 and (i.kind <> 'browser' or i.last_seen_at > clock_timestamp() - make_interval(mins => $2))),
             touched as (update console.sign_in i set last_seen_at = clock_timestamp() from present p
               where i.id = p.id and p.last_seen_at < clock_timestamp() - interval '30 seconds')
             select i.id, i.kind, s.id, s.name, s.email, i.second_factor_at, i.expires_at, clock_timestamp()
             from present p join console.sign_in i on i.id = p.id join console.staff s on s.id = i.staff_id",
        )
        .bind(token.hash())
        .bind(IDLE_MINUTES)
        .fetch_optional(&mut *connection)
        .await?;
        let Some((sign_in, kind, staff, name, email, second_factor_at, until, now)) = row else {
            return Ok(None);
        };
        let roles = roles_of(&mut connection, staff).await?;
        let service = match kind.as_str() {
            "service" => match service_of(&mut connection, staff, &roles).await? {
                Some(service) => Some(service),
                // Whoever answered for it is no longer here.
                None => return Ok(None),
            },
            _ => None,
        };
        let support: Option<SupportRow> = sqlx::query_as(
            "select s.id, s.tenant_id, t.name, s.ticket, s.reason, s.started_at, s.expires_at, s.write_until
             from console.support_session s join console.tenant t on t.id = s.tenant_id
             where s.sign_in_id = $1 and s.ended_at is null and s.expires_at > clock_timestamp()",
        )
        .bind(sign_in)
        .fetch_optional(&mut *connection)
        .await?;
        let actor = Actor {
            staff: StaffId(staff),
            name,
            email,
            roles,
            second_factor_at: Some(At::from(second_factor_at)),
            signed_in_until: At::from(until),
            support: support.map(support_of),
            service,
        };
        Ok(Some((actor, At::from(now), SignInId(sign_in))))
    }
}

type Roles = Vec<(Role, Option<TenantId>)>;

async fn roles_of(connection: &mut PgConnection, staff: Uuid) -> Result<Roles, sqlx::Error> {
    let rows: Vec<(String, Option<Uuid>)> =
        sqlx::query_as("select role, only_tenant from console.staff_role where staff_id = $1 order by role")
            .bind(staff)
            .fetch_all(connection)
            .await?;
    Ok(rows.into_iter().filter_map(|(role, tenant)| Some((role.parse::<Role>().ok()?, tenant.map(TenantId)))).collect())
}

/// What a script's account may still do: what its sponsor lost meanwhile is lost to it too.
async fn service_of(connection: &mut PgConnection, staff: Uuid, roles: &Roles) -> Result<Option<Service>, sqlx::Error> {
    let row: Option<(Vec<String>, Uuid, String)> = sqlx::query_as(
        "select a.permissions, p.id, p.name from console.service_account a join console.staff p on p.id = a.sponsor where a.staff_id = $1 and p.disabled_at is null",
    )
    .bind(staff)
    .fetch_optional(&mut *connection)
    .await?;
    let Some((permissions, sponsor, name)) = row else {
        return Ok(None);
    };
    let theirs = roles_of(connection, sponsor).await?;
    let covers = |scope: Option<TenantId>| roles.iter().all(|(_, own)| scope.is_none() || scope == *own);
    let held = |permission: &Permission| theirs.iter().any(|(role, scope)| role.permissions().contains(permission) && covers(*scope));
    let permissions = permissions.iter().filter_map(|word| word.parse().ok()).filter(held).collect();
    Ok(Some(Service { sponsor: name, permissions }))
}

fn support_of((id, tenant, tenant_name, ticket, reason, started, expires, write): SupportRow) -> Support {
    Support {
        id: SupportSessionId(id),
        tenant: TenantId(tenant),
        tenant_name,
        ticket,
        reason,
        started_at: At::from(started),
        expires_at: At::from(expires),
        write_until: write.map(At::from),
    }
}
