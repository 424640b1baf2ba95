//! The chosen attempt of the chosen step: its log, what it used against its limits, where and with
//! which parameters it ran, and the files the step left.

use super::rows::Links;
use crate::{
    components::{EmptyState, JsonBlock, LogBlock, LogLine, Panel, StateMark, Tag, Tone},
    icons::Icon,
    pages::pieces::{fact_code, fact_words, facts, masked_here},
    text::{KILLED, bytes, kill_story, measured_end, moment},
};
use actions::views::job::{Attempt, JobOutput, OutputFile, Step};
use domain::{AttemptStatus, TenantId, human_bytes, human_millis};
use markup::{Html, IntoHtml, view};

/// All that changes about what the panel shows: an attempt does only while it says something, is asked to end, or ends.
pub(super) fn told(job: &JobOutput) -> String {
    let Some(step) = &job.chosen else { return String::new() };
    let attempt = shown_of(step, job.attempt);
    let kill = attempt.and_then(|attempt| attempt.kill.as_ref()).map_or(0, |kill| kill.at.millis());
    [
        step.name.as_str(),
        " ",
        &step.tries.to_string(),
        " ",
        &step.outputs.len().to_string(),
        " ",
        attempt.map_or("", |attempt| attempt.status.word()),
        " ",
        &job.attempt.unwrap_or(0).to_string(),
        " ",
        &kill.to_string(),
        " ",
        attempt.map_or("masked", |attempt| attempt.log.as_deref().unwrap_or("masked")),
    ]
    .concat()
}

fn shown_of(step: &Step, number: Option<i32>) -> Option<&Attempt> {
    step.attempts.iter().find(|attempt| Some(attempt.number) == number)
}

/// The panel of the attempt that is shown; `with` is the one it is compared with.
pub(super) fn panel(job: &JobOutput, with: Option<i32>, links: &Links) -> Html {
    let Some(step) = &job.chosen else { return ().into_html() };
    let Some(attempt) = shown_of(step, job.attempt) else {
        let about = "It has not been its turn: a step before it did not succeed, or it is about to begin.";
        return view! { <Panel title=step.name.clone()><EmptyState title="No attempt yet" about icon=Icon::Clock/></Panel> };
    };
    view! {
        {shown((job.row.tenant, with), step, attempt, links)}
        {outputs(&step.outputs)}
    }
}

fn shown((tenant, with): (TenantId, Option<i32>), step: &Step, attempt: &Attempt, links: &Links) -> Html {
    let (tone, word) = attempt_words(attempt);
    let ended = measured_end(attempt).map(|ended| view! { <Tag word=ended tone/> });
    let reason = attempt
        .error_title
        .clone()
        .map(|reason| view! { <span class="soft">{reason}" "<code class="faint">{attempt.error_code.clone()}</code></span> });
    let log = match &attempt.log {
        Some(log) if log.trim().is_empty() => view! { <p class="soft">"The step said nothing."</p> },
        Some(log) => view! { <LogBlock lines=lines(log) label=["Log of ", &step.name].concat()/> },
        None => masked_here("The step's own words are not shown outside a support session.", tenant),
    };
    view! {
        <section class="panel" id="attempt">
            <header>
                <h2>{step.name.clone()}</h2>
                <StateMark tone word/>{ended}
                <span class="end">{numbers(step, attempt.number, links)}{others(step, attempt.number, with, links)}</span>
            </header>
            <div class="pad">
                {reason}
                {kill_story(attempt).map(|told| view! { <p class="soft">{told}</p> })}
                {log}
                {used(attempt)}
                {params(attempt)}
            </div>
        </section>
    }
}

/// Links to the attempts of the step, oldest first.
fn numbers(step: &Step, chosen: i32, links: &Links) -> Html {
    let link = |attempt: &Attempt| {
        let number = attempt.number.to_string();
        let href = links.attempt(&step.name, &number);
        let label = ["Attempt ", &number, ", ", attempt_words(attempt).1].concat();
        view! { <a href=href data-noscroll="" aria-label=label aria-current=(attempt.number == chosen).then_some("true")>{number}</a> }
    };
    let links = step.attempts.iter().map(link).collect::<Vec<_>>();
    view! { <span class="faint">"attempt"</span><span class="segments">{links}</span> }
}

