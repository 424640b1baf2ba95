//! One command: facts, history, payload, reply.

use super::{
    Paint,
    table::{facts, table},
    words,
};
use actions::views::command::{CommandOutput, PayloadSource, RevisionChange};

pub fn command(command: &CommandOutput, paint: Paint) -> String {
    let row = &command.row;
    let error = [&row.error_code, &row.error_title].into_iter().flatten().cloned().collect::<Vec<_>>().join(" · ");
    let mut text = facts(
        paint,
        &[
            ("command", row.command.to_string()),
            ("kind", format!("{} · {}", row.domain, row.command_type)),
            ("tenant", row.tenant_name.clone()),
            ("state", words::command_status(paint, row.status)),
            ("tries", format!("{} of {}", row.attempts, row.max_attempts)),
            ("error", error),
            ("message", row.error_message.clone().unwrap_or_default()),
            ("job", row.job.map(|job| job.to_string()).unwrap_or_default()),
            ("sent", words::ago(command.now, row.created_at)),
            ("changed", words::ago(command.now, row.updated_at)),
            ("worker", command.worker.clone().unwrap_or_default()),
            ("correlation", command.correlation_id.to_string()),
            ("reply to", command.reply_to.clone().unwrap_or_default()),
        ],
    );
    text.push_str(&words::standstill(paint, command.standstill.as_ref()));
    text.push_str(&history(command, paint));
    text.push_str(&content(command, paint));
    text
}

fn history(command: &CommandOutput, paint: Paint) -> String {
    let rows: Vec<Vec<String>> = command
        .history
        .iter()
        .map(|row| {
            vec![
                format!("{} {}", row.at.date(), row.at.clock()),
                row.event.to_string(),
                row.who.clone().unwrap_or_default(),
                row.code.clone().unwrap_or_default(),
                row.detail.clone().unwrap_or_default(),
            ]
        })
        .collect();
    if rows.is_empty() {
        return String::new();
    }
    format!("\n{}", table(paint, &["AT (UTC)", "EVENT", "WHO", "CODE", "DETAIL"], &rows))
}

fn content(command: &CommandOutput, paint: Paint) -> String {
    if !command.inside {
        return format!("\n{}\n", paint.dim("The payload is shown inside a support session on this tenant: opsctl session start"));
    }
    let from = match command.payload_source {
        Some(PayloadSource::Queue) => " (from the queue)",
        Some(PayloadSource::Archive) => " (from the archive)",
        Some(PayloadSource::PayloadArchive) => " (from the payload archive)",
        Some(PayloadSource::Lost) => ": lost, so the command cannot be sent again",
        None => "",
    };
    let mut text = format!("\n{}\n", paint.bold(&format!("Payload{from}")));
    if let Some(payload) = &command.row.payload {
        text.push_str(&format!("{}\n", laid_out(payload)));
    }
    if let Some(reply) = &command.reply {
        text.push_str(&format!("\n{}\n{reply:#}\n", paint.bold("Reply")));
    }
    text.push_str(&revisions(command, paint));
    text
}

/// JSON over lines, what cannot be seen written out; anything else as it is.
pub fn laid_out(json: &str) -> String {
    exact::Json::read(json).map_or_else(|_| json.to_owned(), |value| value.pretty())
}

/// Who edited the payload, and what.
fn revisions(command: &CommandOutput, paint: Paint) -> String {
    let mut text = String::new();
    for revision in &command.revisions {
        let head = format!("Edit {} by {}, {}", revision.number, revision.who, words::ago(command.now, revision.at));
        let side = |value: &Option<String>| value.clone().unwrap_or_else(|| "\u{2013}".to_owned());
        let row = |change: &RevisionChange| vec![change.path.clone(), side(&change.before), "\u{2192}".to_owned(), side(&change.after)];
        let rows: Vec<_> = revision.changes.iter().map(row).collect();
        text.push_str(&format!("\n{}\n{}", paint.bold(&head), table(paint, &["FIELD", "BEFORE", "", "AFTER"], &rows)));
        if revision.more > 0 {
            text.push_str(&format!("and {} more\n", revision.more));
        }
    }
    if let Some(original) = &command.original {
        text.push_str(&format!("\n{}\n{}\n", paint.bold("Payload as it was sent at first"), laid_out(original)));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::super::samples;
    use super::*;

    #[test]
    fn inside_the_payload_is_shown_with_its_source() {
        let text = command(&samples::command(), Paint(false));
        assert!(text.contains("state        ! in troubleshooting"), "{text}");
        assert!(text.contains("MOVED_TO_TSQ"), "{text}");
        assert!(text.contains("Payload (from the archive)\n{\n  \"file\": \"house.pdf\"\n}"), "{text}");
        assert!(text.contains("Edit 1 by Ada, 20 m ago\nFIELD  BEFORE") && text.contains("\"barn.pdf\"  →  \"house.pdf\""), "{text}");
    }

    #[test]
    fn outside_it_is_said_how_to_see_it() {
        let mut outside = samples::command();
        (outside.inside, outside.row.payload, outside.payload_source) = (false, None, None);
        (outside.revisions, outside.original) = (Vec::new(), None);
        let text = command(&outside, Paint(false));
        assert!(text.contains("opsctl session start") && !text.contains("house.pdf"), "{text}");
    }
}
