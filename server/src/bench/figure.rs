//! A measured figure with its limit, and how rows of them are printed and judged.

use std::time::Duration;

use serde::Serialize;

/// One row.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Figure {
    pub name: &'static str,
    pub value: f64,
    pub unit: &'static str,
    /// Absent for figures that are only watched.
    pub limit: Option<f64>,
    pub ok: bool,
}

impl Figure {
    pub fn at_most(name: &'static str, value: f64, unit: &'static str, limit: f64) -> Self {
        Self { name, value: rounded(value), unit, limit: Some(limit), ok: value <= limit }
    }

    pub fn at_least(name: &'static str, value: f64, unit: &'static str, limit: f64) -> Self {
        Self { name, value: rounded(value), unit, limit: Some(limit), ok: value >= limit }
    }

    pub fn watched(name: &'static str, value: f64, unit: &'static str) -> Self {
        Self { name, value: rounded(value), unit, limit: None, ok: true }
    }

    /// The 95th percentile of what was measured; the spread goes to standard error.
    pub fn p95(name: &'static str, mut took: Vec<Duration>, limit_ms: f64) -> Self {
        took.sort_unstable();
        let ms = |share: usize| percentile(&took, share).as_secs_f64() * 1000.0;
        eprintln!("  {name}: {:.1} ms; half within {:.1}, all {} within {:.1}", ms(95), ms(50), took.len(), ms(100));
        Self::at_most(name, ms(95), "ms", limit_ms)
    }
}

/// The smallest value that `share` percent of the sorted values do not exceed.
fn percentile(sorted: &[Duration], share: usize) -> Duration {
    let rank = (sorted.len() * share).div_ceil(100).max(1);
    sorted.get(rank - 1).copied().unwrap_or_default()
}

fn rounded(value: f64) -> f64 {
    (value * 100.0).round() / 100.0
}

/// Prints the rows; `true` when all are within their limits.
pub fn print(rows: &[Figure], json: bool) -> bool {
    let wide = rows.iter().map(|row| row.name.chars().count()).max().unwrap_or(0);
    if !json {
        println!("{:wide$}  {:>10}  {:<10}  {:>10}  ok", "name", "value", "unit", "limit");
    }
    for row in rows {
        if json {
            println!("{}", serde_json::json!(row));
        } else {
            let limit = row.limit.map_or_else(|| "–".to_owned(), |limit| limit.to_string());
            println!("{:wide$}  {:>10}  {:<10}  {limit:>10}  {}", row.name, row.value, row.unit, if row.ok { "yes" } else { "NO" });
        }
    }
    rows.iter().all(|row| row.ok)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_percentile_is_a_value_that_was_measured() {
        let all: Vec<Duration> = (1..=100).map(Duration::from_millis).collect();
        assert_eq!(percentile(&all, 95), Duration::from_millis(95));
        assert_eq!(percentile(&all, 100), Duration::from_millis(100));
        assert_eq!(percentile(&all[..3], 95), Duration::from_millis(3));
        assert_eq!(percentile(&all[..1], 50), Duration::from_millis(1));
    }

    #[test]
    fn the_limit_itself_is_within() {
        assert!(Figure::at_most("a", 25.0, "ms", 25.0).ok && !Figure::at_most("a", 25.004, "ms", 25.0).ok);
        assert!(Figure::at_least("a", 2000.0, "/s", 2000.0).ok && !Figure::at_least("a", 1999.999, "/s", 2000.0).ok);
        assert!(!print(&[Figure::watched("a", 1.0, "MB"), Figure::at_most("b", 2.0, "MB", 1.0)], true));
    }
}
