//! Passwords: argon2id with 19 MiB, two passes and one lane, a few at a time, beside the threads that
//! answer requests. Which passwords are too easy is in `blocklist`.

use super::blocklist;
use crate::edge;
use argon2::{
    Algorithm, Argon2, Params, Version,
    password_hash::{PasswordHasher, PasswordVerifier, phc::PasswordHash},
};
use domain::{Problem, ProblemKind};
use tokio::sync::Semaphore;

const SHORTEST: usize = 12;
const LONGEST: usize = 256;
/// Hashes at once: each holds 19 MiB and a core.
static AT_WORK: Semaphore = Semaphore::const_new(4);
/// Tries that may wait for their turn; more is a flood, and is told to come back.
static WAITING: Semaphore = Semaphore::const_new(64);

/// Verified when there is nobody to verify, so that both take equally long. Its salt and output are made up;
/// no password is known to give it.
const NOBODY: &str = "$argon2id$v=19$m=19456,t=2,p=1$bm9ib2R5IGlzIGhlcmUgMQ$c29tZSAzMiBieXRlcyB0aGF0IG5vYm9keSBoYXNoZXM";

/// Why this password will not do, as a sentence; `None` when it will. `own` are words of the account.
pub(super) fn unfit(password: &str, own: &[&str]) -> Option<String> {
    match password.chars().count() {
        n if n < SHORTEST => Some(format!("That has {n} characters; a password needs at least {SHORTEST}.")),
        n if n > LONGEST => Some(format!("That has {n} characters; a password has at most {LONGEST}.")),
        _ => blocklist::too_easy(password, own)
            .map(|why| format!("That is easy to guess: {why}. A few words that only you would put together are good.")),
    }
}

/// Hashes with a salt of its own.
pub(super) async fn hash(password: String) -> Result<String, Problem> {
    let salt: [u8; 16] = edge::random_bytes();
    let hashed = beside(move || -> Result<String, argon2::password_hash::Error> {
        let hash: PasswordHash = argon2().hash_password_with_salt(password.as_bytes(), &salt)?;
        Ok(hash.to_string())
    });
    hashed.await?.map_err(|error| {
        tracing::error!(%error, "a password could not be hashed");
        Problem::new(ProblemKind::Internal, "The password could not be stored. Nothing was changed; the log says why.")
    })
}

/// Whether the password fits. Takes as long when there is nothing to compare it with.
pub(super) async fn fits(password: String, kept: Option<String>) -> Result<bool, Problem> {
    beside(move || {
        // What nobody can have chosen is not worth hashing at any length.
        let password = if password.len() > 4 * LONGEST { String::new() } else { password };
        let parsed = PasswordHash::new(kept.as_deref().unwrap_or(NOBODY));
        let fits = parsed.is_ok_and(|hash| argon2().verify_password(password.as_bytes(), &hash).is_ok());
        fits && kept.is_some()
    })
    .await
}

fn argon2() -> Argon2<'static> {
    let Ok(params) = Params::new(19 * 1024, 2, 1, None) else { unreachable!("these parameters are allowed") };
    Argon2::new(Algorithm::Argon2id, Version::V0x13, params)
}

async fn beside<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Result<T, Problem> {
    let busy = || Problem::new(ProblemKind::Unavailable, "Too many people are signing in at this moment. Try again in a few seconds.");
    let _waiting = WAITING.try_acquire().map_err(|_| busy())?;
    let at_work = AT_WORK.acquire().await.map_err(|_| busy())?;
    // The permit goes along: a request that is given up does not make room for another hash.
    let done = tokio::task::spawn_blocking(move || {
        let _at_work = at_work;
        work()
    });
    done.await.map_err(|error| {
        tracing::error!(%error, "hashing a password broke off");
        Problem::new(ProblemKind::Internal, "The password could not be checked. Nothing was changed; the log says why.")
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn the_right_password_fits_and_no_other() {
        let kept = hash("under the old viaduct".to_owned()).await.expect("hashed");
        assert!(kept.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{kept}");
        assert!(fits("under the old viaduct".to_owned(), Some(kept.clone())).await.expect("checked"));
        for wrong in ["", "Under the old viaduct", "under the old viaduct ", &"x".repeat(5000)] {
            assert!(!fits(wrong.to_owned(), Some(kept.clone())).await.expect("checked"), "{wrong}");
        }
        assert_ne!(hash("under the old viaduct".to_owned()).await.expect("hashed"), kept, "salted");
    }

    #[tokio::test]
    async fn nobody_has_no_password_but_costs_the_same() {
        let nobody = PasswordHash::new(NOBODY).expect("it parses, so that it is worked through");
        let params = Params::try_from(&nobody).expect("argon2 parameters");
        assert_eq!((params.m_cost(), params.t_cost(), params.p_cost()), (19 * 1024, 2, 1));
        assert_eq!(nobody.hash.as_ref().expect("an output").as_bytes().len(), 32);
        assert!(!fits(String::new(), None).await.expect("checked"));
        assert!(!fits("anything at all".to_owned(), Some("not a hash".to_owned())).await.expect("checked"));
    }

    #[test]
    fn length_is_counted_in_characters() {
        assert!(unfit("kürzerööööö", &[]).expect("11").contains("11 characters"));
        assert_eq!(unfit("übermorgen früh", &[]), None);
        assert!(unfit(&"ab cd ef gh ".repeat(22), &[]).expect("264").contains("at most 256"));
    }
}
