//! Where a cluster's files lie: data, socket, log, lock. Moves them when the database's user cannot get there or the
//! socket's path would be too long. Creates directories; starts nothing.

use std::path::{Path, PathBuf};

use crate::Error;
use crate::owner::Owner;

/// `sun_path` holds 108 bytes with its end mark, and Postgres appends `/.s.PGSQL.5432.lock`.
const LONGEST_SOCKET_DIR: usize = 107 - "/.s.PGSQL.65535.lock".len();

/// The files of one cluster.
#[derive(Debug, Clone)]
pub(crate) struct Place {
    pub(crate) pgdata: PathBuf,
    pub(crate) socket_dir: PathBuf,
    pub(crate) log: PathBuf,
    pub(crate) lock: PathBuf,
}

impl Place {
    /// Settles and prepares the directories for `data_dir`.
    pub(crate) fn settle(data_dir: &Path, owner: Owner) -> Result<Self, Error> {
        std::fs::create_dir_all(data_dir).map_err(Error::io("Creating", data_dir))?;
        let asked = std::fs::canonicalize(data_dir).map_err(Error::io("Reading", data_dir))?;
        let root = if owner.can_enter(&asked) { asked.clone() } else { elsewhere(&asked)? };
        let mut socket_dir = root.join("socket");
        if socket_dir.as_os_str().len() > LONGEST_SOCKET_DIR {
            socket_dir = std::env::temp_dir().join(format!("ops-{:016x}", fnv(&asked)));
        }
        owner.private_dir(&socket_dir)?;
        let log = root.join("postgres.log");
        let file = std::fs::OpenOptions::new().create(true).append(true).open(&log);
        file.map_err(Error::io("Opening", &log))?;
        owner.adopt(&log)?;
        Ok(Self { pgdata: root.join("pg"), socket_dir, log, lock: root.join("lock") })
    }
}

/// A place the database's user can reach, for a data directory below one it cannot (a clone under /root, say).
/// The asked-for directory keeps a note of where its data went: without the note it is a new directory and gets new data,
/// so that removing a data directory is a fresh start here as well.
fn elsewhere(asked: &Path) -> Result<PathBuf, Error> {
    let note = asked.join("MOVED");
    let known = std::fs::read_to_string(&note).unwrap_or_default();
    if let Some(root) = known.lines().next().map(PathBuf::from).filter(|root| root.is_dir()) {
        return Ok(root);
    }
    let base = Path::new("/var/lib/ops-console");
    std::fs::create_dir_all(base).map_err(Error::io("Creating", base))?;
    let name = fnv(asked);
    let mut root = base.join(format!("{name:016x}"));
    for n in 1.. {
        match std::fs::create_dir(&root) {
            Ok(()) => break,
            Err(e) if e.kind() == std::io::ErrorKind::AlreadyExists => {
                root = base.join(format!("{name:016x}-{n}"));
            }
            Err(e) => return Err(Error::io("Creating", root)(e)),
        }
    }
    let text = format!(
        "{}\nThe database's user may not enter {}, so the database's files are in the directory above.\n",
        root.display(),
        asked.display()
    );
    std::fs::write(&note, text).map_err(Error::io("Writing", &note))?;
    Ok(root)
}

/// FNV-1a: a short name that is the same in every process and release, which std's hasher does not promise.
pub(crate) fn fnv(path: &Path) -> u64 {
    let start = 0xcbf2_9ce4_8422_2325_u64;
    path.as_os_str().as_encoded_bytes().iter().fold(start, |hash, byte| (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_path_gets_a_short_socket_directory() {
        let owner = Owner::current().unwrap();
        let base = std::env::temp_dir().join(format!("ops-place-{}", std::process::id()));
        let short = Place::settle(&base.join("a"), owner).unwrap();
        assert!(short.socket_dir.starts_with(&base));
        let long = Place::settle(&base.join("b".repeat(120)), owner).unwrap();
        assert!(long.socket_dir.as_os_str().len() <= LONGEST_SOCKET_DIR);
        std::fs::remove_dir_all(&long.socket_dir).unwrap();
        std::fs::remove_dir_all(&base).unwrap();
    }
}
