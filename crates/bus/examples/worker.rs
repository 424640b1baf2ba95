//! A worker that completes whatever it claims, until it is killed: for those who want to see what becomes of a queue, or of a
//! worker that is killed. Usage: `worker DATABASE_URL DOMAIN TYPE`.

use bus::{Bus, CancellationToken, Options, Worker, WorkerOptions};
use serde_json::json;
use std::time::Duration;

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let [url, domain, command_type] = args.as_slice() else { return Err("Usage: worker DATABASE_URL DOMAIN TYPE".into()) };
    let bus = Bus::connect(url, Options::default()).await?;
    let options = WorkerOptions {
        name: format!("worker-{}", std::process::id()),
        concurrency: 256,
        batch: 128,
        lease: Duration::from_secs(5),
        poll: Duration::from_millis(20),
        ..WorkerOptions::default()
    };
    Worker::new(bus, domain, options).handle(command_type, |_| async { Ok(json!({})) }).run(CancellationToken::new()).await?;
    Ok(())
}
