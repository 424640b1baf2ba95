//! Deploys, and what changed with one.

use super::{Paint, cut, table::table, words};
use actions::views::{
    deploy::{DeployOutput, DifferenceKind},
    deploys::{DeployRow, DeploysOutput},
};
use domain::DeploySource;

pub fn deploys(list: &DeploysOutput, paint: Paint) -> String {
    if list.rows.is_empty() {
        return "No deploy is known. Record one: opsctl deploy record frontend BUILD\n".to_owned();
    }
    let rows: Vec<Vec<String>> = list
        .rows
        .iter()
        .map(|row| {
            vec![
                paint.bold(&row.id.to_string()),
                words::ago(list.now, row.at),
                row.service.clone(),
                builds(row),
                row.tenant.clone().unwrap_or_else(|| "all".to_owned()),
                row.environment.clone(),
                said(row),
                if row.after_at.is_some() { "compared".to_owned() } else { String::new() },
            ]
        })
        .collect();
    let mut text = table(paint, &["DEPLOY", "WHEN", "SERVICE", "BUILD", "TENANT", "ENVIRONMENT", "KNOWN FROM", ""], &rows);
    if let Some(next) = list.next {
        text.push_str(&paint.dim(&format!("More: --before {next}")));
        text.push('\n');
    }
    text
}

fn builds(row: &DeployRow) -> String {
    match &row.build_before {
        Some(before) => format!("{} → {}", cut(before, 20), cut(&row.build, 20)),
        None => cut(&row.build, 40),
    }
}

fn said(row: &DeployRow) -> String {
    match row.source {
        DeploySource::Recorded => row.said_by.clone(),
        DeploySource::Noticed => "a changed build".to_owned(),
    }
}

pub fn deploy(found: &DeployOutput, paint: Paint) -> String {
    let row = &found.deploy;
    let mut text = format!("{} {}\n", paint.bold(&format!("Deploy {}: {}", row.id, row.service)), builds(row));
    text.push_str(&paint.dim(&format!("{} {} UTC, known from {}", row.at.date(), row.at.clock(), said(row))));
    text.push('\n');
    for (name, value) in [("commit", &row.git_sha), ("more", &row.url), ("tenant", &row.tenant)] {
        if let Some(value) = value {
            text.push_str(&format!("{name}  {value}\n"));
        }
    }
    for note in &found.notes {
        text.push_str(&format!("\n{}\n", paint.warn(note)));
    }
    if found.changes.is_empty() {
        if row.after_at.is_some() && row.before_at.is_some() {
            text.push_str("\nNothing else changed with it.\n");
        }
        return text;
    }
    let rows: Vec<Vec<String>> = found
        .changes
        .iter()
        .map(|change| {
            let word = change.kind.word();
            let bad = matches!(change.kind, DifferenceKind::New | DifferenceKind::Back | DifferenceKind::More);
            let place = match (change.group, change.frontend) {
                (None, _) => String::new(),
                (Some(group), true) => format!("opsctl frontend-logs --group {group}"),
                (Some(group), false) => format!("opsctl groups show {group}"),
            };
            vec![
                if bad { paint.bad(word) } else { word.to_owned() },
                cut(&change.what, 60),
                cut(&change.before, 30),
                cut(&change.after, 30),
                place,
            ]
        })
        .collect();
    text.push_str(&format!("\n{}", table(paint, &["CHANGE", "WHAT", "BEFORE", "AFTER", ""], &rows)));
    if found.left_out > 0 {
        text.push_str(&paint.dim(&format!("{} more are not listed.\n", found.left_out)));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_deploy_says_what_changed() {
        let row = json!({"id": 3, "service": "frontend", "build": "b2", "build_before": "b1", "git_sha": null, "environment": "", "url": null,
            "at": "2026-11-21T10:00:00Z", "source": "noticed", "said_by": "the console", "tenant": null, "settles_at": "2026-11-21T10:05:00Z",
            "before_at": "2026-11-21T09:59:00Z", "after_at": "2026-11-21T10:05:30Z"});
        let found: DeployOutput = serde_json::from_value(json!({"now": "2026-11-21T10:10:00Z", "deploy": row, "notes": [], "left_out": 0,
            "changes": [{"weight": 90, "kind": "new", "what": "ERROR: x is undefined", "before": "", "after": "9 times", "group": 5, "frontend": true}]}))
        .expect("a deploy");
        let text = deploy(&found, Paint(false));
        assert!(text.contains("frontend b1 → b2") && text.contains("known from a changed build"), "{text}");
        assert!(text.contains("new group  ERROR: x is undefined          9 times  opsctl frontend-logs --group 5"), "{text}");
        let list = DeploysOutput { now: found.now, rows: vec![found.deploy], next: Some(3) };
        assert!(deploys(&list, Paint(false)).contains("More: --before 3"));
    }
}
