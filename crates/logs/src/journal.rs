//! A unit of the system's journal, or of one in a directory, read by `journalctl` as a child process: arguments, never a shell. Not in here: what lines mean.

use crate::{
    Refused,
    refine::{Given, Refine},
    shape,
};
use domain::{At, LogLine};
use serde::Deserialize;
use serde_json::Value;
use std::{path::Path, process::Stdio, time::Duration};
use tokio::{
    io::{AsyncBufReadExt, AsyncReadExt, BufReader},
    process::{Child, Command},
};

const PROGRAM: &str = "journalctl";
/// An entry is an object on a line; a longer one is not read further.
const LONGEST_ENTRY: u64 = 64 * 1024;
const LIMIT: Duration = Duration::from_secs(10);

/// What is read of an entry.
#[derive(Deserialize)]
struct Entry {
    #[serde(rename = "MESSAGE")]
    message: Option<Value>,
    #[serde(rename = "PRIORITY")]
    priority: Option<String>,
    #[serde(rename = "__REALTIME_TIMESTAMP")]
    micros: Option<String>,
}

/// Starts it for the last `lines`, and for what comes after them when `follow`.
pub(crate) fn start(unit: &str, directory: Option<&Path>, lines: u64, follow: bool) -> Result<Child, Refused> {
    let mut command = Command::new(PROGRAM);
    command.args(["--no-pager", "--output=json", "--output-fields=MESSAGE,PRIORITY", "-n"]).arg(lines.to_string());
    command.arg(format!("--unit={unit}")).args(follow.then_some("--follow"));
    if let Some(directory) = directory {
        let mut argument = std::ffi::OsString::from("--directory=");
        argument.push(directory);
        command.arg(argument);
    }
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).kill_on_drop(true);
    command.spawn().map_err(|error| match error.kind() {
        std::io::ErrorKind::NotFound => Refused::Unreadable("This machine has no journalctl, so the journal cannot be read.".to_owned()),
        _ => Refused::Unreadable(format!("journalctl cannot be started: {error}.")),
    })
}

/// Reads the last lines and hands them over until `each` has enough.
pub(crate) async fn read(
    unit: &str,
    directory: Option<&Path>,
    lines: u64,
    refine: &mut Refine,
    each: &mut (dyn FnMut(LogLine) -> bool + Send),
) -> Result<(), Refused> {
    let mut child = start(unit, directory, lines, false)?;
    let read = async {
        let mut entries = Entries::of(&mut child)?;
        while let Some(line) = entries.next(refine).await? {
            if !line.is_none_or(&mut *each) {
                return Ok(());
            }
        }
        ended(&mut child).await
    };
    tokio::time::timeout(LIMIT, read)
        .await
        .unwrap_or_else(|_| Err(Refused::Unreadable(format!("journalctl did not end within {} s; it was ended.", LIMIT.as_secs()))))
}

async fn ended(child: &mut Child) -> Result<(), Refused> {
    let mut said = Vec::new();
    if let Some(errors) = child.stderr.take() {
        // What cannot be read of an explanation is left out.
        drop(errors.take(2048).read_to_end(&mut said).await);
    }
    let status = child.wait().await.map_err(|error| Refused::Unreadable(format!("journalctl is lost: {error}.")))?;
    if status.success() {
        return Ok(());
    }
    let said = crate::visible::visible(&said.into_iter().map(|byte| if byte == b'\n' { b' ' } else { byte }).collect::<Vec<_>>());
    Err(Refused::Unreadable(format!("journalctl ended with {status}: {}", said.trim())))
}

/// The entries it writes.
pub(crate) struct Entries {
    out: BufReader<tokio::process::ChildStdout>,
    line: Vec<u8>,
}

impl Entries {
    pub(crate) fn of(child: &mut Child) -> Result<Self, Refused> {
        let out = child.stdout.take().ok_or_else(|| Refused::Unreadable("journalctl has no output.".to_owned()))?;
        Ok(Self { out: BufReader::new(out), line: Vec::new() })
    }

    /// The next; `Some(None)` when it was not wanted.
    pub(crate) async fn next(&mut self, refine: &mut Refine) -> Result<Option<Option<LogLine>>, Refused> {
        self.line.clear();
        let lost = |error: std::io::Error| Refused::Unreadable(format!("journalctl is lost: {error}."));
        let read = (&mut self.out).take(LONGEST_ENTRY).read_until(b'\n', &mut self.line).await.map_err(lost)?;
        if read == 0 {
            return Ok(None);
        }
        if self.line.last() != Some(&b'\n') {
            // Too long: its end is passed over, bit by bit.
            let mut rest = Vec::new();
            while rest.last() != Some(&b'\n') {
                rest.clear();
                if (&mut self.out).take(LONGEST_ENTRY).read_until(b'\n', &mut rest).await.map_err(lost)? == 0 {
                    break;
                }
            }
        }
        // An entry counts also when nothing can be made of it.
        let heard = refine.heard + 1;
        let line = of_entry(&self.line, refine);
        refine.heard = heard;
        Ok(Some(line))
    }
}

fn of_entry(line: &[u8], refine: &mut Refine) -> Option<LogLine> {
    let entry: Entry = serde_json::from_slice(line).ok()?;
    let message = match entry.message? {
        Value::String(text) => text.into_bytes(),
        // What is no UTF-8 comes as numbers.
        Value::Array(bytes) => bytes.iter().filter_map(|byte| byte.as_u64().and_then(|byte| u8::try_from(byte).ok())).collect(),
        _ => return None,
    };
    let ts = entry.micros.and_then(|micros| micros.parse::<i64>().ok()).map(|micros| At::from_millis(micros / 1000));
    let level = entry.priority.as_deref().and_then(shape::of_priority);
    let over = message.len().saturating_sub(crate::refine::LONGEST_LINE);
    // An entry of several lines is one; their ends are not to be seen.
    let flat: Vec<u8> = message[..message.len() - over].iter().map(|byte| if *byte == b'\n' { b' ' } else { *byte }).collect();
    refine.line(&flat, over as u64, Given { ts, level })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn entries_have_the_journals_time_and_level() {
        let mut refine = Refine::new(At::from_millis(0), None, false, None);
        let line =
            of_entry(br#"{"__REALTIME_TIMESTAMP":"1795687200250000","PRIORITY":"3","MESSAGE":"mail to a@example.org"}"#, &mut refine)
                .expect("a line");
        assert_eq!(
            (line.ts.map(At::millis), line.level.map(|level| level.word()), line.message.as_str()),
            (Some(1_795_687_200_250), Some("error"), "mail to [email]")
        );
        let line =
            of_entry(br#"{"__REALTIME_TIMESTAMP":"1795687200250000","MESSAGE":[27,91,51,49,109,97,255]}"#, &mut refine).expect("a line");
        assert_eq!(line.message, "a\u{fffd}");
        assert!(of_entry(b"not json", &mut refine).is_none() && of_entry(br#"{"MESSAGE":null}"#, &mut refine).is_none());
    }
}
