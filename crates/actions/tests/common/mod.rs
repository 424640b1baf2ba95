//! A migrated scratch database with two tenants, staff of every role, and commands and jobs in the
//! troubleshooting queue; and the gate over it.
#![allow(dead_code, unused_imports, clippy::allow_attributes, reason = "each test binary uses its own part of the fixture")]

mod artifacts;
mod inputs;
mod pages;
mod watched;

pub use artifacts::*;
pub use inputs::*;
pub use watched::*;

use domain::{Ask, Problem, Role};
use gate::{Gate, Logins, Runner, Token};
use serde_json::{Value, json};
use sqlx::{ConnectOptions, Connection, PgConnection, postgres::PgConnectOptions};
use std::sync::Arc;
use uuid::Uuid;

pub const NORTHWIND: Uuid = Uuid::from_u128(0xA);
pub const CONTOSO: Uuid = Uuid::from_u128(0xB);
pub const STEPS: [&str; 5] = ["pdf_upload", "text_extraction", "wall_detection", "room_detection", "bim_generation"];

pub struct World {
    pub gate: Arc<Gate>,
    pub admin: PgConnectOptions,
    pub scratch: cluster::Scratch,
}

/// A person with a role, signed in; in a support session as asked.
#[derive(Clone, Copy)]
pub struct Person {
    pub role: Role,
    pub only: Option<Uuid>,
    pub session_on: Option<Uuid>,
    pub writing: bool,
    pub stale_factor: bool,
}

pub const READY: Person = Person { role: Role::Support, only: None, session_on: Some(NORTHWIND), writing: true, stale_factor: false };

pub async fn world() -> World {
    let scratch = cluster::scratch().expect("a scratch cluster").fresh_database().expect("a database");
    let admin: PgConnectOptions = scratch.superuser_url.parse().expect("a url");
    store::migrate(&admin, None).await.expect("migrations");
    let logins = Logins { admin: admin.clone(), password: None };
    let gate = Arc::new(Gate::open(&logins).await.expect("the gate"));
    gate.seals_with(Arc::new(Boxes));
    gate.digests_with(Arc::new(Here));
    let world = World { gate, admin, scratch };
    let mut db = world.db().await;
    sqlx::query(
        "insert into console.tenant (id, slug, name) values ($1, 'northwind', 'Northwind Hospitals'), ($2, 'contoso', 'Contoso Estates')",
    )
    .bind(NORTHWIND)
    .bind(CONTOSO)
    .execute(&mut db)
    .await
    .expect("tenants");
    // Tests of approval set it as it has to be; all others are about something else.
    sqlx::query("update console.setting set approve_above = 1000000").execute(&mut db).await.expect("no approval");
    sqlx::query("set role ops_owner").execute(&mut db).await.expect("role");
    sqlx::query("select commandbus.ensure_queue('plans__commands'), commandbus.ensure_queue('plans__replies')")
        .execute(&mut db)
        .await
        .expect("queues");
    world
}

impl World {
    pub async fn db(&self) -> PgConnection {
        self.admin.connect().await.expect("an administrator's connection")
    }

