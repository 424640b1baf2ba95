//! The support session: started, raised, lowered, ended, shown.

use crate::{
    args::{SessionPart, SessionStart},
    client::{Client, typed},
    failure::Failure,
    print, prompt,
    sign_in::digits,
    terminal::Terminal,
};
use actions::views::me::{Me, MeOutput};
use domain::At;
use serde_json::{Value, json};

const PATH: &str = "/api/v1/support/session";

pub fn session(part: SessionPart, client: &Client, terminal: Terminal) -> Result<(), Failure> {
    match part {
        SessionPart::Start(start) => begin(&start, client, terminal),
        SessionPart::Raise { code } => {
            let code = code.map_or_else(|| prompt::ask("Code from your authenticator", "--code"), Ok)?;
            let answer = client.send("POST", &format!("{PATH}/raise"), Some(json!({ "code": digits(&code) })))?;
            shown_after(answer, client, terminal)
        }
        SessionPart::Lower => {
            let answer = client.send("POST", &format!("{PATH}/lower"), Some(json!({})))?;
            shown_after(answer, client, terminal)
        }
        SessionPart::End => {
            let answer = client.send("DELETE", PATH, None)?;
            if terminal.json { terminal.json(&answer) } else { terminal.write("The support session is ended.\n") }
        }
        SessionPart::Show => {
            let answer = client.view(&Me {})?;
            if terminal.json {
                return terminal.json(answer.pointer("/actor/support").unwrap_or(&Value::Null));
            }
            print_running(answer, terminal)
        }
    }
}

fn begin(start: &SessionStart, client: &Client, terminal: Terminal) -> Result<(), Failure> {
    let body = json!({
        "tenant": start.tenant, "ticket": start.ticket, "reason": start.reason, "minutes": start.minutes,
    });
    let answer = client.send("POST", PATH, Some(body))?;
    shown_after(answer, client, terminal)
}

/// The session as it is now. The countdown is the console's: it is asked for its clock.
fn shown_after(answer: Value, client: &Client, terminal: Terminal) -> Result<(), Failure> {
    if terminal.json {
        return terminal.json(&answer);
    }
    print_running(client.view(&Me {})?, terminal)
}

fn print_running(me: Value, terminal: Terminal) -> Result<(), Failure> {
    let me: MeOutput = typed(print::clean(me))?;
    let now: At = me.now;
    terminal.write(&print::me::running(me.actor.support.as_ref(), now, terminal.paint))
}
