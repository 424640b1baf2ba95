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
    /// Where the console listens
    #[arg(long, default_value = "127.0.0.1:3000", value_name = "ADDRESS")]
    listen: String,
    /// Where the demo host listens
    #[arg(long, default_value = "127.0.0.1:3100", value_name = "ADDRESS")]
    demo_listen: String,
    /// Where the console and the demo host keep their data
    #[arg(long, default_value = ".data", value_name = "DIR")]
    data_dir: PathBuf,
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
        let browser = browser
            .join()
            .unwrap_or_else(|_| bail!("building the site panicked"));
        programs.and(browser)
    })
}

fn programs(release: bool) -> Result<()> {
    step("compiling the console, the demo host and opsctl", || {
        let mut build = cargo();
        build.args(["build", "--quiet"]).args(PROGRAMS);
        if release {
            build.arg("--release");
        }
        run_command(&mut build)
    })
}

/// How the two programs are started.
pub struct Setup<'a> {
    pub listen: &'a str,
    pub data_dir: &'a Path,
    /// The demo host's address, and whether it makes its own traffic.
    pub demo: Option<(&'a str, bool)>,
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
    std::fs::create_dir_all(setup.data_dir)
        .with_context(|| format!("{} cannot be made", setup.data_dir.display()))?;
    let data_dir = setup.data_dir.canonicalize()?;
    let file = RuntimeFile::of(&data_dir);
    let mut wiring = Ok(());
    let mut console = Process::start(
        "the console",
        &workspace::program("debug", "ops-console"),
        |c| {
            c.args(["serve", "--listen", setup.listen, "--data-dir"])
                .arg(&data_dir)
                .arg("--site")
                .arg(workspace::site());
            wiring = setup
                .logs
                .map_or(Ok(()), |logs| to_file(c, &logs.join("console.log")));
        },
    )?;
    wiring?;
    let runtime = file.await_ready(&mut console, interrupt)?;
    let demo = match setup.demo {
        Some((listen, traffic)) => Some(start_demo(
            setup, &data_dir, &runtime, listen, traffic, interrupt,
        )?),
        None => None,
    };
    Ok(Started {
        demo,
        console,
        runtime,
    })
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
    let mut demo = Process::start("the demo host", &workspace::program("debug", "demo"), |c| {
        c.args([
            "serve",
            "--listen",
            listen,
            "--bus-url",
            &runtime.bus_url,
            "--console-url",
            &runtime.console_url,
        ]);
        c.arg("--data-dir").arg(data_dir.join("demo"));
        // Its beacon needs a public key of the console; the console's runtime file holds one per tenant.
        c.env("OPS_RUNTIME", data_dir.join("runtime.json"));
        if traffic {
            c.arg("--traffic");
        }
        wiring = setup
            .logs
            .map_or(Ok(()), |logs| to_file(c, &logs.join("demo.log")));
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
    let setup = Setup {
        listen: &flags.listen,
        data_dir: &workspace::root().join(&flags.data_dir),
        demo,
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
        if let Some(demo) = &mut started.demo {
            if let Some(status) = demo.ended()? {
                bail!("the demo host ended by itself with {status}");
            }
        }
        std::thread::sleep(Duration::from_millis(100));
    }
    Ok(())
}
