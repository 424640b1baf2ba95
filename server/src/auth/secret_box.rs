//! Encrypting what the database must not be able to give away: the seeds of second factors, and where webhooks go. The key lies
//! in a file of the data directory, never in the database, and each box opens for whom or what it was sealed for only.

use crate::edge;
use anyhow::Context;
use chacha20poly1305::{
    KeyInit, XChaCha20Poly1305, XNonce,
    aead::{Aead, Payload},
};
use domain::StaffId;
use std::{
    fmt, fs,
    io::{ErrorKind, Write},
    os::unix::fs::{OpenOptionsExt, PermissionsExt},
    path::Path,
    sync::Arc,
};

const FILE: &str = "secret.key";
/// First byte of every box, so that another cipher can follow.
const VERSION: u8 = 1;
const NONCE: usize = 24;

/// The key of this installation.
#[derive(Clone)]
pub struct Key(Arc<[u8; 32]>);

impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Key(…)")
    }
}

/// A box that does not open.
#[derive(Debug, thiserror::Error)]
#[error("What is kept encrypted for this person cannot be opened: {FILE} is not the key it was made with, or the row was changed.")]
pub(super) struct DoesNotOpen;

impl Key {
    /// From 32 random bytes.
    #[must_use]
    pub fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(Arc::new(bytes))
    }

    /// A mark of a secret by which another one is told apart, and nothing else: without the key it cannot be guessed at.
    #[must_use]
    pub fn mark(&self, secret: &str) -> String {
        use hmac::{Hmac, Mac};
        let Ok(mut mac) = <Hmac<sha2::Sha256> as hmac::KeyInit>::new_from_slice(self.0.as_slice()) else { unreachable!("any key fits") };
        mac.update(b"ops mark of a setting ");
        mac.update(secret.as_bytes());
        hex::encode(&mac.finalize().into_bytes()[..4])
    }

    /// Encrypts for one person.
    pub(super) fn seal(&self, staff: StaffId, plain: &[u8]) -> Vec<u8> {
        self.seal_for(staff.0.as_bytes(), plain)
    }

    /// Decrypts what was sealed for this person.
    pub(super) fn open(&self, staff: StaffId, sealed: &[u8]) -> Result<Vec<u8>, DoesNotOpen> {
        self.open_for(staff.0.as_bytes(), sealed)
    }

    fn seal_for(&self, whom: &[u8], plain: &[u8]) -> Vec<u8> {
        let nonce: [u8; NONCE] = edge::random_bytes();
        let payload = Payload { msg: plain, aad: whom };
        let Ok(sealed) = self.cipher().encrypt(&XNonce::from(nonce), payload) else { unreachable!("a few bytes always fit") };
        [&[VERSION], nonce.as_slice(), &sealed].concat()
    }

    fn open_for(&self, whom: &[u8], sealed: &[u8]) -> Result<Vec<u8>, DoesNotOpen> {
        let (version, rest) = sealed.split_first().ok_or(DoesNotOpen)?;
        let (nonce, sealed) = rest.split_first_chunk::<NONCE>().ok_or(DoesNotOpen)?;
        if *version != VERSION {
            return Err(DoesNotOpen);
        }
        let payload = Payload { msg: sealed, aad: whom };
        self.cipher().decrypt(&XNonce::from(*nonce), payload).map_err(|_| DoesNotOpen)
    }

    fn cipher(&self) -> XChaCha20Poly1305 {
        XChaCha20Poly1305::new(&(*self.0).into())
    }
}

/// What deeds keep secret, such as the address of a webhook. No place is as long as the sixteen bytes of a person.
impl gate::Seal for Key {
    fn seal(&self, what: &str, plain: &[u8]) -> Vec<u8> {
        self.seal_for(&place(what), plain)
    }
    fn open(&self, what: &str, sealed: &[u8]) -> Option<Vec<u8>> {
        self.open_for(&place(what), sealed).ok()
    }
    fn random(&self) -> [u8; 32] {
        edge::random_bytes()
    }
}

