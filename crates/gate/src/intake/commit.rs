//! One transaction for many batches: which of them are new, their groups, slices and page sessions, their events, what pages say they
//! lost. A statement a table, whatever the number of batches.

use super::{
    Batch, Event, counts,
    groups::{Key, Known, Learnt, Stored, grouped, key},
    ring::{Rates, Ring},
};
use sqlx::{PgPool, Postgres, Transaction};
use std::{
    collections::{HashMap, HashSet},
    hash::{BuildHasher, RandomState},
    sync::Arc,
    time::{Duration, Instant},
};
use uuid::Uuid;

pub(super) type Tx = Transaction<'static, Postgres>;

/// Pages are told so often at most: each reads its list again.
const PAUSE: Duration = Duration::from_millis(500);

pub(super) struct Commit {
    pool: PgPool,
    ring: Arc<Ring>,
    rates: Rates,
    known: Known,
    hasher: RandomState,
    /// Tenants of which there is more than pages were told.
    untold: HashSet<Uuid>,
    told: Instant,
}

/// An event with the batch it came in.
pub(super) type Came<'a> = (&'a Batch, &'a Event);

impl Commit {
    pub(super) fn new(pool: PgPool, ring: Arc<Ring>) -> Self {
        Self {
            pool,
            ring,
            rates: Rates::default(),
            known: Known::default(),
            hasher: RandomState::new(),
            untold: HashSet::new(),
            told: Instant::now(),
        }
    }

    /// When pages are to be told; never while there is nothing to tell.
    pub(super) fn tells_at(&self) -> Option<Instant> {
        (!self.untold.is_empty()).then(|| self.told + PAUSE)
    }

    /// Tells pages that there is more: of a tenant once, however much it is.
    pub(super) async fn tell(&mut self) {
        let tenants: Vec<Uuid> = self.untold.drain().collect();
        self.told = Instant::now();
        if let Err(error) = sqlx::query("select telemetry.tell($1)").bind(tenants).execute(&self.pool).await {
            tracing::warn!(%error, "pages could not be told of frontend errors; they see them when they are read again");
        }
    }

    pub(super) async fn write(&mut self, batches: &[&Batch]) -> Result<(), sqlx::Error> {
        let mut tx = self.pool.begin().await?;
        let new = arrived(&mut tx, batches).await?;
        let came: Vec<Came<'_>> = new.iter().flat_map(|batch| batch.events.iter().map(|event| (*batch, event))).collect();
        let (mut routes, mut learnt) = (HashMap::new(), Learnt::default());
        if !came.is_empty() {
            let groups = grouped(&came);
            let stored;
            (stored, learnt) = self.known.store(&mut tx, &groups).await?;
            counts::store_slices(&mut tx, &groups, &stored).await?;
            routes = self.store_events(&mut tx, &came, &stored).await?;
            regress(&mut tx, &came, &stored).await?;
            counts::store_totals(&mut tx, &groups).await?;
        }
        counts::store_losses(&mut tx, &new).await?;
        tx.commit().await?;
        // Only what is committed is known, and told.
        self.untold.extend(came.iter().map(|(batch, _)| batch.tenant.0));
        self.ring.wrote(routes);
        self.known.learn(learnt);
        Ok(())
    }

