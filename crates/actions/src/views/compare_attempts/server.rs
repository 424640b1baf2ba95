//! How two attempts are chosen, read and compared.

mod lines;
mod sent;

use super::{CompareAttempts, CompareAttemptsOutput, Compared};
use crate::views::job::{
    Attempt,
    server::{
        outline::Whole,
        steps::{Logs, attempts_of, step_named},
    },
};
use domain::{AttemptStatus, human_bytes, human_millis};
use gate::{Failed, Look, Show};
use serde_json::Value;
use std::collections::{BTreeSet, HashMap};
use uuid::Uuid;

impl Show for CompareAttempts {
    async fn show(self, look: &mut Look) -> Result<CompareAttemptsOutput, Failed> {
        let (tenant, tenant_name): (Uuid, String) = sqlx::query_as(
            "select j.tenant_id, t.name from pipeline.job j join console.tenant t on t.id = j.tenant_id where j.job_id = $1",
        )
        .bind(self.job.0)
        .fetch_optional(look.conn())
        .await?
        .ok_or(Failed::NotFound)?;
        let key = (tenant, self.job.0);
        let step = match self.step {
            Some(name) => name,
            None => most_telling(look, key).await?,
        };
        let mut attempts = attempts_of(look, key, &step, Logs::All).await?;
        let (first, second) = chosen(&attempts, &step, self.first, self.second)?;
        let numbers = attempts.iter().map(|attempt| attempt.number).collect();
        let messages = messages(look, tenant, [attempts[first].id, attempts[second].id]).await?;
        let mut rows = rows([&attempts[first], &attempts[second]], &messages);
        rows.extend(sent::compare(look, key, [attempts[first].id, attempts[second].id]).await?);
        let logs = [first, second].map(|at| attempts[at].log.take());
        let log = if let [Some(first), Some(second)] = &logs { Some(lines::compare(first, second)) } else { None };
        let [first, second] = [first, second].map(|at| attempts[at].clone());
        let inside = look.inside().is_some_and(|inside| inside.0 == tenant);
        let tenant = domain::TenantId(tenant);
        Ok(CompareAttemptsOutput { now: look.now(), tenant, tenant_name, inside, step, numbers, first, second, rows, log })
    }
}

async fn most_telling(look: &mut Look, key: (Uuid, Uuid)) -> Result<String, Failed> {
    let now = look.now();
    let whole = Whole::read(look, key, now).await?;
    let ordinal = whole.matters_most().and_then(|index| whole.ordinals.get(index).copied());
    let Some(ordinal) = ordinal else {
        return Err(Failed::Conflict("No step of this job has been tried yet; there is nothing to compare.".into()));
    };
    step_named(look, key, ordinal).await
}

/// Which two of them, by their places in the list.
fn chosen(attempts: &[Attempt], step: &str, first: Option<i32>, second: Option<i32>) -> Result<(usize, usize), Failed> {
    let numbers = || attempts.iter().map(|attempt| attempt.number.to_string()).collect::<Vec<_>>().join(", ");
    let place = |number: i32| {
        let known =
            if attempts.is_empty() { "it has none, or this job has no such step".to_owned() } else { format!("there are {}", numbers()) };
        let found = attempts.iter().position(|attempt| attempt.number == number);
        found.ok_or_else(|| Failed::BadInput(format!("{step} has no attempt {number}; {known}.")))
    };
    let bad = |attempt: &Attempt| matches!(attempt.status, AttemptStatus::Failed | AttemptStatus::Lost);
    let one = first.map(place).transpose()?;
    let right = match second {
        Some(number) => Some(place(number)?),
        None => attempts.iter().rposition(|attempt| bad(attempt) && Some(attempt.number) != first).or(attempts.len().checked_sub(1)),
    };
    let Some(right) = right else {
        return Err(Failed::BadInput(format!("{step} has no attempt yet, or this job has no such step; there is nothing to compare.")));
    };
    let good_before = || attempts[..right].iter().rposition(|attempt| attempt.status == AttemptStatus::Succeeded);
    let other = one.or_else(good_before).or(right.checked_sub(1)).or_else(|| (attempts.len() > right + 1).then_some(right + 1));
    match other {
        Some(other) if other != right => Ok((other, right)),
        Some(_) => Err(Failed::BadInput(format!(
            "Attempt {} of {step} cannot be compared with itself; there are {}.",
            attempts[right].number,
            numbers()
        ))),
        None => Err(Failed::BadInput(format!("{step} was tried only once; there is nothing to compare its attempt with."))),
    }
}

async fn messages(look: &mut Look, tenant: Uuid, ids: [i64; 2]) -> Result<HashMap<i64, Option<String>>, Failed> {
    let rows: Vec<(i64, Option<String>)> =
        sqlx::query_as("select attempt_id, error_message from pipeline.attempt_detail where tenant_id = $1 and attempt_id = any($2)")
            .bind(tenant)
            .bind(ids.to_vec())
            .fetch_all(look.conn())
            .await?;
    Ok(rows.into_iter().collect())
}

