//! What a line says besides its words: when, how grave, and what is left when both are taken off. Lines of text, of Postgres, of
//! nginx, and JSON objects. Not in here: secrets, and what cannot be seen.

use crate::{stamp, visible::visible};
use domain::{At, LogLevel};
use serde::de::{Deserializer, MapAccess, Visitor};
use serde_json::{Map, Value};
use std::fmt;

/// A line that is to be taken apart.
pub(crate) struct Raw<'a> {
    /// As it came, but for control characters. An object is read from this: a character without a look of its own, written out, would
    /// be an escape that JSON does not know.
    pub came: &'a str,
    /// What may be shown of it.
    pub shown: &'a str,
    /// It went on.
    pub cut: bool,
}

/// A line taken apart.
pub(crate) struct Shape {
    pub ts: Option<At>,
    pub level: Option<LogLevel>,
    /// It belongs to the one before: a stack trace, Postgres' DETAIL.
    pub continues: bool,
    pub message: String,
}

/// How far behind the stamp a level is looked for.
const HEAD: usize = 96;
/// Words that Postgres puts before what belongs to the line before.
const PARTS: [&str; 6] = ["DETAIL", "HINT", "CONTEXT", "STATEMENT", "QUERY", "LOCATION"];

/// What ends a value that stands behind `=` without quotes.
const ENDS: [char; 18] = [' ', '\t', '\n', '"', '\'', '`', '\\', '=', ',', ';', '&', '|', '(', ')', ']', '}', '<', '>'];

/// Takes a line apart; `keep` when its message is to be the whole line.
pub(crate) fn shape(line: &Raw<'_>, now: At, keep: bool) -> Shape {
    // Some programs begin a file with a byte order mark.
    let came = line.came.trim_start_matches('\u{feff}');
    if came.starts_with('{') {
        if let Ok(object) = serde_json::from_str::<Map<String, Value>>(came) {
            return of_object(object, line.shown, keep);
        }
        let mut begun = if line.cut { begun_object(came) } else { Map::new() };
        if !begun.is_empty() {
            let (ts, level) = stamp_and_level(&mut begun);
            return Shape { ts, level, continues: false, message: line.shown.to_owned() };
        }
    }
    of_text(line.shown, now, keep)
}

fn of_text(line: &str, now: At, keep: bool) -> Shape {
    let bytes = line.as_bytes();
    let Some((ts, end)) = stamp::at_start(bytes, now) else {
        if let Some(ts) = stamp::in_access_log(bytes) {
            return Shape { ts: Some(ts), level: of_status(line), continues: false, message: line.to_owned() };
        }
        // Without a stamp a level counts only where the line begins with it.
        let found = level_in(line).filter(|found| found.at == 0);
        let message = found.as_ref().filter(|_| !keep).map_or(line, |found| &line[found.end..]);
        return Shape {
            ts: None,
            level: found.as_ref().and_then(|found| found.level),
            continues: found.is_none(),
            message: message.to_owned(),
        };
    };
    let rest = &line[end..];
    let found = level_in(rest);
    let (level, continues) = found.as_ref().map_or((None, false), |found| (found.level, found.level.is_none()));
    // Only a level that stands first says nothing that the message needs.
    let skip = found.filter(|found| found.at == 0 && found.level.is_some()).map_or(0, |found| found.end);
    let message = if keep { line } else { rest[skip..].trim_start() };
    Shape { ts: Some(ts), level, continues, message: message.to_owned() }
}

struct Found {
    /// Where its sign begins, without white space and brackets before it; 0 when nothing else stands before.
    at: usize,
    end: usize,
    /// None for a word that says the line belongs to the one before.
    level: Option<LogLevel>,
}

