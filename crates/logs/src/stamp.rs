//! When a line was written: the stamp it begins with, in the forms that programs write. A stamp without a zone is taken for UTC.
//! Not in here: stamps inside JSON objects (see `shape`).

use domain::At;

/// A moment, and how many bytes of the line said so.
pub(crate) type Stamp = (At, usize);

const MONTHS: [&[u8; 3]; 12] = [b"Jan", b"Feb", b"Mar", b"Apr", b"May", b"Jun", b"Jul", b"Aug", b"Sep", b"Oct", b"Nov", b"Dec"];
/// How far into a line of an access log the stamp is looked for.
const ACCESS: usize = 300;

/// The stamp at the beginning of a line. `now` gives the year to the form that has none.
pub(crate) fn at_start(line: &[u8], now: At) -> Option<Stamp> {
    let skip = usize::from(line.first() == Some(&b'['));
    let rest = &line[skip..];
    let close = |(at, end): Stamp| (at, skip + end + usize::from(skip == 1 && rest.get(end) == Some(&b']')));
    match rest.first()? {
        b'0'..=b'9' => dated(rest).or_else(|| epoch(rest)).map(close),
        b'<' => priority(rest).and_then(|at| at_start(&rest[at..], now).map(|(moment, end)| (moment, at + end))),
        b'A'..=b'S' => syslog(rest, now).map(close),
        _ => None,
    }
}

/// The stamp of an access log, which stands behind the address: `[26/Nov/2026:10:00:00 +0000]`.
pub(crate) fn in_access_log(line: &[u8]) -> Option<At> {
    let head = &line[..line.len().min(ACCESS)];
    let at = memchr::memchr(b'[', head)? + 1;
    let rest = head.get(at..at + 26)?;
    let shape = rest[2] == b'/' && rest[6] == b'/' && rest[11] == b':' && rest[14] == b':' && rest[17] == b':' && rest[20] == b' ';
    let day = (number(&rest[7..11])?, month(&rest[3..6])?, number(&rest[..2])?);
    let time = (number(&rest[12..14])?, number(&rest[15..17])?, number(&rest[18..20])?);
    let (minutes, _) = zone(&rest[21..])?;
    shape.then(|| moment(day, time, 0, minutes)).flatten()
}

/// A moment written as one text, as in a JSON object.
pub(crate) fn of_text(text: &str) -> Option<At> {
    dated(text.as_bytes()).or_else(|| epoch(text.as_bytes())).map(|(at, _)| at)
}

/// Seconds or milliseconds (or finer) since 1970, between 2015 and 2040.
pub(crate) fn of_number(number: f64) -> Option<At> {
    let seconds = [1.0, 1e3, 1e6, 1e9].into_iter().map(|unit| number / unit).find(|seconds| (1.42e9..2.21e9).contains(seconds))?;
    Some(At::from_millis((seconds * 1000.0).round() as i64))
}

/// `2026-11-26T10:00:00.123Z`, `2026-11-26 10:00:00,123 UTC`, `2026/11/26 10:00:00`.
fn dated(line: &[u8]) -> Option<Stamp> {
    let head = line.get(..19)?;
    let parted = (head[4] == b'-' && head[7] == b'-') || (head[4] == b'/' && head[7] == b'/');
    if !parted || !matches!(head[10], b'T' | b't' | b' ') || head[13] != b':' || head[16] != b':' {
        return None;
    }
    let day = (number(&head[..4])?, number(&head[5..7])?, number(&head[8..10])?);
    let time = (number(&head[11..13])?, number(&head[14..16])?, number(&head[17..19])?);
    let (millis, mut end) = fraction(line, 19);
    let mut minutes = 0;
    let space = usize::from(line.get(end) == Some(&b' '));
    if let Some((found, long)) = line.get(end + space..).and_then(zone) {
        (minutes, end) = (found, end + space + long);
    }
    Some((moment(day, time, millis, minutes)?, end))
}

