//! From the bytes of a log to lines one may show: cut into lines whatever the pieces they come in, made visible, scrubbed, taken
//! apart. A secret that lies across two reads is whole again before it is looked for. Not in here: where the bytes come from.

use crate::{
    pseudonym::Pseudonyms,
    shape::{self, Raw, Shape},
    visible::{uncontrolled, written_out},
};
use domain::{At, LogLevel, LogLine};
use scrub::Counts;

/// The longest line that is kept; of a longer one the rest is left out, and that is said.
pub const LONGEST_LINE: usize = 16 * 1024;
/// No private key has more lines.
const PEM_LINES: u32 = 512;

/// Cuts bytes into lines, whatever pieces they come in.
#[derive(Default)]
pub(crate) struct Split {
    begun: Vec<u8>,
    /// Bytes of the line that were left out.
    over: u64,
}

impl Split {
    pub(crate) fn push(&mut self, mut bytes: &[u8], mut each: impl FnMut(&[u8], u64)) {
        while let Some(end) = memchr::memchr(b'\n', bytes) {
            if self.begun.is_empty() && end <= LONGEST_LINE {
                each(trimmed(&bytes[..end]), 0);
            } else {
                self.keep(&bytes[..end]);
                self.finish(&mut each);
            }
            bytes = &bytes[end + 1..];
        }
        self.keep(bytes);
    }

    /// The last line, which has no end yet.
    pub(crate) fn finish(&mut self, mut each: impl FnMut(&[u8], u64)) {
        if !self.begun.is_empty() || self.over > 0 {
            each(trimmed(&self.begun), std::mem::take(&mut self.over));
            self.begun.clear();
        }
    }

    fn keep(&mut self, bytes: &[u8]) {
        let room = LONGEST_LINE - self.begun.len();
        self.begun.extend_from_slice(&bytes[..bytes.len().min(room)]);
        self.over += bytes.len().saturating_sub(room) as u64;
    }
}

fn trimmed(line: &[u8]) -> &[u8] {
    line.strip_suffix(b"\r").unwrap_or(line)
}

/// What the source itself knows of a line.
#[derive(Clone, Copy, Default)]
pub(crate) struct Given {
    pub ts: Option<At>,
    pub level: Option<LogLevel>,
}

/// Makes lines of raw ones; remembers what the next ones may continue.
#[derive(Clone)]
pub(crate) struct Refine {
    now: At,
    since: Option<At>,
    /// The message is the whole line, untouched but for scrubbing.
    plain: bool,
    pseudonyms: Option<Pseudonyms>,
    last: (Option<At>, Option<LogLevel>),
    /// How many more lines may belong to a key that has begun.
    pem: u32,
    pub(crate) counts: Counts,
    pub(crate) cut_lines: u64,
    /// Lines that came, wanted or not.
    pub(crate) heard: u64,
}

impl Refine {
    pub(crate) fn new(now: At, since: Option<At>, plain: bool, pseudonyms: Option<Pseudonyms>) -> Self {
        Self { now, since, plain, pseudonyms, last: (None, None), pem: 0, counts: Counts::new(), cut_lines: 0, heard: 0 }
    }

    /// A line of which `over` bytes were left out; none when it is older than what was asked for, or inside a key.
    pub(crate) fn line(&mut self, raw: &[u8], over: u64, given: Given) -> Option<LogLine> {
        self.heard += 1;
        let whole = if over > 0 { scrub::edge(raw) } else { raw.len() };
        let came = uncontrolled(&raw[..whole.min(raw.len())]);
        let in_key = self.pem > 0;
        let shown = self.outside_keys(written_out(&came).into_owned())?;
        // Inside a key nothing counts but what was left of the line.
        let raw_line = Raw { came: if in_key { &shown } else { &came }, shown: &shown, cut: over > 0 };
        let Shape { ts, level, continues, message } = shape::shape(&raw_line, self.now, self.plain);
        let ts = given.ts.or(ts).or(self.last.0);
        let level = given.level.or(level).or(if continues { self.last.1 } else { None });
        self.last = (ts, level);
        if matches!((ts, self.since), (Some(ts), Some(since)) if ts < since) {
            return None;
        }
        let mut message = self.clean(message);
        if over > 0 {
            self.cut_lines += 1;
            message.push_str(&format!(" \u{2026} [{} bytes more]", over + (raw.len() - whole) as u64));
        }
        Some(LogLine { ts, level, message })
    }

