//! Digesting artifacts in a process of its own, with limits on what it may take: a file made to harm whoever reads it ends that process
//! and nothing else. Both ends are here: the console that asks, and the child, which is this program once more.
//!
//! Not in here: how a file is digested (see the room `symbols`).

use domain::ArtifactKind;
use gate::{Digested, Digester};
use rustix::process::{Resource, Rlimit, setrlimit};
use serde::{Deserialize, Serialize};
use std::{
    ffi::OsString,
    future::Future,
    io::{self, Read, Write},
    path::PathBuf,
    pin::Pin,
    process::{ExitCode, Stdio},
    time::Duration,
};
use tokio::{io::AsyncReadExt, io::AsyncWriteExt, process::Command, sync::Semaphore};

/// The word by which the program knows that it is the child; people do not type it.
const WORD: &str = "digest-artifact";
/// Memory the child may ask for, and seconds it may compute. The largest files take a third of either.
const MEMORY: u64 = 6 * 1024 * 1024 * 1024;
const SECONDS: u64 = 60;
/// Bytes of its answer: a line, and what the file became.
const ANSWER: u64 = symbols::LARGEST_DIGEST as u64 + 4_096;
/// How long the console waits for it: the machine may be busy.
const PATIENCE: Duration = Duration::from_secs(120);

/// What the child says before the bytes.
#[derive(Serialize, Deserialize)]
enum Said {
    Done { sha256: String, size: i64, lines: bool },
    No(String),
}

/// Asks a child for each file, one after the other.
pub struct Child {
    program: PathBuf,
    one: Semaphore,
}

impl Child {
    /// With the program that is the child.
    #[must_use]
    pub fn new(program: PathBuf) -> Self {
        Self { program, one: Semaphore::new(1) }
    }

    /// With the program that runs.
    pub fn of_process() -> io::Result<Self> {
        Ok(Self::new(std::env::current_exe()?))
    }

    async fn ask(&self, kind: ArtifactKind, file: Vec<u8>) -> io::Result<Vec<u8>> {
        let mut child = Command::new(&self.program)
            .args([WORD, kind.word()])
            .env_clear()
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .kill_on_drop(true)
            .spawn()?;
        let (stdin, stdout) = (child.stdin.take(), child.stdout.take());
        let give = async move {
            if let Some(mut stdin) = stdin {
                // A child that ended has said why, or its end says it.
                stdin.write_all(&file).await.ok();
            }
        };
        let take = async move {
            let mut answer = Vec::new();
            match stdout {
                // A byte more than fits is enough to see that it is too much.
                Some(stdout) => stdout.take(ANSWER + 1).read_to_end(&mut answer).await.map(|_| answer),
                None => Ok(answer),
            }
        };
        let ((), answer) = tokio::join!(give, take);
        let ended = child.wait().await?;
        // Of whom too much is heard nobody hears the end, and it fails for that.
        let too_much = answer.as_ref().is_ok_and(|answer| answer.len() as u64 > ANSWER);
        if ended.success() || too_much { answer } else { Err(io::Error::other(format!("it ended with {ended}"))) }
    }
}

impl Digester for Child {
    fn digest(&self, kind: ArtifactKind, file: Vec<u8>) -> Pin<Box<dyn Future<Output = Result<Digested, String>> + Send + '_>> {
        Box::pin(async move {
            let _turn = self.one.acquire().await.map_err(|closed| closed.to_string())?;
            let answer = match tokio::time::timeout(PATIENCE, self.ask(kind, file)).await {
                Ok(Ok(answer)) => answer,
                Ok(Err(why)) => {
                    tracing::warn!(%why, kind = kind.word(), "an artifact could not be digested");
                    return Err(format!(
                        "The {kind} ended whoever read it: it takes more memory or time than it may, or is damaged. Nothing was changed. Build it again, or split it."
                    ));
                }
                Err(_) => {
                    return Err(format!("Reading the {kind} took longer than {} s. Nothing was changed. Split it.", PATIENCE.as_secs()));
                }
            };
            if answer.len() as u64 > ANSWER {
                let most = symbols::LARGEST_DIGEST >> 20;
                return Err(format!(
                    "What the {kind} becomes has more than {most} MiB. Nothing was changed. Split what is built into smaller files."
                ));
            }
            read(answer).unwrap_or_else(|| Err("What reads artifacts did not answer in full. Nothing was changed; try again.".to_owned()))
        })
    }
}

fn read(mut answer: Vec<u8>) -> Option<Result<Digested, String>> {
    let end = answer.iter().position(|byte| *byte == b'\n')?;
    let digest = answer.split_off(end + 1);
    match serde_json::from_slice(&answer).ok()? {
        Said::Done { sha256, size, lines } => Some(Ok(Digested { sha256, size, lines, digest })),
        Said::No(why) => Some(Err(why)),
    }
}

/// The child's whole life, if this process is one.
#[must_use]
pub fn as_child(mut words: impl Iterator<Item = OsString>) -> Option<ExitCode> {
    if words.next()? != WORD {
        return None;
    }
    let kind = words.next().and_then(|word| word.to_str()?.parse().ok());
    Some(match kind.map(answer) {
        Some(Ok(())) => ExitCode::SUCCESS,
        _ => ExitCode::FAILURE,
    })
}

fn answer(kind: ArtifactKind) -> io::Result<()> {
    for (what, most) in [(Resource::As, MEMORY), (Resource::Cpu, SECONDS), (Resource::Core, 0)] {
        setrlimit(what, Rlimit { current: Some(most), maximum: Some(most) })?;
    }
    let mut file = Vec::new();
    let most = u64::try_from(symbols::LARGEST).unwrap_or(u64::MAX) + 1;
    io::stdin().lock().take(most).read_to_end(&mut file)?;
    let (said, bytes) = match symbols::digest(kind, &file) {
        Ok(done) => {
            let size = i64::try_from(done.size).unwrap_or(i64::MAX);
            (Said::Done { sha256: done.sha256, size, lines: done.lines }, done.cache)
        }
        Err(why) => (Said::No(why.to_string()), Vec::new()),
    };
    let mut out = io::stdout().lock();
    serde_json::to_writer(&mut out, &said)?;
    out.write_all(b"\n")?;
    out.write_all(&bytes)?;
    out.flush()
}
