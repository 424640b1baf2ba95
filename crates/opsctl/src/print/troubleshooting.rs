//! The list of commands that wait for a person.

use super::{Paint, cut, jobs::foot, table::table, words};
use actions::views::troubleshooting::TroubleshootingOutput;

pub fn troubleshooting(list: &TroubleshootingOutput, paint: Paint) -> String {
    if list.rows.is_empty() {
        return "No commands match: nothing waits for a person here.\n".to_owned();
    }
    let rows: Vec<Vec<String>> = list
        .rows
        .iter()
        .map(|row| {
            vec![
                paint.bold(&row.command.short()),
                row.tenant_name.clone(),
                row.domain.clone(),
                row.command_type.clone(),
                row.error_code.clone().unwrap_or_default(),
                cut(row.error_message.as_deref().or(row.error_title.as_deref()).unwrap_or_default(), 56),
                format!("{}/{}", row.attempts, row.max_attempts),
                row.job.map(|job| job.short()).unwrap_or_default(),
                words::ago(list.now, row.updated_at),
            ]
        })
        .collect();
    let heads = ["COMMAND", "TENANT", "DOMAIN", "TYPE", "CODE", "WHAT HAPPENED", "TRIES", "JOB", "SINCE"];
    let count = words::count(list.total, list.total_capped, "command");
    table(paint, &heads, &rows) + &*foot(paint, &count, list.next.as_deref())
}

#[cfg(test)]
mod tests {
    use super::super::samples;
    use super::*;

    #[test]
    fn a_waiting_command_is_one_line() {
        let text = troubleshooting(&samples::troubleshooting(), Paint(false));
        let row = text.lines().nth(1).expect("a row");
        for told in ["aa0b1c2d", "Acme", "plans", "IngestPlan", "OUT_OF_MEMORY", "3/3", "1f0a1b2c", "3 m ago"] {
            assert!(row.contains(told), "{told}: {row}");
        }
        assert!(text.ends_with("more than 10000 commands\n"), "{text}");
    }
}
