//! How the snapshot is read: the rows the collectors left, and nothing is waited for. What is old says so.

use super::{Context, ContextOutput, MOST_BYTES, Part};
use domain::{At, Fact, PARTS, PartKind, PartStatus, human_millis};
use gate::{Failed, Look, Show};
use sqlx::{
    FromRow,
    types::{Json, time::OffsetDateTime},
};
use std::hash::{DefaultHasher, Hash, Hasher};
use uuid::Uuid;

/// Readings missed before a part is old, and grace for a busy machine.
const MISSED: i64 = 3;
const GRACE_MS: i64 = 5_000;
/// What fails for longer is no hiccup.
const HICCUP_MS: i64 = 30_000;

#[derive(FromRow)]
struct Row {
    server: String,
    name: String,
    at: Option<OffsetDateTime>,
    age_ms: Option<i64>,
    took_ms: i32,
    period_ms: i32,
    status: String,
    why: String,
    source: String,
    facts: Json<Vec<Fact>>,
    failing_ms: Option<i64>,
    failure: Option<String>,
    tenant: Option<String>,
    of_scope: Option<String>,
    of_why: Option<String>,
    of_facts: Option<Json<Vec<Fact>>>,
}

impl Show for Context {
    async fn show(self, look: &mut Look) -> Result<ContextOutput, Failed> {
        let all = look.actor().sees_all_tenants();
        let rows: Vec<Row> = sqlx::query_as(
            "with told as (
               select p.*, row_number() over (partition by name order by at desc nulls last) as place from ops.part p
               where greatest(at, failed_at) > clock_timestamp() - interval '10 minutes')
             select p.server, p.name, p.at, (extract(epoch from clock_timestamp() - p.at) * 1000)::bigint as age_ms, p.took_ms, p.period_ms,
                    p.status, p.why, p.source, p.facts, (extract(epoch from clock_timestamp() - coalesce(p.at, p.failed_at)) * 1000)::bigint as failing_ms, p.failure,
                    t.slug as tenant, f.status as of_scope, f.why as of_why, f.facts as of_facts
             from told p left join ops.part_figure f on f.server = p.server and f.name = p.name and (f.scope = $1) = $2
               left join console.tenant t on t.id = f.scope
             where p.place = 1 or not (p.name = any ($3)) order by p.server, t.slug limit 1000",
        )
        .bind(Uuid::nil())
        .bind(all)
        .bind(PARTS.iter().filter(|kind| kind.shared).map(|kind| kind.name).collect::<Vec<_>>())
        .fetch_all(look.conn())
        .await?;
        Ok(snapshot(rows, look.now()))
    }
}

fn snapshot(rows: Vec<Row>, now: At) -> ContextOutput {
    let mut parts: Vec<Part> = rows.into_iter().filter_map(part).collect();
    for kind in PARTS {
        if !parts.iter().any(|part| part.name == kind.name) {
            parts.push(missing(kind));
        }
    }
    parts.sort_by_key(|part| PARTS.iter().position(|kind| kind.name == part.name));
    let left_out = shorten(&mut parts);
    let status = parts.iter().fold(PartStatus::Pass, |worst, part| worst.or(part.status));
    ContextOutput { now, version: version(&parts), status, parts, left_out }
}

