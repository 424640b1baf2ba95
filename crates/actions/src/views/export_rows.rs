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
        find::server::Sieve,
        sealed::server::open,
        views::rows::{CommandRecord, bad, command_rows, push_command_page},
    };
    use gate::{Failed, Look, Show};
    use serde_json::value::RawValue;

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
            let next = records.last().filter(|_| more).map(|last| last.key().text());
            Ok(ExportRowsOutput { rows: records.into_iter().map(exported).collect::<Result<_, _>>()?, next })
        }
    }

    /// To the letter, but for what its contract calls sensitive.
    const WHOLE: &str = "(select commandbus.shown(c.domain, c.command_type, p.payload)::text from commandbus.payload_archive p
        where p.tenant_id = c.tenant_id and p.command_id = c.command_id)";

    async fn page(look: &mut Look, export: &Export, cursor: Option<&str>) -> Result<Vec<CommandRecord>, Failed> {
        let sieve = Sieve::new(look.conn(), &export.conditions).await?;
        let mut sql = command_rows(WHOLE);
        sieve.push_from(&mut sql);
        push_exportable(&mut sql, look.actor());
        push_command_page(&mut sql, cursor, EXPORT_PAGE, 0)?;
        Ok(sql.build_query_as().persistent(!sieve.looks_inside()).fetch_all(look.conn()).await?)
    }

    fn exported(record: CommandRecord) -> Result<ExportRow, Failed> {
        let row = record.row()?;
        let payload = row.payload.map(RawValue::from_string).transpose().map_err(|error| Failed::Garbled(error.to_string()))?;
        Ok(ExportRow {
            command: row.command,
            tenant: row.tenant,
            tenant_name: row.tenant_name,
            domain: row.domain,
            command_type: row.command_type,
            attempts: row.attempts,
            max_attempts: row.max_attempts,
            error_code: row.error_code,
            error_title: row.error_title,
            error_message: row.error_message,
            group: row.group,
            job: row.job,
            created_at: row.created_at,
            failed_at: row.updated_at,
            payload,
        })
    }
}
