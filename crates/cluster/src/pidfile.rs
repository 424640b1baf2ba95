//! Reading `postmaster.pid` and telling a living server from a left-over file. Signals nothing.

use std::path::Path;

use rustix::process::Pid;

/// What `postmaster.pid` and `/proc` together say.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Postmaster {
    /// No file.
    Absent,
    /// A file whose process is gone or is somebody else's by now.
    Stale,
    /// A server lives here; `ready` when it takes connections.
    Alive { pid: Pid, ready: bool },
}

/// Looks at a data directory.
pub(crate) fn look(pgdata: &Path) -> Postmaster {
    let Ok(text) = std::fs::read_to_string(pgdata.join("postmaster.pid")) else {
        return Postmaster::Absent;
    };
    let pid = text.lines().next().and_then(|line| line.trim().parse().ok()).and_then(Pid::from_raw);
    match pid {
        Some(pid) if serves(pid, pgdata) => {
            // The eighth line is the server's own word for its state.
            let ready = text.lines().nth(7).is_some_and(|line| line.trim() == "ready");
            Postmaster::Alive { pid, ready }
        }
        _ => Postmaster::Stale,
    }
}

/// A process id alone proves nothing: it may have been reused. The server's working directory is its data directory.
pub(crate) fn serves(pid: Pid, pgdata: &Path) -> bool {
    let proc = format!("/proc/{}/cwd", pid.as_raw_pid());
    match (std::fs::read_link(proc), std::fs::canonicalize(pgdata)) {
        (Ok(cwd), Ok(pgdata)) => cwd == pgdata,
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reused_process_id_is_not_a_server() {
        let dir = std::env::temp_dir().join(format!("ops-pidfile-{}", std::process::id()));
        std::fs::create_dir_all(&dir).unwrap();
        assert_eq!(look(&dir), Postmaster::Absent);
        let lines = format!("{}\n/x\n1\n5432\n/s\n\n 1 1\nready   \n", std::process::id());
        std::fs::write(dir.join("postmaster.pid"), &lines).unwrap();
        assert_eq!(look(&dir), Postmaster::Stale);
        std::fs::write(dir.join("postmaster.pid"), "not a number").unwrap();
        assert_eq!(look(&dir), Postmaster::Stale);
        std::fs::remove_dir_all(&dir).unwrap();
    }
}
