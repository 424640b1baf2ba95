//! Two attempts of a step beside each other: rows that differ are marked, then how their logs differ.

use super::{Paint, one_line, table::table};
use actions::views::compare_attempts::{CompareAttemptsOutput, LogOf, LogPart};

pub fn compare(both: &CompareAttemptsOutput, paint: Paint) -> String {
    let (first, second) = (both.first.number, both.second.number);
    let mut text = format!("{} · {}\n", paint.bold(&both.step), both.tenant_name);
    let rows: Vec<Vec<String>> = both
        .rows
        .iter()
        .map(|row| {
            let [left, right] = [&row.first, &row.second].map(|value| value.as_deref().map_or_else(|| "–".to_owned(), one_line));
            let mark = if row.differs() { paint.warn("≠") } else { " ".to_owned() };
            let quiet = |text: String| if row.differs() { text } else { paint.dim(&text) };
            vec![mark, row.what.clone(), quiet(left), quiet(right)]
        })
        .collect();
    let heads = ["", "WHAT", &format!("ATTEMPT {first}"), &format!("ATTEMPT {second}")];
    text.push_str(&table(paint, &heads, &rows));
    let differing = both.rows.iter().filter(|row| row.differs()).count();
    text.push_str(&paint.dim(&format!("{differing} of {} differ", both.rows.len())));
    text.push('\n');
    match &both.log {
        Some(parts) => text.push_str(&log(parts, (first, second), paint)),
        None => text.push_str(&format!("{}\n", paint.dim("The messages and the logs are shown inside a support session on this tenant."))),
    }
    text
}

fn log(parts: &[LogPart], (first, second): (i32, i32), paint: Paint) -> String {
    if parts.iter().all(|part| part.of == LogOf::Both) {
        let lines: i64 = parts.iter().map(|part| part.lines).sum();
        return if lines == 0 { "Both said nothing.\n".to_owned() } else { format!("Both said the same, {lines} lines.\n") };
    }
    let mut text = format!("\n{} (- attempt {first}, + attempt {second})\n", paint.bold("Logs"));
    for part in parts {
        let left_out = part.lines - part.text.len() as i64;
        for (at, line) in part.text.iter().enumerate() {
            if left_out > 0 && at == part.text.len() / 2 {
                text.push_str(&paint.dim(&format!("  … {left_out} lines alike …\n")));
            }
            text.push_str(&match part.of {
                LogOf::Both => paint.dim(&format!("  {line}\n")),
                LogOf::First => paint.bad(&format!("- {line}\n")),
                LogOf::Second => paint.good(&format!("+ {line}\n")),
            });
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::print::samples;

    #[test]
    fn what_differs_is_marked_and_what_does_not_is_there() {
        let text = compare(&samples::compared(), Paint(false));
        let line = |what: &str| text.lines().find(|line| line.contains(what)).unwrap_or_else(|| panic!("{what}: {text}"));
        assert!(line("memory limit").starts_with('≠') && line("memory limit").contains("256 MB") && line("memory limit").contains("1 GB"));
        assert!(line("worker").starts_with(' '), "{text}");
        assert!(line("code").contains('–'), "{text}");
        assert!(text.contains("2 of 3 differ"), "{text}");
        assert!(text.contains("  reading\n  … 40 lines alike …\n  half way\n- 1 wall\n+ 2 walls\n"), "{text}");
    }

    #[test]
    fn outside_a_session_the_logs_are_explained() {
        let mut both = samples::compared();
        both.log = None;
        assert!(compare(&both, Paint(false)).ends_with("inside a support session on this tenant.\n"));
        both.log = Some(Vec::new());
        assert!(compare(&both, Paint(false)).ends_with("Both said nothing.\n"));
    }
}
