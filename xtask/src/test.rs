//! `cargo xtask test` and `ci`: every check and every test of the project, counted together. Each part goes on when another
//! failed, so that one run shows everything.

use std::process::Command;

use anyhow::{Context, Result, bail};
use clap::Args;

use crate::command::{cargo, command, run_and_read, step};
use crate::tally::{self, Ran, Tally};
use crate::{browser_test, generated, run, size, tidy, tools, workspace};

#[derive(Args)]
pub struct Flags {
    /// Leave out the end-to-end tests in a browser
    #[arg(long, conflicts_with = "browser")]
    fast: bool,
    /// Only the end-to-end tests in a browser
    #[arg(long)]
    browser: bool,
    /// Of these, only specs whose name contains this
    #[arg(long, requires = "browser", value_name = "NAME")]
    spec: Option<String>,
}

/// Compiled for the browser only.
const IN_BROWSER: [&str; 2] = ["frontend", "beacon"];

/// Every package whose tests run here: all that are not compiled for the browser, so that a new one is not forgotten.
fn packages() -> Result<Vec<String>> {
    let names = tidy::packages()?.into_iter().filter(|name| !IN_BROWSER.contains(&name.as_str()));
    Ok(names.collect())
}

/// `true` when everything passed. `strict` is how a build machine asks: lock files are law, tools are installed afresh.
pub fn test(flags: &Flags, strict: bool) -> Result<bool> {
    set_up(strict)?;
    let mut tally = Tally::default();
    if flags.browser {
        run::build(false)?;
        tally.suite("end to end", browser_test::run(flags.spec.as_deref(), strict));
        return Ok(tally.finish());
    }
    tally.check("fmt", checked("formatting", cargo().args(["fmt", "--all", "--check"])));
    tally.check("tidy", step("tidy", tidy::tidy));
    let built = run::build(false);
    let site = built.is_ok();
    tally.check("build", built.map(|()| true));
    let packages = packages()?;
    let packages: Vec<&str> = packages.iter().map(String::as_str).collect();
    clippy(&mut tally, &packages, strict);
    rust_tests(&mut tally, &packages, strict);
    tally.suite("beacon in node", node_tests());
    if site {
        tally.check("sizes", step("sizes", || size::size(false)));
        tally.check("gen", step("gen --check", || generated::generate(true)));
        if !flags.fast {
            tally.suite("end to end", browser_test::run(None, strict));
        }
    }
    tally.check("the test cluster stops", cluster::stop_scratch().map(|()| true).map_err(Into::into));
    Ok(tally.finish())
}

fn set_up(strict: bool) -> Result<()> {
    tools::wasm_target()?;
    tools::npm(strict)?;
    tools::nginx()?;
    tools::journal()?;
    tools::server_binaries()
}

fn strictly(command: &mut Command, strict: bool) -> &mut Command {
    if strict {
        command.arg("--locked").env("CI", "true");
    }
    command
}

fn checked(what: &str, command: &mut Command) -> Result<bool> {
    let (ok, said) = step(what, || run_and_read(command))?;
    if !ok {
        bail!(said);
    }
    Ok(true)
}

fn clippy(tally: &mut Tally, packages: &[&str], strict: bool) {
    let mut lint = |packages: &[&str], extra: &[&str]| {
        for package in packages {
            let mut clippy = cargo();
            strictly(clippy.args(["clippy", "--quiet", "-p", package]).args(server_side(package)).args(extra), strict)
                .args(["--", "-D", "warnings"]);
            tally.check(&format!("clippy {package}"), checked(&format!("clippy {package}"), &mut clippy));
        }
    };
    lint(packages, &["--all-targets"]);
    lint(&IN_BROWSER, &["--lib", "--target", "wasm32-unknown-unknown"]);
}

/// The half of a shared package that the server compiles.
fn server_side(package: &str) -> &'static [&'static str] {
    match package {
        "actions" => &["--features", "actions/server"],
        "app" => &["--features", "app/ssr"],
        _ => &[],
    }
}

/// All packages at once compile fastest; when that fails, one by one, so that a package that does not compile costs only
/// its own tests.
fn rust_tests(tally: &mut Tally, packages: &[&str], strict: bool) {
    let runner = Runner { nextest: tools::has_nextest(), strict, no_containers: no_containers() };
    let together = step("testing the Rust packages", || runner.run(packages));
    if together.as_ref().is_ok_and(|ran| ran.count.is_some()) {
        tally.suite("Rust tests", together);
        return;
    }
    for package in packages {
        let alone = step(&format!("testing {package}"), || runner.run(&[package]));
        tally.suite(&format!("tests of {package}"), alone);
    }
}

/// Why no container can run here, and nothing where one can.
fn no_containers() -> String {
    let Err(why) = tools::containers() else { return String::new() };
    println!("No container can run on this machine, so the tests that need one are LEFT OUT: {why:#}");
    format!("{why:#}")
}

struct Runner {
    nextest: bool,
    strict: bool,
    no_containers: String,
}

impl Runner {
    fn run(&self, packages: &[&str]) -> Result<Ran> {
        let mut tests = cargo();
        if self.nextest {
            tests.args(["nextest", "run", "--no-fail-fast", "--no-tests=pass", "--color=never", "--status-level=fail", "--cargo-quiet"]);
        } else {
            tests.args(["test", "--no-fail-fast", "--quiet"]);
        }
        for package in packages {
            tests.args(["-p", package]).args(server_side(package));
        }
        let (ok, said) = run_and_read(strictly(&mut tests, self.strict).env("NO_CONTAINERS", &self.no_containers))?;
        Ok(Ran { ok, count: if self.nextest { tally::nextest(&said) } else { tally::libtest(&said) }, said })
    }
}

/// The beacon's loader runs in node against its real WASM core.
fn node_tests() -> Result<Ran> {
    let beacon = workspace::root().join("crates/beacon");
    let is_test = |path: &std::path::PathBuf| path.file_name().is_some_and(|name| name.to_string_lossy().contains(".test."));
    let files: Vec<_> = workspace::files(&beacon, &["mjs", "js"]).into_iter().filter(is_test).collect();
    files.first().context("there is no *.test.mjs in crates/beacon")?;
    step("testing the beacon in node", || {
        let (ok, said) = run_and_read(command("node").args(["--test", "--test-reporter=tap"]).args(&files))?;
        Ok(Ran { ok, count: tally::node(&said), said })
    })
}
