//! Lines of logs, and which logs there are.

use super::{Paint, table::table};
use actions::views::{logs::LogsOutput, support_bundle::SupportBundleOutput};
use domain::{LogLevel, LogLine, human_bytes};

pub fn services(output: &LogsOutput, paint: Paint) -> String {
    let rows: Vec<Vec<String>> = output
        .services
        .iter()
        .map(|service| {
            let how = service.problem.as_ref().map_or_else(|| paint.good("can be read"), |problem| paint.bad(problem));
            let bytes = service.bytes.map(human_bytes).unwrap_or_default();
            vec![paint.bold(&service.name), service.kind.clone(), service.place.clone(), bytes, how]
        })
        .collect();
    table(paint, &["SERVICE", "KIND", "WHERE", "SIZE", "STATE"], &rows)
}

pub fn lines(output: &LogsOutput, plain: bool, paint: Paint) -> String {
    let mut text: String = output.lines.iter().map(|one| line(one, plain, paint)).collect();
    if plain {
        return text;
    }
    if output.lines.is_empty() {
        text.push_str("No line fits.\n");
    }
    for cut in &output.cut {
        text.push_str(&(paint.dim(cut) + "\n"));
    }
    text
}

pub fn line(line: &LogLine, plain: bool, paint: Paint) -> String {
    if plain {
        return line.message.clone() + "\n";
    }
    let at = line.ts.map_or_else(|| " ".repeat(19), |at| format!("{} {}", at.date(), at.clock()));
    let word = line.level.map_or("", LogLevel::word);
    let level = format!("{word:5}");
    let level = match line.level {
        Some(LogLevel::Error | LogLevel::Fatal) => paint.bad(&level),
        Some(LogLevel::Warn) => paint.warn(&level),
        _ => paint.dim(&level),
    };
    format!("{} {level} {}\n", paint.dim(&at), line.message.replace('\n', "\n    "))
}

pub fn preview(output: &SupportBundleOutput, paint: Paint) -> String {
    let rows: Vec<Vec<String>> = output
        .collectors
        .iter()
        .map(|one| {
            let size = one.bytes.map_or_else(|| format!("up to {}", human_bytes(one.most)), human_bytes);
            vec![
                paint.bold(&one.name),
                size,
                one.what.clone(),
                one.problem.as_deref().map(|problem| paint.warn(problem)).unwrap_or_default(),
            ]
        })
        .collect();
    table(paint, &["PART", "SIZE", "WHAT", "BUT"], &rows)
        + "Secrets are removed; addresses get names that mean nothing outside the bundle. Sizes are before compression.\n"
}
