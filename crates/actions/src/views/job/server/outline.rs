//! A run as a whole: every step's state and place on the axis of time, read as columns, so that a run of
//! many thousand steps is told of without listing them. Not in here: what stands in a step's row.

use super::axis::{self, Span};
use crate::views::{job::Outline, rows::word};
use domain::{At, StepStatus};
use gate::{Failed, Look};
use std::ops::Range;
use uuid::Uuid;

/// Every step of a run, in order; a place is an index and one.
#[derive(Default)]
pub(in crate::views) struct Whole {
    pub(in crate::views) ordinals: Vec<i32>,
    pub(in crate::views) statuses: Vec<StepStatus>,
    pub(in crate::views) spans: Vec<Span>,
    total_ms: i64,
    shortened: bool,
}

#[derive(sqlx::FromRow)]
struct Columns {
    ordinals: Vec<i32>,
    statuses: Vec<String>,
    starts: Vec<Option<i64>>,
    ends: Vec<Option<i64>>,
}

impl Whole {
    pub(in crate::views) async fn read(look: &mut Look, (tenant, job): (Uuid, Uuid), now: At) -> Result<Self, Failed> {
        let columns: Columns = sqlx::query_as(
            "select coalesce(array_agg(ordinal order by ordinal), '{}') as ordinals, coalesce(array_agg(status order by ordinal), '{}') as statuses,
               coalesce(array_agg((extract(epoch from started_at) * 1000)::bigint order by ordinal), '{}') as starts,
               coalesce(array_agg((extract(epoch from finished_at) * 1000)::bigint order by ordinal), '{}') as ends
             from pipeline.step where tenant_id = $1 and job_id = $2",
        )
        .bind(tenant)
        .bind(job)
        .fetch_one(look.conn())
        .await?;
        let statuses = columns.statuses.iter().map(|status| word(status)).collect::<Result<Vec<_>, _>>()?;
        let spans: Vec<Span> = columns.starts.into_iter().zip(columns.ends).map(|(start, end)| Span { start, end }).collect();
        let (spans, total_ms, shortened) = axis::lay_out(&spans, now.millis());
        Ok(Self { ordinals: columns.ordinals, statuses, spans, total_ms, shortened })
    }

    /// The first step that failed.
    pub(in crate::views) fn cause(&self) -> Option<usize> {
        self.first(StepStatus::Failed)
    }

    /// The step to show when none is named: where it went wrong, what runs, or what was tried last.
    pub(in crate::views) fn matters_most(&self) -> Option<usize> {
        let tried = || self.spans.iter().rposition(|span| span.start.is_some());
        self.cause().or_else(|| self.first(StepStatus::Running)).or_else(tried)
    }

    /// The steps right after the root cause that did not run because of it.
    pub(in crate::views) fn consequences(&self) -> Range<usize> {
        let Some(after) = self.cause().map(|cause| cause + 1) else { return 0..0 };
        let ran = |status: &StepStatus| !matches!(status, StepStatus::Skipped | StepStatus::Waiting);
        after..self.statuses[after..].iter().position(ran).map_or(self.statuses.len(), |ran| after + ran)
    }

    pub(in crate::views) fn place_of(&self, ordinal: i32) -> Option<usize> {
        self.ordinals.binary_search(&ordinal).ok()
    }

    fn first(&self, status: StepStatus) -> Option<usize> {
        self.statuses.iter().position(|is| *is == status)
    }

    fn count(&self, status: StepStatus) -> i64 {
        self.statuses.iter().filter(|is| **is == status).count() as i64
    }

    /// The whole with the rows there are and where the list begins: from `from`, or so that `shown` is among its first rows.
    pub(in crate::views) fn outline(&self, rows: &Rows, shown: Option<usize>, from: Option<i64>, limit: i64) -> Outline {
        let consequences = self.consequences();
        let row = shown.and_then(|index| rows.row_of(index)).map_or(1, |row| row as i64 + 1 - ABOVE);
        let all = rows.count() as i64;
        // The end of a long list is still as long as a screen.
        let last = if all <= limit { 1 } else { (all - limit.min(SCREENFUL) + 1).max(1) };
        let open =
            self.statuses.iter().position(|status| *status != StepStatus::Succeeded).unwrap_or(self.statuses.len().saturating_sub(1));
        Outline {
            steps: self.statuses.len() as i64,
            succeeded: self.count(StepStatus::Succeeded),
            failed: self.count(StepStatus::Failed),
            running: self.count(StepStatus::Running),
            waiting: self.count(StepStatus::Waiting),
            skipped: self.count(StepStatus::Skipped),
            cause: self.cause().map(|cause| cause as i64 + 1),
            consequences: consequences.len() as i64,
            folded: !rows.left_out.is_empty(),
            rows: rows.count() as i64,
            from: from.unwrap_or(row).clamp(1, last),
            open: open as i64 + 1,
            total_ms: self.total_ms,
            shortened: self.shortened,
        }
    }
}

