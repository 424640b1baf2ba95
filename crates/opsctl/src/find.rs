//! From what a person types to an id. Full ids stand for themselves; the last digits, as the tables
//! show them, are looked up among the newest jobs, operations and the commands that wait.

use crate::{
    client::{Client, typed},
    failure::Failure,
};
use actions::views::{
    jobs::{Jobs, JobsOutput},
    operations::{Operations, OperationsOutput},
    troubleshooting::{Troubleshooting, TroubleshootingOutput},
};
use domain::{CommandId, JobId, OperationId};
use uuid::Uuid;

/// Pages of 200 rows looked through.
const PAGES: usize = 5;
const ROWS: i64 = 200;

pub fn job(text: &str, client: &Client) -> Result<JobId, Failure> {
    match read(text, "job")? {
        Typed::Whole(id) => Ok(JobId(id)),
        Typed::End(end) => {
            let known = newest_jobs(client)?.into_iter().map(|(job, _, about)| (job.0, about)).collect();
            one("job", &end, known).map(JobId)
        }
    }
}

pub fn command(text: &str, client: &Client) -> Result<CommandId, Failure> {
    match read(text, "command")? {
        Typed::Whole(id) => Ok(CommandId(id)),
        Typed::End(end) => {
            let mut known = waiting_commands(client)?;
            known.extend(newest_jobs(client)?.into_iter().map(|(_, command, about)| (command.0, about)));
            one("command", &end, known).map(CommandId)
        }
    }
}

pub fn operation(text: &str, client: &Client) -> Result<OperationId, Failure> {
    match read(text, "operation")? {
        Typed::Whole(id) => Ok(OperationId(id)),
        Typed::End(end) => {
            let page = Operations { limit: Some(ROWS), ..Operations::default() };
            let page: OperationsOutput = typed(client.view(&page)?)?;
            let about = |row: &actions::views::operations::OperationRow| format!("{} · {} · {}", row.tenant_name, row.action, row.state);
            one("operation", &end, page.rows.iter().map(|row| (row.operation.0, about(row))).collect()).map(OperationId)
        }
    }
}

#[derive(Debug, PartialEq)]
enum Typed {
    Whole(Uuid),
    End(String),
}

/// `…` and `job:` in front are taken off, so that ids can be pasted as they are shown.
fn read(text: &str, kind: &'static str) -> Result<Typed, Failure> {
    let id = text.trim().trim_start_matches(kind).trim_start_matches([':', ' ', '…']);
    if let Ok(id) = Uuid::parse_str(id) {
        return Ok(Typed::Whole(id));
    }
    let digits: String = id.chars().filter(|c| *c != '-').collect::<String>().to_ascii_lowercase();
    if (6..32).contains(&digits.len()) && digits.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return Ok(Typed::End(digits));
    }
    Err(Failure::Usage(format!(
        "\u{201c}{text}\u{201d} is not a {kind} id: give the whole UUID or at least its last 6 hexadecimal digits."
    )))
}

fn one(kind: &'static str, end: &str, known: Vec<(Uuid, String)>) -> Result<Uuid, Failure> {
    let looked_at = known.len();
    let mut fits: Vec<(Uuid, String)> = known.into_iter().filter(|(id, _)| id.simple().to_string().ends_with(end)).collect();
    fits.sort_by_key(|(id, _)| *id);
    fits.dedup_by_key(|(id, _)| *id);
    match fits.as_slice() {
        [(id, _)] => Ok(*id),
        [] => Err(Failure::NoSuchEnd { kind, typed: end.to_owned(), looked_at }),
        several => Err(Failure::Ambiguous {
            kind,
            typed: end.to_owned(),
            candidates: several.iter().map(|(id, about)| format!("  {id}  {}", crate::print::clean_text(about))).collect(),
        }),
    }
}

fn newest_jobs(client: &Client) -> Result<Vec<(JobId, CommandId, String)>, Failure> {
    let mut known = Vec::new();
    let mut cursor = None;
    for _ in 0..PAGES {
        let page = Jobs { limit: Some(ROWS), cursor, ..Jobs::default() };
        let page: JobsOutput = typed(client.view(&page)?)?;
        known.extend(
            page.rows.into_iter().map(|row| (row.job, row.command, format!("{} · {} · {}", row.tenant_name, row.pipeline, row.status))),
        );
        cursor = page.next;
        if cursor.is_none() {
            break;
        }
    }
    Ok(known)
}

fn waiting_commands(client: &Client) -> Result<Vec<(Uuid, String)>, Failure> {
    let mut known = Vec::new();
    let mut cursor = None;
    for _ in 0..PAGES {
        let page = Troubleshooting { limit: Some(ROWS), cursor, ..Troubleshooting::default() };
        let page: TroubleshootingOutput = typed(client.view(&page)?)?;
        known.extend(
            page.rows
                .into_iter()
                .map(|row| (row.command.0, format!("{} · {} {} · {}", row.tenant_name, row.domain, row.command_type, row.status))),
        );
        cursor = page.next;
        if cursor.is_none() {
            break;
        }
    }
    Ok(known)
}

#[cfg(test)]
mod tests {
    use super::*;

    const ID: &str = "01931f3c-7a10-7c3e-9b9e-2f6f1f0a1b2c";

    #[test]
    fn ids_are_read_as_they_are_shown() {
        let whole = Typed::Whole(Uuid::parse_str(ID).expect("an id"));
        assert_eq!(read(ID, "job").expect("whole"), whole);
        assert_eq!(read(&format!("job:{ID}"), "job").expect("with its kind"), whole);
        assert_eq!(read("…1F0A1B2C", "job").expect("an end"), Typed::End("1f0a1b2c".into()));
        for slip in ["1b2c", "wall_detection", "", "0a1b2x"] {
            assert_eq!(read(slip, "job").expect_err(slip).exit_code(), 2);
        }
    }

    #[test]
    fn an_end_that_fits_two_names_both() {
        let known = |ids: &[&str]| -> Vec<(Uuid, String)> {
            ids.iter().map(|id| (Uuid::parse_str(id).expect("an id"), "Acme".to_owned())).collect()
        };
        let other = "01931f3c-7a10-7c3e-9b9e-ffff1f0a1b2c";
        assert_eq!(one("job", "1f0a1b2c", known(&[ID, ID])).expect("the same twice is one").to_string(), ID);
        let told = one("job", "1f0a1b2c", known(&[ID, other])).expect_err("two");
        assert_eq!(told.exit_code(), 2);
        assert!(told.to_string().contains(ID) && told.to_string().contains(other), "{told}");
        assert_eq!(one("job", "abcdef", known(&[ID])).expect_err("none").exit_code(), 5);
    }
}