    /// Signs a person in, straight into the tables.
    pub async fn sign_in(&self, person: Person) -> Token {
        let mut db = self.db().await;
        let staff = Uuid::from_u128(rand_u128());
        let bytes: Vec<u8> = [staff.as_bytes().as_slice(), staff.as_bytes().as_slice()].concat();
        let token = Token::from_bytes(bytes.try_into().expect("32 bytes"));
        sqlx::query("insert into console.staff (id, email, name, enrolled_at) values ($1, $1::text || '@example.test', 'Anna ' || left($1::text, 4), now())")
            .bind(staff).execute(&mut db).await.expect("staff");
        sqlx::query("insert into console.staff_role values ($1, $2, $3)")
            .bind(staff)
            .bind(person.role.word())
            .bind(person.only)
            .execute(&mut db)
            .await
            .expect("role");
        sqlx::query(
            "insert into console.sign_in (id, staff_id, kind, token_hash, scope_hash, second_factor_at, expires_at)
                     values ($1, $1, 'browser', $2, $3, now() - make_interval(hours => $4), now() + interval '8 hours')",
        )
        .bind(staff)
        .bind(token.hash())
        .bind(token.scope_hash())
        .bind(if person.stale_factor { 11 } else { 0 })
        .execute(&mut db)
        .await
        .expect("sign-in");
        if let Some(tenant) = person.session_on {
            sqlx::query("insert into console.support_session (id, tenant_id, staff_id, sign_in_id, ticket, reason, expires_at, write_until)
                         values ($1, $2, $1, $1, 'SUP-1234', 'Plan upload for the east wing fails', now() + interval '50 minutes', case when $3 then now() + interval '9 minutes' end)")
                .bind(staff).bind(tenant).bind(person.writing).execute(&mut db).await.expect("session");
        }
        db.close().await.expect("close");
        token
    }

    /// A command of a tenant waiting for a person, with its payload archived and a failed job.
    pub async fn failed_command(&self, tenant: Uuid) -> (Uuid, Uuid) {
        let mut db = self.db().await;
        let (command, job) = (Uuid::from_u128(rand_u128()), Uuid::from_u128(rand_u128()));
        let body = json!({"domain": "plans", "command_type": "IngestPlan", "command_id": command, "correlation_id": command, "data": {"file": "east-wing.pdf"}, "reply_to": "plans__replies"});
        let msg: i64 = sqlx::query_scalar("select pgmq.send('plans__commands', $1)").bind(&body).fetch_one(&mut db).await.expect("send");
        sqlx::query("select pgmq.archive('plans__commands', $1)").bind(msg).execute(&mut db).await.expect("archive");
        sqlx::query("insert into commandbus.command (tenant_id, command_id, domain, command_type, queue_name, msg_id, status, attempts, max_attempts, epoch, reply_to, correlation_id, last_error_type, last_error_code, last_error_title)
                     values ($1, $2, 'plans', 'IngestPlan', 'plans__commands', $3, 'IN_TROUBLESHOOTING_QUEUE', 3, 3, 3, 'plans__replies', $2, 'TRANSIENT', 'OUT_OF_MEMORY', 'wall_detection ran out of memory')")
            .bind(tenant).bind(command).bind(msg).execute(&mut db).await.expect("command");
        sqlx::query(
            "insert into commandbus.payload_archive (tenant_id, command_id, payload) values ($1, $2, '{\"file\": \"east-wing.pdf\"}')",
        )
        .bind(tenant)
        .bind(command)
        .execute(&mut db)
        .await
        .expect("payload");
        sqlx::query("insert into commandbus.command_error (tenant_id, command_id, message) values ($1, $2, 'out of memory: needed > 256 MB of 256 MB')").bind(tenant).bind(command).execute(&mut db).await.expect("error");
        sqlx::query("insert into pipeline.job (tenant_id, job_id, command_id, pipeline, status, current_step, error_code, error_title, started_at, finished_at) values ($1, $2, $3, 'plan_ingest', 'FAILED', 'wall_detection', 'OUT_OF_MEMORY', 'wall_detection ran out of memory', now(), now())")
            .bind(tenant).bind(job).bind(command).execute(&mut db).await.expect("job");
        sqlx::query("insert into pipeline.job_detail values ($1, $2, 'east-wing.pdf', 'facilities@northwind.example')")
            .bind(tenant)
            .bind(job)
            .execute(&mut db)
            .await
            .expect("detail");
        for (ordinal, step) in STEPS.iter().enumerate() {
            let status = ["SUCCEEDED", "SUCCEEDED", "FAILED", "SKIPPED", "SKIPPED"][ordinal];
            sqlx::query("insert into pipeline.step (tenant_id, job_id, ordinal, name, status, memory_limit_bytes, cpu_limit_seconds, wall_limit_seconds) values ($1, $2, $3, $4, $5, 268435456, 60, 120)")
                .bind(tenant).bind(job).bind(i32::try_from(ordinal).expect("small")).bind(step).bind(status).execute(&mut db).await.expect("step");
        }
        for number in 1..=2 {
            sqlx::query(
                "with tried as (
                   insert into pipeline.attempt (tenant_id, job_id, step, number, epoch, status, finished_at, memory_limit_bytes, cpu_limit_seconds, wall_limit_seconds, error_code, error_title, worker, build)
                   values ($1, $2, 'wall_detection', $3, $3, 'FAILED', now(), 268435456, 60, 120, 'OUT_OF_MEMORY', 'wall_detection ran out of memory', 'plans-1', 'b1') returning tenant_id, id)
                 insert into pipeline.attempt_detail (tenant_id, attempt_id, log, error_message)
                 select tenant_id, id, '10:00:00.000 reading east-wing.pdf', 'out of memory: needed > 256 MB of 256 MB' from tried",
            )
            .bind(tenant)
            .bind(job)
            .bind(number)
            .execute(&mut db)
            .await
            .expect("attempt");
        }
        db.close().await.expect("close");
        (command, job)
    }

    /// A failed command with its job, an operation in a state fit for the action, and a token sealed for the person.
    pub async fn subjects(&self, token: &Token, action: &str, tenant: Uuid) -> Subjects {
        let (command, job) = self.failed_command(tenant).await;
        if action == "kill-job" {
            self.runs(command).await;
        }
        let state = match action {
            "resume-operation" => "PAUSED",
            "approve-operation" => "PROPOSED",
            _ => "RAMPING",
        };
        self.artifact(action, command).await;
        let group = self.group_of(command).await;
        self.masked(action == "reveal-payload").await;
        Subjects {
            command,
            job,
            operation: self.operation(tenant, state).await,
            token: self.sealed(token, tenant).await,
            group,
            frontend_group: self.frontend_group(tenant).await,
            frontend_event: self.frontend_event().await,
            check: self.check(command).await,
            view: self.saved_view(token).await,
            version: self.text(EAST_WING).await,
            deploy: self.deploy().await,
            watched: self.watched().await,
        }
    }

    /// A deploy for everybody that was noticed.
    pub async fn deploy(&self) -> i64 {
        let mut db = self.db().await;
        let sql = "insert into ops.deploy (service, build, at, source, said_by) values ('worker:plans', 'b2', clock_timestamp(), 'noticed', 'the console') returning id";
        let deploy = sqlx::query_scalar(sql).fetch_one(&mut db).await.expect("a deploy");
        db.close().await.expect("close");
        deploy
    }

    /// What watches the console.
    pub async fn collector(&self) -> gate::Collector {
        let logins = Logins { admin: self.admin.clone(), password: None };
        gate::Collector::open(&logins, "a test".into()).await.expect("a collector")
    }

    /// A question to a worker about a command's payload, which it would not take.
    pub async fn check(&self, command: Uuid) -> Uuid {
        let mut db = self.db().await;
        let check = sqlx::query_scalar(
            "insert into commandbus.check_request (tenant_id, command_id, domain, command_type, payload, worker, answered_at, said)
             select tenant_id, command_id, domain, command_type, '{\"file\": \"east-wing.pdf\"}', 'plans-1', now(), '[[\"file\", \"east-wing.pdf is not there.\"]]'
             from commandbus.command where command_id = $1 returning id",
        )
        .bind(command)
        .fetch_one(&mut db)
        .await
        .expect("a question");
        db.close().await.expect("close");
        check
    }

    /// A contract that calls the file's name sensitive; or none.
    async fn masked(&self, sensitive: bool) {
        let mut db = self.db().await;
        sqlx::query(
            "with gone as (delete from commandbus.contract where worker = 'the walk' and not $1)
             insert into commandbus.contract (domain, command_type, schema, sensitive, worker, build)
             select 'plans', 'IngestPlan', '{\"type\": \"object\"}', '[[\"file\"]]', 'the walk', '1' where $1 on conflict do nothing",
        )
        .bind(sensitive)
        .execute(&mut db)
        .await
        .expect("a contract");
        db.close().await.expect("close");
    }

    /// A view saved by the person, not shared.
    pub async fn saved_view(&self, token: &Token) -> i64 {
        let mut db = self.db().await;
        let view = sqlx::query_scalar(
            "insert into console.saved_view (staff_id, staff_name, place, name, query)
             select staff_id, 'Anna', 'jobs', 'Failed today', 'status=FAILED' from console.sign_in where token_hash = $1
             on conflict (staff_id, place, name) do update set query = excluded.query returning id",
        )
        .bind(token.hash())
        .fetch_one(&mut db)
        .await
        .expect("a view");
        db.close().await.expect("close");
        view
    }

    /// The job of a failed command as it is in the middle of its third step, by a worker that answers.
    pub async fn runs(&self, command: Uuid) {
        let mut db = self.db().await;
        for sql in [
            "insert into commandbus.worker (name, domain, build) select 'plans-1', 'plans', 'b2' where $1::uuid is not null on conflict (name) do update set heartbeat_at = clock_timestamp(), stopped_at = null",
            "update commandbus.command set status = 'IN_PROGRESS', worker = 'plans-1', epoch = epoch + 1, lease_until = clock_timestamp() + interval '30 seconds' where command_id = $1",
            "update pipeline.job set status = 'RUNNING', error_code = null, error_title = null, finished_at = null where command_id = $1",
            "update pipeline.step s set status = case when ordinal = 2 then 'RUNNING' else 'WAITING' end from pipeline.job j where j.command_id = $1 and s.job_id = j.job_id and ordinal >= 2",
            "insert into pipeline.attempt (tenant_id, job_id, step, number, epoch, status, memory_limit_bytes, cpu_limit_seconds, wall_limit_seconds, worker, build)
             select j.tenant_id, j.job_id, 'wall_detection', 3, c.epoch, 'RUNNING', 268435456, 60, 120, 'plans-1', 'b2'
             from pipeline.job j join commandbus.command c on c.command_id = j.command_id where j.command_id = $1",
        ] {
            sqlx::query(sql).bind(command).execute(&mut db).await.unwrap_or_else(|error| panic!("{sql}: {error}"));
        }
        db.close().await.expect("close");
    }

    /// The group of a command, as if nobody had looked at it yet.
    pub async fn group_of(&self, command: Uuid) -> i64 {
        self.count_groups().await;
        let mut db = self.db().await;
        let group: i64 = sqlx::query_scalar(
            "update triage.failure_group set state = 'NEW', why = null, ticket = null, snooze_until = null, snooze_total = null, snooze_per_hour = null, resolved_in = null
             where fingerprint = (select last_fingerprint from commandbus.command where command_id = $1) returning id",
        )
        .bind(command)
        .fetch_one(&mut db)
        .await
        .expect("its group");
        sqlx::query("delete from triage.group_note where group_id = $1").bind(group).execute(&mut db).await.expect("no notes");
        db.close().await.expect("close");
        group
    }

    pub async fn count_groups(&self) {
        while self.gate.count_groups().await.expect("counted") {}
    }

    /// An operation over nothing much, straight into the tables.
    pub async fn operation(&self, tenant: Uuid, state: &str) -> Uuid {
        let mut db = self.db().await;
        let id = Uuid::from_u128(rand_u128());
        sqlx::query("insert into console.operation (tenant_id, id, action, staff_id, staff_name, audit_id, preview, filter, rate, canary, halt_percent, state, total, waiting)
                     values ($1, $2, 'start-bulk-retry', $2, 'Anna', 1, convert_to($2::text, 'UTF8'), '{\"until\": \"2026-11-21T10:00:00Z\"}', 50, true, 10, $3, 3, 3)")
            .bind(tenant).bind(id).bind(state).execute(&mut db).await.expect("operation");
        db.close().await.expect("close");
        id
    }

    /// The token of a preview of all of a tenant's commands, as this person would get it inside a session.
    pub async fn sealed(&self, token: &Token, tenant: Uuid) -> String {
        self.sealed_at(token, tenant, 0).await
    }

    /// The same, so many seconds from now.
    pub async fn sealed_at(&self, token: &Token, tenant: Uuid, secs: i64) -> String {
        let mut db = self.db().await;
        let (count, version, now): (i64, i64, sqlx::types::time::OffsetDateTime) = sqlx::query_as(
            "select count(*), coalesce(bit_xor(uuid_hash_extended(command_id, epoch)), 0), clock_timestamp() from commandbus.command
             where tenant_id = $1 and status = 'IN_TROUBLESHOOTING_QUEUE'",
        )
        .bind(tenant)
        .fetch_one(&mut db)
        .await
        .expect("the set");
        let now = domain::At::from(now).plus_secs(secs);
        let chosen = actions::find::Conditions { until: Some(now), ..Default::default() };
        let previewed = actions::views::bulk_preview::Previewed { tenant: domain::TenantId(tenant), chosen, count, version, at: now };
        let seal: Option<String> =
            sqlx::query_scalar("with scope as materialized (select set_config('ops.scope', $1, false)) select console.seal($2) from scope")
                .bind(token.scope())
                .bind(previewed.text())
                .fetch_one(&mut db)
                .await
                .expect("a seal");
        db.close().await.expect("close");
        previewed.token(&seal.unwrap_or_default())
    }

    /// Many commands of a tenant in the troubleshooting queue, their payloads in the queue's archive.
    pub async fn many_failed(&self, tenant: Uuid, count: i32) {
        let mut db = self.db().await;
        sqlx::query("with ids as materialized (select gen_random_uuid() as id from generate_series(1, $2)),
                     archived as (insert into pgmq.a_plans__commands (msg_id, read_ct, enqueued_at, vt, message, headers)
                       select nextval('pgmq.q_plans__commands_msg_id_seq'), 1, now(), now(), jsonb_build_object('command_id', id, 'data', jsonb_build_object('file', 'east-wing.pdf')), '{}' from ids returning msg_id, message)
                     insert into commandbus.command (tenant_id, command_id, domain, command_type, queue_name, msg_id, status, attempts, max_attempts, epoch, correlation_id, last_error_type, last_error_code)
                     select $1, (message ->> 'command_id')::uuid, 'plans', 'IngestPlan', 'plans__commands', msg_id, 'IN_TROUBLESHOOTING_QUEUE', 3, 3, 3, gen_random_uuid(), 'TRANSIENT', 'OUT_OF_MEMORY' from archived")
            .bind(tenant).bind(count).execute(&mut db).await.expect("commands");
        db.close().await.expect("close");
    }

    pub async fn runner(&self) -> Runner {
        let logins = Logins { admin: self.admin.clone(), password: None };
        let secret = [rand_u128().to_be_bytes(), rand_u128().to_be_bytes()].concat();
        Runner::open(&logins, "a test".into(), secret.try_into().expect("32 bytes"), actions::table::ACTIONS).await.expect("a runner")
    }

    pub async fn act(&self, token: &Token, action: &str, ask: Ask, input: Value) -> Result<Value, Problem> {
        self.gate.act(token, actions::table::action(action).expect("an action"), ask, input).await.map(|raw| json(&raw))
    }

    pub async fn view(&self, token: &Token, view: &str, input: Value) -> Result<Value, Problem> {
        self.gate.view(token, actions::table::view(view).expect("a view"), input).await.map(|raw| json(&raw))
    }

    pub async fn text(&self, sql: &'static str) -> String {
        let mut db = self.db().await;
        let text: Option<String> = sqlx::query_scalar(sql).fetch_one(&mut db).await.expect("a value");
        db.close().await.expect("close");
        text.unwrap_or_default()
    }
}

/// Ids for rows; from the database's generator, so that no test depends on a clock.
pub fn rand_u128() -> u128 {
    use std::hash::{BuildHasher, RandomState};
    let half = || u128::from(RandomState::new().hash_one(0));
    (half() << 64) | half()
}

/// Things to act on.
pub struct Subjects {
    pub watched: Watched,
    pub command: Uuid,
    pub job: Uuid,
    pub operation: Uuid,
    /// Of a preview of all commands of the tenant.
    pub token: String,
    /// Of the command.
    pub group: i64,
    /// Of errors of a page of the tenant.
    pub frontend_group: i64,
    /// The newest event of a page, which is the group's.
    pub frontend_event: i64,
    /// A view saved by the person.
    pub view: i64,
    /// The version of its payload.
    pub version: String,
    /// A question to a worker about the command's payload.
    pub check: Uuid,
    /// A deploy for everybody.
    pub deploy: i64,
}

fn json(raw: &serde_json::value::RawValue) -> Value {
    serde_json::from_str(raw.get()).expect("JSON")
}
