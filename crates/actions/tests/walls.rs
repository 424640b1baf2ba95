//! The walls of the database without the gate before them: what a connection of the console may see and change hangs on the
//! support session behind its secret, at the clock's time.

mod common;

use common::*;
use domain::Ask;
use gate::Token;
use sqlx::{AssertSqlSafe, Connection, PgConnection};
use std::time::Duration;

/// A connection of the console that may write, with this secret.
async fn desk(world: &World, scope: &str) -> PgConnection {
    use sqlx::ConnectOptions;
    let mut desk = store::login_url(&world.admin, "ops_rw", None).connect().await.expect("signed in");
    sqlx::query("select set_config('ops.scope', $1, false)").bind(scope).execute(&mut desk).await.expect("a secret");
    desk
}

/// Commands and payloads it sees, and commands it could change.
async fn reach(desk: &mut PgConnection) -> (i64, i64, u64) {
    let seen = sqlx::query_as("select (select count(*) from commandbus.command), (select count(*) from commandbus.command_error)");
    let (commands, errors) = seen.fetch_one(&mut *desk).await.expect("counts");
    let mut tx = Connection::begin(desk).await.expect("begin");
    let changed =
        sqlx::query("update commandbus.command set attempts = attempts").execute(&mut *tx).await.expect("an update").rows_affected();
    tx.rollback().await.expect("rollback");
    (commands, errors, changed)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_session_that_reads_changes_nothing_and_a_guessed_secret_sees_nothing() {
    let world = world().await;
    world.failed_command(NORTHWIND).await;
    world.failed_command(CONTOSO).await;
    let outside = world.sign_in(Person { session_on: None, ..READY }).await;
    let reads = world.sign_in(Person { writing: false, ..READY }).await;
    let writes = world.sign_in(READY).await;
    let stranger = Token::from_bytes([9; 32]);
    for (who, token, wanted) in
        [("outside", &outside, (2, 0, 0)), ("reads", &reads, (2, 1, 0)), ("writes", &writes, (2, 1, 1)), ("guessed", &stranger, (0, 0, 0))]
    {
        assert_eq!(reach(&mut desk(&world, &token.scope()).await).await, wanted, "{who}");
    }
    // What the client holds is not what the database looks for.
    assert_eq!(reach(&mut desk(&world, writes.expose()).await).await, (0, 0, 0));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_runs_out_is_gone_in_the_middle_of_a_transaction() {
    let world = world().await;
    world.failed_command(NORTHWIND).await;
    let token = world.sign_in(READY).await;
    let mut desk = desk(&world, &token.scope()).await;
    let mut tx = Connection::begin(&mut desk).await.expect("begin");
    let touch = "update commandbus.command set attempts = attempts";
    assert_eq!(sqlx::query(touch).execute(&mut *tx).await.expect("updated").rows_affected(), 1);
    let mut db = world.db().await;
    for (end, wanted) in
        [("write_until = clock_timestamp()", 1_i64), ("ended_at = clock_timestamp(), ended_by = 'staff', write_until = null", 0)]
    {
        sqlx::query(AssertSqlSafe(format!("update console.support_session set {end}"))).execute(&mut db).await.expect("ended");
        assert_eq!(sqlx::query(touch).execute(&mut *tx).await.expect("updated").rows_affected(), 0, "{end}");
        let seen: i64 = sqlx::query_scalar("select count(*) from commandbus.command_error").fetch_one(&mut *tx).await.expect("a count");
        assert_eq!(seen, wanted, "{end}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rehearsal_cannot_be_committed() {
    let world = world().await;
    world.failed_command(NORTHWIND).await;
    let token = world.sign_in(READY).await;
    let mut desk = desk(&world, &token.scope()).await;
    let mut tx = Connection::begin(&mut desk).await.expect("begin");
    sqlx::query("insert into console.rehearsal default values").execute(&mut *tx).await.expect("declared");
    sqlx::query("update commandbus.command set attempts = 2").execute(&mut *tx).await.expect("updated");
    let refused = tx.commit().await.expect_err("refused").to_string();
    assert!(refused.contains("a rehearsal cannot be committed"), "{refused}");
}

#[tokio::test(flavor = "multi_thread")]
async fn who_goes_away_in_the_middle_does_not_cut_a_deed_in_half() {
    let world = world().await;
    let token = world.sign_in(READY).await;
    let subjects = world.subjects(&token, "retry-command", NORTHWIND).await;
    // The deed waits for the command, which somebody holds, when its caller goes.
    let mut db = world.db().await;
    let mut holds = Connection::begin(&mut db).await.expect("begin");
    sqlx::query("select from commandbus.command for update").execute(&mut *holds).await.expect("held");
    let deed = world.act(&token, "retry-command", Ask::default(), input_for("retry-command", &subjects));
    assert!(tokio::time::timeout(Duration::from_millis(300), deed).await.is_err(), "it waits");
    assert_eq!(world.text("select outcome from audit.entry").await, "open");
    holds.rollback().await.expect("let go");
    let ended = async {
        while world.text("select coalesce(string_agg(outcome, ','), '') from audit.entry").await != "done" {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(10), ended).await.expect("taken to its end");
    assert_eq!(world.text("select status from commandbus.command").await, "PENDING");
}
