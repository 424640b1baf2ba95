//! What the statements of one answer took in the database, by its own log: parsing, binding and executing, as the real console
//! sent them. One request at a time, so that what is written between two requests belongs to the first.

use std::time::Duration;

use anyhow::{Context, Result};

use super::super::database::Database;

/// Reads along while the database writes down how long each statement takes.
pub struct Statements<'a> {
    database: &'a Database,
    at: u64,
}

impl<'a> Statements<'a> {
    pub fn watch(database: &'a Database) -> Result<Self> {
        set(database, "0")?;
        // The setting reaches open connections with their next statement.
        std::thread::sleep(Duration::from_millis(500));
        let (_, at) = database.log_since(0)?;
        Ok(Self { database, at })
    }

    /// Forgets what was written until now.
    pub fn start_over(&mut self) -> Result<()> {
        self.at = self.database.log_since(self.at)?.1;
        Ok(())
    }

    /// What the statements that hold one of these words took since then, together.
    pub fn took(&self, words: &[&str]) -> Result<Duration> {
        let (log, _) = self.database.log_since(self.at)?;
        let took = entries(&log).filter(|entry| words.iter().any(|word| entry.contains(word))).filter_map(millis).sum::<f64>();
        Ok(Duration::from_secs_f64(took / 1000.0))
    }
}

impl Drop for Statements<'_> {
    fn drop(&mut self) {
        if let Err(error) = set(self.database, "-1") {
            eprintln!("  the log of the database stays long: {error:#}");
        }
    }
}

fn set(database: &Database, least: &str) -> Result<()> {
    database.script(&format!("alter system set log_min_duration_statement = {least}; select pg_reload_conf();"), &[]).context("the log")?;
    Ok(())
}

/// Entries of the log; what goes on over several lines is indented with a tab.
fn entries(log: &str) -> impl Iterator<Item = &str> {
    let mut rest = log;
    std::iter::from_fn(move || {
        if rest.is_empty() {
            return None;
        }
        let mut end = 0;
        loop {
            end = rest[end..].find('\n').map_or(rest.len(), |at| end + at + 1);
            if !rest[end..].starts_with('\t') {
                break;
            }
        }
        let (entry, after) = rest.split_at(end);
        rest = after;
        Some(entry)
    })
}

fn millis(entry: &str) -> Option<f64> {
    entry.split_once("duration: ")?.1.split_once(" ms")?.0.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn statements_over_several_lines_are_one_entry() {
        let log = "2026-11-26 01:00:00 UTC [7] LOG:  duration: 0.250 ms  bind sqlx_s_1: select 1\n\t  from here\n2026-11-26 01:00:00 UTC [7] LOG:  duration: 1.500 ms  execute sqlx_s_1: select 1\n\t  from here\n\twhere true\nother\n";
        let all: Vec<_> = entries(log).collect();
        assert_eq!(all.len(), 3);
        assert_eq!(all.iter().filter_map(|entry| millis(entry)).sum::<f64>(), 1.75);
        assert!(all[1].contains("where true"));
    }
}