/// The first word that is a level and is written like one: in capitals, in brackets, before a colon or behind `level=`.
fn level_in(text: &str) -> Option<Found> {
    let head = &text.as_bytes()[..text.len().min(HEAD)];
    let mut at = 0;
    while at < head.len() {
        if !head[at].is_ascii_alphabetic() {
            at += 1;
            continue;
        }
        let end = at + head[at..].iter().take_while(|byte| byte.is_ascii_alphabetic()).count();
        let word = &text[at..end];
        let before = if at > 0 { head[at - 1] } else { b' ' };
        let behind = head.get(end).copied().unwrap_or(b' ');
        let alone = !(before.is_ascii_alphanumeric()
            || matches!(before, b'_' | b'-' | b'.' | b'/')
            || matches!(behind, b'_' | b'-' | b'.' | b'/' | b'0'..=b'9'));
        let shouted = word.bytes().all(|byte| byte.is_ascii_uppercase());
        let marked = matches!((before, behind), (b'[', b']') | (b'<', b'>')) || behind == b':' || text[..at].ends_with("level=");
        if alone && shouted && behind == b':' && PARTS.contains(&word) {
            return Some(Found { at, end, level: None });
        }
        if let Some(level) = of_word(word)
            && alone
            && (shouted || marked)
        {
            let first = head[..at].iter().all(|byte| matches!(byte, b' ' | b'[' | b'<'));
            let close = end + text[end..].bytes().take_while(|byte| matches!(byte, b']' | b'>' | b':' | b' ')).count();
            return Some(Found { at: if first { 0 } else { at }, end: close, level: Some(level) });
        }
        at = end;
    }
    None
}

/// The level of a word, as programs write them.
fn of_word(word: &str) -> Option<LogLevel> {
    if word.len() > 11 {
        return None;
    }
    Some(match word.to_ascii_lowercase().as_str() {
        "trace" | "verbose" => LogLevel::Trace,
        "debug" => LogLevel::Debug,
        "info" | "information" | "notice" | "log" => LogLevel::Info,
        "warn" | "warning" => LogLevel::Warn,
        "error" | "err" | "severe" => LogLevel::Error,
        "fatal" | "panic" | "crit" | "critical" | "alert" | "emerg" | "emergency" => LogLevel::Fatal,
        _ => return None,
    })
}

/// A failed answer of a web server is grave, whatever its log calls it.
fn of_status(line: &str) -> Option<LogLevel> {
    let (_, behind) = line.split_once("\" ")?;
    Some(match behind.as_bytes().first()? {
        b'5' => LogLevel::Error,
        b'4' => LogLevel::Warn,
        b'1'..=b'3' => LogLevel::Info,
        _ => return None,
    })
}

/// The priority of the system's journal.
pub(crate) fn of_priority(priority: &str) -> Option<LogLevel> {
    Some(match priority {
        "0" | "1" | "2" => LogLevel::Fatal,
        "3" => LogLevel::Error,
        "4" => LogLevel::Warn,
        "5" | "6" => LogLevel::Info,
        "7" => LogLevel::Debug,
        _ => return None,
    })
}

/// What stands whole in an object whose end was cut off.
fn begun_object(text: &str) -> Map<String, Value> {
    struct Members<'a>(&'a mut Map<String, Value>);
    impl<'de> Visitor<'de> for Members<'_> {
        type Value = ();

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("an object")
        }

        fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<(), A::Error> {
            while let Some((name, value)) = members.next_entry()? {
                self.0.insert(name, value);
            }
            Ok(())
        }
    }
    let mut members = Map::new();
    // It always fails where the text was cut; what came before that counts.
    serde_json::Deserializer::from_str(text).deserialize_map(Members(&mut members)).ok();
    members
}

/// Takes the time and the level out of an object, as loggers name them.
fn stamp_and_level(object: &mut Map<String, Value>) -> (Option<At>, Option<LogLevel>) {
    let mut take = |names: &[&str]| names.iter().find_map(|name| object.remove(*name));
    let ts = take(&["ts", "time", "timestamp", "@timestamp"]).as_ref().and_then(|value| match value {
        Value::String(text) => stamp::of_text(text),
        Value::Number(number) => stamp::of_number(number.as_f64()?),
        _ => None,
    });
    let level = take(&["level", "severity", "lvl", "log.level"]).as_ref().and_then(|value| match value {
        Value::String(word) => of_word(word),
        // Ten apart, from trace on.
        Value::Number(number) => {
            number.as_u64().and_then(|number| LogLevel::ALL.get(usize::try_from(number / 10).ok()?.checked_sub(1)?).copied())
        }
        _ => None,
    });
    (ts, level)
}

