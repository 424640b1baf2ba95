//! Why a command is not moving: what it waits for, as a sentence, with the evidence for it; or an honest "unknown".

use domain::Blocker;
use serde::{Deserialize, Serialize};

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Standstill {
    pub blocker: Blocker,
    /// What it waits for, and what happens next.
    pub sentence: String,
    /// What this was told from, a fact a line.
    pub evidence: Vec<String>,
}

#[cfg(feature = "server")]
pub(super) mod server {
    use super::Standstill;
    use crate::views::rows::word;
    use domain::{At, Blocker, CommandStatus, OperationState, human_millis};
    use gate::{Failed, Look};
    use sqlx::types::time::OffsetDateTime;
    use uuid::Uuid;

    /// A worker that was not heard from for so long is taken for silent; it says that it lives every second.
    const SILENT_SECS: i64 = 30;
    /// Commands ahead are counted up to here.
    const MOST_AHEAD: i64 = 10_000;

    /// What the database knows of a command that has not ended.
    #[derive(Clone, Debug, sqlx::FromRow)]
    pub(super) struct Facts {
        status: String,
        domain: String,
        attempts: i32,
        max_attempts: i32,
        visible_at: OffsetDateTime,
        updated_at: OffsetDateTime,
        lease_until: Option<OffsetDateTime>,
        worker: Option<String>,
        /// When the worker that holds it was last heard from.
        heard_at: Option<OffsetDateTime>,
        /// Workers of its domain heard from just now, and when any was last.
        workers: i64,
        any_heard_at: Option<OffsetDateTime>,
        /// Visible for longer in the same queue, as far as the person sees.
        ahead: i64,
        /// Where an operation stands in which it waits for its turn, with its number and its rate.
        operation: Option<String>,
        operation_id: Option<Uuid>,
        rate: Option<i32>,
    }

    /// `None` for a command that has ended.
    pub(in crate::views) async fn standstill(look: &mut Look, tenant: Uuid, command: Uuid) -> Result<Option<Standstill>, Failed> {
        let facts: Option<Facts> = sqlx::query_as(
            "select c.status, c.domain, c.attempts, c.max_attempts, c.visible_at, c.updated_at, c.lease_until, c.worker, w.heartbeat_at as heard_at,
               (select count(*) from commandbus.worker x where x.domain = c.domain and x.stopped_at is null
                  and x.heartbeat_at > statement_timestamp() - make_interval(secs => $3)) as workers,
               (select max(x.heartbeat_at) from commandbus.worker x where x.domain = c.domain) as any_heard_at,
               (select count(*) from (select from commandbus.command p where c.status = 'PENDING' and p.status = 'PENDING' and p.queue_name = c.queue_name
                  and p.visible_at < c.visible_at limit $4 + 1) earlier) as ahead,
               o.state as operation, o.id as operation_id, o.rate
             from commandbus.command c left join commandbus.worker w on w.name = c.worker
               left join console.operation_item i on i.tenant_id = c.tenant_id and i.command_id = c.command_id and i.state = 'WAITING'
               left join console.operation o on o.tenant_id = i.tenant_id and o.id = i.operation_id
             where c.tenant_id = $1 and c.command_id = $2 limit 1",
        )
        .bind(tenant)
        .bind(command)
        .bind(SILENT_SECS as f64)
        .bind(MOST_AHEAD)
        .fetch_optional(look.conn())
        .await?;
        let now = look.now();
        facts.map(|facts| judge(&facts, now)).transpose().map(Option::flatten)
    }

    /// From what is known to what it means.
    fn judge(facts: &Facts, now: At) -> Result<Option<Standstill>, Failed> {
        let (blocker, sentence) = match word::<CommandStatus>(&facts.status)? {
            CommandStatus::Completed | CommandStatus::Failed | CommandStatus::Canceled => return Ok(None),
            CommandStatus::InTroubleshootingQueue => in_troubleshooting(facts)?,
            CommandStatus::InProgress => in_progress(facts, now),
            CommandStatus::Pending => pending(facts, now),
        };
        Ok(Some(Standstill { blocker, sentence, evidence: evidence(facts, now) }))
    }

    fn in_troubleshooting(facts: &Facts) -> Result<(Blocker, String), Failed> {
        let Some(operation) = &facts.operation else {
            return Ok((Blocker::Person, "It waits for a person: retry it, complete it, or cancel it.".into()));
        };
        Ok(match word::<OperationState>(operation)? {
            OperationState::Paused | OperationState::Halted => {
                (Blocker::OperationHeld, "It waits in an operation that stands still. Let the operation go on, or cancel it.".into())
            }
            OperationState::Proposed => {
                (Blocker::OperationHeld, "It waits in an operation that a second person has to approve first.".into())
            }
            _ => (Blocker::RateLimit, "It waits for its turn in an operation, which sends a few first and then so many a second.".into()),
        })
    }

    fn in_progress(facts: &Facts, now: At) -> (Blocker, String) {
        let lease = facts.lease_until.map_or(0, |until| -now.secs_since(At::from(until)));
        match facts.heard_at.map(|at| now.secs_since(At::from(at))) {
            Some(silent) if silent <= SILENT_SECS => (Blocker::None, "A worker is on it, and answers.".into()),
            Some(_) if lease > 0 => (
                Blocker::WorkerSilent,
                format!("The worker that holds it is not heard from. Its lease ends in {}; the command is then tried again.", span(lease)),
            ),
            None if lease > 0 => {
                (Blocker::Unknown, "A worker holds it that never said it lives, so nobody knows whether it still works.".into())
            }
            _ => (Blocker::WorkerSilent, "Its lease has run out. The next worker that sweeps takes it away and it is tried again.".into()),
        }
    }

