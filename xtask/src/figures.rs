//! A measured figure with its limit, and how rows of them are printed and judged. Measuring is `bench` and `size`.

use serde::{Deserialize, Serialize};

/// One row.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Figure {
    pub name: String,
    pub value: f64,
    pub unit: String,
    /// Absent for figures that are only watched.
    pub limit: Option<f64>,
    pub ok: bool,
}

impl Figure {
    /// A figure that must not exceed its limit.
    pub fn at_most(name: &str, value: f64, unit: &str, limit: Option<f64>) -> Self {
        Self { name: name.into(), value, unit: unit.into(), limit, ok: limit.is_none_or(|limit| value <= limit) }
    }
}

/// Prints the rows; `true` when all are within their limits.
pub fn print(rows: &[Figure], json: bool) -> bool {
    if json {
        for row in rows {
            println!("{}", serde_json::to_string(row).expect("a row is plain data"));
        }
    } else {
        let wide = rows.iter().map(|row| row.name.chars().count()).max().unwrap_or(0).max(4);
        println!("{:wide$}  {:>12}  {:<6}  {:>10}  ok", "name", "value", "unit", "limit");
        for row in rows {
            let limit = row.limit.map(number).unwrap_or_else(|| "–".into());
            let ok = if row.ok { "yes" } else { "NO" };
            println!("{:wide$}  {:>12}  {:<6}  {:>10}  {ok}", row.name, number(row.value), row.unit, limit);
        }
    }
    rows.iter().all(|row| row.ok)
}

fn number(value: f64) -> String {
    if value.fract() == 0.0 { format!("{value:.0}") } else { format!("{value:.2}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_limit_itself_is_within() {
        assert!(Figure::at_most("a", 4096.0, "B", Some(4096.0)).ok);
        assert!(!Figure::at_most("a", 4097.0, "B", Some(4096.0)).ok);
        assert!(Figure::at_most("a", 1e9, "B", None).ok);
        let over = [Figure::at_most("a", 2.0, "B", Some(1.0))];
        assert!(!print(&over, true));
        assert_eq!(number(2.5), "2.50");
    }
}