fn part(row: Row) -> Option<Part> {
    let kind = PartKind::of(&row.name)?;
    let (mut status, mut why) = (row.status.parse().unwrap_or(PartStatus::Fail), row.why);
    let mut worse = |to: PartStatus, because: String| {
        if to.rank() > status.rank() {
            (status, why) = (to, because);
        }
    };
    if let Some(of_scope) = row.of_scope.and_then(|word| word.parse().ok()) {
        worse(of_scope, row.of_why.unwrap_or_default());
    }
    let age = row.age_ms.unwrap_or_default().max(0);
    let period = i64::from(row.period_ms);
    if age > period * MISSED + GRACE_MS {
        let said = ["This was read ", &human_millis(age), " ago, although it is read every ", &human_millis(period), "."].concat();
        worse(PartStatus::Warn, said);
    }
    if let Some(failure) = row.failure {
        let before = if row.at.is_some() { [" What is shown was read ", &human_millis(age), " ago."].concat() } else { String::new() };
        let to = if row.at.is_none() || row.failing_ms.unwrap_or_default() > HICCUP_MS { PartStatus::Fail } else { PartStatus::Warn };
        // A reading that fails is told even where the last good one was bad: it is the newer fact.
        (status, why) = (status.or(to), [failure, before].concat());
    }
    let mut observed = row.facts.0;
    observed.extend(row.of_facts.into_iter().flat_map(|facts| facts.0));
    Some(Part {
        section: kind.section,
        name: row.name,
        status,
        why,
        source: row.source,
        server: row.server,
        tenant: row.tenant,
        at: row.at.map(At::from),
        age_ms: age,
        took_ms: i64::from(row.took_ms),
        observed,
    })
}

fn missing(kind: &PartKind) -> Part {
    Part {
        section: kind.section,
        name: kind.name.to_owned(),
        status: PartStatus::Warn,
        why: "No server has read this within ten minutes.".to_owned(),
        source: String::new(),
        server: String::new(),
        tenant: None,
        at: None,
        age_ms: 0,
        took_ms: 0,
        observed: Vec::new(),
    }
}

/// Takes facts of parts that are well out, the last first, until the snapshot is small enough; then these parts themselves, of which a
/// person with hundreds of tenants has many; and only then what is told of the others. Says how much.
fn shorten(parts: &mut Vec<Part>) -> i64 {
    // What stands around the parts, and ages that grow a digit.
    const AROUND: usize = 1_024;
    let bytes = |part: &Part| serde_json::to_string(part).map_or(0, |text| text.len() + 16);
    let mut size = AROUND + parts.iter().map(bytes).sum::<usize>();
    let mut left_out = 0;
    for well in [true, false] {
        for at in (0..parts.len()).rev() {
            if size > MOST_BYTES && (parts[at].status == PartStatus::Pass) == well {
                let before = bytes(&parts[at]);
                left_out += i64::try_from(parts[at].observed.len()).unwrap_or(i64::MAX);
                parts[at].observed.clear();
                size -= before - bytes(&parts[at]);
            }
        }
        for at in (0..parts.len()).rev() {
            if size > MOST_BYTES && (parts[at].status == PartStatus::Pass) == well {
                size -= bytes(&parts.remove(at));
                left_out += 1;
            }
        }
    }
    left_out
}

fn version(parts: &[Part]) -> String {
    let mut hash = DefaultHasher::new();
    for part in parts {
        // Sentences tell ages too; what made them is hashed by itself.
        (&part.name, &part.server, &part.tenant, part.status.word(), part.at.map(At::millis)).hash(&mut hash);
        if part.at.is_none() {
            part.why.hash(&mut hash);
        }
    }
    format!("{:016x}", hash.finish())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_snapshot_keeps_its_limit_and_says_what_it_left_out() {
        let row = |server: i32| Row {
            server: format!("server-{server}"),
            name: "pools".into(),
            at: Some(OffsetDateTime::UNIX_EPOCH),
            age_ms: Some(10),
            took_ms: 1,
            period_ms: 5_000,
            status: if server == 7 { PartStatus::Fail.word().into() } else { PartStatus::Pass.word().into() },
            why: String::new(),
            source: "here".into(),
            facts: Json((0..100).map(|n| Fact::text(format!("fact {n}"), "x".repeat(150))).collect()),
            failing_ms: Some(10),
            failure: None,
            tenant: None,
            of_scope: None,
            of_why: None,
            of_facts: None,
        };
        let told = snapshot((0..900).map(row).collect(), At::from_millis(0));
        let text = serde_json::to_string(&told).expect("json");
        assert!(text.len() <= MOST_BYTES && told.left_out > 80_000, "{} {}", text.len(), told.left_out);
        let failing = told.parts.iter().find(|part| part.server == "server-7").expect("the one that fails");
        assert_eq!(failing.observed.len(), 100, "what fails is told whole");
    }
}
