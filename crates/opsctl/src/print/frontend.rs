//! Frontend errors: groups, and the events of one group.

use super::{
    Paint, cut,
    groups::{part, standing},
    jobs::foot,
    table::{facts, table},
    words,
};
use actions::views::{
    frontend_event::FrontendEventOutput,
    frontend_group::{FrontendGroupOutput, SeenIn},
    frontend_logs::{Age, EventRow, FrontendLogsOutput, GroupRow, Loss},
    logs::Removed,
};
use domain::At;

pub fn frontend_logs(logs: &FrontendLogsOutput, one_group: bool, paint: Paint) -> String {
    let lost: Vec<String> = logs.losses.iter().map(Loss::words).collect();
    let lost =
        if lost.is_empty() { String::new() } else { paint.dim(&format!("Not delivered within a day: {}.", lost.join(" \u{b7} "))) + "\n" };
    if logs.groups.is_empty() {
        return "No frontend errors match. Also those that want nobody: opsctl frontend-logs --state all\n".to_owned() + &*lost;
    }
    let rows: Vec<Vec<String>> = logs
        .groups
        .iter()
        .map(|group| {
            vec![
                paint.bold(&group.id.to_string()),
                words::group_state(paint, group.standing.state),
                group.tenant_name.clone(),
                group.kind.word().to_owned(),
                group.route.clone(),
                cut(&group.title, 56),
                group.count.to_string(),
                group.sessions.to_string(),
                words::spark(&group.spark),
                build(group),
                words::ago(logs.now, group.last_seen),
            ]
        })
        .collect();
    let heads = ["GROUP", "STATE", "TENANT", "KIND", "ROUTE", "WHAT", "EVENTS", "TABS", "LAST HOUR", "BUILD", "LAST SEEN"];
    let shown = words::count(i64::try_from(rows.len()).unwrap_or(i64::MAX), false, "group") + " shown";
    let mut text = table(paint, &heads, &rows) + &*foot(paint, &shown, logs.next.as_deref()) + &*lost;
    for event in &logs.events {
        text.push_str(&event_text(event, paint));
    }
    if one_group && !logs.inside {
        text.push_str(&paint.dim("Single events are shown inside a support session on this tenant: opsctl session start"));
        text.push('\n');
    }
    text
}

/// The last build, and what is known of it.
fn build(group: &GroupRow) -> String {
    let known = match group.age() {
        Age::Unknown | Age::Present => "",
        Age::Older => " (older builds only)",
        Age::StaleBuild => " (stale build)",
    };
    [&group.last_build, known].concat()
}

pub fn frontend_event(shown: &FrontendEventOutput, _: Paint) -> String {
    match &shown.said {
        Some(said) => format!("{said:#}\n"),
        None if shown.inside => "Nothing more is kept of this event.\n".to_owned(),
        None => "What a page said of an event is shown within a support session on its customer.\n".to_owned(),
    }
}

pub fn frontend_group(shown: &FrontendGroupOutput, paint: Paint) -> String {
    let group = &shown.group;
    let mut text = format!("{} {}\n", paint.bold(&format!("Frontend group {}", group.id)), group.title);
    text.push_str(&facts(
        paint,
        &[
            ("state", standing(&group.standing, shown.now, paint)),
            ("tenant", group.tenant_name.clone()),
            ("kind", group.kind.word().to_owned()),
            ("events", group.count.to_string()),
            ("tabs", group.sessions.to_string()),
            ("first seen", format!("{}, build {}", words::ago(shown.now, group.first_seen), group.first_build)),
            ("last seen", format!("{}, build {}", words::ago(shown.now, group.last_seen), group.last_build)),
            ("last hour", words::spark(&group.spark)),
            ("fingerprint", group.fingerprint.clone()),
        ],
    ));
    text.push_str(&part(paint, &["BUILD", "TABS", "FIRST SEEN"], &seen_in(&shown.builds, shown.now)));
    text.push_str(&part(paint, &["BROWSER", "TABS", "FIRST SEEN"], &seen_in(&shown.browsers, shown.now)));
    text.push_str(&part(paint, &["ROUTE", "TABS", "FIRST SEEN"], &seen_in(&shown.routes, shown.now)));
    let beside: Vec<Vec<String>> =
        shown.beside.iter().map(|group| vec![group.group.to_string(), cut(&group.title, 72), group.tabs.to_string()]).collect();
    text.push_str(&part(paint, &["GROUP", "ALSO IN THESE TABS", "TABS"], &beside));
    for note in &shown.notes {
        text.push_str(&format!("\n{} {}\n  {}\n", paint.bold(&note.who), paint.dim(&words::ago(shown.now, note.at)), note.note));
    }
    if !shown.inside {
        return text
            + &*paint.dim("Single events and commands are shown inside a support session on this tenant: opsctl session start")
            + "\n";
    }
    let commands: Vec<Vec<String>> = shown
        .commands
        .iter()
        .map(|row| {
            vec![
                paint.bold(&row.command.short()),
                format!("{}/{}", row.domain, row.command_type),
                row.status.word().to_owned(),
                words::ago(shown.now, row.updated_at),
                row.page_session.clone(),
            ]
        })
        .collect();
    text.push_str(&part(paint, &["SENT BY THESE TABS", "TYPE", "STATUS", "SINCE", "TAB"], &commands));
    for event in &shown.events {
        text.push_str(&event_text(event, paint));
    }
    text
}

