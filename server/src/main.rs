//! The console's program: reads its configuration and does what the subcommand says.

use server::{
    config::{Config, Deed},
    digest, generate, log, serve,
};
use std::process::ExitCode;

fn main() -> ExitCode {
    if let Some(ended) = digest::as_child(std::env::args_os().skip(1)) {
        return ended;
    }
    let config = match Config::from_process() {
        Ok(config) => config,
        Err(stop) => return stop.say(),
    };
    let _last_traces = log::start(&config);
    // Never one thread: a page that waits for its own data must not wait for itself.
    let threads = std::thread::available_parallelism().map_or(2, usize::from).max(2);
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(threads).enable_all().build();
    let done = match runtime {
        Ok(runtime) => runtime.block_on(run(&config)),
        Err(error) => Err(anyhow::anyhow!("The program could not start its threads: {error}.")),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error:#}");
            ExitCode::FAILURE
        }
    }
}

async fn run(config: &Config) -> anyhow::Result<()> {
    match &config.deed {
        Deed::Serve => serve::serve(config).await,
        Deed::Migrate => serve::migrate(config).await,
        Deed::Invite { email, name, role, tenant } => serve::invite(config, email, name, *role, tenant.as_deref()).await,
        Deed::VerifyAudit => serve::verify_audit(config).await,
        Deed::Generate { out } => generate::write(out),
    }
}
