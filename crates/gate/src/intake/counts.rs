//! What is kept as numbers: events of each group and of each tenant by five minutes, and what pages say they lost.

use super::{
    Batch,
    commit::Tx,
    groups::{Groups, Key, Stored},
};
use std::collections::{BTreeMap, HashMap};

pub(super) async fn store_slices<'a>(tx: &mut Tx, groups: &Groups<'a>, stored: &HashMap<Key<'a>, Stored>) -> Result<(), sqlx::Error> {
    let rows = || groups.iter().filter_map(|(key, group)| Some((key.0, stored.get(key)?.id, group.count)));
    sqlx::query(
        "insert into telemetry.error_slice as s (tenant_id, group_id, slice, count)
         select tenant_id, group_id, date_bin('5 minutes', clock_timestamp(), 'epoch'), count
         from unnest($1::uuid[], $2::int8[], $3::int8[]) i (tenant_id, group_id, count)
         on conflict (group_id, slice, tenant_id) do update set count = s.count + excluded.count",
    )
    .bind(rows().map(|row| row.0).collect::<Vec<_>>())
    .bind(rows().map(|row| row.1).collect::<Vec<_>>())
    .bind(rows().map(|row| row.2).collect::<Vec<_>>())
    .execute(&mut **tx)
    .await?;
    Ok(())
}

/// What dashboards show of all groups together.
pub(super) async fn store_totals(tx: &mut Tx, groups: &Groups<'_>) -> Result<(), sqlx::Error> {
    let mut totals = BTreeMap::new();
    for (key, group) in groups {
        *totals.entry(key.0).or_insert(0) += group.count;
    }
    sqlx::query(
        "insert into telemetry.tenant_slice as s (tenant_id, slice, count)
         select tenant_id, date_bin('5 minutes', clock_timestamp(), 'epoch'), count from unnest($1::uuid[], $2::int8[]) i (tenant_id, count)
         on conflict (tenant_id, slice) do update set count = s.count + excluded.count",
    )
    .bind(totals.keys().copied().collect::<Vec<_>>())
    .bind(totals.values().copied().collect::<Vec<_>>())
    .execute(&mut **tx)
    .await
    .map(drop)
}

pub(super) async fn store_losses(tx: &mut Tx, batches: &[&Batch]) -> Result<(), sqlx::Error> {
    let mut losses = BTreeMap::new();
    for (batch, (reason, count)) in batches.iter().flat_map(|batch| batch.losses.iter().map(move |loss| (batch, loss))) {
        *losses.entry((batch.tenant.0, reason.as_str())).or_insert(0_i64) += count;
    }
    if losses.is_empty() {
        return Ok(());
    }
    sqlx::query(
        "insert into telemetry.loss as l (tenant_id, slice, reason, count)
         select tenant_id, date_bin('5 minutes', clock_timestamp(), 'epoch'), reason, count
         from unnest($1::uuid[], $2::text[], $3::int8[]) i (tenant_id, reason, count)
         on conflict (tenant_id, slice, reason) do update set count = l.count + excluded.count",
    )
    .bind(losses.keys().map(|key| key.0).collect::<Vec<_>>())
    .bind(losses.keys().map(|key| key.1).collect::<Vec<_>>())
    .bind(losses.values().copied().collect::<Vec<_>>())
    .execute(&mut **tx)
    .await
    .map(drop)
}
