//! A migrated throw-away database with a tenant and a bus, and short ways to look into it.
use bus::{Bus, CancellationToken, Claimant, CommandId, Options, RetryPolicy, Send, TenantId, WorkerOptions};
use serde_json::{Value, json};
use sqlx::postgres::PgConnectOptions;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;
use uuid::Uuid;

pub struct World {
    pub bus: Bus,
    pub tenant: TenantId,
    pub url: String,
    pub scratch: cluster::Scratch,
}

static NEXT: AtomicU64 = AtomicU64::new(1);

/// Ids unique within a test's own database.
pub fn id() -> CommandId {
    CommandId(Uuid::from_u128(0x0193_0000_0000_7000_8000_0000_0000_0000 + u128::from(NEXT.fetch_add(1, Ordering::Relaxed))))
}

impl World {
    pub async fn new() -> Self {
        let scratch = cluster::scratch().expect("a scratch cluster").fresh_database().expect("a database");
        let admin: PgConnectOptions = scratch.superuser_url.parse().expect("a url");
        store::migrate(&admin, None).await.unwrap_or_else(|e| panic!("{e}: {e:?}"));
        let url = scratch.url("ops_bus");
        let bus = Bus::connect(&url, Options::default()).await.expect("a bus");
        let tenant = TenantId(Uuid::from_u128(1));
        bus.register_tenant(tenant, "acme", "ACME").await.expect("a tenant");
        Self { bus, tenant, url, scratch }
    }

    pub fn command(&self, command_type: &str, data: Value) -> Send {
        Send {
            tenant: self.tenant,
            domain: "plans".into(),
            command_type: command_type.into(),
            command_id: id(),
            correlation_id: None,
            data,
            reply_to: Some("plans__replies".into()),
            max_attempts: None,
        }
    }

    pub async fn send(&self, command_type: &str) -> CommandId {
        let send = self.command(command_type, json!({ "n": 1 }));
        let id = send.command_id;
        self.bus.send(send).await.expect("sent");
        id
    }

    /// One value, as `psql` prints it.
    pub fn sql(&self, statement: &str) -> String {
        self.scratch.sql(statement).unwrap_or_else(|e| panic!("{statement}: {e}"))
    }

    pub fn status(&self, command: CommandId) -> String {
        self.sql(&format!("select status from commandbus.command where command_id = '{command}'"))
    }

    pub fn history(&self, command: CommandId) -> Vec<String> {
        let all = self.sql(&format!("select string_agg(event_type, ' ' order by id) from commandbus.audit where command_id = '{command}'"));
        all.split(' ').map(str::to_owned).collect()
    }

    /// Waits until a statement gives `wanted`; fails with what it gave last.
    pub async fn until(&self, statement: &str, wanted: &str) {
        let mut last = String::new();
        for _ in 0..600 {
            last = self.sql(statement);
            if last == wanted {
                return;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        panic!("{statement} gave {last:?}, not {wanted:?}");
    }

    pub async fn until_status(&self, command: CommandId, wanted: &str) {
        self.until(&format!("select status from commandbus.command where command_id = '{command}'"), wanted).await;
    }
}

pub const LEASE: Duration = Duration::from_secs(30);

pub fn claimant(name: &str, lease: Duration) -> Claimant {
    Claimant { domain: "plans".into(), worker: name.into(), build: "test".into(), lease }
}

pub fn options(name: &str) -> WorkerOptions {
    WorkerOptions {
        name: name.into(),
        build: "test".into(),
        poll: Duration::from_millis(20),
        drain: Duration::from_millis(200),
        retry: RetryPolicy { delays: vec![Duration::from_millis(50)] },
        ..WorkerOptions::default()
    }
}

/// Runs a worker until the returned token is cancelled.
pub fn start(worker: bus::Worker) -> (CancellationToken, tokio::task::JoinHandle<bus::WorkerReport>) {
    let stop = CancellationToken::new();
    let token = stop.clone();
    (stop, tokio::spawn(async move { worker.run(token).await.expect("a worker") }))
}