fn seen_in(rows: &[SeenIn], now: At) -> Vec<Vec<String>> {
    rows.iter().map(|row| vec![row.value.clone(), row.tabs.to_string(), words::ago(now, row.first_seen)]).collect()
}

fn event_text(event: &EventRow, paint: Paint) -> String {
    let times = if event.count > 1 { format!(" · {} times", event.count) } else { String::new() };
    let command = event.command.map(|id| format!(" · command {}", id.short())).unwrap_or_default();
    let mut text = format!(
        "\n{} {} · {} · build {} · {} · socket {}{times}{command}\n  {}\n",
        paint.bold(&event.at.date()),
        event.at.clock(),
        event.route,
        event.build,
        event.browser,
        event.socket,
        event.message
    );
    let resolved = event.in_source();
    for line in resolved.as_deref().unwrap_or_default().lines() {
        text.push_str(&format!("    {line}\n"));
    }
    if resolved.is_some() {
        text.push_str(&paint.dim("    as the browser wrote it:\n"));
    }
    for line in event.stack.lines() {
        text.push_str(&format!("    {}\n", paint.dim(line.trim())));
    }
    if event.wants_artifacts() {
        text.push_str(&paint.dim(&format!("    for files and lines: {}\n", event.upload_line())));
    }
    if !event.removed.is_empty() {
        text.push_str(&paint.dim(&format!("    (secrets removed: {})\n", Removed::words(&event.removed))));
    }
    if event.cut {
        text.push_str(&paint.dim("    (cut to the size limit)\n"));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_group_and_its_events() {
        let mut logs: FrontendLogsOutput = serde_json::from_value(json!({
            "now": "2026-11-21T10:00:00Z", "next": null, "inside": true, "losses": [{"reason": "transit", "count": 2, "browsers": ["Chrome 150"]}],
            "groups": [{"id": 5, "tenant": "01931f3c-7a10-7c3e-9b9e-000000000001", "tenant_name": "Acme",
                "fingerprint": "00ff00ff00ff00ff", "kind": "rejection", "title": "Upload failed: <num>", "route": "/upload",
                "count": 12, "sessions": 3, "standing": {"state": "NEW", "state_at": "2026-11-20T10:00:00Z"}, "first_seen": "2026-11-20T10:00:00Z", "last_seen": "2026-11-21T09:59:30Z",
                "first_build": "a1", "last_build": "b2", "current_build": "b3", "in_current_build": false, "spark": [0, 12]}],
            "events": [{"id": 9, "at": "2026-11-21T09:59:30Z", "build": "b2", "route": "/upload", "page_session": "p",
                "browser": "Chromium 156", "socket": "open", "message": "Upload failed: 500",
                "stack": "at send (app.js:1)\nat click (app.js:9)", "count": 2, "cut": false,
                "command": "01931f3c-7a10-7c3e-9b9e-2f6faa0b1c2d"}],
        }))
        .expect("logs");
        let text = frontend_logs(&logs, true, Paint(false));
        assert!(
            text.contains("rejection  /upload  Upload failed: <num>  12      3     ·█         b2 (older builds only)  30 s ago"),
            "{text}"
        );
        assert!(text.contains("2 times · command aa0b1c2d\n  Upload failed: 500\n    at send (app.js:1)\n"), "{text}");
        assert!(text.contains("    for files and lines: opsctl artifacts upload DIRECTORY --build=b2\n"), "{text}");
        logs.events[0].build = "it's; id".into();
        assert_eq!(logs.events[0].upload_line(), r"opsctl artifacts upload DIRECTORY --build='it'\''s; id'");
        logs.events[0].frames = Some(
            serde_json::from_value(json!([{"raw": "at send (app.js:1)", "places": [{"function": "send", "file": "src/upload.ts",
                "line": 12, "column": 3, "source_from": 11, "source": ["// sends it", "post(file);"]}]},
                {"raw": "at click (app.js:9)", "places": []}]))
            .expect("frames"),
        );
        let text = frontend_logs(&logs, true, Paint(false));
        let resolved = "    send  src/upload.ts:12:3\n        11  // sends it\n      > 12  post(file);\n    at click (app.js:9)\n    as the browser wrote it:\n    at send";
        assert!(text.contains(resolved) && !text.contains("artifacts upload"), "{text}");
        (logs.inside, logs.events) = (false, Vec::new());
        assert!(frontend_logs(&logs, true, Paint(false)).contains("opsctl session start"));
        assert!(!frontend_logs(&logs, false, Paint(false)).contains("opsctl session start"));
    }
}
