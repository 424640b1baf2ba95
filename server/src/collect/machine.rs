//! What the machine says: room on the disk, and this program's own hash. What may hang is asked on a thread of its
//! own, and not asked again before it has answered.

use domain::{Fact, PartStatus, Reading, human_bytes};
use sha2::{Digest, Sha256};
use std::{
    net::SocketAddr,
    path::{Path, PathBuf},
    sync::{Arc, OnceLock},
};
use tokio::sync::Semaphore;

/// This server among others: its machine and port, which stay when it starts again.
#[must_use]
pub fn server_name(bound: &SocketAddr) -> String {
    let host = rustix::system::uname().nodename().to_string_lossy().into_owned();
    format!("{host}:{}", bound.port())
}

/// Asks at most one thing of a kind at once.
#[derive(Clone)]
pub(super) struct Machine {
    disk: Arc<Semaphore>,
}

impl Default for Machine {
    fn default() -> Self {
        Self { disk: Arc::new(Semaphore::new(1)) }
    }
}

impl Machine {
    pub(super) async fn disk(&self, dir: PathBuf) -> Result<Reading, String> {
        apart(&self.disk, move || disk(&dir)).await
    }
}

async fn apart<T: Send + 'static>(one: &Arc<Semaphore>, ask: impl FnOnce() -> Result<T, String> + Send + 'static) -> Result<T, String> {
    let Ok(permit) = Arc::clone(one).try_acquire_owned() else {
        return Err("What was asked before has not been answered yet.".to_owned());
    };
    let asked = tokio::task::spawn_blocking(move || {
        let answer = ask();
        drop(permit);
        answer
    });
    asked.await.unwrap_or_else(|_| Err("The reading broke off.".to_owned()))
}

fn disk(dir: &Path) -> Result<Reading, String> {
    let found = rustix::fs::statvfs(dir).map_err(|error| format!("The data directory {} cannot be read: {error}.", dir.display()))?;
    let bytes = |blocks: u64| i64::try_from(blocks.saturating_mul(found.f_frsize)).unwrap_or(i64::MAX);
    let (size, free) = (bytes(found.f_blocks), bytes(found.f_bavail));
    let facts = vec![
        Fact::number("used", bytes(found.f_blocks - found.f_bfree), "bytes").of(size),
        Fact::number("free", free, "bytes"),
        Fact::number("files free", i64::try_from(found.f_favail).unwrap_or(i64::MAX), "files"),
    ];
    let reading = Reading::of(&dir.display().to_string(), facts);
    let left = human_bytes(u64::try_from(free).unwrap_or_default());
    // A tenth of a large disk is still room for long.
    Ok(match (free, size) {
        (free, size) if free < 200 << 20 || (free < 2 << 30 && free < size / 50) => {
            reading.but(PartStatus::Fail, format!("Only {left} are free where the data lies: soon nothing can be written."))
        }
        (free, size) if free < 1 << 30 || (free < 10 << 30 && free < size / 10) => {
            reading.but(PartStatus::Warn, format!("{left} are free where the data lies."))
        }
        _ => reading,
    })
}

/// The build of this program: the commit it says it is of, else the hash of its own file.
pub(super) async fn build(known: Arc<OnceLock<String>>, git_sha: Option<String>) {
    let build = match git_sha {
        Some(sha) => Some(sha.chars().take(12).collect()),
        None => tokio::task::spawn_blocking(hash_of_program).await.ok().flatten(),
    };
    match build {
        Some(build) => drop(known.set(build)),
        None => tracing::warn!("this program could not read its own file; its build is not known"),
    }
}

fn hash_of_program() -> Option<String> {
    let mut file = std::fs::File::open(std::env::current_exe().ok()?).ok()?;
    let mut hash = Sha256::new();
    let mut bytes = vec![0; 1 << 20];
    loop {
        let read = std::io::Read::read(&mut file, &mut bytes).ok()?;
        if read == 0 {
            return Some(hex::encode(&hash.finalize()[..6]));
        }
        hash.update(&bytes[..read]);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_directory_that_vanished_is_named() {
        let dir = std::env::temp_dir().join(format!("ops-gone-{}", std::process::id()));
        std::fs::create_dir_all(&dir).expect("made");
        let machine = Machine::default();
        let there = machine.disk(dir.clone()).await.expect("read");
        assert!(there.facts.iter().any(|fact| fact.name == "free" && fact.number > Some(0)));
        std::fs::remove_dir(&dir).expect("removed");
        let said = machine.disk(dir.clone()).await.expect_err("gone");
        assert!(said.contains(&dir.display().to_string()), "{said}");
    }

    #[tokio::test]
    async fn what_hangs_is_not_asked_twice() {
        let one = Arc::new(Semaphore::new(1));
        let (answer, wait) = std::sync::mpsc::channel::<()>();
        let hangs = tokio::spawn({
            let one = one.clone();
            async move { apart(&one, move || wait.recv().map_err(|_| String::new())).await }
        });
        while one.available_permits() > 0 {
            tokio::task::yield_now().await;
        }
        let said = apart(&one, || Ok(())).await.expect_err("the first has not answered");
        assert!(said.contains("not been answered"), "{said}");
        answer.send(()).expect("sent");
        hangs.await.expect("ran").expect("answered");
        apart(&one, || Ok(())).await.expect("now it may");
    }
}