    fn clean(&mut self, message: String) -> String {
        let message = match &mut self.pseudonyms {
            Some(pseudonyms) => pseudonyms.put(message),
            None => message,
        };
        // A stamp in front is a number of its own and no secret.
        let end = if self.plain { crate::stamp::at_start(message.as_bytes(), self.now).map_or(0, |(_, end)| end) } else { 0 };
        let (rest, removed) = scrub::scrub_to_string(&message[end..]);
        self.counts.add(&removed);
        if end == 0 { rest } else { [&message[..end], &rest].concat() }
    }

    /// Leaves out the lines of a key between the one it begins on and the one it ends on. On the first, `scrub` takes all behind
    /// the beginning.
    fn outside_keys(&mut self, mut text: String) -> Option<String> {
        if self.pem > 0 {
            self.pem -= 1;
            if let Some(end) = text.find("-----END") {
                self.pem = 0;
                let behind = text[end + 8..].find("-----").map_or("", |at| text[end + 8 + at..].trim_start_matches('-'));
                if behind.trim().is_empty() {
                    return None;
                }
                text = behind.to_owned();
            } else if let Some(start) = key_text(&text) {
                text.truncate(start);
                // A line with a stamp of its own stays, so that nobody wonders where it went.
                return if text.trim().is_empty() { None } else { Some(text + "[pem]") };
            }
            // Another line in between, as where two streams are one log, does not end the key.
        }
        if let Some(begin) = text.rfind("-----BEGIN ").filter(|begin| !text[*begin..].contains("-----END")) {
            // What a public certificate's and a key's blocks have in common.
            self.pem = if text[begin..].contains("-----") { PEM_LINES } else { 0 };
        }
        Some(text)
    }
}

/// Where the part of a key begins that ends this line; none when the line has none.
fn key_text(line: &str) -> Option<usize> {
    let end = line.trim_end();
    let start = end.rfind([' ', '\t']).map_or(0, |at| at + 1);
    let token = &end[start..];
    let base64 = token.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/' | b'='));
    let alone = start == 0 || end[..start].trim().is_empty();
    // `Proc-Type: 4,ENCRYPTED`, and the empty line behind it.
    let header = alone_header(end);
    (header || (base64 && (alone || token.len() >= 16 || token.ends_with('=')))).then_some(if header { 0 } else { start })
}

fn alone_header(line: &str) -> bool {
    ["Proc-Type:", "DEK-Info:", "Comment:", "Version:"].iter().any(|name| line.starts_with(name))
}

#[cfg(test)]
mod tests {
    use super::*;
    use scrub::Rule;

    fn now() -> At {
        "2026-11-26T12:00:00Z".parse().expect("a time")
    }

    fn read(pieces: &[&[u8]]) -> (Vec<String>, Counts) {
        let (mut split, mut refine, mut lines) = (Split::default(), Refine::new(now(), None, true, None), Vec::new());
        for piece in pieces {
            split.push(piece, |line, over| lines.extend(refine.line(line, over, Given::default()).map(|line| line.message)));
        }
        split.finish(|line, over| lines.extend(refine.line(line, over, Given::default()).map(|line| line.message)));
        (lines, refine.counts)
    }

    const TALK: &str = "2026-11-26T10:00:00Z INFO up\n2026-11-26T10:00:01Z mail to ada@example.org, token=abcdef123456, done\r\n\
        key: -----BEGIN PRIVATE KEY-----\nMIIEvQIBADANBgkqhkiG9w0BAQEFAASC\nBKcwggSjAgEAAoIBAQ==\n-----END PRIVATE KEY-----\nafter\n";

    #[test]
    fn a_secret_is_found_wherever_the_reads_part_it() {
        let whole = read(&[TALK.as_bytes()]);
        assert_eq!(
            whole.0,
            ["2026-11-26T10:00:00Z INFO up", "2026-11-26T10:00:01Z mail to [email], token=[hidden], done", "key: [pem]", "after"]
        );
        assert_eq!((whole.1.get(Rule::Email), whole.1.get(Rule::Hidden), whole.1.get(Rule::Pem)), (1, 1, 1));
        for first in 0..=TALK.len() {
            let (one, two) = TALK.as_bytes().split_at(first);
            assert_eq!(read(&[one, two]), whole, "parted at {first}");
            for second in (0..=two.len()).step_by(7) {
                let (two, three) = two.split_at(second);
                assert_eq!(read(&[one, two, three]), whole, "parted at {first} and {second}");
            }
        }
    }

