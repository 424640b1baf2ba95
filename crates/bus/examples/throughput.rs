//! How many commands a second go all the way: sent, claimed, completed, reply read. Prints one line
//! of JSON. Usage: `throughput postgres://ops_bus@…/DATABASE [COMMANDS]`.

use bus::{Bus, CancellationToken, CommandId, Options, Send, TenantId, Worker, WorkerOptions};
use serde_json::json;
use std::time::{Duration, Instant};
use uuid::Uuid;

const WORKERS: usize = 4;
const BATCH: usize = 500;

type Anything = Box<dyn std::error::Error + std::marker::Send + Sync>;

#[tokio::main]
async fn main() -> Result<(), Anything> {
    let mut args = std::env::args().skip(1);
    let url = args.next().ok_or("Usage: throughput DATABASE_URL [COMMANDS]")?;
    let total: usize = args.next().map_or(Ok(20_000), |n| n.parse())?;
    let bus = Bus::connect(&url, Options { max_connections: 16, sender: "throughput".into(), ..Options::default() }).await?;
    let tenant = TenantId(Uuid::from_u128(0xbe7c));
    bus.register_tenant(tenant, "throughput", "Throughput").await?;
    // A run of its own: ids and queues that no other run has.
    let run = u128::from(std::process::id()) << 64 | unique();
    let domain = format!("bench{}", std::process::id());
    let replies = format!("{domain}__replies");
    bus.ensure_domain(&domain).await?;
    let reader = bus.replies(&replies).await?;
    let stop = CancellationToken::new();
    let mut workers = Vec::new();
    for n in 1..=WORKERS {
        let options = WorkerOptions {
            name: format!("{domain}-{n}"),
            concurrency: 256,
            batch: 128,
            poll: Duration::from_millis(10),
            ..WorkerOptions::default()
        };
        let worker = Worker::new(bus.clone(), &domain, options).handle("Echo", |claimed| async move { Ok(claimed.data) });
        workers.push(tokio::spawn(worker.run(stop.clone())));
    }

    let begun = Instant::now();
    let sender = tokio::spawn(send_all(bus.clone(), tenant, domain, replies, run, total));
    drain(&reader, total).await?;
    let took = begun.elapsed();
    sender.await??;
    stop.cancel();
    for worker in workers {
        worker.await??;
    }
    let rate = (total as f64 / took.as_secs_f64()).round();
    println!("{}", json!({ "name": "bus", "value": rate, "unit": "commands/s" }));
    Ok(())
}

async fn drain(reader: &bus::ReplyReader, total: usize) -> Result<(), Anything> {
    let mut drained = 0;
    while drained < total {
        let batch = reader.read(1000, Duration::from_secs(60)).await?;
        if batch.is_empty() {
            tokio::time::sleep(Duration::from_millis(5)).await;
            continue;
        }
        reader.acknowledge(&batch).await?;
        drained += batch.len();
    }
    Ok(())
}

async fn send_all(bus: Bus, tenant: TenantId, domain: String, replies: String, run: u128, total: usize) -> Result<(), Anything> {
    let mut sent = 0;
    while sent < total {
        let batch = (sent..total.min(sent + BATCH))
            .map(|n| Send {
                tenant,
                domain: domain.clone(),
                command_type: "Echo".into(),
                command_id: CommandId(Uuid::from_u128(run ^ ((n as u128) << 96))),
                correlation_id: None,
                data: json!({ "n": n, "text": "a payload of ordinary size, as a host would send it" }),
                reply_to: Some(replies.clone()),
                max_attempts: None,
            })
            .collect::<Vec<_>>();
        sent += batch.len();
        bus.send_many(batch).await?;
    }
    Ok(())
}

/// The kernel's randomness, so that two runs in one database do not share ids.
fn unique() -> u128 {
    let text = std::fs::read_to_string("/proc/sys/kernel/random/uuid").unwrap_or_default();
    Uuid::parse_str(text.trim()).map_or(0, |id| id.as_u128() & u128::from(u64::MAX))
}
