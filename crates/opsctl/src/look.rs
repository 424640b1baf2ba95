//! The commands that only look: from the words typed to a view's input, and its answer printed.

use crate::{
    args,
    client::{Client, typed},
    failure::Failure,
    find, print,
    terminal::Terminal,
};
use actions::views::{
    audit::{Audit, AuditOutput, Verification},
    audit_verify::AuditVerify,
    command::{Command, CommandOutput},
    compare_attempts::{CompareAttempts, CompareAttemptsOutput},
    dashboard::{Dashboard, DashboardOutput},
    frontend_logs::{FrontendLogs, FrontendLogsOutput},
    job::{Job, JobOutput},
    jobs::{Jobs, JobsOutput},
    me::{Me, MeOutput},
    troubleshooting::{Troubleshooting, TroubleshootingOutput},
};

pub fn me(client: &Client, terminal: Terminal) -> Result<(), Failure> {
    terminal.answer::<MeOutput>(client.view(&Me {})?, print::me::me)
}

pub fn dashboard(client: &Client, terminal: Terminal) -> Result<(), Failure> {
    terminal.answer::<DashboardOutput>(client.view(&Dashboard {})?, print::dashboard::dashboard)
}

pub fn jobs(words: args::Jobs, client: &Client, terminal: Terminal) -> Result<(), Failure> {
    let args::Jobs { status, last, pipeline, tenant, limit, cursor } = words;
    let input = Jobs { status, pipeline, tenant, last, limit, cursor };
    terminal.answer::<JobsOutput>(client.view(&input)?, print::jobs::jobs)
}

pub fn pipeline(words: &args::ShowPipeline, client: &Client, terminal: Terminal) -> Result<(), Failure> {
    let job = find::job(&words.job, client)?;
    let answer = client.view(&Job { from: words.from, attempts: words.verbose, ..Job::of(job) })?;
    terminal.answer::<JobOutput>(answer, |job, paint| print::pipeline::pipeline(job, words.verbose, paint))
}

pub fn compare(words: args::Compare, client: &Client, terminal: Terminal) -> Result<(), Failure> {
    let args::Compare { job, first, second, step } = words;
    let input = CompareAttempts { job: find::job(&job, client)?, step, first, second };
    terminal.answer::<CompareAttemptsOutput>(client.view(&input)?, print::compare::compare)
}

pub fn resources(words: &args::Resources, client: &Client, terminal: Terminal) -> Result<(), Failure> {
    let job = find::job(&words.job, client)?;
    terminal.answer::<JobOutput>(
        client.view(&Job { from: words.from, limit: Some(1_000), attempts: true, ..Job::of(job) })?,
        print::resources::resources,
    )
}

pub fn troubleshooting(words: args::TroubleshootingList, client: &Client, terminal: Terminal) -> Result<(), Failure> {
    let args::TroubleshootingList { filter, tenant, limit, offset, cursor } = words;
    let args::Filter { domain, command_type, code, group, since, until, find } = filter;
    let input = Troubleshooting { domain, command_type, code, group, tenant, since, until, find, limit, offset, cursor };
    terminal.answer::<TroubleshootingOutput>(client.view(&input)?, print::troubleshooting::troubleshooting)
}

pub fn command(words: &args::OneCommand, client: &Client, terminal: Terminal) -> Result<(), Failure> {
    let command = find::command(&words.command, client)?;
    terminal.answer::<CommandOutput>(client.view(&Command { command })?, print::command::command)
}

pub fn audit(words: args::Audit, client: &Client, terminal: Terminal) -> Result<(), Failure> {
    let args::Audit { part: _, my_actions, today, since, tenant, outcome, action, operation, limit, before, verbose } = words;
    let operation = operation.map(|typed| find::operation(&typed, client)).transpose()?;
    let input = Audit { mine: my_actions, today, since, tenant, outcome, action, operation, limit, before };
    terminal.answer::<AuditOutput>(client.view(&input)?, |list, paint| print::audit::audit(list, verbose, paint))
}

/// Ends with 8 when a link does not fit, however it is printed.
pub fn audit_verify(client: &Client, terminal: Terminal) -> Result<(), Failure> {
    let answer = client.view(&AuditVerify {})?;
    let found: Verification = typed(answer.clone())?;
    terminal.answer::<Verification>(answer, print::audit::verification)?;
    match found.first_bad {
        None => Ok(()),
        Some(_) => Err(Failure::BadEntry),
    }
}

pub fn frontend_logs(words: args::FrontendLogs, client: &Client, terminal: Terminal) -> Result<(), Failure> {
    let args::FrontendLogs { since, route, build, state, order, group, tenant, limit, cursor } = words;
    let input = FrontendLogs { since, route, build, state, order, tenant, group, limit, cursor };
    let answer = client.view(&input)?;
    terminal.answer::<FrontendLogsOutput>(answer, |logs, paint| print::frontend::frontend_logs(logs, group.is_some(), paint))
}
