//! What a sender may ask about its own commands between sending and the reply; and the key with which
//! a tenant's pages report their errors. Not in here: what staff see (see the console's views).

use crate::{Bus, BusError, CommandId, TenantId};
use domain::CommandStatus;
use uuid::Uuid;

/// How a command stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Standing {
    pub command_id: CommandId,
    pub status: CommandStatus,
    pub attempts: u32,
    pub max_attempts: u32,
    /// Code and class of the last error; neither holds customer data.
    pub error_code: Option<String>,
    pub error_title: Option<String>,
}

type Row = (Uuid, String, i32, i32, Option<String>, Option<String>);

impl Bus {
    /// How these commands stand; unknown ones are left out.
    ///
    /// # Errors
    /// When the database is away.
    pub async fn standings(&self, commands: &[CommandId]) -> Result<Vec<Standing>, BusError> {
        let ids: Vec<Uuid> = commands.iter().map(|command| command.0).collect();
        let rows: Vec<Row> = sqlx::query_as(
            "select command_id, status, attempts, max_attempts, last_error_code, last_error_title
             from commandbus.command where command_id = any ($1)",
        )
        .bind(&ids)
        .fetch_all(&self.pool)
        .await?;
        let standing = |(id, status, attempts, max, code, title): Row| {
            Some(Standing {
                command_id: CommandId(id),
                status: status.parse().ok()?,
                attempts: attempts.unsigned_abs(),
                max_attempts: max.unsigned_abs(),
                error_code: code,
                error_title: title,
            })
        };
        Ok(rows.into_iter().filter_map(standing).collect())
    }

    /// Makes a public key known with which pages of a tenant report errors to the console, from these
    /// origins. The key is the caller's choice: 16 to 64 of a-z and 0-9; it grants nothing but reporting.
    ///
    /// # Errors
    /// When the tenant or the form of the key is wrong, or the database is away.
    pub async fn register_ingest_key(&self, tenant: TenantId, key: &str, label: &str, origins: &[String]) -> Result<(), BusError> {
        sqlx::query(
            "insert into telemetry.ingest_key (key, tenant_id, label, origins) values ($1, $2, $3, $4)
             on conflict (key) do update set label = excluded.label, origins = excluded.origins where ingest_key.tenant_id = excluded.tenant_id",
        )
        .bind(key)
        .bind(tenant.0)
        .bind(label)
        .bind(origins)
        .execute(&self.pool)
        .await?;
        Ok(())
    }
}
