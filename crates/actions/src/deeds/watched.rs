//! What the deeds about checks, alerts and webhooks have in common: texts that fit, spans and moments, a name that is taken.

use domain::{At, parse_since};
use gate::Failed;

/// A text of 1 to `most` characters on one line.
pub(super) fn fit(what: &str, text: &str, most: usize) -> Result<String, Failed> {
    let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
    if (1..=most).contains(&text.chars().count()) {
        return Ok(text);
    }
    Err(Failed::BadInput(format!("The {what} has 1 to {most} characters.")))
}

/// A span from `from`, or a moment.
pub(super) fn later(text: &str, from: At) -> Result<At, Failed> {
    match parse_since(text) {
        Ok(secs) => Ok(from.plus_secs(secs)),
        Err(_) => text.parse().map_err(|_| {
            Failed::BadInput(format!("\u{201c}{text}\u{201d} is neither a span such as 4h nor a moment such as 2026-11-21T10:00:00Z."))
        }),
    }
}

/// Seconds of a span, within bounds.
pub(super) fn span(what: &str, text: Option<&str>, unless: i64, (least, most): (i64, i64)) -> Result<i32, Failed> {
    let secs = match text.filter(|text| !text.trim().is_empty()) {
        Some("0") | Some("0s") => 0,
        Some(text) => parse_since(text).map_err(|why| Failed::BadInput(format!("{what}: {why}.")))?,
        None => unless,
    };
    if (least..=most).contains(&secs) {
        return Ok(i32::try_from(secs).unwrap_or(i32::MAX));
    }
    Err(Failed::BadInput(format!("{what} is between {least} s and {most} s, not {secs} s.")))
}

/// A whole number, within bounds.
pub(super) fn number(what: &str, value: Option<i64>, unless: i64, (least, most): (i64, i64)) -> Result<i32, Failed> {
    let value = value.unwrap_or(unless);
    if (least..=most).contains(&value) {
        return Ok(i32::try_from(value).unwrap_or(i32::MAX));
    }
    Err(Failed::BadInput(format!("{what} is between {least} and {most}, not {value}.")))
}

/// Each name once: the database says so, and this is how it is told.
pub(super) fn taken(name: &str) -> impl Fn(sqlx::Error) -> Failed {
    let name = name.to_owned();
    move |error| match error.as_database_error() {
        Some(refused) if refused.is_unique_violation() => Failed::Conflict(format!(
            "There is one called \u{201c}{name}\u{201d} already. Nothing was changed; choose another name, or change that one."
        )),
        _ => Failed::Database(error),
    }
}

/// A text that is there.
pub(super) fn said(text: Option<String>) -> Option<String> {
    text.map(|text| text.trim().to_owned()).filter(|text| !text.is_empty())
}
