//! Workers that are stopped with SIGSTOP while they hold commands, and go on after their leases have run out and others have done
//! the work: on a database of its own. Prints a line of JSON: late completions that were not refused, and commands lost or
//! answered twice. Usage: `stopped [COMMANDS]`.

use bus::{Bus, CancellationToken, CommandId, Options, Send, TenantId, Worker, WorkerOptions};
use serde_json::{Value, json};
use std::io::Read;
use std::process::{Child, Command, Stdio};
use std::time::Duration;
use uuid::Uuid;

/// Longer than it takes to claim them all, shorter than anybody wants to wait.
const LEASE: Duration = Duration::from_secs(5);

type Anything = Box<dyn std::error::Error + std::marker::Send + Sync>;

#[tokio::main]
async fn main() -> Result<(), Anything> {
    let args: Vec<String> = std::env::args().skip(1).collect();
    match args.as_slice() {
        [word, url] if word == "worker" => late(url).await,
        [] => measure(500).await,
        [count, ..] => measure(count.parse()?).await,
    }
}

/// The worker that is stopped: it holds what it claims until its input ends, then answers.
async fn late(url: &str) -> Result<(), Anything> {
    let bus = Bus::connect(url, Options::default()).await?;
    let (stop, go_on) = (CancellationToken::new(), CancellationToken::new());
    let told = go_on.clone();
    std::thread::spawn(move || {
        // Whatever comes, and that nothing comes any more, means the same.
        let _ = std::io::stdin().read(&mut [0]);
        told.cancel();
    });
    let (until, ended) = (go_on.clone(), stop.clone());
    let worker = Worker::new(bus, "plans", options("late")).handle("Slow", move |_| {
        let until = until.clone();
        async move {
            until.cancelled().await;
            Ok(json!({"by": "late"}))
        }
    });
    tokio::spawn(async move {
        go_on.cancelled().await;
        tokio::time::sleep(Duration::from_millis(500)).await;
        ended.cancel();
    });
    let report = worker.run(stop).await?;
    println!("{}", json!({"completed": report.completed, "stale": report.stale}));
    Ok(())
}

fn options(name: &str) -> WorkerOptions {
    WorkerOptions {
        name: name.into(),
        concurrency: 1_000,
        batch: 250,
        lease: LEASE,
        poll: Duration::from_millis(20),
        ..WorkerOptions::default()
    }
}

async fn measure(count: usize) -> Result<(), Anything> {
    let scratch = cluster::scratch()?.fresh_database()?;
    store::migrate(&scratch.superuser_url.parse()?, None).await?;
    let url = scratch.url("ops_bus");
    let bus = Bus::connect(&url, Options::default()).await?;
    let tenant = TenantId(Uuid::from_u128(1));
    bus.register_tenant(tenant, "acme", "ACME").await?;
    send(&bus, tenant, count).await?;
    let held =
        format!("select count(*) from commandbus.command where status = 'IN_PROGRESS' and worker = 'late' having count(*) = {count}");
    let mut child = Command::new(std::env::current_exe()?).args(["worker", &url]).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn()?;
    until(&scratch, &held).await?;
    signal(&child, "STOP")?;
    // Its leases run out; another worker finds what it holds.
    let stop = CancellationToken::new();
    let next = Worker::new(bus.clone(), "plans", options("next")).handle("Slow", |_| async { Ok(json!({"by": "next"})) });
    let next = tokio::spawn(next.run(stop.clone()));
    until(&scratch, &format!("select count(*) from commandbus.command where status = 'COMPLETED' having count(*) = {count}")).await?;
    signal(&child, "CONT")?;
    drop(child.stdin.take());
    let said = child.wait_with_output()?;
    stop.cancel();
    next.await??;
    let late: Value = serde_json::from_slice(&said.stdout)?;
    let accepted = late["completed"].as_u64().ok_or("the stopped worker told nothing")?;
    let answers = scratch.sql("select count(*) || ' ' || count(distinct message ->> 'command_id') || ' ' || count(*) filter (where message -> 'result' ->> 'by' <> 'next') from pgmq.q_plans__replies")?;
    let answers: Vec<u64> = answers.split(' ').map(str::parse).collect::<Result<_, _>>()?;
    let wrong = accepted + answers[2] + answers[0].abs_diff(count as u64) + answers[1].abs_diff(count as u64);
    println!("{}", json!({"wrong": wrong, "commands": count, "refused": late["stale"]}));
    Ok(())
}

async fn send(bus: &Bus, tenant: TenantId, count: usize) -> Result<(), Anything> {
    let all = (0..count).map(|n| Send {
        tenant,
        domain: "plans".into(),
        command_type: "Slow".into(),
        command_id: CommandId(Uuid::from_u128(0x57ed + n as u128)),
        correlation_id: None,
        data: json!({"n": n}),
        reply_to: Some("plans__replies".into()),
        max_attempts: None,
    });
    bus.send_many(all.collect()).await?;
    Ok(())
}

fn signal(child: &Child, signal: &str) -> Result<(), Anything> {
    let sent = Command::new("kill").args(["-s", signal, &child.id().to_string()]).status()?;
    if sent.success() { Ok(()) } else { Err(format!("SIG{signal} could not be sent").into()) }
}

async fn until(scratch: &cluster::Scratch, statement: &str) -> Result<(), Anything> {
    for _ in 0..600 {
        if !scratch.sql(statement)?.is_empty() {
            return Ok(());
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    Err(format!("a minute was not enough for: {statement}").into())
}
