//! What is collected, in order, each within its time and its bytes. Not in here: how it is written.

use super::{
    clean::clean,
    writer::{Ending, Part, Status, write},
};
use actions::{
    table,
    views::support_bundle::{MOST_OF_A_LOG, MOST_OF_A_VIEW, VIEWS},
};
use axum::body::Bytes;
use domain::{At, LogLine, Problem};
use gate::{Gate, Token};
use logs::{Logs, Most, Pseudonyms, Want};
use scrub::Counts;
use serde_json::{Value, json};
use std::{
    collections::BTreeMap,
    io,
    sync::Arc,
    time::{Duration, Instant},
};
use tokio::sync::mpsc;

/// How far a bundle goes.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// How long one collector may take.
    pub longest: Duration,
    /// The most bytes of what is one value, as JSON.
    pub value: u64,
    /// The most lines of one log, and bytes as they stand in the log.
    pub lines: u64,
    pub bytes: u64,
    /// The most bytes of all logs together, as they are written: with the rest a bundle stays below the 1 GiB that
    /// `opsctl bundle inspect` reads.
    pub logs: u64,
}

/// The last lines of a log are wanted, so what will not fit has to be known before it is written: JSON may write four bytes for one.
const WRITTEN_FOR_ONE: u64 = 4;
/// The same for its lines: around each JSON writes its time and its level, however short it is.
const WRITTEN_OF_A_LINE: u64 = 128;

impl Default for Limits {
    fn default() -> Self {
        Self { longest: Duration::from_secs(15), value: MOST_OF_A_VIEW, lines: 2_000_000, bytes: MOST_OF_A_LOG, logs: 512 << 20 }
    }
}

/// What a bundle is made of and for whom.
pub struct Taking {
    pub gate: Arc<Gate>,
    pub token: Token,
    pub logs: Arc<Logs>,
    pub now: At,
    pub console: String,
    pub settings: Value,
    /// Made for this bundle, and nowhere kept.
    pub key: [u8; 32],
    pub limits: Limits,
}

/// Begins to make a bundle; what comes out is its bytes.
#[must_use]
pub fn take(taking: Taking) -> mpsc::Receiver<io::Result<Bytes>> {
    let (sender, body) = mpsc::channel(8);
    let (parts, written) = mpsc::channel(8);
    tokio::task::spawn_blocking(move || write(written, sender));
    // Ends by itself when nobody writes any more.
    tokio::spawn(async move { Collecting::new(taking, parts).run().await });
    body
}

/// Nobody reads any more.
struct Gone;

struct Collecting {
    taking: Taking,
    names: Pseudonyms,
    counts: Counts,
    removed: BTreeMap<String, u64>,
    parts: mpsc::Sender<Part>,
    left_of_logs: u64,
}

impl Collecting {
    fn new(taking: Taking, parts: mpsc::Sender<Part>) -> Self {
        let (names, left_of_logs) = (Pseudonyms::new(taking.key), taking.limits.logs);
        Self { taking, names, counts: Counts::new(), removed: BTreeMap::new(), parts, left_of_logs }
    }

    async fn run(mut self) -> Option<()> {
        let head = json!({ "format": 1, "made_at": self.taking.now, "console": self.taking.console, "version": env!("CARGO_PKG_VERSION") });
        self.hand(Part::Head(head)).await.ok()?;
        for (name, view, _) in VIEWS {
            self.whole(name, view).await.ok()?;
        }
        let logs = Arc::clone(&self.taking.logs);
        for service in logs.names() {
            self.log(service).await.ok()?;
        }
        for (rule, count) in self.counts.iter() {
            *self.removed.entry(rule.to_owned()).or_default() += u64::from(count);
        }
        self.hand(Part::Report(json!({ "redaction": { "removed": self.removed, "pseudonyms": self.names.counts() } }))).await.ok()
    }

    async fn hand(&self, part: Part) -> Result<(), Gone> {
        self.parts.send(part).await.map_err(|_| Gone)
    }

    /// A collector that is one value.
    async fn whole(&mut self, name: &str, view: &'static str) -> Result<(), Gone> {
        let started = Instant::now();
        let (value, ending, said) = match self.collected(view).await {
            Ok(mut value) => {
                clean(&mut value, &self.names, &mut self.counts);
                let (bytes, most) = (value.to_string().len() as u64, self.taking.limits.value);
                if bytes > most {
                    (Value::Null, Ending::Cut, vec![format!("It has {bytes} bytes, and not more than {most} are taken.")])
                } else {
                    (value, Ending::Ok, Vec::new())
                }
            }
            Err((ending, why)) => (Value::Null, ending, vec![why]),
        };
        self.hand(Part::Whole(name.to_owned(), value)).await?;
        self.ended(ending, started, said).await
    }

