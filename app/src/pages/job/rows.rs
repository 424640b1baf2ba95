//! From the steps of a run to the lines of its tree, short or long: which line is which, what a step's line
//! says, and the one line that stands for all that did not run because of the root cause.

use super::{compare::WITH, helpful_memory};
use crate::{
    components::{FoldRow, StepRow, StepWhy},
    deeds::READS_HATCHING,
    pages::{keys::link_id, pieces::step_words},
    routes,
    text::counted,
};
use actions::views::job::{JobOutput, Outline, Step};
use domain::{StepStatus, human_bytes, human_millis, parse_bytes};

/// What the URL says when the steps that did not run are shown one by one.
pub(super) const SKIPPED: (&str, &str) = ("skipped", "shown");
/// Fewer consequences are not worth a line of their own.
const WORTH_FOLDING: i64 = 2;

/// The lines of a tree: a row for each step that is not folded away, and the line of the fold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Lines {
    rows: i64,
    /// The row after which the fold stands: that of the root cause.
    fold_after: Option<i64>,
}

/// One of them; rows are counted from 1, lines from 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Line {
    Row(i64),
    Fold,
}

impl Lines {
    pub(super) fn of(outline: &Outline) -> Self {
        Self { rows: outline.rows, fold_after: outline.cause.filter(|_| outline.consequences >= WORTH_FOLDING) }
    }

    pub(super) fn count(self) -> i64 {
        self.rows + i64::from(self.fold_after.is_some())
    }

    pub(super) fn rows(self) -> i64 {
        self.rows
    }

    pub(super) fn at(self, line: i64) -> Line {
        match self.fold_after {
            Some(after) if line == after => Line::Fold,
            Some(after) if line > after => Line::Row(line),
            _ => Line::Row(line + 1),
        }
    }

    pub(super) fn of_row(self, row: i64) -> i64 {
        if self.fold_after.is_some_and(|after| row > after) { row } else { row - 1 }
    }
}

/// The row of a step, where it has one.
pub(super) fn row_of(outline: &Outline, place: i64) -> Option<i64> {
    let Some(cause) = outline.cause.filter(|cause| outline.folded && place > *cause) else { return Some(place) };
    (place > cause + outline.consequences).then_some(place - outline.consequences)
}

/// The place of the step in a row.
pub(super) fn place_of(outline: &Outline, row: i64) -> i64 {
    if outline.folded && outline.cause.is_some_and(|cause| row > cause) { row + outline.consequences } else { row }
}

/// Where the links of a tree lead.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Links {
    pub(super) path: String,
    /// Whether what did not run is shown one by one.
    pub(super) unfolded: bool,
}

impl Links {
    pub(super) fn step(&self, name: &str) -> String {
        self.with(&[("step", name)])
    }

    pub(super) fn attempt(&self, step: &str, number: &str) -> String {
        self.with(&[("step", step), ("attempt", number)])
    }

    /// An attempt with another beside it.
    pub(super) fn compared(&self, step: &str, first: &str, second: &str) -> String {
        self.with(&[("step", step), ("attempt", second), (WITH, first)])
    }

    /// The list from a row on.
    pub(super) fn from(&self, row: i64) -> String {
        self.with(&[("from", &row.max(1).to_string())])
    }

    fn with(&self, query: &[(&str, &str)]) -> String {
        let mut all = query.to_vec();
        all.push((SKIPPED.0, if self.unfolded { SKIPPED.1 } else { "" }));
        routes::url(&self.path, &all)
    }
}

/// The line of the fold.
pub(super) fn fold(job: &JobOutput, links: &Links, line: i64) -> FoldRow {
    let outline = &job.outline;
    let steps = counted(outline.consequences, false, "step", "steps");
    let skipped = if outline.folded { SKIPPED.1 } else { "" };
    // What is chosen stays chosen, unless the fold would hide it.
    let hides = |step: &Step| outline.cause.is_some_and(|cause| (cause + 1..=cause + outline.consequences).contains(&step.place));
    let step = job.chosen.as_ref().filter(|step| !hides(step)).map_or("", |step| step.name.as_str());
    FoldRow {
        words: [&steps, " did not run because of this"].concat(),
        href: routes::url(&links.path, &[("step", step), (SKIPPED.0, skipped)]),
        id: link_id(usize::try_from(line).unwrap_or(0)),
        open: !outline.folded,
    }
}

