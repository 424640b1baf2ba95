//! One throw-away cluster for all test processes of this checkout, with a fresh database per test. Not for products:
//! it gives up safety for speed and outlives its starter until `stop_scratch` (`cargo xtask test` calls it at the end) or
//! until nobody has used it for a quarter of an hour.

use std::fs::File;
use std::os::unix::net::UnixStream;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crate::binaries::Binaries;
use crate::launch::{self, Options, PORT, SUPERUSER, Tie};
use crate::owner::Owner;
use crate::pidfile::{self, Postmaster};
use crate::place::{self, Place};
use crate::{Error, running};

/// The shared cluster, running.
#[derive(Debug, Clone)]
pub struct Shared {
    binaries: Binaries,
    place: Place,
    dir: PathBuf,
}

/// An empty database of one test; dropped with this value.
#[derive(Debug)]
pub struct Scratch {
    /// Connects as the cluster's superuser.
    pub superuser_url: String,
    /// Its name.
    pub name: String,
    shared: Shared,
}

/// The shared throw-away cluster of this checkout, started by whoever comes first.
///
/// # Errors
/// When no Postgres is installed or it will not start.
pub fn scratch() -> Result<Shared, Error> {
    shared_in(&usual_dir())
}

/// Ends the shared cluster and removes its files. Fine to call when there is none.
///
/// # Errors
/// When it does not stop in time.
pub fn stop_scratch() -> Result<(), Error> {
    stop_in(&usual_dir())
}

fn usual_dir() -> PathBuf {
    let uid = rustix::process::geteuid().as_raw();
    let checkout = place::fnv(Path::new(env!("CARGO_MANIFEST_DIR")));
    std::env::temp_dir().join(format!("ops-scratch-{uid}-{checkout:016x}"))
}

fn lock_of(dir: &Path) -> Result<File, Error> {
    let path = dir.with_extension("lock");
    let file = File::create(&path).map_err(Error::io("Opening", &path))?;
    file.lock().map_err(Error::io("Locking", &path))?;
    Ok(file)
}

pub(crate) fn shared_in(dir: &Path) -> Result<Shared, Error> {
    let binaries = Binaries::find()?;
    let owner = Owner::current()?;
    let _lock = lock_of(dir)?;
    let place = Place::settle(dir, owner)?;
    if answers(&place) {
        return Ok(Shared { binaries, place, dir: dir.into() });
    }
    let place = match boot(&binaries, owner, place) {
        Ok(place) => place,
        // Without fsync a crash of the machine may have spoilt the files; they are worth nothing, so begin again.
        Err(_) => {
            wipe(dir)?;
            boot(&binaries, owner, Place::settle(dir, owner)?)?
        }
    };
    Ok(Shared { binaries, place, dir: dir.into() })
}

fn boot(binaries: &Binaries, owner: Owner, place: Place) -> Result<Place, Error> {
    let options = Options::throwaway();
    launch::clear_left_overs(&place)?;
    launch::initialise(binaries, owner, &place, &options)?;
    launch::configure(owner, &place, &options)?;
    // Not waited for: it outlives this process by design and is then reaped by init.
    let server = launch::start_until_ready(binaries, owner, &place, Tie::Detached)?;
    touch(&place)?;
    end_when_idle(server.id(), &place)?;
    Ok(place)
}

/// Ends server `$1` once `$2` was not touched for a quarter of an hour.
const WATCH: &str = r#"while sleep 5 && kill -0 "$1" 2>/dev/null; do
  [ -z "$(find "$2" -mmin -15 2>/dev/null)" ] && { kill -INT "$1"; exit; }
done"#;

/// Tests run by hand (`cargo test -p store`) have nobody to stop the cluster after them.
fn end_when_idle(server: u32, place: &Place) -> Result<(), Error> {
    let mut watch = Command::new("/bin/sh");
    watch.args(["-c", WATCH, "sh", &server.to_string()]).arg(used(place));
    watch.current_dir("/").process_group(0);
    watch.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    watch.spawn().map(drop).map_err(Error::io("Running", "/bin/sh"))
}

