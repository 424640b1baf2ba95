//! What the database says of itself, the bus, the workers, the migrations, the limits, checks and alerts.

use super::{ALL, Collector, secs_to_millis};
use crate::error::database;
use domain::{Compare, Fact, Figure, PartStatus, Problem, Reading, human_millis};
use std::{collections::BTreeMap, time::Instant};
use uuid::Uuid;

/// Commands looked at when the bus is counted: beyond these nobody needs the exact number every five seconds.
const MOST_COUNTED: i64 = 100_000;
/// What waits longer than this is strained, and than this is failing.
const WAITS: (i64, i64) = (60_000, 600_000);

/// The fact that counts what waits for a person.
pub const IN_TROUBLESHOOTING: &str = "in the troubleshooting queue";

type Queue = (Uuid, String, i64, i64, Option<f64>);

impl Collector {
    /// Whether it answers, how fast, how large it is, and how many of its connections are taken.
    pub async fn database(&self) -> Result<Reading, Problem> {
        let asked = Instant::now();
        sqlx::query("select 1").execute(&self.reads).await.map_err(|error| database(&error))?;
        let answered = i64::try_from(asked.elapsed().as_micros()).unwrap_or(i64::MAX);
        let (version, number, size, taken, most): (String, i32, i64, i64, i32) = sqlx::query_as(
            "select current_setting('server_version'), current_setting('server_version_num')::int, pg_database_size(current_database()),
                    (select count(*) from pg_stat_activity where datid is not null), current_setting('max_connections')::int",
        )
        .fetch_one(&self.reads)
        .await
        .map_err(|error| database(&error))?;
        let version = version.split_whitespace().next().unwrap_or_default().to_owned();
        let facts = vec![
            Fact::text("PostgreSQL", version.clone()).compared(Compare::Value),
            Fact::number("round trip", answered, "us"),
            Fact::number("size", size, "bytes"),
            Fact::number("connections", taken, "").of(i64::from(most)),
        ];
        let reading = Reading::of("a query of the database", facts);
        let full = taken * 10 >= i64::from(most) * 9;
        // 15.20 mends five faults of row-level security, by which tenants are kept apart.
        let old = (150_000..150_020).contains(&number);
        let reading =
            if old { reading.but(PartStatus::Warn, format!("PostgreSQL {version} should be updated to 15.20.")) } else { reading };
        Ok(if full { reading.but(PartStatus::Warn, format!("{taken} of {most} connections are taken.")) } else { reading })
    }

