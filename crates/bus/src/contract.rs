//! What a host says of a command type besides handling it: the contract of its payloads, and a check that answers before anything is
//! sent. Written down when a worker starts; asked by the console through a table. Not in here: who may edit what.

use crate::BusError;
use crate::worker::Shared;
use domain::{CommandId, TenantId};
use exact::{Contract, Json, Path, Step};
use serde_json::{Value, json};
use std::collections::HashMap;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

/// How often questions are looked for.
const EVERY: Duration = Duration::from_millis(500);
/// How long a check may take; whoever asked waits a little longer.
const PATIENCE: Duration = Duration::from_secs(10);
/// Questions taken at once.
const AT_ONCE: i64 = 8;

/// A payload somebody would like to send.
#[derive(Debug, Clone)]
pub struct Checked {
    pub tenant: TenantId,
    pub command_id: CommandId,
    pub data: Value,
    /// The same as text, to the letter: numbers too long for `data` are whole here.
    pub text: Arc<str>,
}

/// What is against a payload.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Objection {
    /// Which field, such as `customer.size`.
    pub path: String,
    /// What is wrong and what would be right, as a sentence for support staff.
    pub sentence: String,
}

impl Objection {
    #[must_use]
    pub fn at(path: impl Into<String>, sentence: impl Into<String>) -> Self {
        Self { path: path.into(), sentence: sentence.into() }
    }
}

type Said = Pin<Box<dyn Future<Output = Vec<Objection>> + Send>>;
/// A check of one type.
pub(crate) type Check = Arc<dyn Fn(Checked) -> Said + Send + Sync>;

pub(crate) fn check<F, A>(ask: F) -> Check
where
    F: Fn(Checked) -> A + Send + Sync + 'static,
    A: Future<Output = Vec<Objection>> + Send + 'static,
{
    Arc::new(move |checked| Box::pin(ask(checked)))
}

/// A contract as it is written down.
pub(crate) struct Written {
    pub command_type: String,
    schema: String,
    sensitive: Value,
    classes: Vec<String>,
}

/// Reads a schema, so that a host that says what is not kept hears of it when it starts.
pub(crate) fn written(command_type: &str, schema: &Value) -> Result<Written, BusError> {
    let bad = |why: String| BusError::BadContract { command_type: command_type.to_owned(), why };
    let schema = schema.to_string();
    let read = Json::read(&schema).map_err(|misread| bad(misread.to_string()))?;
    let contract = Contract::of(&read).map_err(|unfit| bad(unfit.0))?;
    let sensitive = contract.sensitive().iter().map(keys).collect();
    Ok(Written { command_type: command_type.to_owned(), schema, sensitive, classes: contract.classes() })
}

fn keys(path: &Path) -> Value {
    path.0.iter().map(|step| if let Step::Key(key) = step { json!(key) } else { json!(null) }).collect()
}

/// Writes the contracts down. The worker that started last is believed: it has the newest build.
pub(crate) async fn register(shared: &Shared) -> Result<(), BusError> {
    for contract in &shared.contracts {
        sqlx::query(
            "insert into commandbus.contract (domain, command_type, schema, sensitive, worker, build, classes) values ($1, $2, $3::jsonb, $4, $5, $6, $7)
             on conflict (domain, command_type) do update set schema = excluded.schema, sensitive = excluded.sensitive, classes = excluded.classes,
               worker = excluded.worker, build = excluded.build, at = clock_timestamp()",
        )
        .bind(&*shared.claimant.domain)
        .bind(&contract.command_type)
        .bind(&contract.schema)
        .bind(&contract.sensitive)
        .bind(&shared.options.name)
        .bind(&shared.options.build)
        .bind(&contract.classes)
        .execute(&shared.bus.pool)
        .await?;
    }
    Ok(())
}

/// Answers questions until told to stop.
pub(crate) async fn run(shared: Arc<Shared>, checks: HashMap<String, Check>, stop: CancellationToken) {
    if checks.is_empty() {
        return;
    }
    let types: Vec<String> = checks.keys().cloned().collect();
    loop {
        match take(&shared, &types).await {
            Ok(asked) => {
                for question in asked {
                    tokio::spawn(answer(shared.clone(), checks.get(&question.command_type).cloned(), question));
                }
            }
            Err(error) => tracing::warn!(worker = shared.options.name, %error, "questions about payloads could not be read; trying again"),
        }
        tokio::select! {
            () = stop.cancelled() => return,
            () = tokio::time::sleep(EVERY) => {}
        }
    }
}

#[derive(sqlx::FromRow)]
struct Question {
    tenant_id: Uuid,
    id: Uuid,
    command_id: Uuid,
    command_type: String,
    payload: String,
}

async fn take(shared: &Shared, types: &[String]) -> Result<Vec<Question>, BusError> {
    Ok(sqlx::query_as(
        "with open as (
           select tenant_id, id from commandbus.check_request
           where domain = $1 and command_type = any ($2) and answered_at is null and worker is null and expires_at > clock_timestamp()
           order by asked_at limit $3 for update skip locked)
         update commandbus.check_request r set worker = $4 from open o where r.tenant_id = o.tenant_id and r.id = o.id
         returning r.tenant_id, r.id, r.command_id, r.command_type, r.payload::text as payload",
    )
    .bind(&*shared.claimant.domain)
    .bind(types)
    .bind(AT_ONCE)
    .bind(&shared.options.name)
    .fetch_all(&shared.bus.pool)
    .await?)
}

async fn answer(shared: Arc<Shared>, check: Option<Check>, question: Question) {
    let said = judge(check, &question).await;
    let (said, broken) = match said {
        Ok(objections) => (Some(objections.into_iter().map(|one| (one.path, one.sentence)).collect::<Vec<_>>()), None),
        Err(broken) => (None, Some(broken)),
    };
    let written = sqlx::query(
        "update commandbus.check_request set answered_at = clock_timestamp(), said = $3, broken = $4
         where tenant_id = $1 and id = $2 and answered_at is null",
    )
    .bind(question.tenant_id)
    .bind(question.id)
    .bind(said.map(sqlx::types::Json))
    .bind(broken)
    .execute(&shared.bus.pool)
    .await;
    if let Err(error) = written {
        tracing::warn!(worker = shared.options.name, %error, "an answer about a payload could not be written");
    }
}

/// What the check says; or why it could not say anything.
async fn judge(check: Option<Check>, question: &Question) -> Result<Vec<Objection>, String> {
    let check = check.ok_or("This worker has no check for this type.")?;
    let data = match serde_json::from_str(&question.payload) {
        Ok(data) => data,
        // The handler would not get it either.
        Err(_) => return Ok(vec![Objection::at("the payload", crate::claim::UNREADABLE)]),
    };
    let asked = Checked {
        tenant: TenantId(question.tenant_id),
        command_id: CommandId(question.command_id),
        data,
        text: question.payload.as_str().into(),
    };
    // In a task of its own, so that a crash is an answer.
    let mut checking = tokio::spawn(check(asked));
    match tokio::time::timeout(PATIENCE, &mut checking).await {
        Ok(Ok(objections)) => Ok(objections),
        Ok(Err(_)) => Err("It crashed; the worker's log has the place.".to_owned()),
        Err(_) => {
            checking.abort();
            Err(format!("It took longer than {} seconds.", PATIENCE.as_secs()))
        }
    }
}
