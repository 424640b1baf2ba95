//! Groups of failures in a terminal: from the words typed to views and actions, and their answers printed.

use crate::{
    args::{GroupsList, GroupsPart, GroupsTriage, OneGroup},
    client::Client,
    deeds::act,
    failure::Failure,
    print,
    terminal::Terminal,
};
use actions::{
    deeds::{note_group::NoteGroup, triage_group::TriageGroup},
    views::{
        frontend_event::{FrontendEvent, FrontendEventOutput},
        frontend_group::{FrontendGroup, FrontendGroupOutput},
        group::{Group, GroupOutput},
        groups::{Groups, GroupsOutput},
    },
};

pub fn groups(part: GroupsPart, client: &Client, terminal: Terminal) -> Result<(), Failure> {
    match part {
        GroupsPart::List(words) => {
            let GroupsList { state, tenant, code, command_type, order, limit, cursor } = words;
            let input = Groups { state, tenant, code, command_type, order, limit, cursor };
            terminal.answer::<GroupsOutput>(client.view(&input)?, print::groups::groups)
        }
        GroupsPart::Show(OneGroup { group, event: Some(event), .. }) => {
            let answer = client.view(&FrontendEvent { group, event })?;
            terminal.answer::<FrontendEventOutput>(answer, print::frontend::frontend_event)
        }
        GroupsPart::Show(words) if words.frontend => {
            let answer = client.view(&FrontendGroup { group: words.group })?;
            terminal.answer::<FrontendGroupOutput>(answer, print::frontend::frontend_group)
        }
        GroupsPart::Show(words) => terminal.answer::<GroupOutput>(client.view(&Group { group: words.group })?, print::groups::group),
        GroupsPart::Triage(words) => {
            let GroupsTriage { group, frontend, to, ticket, until, more, per_hour, release, note, why } = words;
            act(&TriageGroup { group, frontend, to, ticket, until, more, per_hour, release, note }, why, client, terminal)
        }
        GroupsPart::Note(words) => {
            act(&NoteGroup { group: words.group, frontend: words.frontend, note: words.note }, words.why, client, terminal)
        }
    }
}
