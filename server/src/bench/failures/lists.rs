//! Lists and groups: what the console takes for an answer over HTTP, and the database for the statements in it.

use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use gate::Token;

use super::{
    super::{console::Console, database::Database, figure::Figure, http::Client},
    statements::Statements,
};

const WARM_UPS: usize = 20;
const MEASURED: usize = 200;
const SERVER_MS: f64 = 50.0;
const SQL_MS: f64 = 5.0;

/// Statements of a page of commands, and of a page of groups with all that stands in their rows.
const PAGE: &[&str] = &["order by c.updated_at desc, c.command_id desc limit"];
const GROUPS: &[&str] = &["triage."];

struct Asked {
    server: &'static str,
    sql: &'static str,
    words: &'static [&'static str],
    /// Ends of paths, taken in turn.
    paths: Vec<String>,
}

pub fn measure(console: &Console, token: &Token, database: &Database) -> Result<Vec<Figure>> {
    eprintln!("• measuring lists …");
    let mut client = Client::open(&console.address, Some(token))?;
    let mut statements = Statements::watch(database)?;
    let mut rows = Vec::new();
    for asked in lists(database)? {
        let (server, sql) = timed(&mut client, &mut statements, &asked)?;
        rows.push(Figure::p95(asked.server, server, SERVER_MS));
        rows.push(Figure::p95(asked.sql, sql, SQL_MS));
    }
    Ok(rows)
}

fn lists(database: &Database) -> Result<Vec<Asked>> {
    let some = |sql: &str| -> Result<Vec<String>> { Ok(database.script(sql, &[])?.lines().map(str::to_owned).collect()) };
    let list = |server, sql, paths: Vec<String>| Asked {
        server,
        sql,
        words: PAGE,
        paths: paths.into_iter().map(|path| format!("troubleshooting{path}")).collect(),
    };
    let groups = |server, sql, paths: Vec<String>| Asked { server, sql, words: GROUPS, paths };
    let key = "(extract(epoch from updated_at) * 1000000)::bigint || '.' || command_id";
    let keys = some(&format!("select '?cursor=' || {key} from commandbus.command tablesample system (1) order by random() limit 100;"))?;
    let ids = some("select id from triage.failure_group order by random() limit 100;")?;
    let tenants = (0..100).map(|n| format!("?tenant=tenant-{n}")).collect();
    let kinds = ["plans&command_type=IngestPlan", "plans&command_type=ReplacePlan", "tickets&command_type=EnhanceTicket"];
    let both = some(&format!(
        "select '?tenant=tenant-' || n || '&code=' || (select last_error_code || '&cursor=' || {key} from commandbus.command where tenant_id = md5('tenant ' || n)::uuid offset 500 limit 1) from generate_series(0, 99) n;"
    ))?;
    Ok(vec![
        list("list first page server p95", "list first page SQL p95", vec![String::new()]),
        list("list any depth server p95", "list any depth SQL p95", keys),
        list("list of a tenant server p95", "list of a tenant SQL p95", tenants),
        list("list of a type server p95", "list of a type SQL p95", kinds.map(|kind| format!("?domain={kind}")).to_vec()),
        list("list of a code server p95", "list of a code SQL p95", (0..40).map(|n| format!("?code=CODE_{n}")).collect()),
        list("list of a group server p95", "list of a group SQL p95", ids.iter().map(|id| format!("?group={id}")).collect()),
        list("list of a tenant and code, deep, server p95", "list of a tenant and code, deep, SQL p95", both),
        groups("group overview server p95", "group overview SQL p95", vec!["groups".to_owned(), "groups?order=size".to_owned()]),
        groups(
            "group overview of a tenant server p95",
            "group overview of a tenant SQL p95",
            (0..100).map(|n| format!("groups?tenant=tenant-{n}")).collect(),
        ),
        groups("group page server p95", "group page SQL p95", ids.iter().map(|id| format!("group?group={id}")).collect()),
    ])
}

fn timed(client: &mut Client, statements: &mut Statements<'_>, asked: &Asked) -> Result<(Vec<Duration>, Vec<Duration>)> {
    let (mut server, mut sql) = (Vec::with_capacity(MEASURED), Vec::with_capacity(MEASURED));
    for turn in 0..WARM_UPS + MEASURED {
        let path = format!("/api/v1/support/{}", asked.paths.get(turn % asked.paths.len()).context("nothing to ask")?);
        statements.start_over()?;
        let start = Instant::now();
        let answer = client.data(&path)?;
        let took = start.elapsed();
        ensure!(answer.status == 200, "{path} answered {}: {}", answer.status, String::from_utf8_lossy(&answer.body));
        if turn >= WARM_UPS {
            server.push(took);
            sql.push(statements.took(asked.words)?);
        }
    }
    ensure!(sql.iter().any(|took| !took.is_zero()), "the statements of {} were not found in the log", asked.sql);
    Ok((server, sql))
}