/// What they are compared by. The message is there only where row-level security shows it.
fn rows(both: [&Attempt; 2], messages: &HashMap<i64, Option<String>>) -> Vec<Compared> {
    let row =
        |what: &str, of: &dyn Fn(&Attempt) -> Option<String>| Compared { what: what.to_owned(), first: of(both[0]), second: of(both[1]) };
    let bytes = |n: i64| human_bytes(u64::try_from(n).unwrap_or(0));
    let seconds = |n: i64| human_millis(n.saturating_mul(1000));
    let mut rows = vec![
        row("ended", &|a| Some(a.status.word().to_lowercase())),
        row("error", &|a| a.error_title.clone()),
        row("code", &|a| a.error_code.clone()),
    ];
    if both.iter().all(|attempt| messages.contains_key(&attempt.id)) {
        rows.push(row("message", &|a| messages.get(&a.id).cloned().flatten()));
    }
    rows.extend([
        row("exit code", &|a| a.exit_code.map(|code| code.to_string())),
        row("signal", &|a| a.signal.map(|signal| signal.to_string())),
        row("time", &|a| a.wall_ms.map(human_millis)),
        row("CPU time", &|a| a.cpu_ms.map(human_millis)),
        row("memory, at most", &|a| a.memory_peak_bytes.map(bytes)),
        row("disk", &|a| a.disk_bytes.map(bytes)),
        row("memory limit", &|a| Some(bytes(a.limits.memory_bytes))),
        row("CPU limit", &|a| Some(seconds(a.limits.cpu_seconds))),
        row("time limit", &|a| Some(seconds(a.limits.wall_seconds))),
        row("worker", &|a| Some(a.worker.clone())),
        row("build", &|a| Some(a.build.clone())),
        row("started", &|a| Some(format!("{} {} UTC", a.started_at.date(), a.started_at.clock()))),
    ]);
    let names: BTreeSet<&String> = both.iter().filter_map(|attempt| attempt.params.as_object()).flat_map(|params| params.keys()).collect();
    rows.extend(names.into_iter().map(|name| row(&format!("parameter {name}"), &|a| a.params.get(name).map(worded))));
    rows
}

fn worded(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn attempt(number: i32, status: &str) -> Attempt {
        serde_json::from_value(serde_json::json!({
            "id": number, "number": number, "status": status, "started_at": "2026-11-21T10:00:00Z", "finished_at": null,
            "limits": {"memory_bytes": 1 << 28, "cpu_seconds": 60, "wall_seconds": 120}, "memory_peak_bytes": null, "cpu_ms": null, "wall_ms": 1000,
            "disk_bytes": null, "exit_code": null, "signal": null, "error_code": null, "error_title": null, "worker": "w", "build": "b",
            "params": {"scale": number}, "kill": null, "log": null,
        }))
        .expect("an attempt")
    }

    fn pair(states: &[&str], first: Option<i32>, second: Option<i32>) -> Result<(i32, i32), String> {
        let attempts: Vec<_> = (1..).zip(states).map(|(number, status)| attempt(number, status)).collect();
        match chosen(&attempts, "read", first, second) {
            Ok((first, second)) => Ok((attempts[first].number, attempts[second].number)),
            Err(Failed::BadInput(said)) => Err(said),
            Err(other) => panic!("{other:?}"),
        }
    }

    #[test]
    fn the_last_failure_stands_beside_the_last_good_one_or_the_one_before() {
        let (good, bad) = ("SUCCEEDED", "FAILED");
        assert_eq!(pair(&[good, bad, bad], None, None), Ok((1, 3)));
        assert_eq!(pair(&[bad, bad, bad], None, None), Ok((2, 3)));
        assert_eq!(pair(&[bad, good], None, None), Ok((2, 1)), "what failed is on the right");
        assert_eq!(pair(&[good, good], None, None), Ok((1, 2)));
        assert_eq!(pair(&[bad, bad, bad], Some(3), None), Ok((3, 2)));
        assert_eq!(pair(&[bad, bad, bad], Some(1), Some(2)), Ok((1, 2)));
    }

    #[test]
    fn what_cannot_be_compared_is_said() {
        assert_eq!(
            pair(&["FAILED"], None, None).expect_err("once"),
            "read was tried only once; there is nothing to compare its attempt with."
        );
        assert!(pair(&["FAILED", "FAILED"], Some(7), None).expect_err("seven").contains("there are 1, 2"));
        assert!(pair(&["FAILED", "FAILED"], Some(2), Some(2)).expect_err("itself").contains("with itself"));
        assert!(pair(&[], None, None).expect_err("none").contains("no attempt yet"));
    }

    #[test]
    fn rows_say_what_differs_and_the_message_is_missing_outside() {
        let [one, two] = [attempt(1, "FAILED"), attempt(2, "FAILED")];
        let told = rows([&one, &two], &HashMap::new());
        let differing: Vec<_> = told.iter().filter(|row| row.differs()).map(|row| row.what.as_str()).collect();
        assert_eq!(differing, ["parameter scale"]);
        assert!(told.iter().all(|row| row.what != "message"));
        let inside = rows([&one, &two], &[(1, Some("a".to_owned())), (2, None)].into());
        assert_eq!(inside.iter().find(|row| row.what == "message").map(Compared::differs), Some(true));
    }
}
