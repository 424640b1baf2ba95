//! The audit timeline, and what recomputing its chain found.

use super::{Paint, cut, receipt::value_of, table::table, words};
use actions::views::audit::{AuditEntry, AuditOutput, Verification};

pub fn audit(list: &AuditOutput, verbose: bool, paint: Paint) -> String {
    if list.entries.is_empty() {
        return "No entries match.\n".to_owned();
    }
    let mut text = if verbose {
        list.entries.iter().map(|entry| in_full(entry, paint)).collect()
    } else {
        let heads = ["ENTRY", "AT (UTC)", "WHO", "TENANT", "TICKET", "OUTCOME", "WHAT", "ON", "NOTE"];
        table(paint, &heads, &list.entries.iter().map(|entry| row(entry, paint)).collect::<Vec<_>>())
    };
    let mine = if list.only_mine { " · only your own" } else { "" };
    let older = list.next.map(|next| format!(" · older ones: --before {next}")).unwrap_or_default();
    text.push_str(&paint.dim(&format!("{} in the chain{mine}{older}", words::count(list.chain_length, false, "link"))));
    text.push('\n');
    text
}

fn row(entry: &AuditEntry, paint: Paint) -> Vec<String> {
    vec![
        entry.id.to_string(),
        when(entry),
        entry.staff_name.clone(),
        entry.tenant_name.clone().unwrap_or_default(),
        entry.ticket.clone().unwrap_or_default(),
        words::outcome(paint, entry.outcome),
        entry.title.clone(),
        short_subject(&entry.subject),
        cut(&note(entry), 60),
    ]
}

fn in_full(entry: &AuditEntry, paint: Paint) -> String {
    let mut text = format!(
        "{} {}  {}  {} · {} · {}\n",
        paint.bold(&entry.id.to_string()),
        when(entry),
        words::outcome(paint, entry.outcome),
        entry.staff_name,
        entry.title,
        entry.subject
    );
    let mut say = |name: &str, what: &str| {
        if !what.is_empty() {
            text.push_str(&format!("    {} {what}\n", paint.dim(name)));
        }
    };
    say("tenant ", entry.tenant_name.as_deref().unwrap_or_default());
    say("ticket ", entry.ticket.as_deref().unwrap_or_default());
    say("reason ", entry.reason.as_deref().unwrap_or_default());
    say("note   ", entry.note.as_deref().unwrap_or_default());
    for missing in &entry.missing {
        say("missing", &missing.to_string());
    }
    for change in &entry.changes {
        let value = |value| value_of(&change.field, value);
        say("changed", &format!("{} {}: {} → {}", change.on, change.field, value(&change.before), value(&change.after)));
    }
    for effect in &entry.effects {
        say("effect ", effect);
    }
    text
}

fn when(entry: &AuditEntry) -> String {
    format!("{} {}", entry.at.date(), entry.at.clock())
}

/// The note, or what was missing, or the reason given.
fn note(entry: &AuditEntry) -> String {
    if let Some(note) = &entry.note {
        return note.clone();
    }
    if !entry.missing.is_empty() {
        return entry.missing.iter().map(ToString::to_string).collect::<Vec<_>>().join("; ");
    }
    entry.reason.clone().unwrap_or_default()
}

/// `command:…1f0a1b2c`: enough to recognise.
fn short_subject(subject: &str) -> String {
    match subject.split_once(':') {
        Some((kind, id)) if id.len() == 36 => format!("{kind} {}", &id[28..]),
        _ => subject.to_owned(),
    }
}

pub fn verification(found: &Verification, paint: Paint) -> String {
    let links = words::count(found.links, false, "link");
    match &found.first_bad {
        None => {
            let whole = paint.good("✓ The audit chain is whole");
            format!("{whole}: {links} recomputed in {}.\n", words::brief(found.took_ms))
        }
        Some(bad) => {
            let entry = bad.entry.map(|entry| format!(" (entry {entry})")).unwrap_or_default();
            let broken = paint.bad(&format!("✗ Link {}{entry} does not fit", bad.seq));
            format!("{broken}: {}\nIt is the first one; {links} were recomputed in {}.\n", bad.what, words::brief(found.took_ms))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::samples;
    use super::*;
    use actions::views::audit::BadLink;

    #[test]
    fn a_refusal_says_what_was_missing() {
        let text = audit(&samples::audit(), false, Paint(false));
        let row = text.lines().nth(1).expect("a row");
        for told in ["41", "2026-11-21 09:57:00", "Ada", "! refused", "Retry the command", "command aa0b1c2d", "raise the session"] {
            assert!(row.contains(told), "{told}: {row}");
        }
        assert!(text.ends_with("57 links in the chain · only your own · older ones: --before 41\n"), "{text}");
    }

    #[test]
    fn verbose_tells_the_whole_entry() {
        let text = audit(&samples::audit(), true, Paint(false));
        assert!(text.contains("missing raise the session to write"), "{text}");
        assert!(text.contains("changed command status: IN_TROUBLESHOOTING_QUEUE → PENDING"), "{text}");
        assert!(text.contains("reason  Upload fails since noon"), "{text}");
    }

    #[test]
    fn the_first_bad_link_is_named() {
        let mut found = Verification { at: samples::now(), links: 57, took_ms: 12, first_bad: None };
        assert_eq!(verification(&found, Paint(false)), "✓ The audit chain is whole: 57 links recomputed in 12ms.\n");
        found.first_bad = Some(BadLink { seq: 17, entry: Some(9), what: "The hash differs.".into() });
        assert!(verification(&found, Paint(false)).starts_with("✗ Link 17 (entry 9) does not fit: The hash differs.\n"));
    }
}
