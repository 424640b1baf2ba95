//! A running cluster: its address, its version, its end. Starting is `launch`.

use std::fs::File;
use std::path::Path;
use std::thread::JoinHandle;

use rustix::process::Pid;

use crate::binaries::{Binaries, Version};
use crate::launch::{self, PORT, SUPERUSER};
use crate::place::Place;
use crate::{Error, pidfile};

/// A private Postgres that runs until this is stopped or dropped.
#[derive(Debug)]
pub struct Running {
    place: Place,
    binaries: Binaries,
    pid: Pid,
    keeper: Option<JoinHandle<()>>,
    _lock: File,
}

impl Running {
    pub(crate) fn new(place: Place, binaries: Binaries, pid: Pid, keeper: JoinHandle<()>, lock: File) -> Self {
        Self { place, binaries, pid, keeper: Some(keeper), _lock: lock }
    }

    /// The directory of the socket.
    pub fn socket_dir(&self) -> &Path {
        &self.place.socket_dir
    }

    /// Where the server writes its log.
    pub fn log(&self) -> &Path {
        &self.place.log
    }

    /// Where the data files really are (they move when the database's user cannot enter the asked-for directory).
    pub fn pgdata(&self) -> &Path {
        &self.place.pgdata
    }

    /// Part of the socket's name; nothing listens on the network.
    pub fn port(&self) -> u16 {
        PORT
    }

    /// The role that may do everything: for set-up only.
    pub fn superuser(&self) -> &'static str {
        SUPERUSER
    }

    /// The server's process id.
    pub fn pid(&self) -> u32 {
        self.pid.as_raw_pid().unsigned_abs()
    }

    /// The server's release; see [`Version::advisory`].
    pub fn version(&self) -> Version {
        self.binaries.version()
    }

    /// The programs this cluster runs from (`psql`, `pg_dump` …).
    pub fn binaries(&self) -> &Binaries {
        &self.binaries
    }

    /// Whether the server process is there.
    pub fn is_alive(&self) -> bool {
        pidfile::serves(self.pid, &self.place.pgdata)
    }

    /// A connection URL for a role and a database, over the socket.
    pub fn url(&self, role: &str, database: &str) -> String {
        url(&self.place.socket_dir, role, database)
    }

    /// Fast shutdown: open transactions are rolled back, everything committed is on disk when this returns.
    ///
    /// # Errors
    /// When the server does not end in time.
    pub fn stop(mut self) -> Result<(), Error> {
        self.shut_down()
    }

    fn shut_down(&mut self) -> Result<(), Error> {
        let Some(keeper) = self.keeper.take() else {
            return Ok(());
        };
        launch::end(&self.place, self.pid)?;
        let _ = keeper.join();
        Ok(())
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        if let Err(e) = self.shut_down() {
            eprintln!("{e}");
        }
    }
}

/// `localhost` is only there because a URL needs a host; the `host` parameter is what counts.
pub(crate) fn url(socket_dir: &Path, role: &str, database: &str) -> String {
    let dir = escape(&socket_dir.to_string_lossy(), "/");
    format!("postgres://{}@localhost:{PORT}/{}?host={dir}", escape(role, ""), escape(database, ""))
}

fn escape(text: &str, keep: &str) -> String {
    text.bytes().fold(String::new(), |mut out, byte| {
        let c = char::from(byte);
        if c.is_ascii_alphanumeric() || "-_.~".contains(c) || keep.contains(c) {
            out.push(c);
        } else {
            out.push_str(&format!("%{byte:02X}"));
        }
        out
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn urls_survive_odd_names() {
        assert_eq!(url(Path::new("/a b/c"), "app_ro", "ops"), "postgres://app_ro@localhost:5432/ops?host=/a%20b/c");
        assert_eq!(escape("ä@b", ""), "%C3%A4%40b");
    }
}
