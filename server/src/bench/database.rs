//! The database of the bench: a private Postgres with the product's own settings (nothing given up for speed), and `psql` on
//! it. The bench has no database driver: only the gate's room and its neighbours may.

use std::{
    fs::File,
    io::{BufRead, BufReader, Read, Seek, SeekFrom, Write},
    path::{Path, PathBuf},
    process::{Child, ChildStdin, ChildStdout, Command, Stdio},
};

use anyhow::{Context, Result, ensure};
use cluster::{Cluster, Options, Running};

/// The console's private server keeps its tables in the same one.
const NAME: &str = "postgres";

/// A directory of this run, removed at its end. On a disk, as a product's would be: `/tmp` is memory on many machines.
pub struct Home(PathBuf);

impl Home {
    pub fn make() -> Result<Self> {
        let disk = Path::new("/var/tmp");
        let base = if disk.is_dir() { disk.to_owned() } else { std::env::temp_dir() };
        let dir = base.join(format!("ops-bench-{}", std::process::id()));
        std::fs::create_dir_all(&dir).with_context(|| format!("{} cannot be made", dir.display()))?;
        Ok(Self(dir))
    }

    pub fn path(&self) -> &Path {
        &self.0
    }
}

impl Drop for Home {
    fn drop(&mut self) {
        if let Err(error) = std::fs::remove_dir_all(&self.0) {
            eprintln!("{} is left behind: {error}", self.0.display());
        }
    }
}

pub struct Database(Running);

impl Database {
    pub fn start(home: &Path) -> Result<Self> {
        eprintln!("• starting a database …");
        Ok(Self(Cluster::start(&home.join("postgres"), &Options::default())?))
    }

    pub fn stop(self) -> Result<()> {
        Ok(self.0.stop()?)
    }

    /// For programs that set the database up.
    pub fn superuser_url(&self) -> String {
        self.0.url(self.0.superuser(), NAME)
    }

    /// For a host of the bus.
    pub fn bus_url(&self) -> String {
        self.0.url("ops_bus", NAME)
    }

    /// Process id of the server.
    pub fn pid(&self) -> u32 {
        self.0.pid()
    }

    /// What the server has written down since `from`, and where that ends.
    pub fn log_since(&self, from: u64) -> Result<(String, u64)> {
        let mut log = File::open(self.0.log())?;
        log.seek(SeekFrom::Start(from))?;
        let mut text = Vec::new();
        let read = log.read_to_end(&mut text)?;
        Ok((String::from_utf8_lossy(&text).into_owned(), from + read as u64))
    }

    /// Runs a script with variables, and gives its unadorned output.
    pub fn script(&self, text: &str, variables: &[(&str, &str)]) -> Result<String> {
        let mut psql = self.psql();
        for (name, value) in variables {
            psql.arg("-v").arg(format!("{name}={value}"));
        }
        let mut child = psql.stderr(Stdio::piped()).spawn().context("`psql` cannot be run")?;
        let mut stdin = child.stdin.take().context("`psql` has no input")?;
        let text = text.to_owned();
        // From a thread: psql may answer before it has read everything.
        let writer = std::thread::spawn(move || stdin.write_all(text.as_bytes()));
        let out = child.wait_with_output()?;
        let said = String::from_utf8_lossy(&out.stderr).into_owned();
        ensure!(out.status.success(), "the database refused a script of the bench: {}", said.trim());
        writer.join().ok().context("writing to `psql` panicked")??;
        Ok(String::from_utf8_lossy(&out.stdout).trim().to_owned())
    }

    /// A connection that stays open, so that starting `psql` is in no measurement.
    pub fn session(&self) -> Result<Session> {
        let mut child = self.psql().spawn().context("`psql` cannot be run")?;
        let stdin = child.stdin.take().context("`psql` has no input")?;
        let stdout = BufReader::new(child.stdout.take().context("`psql` has no output")?);
        let mut session = Session { child, stdin, stdout };
        session.run("select 1;")?;
        session.committed()?;
        Ok(session)
    }

    fn psql(&self) -> Command {
        let mut psql = Command::new(self.0.binaries().program("psql"));
        psql.args(["--no-psqlrc", "-v", "ON_ERROR_STOP=1", "-Atq"]).arg(self.superuser_url());
        psql.env_remove("PGOPTIONS").env_remove("PGSERVICE").stdin(Stdio::piped()).stdout(Stdio::piped());
        psql
    }
}

/// An open `psql`; every statement commits by itself.
pub struct Session {
    child: Child,
    stdin: ChildStdin,
    stdout: BufReader<ChildStdout>,
}

const DONE: &str = "-- committed --";

impl Session {
    /// Sends a statement without waiting for it.
    pub fn run(&mut self, statement: &str) -> Result<()> {
        writeln!(self.stdin, "{statement}\n\\echo {DONE}")?;
        Ok(self.stdin.flush()?)
    }

    /// Waits until what was sent is committed.
    pub fn committed(&mut self) -> Result<()> {
        let mut line = String::new();
        while line.trim_end() != DONE {
            line.clear();
            ensure!(self.stdout.read_line(&mut line)? > 0, "the database refused a statement of the bench; its words are above");
        }
        Ok(())
    }
}

impl Drop for Session {
    fn drop(&mut self) {
        // It is idle between statements; there is nothing to lose.
        self.child.kill().ok();
        self.child.wait().ok();
    }
}
