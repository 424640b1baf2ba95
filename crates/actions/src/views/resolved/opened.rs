//! What was looked through last stays in memory: a page that is open while errors come in asks for the same again and again, and the
//! database takes a tenth of a second to unpack a large one. Kept by what it is, so that whose it is does not matter: who may see it was
//! asked before.

use std::sync::{Arc, Mutex, PoisonError};

/// Bytes that stay: the largest there is, or many small ones.
const MOST: usize = symbols::LARGEST_DIGEST;

/// The sum of the file, its kind, and the size of what it became.
pub(super) type Key = (String, String, i64);

/// Longest unused first.
static OPENED: Mutex<Vec<(Key, Arc<Vec<u8>>)>> = Mutex::new(Vec::new());

/// What is in memory of it.
pub(super) fn find(key: &Key) -> Option<Arc<Vec<u8>>> {
    let mut opened = OPENED.lock().unwrap_or_else(PoisonError::into_inner);
    let at = opened.iter().position(|(known, _)| known == key)?;
    let used = opened.remove(at);
    let bytes = Arc::clone(&used.1);
    opened.push(used);
    Some(bytes)
}

/// Keeps it in memory, and lets go what was not used for longest.
pub(super) fn keep(key: Key, bytes: &Arc<Vec<u8>>) {
    if bytes.len() > MOST {
        return;
    }
    let mut opened = OPENED.lock().unwrap_or_else(PoisonError::into_inner);
    opened.retain(|(known, _)| *known != key);
    opened.push((key, Arc::clone(bytes)));
    let mut all: usize = opened.iter().map(|(_, bytes)| bytes.len()).sum();
    while all > MOST {
        all -= opened.remove(0).1.len();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_not_used_for_longest_goes_first() {
        let key = |name: &str| (name.to_owned(), "wasm".to_owned(), 1);
        let large = Arc::new(vec![0; MOST / 2]);
        for name in ["a", "b"] {
            keep(key(name), &large);
        }
        assert!(find(&key("a")).is_some());
        keep(key("c"), &large);
        assert_eq!((find(&key("a")).is_some(), find(&key("b")).is_some(), find(&key("c")).is_some()), (true, false, true));
        keep(key("d"), &Arc::new(vec![0; MOST + 1]));
        assert_eq!((find(&key("d")).is_some(), find(&key("c")).is_some()), (false, true), "what is too large to stay sends no other away");
    }
}