/// Steps above the chosen one that are listed with it.
const ABOVE: i64 = 5;
/// Rows on a screen, and a few.
const SCREENFUL: i64 = 24;
/// Fewer are not worth a line of their own.
const WORTH_FOLDING: usize = 2;

/// Which steps have a row.
pub(in crate::views) struct Rows {
    steps: usize,
    left_out: Range<usize>,
}

impl Rows {
    /// All, or all but the consequences. A step that was chosen is never hidden.
    pub(in crate::views) fn of(whole: &Whole, fold: bool, chosen: Option<usize>) -> Self {
        let consequences = whole.consequences();
        let hides = fold && consequences.len() >= WORTH_FOLDING && !chosen.is_some_and(|chosen| consequences.contains(&chosen));
        Self { steps: whole.statuses.len(), left_out: if hides { consequences } else { 0..0 } }
    }

    fn count(&self) -> usize {
        self.steps - self.left_out.len()
    }

    fn row_of(&self, index: usize) -> Option<usize> {
        match index {
            _ if self.left_out.contains(&index) => None,
            _ if index >= self.left_out.end => Some(index - self.left_out.len()),
            _ => Some(index),
        }
    }

    /// The steps in so many rows from this one, rows counted from 1.
    pub(in crate::views) fn listed(&self, from: i64, limit: i64) -> impl Iterator<Item = usize> {
        let first = usize::try_from(from - 1).unwrap_or(0);
        let most = usize::try_from(limit).unwrap_or(0);
        let left_out = self.left_out.clone();
        (0..self.steps).filter(move |index| !left_out.contains(index)).skip(first).take(most)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn whole(states: &str) -> Whole {
        let status = |letter| match letter {
            's' => StepStatus::Succeeded,
            'f' => StepStatus::Failed,
            'r' => StepStatus::Running,
            'w' => StepStatus::Waiting,
            _ => StepStatus::Skipped,
        };
        let span = |letter| Span { start: (!matches!(letter, 'w' | '-')).then_some(0), end: Some(1) };
        Whole {
            ordinals: (0..states.len() as i32).collect(),
            statuses: states.chars().map(status).collect(),
            spans: states.chars().map(span).collect(),
            ..Whole::default()
        }
    }

    #[test]
    fn what_matters_most_is_the_root_cause_then_what_runs_then_what_was_tried_last() {
        assert_eq!(whole("ssf--").matters_most(), Some(2));
        assert_eq!(whole("sfsf").matters_most(), Some(1));
        assert_eq!(whole("srww").matters_most(), Some(1));
        assert_eq!(whole("ssww").matters_most(), Some(1));
        assert_eq!(whole("www").matters_most(), None);
    }

    #[test]
    fn consequences_are_what_follows_the_cause_and_did_not_run() {
        assert_eq!(whole("ssf--w").consequences(), 3..6);
        assert_eq!(whole("sf--s-").consequences(), 2..4);
        assert_eq!(whole("sss").consequences(), 0..0);
        assert_eq!(whole("ssf").consequences(), 3..3);
    }

    #[test]
    fn folding_leaves_consequences_out_unless_one_of_them_is_chosen() {
        let run = whole("ssf---s");
        let listed = |fold, chosen| Rows::of(&run, fold, chosen).listed(1, 100).collect::<Vec<_>>();
        assert_eq!(listed(true, Some(2)), [0, 1, 2, 6]);
        assert_eq!(listed(true, Some(4)), [0, 1, 2, 3, 4, 5, 6]);
        assert_eq!(listed(false, None), [0, 1, 2, 3, 4, 5, 6]);
        assert_eq!(Rows::of(&whole("sf-"), true, None).listed(1, 100).count(), 3, "one is not worth a line of its own");
    }

    #[test]
    fn every_row_is_listed_once_by_some_window() {
        let run = whole(&["s".repeat(130), "f".to_owned(), "-".repeat(50), "s".repeat(20)].concat());
        for fold in [true, false] {
            let rows = Rows::of(&run, fold, None);
            let all: Vec<usize> = rows.listed(1, i64::MAX).collect();
            let paged: Vec<usize> = (0..rows.count().div_ceil(30)).flat_map(|page| rows.listed(page as i64 * 30 + 1, 30)).collect();
            assert_eq!(paged, all);
            for (row, index) in all.iter().enumerate() {
                assert_eq!(rows.row_of(*index), Some(row));
            }
        }
    }

    #[test]
    fn the_list_begins_a_little_above_what_is_shown_and_ends_with_the_last_row() {
        let run = whole(&"s".repeat(1_000));
        let rows = Rows::of(&run, true, None);
        let from = |shown, from| run.outline(&rows, shown, from, 100).from;
        assert_eq!(from(Some(500), None), 496);
        assert_eq!(from(Some(0), None), 1);
        assert_eq!(from(Some(999), None), 977);
        assert_eq!((from(None, Some(40)), from(None, Some(-4)), from(None, Some(5_000))), (40, 1, 977));
        assert_eq!(run.outline(&rows, Some(999), Some(7), 1_000).from, 1, "a list that holds all begins with the first");
    }
}
