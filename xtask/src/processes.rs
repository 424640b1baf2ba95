//! Programs in the background: started so that they end with us, waited for until they answer, ended in order. Which
//! programs, and with what flags, is `run`.

use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant, SystemTime};

use anyhow::{Context, Result, bail};
use rustix::process::{Pid, Signal, kill_process};
use serde::Deserialize;

use crate::command::{command, line};
use crate::http;

/// A background program; ended when dropped.
pub struct Process {
    name: String,
    child: Child,
}

impl Process {
    /// Starts `program`. It gets SIGTERM when we die, whatever kills us (where `setpriv` is there to arrange it), and is in
    /// a process group of its own, so that Ctrl-C reaches it through us and in order.
    pub fn start(name: &str, program: &Path, configure: impl FnOnce(&mut Command)) -> Result<Self> {
        let setpriv = Path::new("/usr/bin/setpriv");
        let mut command = if setpriv.is_file() {
            let mut command = command(setpriv);
            command.args(["--pdeathsig", "TERM", "--"]).arg(program);
            command
        } else {
            command(program)
        };
        configure(&mut command);
        command.process_group(0);
        let child = command.spawn().with_context(|| format!("`{}` cannot be started", line(&command)))?;
        Ok(Self { name: name.into(), child })
    }

    /// Its exit status when it has ended by itself.
    pub fn ended(&mut self) -> Result<Option<ExitStatus>> {
        Ok(self.child.try_wait()?)
    }

    /// Asks it to end, waits, insists after a while.
    pub fn stop(&mut self) {
        let patience = Instant::now() + Duration::from_secs(20);
        let pid = Pid::from_child(&self.child);
        if matches!(self.child.try_wait(), Ok(Some(_))) {
            return;
        }
        // Gone in between is what we want.
        let _ = kill_process(pid, Signal::TERM);
        while matches!(self.child.try_wait(), Ok(None)) {
            if Instant::now() > patience {
                eprintln!("  {} did not end within 20 s and is killed", self.name);
                let _ = self.child.kill();
                let _ = self.child.wait();
                return;
            }
            std::thread::sleep(Duration::from_millis(20));
        }
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        self.stop();
    }
}

/// Set by Ctrl-C or SIGTERM.
#[derive(Clone)]
pub struct Interrupt(Arc<AtomicBool>);

impl Interrupt {
    /// Listens from now on; a second Ctrl-C ends us the hard way.
    pub fn listen() -> Result<Self> {
        let flag = Arc::new(AtomicBool::new(false));
        for signal in [signal_hook::consts::SIGINT, signal_hook::consts::SIGTERM] {
            signal_hook::flag::register_conditional_shutdown(signal, 130, Arc::clone(&flag))?;
            signal_hook::flag::register(signal, Arc::clone(&flag))?;
        }
        Ok(Self(flag))
    }

    /// Whether somebody asked us to end.
    pub fn asked(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }
}

/// What a console says about itself in `<data-dir>/runtime.json` once it is ready.
#[derive(Debug, Clone, Deserialize)]
pub struct Runtime {
    pub console_url: String,
    pub bus_url: String,
}

/// The runtime file and when it was written before we began.
pub struct RuntimeFile {
    path: PathBuf,
    before: Option<SystemTime>,
}

impl RuntimeFile {
    /// To be made before the console starts.
    pub fn of(data_dir: &Path) -> Self {
        let path = data_dir.join("runtime.json");
        let before = modified(&path);
        Self { path, before }
    }

    /// Waits until the console has written the file anew and answers that it is ready.
    pub fn await_ready(&self, console: &mut Process, interrupt: &Interrupt) -> Result<Runtime> {
        let patience = Duration::from_secs(180);
        let until = Instant::now() + patience;
        loop {
            if let Some(status) = console.ended()? {
                bail!("the console ended with {status} before it was ready; what it wrote is above");
            }
            if interrupt.asked() {
                bail!("interrupted");
            }
            if modified(&self.path) != self.before {
                let text = std::fs::read(&self.path)?;
                // A file caught half written is read again in a moment.
                if let Ok(runtime) = serde_json::from_slice::<Runtime>(&text)
                    && http::status(&runtime.console_url, "/readyz").is_ok_and(|code| code == 200)
                {
                    return Ok(runtime);
                }
            }
            if Instant::now() > until {
                bail!("the console was not ready within {} s", patience.as_secs());
            }
            std::thread::sleep(Duration::from_millis(25));
        }
    }
}

fn modified(path: &Path) -> Option<SystemTime> {
    std::fs::metadata(path).and_then(|meta| meta.modified()).ok()
}

/// Waits until `GET <base>/` answers anything.
pub fn await_answer(base: &str, process: &mut Process, interrupt: &Interrupt) -> Result<()> {
    let until = Instant::now() + Duration::from_secs(60);
    while http::status(base, "/").is_err() {
        if let Some(status) = process.ended()? {
            bail!("{} ended with {status} before it answered", process.name);
        }
        if interrupt.asked() {
            bail!("interrupted");
        }
        if Instant::now() > until {
            bail!("{} did not answer on {base} within 60 s", process.name);
        }
        std::thread::sleep(Duration::from_millis(25));
    }
    Ok(())
}

/// Where a background program's output goes in tests.
pub fn to_file(command: &mut Command, path: &Path) -> Result<()> {
    let file = std::fs::File::create(path).with_context(|| format!("{} cannot be written", path.display()))?;
    command.stdout(Stdio::from(file.try_clone()?)).stderr(Stdio::from(file));
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_process_is_asked_before_it_is_gone() {
        let dir = std::env::temp_dir().join(format!("xtask-processes-{}", std::process::id()));
        std::fs::create_dir_all(&dir).unwrap();
        let (ready, told) = (dir.join("ready"), dir.join("told"));
        let script = format!("trap 'echo yes > {}; exit 0' TERM; touch {}; while :; do sleep 0.05; done", told.display(), ready.display());
        let mut process = Process::start("sh", Path::new("/bin/sh"), |c| {
            c.args(["-c", &script]);
        })
        .unwrap();
        while !ready.exists() {
            std::thread::sleep(Duration::from_millis(5));
        }
        assert!(process.ended().unwrap().is_none());
        process.stop();
        assert_eq!(std::fs::read_to_string(&told).unwrap(), "yes\n");
        std::fs::remove_dir_all(&dir).unwrap();
    }

    #[test]
    fn an_old_runtime_file_is_not_taken_for_a_new_one() {
        let dir = std::env::temp_dir().join(format!("xtask-runtime-{}", std::process::id()));
        std::fs::create_dir_all(&dir).unwrap();
        std::fs::write(dir.join("runtime.json"), r#"{"console_url":"http://127.0.0.1:1","bus_url":"x"}"#).unwrap();
        let file = RuntimeFile::of(&dir);
        assert_eq!(modified(&file.path), file.before);
        let mut gone = Process::start("true", Path::new("/bin/true"), |_| {}).unwrap();
        let said = file.await_ready(&mut gone, &Interrupt(Arc::default())).unwrap_err().to_string();
        assert!(said.contains("before it was ready"), "{said}");
        std::fs::remove_dir_all(&dir).unwrap();
    }
}
