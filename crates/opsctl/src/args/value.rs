//! Values that can be judged on the spot. Every error is a sentence; the process then ends with 2.

use actions::deeds::{export_commands::ExportFormat, save_view::KEPT_PLACES};
use domain::{At, AuditOutcome, GroupState, ItemState, JobStatus, OperationState, parse_bytes, parse_since};

/// A span such as `1h`, or a moment in RFC 3339; passed on as it was typed.
pub fn span_or_moment(text: &str) -> Result<String, String> {
    if text.parse::<At>().is_ok() {
        return Ok(text.trim().to_owned());
    }
    match parse_since(text) {
        Ok(_) => Ok(text.trim().to_owned()),
        Err(why) => Err(format!("{why}, or a moment like 2026-11-21T10:24:31Z")),
    }
}

pub fn moment(text: &str) -> Result<String, String> {
    text.parse::<At>().map(|_| text.trim().to_owned()).map_err(|why| why.to_string())
}

/// How an export is written.
pub fn export_format(text: &str) -> Result<ExportFormat, String> {
    [ExportFormat::Csv, ExportFormat::Jsonl].into_iter().find(|format| format.word() == text).ok_or_else(|| "it is csv or jsonl".to_owned())
}

/// A list whose views can be kept.
pub fn kept_place(text: &str) -> Result<String, String> {
    if KEPT_PLACES.contains(&text) { Ok(text.to_owned()) } else { Err(format!("it is one of {}", KEPT_PLACES.join(", "))) }
}

pub fn query_line(text: &str) -> Result<String, String> {
    actions::find::parse(text).map(|_| text.trim().to_owned())
}

pub fn memory(text: &str) -> Result<String, String> {
    parse_bytes(text).map(|_| text.trim().to_owned())
}

pub fn log_level(text: &str) -> Result<domain::LogLevel, String> {
    let known = domain::LogLevel::ALL;
    let found = known.iter().copied().find(|level| level.word() == text.to_ascii_lowercase());
    found.ok_or_else(|| format!("it is one of {}", known.iter().map(|level| level.word()).collect::<Vec<_>>().join(", ")))
}

pub fn job_status(text: &str) -> Result<JobStatus, String> {
    text.parse().map_err(|why: domain::BadState| why.to_string().to_lowercase())
}

pub fn operation_state(text: &str) -> Result<OperationState, String> {
    text.parse().map_err(|why: domain::BadState| why.to_string().to_lowercase())
}

pub fn group_state(text: &str) -> Result<GroupState, String> {
    text.parse().map_err(|why: domain::BadState| why.to_string().to_lowercase())
}

/// The word of a state, or `all`.
pub fn group_state_or_all(text: &str) -> Result<String, String> {
    match text.trim() {
        "all" => Ok("all".to_owned()),
        text => group_state(text).map(|state| state.word().to_owned()).map_err(|why| format!("{why}, or all")),
    }
}

pub fn item_state(text: &str) -> Result<ItemState, String> {
    text.parse().map_err(|why: domain::BadState| why.to_string().to_lowercase())
}

pub fn outcome(text: &str) -> Result<String, String> {
    text.trim().parse().map(|outcome: AuditOutcome| outcome.word().to_owned()).map_err(|why| why.to_string())
}

/// A JSON object; passed on as it was typed.
pub fn object(text: &str) -> Result<String, String> {
    match serde_json::from_str::<serde_json::Value>(text) {
        Ok(serde_json::Value::Object(_)) => Ok(text.to_owned()),
        Ok(_) => Err("it has to be a JSON object, such as {\"rooms\": 12}".to_owned()),
        Err(why) => Err(format!("this is not JSON ({why}); write an object such as {{\"rooms\": 12}}")),
    }
}

/// `http://host:port` or `https://…`, without a slash at the end.
pub fn url(text: &str) -> Result<String, String> {
    let text = text.trim().trim_end_matches('/');
    let wrong = || format!("\u{201c}{text}\u{201d} is not an address; write http://127.0.0.1:3000 or https://console.example.com");
    let uri: ureq::http::Uri = text.parse().map_err(|_| wrong())?;
    match (uri.scheme_str(), uri.host(), uri.query()) {
        (Some("http" | "https"), Some(host), None) if !host.is_empty() => Ok(text.to_owned()),
        _ => Err(wrong()),
    }
}