/// `Nov 26 10:00:00`, of the year in which it is not in the future.
fn syslog(line: &[u8], now: At) -> Option<Stamp> {
    let head = line.get(..15)?;
    if head[3] != b' ' || head[6] != b' ' || head[9] != b':' || head[12] != b':' {
        return None;
    }
    let day = number(if head[4] == b' ' { &head[5..6] } else { &head[4..6] })?;
    let time = (number(&head[7..9])?, number(&head[10..12])?, number(&head[13..15])?);
    let month = month(&head[..3])?;
    let year: i64 = now.date().get(..4)?.parse().ok()?;
    let of = |year| moment((year, month, day), time, 0, 0);
    let this = of(year).filter(|at| at.secs_since(now) < 86_400);
    Some((this.or_else(|| of(year - 1))?, 15))
}

/// `1764151200.123` or `1764151200123`, and nothing longer behind it. Ten digits alone are rather somebody's number.
fn epoch(line: &[u8]) -> Option<Stamp> {
    let digits = line.iter().take_while(|byte| byte.is_ascii_digit()).count();
    let (millis, end) = fraction(line, digits);
    let fits = (digits == 10 && end > digits) || digits == 13;
    if !fits || line.get(end).is_some_and(|byte| byte.is_ascii_alphanumeric()) {
        return None;
    }
    let whole = number(&line[..digits])?;
    let at = of_number(whole as f64)?;
    Some((if digits == 10 { At::from_millis(whole * 1000 + millis) } else { at }, end))
}

/// `<34>` and the version behind it.
fn priority(line: &[u8]) -> Option<usize> {
    let end = line.iter().take(5).position(|byte| *byte == b'>')?;
    number(&line[1..end])?;
    Some(end + if line.get(end + 1..end + 3) == Some(b"1 ") { 3 } else { 1 })
}

/// Milliseconds behind a `.` or `,`, and where they end.
fn fraction(line: &[u8], at: usize) -> (i64, usize) {
    if !matches!(line.get(at), Some(b'.' | b',')) {
        return (0, at);
    }
    let digits = line[at + 1..].iter().take(9).take_while(|byte| byte.is_ascii_digit()).count();
    if digits == 0 {
        return (0, at);
    }
    let read = |place: usize| line[at + 1..at + 1 + digits].get(place).map_or(0, |byte| i64::from(byte - b'0'));
    (read(0) * 100 + read(1) * 10 + read(2), at + 1 + digits)
}

/// Minutes east of Greenwich, and how long their text is.
fn zone(text: &[u8]) -> Option<(i64, usize)> {
    let ends = |at: usize| !text.get(at).is_some_and(|byte| byte.is_ascii_alphanumeric());
    match text.first()? {
        b'Z' | b'z' if ends(1) => Some((0, 1)),
        b'U' | b'G' if matches!(text.get(..3)?, b"UTC" | b"GMT") && ends(3) => Some((0, 3)),
        sign @ (b'+' | b'-') => {
            let hours = number(text.get(1..3)?)?;
            let colon = usize::from(text.get(3) == Some(&b':'));
            // Postgres writes whole hours alone.
            let (minutes, long) = text.get(3 + colon..5 + colon).and_then(number).map_or((0, 3), |minutes| (minutes, 5 + colon));
            let all = hours * 60 + minutes;
            (hours < 15 && minutes < 60 && ends(long)).then_some((if *sign == b'-' { -all } else { all }, long))
        }
        _ => None,
    }
}

fn month(name: &[u8]) -> Option<i64> {
    MONTHS.iter().position(|month| month.as_slice() == name).and_then(|at| i64::try_from(at + 1).ok())
}

fn number(digits: &[u8]) -> Option<i64> {
    let fits = !digits.is_empty() && digits.len() < 19 && digits.iter().all(u8::is_ascii_digit);
    fits.then(|| digits.iter().fold(0, |sum, digit| sum * 10 + i64::from(digit - b'0')))
}

