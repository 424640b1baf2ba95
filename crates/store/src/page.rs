//! Paging by key: a page ends at a (moment, id), the next starts after it. Offsets get slower with
//! every page and lose rows that share a moment; this does neither.

use domain::{At, parse_since};
use uuid::Uuid;

/// Most rows counted exactly; beyond, a list says "10,000+".
pub const COUNT_CAP: i64 = 10_000;

/// Where a page ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PageKey {
    /// Microseconds since 1970: the database's own precision.
    pub micros: i64,
    pub id: Uuid,
}

impl PageKey {
    #[must_use]
    pub fn text(&self) -> String {
        format!("{}.{}", self.micros, self.id)
    }

    /// From a cursor as given out; the error is a sentence.
    pub fn parse(text: &str) -> Result<Self, String> {
        let parts = text.split_once('.').and_then(|(micros, id)| Some(Self { micros: micros.parse().ok()?, id: id.parse().ok()? }));
        parts.ok_or_else(|| format!("\u{201c}{text}\u{201d} is not a cursor of this list; leave it out to start at the newest"))
    }
}

/// Rows on a page: 50 unless asked, 1 to 200.
pub fn page_size(limit: Option<i64>) -> Result<i64, String> {
    match limit {
        None => Ok(50),
        Some(limit @ 1..=200) => Ok(limit),
        Some(limit) => Err(format!("A page has 1 to 200 rows, not {limit}.")),
    }
}

/// The moment meant by `24h` (before `now`) or by an RFC 3339 time.
pub fn moment(text: &str, now: At) -> Result<At, String> {
    match parse_since(text) {
        Ok(secs) => Ok(now.plus_secs(-secs)),
        Err(span) => text.parse().map_err(|_| format!("{span}, or a time like 2026-11-21T10:00:00Z")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cursor_comes_back() {
        let key = PageKey { micros: 1_795_000_000_000_123, id: Uuid::from_u128(42) };
        assert_eq!(PageKey::parse(&key.text()), Ok(key));
        for bad in ["", "1", "x.y", "1.", ".5"] {
            assert!(PageKey::parse(bad).is_err_and(|e| e.contains("cursor")), "{bad}");
        }
    }

    #[test]
    fn moments_and_sizes() {
        let now: At = "2026-11-21T10:00:00Z".parse().expect("a time");
        assert_eq!(moment("1h", now), Ok(now.plus_secs(-3600)));
        assert_eq!(moment("2026-11-20T10:00:00Z", now), Ok(now.plus_secs(-86_400)));
        assert!(moment("last week", now).is_err());
        assert_eq!((page_size(None), page_size(Some(200))), (Ok(50), Ok(200)));
        assert!(page_size(Some(201)).is_err() && page_size(Some(0)).is_err());
    }
}
