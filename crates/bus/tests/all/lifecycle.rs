//! The life of a command, played at random against a model of a few lines: the database is always
//! where the model is, ended commands stay ended, and there is one reply if and only if it ended.

use crate::support::World;
use bus::{Claimant, Claimed, Failure, Finish, RetryPolicy};
use domain::CommandStatus::{self, Canceled, Completed, Failed, InProgress, InTroubleshootingQueue, Pending};
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
use serde_json::json;
use sqlx::{Connection, PgConnection};
use std::time::Duration;

const MOST_ATTEMPTS: u32 = 2;

#[derive(Debug, Clone, Copy)]
enum Deed {
    Claim,
    /// By the holder of the claim of this number, counted backwards from the latest.
    Complete(usize),
    Transient(usize),
    Permanent(usize),
    Business(usize),
    LeaseRunsOut,
    MessageVanishes,
    Sweep,
    OperatorRetries,
    OperatorCancels,
}

fn deeds() -> impl Strategy<Value = Vec<Deed>> {
    let claim = 0..3_usize;
    let deed = prop_oneof![
        4 => Just(Deed::Claim),
        1 => claim.clone().prop_map(Deed::Complete),
        2 => claim.clone().prop_map(Deed::Transient),
        1 => claim.clone().prop_map(Deed::Permanent),
        1 => claim.prop_map(Deed::Business),
        2 => Just(Deed::LeaseRunsOut),
        1 => Just(Deed::MessageVanishes),
        2 => Just(Deed::Sweep),
        2 => Just(Deed::OperatorRetries),
        1 => Just(Deed::OperatorCancels),
    ];
    proptest::collection::vec(deed, 1..25)
}

#[derive(Debug, Clone, PartialEq)]
struct Model {
    status: CommandStatus,
    attempts: u32,
    epoch: i64,
    expired: bool,
    message: bool,
    /// Epochs of all claims so far.
    claims: Vec<i64>,
}

impl Model {
    fn new() -> Self {
        Self { status: Pending, attempts: 0, epoch: 0, expired: false, message: true, claims: Vec::new() }
    }

    /// Whether the claim counted backwards may still finish.
    fn holds(&self, back: usize) -> bool {
        let claim = self.claims.len().checked_sub(back + 1).map(|index| self.claims[index]);
        self.status == InProgress && claim == Some(self.epoch)
    }

    fn claim(&mut self) -> bool {
        let free = self.status == Pending || (self.status == InProgress && self.expired && self.attempts < MOST_ATTEMPTS);
        if free && self.message {
            (self.status, self.attempts, self.epoch, self.expired) = (InProgress, self.attempts + 1, self.epoch + 1, false);
            self.claims.push(self.epoch);
        }
        free && self.message
    }

    fn end(&mut self, back: usize, status: CommandStatus) -> bool {
        let may = self.holds(back);
        if may {
            self.status = status;
            self.message &= status == Pending;
        }
        may
    }

    fn after_transient(&self) -> CommandStatus {
        if self.attempts < MOST_ATTEMPTS { Pending } else { InTroubleshootingQueue }
    }

    fn sweep(&mut self) {
        if self.status == InProgress && self.expired {
            (self.status, self.epoch, self.expired) = (self.after_transient(), self.epoch + 1, false);
            self.message &= self.status == Pending;
        }
        self.message |= self.status == Pending;
    }
}

/// The same in the database.
struct Reality<'a> {
    world: &'a World,
    db: PgConnection,
    claimant: Claimant,
    queue: String,
    command: bus::CommandId,
    claims: Vec<Claimed>,
}

impl<'a> Reality<'a> {
    async fn new(world: &'a World, domain: &str) -> Self {
        let send = bus::Send { domain: domain.into(), max_attempts: Some(MOST_ATTEMPTS), ..world.command("Any", json!({ "n": 1 })) };
        let command = send.command_id;
        world.bus.send(send).await.expect("sent");
        let claimant = Claimant { domain: domain.into(), worker: "w".into(), build: "test".into(), lease: Duration::from_secs(60) };
        let db = PgConnection::connect(&world.url).await.expect("a connection");
        Self { world, db, claimant, queue: format!("{domain}__commands"), command, claims: Vec::new() }
    }

    async fn execute(&mut self, statement: &'static str) -> u64 {
        let done = sqlx::query(statement).bind(self.command.0).bind(&self.queue).execute(&mut self.db).await;
        done.expect(statement).rows_affected()
    }

    async fn finish(&self, back: usize, failure: Option<Failure>) -> bool {
        let Some(index) = self.claims.len().checked_sub(back + 1) else {
            return false;
        };
        let retry = RetryPolicy { delays: vec![] };
        let bus = &self.world.bus;
        let finish = match failure {
            None => bus.complete(&self.claims[index], &json!({})).await,
            Some(failure) => bus.fail(&self.claims[index], &failure, &retry).await,
        };
        finish.expect("answered") == Finish::Done
    }