/// The line of a step, without what only the page knows of it: its link, and whether it is chosen.
pub(super) fn row(step: &Step, outline: &Outline, total_ms: i64) -> StepRow {
    let (tone, word) = step_words(step.status);
    let is_cause = outline.cause == Some(step.place);
    let word = if is_cause { [word, ", root cause"].concat() } else { word.to_owned() };
    let ran = !matches!(step.status, StepStatus::Skipped | StepStatus::Waiting);
    let took = step.start_ms.map(|start| human_millis(step.end_ms.unwrap_or(total_ms) - start));
    let (memory_text, memory_ratio) = if ran { memory(step) } else { Default::default() };
    StepRow {
        name: step.name.clone(),
        tone,
        word,
        start_ms: step.start_ms.filter(|_| ran),
        end_ms: step.end_ms.filter(|_| ran),
        duration_text: took.filter(|_| ran).unwrap_or_default(),
        memory_text,
        memory_ratio,
        why: None,
        href: None,
        id: String::new(),
        of: None,
        selected: false,
    }
}

/// Most memory measured, and its share of the limit.
fn memory(step: &Step) -> (String, f64) {
    let Some(peak) = step.memory_peak_bytes else {
        return Default::default();
    };
    let ratio = peak as f64 / step.memory_limit_bytes.unwrap_or(0).max(1) as f64;
    (human_bytes(peak.max(0).unsigned_abs()), ratio)
}

/// What happened at the root, why, and what would help.
pub(super) fn why(step: &Step, job: &JobOutput) -> StepWhy {
    let title = step.error_title.clone().or_else(|| step.error_code.clone()).unwrap_or_else(|| "No reason was recorded".to_owned());
    let because = match (&step.error_message, job.inside) {
        (Some(message), _) => message.clone(),
        (None, true) => "The step left no further words; its log is below.".to_owned(),
        (None, false) => "The full message and the log are shown within a support session on this tenant.".to_owned(),
    };
    let help = helpful_memory(step).map(|memory| {
        let amount = parse_bytes(memory).map_or_else(|_| memory.to_owned(), human_bytes);
        ["suggested: ", &amount, if step.name == READS_HATCHING { ", or leave hatching out" } else { "" }].concat()
    });
    StepWhy { what: ["Root cause: ", &title].concat(), because, help }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn outline(cause: Option<i64>, consequences: i64, folded: bool, steps: i64) -> Outline {
        Outline {
            steps,
            succeeded: 0,
            failed: 0,
            running: 0,
            waiting: 0,
            skipped: 0,
            cause,
            consequences,
            folded,
            rows: if folded { steps - consequences } else { steps },
            from: 1,
            open: 1,
            total_ms: 1,
            shortened: false,
        }
    }

    #[test]
    fn every_line_is_a_row_or_the_fold_and_every_row_has_its_line() {
        for (outline, folds) in [
            (outline(None, 0, false, 7), 0),
            (outline(Some(3), 1, false, 7), 0),
            (outline(Some(3), 4, true, 7), 1),
            (outline(Some(3), 4, false, 7), 1),
            (outline(Some(3), 2, true, 7), 1),
        ] {
            let lines = Lines::of(&outline);
            let all: Vec<Line> = (0..lines.count()).map(|line| lines.at(line)).collect();
            let rows: Vec<i64> = all.iter().filter_map(|line| if let Line::Row(row) = line { Some(*row) } else { None }).collect();
            assert_eq!(rows, (1..=outline.rows).collect::<Vec<_>>());
            assert_eq!(all.iter().filter(|line| **line == Line::Fold).count(), folds);
            assert!(rows.iter().all(|row| lines.at(lines.of_row(*row)) == Line::Row(*row)));
            assert!(folds == 0 || all[3] == Line::Fold, "right below the root cause");
        }
    }

    #[test]
    fn places_and_rows_follow_each_other() {
        let folded = outline(Some(3), 2, true, 7);
        let rows: Vec<_> = (1..=7).map(|place| row_of(&folded, place)).collect();
        assert_eq!(rows, [Some(1), Some(2), Some(3), None, None, Some(4), Some(5)]);
        for place in [1, 3, 6, 7] {
            assert_eq!(row_of(&folded, place).map(|row| place_of(&folded, row)), Some(place));
        }
        assert_eq!(row_of(&outline(Some(3), 2, false, 7), 5), Some(5));
    }
}