    fn pending(facts: &Facts, now: At) -> (Blocker, String) {
        let until_visible = -now.secs_since(At::from(facts.visible_at));
        if until_visible > 0 {
            return (Blocker::NotYetVisible, format!("Its last attempt failed; it is tried again in {}.", span(until_visible)));
        }
        if facts.workers == 0 {
            return (Blocker::NoWorker, format!("No worker of {} is heard from. It starts once one runs.", facts.domain));
        }
        match facts.ahead {
            0 => (
                Blocker::Unknown,
                "Nothing is ahead of it and workers answer: it should start at any moment. If it does not, nobody knows why.".into(),
            ),
            1 => (Blocker::BehindOthers, "One command of its queue is ahead of it.".into()),
            ahead if ahead > MOST_AHEAD => {
                (Blocker::BehindOthers, format!("More than {MOST_AHEAD} commands of its queue are ahead of it."))
            }
            ahead => (Blocker::BehindOthers, format!("{ahead} commands of its queue are ahead of it.")),
        }
    }

    fn evidence(facts: &Facts, now: At) -> Vec<String> {
        let ago = |at: OffsetDateTime| span(now.secs_since(At::from(at)));
        let mut told =
            vec![format!("{} for {}, attempt {} of {}", facts.status, ago(facts.updated_at), facts.attempts, facts.max_attempts)];
        if let (Some(worker), Some(lease)) = (&facts.worker, facts.lease_until) {
            let heard = facts.heard_at.map_or_else(|| "never heard from".to_owned(), |at| format!("heard from {} ago", ago(at)));
            told.push(format!("worker {worker}: {heard}, lease until {} UTC", At::from(lease).clock()));
        }
        let last = facts.any_heard_at.map_or_else(|| "none ever reported".to_owned(), |at| format!("the last heard from {} ago", ago(at)));
        told.push(format!("workers of {}: {} answer, {last}", facts.domain, facts.workers));
        if let (Some(state), Some(id), Some(rate)) = (&facts.operation, facts.operation_id, facts.rate) {
            told.push(format!("operation {id}: {state}, {rate} a second"));
        }
        told
    }

    fn span(secs: i64) -> String {
        // Whole seconds: nothing here is known more exactly.
        match secs.max(0) {
            secs @ 0..60 => format!("{secs} s"),
            secs => human_millis(secs.saturating_mul(1000)),
        }
    }

    #[cfg(test)]
    mod tests {
        use super::*;

        fn facts(status: CommandStatus) -> Facts {
            let at = OffsetDateTime::from(at(0));
            Facts {
                status: status.word().into(),
                domain: "plans".into(),
                attempts: 1,
                max_attempts: 3,
                visible_at: at,
                updated_at: at,
                lease_until: None,
                worker: None,
                heard_at: None,
                workers: 2,
                any_heard_at: Some(at),
                ahead: 0,
                operation: None,
                operation_id: None,
                rate: None,
            }
        }

        fn at(secs: i64) -> At {
            At::from_millis(1_795_000_000_000).plus_secs(secs)
        }

        fn told(facts: &Facts) -> (Blocker, String) {
            let told = judge(facts, at(0)).expect("judged").expect("not ended");
            (told.blocker, told.sentence)
        }

        #[test]
        fn each_cause_is_told_apart() {
            let pending = facts(CommandStatus::Pending);
            let working = Facts {
                worker: Some("w".into()),
                lease_until: Some(at(25).into()),
                heard_at: Some(at(-1).into()),
                ..facts(CommandStatus::InProgress)
            };
            let queued =
                |state: OperationState| Facts { operation: Some(state.word().into()), ..facts(CommandStatus::InTroubleshootingQueue) };
            for (facts, blocker) in [
                (pending.clone(), Blocker::Unknown),
                (Facts { ahead: 3, ..pending.clone() }, Blocker::BehindOthers),
                (Facts { ahead: 3, workers: 0, ..pending.clone() }, Blocker::NoWorker),
                (Facts { visible_at: at(40).into(), workers: 0, ..pending.clone() }, Blocker::NotYetVisible),
                (working.clone(), Blocker::None),
                (Facts { heard_at: Some(at(-31).into()), ..working.clone() }, Blocker::WorkerSilent),
                (Facts { heard_at: None, ..working.clone() }, Blocker::Unknown),
                (Facts { heard_at: None, lease_until: Some(at(-2).into()), ..working }, Blocker::WorkerSilent),
                (facts(CommandStatus::InTroubleshootingQueue), Blocker::Person),
                (queued(OperationState::Ramping), Blocker::RateLimit),
                (queued(OperationState::Halted), Blocker::OperationHeld),
            ] {
                assert_eq!(told(&facts).0, blocker, "{facts:?}");
            }
            assert!(told(&Facts { visible_at: at(40).into(), ..pending }).1.contains("in 40 s"));
            assert_eq!(judge(&facts(CommandStatus::Completed), at(0)).expect("judged"), None);
        }
    }
}
