//! Where the process touches the world: its clock and its randomness. Everything else is handed
//! times, ids and secrets as arguments. Not in here: the database's clock, which decides what has expired.

use domain::At;
use rand::{TryRngCore, rngs::OsRng};
use time::OffsetDateTime;
use uuid::Uuid;

/// This machine's clock.
#[must_use]
#[expect(clippy::disallowed_methods, reason = "the one place of this process that reads the clock")]
pub fn now() -> At {
    At::from(OffsetDateTime::now_utc())
}

/// Bytes from the operating system, fit for secrets.
///
/// # Panics
/// When the operating system has none to give: nothing here can be done safely then.
#[must_use]
pub fn random_bytes<const N: usize>() -> [u8; N] {
    let mut bytes = [0; N];
    OsRng.try_fill_bytes(&mut bytes).expect("the operating system gives random bytes");
    bytes
}

/// A new id; later ones sort after earlier ones.
#[must_use]
pub fn new_id() -> Uuid {
    let millis = u64::try_from(now().millis()).unwrap_or_default();
    uuid::Builder::from_unix_timestamp_millis(millis, &random_bytes()).into_uuid()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_of_version_seven_and_differ() {
        let (one, two) = (new_id(), new_id());
        assert_eq!((one.get_version_num(), two.get_version_num()), (7, 7));
        assert_ne!(one, two);
        assert_ne!(random_bytes::<32>(), random_bytes::<32>());
    }
}
