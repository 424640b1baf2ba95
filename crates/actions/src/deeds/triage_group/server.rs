//! How a group is triaged: what goes with which state, and the row.

use super::{TriageGroup, Triaged};
use crate::deeds::grouped;
use domain::{At, GroupState, parse_since};
use gate::{Change, Execute, Failed};
use sqlx::types::time::OffsetDateTime;

/// What a state carries; the database keeps nothing else with it.
#[derive(Debug, Default, PartialEq, Eq)]
struct Facts {
    ticket: Option<String>,
    until: Option<At>,
    total: Option<i64>,
    per_hour: Option<i32>,
    release: Option<String>,
}

impl Execute for TriageGroup {
    async fn execute(self, change: &mut Change) -> Result<Triaged, Failed> {
        let held = grouped::hold(change, self.group, self.frontend).await?;
        let facts = facts(&self, held.total, change.now())?;
        let note = grouped::fit_note(self.note.as_deref())?;
        sqlx::query(if self.frontend { OF_FRONTEND } else { OF_FAILURES })
            .bind(self.group)
            .bind(self.to.word())
            .bind(change.actor().name.clone())
            .bind(note)
            .bind(&facts.ticket)
            .bind(facts.until.map(OffsetDateTime::from))
            .bind(facts.total)
            .bind(facts.per_hour)
            .bind(&facts.release)
            .execute(change.conn())
            .await?;
        if let Some(note) = note {
            grouped::write_note(change, self.group, self.frontend, note).await?;
        }
        change.changed("group", "state", held.state.as_str(), self.to.word());
        change.changed("group", "ticket", held.ticket, facts.ticket);
        change.changed(
            "group",
            "snoozed until",
            held.snooze_until.map(|at| At::from(at).to_string()),
            facts.until.map(|at| at.to_string()),
        );
        change.changed("group", "wakes at failures", held.snooze_total, facts.total);
        change.changed("group", "wakes above an hour", held.snooze_per_hour, facts.per_hour);
        change.changed("group", "resolved in", held.resolved_in, facts.release);
        Ok(Triaged { state: self.to })
    }
}

/// The row, and what had happened in the hour of a snooze before it.
const OF_FAILURES: &str =
    "update triage.failure_group set state = $2, state_at = clock_timestamp(), state_by = $3, why = left($4, 500), ticket = $5,
       snooze_until = $6, snooze_total = $7, snooze_per_hour = $8, resolved_in = $9,
       snooze_base = coalesce((select s.count from triage.group_slice s where s.group_id = failure_group.id
         and s.scope = '00000000-0000-0000-0000-000000000000' and s.slice = date_trunc('hour', clock_timestamp())), 0)
     where id = $1";
const OF_FRONTEND: &str =
    "update telemetry.error_group set state = $2, state_at = clock_timestamp(), state_by = $3, why = left($4, 500), ticket = $5,
       snooze_until = $6, snooze_total = $7, snooze_per_hour = $8, resolved_in = $9,
       snooze_base = coalesce((select sum(s.count) from telemetry.error_slice s where s.tenant_id = error_group.tenant_id
         and s.group_id = error_group.id and s.slice >= date_trunc('hour', clock_timestamp())), 0)
     where id = $1";

/// Checks that what was said goes with the state, and nothing that the state needs is missing.
fn facts(said: &TriageGroup, total: i64, now: At) -> Result<Facts, Failed> {
    let text = |value: &Option<String>| value.as_deref().map(str::trim).filter(|value| !value.is_empty()).map(str::to_owned);
    let facts = Facts {
        ticket: text(&said.ticket),
        until: text(&said.until).map(|until| moment_ahead(&until, now)).transpose()?,
        total: said.more.map(|more| at_least_one("more", more)).transpose()?.map(|more| total.saturating_add(more)),
        per_hour: said.per_hour.map(|rate| at_least_one("per_hour", rate)).transpose()?.map(|rate| i32::try_from(rate).unwrap_or(i32::MAX)),
        release: text(&said.release),
    };
    let snoozes = facts.until.is_some() || facts.total.is_some() || facts.per_hour.is_some();
    let no = |sentence: &str| Err(Failed::BadInput(sentence.to_owned()));
    match said.to {
        GroupState::Regressed => {
            no("A group regresses by itself, when it fails again after it was resolved. Say NEW to look at it afresh.")
        }
        GroupState::Known if facts.ticket.is_none() => no("A known group needs the ticket where its cause is worked on."),
        GroupState::Snoozed if !snoozes => {
            no("A snoozed group needs to know when to wake: until a time, after so many more, or above a rate.")
        }
        state if facts.ticket.is_some() && state != GroupState::Known => no("A ticket goes with KNOWN only."),
        state if snoozes && state != GroupState::Snoozed => no("Until, more and per_hour go with SNOOZED only."),
        state if facts.release.is_some() && state != GroupState::Resolved => no("A release goes with RESOLVED only."),
        _ if facts.ticket.as_ref().is_some_and(|ticket| ticket.chars().count() > 60) => no("A ticket has at most 60 characters."),
        _ if facts.release.as_ref().is_some_and(|release| release.chars().count() > 120) => no("A release has at most 120 characters."),
        _ => Ok(facts),
    }
}