    /// Keeps events word for word, as many of a kind as are worth it; gives how many of each route.
    async fn store_events<'a>(
        &mut self,
        tx: &mut Tx,
        came: &[Came<'a>],
        stored: &HashMap<Key<'_>, Stored>,
    ) -> Result<HashMap<(Uuid, String), u32>, sqlx::Error> {
        let now = Instant::now();
        let mut kept = Vec::with_capacity(came.len());
        for &(batch, event) in came {
            let place = self.hasher.hash_one((&event.fingerprint, &event.route));
            if let Some(group) = stored.get(&key(batch, event))
                && self.rates.keeps(batch.tenant.0, place, now)
            {
                kept.push((group.id, batch, event));
            }
        }
        let mut routes = HashMap::new();
        for (_, batch, event) in &kept {
            *routes.entry((batch.tenant.0, event.route.clone())).or_insert(0) += 1;
        }
        let text = |of: fn(&'a Batch, &'a Event) -> &'a str| kept.iter().map(|(_, batch, event)| of(batch, event)).collect::<Vec<_>>();
        sqlx::query(
            "insert into telemetry.event (tenant_id, group_id, build, route, page_session, browser, socket, message, stack, count, cut, removed, command_id, raw)
             select * from unnest($1::uuid[], $2::int8[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[], $8::text[], $9::text[],
               $10::int4[], $11::bool[], $12::text[], $13::uuid[], $14::text[])",
        )
        .bind(kept.iter().map(|(_, batch, _)| batch.tenant.0).collect::<Vec<_>>())
        .bind(kept.iter().map(|(group, ..)| *group).collect::<Vec<_>>())
        .bind(text(|batch, _| &batch.build))
        .bind(text(|_, event| &event.route))
        .bind(text(|batch, _| &batch.page_session))
        .bind(text(|batch, _| &batch.browser))
        .bind(text(|_, event| &event.socket))
        .bind(text(|_, event| &event.message))
        .bind(text(|_, event| &event.stack))
        .bind(kept.iter().map(|(.., event)| event.count).collect::<Vec<_>>())
        .bind(kept.iter().map(|(.., event)| event.cut).collect::<Vec<_>>())
        .bind(text(|_, event| &event.removed))
        .bind(kept.iter().map(|(.., event)| event.command).collect::<Vec<_>>())
        .bind(kept.iter().map(|(.., event)| event.raw.as_deref()).collect::<Vec<_>>())
        .execute(&mut **tx)
        .await?;
        Ok(routes)
    }
}

/// Leaves out the batches that came before: an answer may have been lost on the way to the page, which then sends its batch again. Most
/// are the next of their page session, or the first, and are noted in one statement; the others one by one.
async fn arrived<'a>(tx: &mut Tx, batches: &[&'a Batch]) -> Result<Vec<&'a Batch>, sqlx::Error> {
    let mut numbered: Vec<(&'a Batch, i64)> = Vec::new();
    let mut new: Vec<&'a Batch> = Vec::new();
    let known = known(tx, batches).await?;
    for batch in batches {
        if batch.remote.is_some_and(|id| known.contains(&(batch.tenant.0, id))) {
            continue;
        }
        match batch.number.filter(|_| !batch.page_session.is_empty()) {
            Some(number) => numbered.push((batch, number)),
            None => new.push(batch),
        }
    }
    numbered.sort_by(|(a, m), (b, n)| (a.tenant.0, &a.page_session, m).cmp(&(b.tenant.0, &b.page_session, n)));
    let same = |a: &(&Batch, i64), b: &(&Batch, i64)| (a.0.tenant.0, &a.0.page_session) == (b.0.tenant.0, &b.0.page_session);
    // Of each session the first; the function takes the others.
    let firsts: Vec<_> = numbered.chunk_by(same).map(|of_session| of_session[0]).collect();
    let next: HashSet<(Uuid, String)> = sqlx::query_as(
        "insert into telemetry.page_session as p (tenant_id, id, build, browser, next)
         select b.tenant_id, b.id, b.build, b.browser, b.n + 1 from unnest($1::uuid[], $2::text[], $3::text[], $4::text[], $5::int8[]) b (tenant_id, id, build, browser, n)
         where b.n = 0 or exists (select from telemetry.page_session s where s.tenant_id = b.tenant_id and s.id = b.id)
         on conflict (tenant_id, id) do update set
           last_seen = case when p.last_seen > clock_timestamp() - interval '15 seconds' then p.last_seen else clock_timestamp() end, build = excluded.build, next = excluded.next
           where p.next = excluded.next - 1
         returning p.tenant_id, p.id",
    )
    .bind(firsts.iter().map(|(batch, _)| batch.tenant.0).collect::<Vec<_>>())
    .bind(firsts.iter().map(|(batch, _)| batch.page_session.as_str()).collect::<Vec<_>>())
    .bind(firsts.iter().map(|(batch, _)| batch.build.as_str()).collect::<Vec<_>>())
    .bind(firsts.iter().map(|(batch, _)| batch.browser.as_str()).collect::<Vec<_>>())
    .bind(firsts.iter().map(|(_, number)| *number).collect::<Vec<_>>())
    .fetch_all(&mut **tx)
    .await?
    .into_iter()
    .collect();
    for of_session in numbered.chunk_by(same) {
        let (batch, _) = of_session[0];
        let in_order = next.contains(&(batch.tenant.0, batch.page_session.clone()));
        for (at, (batch, number)) in of_session.iter().enumerate() {
            if (at == 0 && in_order) || arrived_alone(tx, batch, *number).await? {
                new.push(batch);
            }
        }
    }
    Ok(new)
}

/// Which of those that come with an id have come before. Of two with the same id in one transaction, which no client sends, both count.
async fn known(tx: &mut Tx, batches: &[&Batch]) -> Result<HashSet<(Uuid, Uuid)>, sqlx::Error> {
    let mut named: Vec<(Uuid, Uuid)> = batches.iter().filter_map(|batch| Some((batch.tenant.0, batch.remote?))).collect();
    if named.is_empty() {
        return Ok(HashSet::new());
    }
    named.sort_unstable();
    named.dedup();
    let fresh: HashSet<(Uuid, Uuid)> = sqlx::query_as(
        "insert into telemetry.remote_event (tenant_id, id) select * from unnest($1::uuid[], $2::uuid[]) on conflict do nothing returning tenant_id, id",
    )
    .bind(named.iter().map(|name| name.0).collect::<Vec<_>>())
    .bind(named.iter().map(|name| name.1).collect::<Vec<_>>())
    .fetch_all(&mut **tx)
    .await?
    .into_iter()
    .collect();
    Ok(named.into_iter().filter(|name| !fresh.contains(name)).collect())
}

async fn arrived_alone(tx: &mut Tx, batch: &Batch, number: i64) -> Result<bool, sqlx::Error> {
    sqlx::query_scalar("select telemetry.arrived($1, $2, $3, $4, $5)")
        .bind(batch.tenant.0)
        .bind(&batch.page_session)
        .bind(number)
        .bind(&batch.build)
        .bind(&batch.browser)
        .fetch_one(&mut **tx)
        .await
}

/// Resolved groups that happened again, unless in a build that was there before.
async fn regress(tx: &mut Tx, came: &[Came<'_>], stored: &HashMap<Key<'_>, Stored>) -> Result<(), sqlx::Error> {
    let mut again = HashSet::new();
    for (batch, event) in came {
        if let Some(group) = stored.get(&key(batch, event)).filter(|group| group.resolved) {
            again.insert((batch.tenant.0, group.id, batch.build.as_str()));
        }
    }
    if again.is_empty() {
        return Ok(());
    }
    sqlx::query("select telemetry.regress($1, $2, $3)")
        .bind(again.iter().map(|row| row.0).collect::<Vec<_>>())
        .bind(again.iter().map(|row| row.1).collect::<Vec<_>>())
        .bind(again.iter().map(|row| row.2).collect::<Vec<_>>())
        .execute(&mut **tx)
        .await
        .map(drop)
}
