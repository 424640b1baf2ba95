//! The last hour in slices of five minutes, for sparklines.

/// Slices in a sparkline.
pub(super) const SLICES: usize = 12;

/// From (slices ago, count) to counts, oldest first.
pub(super) fn spark(counts: &[(i32, i64)]) -> Vec<u32> {
    let mut spark = vec![0_u32; SLICES];
    for (ago, count) in counts {
        if let Some(slot) = usize::try_from(*ago).ok().and_then(|ago| (SLICES - 1).checked_sub(ago)) {
            spark[slot] = spark[slot].saturating_add(u32::try_from(*count).unwrap_or(u32::MAX));
        }
    }
    spark
}
