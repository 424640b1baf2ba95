//! Initialising and starting a cluster: `initdb` once, settings at every start, left-overs of a crash cleared, and the
//! server as a child that ends with us. Ending it is `running`; the shared one for tests is `scratch`.

use std::fs::{File, TryLockError};
use std::os::unix::net::UnixStream;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc;
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};

use crate::binaries::Binaries;
use crate::owner::Owner;
use crate::pidfile::{self, Postmaster};
use crate::place::Place;
use crate::{Error, Running};

/// The role that owns a cluster of ours. Only migrations and set-up may sign in as it.
pub(crate) const SUPERUSER: &str = "postgres";
/// With a unix socket the port is only a part of the socket's name.
pub(crate) const PORT: u16 = 5432;
const PATIENCE: Duration = Duration::from_secs(60);

/// How a cluster is set up.
#[derive(Debug, Clone)]
pub struct Options {
    /// For tests: gives up safety against power loss for speed.
    pub throwaway: bool,
    /// Most connections at once.
    pub max_connections: u32,
    /// Postgres' own cache, in megabytes.
    pub shared_buffers_mb: u32,
    /// Further settings, written last so that they win.
    pub settings: Vec<(String, String)>,
}

impl Default for Options {
    fn default() -> Self {
        Self { throwaway: false, max_connections: 120, shared_buffers_mb: 128, settings: Vec::new() }
    }
}

impl Options {
    /// Settings for tests.
    pub fn throwaway() -> Self {
        Self { throwaway: true, max_connections: 300, shared_buffers_mb: 128, settings: Vec::new() }
    }
}

/// The door to a private Postgres.
#[derive(Debug)]
pub struct Cluster;

/// Whether the server ends with us or outlives us.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Tie {
    WithParent,
    Detached,
}

impl Cluster {
    /// Finds an installation and starts the cluster kept in `data_dir`, initialising it the first time.
    ///
    /// # Errors
    /// When there is no installation, the directory is in use, or the server will not start; each says what to do.
    pub fn start(data_dir: &Path, options: &Options) -> Result<Running, Error> {
        let binaries = Binaries::find()?;
        let owner = Owner::current()?;
        let place = Place::settle(data_dir, owner)?;
        let lock = hold(&place)?;
        clear_left_overs(&place)?;
        initialise(&binaries, owner, &place, options)?;
        configure(owner, &place, options)?;
        let (pid, keeper) = keep(&binaries, owner, &place)?;
        Ok(Running::new(place, binaries, pid, keeper, lock))
    }
}

/// The kernel frees this lock when its holder dies, however it dies; so whoever holds it may clear up.
fn hold(place: &Place) -> Result<File, Error> {
    let file = File::create(&place.lock).map_err(Error::io("Opening", &place.lock))?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => Err(Error::InUse { dir: place.pgdata.clone() }),
        Err(TryLockError::Error(e)) => Err(Error::io("Locking", &place.lock)(e)),
    }
}

/// After a crash: ends an orphaned server and removes a file that names a process which is not a server.
pub(crate) fn clear_left_overs(place: &Place) -> Result<(), Error> {
    match pidfile::look(&place.pgdata) {
        Postmaster::Absent => Ok(()),
        Postmaster::Alive { pid, .. } => end(place, pid),
        Postmaster::Stale => {
            let socket = format!(".s.PGSQL.{PORT}");
            for left in [place.pgdata.join("postmaster.pid"), place.socket_dir.join(&socket), place.socket_dir.join(socket + ".lock")] {
                match std::fs::remove_file(&left) {
                    Err(e) if e.kind() != std::io::ErrorKind::NotFound => {
                        return Err(Error::io("Removing", left)(e));
                    }
                    _ => {}
                }
            }
            Ok(())
        }
    }
}

