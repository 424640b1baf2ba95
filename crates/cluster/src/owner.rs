//! Whose process the database is. Postgres refuses root, so a root console hands it to another user; nothing else changes user.

use std::os::unix::fs::{MetadataExt, PermissionsExt, chown};
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::Command;

use crate::Error;

/// The user the database runs as.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Owner {
    pub(crate) uid: u32,
    pub(crate) gid: u32,
    /// True when we are root and it is somebody else.
    dropped: bool,
}

impl Owner {
    /// Ourselves, or `postgres`/`nobody` when we are root.
    pub(crate) fn current() -> Result<Self, Error> {
        let uid = rustix::process::geteuid().as_raw();
        if uid != 0 {
            return Ok(Self { uid, gid: rustix::process::getegid().as_raw(), dropped: false });
        }
        let passwd = std::fs::read_to_string("/etc/passwd").map_err(Error::io("Reading", "/etc/passwd"))?;
        let found = ["postgres", "nobody"].iter().find_map(|name| look_up(&passwd, name));
        let (uid, gid) = found.ok_or(Error::NobodyToRunAs)?;
        Ok(Self { uid, gid, dropped: true })
    }

    /// A command that runs as this user, from a directory everyone may be in.
    pub(crate) fn command(self, program: &Path) -> Command {
        let mut command = Command::new(program);
        command.current_dir("/").env("LC_ALL", "C");
        for variable in ["PGDATA", "PGHOST", "PGPORT", "PGUSER", "PGDATABASE", "PGOPTIONS", "PGSERVICE", "PGPASSWORD"] {
            command.env_remove(variable);
        }
        if self.dropped {
            // std also clears the supplementary groups when a root process changes user.
            command.uid(self.uid).gid(self.gid);
        }
        command
    }

    /// Gives a path to this user.
    pub(crate) fn adopt(self, path: &Path) -> Result<(), Error> {
        if self.dropped {
            chown(path, Some(self.uid), Some(self.gid)).map_err(Error::io("Changing the owner of", path))?;
        }
        Ok(())
    }

    /// Makes a directory only this user may enter, or checks that an existing one is that.
    pub(crate) fn private_dir(self, dir: &Path) -> Result<(), Error> {
        match std::fs::create_dir(dir) {
            Ok(()) => {
                std::fs::set_permissions(dir, std::fs::Permissions::from_mode(0o700)).map_err(Error::io("Protecting", dir))?;
                self.adopt(dir)
            }
            Err(e) if e.kind() == std::io::ErrorKind::AlreadyExists => {
                let meta = std::fs::symlink_metadata(dir).map_err(Error::io("Reading", dir))?;
                if meta.is_dir() && meta.uid() == self.uid && meta.mode() & 0o077 == 0 {
                    return Ok(());
                }
                Err(Error::NotPrivate { dir: dir.into(), uid: self.uid })
            }
            Err(e) => Err(Error::io("Creating", dir)(e)),
        }
    }

    /// Whether this user may pass through every directory above and including `dir` (the parts that exist).
    pub(crate) fn can_enter(self, dir: &Path) -> bool {
        if !self.dropped {
            return true;
        }
        dir.ancestors().filter_map(|part| std::fs::metadata(part).ok()).all(|meta| {
            let bit = match meta {
                ref m if m.uid() == self.uid => 0o100,
                ref m if m.gid() == self.gid => 0o010,
                _ => 0o001,
            };
            meta.mode() & bit != 0
        })
    }
}

fn look_up(passwd: &str, name: &str) -> Option<(u32, u32)> {
    let line = passwd.lines().find(|line| line.split(':').next() == Some(name))?;
    let mut fields = line.split(':').skip(2);
    Some((fields.next()?.parse().ok()?, fields.next()?.parse().ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn users_are_found_by_their_whole_name() {
        let passwd = "root:x:0:0::/root:/bin/sh\npostgres2:x:7:7::/:/bin/sh\npostgres:x:101:104:a:/:/bin/sh\n";
        assert_eq!(look_up(passwd, "postgres"), Some((101, 104)));
        assert_eq!(look_up(passwd, "nobody"), None);
    }

    #[test]
    fn a_directory_somebody_else_could_enter_is_refused() {
        let owner = Owner::current().unwrap();
        let dir = std::env::temp_dir().join(format!("ops-owner-{}", std::process::id()));
        owner.private_dir(&dir).unwrap();
        owner.private_dir(&dir).unwrap();
        std::fs::set_permissions(&dir, std::fs::Permissions::from_mode(0o755)).unwrap();
        assert!(matches!(owner.private_dir(&dir), Err(Error::NotPrivate { .. })));
        std::fs::remove_dir(&dir).unwrap();
    }
}
