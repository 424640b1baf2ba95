//! The edge of the process: the clock and chance. Everything else takes both as arguments.

use uuid::Uuid;

/// Milliseconds since 1970.
#[expect(clippy::disallowed_methods, reason = "this is the edge")]
pub fn now_ms() -> u64 {
    std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).map_or(0, |since| u64::try_from(since.as_millis()).unwrap_or(0))
}

/// A new id.
#[expect(clippy::disallowed_methods, reason = "this is the edge")]
pub fn new_id() -> Uuid {
    uuid::Builder::from_random_bytes(rand::random()).into_uuid()
}

/// A number below `n`.
#[expect(clippy::disallowed_methods, reason = "this is the edge")]
pub fn below(n: u64) -> u64 {
    rand::random::<u64>() % n.max(1)
}