    #[test]
    fn a_key_whose_lines_have_stamps_of_their_own_is_found_too() {
        let (lines, _) = read(&[b"10:00 -----BEGIN RSA PRIVATE KEY-----\n10:00 MIIEvQIBADANBgkqhkiG9w0BAQEFAASC\n10:00 BKcwggSjAgEAAoIBAQ==\n10:00 -----END RSA PRIVATE KEY-----\n10:01 on\n"]);
        assert!(!lines.join("\n").contains("MIIE") && !lines.join("\n").contains("BKcw"), "{lines:?}");
        assert_eq!(lines.last().map(String::as_str), Some("10:01 on"));
    }

    #[test]
    fn a_key_that_never_ends_does_not_swallow_the_log() {
        let (lines, _) =
            read(&[b"-----BEGIN PRIVATE KEY-----\nMIIEvQIBADANBgkqhkiG9w0BAQEFAASC\n2026-11-26T10:00:00Z INFO all is well\nx y z.\n"]);
        assert_eq!(lines, ["[pem]", "2026-11-26T10:00:00Z INFO all is well", "x y z."]);
    }

    #[test]
    fn a_line_that_is_too_long_is_cut_and_says_so() {
        let long = [b"x ".repeat(LONGEST_LINE), b"token=abcdef\nnext\n".to_vec()].concat();
        for piece in [1000, 4096, 100_000] {
            let (lines, _) = read(&long.chunks(piece).collect::<Vec<_>>());
            assert_eq!(lines.len(), 2);
            assert!(
                lines[0].len() < LONGEST_LINE + 100 && lines[0].contains("bytes more]") && !lines[0].contains("abcdef"),
                "{}",
                lines[0].len()
            );
            assert_eq!(lines[1], "next");
        }
        // The secret lies across the place of the cut.
        let across = [b"x ".repeat(LONGEST_LINE / 2 - 10), b"token=abcdefghijklmnopqrstuvwxyz0123456789\n".to_vec()].concat();
        let (lines, _) = read(&[&across]);
        assert!(!lines[0].contains("abcd"), "{}", &lines[0][LONGEST_LINE - 60..]);
    }

    #[test]
    fn what_continues_a_line_keeps_its_time_and_level_and_what_is_old_is_left_out() {
        let log = b"2026-11-26T09:00:00Z ERROR old\n  at old\n2026-11-26T10:00:00Z ERROR new\n  at new\n2026-11-26T10:00:01Z INFO last\n";
        let (mut split, mut refine, mut lines) =
            (Split::default(), Refine::new(now(), Some("2026-11-26T09:30:00Z".parse().expect("a time")), false, None), Vec::new());
        split.push(log, |line, over| lines.extend(refine.line(line, over, Given::default())));
        let said: Vec<_> = lines
            .iter()
            .map(|line| (line.ts.map(At::clock).unwrap_or_default(), line.level.map(LogLevel::word), line.message.as_str()))
            .collect();
        assert_eq!(
            said,
            [
                ("10:00:00".into(), Some("error"), "new"),
                ("10:00:00".into(), Some("error"), "  at new"),
                ("10:00:01".into(), Some("info"), "last")
            ]
        );
    }

    fn of_one(raw: &str, plain: bool) -> LogLine {
        let (mut split, mut refine, mut lines) = (Split::default(), Refine::new(now(), None, plain, None), Vec::new());
        split.push(raw.as_bytes(), |line, over| lines.extend(refine.line(line, over, Given::default())));
        split.finish(|line, over| lines.extend(refine.line(line, over, Given::default())));
        assert_eq!(lines.len(), 1, "{lines:?}");
        lines.remove(0)
    }

    fn head(line: &LogLine) -> (Option<String>, Option<&'static str>) {
        (line.ts.map(At::clock), line.level.map(LogLevel::word))
    }

    const UNSEEN: [char; 5] = ['\u{200d}', '\u{200b}', '\u{ad}', '\u{feff}', '\u{202e}'];