    /// How much waits in each queue, and for how long, over all and by tenant.
    pub async fn bus(&self) -> Result<Reading, Problem> {
        let rows: Vec<Queue> = sqlx::query_as(
            // From queue to queue along the index, and of each so many: a long one hides no other.
            "with recursive queue as (
               (select queue_name from commandbus.command where status = 'PENDING' order by queue_name limit 1)
               union all
               select (select c.queue_name from commandbus.command c where c.status = 'PENDING' and c.queue_name > q.queue_name order by c.queue_name limit 1)
               from queue q where q.queue_name is not null),
             waits as (select w.* from queue q cross join lateral (
               select c.tenant_id, c.queue_name, c.visible_at from commandbus.command c
               where c.status = 'PENDING' and c.queue_name = q.queue_name order by c.visible_at limit $2) w)
             select coalesce(tenant_id, $1), queue_name, count(*), count(*) filter (where visible_at > statement_timestamp()),
                    extract(epoch from statement_timestamp() - min(visible_at) filter (where visible_at <= statement_timestamp()))::float8
             from waits group by grouping sets ((queue_name), (tenant_id, queue_name)) order by 1, 2",
        )
        .bind(ALL)
        .bind(MOST_COUNTED)
        .fetch_all(&self.reads)
        .await
        .map_err(|error| database(&error))?;
        let overrun: i64 = sqlx::query_scalar(
            "select count(*) from commandbus.command where status = 'IN_PROGRESS' and lease_until < statement_timestamp() - interval '30 seconds'",
        )
        .fetch_one(&self.reads)
        .await
        .map_err(|error| database(&error))?;
        let open: Vec<(Uuid, i64)> =
            sqlx::query_as("select scope, sum(open)::int8 from triage.group_count where open > 0 group by 1 order by 2 desc limit 1000")
                .fetch_all(&self.reads)
                .await
                .map_err(|error| database(&error))?;
        let mut reading = bus(&rows, overrun);
        for (scope, open) in open {
            let fact = Fact::number(IN_TROUBLESHOOTING, open, "commands").compared(Compare::Times);
            figure_of(&mut reading.figures, scope).facts.insert(0, fact);
        }
        Ok(reading)
    }

    /// Who is heard from, by domain, and which build they run.
    pub async fn workers(&self) -> Result<Reading, Problem> {
        let rows: Vec<(String, i64, i64, Option<String>)> = sqlx::query_as(
            "select domain, count(*) filter (where heartbeat_at > statement_timestamp() - interval '30 seconds'),
                    count(*) filter (where heartbeat_at <= statement_timestamp() - interval '30 seconds'), (array_agg(build order by started_at desc))[1]
             from commandbus.worker where stopped_at is null and heartbeat_at > statement_timestamp() - interval '1 day' group by 1 order by 1",
        )
        .fetch_all(&self.reads)
        .await
        .map_err(|error| database(&error))?;
        let mut reading = Reading::of("heartbeats of the workers", Vec::new());
        for (domain, heard, silent, build) in &rows {
            reading.facts.push(Fact::number(format!("{domain}, heard from in 30 s"), *heard, "workers").of(heard + silent));
            reading.facts.push(Fact::text(format!("{domain}, build"), build.clone().unwrap_or_default()).compared(Compare::Value));
            reading = match (heard, silent) {
                (0, n) => {
                    reading.but(PartStatus::Fail, format!("None of {n} workers of {domain} is heard from: what is sent to it waits."))
                }
                (_, 0) => reading,
                (h, n) => reading.but(PartStatus::Warn, format!("{h} of {} workers of {domain} are heard from.", h + n)),
            };
        }
        Ok(if rows.is_empty() { reading.but(PartStatus::Warn, "No worker has reported within a day.") } else { reading })
    }

    /// Migrations this program knows against those the database has had.
    pub async fn migrations(&self) -> Result<Reading, Problem> {
        let applied: Vec<(i64, String)> =
            sqlx::query_as("select version, description from public._sqlx_migrations where success order by version")
                .fetch_all(&self.reads)
                .await
                .map_err(|error| database(&error))?;
        let had: BTreeMap<i64, String> = applied.into_iter().collect();
        let known: BTreeMap<i64, String> = store::migrations().collect();
        let pending = known.keys().filter(|version| !had.contains_key(version)).count();
        let newer = had.keys().filter(|version| !known.contains_key(version)).count();
        let mut facts =
            vec![Fact::number("applied", count(had.len()), "migrations"), Fact::number("pending", count(pending), "migrations")];
        facts
            .extend(had.iter().rev().map(|(version, what)| Fact::text(format!("{version:04} {what}"), "applied").compared(Compare::Value)));
        let reading = Reading::of("the table of migrations", facts);
        Ok(match (pending, newer) {
            (0, 0) => reading,
            (0, _) => reading.but(
                PartStatus::Warn,
                format!("The database has {newer} migrations this program does not know: it is older than another that ran here."),
            ),
            _ => reading.but(PartStatus::Fail, format!("{pending} migrations are missing in the database.")),
        })
    }

    /// What an administrator set, and besides it what the process says.
    pub async fn limits(&self, mut own: Vec<Fact>) -> Result<Reading, Problem> {
        let approve: i32 = sqlx::query_scalar("select approve_above from console.setting")
            .fetch_one(&self.reads)
            .await
            .map_err(|error| database(&error))?;
        own.insert(0, Fact::number("one person alone may act on", i64::from(approve), "commands").compared(Compare::Value));
        Ok(Reading::of("settings of the database and of the process", own))
    }

    /// How checks and heartbeats are: those that are not as they should be, and how many are.
    pub async fn checks(&self) -> Result<Reading, Problem> {
        let rows = sqlx::query_as("select scope, name, status, why from ops.check_figures() order by scope, name limit 2000");
        self.stated("checks and heartbeats", "none is saved", rows.fetch_all(&self.reads).await)
    }

    /// Alerts that are open.
    pub async fn alerts(&self) -> Result<Reading, Problem> {
        let rows = sqlx::query_as("select scope, name, status, why from ops.alert_figures() order by scope, name limit 2000");
        self.stated("alerts", "none is open", rows.fetch_all(&self.reads).await)
    }

    fn stated(&self, source: &str, none: &str, rows: Result<Vec<Stated>, sqlx::Error>) -> Result<Reading, Problem> {
        let mut reading = Reading::of(source, Vec::new());
        for (scope, name, status, why) in rows.map_err(|error| database(&error))? {
            let status = status.parse().unwrap_or(PartStatus::Warn);
            let figure = figure_of(&mut reading.figures, scope);
            figure.facts.push(Fact::text(name, if status == PartStatus::Pass { why.as_str() } else { status.word() }));
            if status.rank() > figure.status.rank() {
                (figure.status, figure.why) = (status, why);
            }
        }
        if reading.figures.is_empty() {
            reading.facts.push(Fact::text(source, none));
        }
        Ok(reading)
    }
}

