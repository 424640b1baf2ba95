//! Bulk retries in a terminal: from the words typed to views and actions, and their answers printed.

use crate::{
    args::{BulkPart, BulkStart, Filter, OneOperation},
    client::Client,
    deeds::act,
    failure::Failure,
    find, print,
    terminal::Terminal,
};
use actions::{
    deeds::{
        approve_operation::ApproveOperation, cancel_operation::CancelOperation, pause_operation::PauseOperation,
        resume_operation::ResumeOperation, set_approval_limit::SetApprovalLimit, start_bulk_edit::StartBulkEdit,
        start_bulk_reprocess::StartBulkReprocess, start_bulk_retry::StartBulkRetry,
    },
    views::{
        bulk_preview::{BulkPreview, BulkPreviewOutput},
        operation::{Operation, OperationOutput},
        operations::{Operations, OperationsOutput},
    },
};
use domain::{Accepted, Action, Ask, OperationId, Receipt};

pub fn bulk(part: BulkPart, client: &Client, terminal: Terminal) -> Result<(), Failure> {
    match part {
        BulkPart::Preview(words) => {
            let Filter { domain, command_type, code, group, since, until, find } = words.filter;
            let commands = Some(words.command.join(",")).filter(|commands| !commands.is_empty());
            let answer = client.view(&BulkPreview { domain, command_type, code, group, since, until, find, commands })?;
            terminal.answer::<BulkPreviewOutput>(answer, print::bulk::preview)
        }
        BulkPart::Start(words) => start(words, client, terminal),
        BulkPart::Show(words) => {
            let operation = find::operation(&words.operation, client)?;
            let input = Operation { operation, state: words.state, limit: words.limit, after: words.after };
            terminal.answer::<OperationOutput>(client.view(&input)?, print::bulk::operation)
        }
        BulkPart::List(words) => {
            let input = Operations { state: words.state, tenant: words.tenant, limit: words.limit, cursor: words.cursor };
            terminal.answer::<OperationsOutput>(client.view(&input)?, print::bulk::operations)
        }
        BulkPart::Pause(words) => steer(words, |operation| PauseOperation { operation }, client, terminal),
        BulkPart::Resume(words) => steer(words, |operation| ResumeOperation { operation }, client, terminal),
        BulkPart::Approve(words) => steer(words, |operation| ApproveOperation { operation }, client, terminal),
        BulkPart::ApprovalLimit { commands, why } => act(&SetApprovalLimit { commands }, why, client, terminal),
        BulkPart::Cancel(words) => steer(words, |operation| CancelOperation { operation }, client, terminal),
    }
}

fn start(words: BulkStart, client: &Client, terminal: Terminal) -> Result<(), Failure> {
    let BulkStart { token, rate, set, from_step, memory, params, no_canary, halt_percent, why } = words;
    let ask = Ask { reason: why.reason, rehearse: why.dry_run };
    let set: Vec<String> = set.iter().map(ToString::to_string).collect();
    let (answer, title) = match from_step {
        Some(from_step) => {
            let input = StartBulkReprocess { token, from_step, memory, params, rate, no_canary, halt_percent };
            (client.act(&input, &ask)?, StartBulkReprocess::META.title)
        }
        None if set.is_empty() => (client.act(&StartBulkRetry { token, rate, no_canary, halt_percent }, &ask)?, StartBulkRetry::META.title),
        None => (client.act(&StartBulkEdit { token, set, rate, no_canary, halt_percent }, &ask)?, StartBulkEdit::META.title),
    };
    terminal.answer::<Receipt<Accepted>>(answer, |receipt, paint| print::bulk::accepted(title, receipt, paint))
}

fn steer<A: Action>(words: OneOperation, deed: impl Fn(OperationId) -> A, client: &Client, terminal: Terminal) -> Result<(), Failure> {
    let input = deed(find::operation(&words.operation, client)?);
    act(&input, words.why, client, terminal)
}
