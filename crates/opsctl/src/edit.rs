//! Editing a payload in a terminal: the present one or a file, with changes laid over it, asked of a worker where one listens, and sent.
//! Not in here: judging it; the console does.

use crate::{
    args::Edit,
    client::{Client, typed},
    deeds::act,
    failure::Failure,
    find, print,
    terminal::Terminal,
};
use actions::{
    deeds::{check_payload::CheckPayload, edit_command::EditCommand},
    views::{
        edit_form::{EditForm, EditFormOutput},
        payload_check::{CheckAnswer, PayloadCheck, PayloadCheckOutput},
    },
};
use domain::{Ask, CommandId, Problem, ProblemKind};
use exact::Json;
use serde_json::Value;
use std::{io::Read, path::Path, time::Duration};

/// How often an answer is looked for.
const EVERY: Duration = Duration::from_millis(300);

pub fn edit(words: Edit, client: &Client, terminal: Terminal) -> Result<(), Failure> {
    let command = find::command(&words.command, client)?;
    let form: EditFormOutput = typed(client.view(&EditForm { command })?)?;
    let payload = payload(&words, &form)?;
    if words.check {
        let said = ask(command, &payload, &words.why.reason, client)?;
        return match said {
            Some(answer) => terminal.answer::<PayloadCheckOutput>(answer, print::check::answer),
            None => Err(no(NOBODY)),
        };
    }
    if form.listening > 0 && !words.unchecked {
        let said: Option<PayloadCheckOutput> = ask(command, &payload, &words.why.reason, client)?.map(typed).transpose()?;
        if let Some(said) = said.filter(|said| said.answer != CheckAnswer::Yes) {
            return Err(no(&print::check::sentence(&said)));
        }
    }
    let version = form.version.unwrap_or_default();
    act(&EditCommand { command, payload, version, unchecked: words.unchecked }, words.why, client, terminal)
}

const NOBODY: &str = "No worker that checks this type of command is listening, so nobody has looked at the payload.";

/// The payload as it is to be.
fn payload(words: &Edit, form: &EditFormOutput) -> Result<String, Failure> {
    let text = match &words.payload {
        Some(path) => read(path)?,
        None if words.set.is_empty() => {
            return Err(Failure::Usage("Say what is to be different: --set PATH=VALUE, or --payload FILE.".to_owned()));
        }
        None => match (&form.payload, form.inside) {
            (Some(payload), _) => payload.clone(),
            (None, false) => return Err(no("The payload is shown inside a support session on this tenant: opsctl session start")),
            (None, true) => return Err(no("The payload of this command is no longer kept anywhere, so it cannot be edited.")),
        },
    };
    let mut payload = Json::read(&text).map_err(|misread| Failure::Usage(format!("The payload is not JSON. {misread}")))?;
    for set in &words.set {
        payload
            .put(&set.path, Some(set.value.clone()))
            .map_err(|_| Failure::Usage(format!("The payload has no place for {}: what it lies in is not there.", set.path)))?;
    }
    Ok(payload.line())
}

fn read(path: &Path) -> Result<String, Failure> {
    let mut text = String::new();
    let read = if path == Path::new("-") {
        std::io::stdin().read_to_string(&mut text).map(drop)
    } else {
        std::fs::read_to_string(path).map(|read| text = read)
    };
    read.map_err(|why| Failure::Usage(format!("{} could not be read ({why}).", path.display())))?;
    Ok(text)
}

/// What a worker says; `None`: nobody listens.
fn ask(command: CommandId, payload: &str, reason: &str, client: &Client) -> Result<Option<Value>, Failure> {
    let ask = Ask { reason: reason.to_owned(), rehearse: false };
    let asked = client.act(&CheckPayload { command, payload: payload.to_owned() }, &ask)?;
    let output: actions::deeds::check_payload::Asked = typed(asked["output"].clone())?;
    if output.listening == 0 {
        return Ok(None);
    }
    loop {
        let answer = client.view(&PayloadCheck { command, check: output.check })?;
        if typed::<PayloadCheckOutput>(answer.clone())?.answer != CheckAnswer::Waiting {
            return Ok(Some(answer));
        }
        std::thread::sleep(EVERY);
    }
}

fn no(sentence: &str) -> Failure {
    Failure::Problem(Problem::new(ProblemKind::BadInput, sentence.to_owned()))
}
