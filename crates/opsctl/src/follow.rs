//! Staying to watch: one job until it ends, or every change. A job is read again when the stream
//! says that it changed, not over and over: each look at customer data leaves an audit entry.

use crate::{
    args::{Events, ShowPipeline},
    client::{Client, percent_encode, typed},
    failure::Failure,
    find,
    live::{self, Event, News},
    print::{self, table::width},
    terminal::Terminal,
};
use actions::views::job::{Job, JobOutput};
use domain::{CommandId, JobId, JobStatus};
use serde_json::Value;
use std::{
    sync::mpsc::{Receiver, RecvTimeoutError},
    time::Duration,
};

/// A job is looked at this often even if the stream is silent or gone.
const LOOK_AGAIN: Duration = Duration::from_secs(15);
/// Changes come in bursts; one look answers a burst.
const BURST: Duration = Duration::from_millis(200);

pub fn pipeline(words: &ShowPipeline, client: &Client, terminal: Terminal) -> Result<(), Failure> {
    let id = find::job(&words.job, client)?;
    // Listening starts before the first look, so that no change falls between the two.
    let news = live::listen(client.again(), live::PAGES.to_owned(), None);
    let mut screen = Screen { terminal, verbose: words.verbose, drawn: 0, before: None };
    loop {
        let answer = client.view(&Job { from: words.from, attempts: words.verbose, ..Job::of(id) })?;
        let job: JobOutput = typed(print::clean(answer.clone()))?;
        let ended = matches!(job.row.status, JobStatus::Succeeded | JobStatus::Failed | JobStatus::Canceled);
        let command = job.row.command;
        screen.show(answer, job, ended)?;
        if ended {
            return Ok(());
        }
        wait(&news, id, command)?;
    }
}

/// Until the job may have changed.
fn wait(news: &Receiver<News>, job: JobId, command: CommandId) -> Result<(), Failure> {
    loop {
        match news.recv_timeout(LOOK_AGAIN) {
            Ok(News::Connected) => break,
            Ok(News::Event(event)) if concerns(&event, job, command) => break,
            Ok(News::Event(_) | News::Lost) => {}
            Ok(News::Refused(failure)) => return Err(failure),
            Err(RecvTimeoutError::Timeout) => return Ok(()),
            Err(RecvTimeoutError::Disconnected) => {
                std::thread::sleep(LOOK_AGAIN);
                return Ok(());
            }
        }
    }
    std::thread::sleep(BURST);
    for more in news.try_iter() {
        if let News::Refused(failure) = more {
            return Err(failure);
        }
    }
    Ok(())
}

fn concerns(event: &Event, job: JobId, command: CommandId) -> bool {
    event.data.contains(&job.to_string()) || event.data.contains(&command.to_string())
}

/// On a terminal the tree is drawn over itself; into a pipe go the changes, one a line, and at the
/// end the tree; with `--json` each look is one line.
struct Screen {
    terminal: Terminal,
    verbose: bool,
    /// Lines of the terminal the last drawing took.
    drawn: usize,
    before: Option<JobOutput>,
}

impl Screen {
    fn show(&mut self, answer: Value, job: JobOutput, ended: bool) -> Result<(), Failure> {
        let terminal = self.terminal;
        if terminal.json {
            return terminal.write(&format!("{answer}\n"));
        }
        if terminal.live {
            let text = print::pipeline::pipeline(&job, self.verbose, terminal.paint);
            let columns = terminal.columns();
            let up = if self.drawn > 0 { format!("\x1b[{}A\x1b[0J", self.drawn) } else { String::new() };
            self.drawn = text.lines().map(|line| width(line).max(1).div_ceil(columns)).sum();
            return terminal.write(&(up + &*text));
        }
        let mut text = changes(self.before.as_ref(), &job);
        if ended {
            text.push('\n');
            text.push_str(&print::pipeline::pipeline(&job, self.verbose, terminal.paint));
        }
        self.before = Some(job);
        terminal.write(&text)
    }
}

/// A line for each step whose state is not what it was.
fn changes(before: Option<&JobOutput>, job: &JobOutput) -> String {
    let was = |name: &str| before?.steps.iter().find(|step| step.name == name);
    job.steps
        .iter()
        .filter(|step| was(&step.name).is_none_or(|was| (was.status, was.tries) != (step.status, step.tries)))
        .map(|step| format!("{} {}: {}\n", job.now.clock(), step.name, print::pipeline::state(step, job.now, print::Paint(false))))
        .collect()
}

pub fn events(words: &Events, client: &Client, terminal: Terminal) -> Result<(), Failure> {
    let mut path = "/api/ops/events".to_owned();
    if let Some(kind) = &words.kind {
        path.push_str("?kind=");
        percent_encode(kind, &mut path);
    }
    // Somebody who looks reads columns; a script reads JSON, one event a line.
    let json = terminal.json || !terminal.live;
    for news in live::listen(client.again(), path, words.after.clone()) {
        match news {
            News::Event(event) if event.name == "gap" => terminal.write(&gap_line(&event, json))?,
            News::Event(event) if event.name == "change" => {
                terminal.write(&change_line(&event, json))?;
                if !words.follow {
                    return Ok(());
                }
            }
            News::Refused(failure) => return Err(failure),
            News::Event(_) | News::Connected | News::Lost => {}
        }
    }
    Ok(())
}

/// Something may be missing: said where it would have stood.
fn gap_line(event: &Event, json: bool) -> String {
    if json { format!("{}\n", event.data) } else { "(what happened before this is no longer kept)\n".to_owned() }
}

/// `run        01931f3c-…  acme`, or the data as it came.
fn change_line(event: &Event, json: bool) -> String {
    let data: Value = serde_json::from_str(&event.data).unwrap_or_else(|_| Value::String(event.data.clone()));
    if json {
        return format!("{data}\n");
    }
    let data = print::clean(data);
    let field = |name: &str| match data.get(name) {
        None | Some(Value::Null) => "–".to_owned(),
        Some(Value::String(text)) => text.clone(),
        Some(other) => other.to_string(),
    };
    format!("{:<16} {:<45} tenant {}\n", field("kind"), field("subject"), field("tenant"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::print::samples;
    use domain::StepStatus;

    #[test]
    fn only_what_changed_is_said() {
        let failed = samples::job();
        let mut running = samples::job();
        running.steps[2].status = StepStatus::Running;
        assert_eq!(changes(None, &failed).lines().count(), 5);
        assert_eq!(changes(Some(&failed), &failed), "");
        let said = changes(Some(&running), &failed);
        assert_eq!(said, "10:00:00 wall_detection: ✗ failed - Out of memory: needed > 256 MB of 256 MB (12.0s)\n");
    }

    #[test]
    fn a_change_is_one_line() {
        let event = Event { data: r#"{"kind":"job","tenant":"acme","subject":"job:1"}"#.into(), ..Event::default() };
        let line = change_line(&event, false);
        assert!(line.starts_with("job ") && line.contains("job:1") && line.ends_with("tenant acme\n"), "{line}");
        assert_eq!(change_line(&event, true).lines().count(), 1);
    }
}