fn place(what: &str) -> Vec<u8> {
    [b"kept for the console: ", what.as_bytes()].concat()
}

/// The key of this installation: made at its first start, readable by its owner only.
pub fn load_key(data_dir: &Path) -> anyhow::Result<Key> {
    let path = data_dir.join(FILE);
    if !path.exists() {
        make(data_dir, &path).with_context(|| format!("The key {} cannot be written.", path.display()))?;
    }
    let text = fs::read_to_string(&path).with_context(|| format!("The key {} cannot be read.", path.display()))?;
    let mode = fs::metadata(&path)?.permissions().mode();
    if mode & 0o077 != 0 {
        tracing::warn!(path = %path.display(), "others on this machine can read the key; `chmod 600` it");
    }
    let bytes = hex::decode(text.trim()).ok().and_then(|bytes| <[u8; 32]>::try_from(bytes).ok());
    bytes.map(Key::from_bytes).with_context(|| {
        format!("{} does not hold a key (64 hexadecimal digits). Put the right file back; without it nobody's authenticator fits any more and everybody has to enrol anew.", path.display())
    })
}

/// Written beside and linked into place: two starts at once end with one whole key.
fn make(data_dir: &Path, path: &Path) -> std::io::Result<()> {
    fs::create_dir_all(data_dir)?;
    let beside = data_dir.join(format!(".{FILE}.{}", hex::encode(edge::random_bytes::<8>())));
    let mut file = fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(&beside)?;
    let written = writeln!(file, "{}", hex::encode(edge::random_bytes::<32>())).and_then(|()| file.sync_all());
    let linked = written.and_then(|()| fs::hard_link(&beside, path));
    fs::remove_file(&beside)?;
    match linked {
        Err(error) if error.kind() == ErrorKind::AlreadyExists => Ok(()),
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn staff(n: u128) -> StaffId {
        StaffId(uuid::Uuid::from_u128(n))
    }

    #[test]
    fn a_box_opens_for_its_person_with_its_key_only() {
        let key = Key::from_bytes([1; 32]);
        let sealed = key.seal(staff(1), b"seed");
        assert_eq!(key.open(staff(1), &sealed).expect("opens"), b"seed");
        assert!(!sealed.windows(4).any(|window| window == b"seed"));
        assert!(key.open(staff(2), &sealed).is_err(), "another person's row");
        assert!(Key::from_bytes([2; 32]).open(staff(1), &sealed).is_err(), "another key");
        for at in 0..sealed.len() {
            let mut changed = sealed.clone();
            changed[at] ^= 1;
            assert!(key.open(staff(1), &changed).is_err(), "byte {at} changed");
            assert!(key.open(staff(1), &sealed[..at]).is_err(), "cut to {at}");
        }
        assert_ne!(key.seal(staff(1), b"seed"), sealed, "never the same nonce");
    }

    #[test]
    fn the_key_is_made_once_kept_private_and_checked() {
        let dir = std::env::temp_dir().join(format!("ops-key-{}", hex::encode(edge::random_bytes::<8>())));
        let keys: Vec<Key> = std::thread::scope(|scope| {
            let started: Vec<_> = (0..8).map(|_| scope.spawn(|| load_key(&dir).expect("a key"))).collect();
            started.into_iter().map(|thread| thread.join().expect("no panic")).collect()
        });
        assert!(keys.iter().all(|key| key.0 == keys[0].0), "eight starts at once, one key");
        let path = dir.join(FILE);
        assert_eq!(fs::metadata(&path).expect("there").permissions().mode() & 0o777, 0o600);
        assert_eq!(fs::read_dir(&dir).expect("there").count(), 1, "nothing left lying about");
        fs::write(&path, "spoilt").expect("write");
        let error = load_key(&dir).expect_err("not a key").to_string();
        assert!(error.contains("secret.key") && error.contains("enrol"), "{error}");
        fs::remove_dir_all(&dir).expect("clean");
    }

    #[test]
    fn the_key_is_not_printed() {
        assert_eq!(format!("{:?}", Key::from_bytes([1; 32])), "Key(…)");
    }
}
