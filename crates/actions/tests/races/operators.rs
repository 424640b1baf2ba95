//! Rounds in which everybody acts on one command at once: the worker that finishes, the sweeper that finds its lease expired, and
//! three members of staff who retry, cancel and complete it. Told afterwards by the command's own history.

use super::common::{Person, READY, World, rand_u128};
use bus::{Bus, Claimant, Claimed, CommandId, Failure, Finish, Options, RetryPolicy, Send, TenantId};
use domain::{Ask, Problem, ProblemKind};
use gate::Token;
use serde_json::{Value, json};
use sqlx::PgConnection;
use std::time::Duration;
use tokio::sync::Mutex;
use uuid::Uuid;

const TENANT: Uuid = super::common::NORTHWIND;
const DEEDS: [&str; 3] = ["retry-command", "cancel-command", "complete-command"];

/// How the rounds went.
#[derive(Debug, Default)]
pub struct Told {
    pub rounds: u32,
    /// Rounds whose lease expired before the worker finished.
    pub expired: u32,
    /// What was not as it has to be.
    pub wrong: Vec<String>,
}

struct Race<'a> {
    world: &'a World,
    bus: Bus,
    /// An administrator's, to look and to put away.
    db: Mutex<PgConnection>,
    staff: Vec<(Token, String)>,
}

pub async fn race(world: &World, rounds: u32) -> Told {
    let bus = Bus::connect(&world.scratch.url("ops_bus"), Options::default()).await.expect("a bus");
    let mut staff = Vec::new();
    for _ in DEEDS {
        let token = world.sign_in(Person { ..READY }).await;
        let me = world.view(&token, "me", json!({})).await.expect("me");
        staff.push((token, me["actor"]["name"].as_str().expect("a name").to_owned()));
    }
    let race = Race { world, bus, db: Mutex::new(world.db().await), staff };
    let mut told = Told { rounds, ..Told::default() };
    for round in 0..rounds {
        if let Err(wrong) = race.round(&mut told).await {
            told.wrong.push(format!("round {round}: {wrong}"));
        }
    }
    told
}

