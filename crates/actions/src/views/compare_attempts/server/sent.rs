//! What two attempts were given by the command they are of: its payload as it was when each began, and what came with it. Row-level
//! security hides payloads outside a support session.

use super::super::Compared;
use crate::deeds::edited::{contract_of, stored, told};
use exact::Json;
use gate::{Failed, Look};
use store::payload;
use uuid::Uuid;

/// Differences that are told.
const TOLD: usize = 100;

/// Rows of a comparison.
pub(super) async fn compare(look: &mut Look, (tenant, job): (Uuid, Uuid), attempts: [i64; 2]) -> Result<Vec<Compared>, Failed> {
    let (command, domain, command_type, correlation, reply_to): (Uuid, String, String, Uuid, Option<String>) = sqlx::query_as(
        "select c.command_id, c.domain, c.command_type, c.correlation_id, c.reply_to from pipeline.job j
         join commandbus.command c on c.tenant_id = j.tenant_id and c.command_id = j.command_id where j.tenant_id = $1 and j.job_id = $2",
    )
    .bind(tenant)
    .bind(job)
    .fetch_one(look.conn())
    .await?;
    let mut rows = match payloads(look, (tenant, command), attempts).await? {
        Some([first, second]) => {
            let schema = payload::contract(look.conn(), &domain, &command_type).await?.map(|contract| contract.schema);
            let contract = contract_of(schema.as_deref())?.unwrap_or_default();
            let found = contract.hidden(&first.payload, &second.payload);
            let mut rows = vec![Compared { what: "payload".to_owned(), first: Some(first.words()), second: Some(second.words()) }];
            rows.extend(found.iter().take(TOLD).map(|found| {
                let told = told(found);
                let text = |value: serde_json::Value| value.as_str().map(str::to_owned);
                Compared { what: ["payload ", &told.field].concat(), first: text(told.before), second: text(told.after) }
            }));
            rows
        }
        None => Vec::new(),
    };
    // The same for every attempt of a command; here, because that is what one wants to rule out.
    let both = |what: &str, value: Option<String>| Compared { what: what.to_owned(), first: value.clone(), second: value };
    rows.extend([both("correlation", Some(correlation.to_string())), both("replies to", reply_to)]);
    Ok(rows)
}

/// A payload as it was at some time.
struct Then {
    payload: Json,
    /// Edits it had been through.
    edits: i32,
}

impl Then {
    fn words(&self) -> String {
        match self.edits {
            0 => "as it was sent at first".to_owned(),
            edit => format!("as edit {edit} left it"),
        }
    }
}

/// What each attempt was given; `None` where that is not to be seen, or no longer kept.
async fn payloads(look: &mut Look, (tenant, command): (Uuid, Uuid), attempts: [i64; 2]) -> Result<Option<[Then; 2]>, Failed> {
    // An edit keeps what it replaced, so the payload of a time is what the first edit after it replaced, or the present one.
    let then: Vec<(i64, i32, Option<String>)> = sqlx::query_as(
        "select a.id, (select count(*) from commandbus.payload_revision r where r.tenant_id = $1 and r.command_id = $2 and r.at <= a.started_at)::int,
           (select r.payload::text from commandbus.payload_revision r where r.tenant_id = $1 and r.command_id = $2 and r.at > a.started_at
            order by r.number limit 1)
         from pipeline.attempt a where a.tenant_id = $1 and a.id = any ($3)",
    )
    .bind(tenant)
    .bind(command)
    .bind(attempts.to_vec())
    .fetch_all(look.conn())
    .await?;
    let Some(now) = payload::payloads(look.conn(), &[command]).await?.remove(&command) else {
        return Ok(None);
    };
    let of = |id: i64| -> Result<Option<Then>, Failed> {
        let Some((_, edits, text)) = then.iter().find(|(of, ..)| *of == id) else { return Ok(None) };
        Ok(Some(Then { payload: stored(text.as_deref().unwrap_or(&now.text))?, edits: *edits }))
    };
    Ok(of(attempts[0])?.zip(of(attempts[1])?).map(|(first, second)| [first, second]))
}