/// Fast shutdown (SIGINT) of a server that is not our child, and waiting until it is gone.
pub(crate) fn end(place: &Place, pid: Pid) -> Result<(), Error> {
    let seconds = 30;
    let until = Instant::now() + Duration::from_secs(seconds);
    while pidfile::serves(pid, &place.pgdata) {
        if Instant::now() > until {
            return Err(Error::DidNotStop { pid: pid.as_raw_pid(), seconds });
        }
        // Gone between the look and the signal is what we want.
        let _ = kill_process(pid, Signal::INT);
        std::thread::sleep(Duration::from_millis(50));
    }
    Ok(())
}

/// `initdb` into a neighbour that is renamed when whole, so that a crash in the middle leaves nothing half done.
pub(crate) fn initialise(binaries: &Binaries, owner: Owner, place: &Place, options: &Options) -> Result<(), Error> {
    if place.pgdata.join("PG_VERSION").is_file() {
        return Ok(());
    }
    let fresh = place.pgdata.with_extension("new");
    if fresh.exists() {
        std::fs::remove_dir_all(&fresh).map_err(Error::io("Removing", &fresh))?;
    }
    owner.private_dir(&fresh)?;
    let mut command = owner.command(&binaries.program("initdb"));
    command.args(["--username", SUPERUSER, "--encoding=UTF8", "--no-locale", "--auth-local=trust", "--auth-host=reject"]);
    command.args(["--data-checksums", "--no-instructions"]).arg("--pgdata").arg(&fresh);
    if options.throwaway {
        command.arg("--no-sync");
    }
    let out = command.stdin(Stdio::null()).output().map_err(Error::io("Running", binaries.program("initdb")))?;
    if !out.status.success() {
        let output = String::from_utf8_lossy(&out.stderr).trim().to_owned();
        return Err(Error::Program { program: "initdb".into(), dir: fresh, output });
    }
    let main = fresh.join("postgresql.conf");
    let mut text = std::fs::read_to_string(&main).map_err(Error::io("Reading", &main))?;
    text.push_str("\ninclude_if_exists 'console.conf'  # written anew at every start\n");
    std::fs::write(&main, text).map_err(Error::io("Writing", &main))?;
    std::fs::rename(&fresh, &place.pgdata).map_err(Error::io("Renaming", &fresh))
}

pub(crate) fn configure(owner: Owner, place: &Place, options: &Options) -> Result<(), Error> {
    let socket_dir = place.socket_dir.display().to_string();
    let mut lines = vec![
        ("listen_addresses", String::new()),
        ("unix_socket_directories", socket_dir),
        ("port", PORT.to_string()),
        ("max_connections", options.max_connections.to_string()),
        ("shared_buffers", format!("{}MB", options.shared_buffers_mb)),
        ("timezone", "UTC".into()),
        ("log_timezone", "UTC".into()),
        ("log_line_prefix", "%m [%p] %u@%d ".into()),
        // Our statements are short and many; compiling them costs more than it saves.
        ("jit", "off".into()),
    ];
    let safe = if options.throwaway { "off" } else { "on" };
    lines.extend(["fsync", "synchronous_commit", "full_page_writes"].map(|name| (name, safe.to_owned())));
    let given = options.settings.iter().map(|(name, value)| (name.as_str(), value.clone()));
    let text: String = lines.into_iter().chain(given).map(|(name, value)| format!("{name} = '{}'\n", value.replace('\'', "''"))).collect();
    let path = place.pgdata.join("console.conf");
    std::fs::write(&path, text).map_err(Error::io("Writing", &path))?;
    owner.adopt(&path)
}

pub(crate) fn server(binaries: &Binaries, owner: Owner, place: &Place, tie: Tie) -> Result<Command, Error> {
    let postgres = binaries.program("postgres");
    let setpriv = ["/usr/bin/setpriv", "/bin/setpriv"].iter().map(Path::new).find(|path| path.is_file());
    let mut command = match (tie, setpriv) {
        // Asks the kernel for a fast shutdown of the server when we die, even by kill -9. Without `setpriv` an orphan
        // is ended by the next start instead (see `clear_left_overs`).
        (Tie::WithParent, Some(setpriv)) => {
            let mut command = owner.command(setpriv);
            command.args(["--pdeathsig", "INT", "--"]).arg(&postgres);
            command
        }
        _ => owner.command(&postgres),
    };
    let open = || File::options().append(true).open(&place.log).map_err(Error::io("Opening", &place.log));
    command.arg("-D").arg(&place.pgdata).stdin(Stdio::null()).stdout(open()?).stderr(open()?);
    // Its own group: Ctrl-C in the terminal must reach the console first, which then ends the database in order.
    command.process_group(0);
    Ok(command)
}

