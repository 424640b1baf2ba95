//! `cargo xtask run` and `build`: everything built, the console started, then the demo host on its bus, until Ctrl-C.
//! The console itself starts Postgres and migrates; nothing here knows about that.

use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context, Result, bail};
use clap::Args;

use crate::command::{cargo, run as run_command, step};
use crate::processes::{Interrupt, Process, Runtime, RuntimeFile, await_answer, to_file};
use crate::{site, tools, workspace};

#[derive(Args)]
pub struct Flags {
    /// Only the console
    #[arg(long)]
    no_demo: bool,
    /// Where the console listens [default: its own configuration, else 127.0.0.1:3000]
    #[arg(long, value_name = "ADDRESS")]
    listen: Option<String>,
    /// Where the demo host listens
    #[arg(long, default_value = "127.0.0.1:3100", value_name = "ADDRESS")]
    demo_listen: String,
    /// Where the console and the demo host keep their data [default: OPS_DATA_DIR, else .data in the checkout]
    #[arg(long, value_name = "DIR")]
    data_dir: Option<PathBuf>,
    /// The demo host without its own traffic
    #[arg(long)]
    no_traffic: bool,
}

/// The packages with programs that `run` needs.
pub const PROGRAMS: [&str; 8] = ["-p", "server", "-p", "demo", "-p", "plan", "-p", "opsctl"];

/// Everything `run` needs. The two sides are compiled at the same time: each has phases that keep only one core busy.
pub fn build(release: bool) -> Result<()> {
    tools::wasm_target()?;
    tools::npm(false)?;
    std::thread::scope(|scope| {
        let browser = scope.spawn(site::build);
        let programs = programs(release);
        let browser = browser.join().unwrap_or_else(|_| bail!("building the site panicked"));
        programs.and(browser)
    })
}

fn programs(release: bool) -> Result<()> {
    step("compiling the console, the demo host and opsctl", || {
        let mut build = cargo();
        build.arg("build").args(PROGRAMS);
        if release {
            build.arg("--release");
        }
        run_command(&mut build)
    })
}

/// How the two programs are started.
pub struct Setup<'a> {
    /// Where the console listens, unless its own configuration says it.
    pub listen: Option<&'a str>,
    pub data_dir: &'a Path,
    /// The demo host's address, and whether it makes its own traffic.
    pub demo: Option<(&'a str, bool)>,
    /// Whether a DATABASE_URL of ours counts; without it the console starts a database of its own.
    pub given_database: bool,
    /// Where the programs are.
    pub bin: &'a Path,
    /// Where their output goes; ours when absent.
    pub logs: Option<&'a Path>,
}

/// The two programs, running; ended demo first, because it works on the console's bus.
pub struct Started {
    demo: Option<Process>,
    console: Process,
    pub runtime: Runtime,
}

impl Started {
    /// Ends both in order.
    pub fn stop(&mut self) {
        if let Some(demo) = &mut self.demo {
            demo.stop();
        }
        self.console.stop();
    }
}

/// Starts what `setup` asks for and waits until it answers.
pub fn start(setup: &Setup<'_>, interrupt: &Interrupt) -> Result<Started> {
    std::fs::create_dir_all(setup.data_dir).with_context(|| format!("{} cannot be made", setup.data_dir.display()))?;
    let data_dir = setup.data_dir.canonicalize()?;
    let file = RuntimeFile::of(&data_dir);
    let mut wiring = Ok(());
    let mut console = Process::start("the console", &setup.bin.join("ops-console"), |c| {
        c.args(["serve", "--data-dir"]).arg(&data_dir).arg("--site").arg(workspace::site());
        if let Some(listen) = setup.listen {
            c.args(["--listen", listen]);
        }
        if !setup.given_database {
            c.env_remove("DATABASE_URL");
        }
        if let Some(logs) = setup.logs {
            c.arg("--logs").arg(format!("workers=file:{}", logs.join("demo.log").display()));
        }
        wiring = setup.logs.map_or(Ok(()), |logs| to_file(c, &logs.join("console.log")));
    })?;
    wiring?;
    let runtime = file.await_ready(&mut console, interrupt)?;
    let demo = match setup.demo {
        Some((listen, traffic)) => Some(start_demo(setup, &data_dir, &runtime, listen, traffic, interrupt)?),
        None => None,
    };
    Ok(Started { demo, console, runtime })
}

fn start_demo(
    setup: &Setup<'_>,
    data_dir: &Path,
    runtime: &Runtime,
    listen: &str,
    traffic: bool,
    interrupt: &Interrupt,
) -> Result<Process> {
    let mut wiring = Ok(());
    let mut demo = Process::start("the demo host", &setup.bin.join("demo"), |c| {
        c.args(["serve", "--listen", listen, "--bus-url", &runtime.bus_url, "--console-url", &runtime.console_url]);
        c.arg("--data-dir").arg(data_dir.join("demo"));
        // Its beacon needs a public key of the console; the console's runtime file holds one per tenant.
        c.env("OPS_RUNTIME", data_dir.join("runtime.json"));
        if traffic {
            c.arg("--traffic");
        }
        wiring = setup.logs.map_or(Ok(()), |logs| to_file(c, &logs.join("demo.log")));
    })?;
    wiring?;
    await_answer(&format!("http://{listen}"), &mut demo, interrupt)?;
    Ok(demo)
}