impl Race<'_> {
    async fn round(&self, told: &mut Told) -> Result<(), String> {
        let claimed = self.claimed().await;
        // Everybody at once: some come before the worker, some after.
        let finish = async {
            pause(4_000).await;
            if rand_u128().is_multiple_of(3) {
                self.bus.complete(&claimed, &json!({"by": "the worker"})).await
            } else {
                let failure = Failure::permanent("BROKEN", "It broke", "It broke in the race");
                self.bus.fail(&claimed, &failure, &RetryPolicy::default()).await
            }
            .expect("an answer")
        };
        let sweep = async {
            pause(4_000).await;
            self.bus.sweep().await.expect("swept");
        };
        let (finish, (), first) = tokio::join!(finish, sweep, self.all_act(claimed.command_id, 6_000));
        self.judge_first(&claimed, finish, &first, told).await?;
        if self.status(claimed.command_id).await == "IN_TROUBLESHOOTING_QUEUE" {
            let second = self.all_act(claimed.command_id, 1).await;
            self.judge_second(claimed.command_id, &second).await?;
        }
        self.settle(claimed.command_id).await
    }

    /// A command in the hands of a worker whose lease runs out now.
    async fn claimed(&self) -> Claimed {
        let command_id = CommandId(Uuid::from_u128(rand_u128()));
        let send = Send {
            tenant: TenantId(TENANT),
            domain: "races".into(),
            command_type: "Race".into(),
            command_id,
            correlation_id: None,
            data: json!({"n": 1}),
            reply_to: Some("races__replies".into()),
            max_attempts: Some(1),
        };
        self.bus.send(send).await.expect("sent");
        let claimant =
            Claimant { domain: "races".into(), worker: "the worker".into(), build: "test".into(), lease: Duration::from_secs(30) };
        let claimed = loop {
            if let Some(claimed) = self.bus.claim(&claimant, 1).await.expect("claimed").pop() {
                break claimed;
            }
        };
        assert_eq!(claimed.command_id, command_id, "the only one that waits");
        let ends = i64::try_from(rand_u128() % 6_000).expect("small");
        sqlx::query("update commandbus.command set lease_until = clock_timestamp() + $2 * interval '1 microsecond' where command_id = $1")
            .bind(command_id.0)
            .bind(ends)
            .execute(&mut *self.db.lock().await)
            .await
            .expect("a lease");
        claimed
    }

    async fn all_act(&self, command: CommandId, within_micros: u64) -> Vec<Result<Value, Problem>> {
        let act = |at: usize| async move {
            pause(within_micros).await;
            let mut input = json!({"command": command});
            if DEEDS[at] == "cancel-command" {
                input["because"] = "Nobody wants this any more.".into();
            }
            self.world.act(&self.staff[at].0, DEEDS[at], Ask::default(), input).await
        };
        let (retry, cancel, complete) = tokio::join!(act(0), act(1), act(2));
        vec![retry, cancel, complete]
    }

    async fn judge_first(
        &self,
        claimed: &Claimed,
        finish: Finish,
        acted: &[Result<Value, Problem>],
        told: &mut Told,
    ) -> Result<(), String> {
        let history = self.history(claimed.command_id).await;
        let expired = history.iter().any(|event| event == "LEASE_EXPIRED");
        told.expired += u32::from(expired);
        if (finish == Finish::Done) == expired {
            return Err(format!("the worker was told {finish:?} and the history says {history:?}"));
        }
        self.judge(acted, &history)
    }

    async fn judge_second(&self, command: CommandId, acted: &[Result<Value, Problem>]) -> Result<(), String> {
        let history = self.history(command).await;
        if acted.iter().filter(|acted| acted.is_ok()).count() != 1 {
            return Err(format!("not one winner of three: {acted:?}"));
        }
        self.judge(acted, &history)
    }

    /// Whoever won is in the history, once; whoever lost was told the winner's name, or where the command stood.
    fn judge(&self, acted: &[Result<Value, Problem>], history: &[String]) -> Result<(), String> {
        let winners: Vec<usize> = (0..acted.len()).filter(|at| acted[*at].is_ok()).collect();
        let deeds = history.iter().filter(|event| event.starts_with("OPERATOR_")).count();
        if winners.len() > 1 || deeds > 1 || winners.len() > deeds {
            return Err(format!("winners {winners:?}, history {history:?}"));
        }
        for lost in acted.iter().filter_map(|acted| acted.as_ref().err()) {
            let named = winners.iter().any(|at| lost.message.contains(&self.staff[*at].1));
            let stood = ["IN_PROGRESS", "COMPLETED", "PENDING"].iter().any(|status| lost.message.contains(status));
            if lost.kind != ProblemKind::Conflict || !(named || stood) {
                return Err(format!("a loser was told {lost:?}"));
            }
        }
        Ok(())
    }

    /// One end: a reply where there has to be one, one message where it waits again; then it is out of the way of the next round.
    async fn settle(&self, command: CommandId) -> Result<(), String> {
        let status = self.status(command).await;
        let mut db = self.db.lock().await;
        let (replies, waiting): (i64, i64) = sqlx::query_as(
            "select (select count(*) from commandbus.reply where command_id = $1),
                    (select count(*) from pgmq.q_races__commands where message ->> 'command_id' = $1::text)",
        )
        .bind(command.0)
        .fetch_one(&mut *db)
        .await
        .expect("counts");
        let right = match status.as_str() {
            "COMPLETED" | "CANCELED" => (replies, waiting) == (1, 0),
            "PENDING" => (replies, waiting) == (0, 1),
            _ => false,
        };
        if status == "PENDING" {
            sqlx::query("select pgmq.purge_queue('races__commands')").execute(&mut *db).await.expect("purged");
            sqlx::query("update commandbus.command set status = 'CANCELED', finished_at = now(), epoch = epoch + 1 where command_id = $1")
                .bind(command.0)
                .execute(&mut *db)
                .await
                .expect("put away");
        }
        if right { Ok(()) } else { Err(format!("{status} with {replies} replies and {waiting} messages")) }
    }

    async fn status(&self, command: CommandId) -> String {
        let sql = "select status from commandbus.command where command_id = $1";
        sqlx::query_scalar(sql).bind(command.0).fetch_one(&mut *self.db.lock().await).await.expect("a status")
    }

    async fn history(&self, command: CommandId) -> Vec<String> {
        let sql = "select event_type from commandbus.audit where command_id = $1 order by id";
        sqlx::query_scalar(sql).bind(command.0).fetch_all(&mut *self.db.lock().await).await.expect("a history")
    }
}

async fn pause(most_micros: u64) {
    let micros = u64::try_from(rand_u128() % u128::from(most_micros)).unwrap_or(0);
    tokio::time::sleep(Duration::from_micros(micros)).await;
}
