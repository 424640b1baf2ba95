//! The rows of an export, a page at a time: those of the set its token fixed, as they are when they are read.

use domain::{At, CommandId, JobId, Permission, Sight, TenantId, View, ViewMeta};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

/// Rows on a page of an export.
pub const EXPORT_PAGE: i64 = 1_000;

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ExportRows {
    /// What `export-commands` gave.
    pub token: String,
    /// Where the page before ended.
    #[serde(default)]
    pub cursor: Option<String>,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct ExportRowsOutput {
    pub rows: Vec<ExportRow>,
    /// Cursor of the next page.
    pub next: Option<String>,
}

/// One command, in the order of a file's columns.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct ExportRow {
    pub command: CommandId,
    pub tenant: TenantId,
    pub tenant_name: String,
    pub domain: String,
    pub command_type: String,
    pub attempts: i32,
    pub max_attempts: i32,
    pub error_code: Option<String>,
    pub error_title: Option<String>,
    /// Inside only.
    pub error_message: Option<String>,
    pub group: Option<i64>,
    pub job: Option<JobId>,
    pub created_at: At,
    pub failed_at: At,
    /// Inside only; as it is written, so that no number loses a digit.
    pub payload: Option<Box<RawValue>>,
}

impl View for ExportRows {
    const META: ViewMeta = ViewMeta {
        name: "export-rows",
        title: "Rows of an export",
        path: "/fn/export-rows",
        cli: "opsctl troubleshooting export",
        sight: Sight::Excerpts,
        permission: Permission::Export,
    };
    type Output = ExportRowsOutput;
}

#[cfg(feature = "server")]
mod server {
    use super::{EXPORT_PAGE, ExportRow, ExportRows, ExportRowsOutput};
    use crate::{
        deeds::export_commands::{EXPORT_HOLDS_SECS, Export, PURPOSE, server::push_exportable},
        find::server::{CONTENT, Sieve},
        sealed::server::open,
        views::rows::{bad, micros, push_after},
    };
    use domain::{At, CommandId, JobId, TenantId};
    use gate::{Failed, Look, Show};
    use serde_json::value::RawValue;
    use sqlx::{Postgres, QueryBuilder, types::time::OffsetDateTime};
    use store::page::PageKey;
    use uuid::Uuid;

    #[derive(sqlx::FromRow)]
    struct Record {
        command_id: Uuid,
        tenant_id: Uuid,
        tenant_name: String,
        domain: String,
        command_type: String,
        attempts: i32,
        max_attempts: i32,
        last_error_code: Option<String>,
        last_error_title: Option<String>,
        message: Option<String>,
        group_id: Option<i64>,
        job_id: Option<Uuid>,
        created_at: OffsetDateTime,
        updated_at: OffsetDateTime,
        payload: Option<String>,
    }

    impl Show for ExportRows {
        async fn show(self, look: &mut Look) -> Result<ExportRowsOutput, Failed> {
            let export = open::<Export>(look.conn(), PURPOSE, &self.token).await?.ok_or_else(|| {
                bad("This is not the token of an export of yours. Export the list anew and use the token it gives.".into())
            })?;
            let age = look.now().secs_since(export.at);
            // Begun in time, it may go on for as long as a large file takes.
            if age >= EXPORT_HOLDS_SECS * if self.cursor.is_none() { 1 } else { 6 } {
                return Err(Failed::Conflict(format!(
                    "The export is of {} UTC and held for ten minutes. Export the list anew.",
                    export.at.clock()
                )));
            }
            let session = look.actor().support.as_ref().filter(|support| support.is_open(look.now())).map(|support| support.id);
            if (look.inside(), session) != (export.inside, export.session) {
                return Err(Failed::Conflict(
                    "The support session the export was made in is not the one of now; what it may show has changed. Export the list anew."
                        .into(),
                ));
            }
            let mut records = page(look, &export, self.cursor.as_deref()).await?;
            let more = i64::try_from(records.len()).unwrap_or(0) > EXPORT_PAGE;
            records.truncate(usize::try_from(EXPORT_PAGE).unwrap_or(usize::MAX));
            let next = records.last().filter(|_| more).map(|last| PageKey { micros: micros(last.updated_at), id: last.command_id }.text());
            Ok(ExportRowsOutput { rows: records.into_iter().map(Record::row).collect::<Result<_, _>>()?, next })
        }
    }

    async fn page(look: &mut Look, export: &Export, cursor: Option<&str>) -> Result<Vec<Record>, Failed> {
        let sieve = Sieve::new(look.conn(), &export.conditions).await?;
        let mut sql = QueryBuilder::<Postgres>::new(
            "select c.command_id, c.tenant_id, t.name as tenant_name, c.domain, c.command_type, c.attempts, c.max_attempts, c.last_error_code,
               c.last_error_title, e.message, g.id as group_id, j.job_id, c.created_at, c.updated_at, commandbus.shown(c.domain, c.command_type, p.payload)::text as payload from commandbus.command c",
        );
        sql.push(CONTENT).push(
            " join console.tenant t on t.id = c.tenant_id
             left join pipeline.job j on j.tenant_id = c.tenant_id and j.command_id = c.command_id",
        );
        sieve.push_where(&mut sql);
        push_exportable(&mut sql, look.actor());
        push_after(&mut sql, ("c.updated_at", "c.command_id"), cursor)?;
        sql.push(" order by c.updated_at desc, c.command_id desc limit ").push_bind(EXPORT_PAGE + 1);
        Ok(sql.build_query_as().persistent(!sieve.looks_inside()).fetch_all(look.conn()).await?)
    }

    impl Record {
        fn row(self) -> Result<ExportRow, Failed> {
            let payload = self.payload.map(RawValue::from_string).transpose().map_err(|error| Failed::Garbled(error.to_string()))?;
            Ok(ExportRow {
                command: CommandId(self.command_id),
                tenant: TenantId(self.tenant_id),
                tenant_name: self.tenant_name,
                domain: self.domain,
                command_type: self.command_type,
                attempts: self.attempts,
                max_attempts: self.max_attempts,
                error_code: self.last_error_code,
                error_title: self.last_error_title,
                error_message: self.message,
                group: self.group_id,
                job: self.job_id.map(JobId),
                created_at: At::from(self.created_at),
                failed_at: At::from(self.updated_at),
                payload,
            })
        }
    }
}
