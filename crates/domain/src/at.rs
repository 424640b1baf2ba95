//! A moment in UTC. RFC 3339 on every wire, milliseconds since 1970 where arithmetic is needed.
//! Never reads a clock: the database and the process edge do that.

use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error};
use std::{fmt, str::FromStr};
use time::{OffsetDateTime, UtcOffset, format_description::well_known::Rfc3339};

/// A moment in UTC.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct At(OffsetDateTime);

/// A text that should have been a moment.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("\u{201c}{0}\u{201d} is not a time; write it like 2026-11-21T10:24:31Z")]
pub struct BadTime(String);

impl At {
    /// From milliseconds since 1970-01-01T00:00:00Z; out-of-range values saturate.
    #[must_use]
    pub fn from_millis(millis: i64) -> Self {
        let nanos = i128::from(millis) * 1_000_000;
        Self(OffsetDateTime::from_unix_timestamp_nanos(nanos).unwrap_or(OffsetDateTime::UNIX_EPOCH))
    }

    /// Milliseconds since 1970-01-01T00:00:00Z.
    #[must_use]
    pub fn millis(self) -> i64 {
        i64::try_from(self.0.unix_timestamp_nanos() / 1_000_000).unwrap_or(i64::MAX)
    }

    /// This moment moved by so many seconds (negative: earlier).
    #[must_use]
    pub fn plus_secs(self, secs: i64) -> Self {
        Self::from_millis(self.millis().saturating_add(secs.saturating_mul(1000)))
    }

    /// Whole seconds from `earlier` to `self`; negative when `self` is before it.
    #[must_use]
    pub fn secs_since(self, earlier: Self) -> i64 {
        (self.millis() - earlier.millis()).div_euclid(1000)
    }

    /// `10:24:31`, in UTC.
    #[must_use]
    pub fn clock(self) -> String {
        let (h, m, s) = self.0.to_hms();
        format!("{h:02}:{m:02}:{s:02}")
    }

    /// `2026-11-21`, in UTC.
    #[must_use]
    pub fn date(self) -> String {
        let (y, m, d) = self.0.to_calendar_date();
        format!("{y:04}-{:02}-{d:02}", u8::from(m))
    }
}

impl From<OffsetDateTime> for At {
    fn from(at: OffsetDateTime) -> Self {
        Self(at.to_offset(UtcOffset::UTC))
    }
}
impl From<At> for OffsetDateTime {
    fn from(at: At) -> Self {
        at.0
    }
}
impl fmt::Display for At {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.format(&Rfc3339).map_err(|_| fmt::Error)?)
    }
}
impl fmt::Debug for At {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}
impl FromStr for At {
    type Err = BadTime;
    fn from_str(text: &str) -> Result<Self, BadTime> {
        OffsetDateTime::parse(text.trim(), &Rfc3339).map(Self::from).map_err(|_| BadTime(text.to_owned()))
    }
}
impl Serialize for At {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.collect_str(self)
    }
}
impl<'de> Deserialize<'de> for At {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        String::deserialize(from)?.parse().map_err(D::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::At;

    #[test]
    fn a_moment_survives_its_text() {
        let at: At = "2026-11-21T10:24:31.250Z".parse().expect("a time");
        assert_eq!(at.to_string().parse::<At>(), Ok(at));
        assert_eq!(At::from_millis(at.millis()), at);
        assert_eq!((at.clock(), at.date()), ("10:24:31".into(), "2026-11-21".into()));
    }

    #[test]
    fn other_offsets_mean_the_same_moment() {
        let utc: At = "2026-11-21T10:00:00Z".parse().expect("a time");
        let berlin: At = "2026-11-21T11:00:00+01:00".parse().expect("a time");
        assert_eq!(utc, berlin);
    }

    #[test]
    fn a_bad_time_is_named() {
        let error = "yesterday".parse::<At>().expect_err("not a time").to_string();
        assert!(error.contains("yesterday") && error.contains("2026-"), "{error}");
    }
}