    async fn collected(&self, view: &'static str) -> Result<Value, (Ending, String)> {
        // The one that is no view.
        let Some(entry) = table::view(view) else { return Ok(self.taking.settings.clone()) };
        let (gate, token) = (Arc::clone(&self.taking.gate), self.taking.token.clone());
        // In a task of its own: what takes too long is not torn out of its transaction.
        let looking = tokio::spawn(async move { gate.view(&token, entry, json!({})).await });
        let longest = self.taking.limits.longest;
        match tokio::time::timeout(longest, looking).await {
            Err(_) => Err((Ending::TimedOut, format!("It did not answer within {} s.", longest.as_secs()))),
            Ok(Err(_)) => Err((Ending::Failed, "It broke off; the console's log says why.".to_owned())),
            Ok(Ok(Err(Problem { message, .. }))) => Err((Ending::Failed, message)),
            Ok(Ok(Ok(raw))) => serde_json::from_str(raw.get()).map_err(|_| (Ending::Failed, "Its answer cannot be read.".to_owned())),
        }
    }

    /// A log, line by line as it is read.
    async fn log(&mut self, service: &str) -> Result<(), Gone> {
        let started = Instant::now();
        self.hand(Part::Lines(format!("logs {service}"))).await?;
        let limits = self.taking.limits;
        let left = self.left_of_logs;
        let most = Most { lines: limits.lines.min(left / WRITTEN_OF_A_LINE), bytes: limits.bytes.min(left / WRITTEN_FOR_ONE) };
        let until = Some(started + limits.longest);
        let want = Want { most, since: None, plain: false, now: self.taking.now, pseudonyms: Some(self.names.clone()), until };
        let (sender, mut batches) = mpsc::channel(4);
        let logs = Arc::clone(&self.taking.logs);
        let name = service.to_owned();
        let reading = tokio::spawn(async move { logs.read(&name, want, sender).await });
        let (mut first, mut full) = (true, false);
        while let Some(batch) = batches.recv().await {
            let text = written(&batch, first);
            let Some(left) = self.left_of_logs.checked_sub(text.len() as u64) else {
                full = true;
                break;
            };
            (first, self.left_of_logs) = (false, left);
            self.hand(Part::More(batch.len() as u64, text)).await?;
        }
        // Who reads on for nobody ends.
        drop(batches);
        let (ending, said) = match reading.await {
            Ok(Ok(done)) => {
                for (rule, count) in done.removed {
                    *self.removed.entry(rule).or_default() += count;
                }
                let mut said = done.cut;
                if done.by_lines {
                    said.push(format!("Older lines were left out: not more than {} of a log are taken.", most.lines));
                }
                if full {
                    said.push(format!("Newer lines were left out: all logs together have not more than {} bytes.", limits.logs));
                }
                if done.timed_out {
                    said.push(format!("Newer lines were left out: a log is read for {} s.", limits.longest.as_secs()));
                }
                let ending = match (done.timed_out, said.is_empty()) {
                    (true, _) => Ending::TimedOut,
                    (false, false) => Ending::Cut,
                    (false, true) => Ending::Ok,
                };
                (ending, said)
            }
            Ok(Err(refused)) => (Ending::Failed, vec![refused.to_string()]),
            Err(_) => (Ending::Failed, vec!["It broke off; the console's log says why.".to_owned()]),
        };
        self.ended(ending, started, said).await
    }

    async fn ended(&self, ending: Ending, started: Instant, said: Vec<String>) -> Result<(), Gone> {
        let ms = u64::try_from(started.elapsed().as_millis()).unwrap_or(u64::MAX);
        self.hand(Part::Status(Status { ending, ms, said })).await
    }
}

/// Lines as they stand in an array; `first`: nothing stands before them.
fn written(lines: &[LogLine], first: bool) -> Vec<u8> {
    let mut text = Vec::with_capacity(32 * 1024);
    for (at, line) in lines.iter().enumerate() {
        text.extend_from_slice(if first && at == 0 { b"\n" } else { b",\n" });
        // A line is texts and a time: it can always be written.
        text.extend(serde_json::to_vec(line).unwrap_or_else(|_| b"null".to_vec()));
    }
    text
}
