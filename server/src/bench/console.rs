//! The console as a process of its own: started beside us on a free port, waited for, ended. What it answers is in `http`.

use std::{
    fs::File,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

use anyhow::{Context, Result, bail};

use super::{database::Database, http::Client};

const PATIENCE: Duration = Duration::from_secs(60);
const LOG: &str = "console.log";

/// The end of the console's log, for when a measurement failed.
pub fn last_words(home: &Path) -> String {
    let log = std::fs::read_to_string(home.join(LOG)).unwrap_or_default();
    let lines: Vec<&str> = log.lines().collect();
    let last = lines[lines.len().saturating_sub(12)..].join("\n");
    format!("The last words of the console were:\n{last}\n")
}

/// A running console; killed when dropped.
pub struct Console {
    child: Child,
    /// Host and port it listens on.
    pub address: String,
}

/// A program that is built together with this one.
pub fn sibling(path: &str, build: &str) -> Result<PathBuf> {
    let here = std::env::current_exe().context("this program's own place is unknown")?;
    let program = here.with_file_name(path);
    if !program.is_file() {
        bail!("{} is not there. Build it first: {build}", program.display());
    }
    Ok(program)
}

impl Console {
    pub fn start(home: &Path, site: &Path, database: &Database) -> Result<Self> {
        Self::start_with(home, site, database, &[])
    }

    /// The same, with settings of its own.
    pub fn start_with(home: &Path, site: &Path, database: &Database, settings: &[&str]) -> Result<Self> {
        eprintln!("• starting the console …");
        let data = home.join("console");
        let runtime = data.join("runtime.json");
        std::fs::create_dir_all(&data)?;
        std::fs::remove_file(&runtime).ok();
        let log = home.join(LOG);
        let program = sibling("ops-console", "cargo build -p server --bins, in the same profile")?;
        let child = Command::new(&program)
            .args(["serve", "--listen", "127.0.0.1:0", "--public-url", "", "--log", "info", "--data-dir"])
            .arg(&data)
            .arg("--site")
            .arg(site)
            .args(["--database-url", &database.superuser_url()])
            .args(settings)
            .env_remove("OPS_CONFIG")
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(File::create(&log)?)
            .spawn()
            .with_context(|| format!("{} cannot be run", program.display()))?;
        let mut console = Self { child, address: String::new() };
        console.await_ready(&runtime)?;
        Ok(console)
    }

    fn await_ready(&mut self, runtime: &Path) -> Result<()> {
        let start = Instant::now();
        loop {
            if let Some(status) = self.child.try_wait()? {
                bail!("the console ended with {status}");
            }
            if let Ok(text) = std::fs::read(runtime) {
                let runtime: serde_json::Value = serde_json::from_slice(&text)?;
                let url = runtime["console_url"].as_str().context("runtime.json names no console_url")?;
                self.address = url.trim_start_matches("http://").to_owned();
                if Client::open(&self.address, None).and_then(|mut client| client.get("/readyz")).is_ok_and(|answer| answer.status == 200) {
                    return Ok(());
                }
            }
            if start.elapsed() > PATIENCE {
                bail!("the console was not ready within {} s", PATIENCE.as_secs());
            }
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    pub fn pid(&self) -> u32 {
        self.child.id()
    }
}

impl Drop for Console {
    fn drop(&mut self) {
        // The database is ours and not the console's, so that nothing stays behind.
        self.child.kill().ok();
        self.child.wait().ok();
    }
}
