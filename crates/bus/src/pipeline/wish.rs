//! What staff asked of a running step: that its process be stopped. Read beside the step while it runs, and handed to the thread
//! that watches the process. Not in here: the deed that writes the wish, which is the console's.

use super::record::{Attempt, Record, Unwritten};
use crate::failure::Failure;
use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};
use std::time::Duration;

/// How often a wish is looked for. A person waits for it.
pub(super) const LOOK_EVERY: Duration = Duration::from_secs(1);

/// The wish that stands at an attempt.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub(super) struct Wish {
    pub by: String,
    pub force: bool,
}

impl Wish {
    pub(super) const fn signal(&self) -> &'static str {
        if self.force { "KILL" } else { "TERM" }
    }
}

/// What the process is to be sent; it only ever becomes more.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Order {
    None,
    Term,
    Kill,
}

/// From the runner to the thread that watches the process.
#[derive(Debug, Clone, Default)]
pub(crate) struct Orders(Arc<AtomicU8>);

impl Orders {
    pub(super) fn give(&self, wish: &Wish) {
        self.0.fetch_max(if wish.force { 2 } else { 1 }, Ordering::Relaxed);
    }

    pub(super) fn order(&self) -> Order {
        match self.0.load(Ordering::Relaxed) {
            0 => Order::None,
            1 => Order::Term,
            _ => Order::Kill,
        }
    }
}

impl Record<'_> {
    pub(super) async fn wish(&self, attempt: Attempt) -> Result<Option<Wish>, Unwritten> {
        Ok(sqlx::query_as(
            "select kill_asked_by as by, kill_force as force from pipeline.attempt where tenant_id = $1 and id = $2 and kill_asked_at is not null",
        )
        .bind(self.tenant())
        .bind(attempt.id)
        .fetch_optional(self.pool())
        .await?)
    }
}

/// A step that was killed: a person has to say what comes next.
pub(super) fn killed(step: &str, wish: &Wish, signal: Option<i32>, code: Option<i32>) -> Failure {
    let how = match (signal, code) {
        (Some(signal), _) => format!("by signal {signal}"),
        (None, code) => format!("with exit code {} after it was told to", code.unwrap_or(0)),
    };
    let message = format!(
        "\u{201c}{}\u{201d} asked for this step to be killed ({}); its process ended {how}. It is not tried again by itself: find out why it hung, then retry the command or reprocess the job.",
        wish.by,
        wish.signal()
    );
    Failure::permanent("KILLED_BY_OPERATOR", format!("{step} was killed by staff"), message)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_order_only_becomes_more() {
        let orders = Orders::default();
        let wish = |force| Wish { by: "Anna".into(), force };
        assert_eq!(orders.order(), Order::None);
        for (force, wanted) in [(false, Order::Term), (true, Order::Kill), (false, Order::Kill)] {
            orders.give(&wish(force));
            assert_eq!(orders.order(), wanted);
        }
    }

    #[test]
    fn who_killed_it_does_not_make_another_group() {
        let of = |by: &str| killed("read", &Wish { by: by.into(), force: true }, Some(9), None).fingerprint();
        assert_eq!(of("Anna Bench"), of("Bernd Other"));
    }
}