fn at_least_one(field: &str, value: i64) -> Result<i64, Failed> {
    if value >= 1 { Ok(value) } else { Err(Failed::BadInput(format!("`{field}` is a count of failures, 1 or more, not {value}."))) }
}

/// A span from now, or a moment that is still to come.
fn moment_ahead(text: &str, now: At) -> Result<At, Failed> {
    let at = match parse_since(text) {
        Ok(secs) => now.plus_secs(secs),
        Err(span) => text.parse().map_err(|_| Failed::BadInput(format!("{span}, or a time like 2026-11-21T10:00:00Z.")))?,
    };
    if at > now { Ok(at) } else { Err(Failed::BadInput("The moment to wake at has passed already.".into())) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn said(to: GroupState) -> TriageGroup {
        TriageGroup { group: 1, frontend: false, to, ticket: None, until: None, more: None, per_hour: None, release: None, note: None }
    }

    proptest! {
        /// Whatever is said, what is let through is what the database's CHECKs let through.
        #[test]
        fn only_facts_that_go_with_the_state_pass(
            state in prop::sample::select(GroupState::ALL),
            ticket in prop::option::of("[A-Z ]{0,70}"), until in prop::option::of(prop::sample::select(vec!["4h", "", "soon", "2020-01-01T00:00:00Z"])),
            more in prop::option::of(-2_i64..5), per_hour in prop::option::of(-2_i64..5), release in prop::option::of("[a-z0-9]{0,130}"),
        ) {
            let now = At::from_millis(1_795_000_000_000);
            let input = TriageGroup { ticket, until: until.map(str::to_owned), more, per_hour, release, ..said(state) };
            if let Ok(facts) = facts(&input, 10, now) {
                let snoozes = facts.until.is_some() || facts.total.is_some() || facts.per_hour.is_some();
                prop_assert!(state != GroupState::Regressed);
                prop_assert_eq!(state == GroupState::Known, facts.ticket.is_some());
                prop_assert_eq!(state == GroupState::Snoozed, snoozes);
                prop_assert!(facts.release.is_none() || state == GroupState::Resolved);
                prop_assert!(facts.until.is_none_or(|until| until > now));
                prop_assert!(facts.total.is_none_or(|total| total > 10) && facts.per_hour.is_none_or(|rate| rate >= 1));
            }
        }
    }

    #[test]
    fn a_no_says_what_is_missing() {
        let now = At::from_millis(0);
        let no = |input: &TriageGroup| match facts(input, 0, now) {
            Err(Failed::BadInput(sentence)) => sentence,
            other => panic!("{other:?}"),
        };
        assert!(no(&said(GroupState::Known)).contains("ticket"));
        assert!(no(&said(GroupState::Snoozed)).contains("when to wake"));
        assert!(no(&TriageGroup { until: Some("soon".into()), ..said(GroupState::Snoozed) }).contains("2026-11-21T10:00:00Z"));
        assert!(no(&TriageGroup { per_hour: Some(0), ..said(GroupState::Snoozed) }).contains("1 or more"));
        assert_eq!(
            facts(&TriageGroup { until: Some("4h".into()), ..said(GroupState::Snoozed) }, 0, now).expect("fits").until,
            Some(now.plus_secs(14_400))
        );
    }
}
