//! What a customer lets support see of what is masked: given and withdrawn in the host's product, where the customer is signed in.
//! Which classes take it is said in `console.data_class`; a class of a contract that is not there takes it too. Not in here: revealing.

use crate::{Bus, BusError};
use domain::TenantId;
use sqlx::types::time::OffsetDateTime;
use std::time::Duration;

/// Longest time one consent holds.
pub const LONGEST_CONSENT: Duration = Duration::from_secs(30 * 24 * 3600);

/// A consent that holds.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct Consent {
    /// As contracts name it with `x-class`.
    pub class: String,
    /// Who gave it, as the host knows them.
    pub given_by: String,
    pub given_at: OffsetDateTime,
    pub ends_at: OffsetDateTime,
}

impl Bus {
    /// Lets support see what a tenant's contracts call `class`, for a time of at most [`LONGEST_CONSENT`]. `given_by` names the person
    /// who agreed, such as an e-mail address; it is kept with the consent, which the audit names by its number.
    ///
    /// # Errors
    /// When the class is no word, nobody is named, or the time is too long; when the database is away.
    pub async fn give_consent(&self, tenant: TenantId, class: &str, given_by: &str, time: Duration) -> Result<(), BusError> {
        sqlx::query(
            "insert into console.consent (tenant_id, class, given_by, given_at, ends_at)
             select $1, $2, $3, t, t + make_interval(secs => $4) from clock_timestamp() t",
        )
        .bind(tenant.0)
        .bind(class)
        .bind(given_by)
        .bind(time.as_secs_f64())
        .execute(&self.pool)
        .await?;
        Ok(())
    }

    /// Takes back every consent of a class that holds, at once; how many there were.
    ///
    /// # Errors
    /// When the database is away.
    pub async fn withdraw_consent(&self, tenant: TenantId, class: &str, withdrawn_by: &str) -> Result<u64, BusError> {
        let withdrawn = sqlx::query(
            "update console.consent set withdrawn_at = clock_timestamp(), withdrawn_by = $3
             where tenant_id = $1 and class = $2 and withdrawn_at is null and ends_at > clock_timestamp()",
        )
        .bind(tenant.0)
        .bind(class)
        .bind(withdrawn_by)
        .execute(&self.pool)
        .await?;
        Ok(withdrawn.rows_affected())
    }

    /// The consents of a tenant that hold, the one of each class that ends last.
    ///
    /// # Errors
    /// When the database is away.
    pub async fn consents(&self, tenant: TenantId) -> Result<Vec<Consent>, BusError> {
        Ok(sqlx::query_as(
            "select distinct on (class) class, given_by, given_at, ends_at from console.consent
             where tenant_id = $1 and withdrawn_at is null and ends_at > clock_timestamp() order by class, ends_at desc",
        )
        .bind(tenant.0)
        .fetch_all(&self.pool)
        .await?)
    }
}