/// Runs until somebody asks us to stop, or one of the programs ends.
pub fn run(flags: &Flags) -> Result<()> {
    tools::postgres()?;
    build(false)?;
    let interrupt = Interrupt::listen()?;
    let demo = (!flags.no_demo).then_some((flags.demo_listen.as_str(), !flags.no_traffic));
    let named = flags.data_dir.clone().or_else(|| std::env::var_os("OPS_DATA_DIR").map(PathBuf::from));
    let data_dir = named.unwrap_or_else(|| workspace::root().join(".data"));
    let setup = Setup {
        listen: flags.listen.as_deref(),
        data_dir: &data_dir,
        demo,
        given_database: true,
        bin: &workspace::bin("debug"),
        logs: None,
    };
    let mut started = match start(&setup, &interrupt) {
        Err(_) if interrupt.asked() => return Ok(()),
        started => started?,
    };
    println!("\n  Console    {}", started.runtime.console_url);
    if demo.is_some() {
        println!("  Demo host  http://{}", flags.demo_listen);
    }
    println!("  Ctrl-C stops everything.\n");
    let ended = watch(&mut started, &interrupt);
    started.stop();
    ended
}

fn watch(started: &mut Started, interrupt: &Interrupt) -> Result<()> {
    while !interrupt.asked() {
        if let Some(status) = started.console.ended()? {
            bail!("the console ended by itself with {status}");
        }
        if let Some(demo) = &mut started.demo
            && let Some(status) = demo.ended()?
        {
            bail!("the demo host ended by itself with {status}");
        }
        std::thread::sleep(Duration::from_millis(100));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::io::{Read, Write};
    use std::net::TcpListener;
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    /// Answers every request with 200, for as long as the test runs.
    fn answering() -> String {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap().to_string();
        std::thread::spawn(move || {
            for mut stream in listener.incoming().flatten() {
                let _ = stream.read(&mut [0; 512]);
                let _ = stream.write_all(b"HTTP/1.1 200 OK\r\n\r\n");
            }
        });
        address
    }

    fn script(path: &Path, text: &str) {
        std::fs::write(path, format!("#!/bin/sh\n{text}\n")).unwrap();
        std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o755)).unwrap();
    }

    #[test]
    fn the_demo_host_starts_on_the_consoles_bus_and_ends_before_it() {
        let home = std::env::temp_dir().join(format!("xtask-run-{}", std::process::id()));
        std::fs::create_dir_all(&home).unwrap();
        let (console, demo) = (answering(), answering());
        let log = home.join("events").display().to_string();
        let until_told = |name: &str| format!("trap 'echo {name} ends >> {log}; exit 0' TERM; while :; do sleep 0.02; done");
        let runtime = format!(r#"{{"console_url":"http://{console}","bus_url":"postgres://bus"}}"#);
        let ready = format!("echo \"console $*\" >> {log}; echo '{runtime}' > \"$3/runtime.json\"");
        script(&home.join("ops-console"), &format!("{ready}; {}", until_told("console")));
        script(&home.join("demo"), &format!("echo \"demo $*\" >> {log}; {}", until_told("demo")));
        let data_dir = home.join("data");
        let setup = Setup {
            listen: Some("a:1"),
            data_dir: &data_dir,
            demo: Some((&demo, true)),
            given_database: true,
            bin: &home,
            logs: Some(&home),
        };
        let mut started = start(&setup, &Interrupt::listen().unwrap()).unwrap();
        // Both have set their traps once they have said what they were started with.
        while !std::fs::read_to_string(&log).unwrap_or_default().contains("demo serve") {
            std::thread::sleep(std::time::Duration::from_millis(5));
        }
        std::thread::sleep(std::time::Duration::from_millis(100));
        started.stop();
        let events = std::fs::read_to_string(&log).unwrap();
        let events: Vec<&str> = events.lines().collect();
        let (data, workers) = (data_dir.display(), home.join("demo.log"));
        assert!(events[0].starts_with(&format!("console serve --data-dir {data}")), "{events:?}");
        assert!(events[0].ends_with(&format!("--listen a:1 --logs workers=file:{}", workers.display())), "{events:?}");
        assert!(events[1].contains("--bus-url postgres://bus") && events[1].ends_with("--traffic"), "{events:?}");
        assert_eq!(events[2..], ["demo ends", "console ends"]);
        std::fs::remove_dir_all(&home).unwrap();
    }
}