/// Days since 1970 by counting years from March, so that a leap day is a year's last.
fn moment((year, month, day): (i64, i64, i64), (hour, minute, second): (i64, i64, i64), millis: i64, east: i64) -> Option<At> {
    if !(1970..=2200).contains(&year) || !(1..=12).contains(&month) || !(1..=31).contains(&day) || hour > 23 || minute > 59 || second > 60 {
        return None;
    }
    let (y, m) = if month > 2 { (year, month - 3) } else { (year - 1, month + 9) };
    let days = 365 * y + y / 4 - y / 100 + y / 400 + (153 * m + 2) / 5 + day - 1 - 719_468;
    Some(At::from_millis((((days * 24 + hour) * 60 + minute - east) * 60 + second) * 1000 + millis))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn now() -> At {
        "2026-11-26T12:00:00Z".parse().expect("a time")
    }
    fn read(line: &str) -> Option<(String, &str)> {
        at_start(line.as_bytes(), now()).map(|(at, end)| (at.to_string(), &line[end..]))
    }

    #[test]
    fn the_forms_that_programs_write() {
        let ten = "2026-11-26T10:00:00Z";
        for (line, at, rest) in [
            ("2026-11-26T10:00:00Z INFO x", ten, " INFO x"),
            ("2026-11-26T10:00:00.123456Z x", "2026-11-26T10:00:00.123Z", " x"),
            ("2026-11-26T11:00:00+01:00 x", ten, " x"),
            ("2026-11-26T10:00:00.123456789Z x", "2026-11-26T10:00:00.123Z", " x"),
            ("2026-11-26 10:00:00.123 UTC [47] LOG:  x", "2026-11-26T10:00:00.123Z", " [47] LOG:  x"),
            ("2026-11-26 11:00:00+01 x", ten, " x"),
            ("2026-11-26 10:00:00,500 - x", "2026-11-26T10:00:00.5Z", " - x"),
            ("2026/11/26 10:00:00 [error] 7#7: x", ten, " [error] 7#7: x"),
            ("[2026-11-26 10:00:00] x", ten, " x"),
            ("Nov 26 10:00:00 web-1 shop[47]: x", ten, " web-1 shop[47]: x"),
            ("Nov  6 10:00:00 web-1 x", "2026-11-06T10:00:00Z", " web-1 x"),
            ("Dec 31 23:59:59 web-1 x", "2025-12-31T23:59:59Z", " web-1 x"),
            ("<34>1 2026-11-26T10:00:00Z host x", ten, " host x"),
            ("1795687200.250 x", "2026-11-26T10:00:00.25Z", " x"),
            ("1795687200250 x", "2026-11-26T10:00:00.25Z", " x"),
            ("2024-02-29T00:00:00Z x", "2024-02-29T00:00:00Z", " x"),
        ] {
            assert_eq!(read(line), Some((at.to_owned(), rest)), "{line}");
        }
        for line in [
            "",
            "    at x.y(Z.java:1)",
            "1795687200 is my account",
            "2026-13-26T10:00:00Z",
            "2026-11-26 breakfast was good",
            "Novel 26",
            "é2026",
        ] {
            assert_eq!(read(line), None, "{line}");
        }
    }

    #[test]
    fn an_access_log_has_its_stamp_behind_the_address() {
        let line = b"10.0.0.1 - ada [26/Nov/2026:11:00:00 +0100] \"GET / HTTP/1.1\" 200 5";
        assert_eq!(in_access_log(line).map(|at| at.to_string()).as_deref(), Some("2026-11-26T10:00:00Z"));
        assert_eq!(in_access_log(b"[error] [26/Nov/2026"), None);
    }

    #[test]
    fn every_day_is_the_calendars() {
        for (text, at) in (0..60_000_i64).step_by(17).map(|day| (At::from_millis(day * 86_400_000).to_string(), day)) {
            let line = text.replace('Z', " x");
            assert_eq!(at_start(line.as_bytes(), now()).map(|(at, _)| at.millis()), Some(at * 86_400_000), "{line}");
        }
    }
}
