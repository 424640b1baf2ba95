//! A bulk of 100,000 with a worker beside it, the server and the worker killed with SIGKILL at five random moments: everything is
//! sent once, nothing is lost, and it goes on by itself. And how fast that is while nobody is killed.

use std::{
    fs::File,
    io::Read,
    path::Path,
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

use anyhow::{Context, Result, ensure};
use gate::Token;
use serde_json::Value;

use super::{
    super::{
        console::{self, Console},
        database::Database,
        figure::Figure,
        http::Client,
        seed,
    },
    bulk,
};

const ALL: u32 = 100_000;
const KILLS: u32 = 5;
const PATIENCE: Duration = Duration::from_secs(600);

/// Makes the commands of the large group fail again, whatever became of them, and forgets their histories.
const AGAIN: &str =
    "update commandbus.command set status = 'IN_TROUBLESHOOTING_QUEUE', lease_until = null, worker = null, finished_at = null, attempts = 3
      where tenant_id = md5('tenant 0')::uuid and last_fingerprint = '0100000000000000';
    truncate commandbus.reply; delete from commandbus.audit; truncate pgmq.q_plans__commands;
    vacuum analyze;";

pub fn measure(home: &Path, site: &Path, database: &Database) -> Result<Vec<Figure>> {
    eprintln!("• measuring a bulk under kill -9 …");
    let mut console = Console::start(home, site, database)?;
    let mut worker = Worker::start(database)?;
    // Somebody whose write mode has only begun.
    let operation = begin(&console, &seed::sign_in(database)?, database)?;
    let begun = Instant::now();
    for kill in 0..KILLS {
        std::thread::sleep(Duration::from_millis(500 + u64::from(chance()?) % 3_500));
        // Both at once, one, the other.
        if kill % 3 != 1 {
            worker = Worker::start_after(worker, database)?;
        }
        if kill % 3 != 2 {
            drop(console);
            console = Console::start(home, site, database)?;
        }
    }
    let counted = finished(database, &operation)?;
    let took = begun.elapsed();
    eprintln!("  killed {KILLS} times, finished after {:.1} s: {counted}", took.as_secs_f64());
    let twice = database.script(
        &format!(
            "select {ALL} - count(distinct command_id) + count(*) - count(distinct command_id) from commandbus.audit where event_type = 'OPERATOR_RETRY';"
        ),
        &[],
    )?;
    let lost = database.script(
        &format!("select {ALL} - count(*) from console.operation_item where operation_id = '{operation}' and state = 'SUCCEEDED';"),
        &[],
    )?;
    Ok(vec![
        Figure::at_most("bulk of 100,000 under five kills, lost", lost.parse()?, "commands", 0.0),
        Figure::at_most("bulk of 100,000 under five kills, sent twice or never", twice.parse()?, "commands", 0.0),
        Figure::watched("bulk of 100,000 under five kills, to the last outcome", took.as_secs_f64(), "s"),
    ])
}

fn begin(console: &Console, token: &Token, database: &Database) -> Result<String> {
    database.script(AGAIN, &[])?;
    let mut client = Client::open(&console.address, Some(token))?;
    // Until they are counted as waiting, they are in no group.
    let begun = Instant::now();
    loop {
        match bulk::preview(&mut client, database, 0, i64::from(ALL)) {
            Ok((preview, _)) => return bulk::operation(&bulk::start(&mut client, &preview, 10_000, false)?),
            Err(error) if begun.elapsed() > PATIENCE => return Err(error),
            Err(_) => std::thread::sleep(Duration::from_millis(500)),
        }
    }
}

fn finished(database: &Database, operation: &str) -> Result<Value> {
    let begun = Instant::now();
    loop {
        let sql = format!(
            "select row_to_json(o) from (select state, waiting, sent, succeeded, failed, skipped, gone from console.operation where id = '{operation}') o;"
        );
        let counted: Value = serde_json::from_str(&database.script(&sql, &[])?)?;
        if counted["state"] == domain::OperationState::Finished.word() {
            return Ok(counted);
        }
        ensure!(begun.elapsed() < PATIENCE, "it did not go on to its end: {counted}");
        std::thread::sleep(Duration::from_millis(200));
    }
}

/// The kernel's randomness.
fn chance() -> Result<u16> {
    let mut bytes = [0; 2];
    File::open("/dev/urandom")?.read_exact(&mut bytes)?;
    Ok(u16::from_le_bytes(bytes))
}

/// A worker that completes what is sent; killed when dropped.
struct Worker(Child);

impl Worker {
    fn start(database: &Database) -> Result<Self> {
        let program = console::sibling("examples/worker", "cargo build -p bus --example worker, in the same profile")?;
        let child = Command::new(&program).args([&database.bus_url(), "plans", "IngestPlan"]).stdin(Stdio::null()).spawn();
        Ok(Self(child.with_context(|| format!("{} cannot be run", program.display()))?))
    }

    fn start_after(killed: Self, database: &Database) -> Result<Self> {
        drop(killed);
        Self::start(database)
    }
}

impl Drop for Worker {
    fn drop(&mut self) {
        self.0.kill().ok();
        self.0.wait().ok();
    }
}
