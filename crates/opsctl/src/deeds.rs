//! The commands that change something: from the words typed to an action's input, and its receipt
//! printed. `--dry-run` is the same request, rehearsed.

use crate::{args, client::Client, failure::Failure, find, print, terminal::Terminal};
use actions::deeds::{
    cancel_command::CancelCommand,
    complete_command::CompleteCommand,
    kill_job::KillJob,
    reprocess_job::ReprocessJob,
    retry_command::RetryCommand,
    reveal_payload::{RevealPayload, Revealed},
};
use domain::{Action, Ask, Receipt};
use serde_json::Value;

pub fn reprocess(words: args::Reprocess, client: &Client, terminal: Terminal) -> Result<(), Failure> {
    let input = ReprocessJob {
        job: find::job(&words.job, client)?,
        from_step: words.from_step,
        memory: words.memory.unwrap_or_default(),
        params: words.params.unwrap_or_default(),
    };
    act(&input, words.why, client, terminal)
}

pub fn kill(words: args::Kill, client: &Client, terminal: Terminal) -> Result<(), Failure> {
    let input = KillJob { job: find::job(&words.job, client)?, force: words.force };
    act(&input, words.why, client, terminal)
}

pub fn retry(words: args::Retry, client: &Client, terminal: Terminal) -> Result<(), Failure> {
    let input = RetryCommand { command: find::command(&words.command, client)?, keep_attempts: words.keep_attempts };
    act(&input, words.why, client, terminal)
}

pub fn cancel(words: args::Cancel, client: &Client, terminal: Terminal) -> Result<(), Failure> {
    let input = CancelCommand { command: find::command(&words.command, client)?, because: words.because };
    act(&input, words.why, client, terminal)
}

pub fn complete(words: args::Complete, client: &Client, terminal: Terminal) -> Result<(), Failure> {
    let input = CompleteCommand { command: find::command(&words.command, client)?, result: words.result.unwrap_or_default() };
    act(&input, words.why, client, terminal)
}

pub fn reveal(words: args::Reveal, client: &Client, terminal: Terminal) -> Result<(), Failure> {
    let input = RevealPayload { command: find::command(&words.command, client)?, because: words.because };
    if words.why.dry_run {
        return act(&input, words.why, client, terminal);
    }
    let answer = client.act(&input, &Ask { reason: words.why.reason, rehearse: false })?;
    terminal.answer::<Receipt<Revealed>>(answer, |receipt, _| [&receipt.output.revealed, "\n"].concat())
}

pub fn act<A: Action>(input: &A, why: args::Why, client: &Client, terminal: Terminal) -> Result<(), Failure> {
    let ask = Ask { reason: why.reason, rehearse: why.dry_run };
    let answer = client.act(input, &ask)?;
    terminal.answer::<Receipt<Value>>(answer, |receipt, paint| print::receipt::receipt(A::META.title, receipt, paint))
}