type Keeper = std::thread::JoinHandle<()>;

/// Starts the server from a thread of its own that lives as long as the server: the kernel sends the parent-death
/// signal when the *thread* that forked ends, and a caller may well be on a pool thread that is retired when idle.
fn keep(binaries: &Binaries, owner: Owner, place: &Place) -> Result<(Pid, Keeper), Error> {
    let (tell, hear) = mpsc::channel();
    let (binaries, place) = (binaries.clone(), place.clone());
    let work = move || match start_until_ready(&binaries, owner, &place, Tie::WithParent) {
        Ok(mut child) => {
            let _ = tell.send(Ok(pid_of(&child)));
            let _ = child.wait();
        }
        Err(e) => {
            let _ = tell.send(Err(e));
        }
    };
    let thread = std::thread::Builder::new().name("postgres".into()).spawn(work).map_err(Error::io("Starting a thread for", "postgres"))?;
    match hear.recv() {
        Ok(Ok(pid)) => Ok((pid, thread)),
        Ok(Err(e)) => Err(e),
        Err(_) => Err(Error::io("Watching", "postgres")(std::io::Error::other("its thread ended"))),
    }
}

pub(crate) fn pid_of(child: &Child) -> Pid {
    Pid::from_child(child)
}

/// Starts the server and waits until it answers. Backends of a killed server need a moment to notice; until then a new
/// one is refused the shared memory, so an early end with that reason is tried again.
pub(crate) fn start_until_ready(binaries: &Binaries, owner: Owner, place: &Place, tie: Tie) -> Result<Child, Error> {
    let until = Instant::now() + PATIENCE;
    loop {
        let before = log_length(&place.log);
        let program = binaries.program("postgres");
        let mut child = server(binaries, owner, place, tie)?.spawn().map_err(Error::io("Running", program))?;
        let reason = match await_ready(&mut child, place, until)? {
            None => return Ok(child),
            Some(reason) => reason,
        };
        let tail = log_since(&place.log, before);
        let passing = tail.contains("still in use") || tail.contains("lock file");
        if !passing || Instant::now() > until {
            return Err(Error::DidNotStart { dir: place.pgdata.clone(), reason, log: place.log.clone(), tail });
        }
        std::thread::sleep(Duration::from_millis(200));
    }
}

/// `None` when ready, else what went wrong.
fn await_ready(child: &mut Child, place: &Place, until: Instant) -> Result<Option<String>, Error> {
    let socket = place.socket_dir.join(format!(".s.PGSQL.{PORT}"));
    loop {
        if let Some(status) = child.try_wait().map_err(Error::io("Waiting for", &place.pgdata))? {
            return Ok(Some(format!("the server ended with {status}")));
        }
        let ours = pid_of(child);
        if pidfile::look(&place.pgdata) == (Postmaster::Alive { pid: ours, ready: true }) && UnixStream::connect(&socket).is_ok() {
            return Ok(None);
        }
        if Instant::now() > until {
            let _ = child.kill();
            let _ = child.wait();
            return Ok(Some(format!("it did not answer within {} s", PATIENCE.as_secs())));
        }
        std::thread::sleep(Duration::from_millis(10));
    }
}

fn log_length(log: &Path) -> u64 {
    std::fs::metadata(log).map_or(0, |meta| meta.len())
}

fn log_since(log: &Path, from: u64) -> String {
    let bytes = std::fs::read(log).unwrap_or_default();
    let from = usize::try_from(from).unwrap_or(0).min(bytes.len());
    let text = String::from_utf8_lossy(&bytes[from..]).into_owned();
    let lines: Vec<&str> = text.lines().collect();
    lines[lines.len().saturating_sub(12)..].join("\n")
}
