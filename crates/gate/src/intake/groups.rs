//! The groups of the events of one transaction: which they are, how often they happened and in which page sessions. Each group's row is
//! written once: the page sessions of one that is known are noted before, those of a new one after.

use super::{
    Batch,
    commit::{Came, Tx},
};
use std::{
    borrow::Cow,
    collections::{BTreeMap, HashMap, HashSet},
    hash::{BuildHasher, RandomState},
};
use uuid::Uuid;

/// Groups whose number is remembered, and pairs of group and page session that are known to be noted.
const REMEMBERED: usize = 100_000;

/// Tenant, fingerprint and the version of its rule.
pub(super) type Key<'a> = (Uuid, &'a str, i32);

/// In the order of their keys, so that two writers of the same order never wait for each other in a circle.
pub(super) type Groups<'a> = BTreeMap<Key<'a>, Group<'a>>;

pub(super) struct Group<'a> {
    last: Came<'a>,
    pub(super) count: i64,
    /// Where it happened, by page session.
    places: BTreeMap<Cow<'a, str>, Came<'a>>,
}

impl Group<'_> {
    fn tabs(&self) -> i64 {
        self.places.keys().filter(|session| is_tab(session)).count() as i64
    }
}

/// A group as it is stored.
pub(super) struct Stored {
    pub(super) id: i64,
    pub(super) resolved: bool,
}

pub(super) fn key<'a>(batch: &Batch, event: &'a super::Event) -> Key<'a> {
    (batch.tenant.0, &event.fingerprint, batch.fingerprint_version)
}

pub(super) fn grouped<'a>(came: &[Came<'a>]) -> Groups<'a> {
    let mut groups = Groups::new();
    for &(batch, event) in came {
        let group = groups.entry(key(batch, event)).or_insert(Group { last: (batch, event), count: 0, places: BTreeMap::new() });
        group.last = (batch, event);
        group.count += i64::from(event.count);
        group.places.entry(session_of(batch, event)).or_insert((batch, event));
    }
    groups
}

/// A report of no page session stands for its browser, build and route.
fn session_of<'a>(batch: &'a Batch, event: &super::Event) -> Cow<'a, str> {
    if batch.page_session.is_empty() {
        ["~", &batch.browser, "~", &batch.build, "~", &event.route].concat().into()
    } else {
        batch.page_session.as_str().into()
    }
}

fn is_tab(session: &str) -> bool {
    !session.starts_with('~')
}

/// What is remembered of groups. A group that was forgotten meanwhile is written as a new one.
#[derive(Default)]
pub(super) struct Known {
    hasher: RandomState,
    ids: HashMap<u64, i64>,
    noted: HashSet<u64>,
}

/// What is known once it is committed.
#[derive(Default)]
pub(super) struct Learnt {
    ids: Vec<(u64, i64)>,
    noted: Vec<u64>,
}

/// A group's number and where it happened.
struct Pair<'a> {
    group: i64,
    session: &'a str,
    came: Came<'a>,
}

impl Known {
    pub(super) fn learn(&mut self, learnt: Learnt) {
        if self.ids.len() > REMEMBERED {
            self.ids.clear();
        }
        if self.noted.len() > REMEMBERED {
            self.noted.clear();
        }
        self.ids.extend(learnt.ids);
        self.noted.extend(learnt.noted);
    }

    /// Writes the groups and where they happened; gives them as they are stored.
    pub(super) async fn store<'a>(&self, tx: &mut Tx, groups: &Groups<'a>) -> Result<(HashMap<Key<'a>, Stored>, Learnt), sqlx::Error> {
        let mut learnt = Learnt::default();
        let thought: Vec<Option<i64>> = groups.keys().map(|key| self.ids.get(&self.hasher.hash_one(key)).copied()).collect();
        let known = groups.values().zip(&thought).filter_map(|(group, id)| Some((group, (*id)?)));
        let fresh = note(tx, &self.unnoted(known, &mut learnt)).await?;
        let tabs: Vec<i64> =
            (groups.values().zip(&thought)).map(|(group, id)| id.map_or_else(|| group.tabs(), |id| of(&fresh, id))).collect();
        let stored = upsert(tx, groups, &tabs).await?;
        // New ones, those that were not remembered, and those that were forgotten and are new again.
        let others: Vec<(&Group<'_>, i64, i64)> = (groups.values().zip(&stored).zip(thought.iter().zip(&tabs)))
            .filter(|((_, stored), (id, _))| Some(stored.id) != **id)
            .map(|((group, stored), (_, tabs))| (group, stored.id, *tabs))
            .collect();
        let fresh = note(tx, &self.unnoted(others.iter().map(|(group, id, _)| (*group, *id)), &mut learnt)).await?;
        // Their tabs were written as if all of them were new.
        let wrong: Vec<(i64, i64)> = others.iter().map(|(_, id, tabs)| (*id, of(&fresh, *id) - tabs)).filter(|(_, by)| *by != 0).collect();
        correct(tx, &wrong).await?;
        let hashes = groups.keys().map(|key| self.hasher.hash_one(key));
        learnt.ids.extend(hashes.zip(&stored).map(|(hash, stored)| (hash, stored.id)));
        Ok((groups.keys().copied().zip(stored).collect(), learnt))
    }

    /// Where these groups happened, as far as it is not known to be noted.
    fn unnoted<'g>(&self, groups: impl Iterator<Item = (&'g Group<'g>, i64)>, learnt: &mut Learnt) -> Vec<Pair<'g>> {
        let mut pairs = Vec::new();
        for (group, id) in groups {
            for (session, came) in &group.places {
                let hash = self.hasher.hash_one((id, session));
                if !self.noted.contains(&hash) {
                    learnt.noted.push(hash);
                    pairs.push(Pair { group: id, session, came: *came });
                }
            }
        }
        pairs
    }
}