/// Its time says when a database was last asked for.
fn used(place: &Place) -> PathBuf {
    place.lock.with_file_name("used")
}

fn touch(place: &Place) -> Result<(), Error> {
    let path = used(place);
    std::fs::write(&path, "").map_err(Error::io("Writing", path))
}

fn answers(place: &Place) -> bool {
    let ready = matches!(pidfile::look(&place.pgdata), Postmaster::Alive { ready: true, .. });
    ready && UnixStream::connect(place.socket_dir.join(format!(".s.PGSQL.{PORT}"))).is_ok()
}

pub(crate) fn stop_in(dir: &Path) -> Result<(), Error> {
    let _lock = lock_of(dir)?;
    if dir.exists() {
        launch::clear_left_overs(&Place::settle(dir, Owner::current()?)?)?;
        wipe(dir)?;
    }
    Ok(())
}

fn wipe(dir: &Path) -> Result<(), Error> {
    std::fs::remove_dir_all(dir).map_err(Error::io("Removing", dir))
}

impl Shared {
    /// A uniquely named empty database.
    ///
    /// # Errors
    /// When the server refuses; its words are in the error.
    pub fn fresh_database(&self) -> Result<Scratch, Error> {
        touch(&self.place)?;
        let kernel = "/proc/sys/kernel/random/uuid";
        let unique = std::fs::read_to_string(kernel).map_err(Error::io("Reading", kernel))?;
        let name = format!("t_{}", unique.trim().replace('-', ""));
        self.program("createdb", &[&name])?;
        let superuser_url = running::url(&self.place.socket_dir, SUPERUSER, &name);
        Ok(Scratch { superuser_url, name, shared: self.clone() })
    }

    /// Holds every other test process off while roles, which databases share, are made or changed.
    ///
    /// # Errors
    /// When the lock file cannot be had.
    pub fn hold_roles(&self) -> Result<File, Error> {
        lock_of(&self.dir.with_extension("roles"))
    }

    /// Runs one statement with `psql` and gives its unadorned output.
    ///
    /// # Errors
    /// When the statement fails; the server's words are in the error.
    pub fn sql(&self, database: &str, statement: &str) -> Result<String, Error> {
        self.program("psql", &["--no-psqlrc", "-v", "ON_ERROR_STOP=1", "-Atqc", statement, database])
    }

    fn program(&self, name: &str, args: &[&str]) -> Result<String, Error> {
        let program = self.binaries.program(name);
        let mut command = Command::new(&program);
        command.arg("-h").arg(&self.place.socket_dir).args(["-p", &PORT.to_string(), "-U", SUPERUSER]).args(args);
        command.env_remove("PGOPTIONS").env_remove("PGSERVICE").stdin(Stdio::null());
        let out = command.output().map_err(Error::io("Running", program))?;
        if !out.status.success() {
            let output = String::from_utf8_lossy(&out.stderr).trim().to_owned();
            return Err(Error::Program { program: name.into(), dir: self.place.pgdata.clone(), output });
        }
        Ok(String::from_utf8_lossy(&out.stdout).trim_end().to_owned())
    }
}

impl Scratch {
    /// A connection URL for another role in this database.
    pub fn url(&self, role: &str) -> String {
        running::url(&self.shared.place.socket_dir, role, &self.name)
    }

    /// Runs one statement in this database as the superuser; see [`Shared::sql`].
    ///
    /// # Errors
    /// When the statement fails; the server's words are in the error.
    pub fn sql(&self, statement: &str) -> Result<String, Error> {
        self.shared.sql(&self.name, statement)
    }

    /// The cluster it lies in.
    pub fn shared(&self) -> &Shared {
        &self.shared
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        // Best effort: the whole cluster is thrown away at the end.
        let _ = self.shared.program("dropdb", &["--force", "--if-exists", &self.name]);
    }
}