    async fn state(&mut self) -> (String, i32, i64, i64) {
        sqlx::query_as(
            "select status, attempts, epoch, (select count(*) from commandbus.reply r where r.command_id = c.command_id)
             from commandbus.command c where command_id = $1",
        )
        .bind(self.command.0)
        .fetch_one(&mut self.db)
        .await
        .expect("the command")
    }
}

/// Does a deed in both worlds; they have to agree on whether it took effect.
async fn play(model: &mut Model, real: &mut Reality<'_>, deed: Deed) -> (bool, bool) {
    match deed {
        Deed::Claim => {
            let claimed = real.world.bus.claim(&real.claimant, 5).await.expect("answered");
            let any = !claimed.is_empty();
            real.claims.extend(claimed);
            (model.claim(), any)
        }
        Deed::Complete(back) => (model.end(back, Completed), real.finish(back, None).await),
        Deed::Transient(back) => {
            let next = model.after_transient();
            (model.end(back, next), real.finish(back, Some(Failure::transient("T", "t", "t"))).await)
        }
        Deed::Permanent(back) => {
            (model.end(back, InTroubleshootingQueue), real.finish(back, Some(Failure::permanent("P", "p", "p"))).await)
        }
        Deed::Business(back) => (model.end(back, Failed), real.finish(back, Some(Failure::business("B", "b", "b"))).await),
        Deed::LeaseRunsOut => {
            model.expired |= model.status == InProgress;
            real.execute("update commandbus.command set lease_until = clock_timestamp() where command_id = $1 and queue_name = $2 and status = 'IN_PROGRESS'").await;
            real.execute("select pgmq.set_vt($2, msg_id, 0) from commandbus.command where command_id = $1 and status = 'IN_PROGRESS'")
                .await;
            (true, true)
        }
        Deed::MessageVanishes => {
            model.message = false;
            real.execute("select pgmq.archive($2, msg_id) from commandbus.command where command_id = $1").await;
            (true, true)
        }
        Deed::Sweep => {
            model.sweep();
            real.world.bus.sweep().await.expect("swept");
            (true, true)
        }
        Deed::OperatorRetries | Deed::OperatorCancels => operate(model, real, deed).await,
    }
}

/// What people do to a command in the troubleshooting queue, and to no other.
async fn operate(model: &mut Model, real: &mut Reality<'_>, deed: Deed) -> (bool, bool) {
    match deed {
        Deed::OperatorRetries => {
            let may = model.status == InTroubleshootingQueue;
            if may {
                (model.status, model.attempts, model.message) = (Pending, 0, true);
            }
            let done = real.execute(
                "update commandbus.command c set status = 'PENDING', attempts = 0, msg_id = (select s from pgmq.send($2, jsonb_build_object('domain', domain,
                   'command_type', command_type, 'command_id', command_id, 'correlation_id', correlation_id, 'data', '{\"n\": 1}'::jsonb, 'reply_to', reply_to)) s)
                 where command_id = $1 and status = 'IN_TROUBLESHOOTING_QUEUE'",
            );
            (may, done.await == 1)
        }
        _ => {
            let may = model.status == InTroubleshootingQueue;
            if may {
                model.status = Canceled;
            }
            let done = real.execute(
                "with c as (update commandbus.command set status = 'CANCELED', finished_at = clock_timestamp()
                   where command_id = $1 and queue_name = $2 and status = 'IN_TROUBLESHOOTING_QUEUE' returning *)
                 insert into commandbus.reply (tenant_id, command_id, outcome, body) select tenant_id, command_id, 'CANCELED', '{}' from c",
            );
            (may, done.await == 1)
        }
    }
}

#[test]
fn a_command_is_always_where_the_model_says() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    let world = runtime.block_on(World::new());
    let round = std::cell::Cell::new(0);
    let mut runner = TestRunner::new(Config { cases: 64, max_shrink_iters: 200, failure_persistence: None, ..Config::default() });
    let played = runner.run(&deeds(), |deeds| {
        round.set(round.get() + 1);
        runtime.block_on(async {
            let mut model = Model::new();
            let mut real = Reality::new(&world, &format!("d{}", round.get())).await;
            for deed in deeds {
                let before = model.clone();
                let (expected, happened) = play(&mut model, &mut real, deed).await;
                prop_assert_eq!(expected, happened, "{:?} on {:?}", deed, before);
                let (status, attempts, epoch, replies) = real.state().await;
                let wanted = (model.status.word().to_owned(), i32::try_from(model.attempts).expect("few"), model.epoch);
                prop_assert_eq!((status, attempts, epoch), wanted, "after {:?} on {:?}", deed, &before);
                prop_assert_eq!(replies, i64::from(model.status.is_final()), "replies after {:?} on {:?}", deed, &before);
                prop_assert!(!before.status.is_final() || before.status == model.status);
            }
            Ok(())
        })
    });
    played.unwrap_or_else(|failure| panic!("{failure}"));
}
