//! What a step with all its children uses, read from `/proc` while it runs.

use std::collections::HashMap;
use std::fs::read_to_string;

/// The kernel counts CPU time in hundredths of a second for user space, on every architecture.
const TICK_MS: u64 = 10;

/// The most that was seen so far.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Usage {
    pub memory_now: u64,
    pub memory_peak: u64,
    pub cpu_ms: u64,
    pub disk_bytes: u64,
}

#[derive(Debug, Clone, Copy, Default)]
struct Seen {
    cpu_ms: u64,
    disk: u64,
}

/// Follows one process group.
#[derive(Debug)]
pub(crate) struct Gauge {
    group: u32,
    /// Processes known to belong to it, with when each began: an id alone may be used again.
    members: HashMap<u32, String>,
    /// The last of each process, also of those that have ended.
    seen: HashMap<u32, Seen>,
    rounds: u32,
    usage: Usage,
}

impl Gauge {
    pub(crate) fn new(group: u32) -> Self {
        Self { group, members: HashMap::new(), seen: HashMap::new(), rounds: 0, usage: Usage::default() }
    }

    /// Looks again. Children are searched for in every fourth round, because that reads all of `/proc`.
    pub(crate) fn look(&mut self) -> Usage {
        if self.rounds.is_multiple_of(4) {
            self.search();
        }
        self.rounds += 1;
        let (mut memory, mut peak_of_one) = (0, 0);
        let mut gone = Vec::new();
        for pid in self.members.keys() {
            let Some((resident, highest)) = memory_of(*pid) else {
                gone.push(*pid);
                continue;
            };
            memory += resident;
            peak_of_one = highest.max(peak_of_one);
            let entry = self.seen.entry(*pid).or_default();
            entry.cpu_ms = cpu_of(*pid).unwrap_or(0).max(entry.cpu_ms);
            entry.disk = written_by(*pid).unwrap_or(0).max(entry.disk);
        }
        for pid in gone {
            self.members.remove(&pid);
        }
        self.usage.memory_now = memory;
        self.usage.memory_peak = self.usage.memory_peak.max(memory).max(peak_of_one);
        self.usage.cpu_ms = self.seen.values().map(|seen| seen.cpu_ms).sum();
        self.usage.disk_bytes = self.seen.values().map(|seen| seen.disk).sum();
        self.usage
    }

    /// Finds the processes of the group, and what they or others known before have started, also
    /// where that made a group of its own.
    fn search(&mut self) {
        let all = processes();
        let began: HashMap<u32, &String> = all.iter().map(|process| (process.pid, &process.began)).collect();
        // Only one that is still the same process passes membership on.
        self.members.retain(|pid, since| began.get(pid).is_some_and(|now| *now == since));
        for process in all.iter().filter(|process| process.group == self.group) {
            self.members.entry(process.pid).or_insert_with(|| process.began.clone());
        }
        loop {
            let before = self.members.len();
            for process in &all {
                if self.members.contains_key(&process.parent) {
                    self.members.entry(process.pid).or_insert_with(|| process.began.clone());
                }
            }
            if self.members.len() == before {
                return;
            }
        }
    }

    /// Everything the step has started that still runs, but for the step itself.
    pub(crate) fn others(&mut self) -> Vec<u32> {
        self.search();
        let alive = processes();
        let known = |process: &Process| self.members.get(&process.pid) == Some(&process.began);
        alive.iter().filter(|process| process.pid != self.group && known(process)).map(|process| process.pid).collect()
    }

    /// Takes the CPU time of the ended, not yet reaped, leader and the children it waited for.
    pub(crate) fn close(&mut self) -> Usage {
        if let Some(all) = cpu_with_children(self.group) {
            self.usage.cpu_ms = self.usage.cpu_ms.max(all);
        }
        self.usage
    }
}

struct Process {
    pid: u32,
    parent: u32,
    group: u32,
    began: String,
}

fn processes() -> Vec<Process> {
    let Ok(entries) = std::fs::read_dir("/proc") else {
        return Vec::new();
    };
    let pids = entries.flatten().filter_map(|entry| entry.file_name().to_str()?.parse().ok());
    pids.filter_map(|pid| {
        let fields = stat(pid)?;
        Some(Process { pid, parent: fields.get(1)?.parse().ok()?, group: fields.get(2)?.parse().ok()?, began: fields.get(19)?.clone() })
    })
    .collect()
}

/// The fields of `/proc/PID/stat` after the name, which may itself contain blanks and brackets:
/// state, parent, group, …
fn stat(pid: u32) -> Option<Vec<String>> {
    let text = read_to_string(format!("/proc/{pid}/stat")).ok()?;
    let (_, rest) = text.rsplit_once(')')?;
    Some(rest.split_ascii_whitespace().map(str::to_owned).collect())
}

fn ticks(fields: &[String], indices: &[usize]) -> Option<u64> {
    indices.iter().map(|index| fields.get(*index)?.parse::<u64>().ok()).sum()
}

fn cpu_of(pid: u32) -> Option<u64> {
    Some(ticks(&stat(pid)?, &[11, 12])? * TICK_MS)
}

fn cpu_with_children(pid: u32) -> Option<u64> {
    Some(ticks(&stat(pid)?, &[11, 12, 13, 14])? * TICK_MS)
}

fn memory_of(pid: u32) -> Option<(u64, u64)> {
    let text = read_to_string(format!("/proc/{pid}/status")).ok()?;
    let field = |name: &str| {
        let line = text.lines().find(|line| line.starts_with(name))?;
        line.split_ascii_whitespace().nth(1)?.parse::<u64>().ok()
    };
    Some((field("VmRSS:")? * 1024, field("VmHWM:").unwrap_or(0) * 1024))
}

fn written_by(pid: u32) -> Option<u64> {
    let text = read_to_string(format!("/proc/{pid}/io")).ok()?;
    text.lines().find_map(|line| line.strip_prefix("write_bytes: "))?.trim().parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn this_process_uses_something() {
        let me = std::process::id();
        let (now, highest) = memory_of(me).expect("status");
        assert!(now > 100_000 && highest >= now / 2, "{now} {highest}");
        assert!(cpu_of(me).is_some() && written_by(me).is_some());
        assert!(memory_of(u32::MAX).is_none());
    }
}
