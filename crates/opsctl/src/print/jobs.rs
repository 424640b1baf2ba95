//! The list of jobs.

use super::{Paint, cut, table::table, words};
use actions::views::jobs::JobsOutput;

pub fn jobs(list: &JobsOutput, paint: Paint) -> String {
    if list.rows.is_empty() {
        return "No jobs match.\n".to_owned();
    }
    let rows: Vec<Vec<String>> = list
        .rows
        .iter()
        .map(|row| {
            vec![
                paint.bold(&row.job.short()),
                words::job_status(paint, row.status),
                row.tenant_name.clone(),
                row.pipeline.clone(),
                row.current_step.clone().unwrap_or_default(),
                cut(row.error_title.as_deref().or(row.error_code.as_deref()).unwrap_or_default(), 48),
                row.duration_ms.map(words::brief).unwrap_or_default(),
                words::ago(list.now, row.updated_at),
            ]
        })
        .collect();
    let heads = ["JOB", "STATE", "TENANT", "PIPELINE", "STEP", "ERROR", "TOOK", "CHANGED"];
    let mut text = table(paint, &heads, &rows);
    text.push_str(&foot(paint, &words::count(list.total, list.total_capped, "job"), list.next.as_deref()));
    text
}

/// How many there are, and how to see older ones.
pub fn foot(paint: Paint, count: &str, next: Option<&str>) -> String {
    let older = next.map(|cursor| format!(" · older ones: --cursor {cursor}")).unwrap_or_default();
    paint.dim(&format!("{count}{older}")) + "\n"
}

#[cfg(test)]
mod tests {
    use super::super::samples;
    use super::*;

    #[test]
    fn a_failed_job_is_one_line() {
        let text = jobs(&samples::jobs(), Paint(false));
        let lines: Vec<&str> = text.lines().collect();
        assert!(lines[0].starts_with("JOB       STATE     TENANT"), "{text}");
        assert!(lines[1].starts_with("1f0a1b2c  ✗ failed  Acme"), "{text}");
        assert!(lines[1].contains("wall_detection") && lines[1].ends_with("3 m ago"), "{text}");
        assert_eq!(lines[2], "1 job · older ones: --cursor abc");
    }

    #[test]
    fn nothing_is_said_in_words() {
        let mut none = samples::jobs();
        none.rows.clear();
        assert_eq!(jobs(&none, Paint(false)), "No jobs match.\n");
    }
}