    #[test]
    fn an_object_with_what_cannot_be_seen_is_still_an_object() {
        for letter in UNSEEN {
            let object = format!(r#"{{"ts":"2026-11-26T10:00:00Z","level":"error","msg":"soft{letter}hyphen","a{letter}b":"c{letter}d"}}"#);
            let (line, written) = (of_one(&object, false), letter.escape_unicode());
            assert_eq!(head(&line), (Some("10:00:00".into()), Some("error")), "{object:?}");
            assert_eq!(line.message, format!(r#"soft{written}hyphen a{written}b="c{written}d""#));
            let line = of_one(&object, true);
            assert_eq!(head(&line), (Some("10:00:00".into()), Some("error")), "{object:?}");
            assert_eq!(line.message, object.replace(letter, &written.to_string()));
        }
        // What drives a terminal is taken out before, and a byte order mark does not count.
        let object =
            "\u{feff}{\"ts\":\"2026-11-26T10:00:00Z\",\"level\":\"\u{1b}[31mwarn\u{1b}[0m\",\"msg\":{\"a\":\"\u{200b}\\u202e\u{9b}2J\"}}";
        let line = of_one(object, false);
        assert_eq!((head(&line), line.message.as_str()), ((Some("10:00:00".into()), Some("warn")), r#"{"a":"\u{200b}\u{202e}"}"#));
    }

    #[test]
    fn what_cannot_be_seen_shows_no_secret_of_an_object() {
        let secret = "hunter2xyz,Qw7;Zk9&Lm4";
        for object in [
            r#"{"level":"info","msg":"in","password":"SECRET"}"#,
            r#"{"level":"info","msg":"in","user":{"api_key":"SECRET","n":1}}"#,
            r#"{"level":"info","message":"sent token=\"SECRET\" to it"}"#,
            r#"{"message":"Authorization: Bearer SECRET","level":"info"}"#,
            r#"{"msg":"at https://ada:SECRET@shop.example/x?token=SECRET&page=2"}"#,
            r#"{"msg":"key","key":"-----BEGIN PRIVATE KEY-----\nSECRET\nSECRET\n-----END PRIVATE KEY-----"}"#,
            r#"{"msg":"-----BEGIN PRIVATE KEY-----\nSECRET\n-----END PRIVATE KEY-----","level":"error"}"#,
        ] {
            let object = object.replace("SECRET", secret);
            for at in 1..object.len() {
                for letter in UNSEEN {
                    let line = [&object[..at], &letter.to_string(), &object[at..]].concat();
                    // As it is when the line is no object but text.
                    let (as_text, shown) = (of_one(&line, true).message, of_one(&line, false).message);
                    for piece in secret.as_bytes().windows(4).map(String::from_utf8_lossy) {
                        assert!(
                            as_text.contains(&*piece) || !shown.contains(&*piece),
                            "{piece} of {line:?} in {shown:?}, not in {as_text:?}"
                        );
                    }
                }
            }
        }
    }

    #[test]
    fn an_object_that_was_cut_keeps_its_own_time_and_level() {
        let stack = "at x.y(Z.java:14)\\n\\t".repeat(LONGEST_LINE / 16);
        let unseen = '\u{200b}';
        let object = format!(
            r#"{{"time":1795687200250,"level":50,"http":{{"level":10}},"msg":"it{unseen}broke","token":"abc,def","stack":"{stack}","z":1}}"#
        );
        let (line, said) = (of_one(&object, false), of_one(&object, true).message);
        assert_eq!(head(&line), (Some("10:00:00".into()), Some("error")));
        assert_eq!(line.message, said, "the text is scrubbed as that of any line");
        assert!(said.contains(r#""msg":"it\u{200b}broke","token":"[hidden]""#) && said.ends_with("bytes more]"), "{}", &said[..200]);
        // It has none of its own in the part that is there: those of the line before are not its.
        let log = format!("2026-11-26T09:00:00Z ERROR old\n{{\"msg\":\"x\",\"stack\":\"{stack}\",\"level\":50}}\n{{no object {stack}\n");
        let (mut split, mut refine, mut levels) = (Split::default(), Refine::new(now(), None, false, None), Vec::new());
        split.push(log.as_bytes(), |line, over| levels.extend(refine.line(line, over, Given::default()).map(|line| line.level)));
        assert_eq!(levels, [Some(LogLevel::Error), None, None]);
    }

    #[test]
    fn a_stamp_is_no_secret() {
        assert_eq!(read(&[b"1795687200250 up, account 1234567890123\n"]).0, ["1795687200250 up, account [digits]"]);
    }
}
