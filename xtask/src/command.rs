//! Running other programs in the foreground: with a line that says what is being done and how long it took, and with
//! errors that name the program. Programs that stay in the background are in `processes`.

use std::ffi::OsStr;
use std::io::{BufRead, BufReader, Read, Write};
use std::path::Path;
use std::process::{Command, ExitStatus, Stdio};
use std::time::Instant;

use anyhow::{Context, Result, bail};

use crate::workspace;

/// A command in the checkout's root.
pub fn command(program: impl AsRef<OsStr>) -> Command {
    let mut command = Command::new(program);
    command.current_dir(workspace::root()).stdin(Stdio::null());
    command
}

/// The cargo that runs us, or the one on the path.
pub fn cargo() -> Command {
    command(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()))
}

/// Does something that takes a while, announced and timed on standard error.
pub fn step<T>(what: &str, work: impl FnOnce() -> Result<T>) -> Result<T> {
    eprintln!("• {what} …");
    let start = Instant::now();
    let done = work().with_context(|| format!("{what} failed"))?;
    eprintln!("  {what}: {:.1} s", start.elapsed().as_secs_f64());
    Ok(done)
}

/// Runs to the end with its output shown.
pub fn run(command: &mut Command) -> Result<()> {
    let status = command.status().with_context(|| format!("`{}` cannot be run", line(command)))?;
    check(command, status)
}

/// Runs to the end; its output is shown only when it fails.
pub fn run_quietly(command: &mut Command) -> Result<String> {
    let out = command.output().with_context(|| format!("`{}` cannot be run", line(command)))?;
    if !out.status.success() {
        std::io::stderr().write_all(&out.stdout)?;
        std::io::stderr().write_all(&out.stderr)?;
    }
    check(command, out.status)?;
    Ok(String::from_utf8_lossy(&out.stdout).into_owned())
}

fn check(command: &Command, status: ExitStatus) -> Result<()> {
    if status.success() {
        return Ok(());
    }
    bail!("`{}` ended with {status}", line(command))
}

/// Runs to the end, shows every line as it comes, and gives all of it with whether it succeeded.
pub fn run_and_read(command: &mut Command) -> Result<(bool, String)> {
    let mut child =
        command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().with_context(|| format!("`{}` cannot be run", line(command)))?;
    let out = child.stdout.take().context("no standard output")?;
    let err = child.stderr.take().context("no standard error")?;
    let text = std::thread::scope(|scope| {
        let err = scope.spawn(|| show(err));
        let mut text = show(out);
        text.push_str(&err.join().unwrap_or_default());
        text
    });
    Ok((child.wait()?.success(), text))
}

fn show(from: impl Read) -> String {
    let mut text = String::new();
    let mut reader = BufReader::new(from);
    let mut bytes = Vec::new();
    while reader.read_until(b'\n', &mut bytes).is_ok_and(|n| n > 0) {
        let line = String::from_utf8_lossy(&bytes).into_owned();
        eprint!("{line}");
        text.push_str(&line);
        bytes.clear();
    }
    text
}

/// The command as one would type it.
pub fn line(command: &Command) -> String {
    let program = Path::new(command.get_program()).file_name().unwrap_or(command.get_program());
    let words = std::iter::once(program).chain(command.get_args());
    words.map(OsStr::to_string_lossy).collect::<Vec<_>>().join(" ")
}

/// Whether a program can be found on the path.
pub fn on_path(name: &str) -> bool {
    let path = std::env::var_os("PATH").unwrap_or_default();
    std::env::split_paths(&path).any(|dir| dir.join(name).is_file())
}
