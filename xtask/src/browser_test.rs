//! The end-to-end specs in Chromium, against a console and a demo host started for them alone: fresh data, free ports.
//! The specs themselves are in `end2end/`.

use std::path::Path;

use anyhow::{Result, bail};

use crate::command::{command, run_and_read, step};
use crate::processes::Interrupt;
use crate::run::{Setup, Started, start};
use crate::tally::{self, Ran};
use crate::workspace::{self, Temporary};
use crate::{http, tools};

/// Runs those whose name contains `only`, or all.
pub fn run(only: Option<&str>, strict: bool) -> Result<Ran> {
    if !workspace::files(&workspace::root().join("end2end"), &["ts", "js", "mjs"])
        .iter()
        .any(|path| path.to_string_lossy().contains(".spec."))
    {
        bail!("there is no spec in end2end/");
    }
    let chromium = tools::chromium()?;
    let home = workspace::target().join("end2end");
    if home.exists() {
        std::fs::remove_dir_all(&home)?;
    }
    std::fs::create_dir_all(&home)?;
    let interrupt = Interrupt::listen()?;
    let (listen, demo) = (http::free_address()?, http::free_address()?);
    let data = Temporary::new("end2end")?;
    let setup = Setup {
        listen: Some(&listen),
        data_dir: data.path(),
        demo: Some((&demo, false)),
        given_database: false,
        bin: &workspace::bin("debug"),
        logs: Some(&home),
    };
    let mut started = match step("starting a console for the specs", || start(&setup, &interrupt)) {
        Ok(started) => started,
        Err(e) => {
            for log in ["console.log", "demo.log"] {
                eprintln!("{log}:\n{}", std::fs::read_to_string(home.join(log)).unwrap_or_default());
            }
            return Err(e);
        }
    };
    let outcome = step("testing in the browser", || specs(&home, data.path(), &started, &demo, &chromium, (only, strict)));
    started.stop();
    outcome
}

/// What the specs are told, by environment: where everything is, and the browser to use.
fn specs(
    home: &Path,
    data_dir: &Path,
    started: &Started,
    demo: &str,
    chromium: &Path,
    (only, strict): (Option<&str>, bool),
) -> Result<Ran> {
    let report = home.join("report.json");
    let log = home.join("console.log");
    let mut playwright = command(workspace::npm_program("playwright"));
    playwright.current_dir(workspace::root().join("end2end"));
    playwright.args(["test", "--workers=1", "--reporter=list,json"]).args(only);
    playwright.env("CONSOLE_URL", &started.runtime.console_url).env("DEMO_URL", format!("http://{demo}"));
    playwright.env("CHROMIUM", chromium).env("DATA_DIR", data_dir).env("CONSOLE_LOG", &log);
    playwright.env("OPSCTL", workspace::bin("debug").join("opsctl")).env("PLAN_SAMPLE", workspace::bin("debug").join("plan-sample"));
    playwright.env("PLAYWRIGHT_JSON_OUTPUT_NAME", &report);
    if let Some(link) = enrolment_link(&std::fs::read_to_string(&log)?) {
        playwright.env("ENROLMENT_LINK", link);
    }
    if strict {
        playwright.env("CI", "true");
    }
    let (ok, said) = run_and_read(&mut playwright)?;
    Ok(Ran { ok, count: tally::playwright(&std::fs::read_to_string(&report).unwrap_or_default()), said })
}

/// The one-time link the console prints on its first start.
fn enrolment_link(log: &str) -> Option<&str> {
    let words = log.split(|c: char| c.is_whitespace() || "\"'<>\u{1b}".contains(c));
    words.filter(|word| word.starts_with("http://") || word.starts_with("https://")).find(|word| word.contains("enrol"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_enrolment_link_is_found_among_other_lines() {
        let log = "listening on http://127.0.0.1:3000\n  First administrator: http://127.0.0.1:3000/enrol?token=abc\n";
        assert_eq!(enrolment_link(log), Some("http://127.0.0.1:3000/enrol?token=abc"));
        assert_eq!(enrolment_link("listening on http://127.0.0.1:3000"), None);
    }
}
