//! What needs a person now, and how the parts are.

use super::{Paint, cut, table::table, words};
use actions::views::dashboard::{DashboardOutput, Health, IssueSource};

pub fn dashboard(board: &DashboardOutput, paint: Paint) -> String {
    let stats = [
        ("In troubleshooting", &board.troubleshooting),
        ("Failed jobs", &board.failed_jobs),
        ("Stuck jobs", &board.stuck_jobs),
        ("Frontend errors", &board.frontend_errors),
    ];
    let rows: Vec<Vec<String>> = stats
        .iter()
        .map(|(name, stat)| {
            let value = stat.value.to_string();
            let value = if stat.value > 0 { paint.bold(&value) } else { value };
            vec![(*name).to_owned(), value, words::spark(&stat.spark), stat.note.clone()]
        })
        .collect();
    let mut text = table(paint, &["ACTIVE ISSUES", "NOW", "LAST HOUR", ""], &rows);
    text.push_str(&issues(board, paint));
    text.push_str(&components(board, paint));
    text
}

fn issues(board: &DashboardOutput, paint: Paint) -> String {
    if board.top_issues.is_empty() {
        return "\nNo issues in the last hour.\n".to_owned();
    }
    let rows: Vec<Vec<String>> = board
        .top_issues
        .iter()
        .map(|issue| {
            let place = match issue.source {
                IssueSource::Command => format!("{} {} (group {})", issue.area, issue.command_type, issue.group),
                IssueSource::Frontend => format!("{}, page {} (group {})", issue.area, issue.command_type, issue.group),
            };
            vec![
                issue.count.to_string(),
                issue.code.clone(),
                cut(&issue.title, 56),
                place,
                issue.tenants.to_string(),
                words::ago(board.now, issue.last_seen),
            ]
        })
        .collect();
    format!("\n{}", table(paint, &["COUNT", "CODE", "TOP ISSUES", "WHERE", "TENANTS", "LAST SEEN"], &rows))
}

fn components(board: &DashboardOutput, paint: Paint) -> String {
    let rows: Vec<Vec<String>> = board
        .components
        .iter()
        .map(|part| {
            let health = match part.health {
                Health::Pass => paint.good("✓ well"),
                Health::Warn => paint.warn("! strained"),
                Health::Fail => paint.bad("✗ failing"),
            };
            vec![part.name.clone(), health, part.detail.clone()]
        })
        .collect();
    format!("\n{}", table(paint, &["PART", "HEALTH", ""], &rows))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn figures_issues_and_parts_are_there() {
        let stat = |value| json!({"value": value, "spark": [0, 1, 2], "note": "2 more than yesterday"});
        let board = serde_json::from_value(json!({
            "now": "2026-11-21T10:00:00Z",
            "troubleshooting": stat(3), "failed_jobs": stat(2), "stuck_jobs": stat(0), "frontend_errors": stat(9),
            "top_issues": [
                {"source": "command", "code": "OUT_OF_MEMORY", "title": "Out of memory", "count": 3, "tenants": 2,
                 "last_seen": "2026-11-21T09:58:00Z", "area": "plans", "command_type": "IngestPlan", "group": 12},
                {"source": "frontend", "code": "error", "title": "x is undefined", "count": 9, "tenants": 1,
                 "last_seen": "2026-11-21T09:59:50Z", "area": "Acme", "command_type": "/upload", "group": 5}],
            "components": [{"name": "database", "health": "warn", "detail": "140 ms"}],
        }))
        .expect("a dashboard");
        let text = dashboard(&board, Paint(false));
        assert!(text.contains("In troubleshooting  3    ·▄█        2 more than yesterday"), "{text}");
        assert!(text.contains("plans IngestPlan (group 12)") && text.contains("Acme, page /upload (group 5)"), "{text}");
        assert!(text.contains("database  ! strained  140 ms"), "{text}");
    }
}
