//! `plan-step STEP --in DIR --out DIR`: one step of the pipeline as a process.
//!
//! Exit 0 with `outcome.json`, or 2 with `failure.json`. What it does is told on standard error, a line a sentence.
//! Running out of memory is not caught: the process dies, and the parent, who set the limit, says so.

use clap::Parser;
use plan::{Params, Refusal, Step, files};
use std::io::Write;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::PathBuf;
use std::process::ExitCode;

/// Runs one step of the plan pipeline.
#[derive(Parser)]
#[command(version, about)]
struct Args {
    /// pdf_upload, text_extraction, wall_detection, room_detection or bim_generation
    step: Step,
    /// Directory with the files of the earlier steps
    #[arg(long = "in", value_name = "DIR")]
    input: PathBuf,
    /// Directory the step writes into; it is made if it is missing
    #[arg(long = "out", value_name = "DIR")]
    output: PathBuf,
    /// Parameters as a JSON object
    #[arg(long, value_name = "JSON", default_value = "{}")]
    params: String,
}

fn say(line: &str) {
    // A closed pipe must not end the work: nobody listening is the listener's affair.
    let _ = writeln!(std::io::stderr(), "{line}");
}

fn work(args: &Args) -> Result<(), Refusal> {
    let (params, unknown) = Params::from_json(&args.params)?;
    for name in unknown {
        say(&format!("the parameter {name} means nothing to the plan pipeline and was not used"));
    }
    let summary = plan::run(args.step, &args.input, &args.output, &params, &mut |line| say(line))?;
    files::write_json(&args.output, "outcome.json", &summary)
}

fn main() -> ExitCode {
    let args = Args::parse();
    if let Err(e) = std::fs::create_dir_all(&args.output) {
        say(&format!("the output directory {} cannot be made: {e}", args.output.display()));
        return ExitCode::from(3);
    }
    let refusal = match catch_unwind(AssertUnwindSafe(|| work(&args))) {
        Ok(Ok(())) => return ExitCode::SUCCESS,
        Ok(Err(refusal)) => refusal,
        Err(panic) => {
            let text = panic.downcast_ref::<&str>().map(ToString::to_string);
            let detail = text.or_else(|| panic.downcast_ref::<String>().cloned());
            Refusal::Crashed { detail: detail.unwrap_or_else(|| "an internal error".to_owned()) }
        }
    };
    say(&refusal.to_string());
    match files::write_json(&args.output, "failure.json", &refusal.report()) {
        Ok(()) => ExitCode::from(2),
        Err(e) => {
            say(&e.to_string());
            ExitCode::from(3)
        }
    }
}
