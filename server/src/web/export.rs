//! Exports as files: the rows of an export's token, page by page, written as they come, so that a million rows need no more memory
//! than a thousand. What breaks in the middle breaks the connection: half a file is never taken for a whole one.
//! Not in here: which rows, and who may have them (see `actions`).

use super::{AppState, rest::problem};
use crate::auth;
use actions::{
    deeds::export_commands::{Export, ExportFormat},
    table,
    views::export_rows::{ExportRow, ExportRows, ExportRowsOutput},
};
use axum::{
    body::Body,
    extract::{Path, State},
    http::{HeaderMap, header},
    response::{IntoResponse, Response},
};
use domain::{Problem, ProblemKind, View};
use futures::stream;
use gate::Token;
use std::io;

const COLUMNS: [&str; 15] = [
    "command",
    "tenant",
    "tenant_name",
    "domain",
    "command_type",
    "attempts",
    "max_attempts",
    "error_code",
    "error_title",
    "error_message",
    "group",
    "job",
    "created_at",
    "failed_at",
    "payload",
];

/// GET `/api/v1/support/exports/{token}`.
pub(super) async fn file(State(state): State<AppState>, Path(export): Path<String>, headers: HeaderMap) -> Response {
    let begun = async {
        let token = auth::token_of(&headers).ok_or_else(Problem::signed_out)?;
        let first = page(&state, &token, &export, None).await?;
        // The view has judged the token.
        let said = Export::parse(&export).ok_or_else(|| broken("the token"))?;
        Ok::<_, Problem>((token, first, said))
    };
    match begun.await {
        Ok((token, first, said)) => answer(state, token, export, said, first),
        Err(no) => problem(&no),
    }
}

fn answer(state: AppState, token: Token, export: String, said: Export, first: ExportRowsOutput) -> Response {
    let kind = match said.format {
        ExportFormat::Csv => "text/csv; charset=utf-8",
        ExportFormat::Jsonl => "application/jsonl",
    };
    let file = format!("attachment; filename=\"{}\"", said.file);
    let head = if said.format == ExportFormat::Csv { csv_line(&COLUMNS) } else { Ok(Vec::new()) };
    let pages = stream::try_unfold(Some((head, first)), move |page_now| {
        let (state, token, export) = (state.clone(), token.clone(), export.clone());
        async move {
            let Some((head, output)) = page_now else { return Ok::<_, io::Error>(None) };
            let mut written = head?;
            for row in &output.rows {
                written.extend(line(said.format, row)?);
            }
            let next = match output.next {
                None => None,
                Some(cursor) => Some((Ok(Vec::new()), page(&state, &token, &export, Some(cursor)).await.map_err(io::Error::other)?)),
            };
            Ok(Some((written, next)))
        }
    });
    ([(header::CONTENT_TYPE, kind), (header::CONTENT_DISPOSITION, &file), (header::CACHE_CONTROL, "no-store")], Body::from_stream(pages))
        .into_response()
}

async fn page(state: &AppState, token: &Token, export: &str, cursor: Option<String>) -> Result<ExportRowsOutput, Problem> {
    let entry = table::view(ExportRows::META.name).ok_or_else(|| broken("the view"))?;
    let input = serde_json::to_value(ExportRows { token: export.to_owned(), cursor }).map_err(|_| broken("the question"))?;
    let raw = state.gate.view(token, entry, input).await?;
    serde_json::from_str(raw.get()).map_err(|_| broken("the answer"))
}

fn broken(what: &str) -> Problem {
    Problem::new(ProblemKind::Internal, format!("The export broke off: {what} could not be read."))
}

fn line(format: ExportFormat, row: &ExportRow) -> io::Result<Vec<u8>> {
    match format {
        ExportFormat::Jsonl => {
            let mut line = serde_json::to_vec(row)?;
            line.push(b'\n');
            Ok(line)
        }
        ExportFormat::Csv => {
            let text = |value: &Option<String>| value.as_deref().map(tame).unwrap_or_default();
            csv_line(&[
                row.command.to_string(),
                row.tenant.to_string(),
                tame(&row.tenant_name),
                tame(&row.domain),
                tame(&row.command_type),
                row.attempts.to_string(),
                row.max_attempts.to_string(),
                text(&row.error_code),
                text(&row.error_title),
                text(&row.error_message),
                row.group.map(|group| group.to_string()).unwrap_or_default(),
                row.job.map(|job| job.to_string()).unwrap_or_default(),
                row.created_at.to_string(),
                row.failed_at.to_string(),
                row.payload.as_ref().map(|payload| tame(payload.get())).unwrap_or_default(),
            ])
        }
    }
}

fn csv_line<T: AsRef<[u8]>>(cells: &[T]) -> io::Result<Vec<u8>> {
    let mut writer = csv::WriterBuilder::new().terminator(csv::Terminator::CRLF).from_writer(Vec::new());
    writer.write_record(cells).map_err(io::Error::other)?;
    writer.into_inner().map_err(|error| io::Error::other(error.to_string()))
}

/// A cell that a spreadsheet takes for text: one that would begin a formula begins with an apostrophe. Also the wide forms of
/// the signs, which some spreadsheets read as the narrow ones.
fn tame(text: &str) -> String {
    let first = text.trim_start_matches([' ', '\u{3000}', '\u{a0}']).chars().next();
    match first {
        Some('=' | '+' | '-' | '@' | '\t' | '\r' | '\n' | '\u{ff1d}' | '\u{ff0b}' | '\u{ff0d}' | '\u{ff20}') => format!("'{text}"),
        _ => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::{csv_line, tame};

    #[test]
    fn no_cell_is_a_formula() {
        for formula in ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "  =1", "\u{ff1d}1", "\u{a0}@x"] {
            assert!(tame(formula).starts_with('\''), "{formula:?}");
        }
        for text in ["plan-7.pdf", "{\"a\": \"=1\"}", "", "1-2"] {
            assert_eq!(tame(text), text);
        }
    }

    #[test]
    fn cells_hold_whatever_there_is() {
        let line = csv_line(&["a,b", "say \"no\"", "two\nlines", ""]).expect("a line");
        assert_eq!(String::from_utf8(line).expect("text"), "\"a,b\",\"say \"\"no\"\"\",\"two\nlines\",\r\n");
    }
}