/// In how many tabs a group had not been seen before.
fn of(fresh: &HashMap<i64, i64>, group: i64) -> i64 {
    fresh.get(&group).copied().unwrap_or(0)
}

/// Notes where groups happened, each once; gives in how many tabs each had not been seen before.
async fn note(tx: &mut Tx, pairs: &[Pair<'_>]) -> Result<HashMap<i64, i64>, sqlx::Error> {
    let mut tabs = HashMap::new();
    if pairs.is_empty() {
        return Ok(tabs);
    }
    let fresh: Vec<i64> = sqlx::query_scalar(
        "with fresh as (
           insert into telemetry.group_session (tenant_id, group_id, page_session, build, browser, route)
           select * from unnest($1::uuid[], $2::int8[], $3::text[], $4::text[], $5::text[], $6::text[])
           on conflict do nothing returning group_id, page_session)
         select group_id from fresh where page_session not like '~%'",
    )
    .bind(pairs.iter().map(|pair| pair.came.0.tenant.0).collect::<Vec<_>>())
    .bind(pairs.iter().map(|pair| pair.group).collect::<Vec<_>>())
    .bind(pairs.iter().map(|pair| pair.session).collect::<Vec<_>>())
    .bind(pairs.iter().map(|pair| pair.came.0.build.as_str()).collect::<Vec<_>>())
    .bind(pairs.iter().map(|pair| pair.came.0.browser.as_str()).collect::<Vec<_>>())
    .bind(pairs.iter().map(|pair| pair.came.1.route.as_str()).collect::<Vec<_>>())
    .fetch_all(&mut **tx)
    .await?;
    for group in fresh {
        *tabs.entry(group).or_insert(0) += 1;
    }
    Ok(tabs)
}

/// In the order of their keys; `tabs` are how many more each has happened in.
async fn upsert(tx: &mut Tx, groups: &Groups<'_>, tabs: &[i64]) -> Result<Vec<Stored>, sqlx::Error> {
    let rows: Vec<(i64, bool)> = sqlx::query_as(
        // To the second a storm's groups are seen when they were: a row whose times stay is changed without its indexes.
        "with put as (
           insert into telemetry.error_group as g (tenant_id, fingerprint, fingerprint_version, kind, title, route, count, first_seen, last_seen,
             first_build, last_build, sessions)
           select tenant_id, fingerprint, version, kind, title, route, count, clock_timestamp(), clock_timestamp(), build, build, sessions
           from unnest($1::uuid[], $2::text[], $3::int4[], $4::text[], $5::text[], $6::text[], $7::int8[], $8::text[], $9::int8[])
             i (tenant_id, fingerprint, version, kind, title, route, count, build, sessions)
           on conflict (tenant_id, fingerprint, fingerprint_version) do update set
             count = g.count + excluded.count, sessions = g.sessions + excluded.sessions,
             last_seen = case when excluded.last_seen < g.last_seen + interval '1 second' then g.last_seen else excluded.last_seen end,
             last_build = excluded.last_build, route = excluded.route
           returning tenant_id, fingerprint, fingerprint_version, id, state = 'RESOLVED' as resolved)
         select id, resolved from put order by tenant_id, fingerprint collate \"C\", fingerprint_version",
    )
    .bind(groups.keys().map(|key| key.0).collect::<Vec<_>>())
    .bind(groups.keys().map(|key| key.1).collect::<Vec<_>>())
    .bind(groups.keys().map(|key| key.2).collect::<Vec<_>>())
    .bind(groups.values().map(|group| group.last.1.kind).collect::<Vec<_>>())
    .bind(groups.values().map(|group| group.last.1.title.as_str()).collect::<Vec<_>>())
    .bind(groups.values().map(|group| group.last.1.route.as_str()).collect::<Vec<_>>())
    .bind(groups.values().map(|group| group.count).collect::<Vec<_>>())
    .bind(groups.values().map(|group| group.last.0.build.as_str()).collect::<Vec<_>>())
    .bind(tabs)
    .fetch_all(&mut **tx)
    .await?;
    Ok(rows.into_iter().map(|(id, resolved)| Stored { id, resolved }).collect())
}

/// The number of tabs of groups that were thought to be new, or to be others.
async fn correct(tx: &mut Tx, wrong: &[(i64, i64)]) -> Result<(), sqlx::Error> {
    if wrong.is_empty() {
        return Ok(());
    }
    sqlx::query(
        "update telemetry.error_group g set sessions = g.sessions + w.by from unnest($1::int8[], $2::int8[]) w (id, by) where g.id = w.id",
    )
    .bind(wrong.iter().map(|row| row.0).collect::<Vec<_>>())
    .bind(wrong.iter().map(|row| row.1).collect::<Vec<_>>())
    .execute(&mut **tx)
    .await
    .map(drop)
}
