//! What the console has to show: 10,000 commands with their jobs, steps, attempts and histories, spread over 20 tenants and
//! the last day, and a person who is signed in and in a support session. Written straight into the tables (`seed.sql`):
//! sending them over the bus is measured elsewhere.

use std::{fs::File, io::Read};

use anyhow::{Context, Result, ensure};
use gate::Token;

use super::database::Database;

/// What the measurements ask for by name.
pub struct Seeded {
    pub token: Token,
    /// Jobs of the tenant of the support session.
    pub jobs: Vec<String>,
    /// Commands in the troubleshooting queue, oldest first: those a first page does not show.
    pub waiting: Vec<String>,
    pub newest_waiting: String,
    pub newest_job: String,
}

pub fn fill(database: &Database) -> Result<Seeded> {
    eprintln!("• filling the database …");
    database.script(include_str!("seed.sql"), &[])?;
    let token = sign_in(database)?;
    let list = |sql: &str| -> Result<Vec<String>> { Ok(database.script(sql, &[])?.lines().map(str::to_owned).collect()) };
    let counts = list(
        "select count(*) from commandbus.command; select count(*) from pipeline.job; select count(*) from console.tenant;
        select count(*) from commandbus.command where status = 'IN_TROUBLESHOOTING_QUEUE';",
    )?;
    ensure!(counts == ["10000", "10000", "20", "2000"], "the database was not filled as planned: {counts:?}");
    let waiting = list("select command_id from commandbus.command where status = 'IN_TROUBLESHOOTING_QUEUE' order by updated_at;")?;
    let newest_job = list("select job_id from pipeline.job order by updated_at desc limit 1;")?;
    let jobs = list(
        "select j.job_id from pipeline.job j join console.support_session s on s.tenant_id = j.tenant_id where j.pipeline = 'plan_ingest' order by j.updated_at;",
    )?;
    Ok(Seeded {
        token,
        jobs,
        newest_waiting: waiting.last().context("no command waits")?.clone(),
        newest_job: newest_job.into_iter().next().context("there is no job")?,
        waiting,
    })
}

/// Signs somebody in, with a support session on the first tenant.
pub fn sign_in(database: &Database) -> Result<Token> {
    let mut random = [0; 32];
    File::open("/dev/urandom")?.read_exact(&mut random)?;
    let token = Token::from_bytes(random);
    let sql = include_str!("sign_in.sql");
    database.script(sql, &[("token", &hex::encode(token.hash())), ("scope", &hex::encode(token.scope_hash()))])?;
    Ok(token)
}
