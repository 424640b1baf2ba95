//! Memory of the console's process, as the kernel counts it (`VmRSS`). The private Postgres is processes of its own, and is
//! told in a row of its own: their proportional share, in which memory they share counts once.

use std::{path::Path, time::Duration};

use anyhow::{Context, Result};
use gate::Token;

use super::{console::Console, database::Database, figure::Figure, http::Client, pages};

const LIMIT_MB: f64 = 120.0;
const IDLE: Duration = Duration::from_secs(10);
/// Each page that often before the rest, as when a person has looked around.
const LOOKS: usize = 5;

pub fn after_load(console: &Console) -> Result<Figure> {
    Ok(Figure::watched("server resident memory after the pages", resident_mb(console)?, "MB"))
}

pub fn idle(console: &Console, token: &Token, database: &Database) -> Result<Vec<Figure>> {
    eprintln!("• measuring memory …");
    let mut client = Client::open(&console.address, Some(token))?;
    for path in ["/", "/troubleshooting", "/jobs", "/frontend-errors", "/audit"] {
        for _ in 0..LOOKS {
            pages::timed(&mut client, path, "")?;
        }
    }
    std::thread::sleep(IDLE);
    Ok(vec![
        Figure::at_most("server resident memory idle", resident_mb(console)?, "MB", LIMIT_MB),
        Figure::watched("its private Postgres idle", share_of_all_mb(database.pid())?, "MB"),
    ])
}

pub fn resident_mb(console: &Console) -> Result<f64> {
    let path = format!("/proc/{}/status", console.pid());
    let status = std::fs::read_to_string(&path).with_context(|| format!("{path} cannot be read"))?;
    kilobytes(&status, "VmRSS:").map(megabytes).with_context(|| format!("{path} has no VmRSS"))
}

/// The server and its children.
fn share_of_all_mb(postmaster: u32) -> Result<f64> {
    let mut sum = 0;
    for entry in std::fs::read_dir("/proc")?.flatten() {
        let pid = entry.file_name().to_str().and_then(|name| name.parse::<u32>().ok());
        let status = std::fs::read_to_string(entry.path().join("status")).unwrap_or_default();
        let parent = field(&status, "PPid:").and_then(|parent| parent.parse().ok());
        if pid.is_some() && (pid == Some(postmaster) || parent == Some(postmaster)) {
            sum += share(&entry.path())?;
        }
    }
    Ok(megabytes(sum))
}

fn share(process: &Path) -> Result<u64> {
    let path = process.join("smaps_rollup");
    match std::fs::read_to_string(&path) {
        Ok(rollup) => kilobytes(&rollup, "Pss:").with_context(|| format!("{} has no Pss", path.display())),
        // A worker that ended meanwhile takes nothing.
        Err(_) if !process.exists() => Ok(0),
        Err(error) => Err(error).with_context(|| format!("{} cannot be read", path.display())),
    }
}

fn kilobytes(text: &str, name: &str) -> Option<u64> {
    field(text, name)?.trim_end_matches("kB").trim().parse().ok()
}

fn field<'a>(text: &'a str, name: &str) -> Option<&'a str> {
    text.lines().find_map(|line| line.strip_prefix(name)).map(str::trim)
}

fn megabytes(kilobytes: u64) -> f64 {
    kilobytes as f64 * 1024.0 / 1_000_000.0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_kernels_lines_are_read() {
        let status = "Name:\tconsole\nPPid:\t12\nVmRSS:\t  123456 kB\n";
        assert_eq!(kilobytes(status, "VmRSS:"), Some(123_456));
        assert_eq!(field(status, "PPid:"), Some("12"));
        assert_eq!(kilobytes(status, "Pss:"), None);
        assert_eq!(megabytes(1_000), 1.024);
    }
}