fn of_object(mut object: Map<String, Value>, line: &str, keep: bool) -> Shape {
    let (ts, level) = stamp_and_level(&mut object);
    if keep {
        return Shape { ts, level, continues: false, message: line.to_owned() };
    }
    let mut said = ["message", "msg"].iter().find_map(|name| object.remove(*name));
    if let (None, Some(Value::Object(fields))) = (&said, object.get_mut("fields")) {
        said = fields.remove("message");
    }
    let mut message = match said {
        Some(Value::String(text)) => shown(&text),
        Some(other) => visible(other.to_string().as_bytes()),
        None => String::new(),
    };
    for (name, value) in object {
        if value.as_object().is_some_and(Map::is_empty) {
            continue;
        }
        if !message.is_empty() {
            message.push(' ');
        }
        message.push_str(&visible(name.as_bytes()));
        message.push('=');
        // A value that does not end where it seems to is quoted, so that all of a secret is taken for one.
        let bare = value.as_str().map(shown).filter(|text| !text.is_empty() && !text.contains(ENDS));
        message.push_str(&bare.unwrap_or_else(|| visible(value.to_string().as_bytes())));
    }
    Shape { ts, level, continues: false, message }
}

/// A text out of an object: its escapes are characters now, so it is looked at again. Its lines stay lines.
fn shown(text: &str) -> String {
    text.lines().map(|line| visible(line.as_bytes())).collect::<Vec<_>>().join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(line: &str) -> (Option<String>, Option<&'static str>, bool, String) {
        let now = "2026-11-26T12:00:00Z".parse().expect("a time");
        let Shape { ts, level, continues, message } = shape(&Raw { came: line, shown: line, cut: false }, now, false);
        (ts.map(|at| at.clock()), level.map(LogLevel::word), continues, message)
    }

    #[test]
    fn levels_are_recognised_as_programs_write_them() {
        for (line, level, message) in [
            ("2026-11-26T10:00:00Z  INFO server: up", Some("info"), "server: up"),
            ("2026-11-26 10:00:00.123 UTC [47] LOG:  ready", Some("info"), "[47] LOG:  ready"),
            ("2026-11-26 10:00:00.123 UTC [47] a@b FATAL:  no", Some("fatal"), "[47] a@b FATAL:  no"),
            ("2026/11/26 10:00:00 [error] 7#7: *1 no", Some("error"), "7#7: *1 no"),
            ("2026-11-26 10:00:00,500 [main] WARN x.Y - slow", Some("warn"), "[main] WARN x.Y - slow"),
            ("2026-11-26T10:00:00Z level=error msg=x", Some("error"), "level=error msg=x"),
            ("2026-11-26T10:00:00Z an error is not a level here", None, "an error is not a level here"),
            ("2026-11-26T10:00:00Z error-page.html is served", None, "error-page.html is served"),
            ("2026-11-26T10:00:00Z LOGIN of ada", None, "LOGIN of ada"),
        ] {
            assert_eq!(read(line), (Some("10:00:00".to_owned()), level, false, message.to_owned()), "{line}");
        }
        let access = "10.0.0.1 - - [26/Nov/2026:10:00:00 +0000] \"GET /x HTTP/1.1\" 502 157";
        assert_eq!(read(access), (Some("10:00:00".into()), Some("error"), false, access.into()));
    }

    #[test]
    fn what_continues_another_says_so() {
        assert!(read("    at com.example.Cart.add(Cart.java:14)").2);
        assert!(read("2026-11-26 10:00:00.123 UTC [47] DETAIL:  Key (id)=(1) exists.").2);
        assert_eq!(read("WARN no stamp").1, Some("warn"));
        assert!(!read("WARN no stamp").2);
    }

    #[test]
    fn objects_of_many_loggers() {
        let ten = Some("10:00:00".to_owned());
        for (line, level, message) in [
            (
                r#"{"timestamp":"2026-11-26T10:00:00.5Z","level":"INFO","fields":{"message":"up","port":80},"target":"x"}"#,
                "info",
                "up fields={\"port\":80} target=x",
            ),
            (r#"{"ts":1795687200.25,"lvl":"warning","msg":"slow","took_ms":183}"#, "warn", "slow took_ms=183"),
            (r#"{"time":1795687200250,"level":50,"msg":"no","err":"two words"}"#, "error", "no err=\"two words\""),
            (r#"{"@timestamp":"2026-11-26T10:00:00Z","severity":"CRITICAL","message":"\u001b[2Jgone\u202e"}"#, "fatal", "gone\\u{202e}"),
        ] {
            assert_eq!(read(line), (ten.clone(), Some(level), false, message.to_owned()), "{line}");
        }
        assert_eq!(read("{not json").3, "{not json");
    }
}