/// Scope, name, status, and why it is not better.
type Stated = (Uuid, String, String, String);

fn bus(rows: &[Queue], overrun: i64) -> Reading {
    let mut reading = Reading::of("commands that wait", Vec::new());
    for (scope, queue, waits, later, oldest) in rows {
        let oldest = secs_to_millis(*oldest);
        let figure = figure_of(&mut reading.figures, *scope);
        let more = *scope == ALL && *waits >= MOST_COUNTED;
        let unit = if more { "commands or more" } else { "commands" };
        figure.facts.push(Fact::number(format!("{queue}, waiting"), *waits, unit).compared(Compare::Times));
        figure.facts.push(Fact::number(format!("{queue}, of these for a later moment"), *later, "commands"));
        figure.facts.push(Fact::number(format!("{queue}, oldest"), oldest, "ms"));
        let status = match oldest {
            ms if ms > WAITS.1 => PartStatus::Fail,
            ms if ms > WAITS.0 => PartStatus::Warn,
            _ => PartStatus::Pass,
        };
        if status.rank() > figure.status.rank() {
            (figure.status, figure.why) = (status, format!("The oldest command of {queue} has waited for {}.", human_millis(oldest)));
        }
    }
    if overrun > 0 {
        let figure = figure_of(&mut reading.figures, ALL);
        figure.facts.push(Fact::number("leases overrun", overrun, "commands"));
        if figure.status == PartStatus::Pass {
            (figure.status, figure.why) =
                (PartStatus::Warn, format!("{overrun} commands are held by a worker whose lease has run out for half a minute."));
        }
    }
    reading
}

/// The figure of a scope, made when it is not there yet.
pub(super) fn figure_of(figures: &mut Vec<Figure>, scope: Uuid) -> &mut Figure {
    let at = figures.iter().position(|figure| figure.scope == scope).unwrap_or_else(|| {
        figures.push(Figure { scope, status: PartStatus::Pass, why: String::new(), facts: Vec::new() });
        figures.len() - 1
    });
    &mut figures[at]
}

fn count(n: usize) -> i64 {
    i64::try_from(n).unwrap_or(i64::MAX)
}
