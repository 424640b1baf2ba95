//! `opsctl`: the console in a terminal. A client of the REST door and nothing else: it knows the
//! inputs and outputs of views and actions, never the database.
//!
//! This file: from the words typed to the command that runs, and from its end to the exit code.

mod args;
mod artifacts;
mod beacon;
mod bulk;
mod bundle;
mod client;
mod credentials;
mod deeds;
mod edit;
mod export;
mod failure;
mod find;
mod follow;
mod groups;
mod live;
mod logs;
mod look;
mod ops;
mod print;
mod prompt;
mod services;
mod session;
mod sign_in;
mod terminal;
mod views;
mod watch;

use args::{AuditPart, Cli, Command, TroubleshootingPart};
use clap::Parser;
use client::Client;
use credentials::{Credentials, Place};
use failure::Failure;
use std::{env::VarError, io::Write, process::ExitCode};
use terminal::Terminal;

/// Where a console listens unless told otherwise.
const DEFAULT_URL: &str = "http://127.0.0.1:3000";

fn main() -> ExitCode {
    let cli = Cli::parse();
    let json = cli.json;
    match run(cli) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            tell(&failure, json);
            ExitCode::from(failure.exit_code())
        }
    }
}

/// Failures go to standard error: as sentences, or as the problem with `--json`.
fn tell(failure: &Failure, json: bool) {
    let text = match failure {
        // The first has no reader; the finding of the second is the answer, already printed.
        Failure::ReaderGone | Failure::BadEntry => return,
        failure if json => serde_json::to_string(&failure.as_problem()).unwrap_or_default() + "\n",
        failure => print::problem::problem(failure, Terminal::paint_of_errors()),
    };
    // There is nowhere left to say that standard error is closed.
    let _ = std::io::stderr().write_all(text.as_bytes());
}

fn run(cli: Cli) -> Result<(), Failure> {
    let terminal = Terminal::of_process(cli.json);
    let place = Place::of_user()?;
    let credentials = match (&cli.command, place.load()) {
        // Signing in anew is the way out of a file that cannot be used.
        (Command::SignIn(_), Err(Failure::Exposed { .. })) => Credentials::default(),
        (_, loaded) => loaded?,
    };
    // A bundle is looked into wherever it is, also where no console is.
    if let Command::Bundle(args::Bundle { part: Some(part), .. }) = &cli.command {
        return bundle::look(part, terminal);
    }
    let url = cli.url.or_else(|| credentials.current.clone()).unwrap_or_else(|| DEFAULT_URL.to_owned());
    match cli.command {
        Command::SignIn(typed) => sign_in::sign_in(&typed, url, &place, credentials, terminal),
        Command::SignOut => sign_in::sign_out(url, &place, credentials, terminal),
        command => {
            let token = match std::env::var("OPS_TOKEN") {
                // What was meant for a script's account is never done with one's own rights.
                Ok(token) if !token.trim().is_empty() => Some(token),
                Ok(_) | Err(VarError::NotUnicode(_)) => return Err(Failure::NoToken),
                Err(VarError::NotPresent) => credentials.sign_ins.get(&url).map(|sign_in| sign_in.token.clone()),
            };
            let token = token.ok_or_else(|| Failure::NotSignedIn { url: url.clone() })?;
            signed_in(command, &Client::new(url, Some(token)), terminal)
        }
    }
}

/// Every command but signing in and out.
fn signed_in(command: Command, client: &Client, terminal: Terminal) -> Result<(), Failure> {
    match command {
        Command::SignIn(_) | Command::SignOut => Ok(()),
        Command::Me => look::me(client, terminal),
        Command::Dashboard => look::dashboard(client, terminal),
        Command::Summary => ops::summary(client, terminal),
        Command::Deploys(typed) => ops::deploys(typed, client, terminal),
        Command::Deploy { part } => ops::deploy(part, client, terminal),
        Command::Artifacts { part } => artifacts::artifacts(part, client, terminal),
        Command::Jobs(typed) => look::jobs(typed, client, terminal),
        Command::ShowPipeline(typed) if typed.follow => follow::pipeline(&typed, client, terminal),
        Command::ShowPipeline(typed) => look::pipeline(&typed, client, terminal),
        Command::Resources(typed) => look::resources(&typed, client, terminal),
        Command::Compare(typed) => look::compare(typed, client, terminal),
        Command::Session { part } => session::session(part, client, terminal),
        Command::Kill(typed) => deeds::kill(typed, client, terminal),
        Command::Reprocess(typed) => deeds::reprocess(typed, client, terminal),
        Command::Troubleshooting { part } => match part {
            TroubleshootingPart::List(typed) => look::troubleshooting(typed, client, terminal),
            TroubleshootingPart::Show(typed) => look::command(&typed, client, terminal),
            TroubleshootingPart::Retry(typed) => deeds::retry(typed, client, terminal),
            TroubleshootingPart::Edit(typed) => edit::edit(typed, client, terminal),
            TroubleshootingPart::Cancel(typed) => deeds::cancel(typed, client, terminal),
            TroubleshootingPart::Complete(typed) => deeds::complete(typed, client, terminal),
            TroubleshootingPart::Reveal(typed) => deeds::reveal(typed, client, terminal),
            TroubleshootingPart::Export(typed) => export::export(typed, client, terminal),
        },
        Command::Groups { part } => groups::groups(part, client, terminal),
        Command::Views { part } => views::views(part, client, terminal),
        Command::Bulk { part } => bulk::bulk(part, client, terminal),
        Command::Audit(typed) => match typed.part {
            Some(AuditPart::Verify) => look::audit_verify(client, terminal),
            None => look::audit(typed, client, terminal),
        },
        Command::FrontendLogs(typed) => look::frontend_logs(typed, client, terminal),
        Command::Logs(typed) => logs::logs(typed, client, terminal),
        Command::Bundle(typed) => bundle::take(&typed, client, terminal),
        Command::Beacon { part } => beacon::beacon(part, client, terminal),
        Command::Events(typed) => follow::events(&typed, client, terminal),
        Command::Checks(typed) => watch::checks(typed, client, terminal),
        Command::Check { part } => watch::check(part, client, terminal),
        Command::Heartbeat { part } => watch::heartbeat(part, client, terminal),
        Command::Alerts(typed) => watch::alerts(typed, client, terminal),
        Command::Alert { part } => watch::alert(part, client, terminal),
        Command::Webhooks { part } => watch::webhooks(part, client, terminal),
        Command::Service { part } => services::services(part, client, terminal),
    }
}