/// Links that put another attempt beside the one that is shown, or take it away again.
fn others(step: &Step, chosen: i32, with: Option<i32>, links: &Links) -> Option<Html> {
    let link = |attempt: &Attempt| {
        let is_with = with == Some(attempt.number);
        let (number, chosen) = (attempt.number.to_string(), chosen.to_string());
        let href = if is_with { links.attempt(&step.name, &chosen) } else { links.compared(&step.name, &number, &chosen) };
        let label = ["Compare with attempt ", &number, ", ", attempt_words(attempt).1].concat();
        view! { <a href=href data-noscroll="" aria-label=label aria-current=is_with.then_some("true")>{number}</a> }
    };
    let links: Vec<_> = step.attempts.iter().filter(|attempt| attempt.number != chosen).map(link).collect();
    (!links.is_empty()).then(|| view! { <span class="faint">"compared with"</span><span class="segments">{links}</span> })
}

fn attempt_words(attempt: &Attempt) -> (Tone, &'static str) {
    match attempt.status {
        AttemptStatus::Failed if attempt.error_code.as_deref() == Some(KILLED) => (Tone::Fail, "killed"),
        AttemptStatus::Running => (Tone::Run, "running"),
        AttemptStatus::Succeeded => (Tone::Ok, "succeeded"),
        AttemptStatus::Failed => (Tone::Fail, "failed"),
        AttemptStatus::Lost => (Tone::Warn, "lost"),
    }
}

/// What it used, against what it was allowed.
fn used(attempt: &Attempt) -> Html {
    let limits = attempt.limits;
    let time = |used: Option<i64>, limit_secs: i64| {
        [&used.map_or_else(|| "\u{2013}".to_owned(), human_millis), " of ", &human_millis(limit_secs.saturating_mul(1000))].concat()
    };
    facts(vec![
        fact_code("Memory, at most", [&bytes(attempt.memory_peak_bytes), " of ", &bytes(Some(limits.memory_bytes))].concat()),
        fact_code("CPU time", time(attempt.cpu_ms, limits.cpu_seconds)),
        fact_code("Time", time(attempt.wall_ms, limits.wall_seconds)),
        fact_code("Disk, written", bytes(attempt.disk_bytes)),
        fact_code("Worker", [&attempt.worker, " \u{b7} build ", &attempt.build].concat()),
        fact_words("Started", moment(attempt.started_at)),
        fact_words("Ended", attempt.finished_at.map_or_else(|| "still running".to_owned(), moment)),
    ])
}

fn params(attempt: &Attempt) -> Html {
    let none = attempt.params.as_object().is_none_or(serde_json::Map::is_empty);
    if none {
        return view! { <p class="small soft">"No parameters: the pipeline's own."</p> };
    }
    view! { <h3>"Parameters"</h3><JsonBlock json=attempt.params.to_string() label="Parameters of the attempt"/> }
}

fn outputs(outputs: &[OutputFile]) -> Html {
    if outputs.is_empty() {
        return ().into_html();
    }
    let file = |file: &OutputFile| fact_code(file.name.clone(), human_bytes(file.size.max(0).unsigned_abs()));
    let list = facts(outputs.iter().map(file).collect());
    view! { <Panel title="Files it left" pad=true>{list}</Panel> }
}

/// A log, line by line: a moment at the front is set apart, and what went wrong is marked.
fn lines(log: &str) -> Vec<LogLine> {
    log.lines().map(line).collect()
}

fn line(text: &str) -> LogLine {
    let (time, text) = match text.split_once(char::is_whitespace) {
        Some((first, rest)) if is_time(first) => (first.to_owned(), rest.trim_start().to_owned()),
        _ => (String::new(), text.to_owned()),
    };
    let tone = tone_of(&text);
    LogLine { time, text, tone }
}

fn is_time(word: &str) -> bool {
    word.len() >= 8 && word.contains(':') && word.chars().all(|c| c.is_ascii_digit() || matches!(c, ':' | '.' | '-' | 'T' | 'Z' | '+'))
}

fn tone_of(text: &str) -> Option<Tone> {
    let lower = text.to_ascii_lowercase();
    let says = |words: &[&str]| words.iter().any(|word| lower.contains(word));
    if says(&["error", "fatal", "panicked", "out of memory", "limit reached", "memory allocation"]) {
        Some(Tone::Fail)
    } else if says(&["warn", "was not used", "gave up"]) {
        Some(Tone::Warn)
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_log_line_is_read_as_written() {
        let marked = line("10:42:51.031  memory limit reached, step ended by its limit");
        assert_eq!(
            marked,
            LogLine { time: "10:42:51.031".into(), text: "memory limit reached, step ended by its limit".into(), tone: Some(Tone::Fail) }
        );
        let plain = line("73,560 strokes read");
        assert_eq!(plain, LogLine { time: String::new(), text: "73,560 strokes read".into(), tone: None });
        assert_eq!(lines("a\n\nb").len(), 3, "empty lines stay");
        assert_eq!(line("<b>bold</b> 12").text, "<b>bold</b> 12");
    }
}
