//! From text to a value. Stricter than the standard where being lenient would lose something: a key that is there twice, a half of
//! a character, a number the database would have to round or could not hold.

use crate::{Fields, Json};
use std::fmt;

/// Deeper than this nothing is read; the database itself gives up at several thousand.
pub const MOST_DEEP: usize = 512;
/// Digits a payload may have when all its numbers are written out: `1e9999` is short here and long in the database.
const MOST_DIGITS: usize = 4 << 20;

/// Why a text was not read, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Misread {
    pub line: usize,
    pub column: usize,
    pub why: String,
}

impl fmt::Display for Misread {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Line {}, column {}: {}", self.line, self.column, self.why)
    }
}
impl std::error::Error for Misread {}

pub(crate) fn read(text: &str) -> Result<Json, Misread> {
    let mut reader = Reader { text, at: 0, digits: 0 };
    let value = reader.value(0)?;
    reader.blank();
    match reader.peek() {
        None => Ok(value),
        Some(_) => Err(reader.no("there is more after the end; a payload is one value.")),
    }
}

struct Reader<'a> {
    text: &'a str,
    at: usize,
    digits: usize,
}

impl Reader<'_> {
    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    fn blank(&mut self) {
        while matches!(self.peek(), Some(b' ' | b'\t' | b'\n' | b'\r')) {
            self.at += 1;
        }
    }

    fn no(&self, why: impl Into<String>) -> Misread {
        let mut at = self.at.min(self.text.len());
        while !self.text.is_char_boundary(at) {
            at -= 1;
        }
        let before = &self.text[..at];
        let line = before.bytes().filter(|byte| *byte == b'\n').count() + 1;
        let column = before.rsplit('\n').next().unwrap_or_default().chars().count() + 1;
        Misread { line, column, why: why.into() }
    }

    fn value(&mut self, depth: usize) -> Result<Json, Misread> {
        if depth > MOST_DEEP {
            return Err(self.no(format!("this lies deeper than {MOST_DEEP} levels, which is more than can be edited.")));
        }
        self.blank();
        match self.peek() {
            Some(b'{') => self.object(depth),
            Some(b'[') => self.list(depth),
            Some(b'"') => self.string().map(Json::Text),
            Some(b'-' | b'0'..=b'9') => self.number(),
            Some(_) => self.word(),
            None => Err(self.no("the text ends where a value is expected.")),
        }
    }

    fn word(&mut self) -> Result<Json, Misread> {
        for (word, value) in [("true", Json::Bool(true)), ("false", Json::Bool(false)), ("null", Json::Null)] {
            if self.text[self.at..].starts_with(word) {
                self.at += word.len();
                return Ok(value);
            }
        }
        Err(self.no("a value is expected: a text in quotes, a number, true, false, null, [ or {."))
    }

    fn object(&mut self, depth: usize) -> Result<Json, Misread> {
        let start = self.at;
        self.at += 1;
        let mut fields = Vec::new();
        self.blank();
        if self.ends(b'}') {
            return Ok(Json::Object(Fields::default()));
        }
        loop {
            self.blank();
            if self.peek() != Some(b'"') {
                return Err(self.no("a key in quotes is expected."));
            }
            let key = self.string()?;
            self.blank();
            if !self.ends(b':') {
                return Err(self.no("a colon is expected after the key."));
            }
            let value = self.value(depth + 1)?;
            fields.push((key, value));
            self.blank();
            match self.peek() {
                Some(b',') => self.at += 1,
                Some(b'}') => {
                    self.at += 1;
                    return Fields::of(fields).map(Json::Object).map_err(|key| {
                        self.at = start;
                        let key = brief(&key);
                        self.no(format!("the key \u{201c}{key}\u{201d} is twice in this object; one of the two would be lost."))
                    });
                }
                _ => return Err(self.no("a comma or } is expected.")),
            }
        }
    }

    fn list(&mut self, depth: usize) -> Result<Json, Misread> {
        self.at += 1;
        let mut items = Vec::new();
        self.blank();
        if self.ends(b']') {
            return Ok(Json::List(items));
        }
        loop {
            items.push(self.value(depth + 1)?);
            self.blank();
            match self.peek() {
                Some(b',') => self.at += 1,
                Some(b']') => {
                    self.at += 1;
                    return Ok(Json::List(items));
                }
                _ => return Err(self.no("a comma or ] is expected.")),
            }
        }
    }

    fn ends(&mut self, byte: u8) -> bool {
        let there = self.peek() == Some(byte);
        self.at += usize::from(there);
        there
    }

    fn string(&mut self) -> Result<String, Misread> {
        self.at += 1;
        let mut out = String::new();
        loop {
            let rest = &self.text.as_bytes()[self.at..];
            let plain = rest.iter().position(|byte| matches!(byte, b'"' | b'\\' | 0..=0x1f)).unwrap_or(rest.len());
            out.push_str(&self.text[self.at..self.at + plain]);
            self.at += plain;
            match self.peek() {
                Some(b'"') => {
                    self.at += 1;
                    return Ok(out);
                }
                Some(b'\\') => out.push(self.escape()?),
                Some(_) => return Err(self.no("a control character stands here as it is; write it as \\n, \\t or \\u001b.")),
                None => return Err(self.no("the text ends within quotes.")),
            }
        }
    }

    fn escape(&mut self) -> Result<char, Misread> {
        let plain = match self.text.as_bytes().get(self.at + 1) {
            Some(b'"') => '"',
            Some(b'\\') => '\\',
            Some(b'/') => '/',
            Some(b'b') => '\u{8}',
            Some(b'f') => '\u{c}',
            Some(b'n') => '\n',
            Some(b'r') => '\r',
            Some(b't') => '\t',
            Some(b'u') => return self.unicode(),
            _ => return Err(self.no("after \\ comes one of \" \\ / b f n r t u.")),
        };
        self.at += 2;
        Ok(plain)
    }

    fn unicode(&mut self) -> Result<char, Misread> {
        let first = self.hex(self.at + 2)?;
        let half =
            |unit: u32| format!("\\u{unit:04x} is half of a character; the database cannot keep it. Write the whole one, or \\ufffd.");
        let (code, length) = match first {
            0 => return Err(self.no("\\u0000 cannot be kept by the database; leave it out.")),
            0xd800..=0xdbff => {
                let second = self.text[self.at + 6..].starts_with("\\u").then(|| self.hex(self.at + 8)).transpose()?;
                match second {
                    Some(low @ 0xdc00..=0xdfff) => (0x10000 + ((first - 0xd800) << 10) + (low - 0xdc00), 12),
                    _ => return Err(self.no(half(first))),
                }
            }
            0xdc00..=0xdfff => return Err(self.no(half(first))),
            code => (code, 6),
        };
        let found = char::from_u32(code).ok_or_else(|| self.no(half(first)))?;
        self.at += length;
        Ok(found)
    }

    fn hex(&self, at: usize) -> Result<u32, Misread> {
        let digits = self.text.get(at..at + 4).filter(|digits| digits.bytes().all(|byte| byte.is_ascii_hexdigit()));
        digits.and_then(|digits| u32::from_str_radix(digits, 16).ok()).ok_or_else(|| self.no("after \\u come four digits, 0 to f."))
    }

    fn number(&mut self) -> Result<Json, Misread> {
        let start = self.at;
        self.ends(b'-');
        let whole = self.run();
        if whole == 0 || (whole > 1 && self.text.as_bytes()[self.at - whole] == b'0') {
            return Err(self.no("a number begins with a digit other than 0, or is 0 alone."));
        }
        if self.ends(b'.') && self.run() == 0 {
            return Err(self.no("digits are expected after the point."));
        }
        let mut exponent = 0;
        if self.ends(b'e') || self.ends(b'E') {
            let _ = self.ends(b'-') || self.ends(b'+');
            let digits = self.run();
            if digits == 0 {
                return Err(self.no("digits are expected in the exponent."));
            }
            exponent = self.text[self.at - digits..self.at].parse().unwrap_or(usize::MAX);
        }
        // Beyond these the database says no or rounds.
        let long = self.at - start;
        self.digits = self.digits.saturating_add(long).saturating_add(exponent);
        if exponent > 10_000 || long > 10_000 || self.digits > MOST_DIGITS {
            self.at = start;
            return Err(self.no("this number has more digits than can be kept; write it as text if it has to be that long."));
        }
        Ok(Json::Number(self.text[start..self.at].to_owned()))
    }

    fn run(&mut self) -> usize {
        let start = self.at;
        while matches!(self.peek(), Some(b'0'..=b'9')) {
            self.at += 1;
        }
        self.at - start
    }
}

fn brief(key: &str) -> String {
    key.chars().filter(|c| !c.is_control()).take(60).collect()
}
