//! The logs of one console: which there are, their last lines, all of them up to a cap, and what is written from now on. Not in
//! here: how each kind is read (see `file`, `journal`, `engine`).

use crate::{
    Refused,
    config::{Kind, Source},
    engine, file,
    file::Most,
    follower::{Queue, follow_elsewhere, follow_files},
    journal,
    pseudonym::Pseudonyms,
    refine::Refine,
};
use domain::{At, LogLine};
use scrub::Counts;
use std::{
    collections::{BTreeMap, VecDeque},
    path::Path,
    sync::Arc,
    time::Instant,
};
use tokio::{
    sync::{Semaphore, mpsc},
    task::spawn_blocking,
};

/// Followers at the same time; each keeps a thread that mostly sleeps.
const FOLLOWERS: usize = 32;
/// Seconds another clock may be ahead of ours.
const AHEAD: i64 = 60;
/// Lines that are handed over together.
const BATCH: usize = 256;

/// All logs.
pub struct Logs {
    sources: Vec<Source>,
    followers: Arc<Semaphore>,
}

/// A log as a list shows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Service {
    pub name: String,
    pub kind: &'static str,
    pub place: String,
    /// Bytes of its newest files, where that can be said without reading.
    pub bytes: Option<u64>,
    /// Why it cannot be read.
    pub problem: Option<String>,
}

/// What is to be read.
#[derive(Clone)]
pub struct Want {
    pub most: Most,
    pub since: Option<At>,
    /// Lines untouched but for scrubbing.
    pub plain: bool,
    pub now: At,
    /// For a bundle.
    pub pseudonyms: Option<Pseudonyms>,
    /// When reading ends whatever is left.
    pub until: Option<Instant>,
}

/// How a reading ended.
#[derive(Clone, Debug, Default)]
pub struct Done {
    /// What was left out, as sentences.
    pub cut: Vec<String>,
    /// How many secrets of which rule were removed.
    pub removed: BTreeMap<String, u64>,
    pub timed_out: bool,
    /// There were more lines than were wanted; who wanted the last ones knows that.
    pub by_lines: bool,
}

/// The last lines of a log.
#[derive(Clone, Debug)]
pub struct Tail {
    pub lines: Vec<LogLine>,
    pub done: Done,
}

/// What a follower hears.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Followed {
    Line(LogLine),
    /// So many lines were left out because the reader was slow.
    LeftOut(u64),
    /// It cannot go on.
    Over(String),
}

impl Logs {
    #[must_use]
    pub fn new(sources: Vec<Source>) -> Self {
        Self { sources, followers: Arc::new(Semaphore::new(FOLLOWERS)) }
    }

    /// Names of all services.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.sources.iter().map(|source| source.name.as_str())
    }

    /// What there is, without looking at it.
    #[must_use]
    pub fn places(&self) -> Vec<Service> {
        let of = |source: &Source| Service {
            name: source.name.clone(),
            kind: source.kind.word(),
            place: source.kind.to_string(),
            bytes: None,
            problem: None,
        };
        self.sources.iter().map(of).collect()
    }

    /// What there is, and whether it can be read.
    pub async fn services(&self) -> Vec<Service> {
        let mut all = Vec::with_capacity(self.sources.len());
        for source in &self.sources {
            let (bytes, problem) = match &source.kind {
                Kind::File { path, optional } => {
                    let (path, optional) = (path.clone(), *optional);
                    spawn_blocking(move || size(&path, optional)).await.unwrap_or((None, Some("It could not be looked at.".to_owned())))
                }
                Kind::Journal { unit, directory } => (None, journal_problem(unit, directory.as_deref()).await),
                Kind::Container { socket, .. } => (
                    None,
                    tokio::net::UnixStream::connect(socket)
                        .await
                        .err()
                        .map(|error| format!("{} cannot be opened: {error}.", socket.display())),
                ),
            };
            all.push(Service { name: source.name.clone(), kind: source.kind.word(), place: source.kind.to_string(), bytes, problem });
        }
        all
    }

    /// The last lines of a log.
    pub async fn tail(&self, service: &str, want: Want) -> Result<Tail, Refused> {
        let most = want.most;
        let (sender, mut batches) = mpsc::channel(16);
        let reading = self.read(service, want, sender);
        let gathering = async {
            let mut lines = Vec::new();
            while let Some(batch) = batches.recv().await {
                lines.extend::<Vec<LogLine>>(batch);
            }
            lines
        };
        let (done, mut lines) = tokio::join!(reading, gathering);
        let mut done = done?;
        // Several files, or two streams, have each their own last lines.
        let most_lines = usize::try_from(most.lines).unwrap_or(usize::MAX);
        lines.drain(..lines.len().saturating_sub(most_lines));
        let mut bytes = 0;
        let kept = lines.iter().rev().take_while(|line| {
            bytes += line.message.len() as u64;
            bytes <= most.bytes
        });
        let left = lines.len() - kept.count();
        if left > 0 {
            done.cut.push(format!("{left} older lines were left out: more than {} bytes are not answered.", most.bytes));
            lines.drain(..left);
        }
        Ok(Tail { lines, done })
    }

    /// Reads the last lines of a log, up to what is wanted, and hands them over in batches. Ends early when nobody listens.
    pub async fn read(&self, service: &str, want: Want, to: mpsc::Sender<Vec<LogLine>>) -> Result<Done, Refused> {
        let source = self.source(service)?;
        let refine = Refine::new(want.now, want.since, want.plain, want.pseudonyms.clone());
        match source.kind.clone() {
            Kind::File { path, optional } => {
                let reading = spawn_blocking(move || read_files(&path, optional, &want, refine, &to));
                reading.await.unwrap_or_else(|_| Err(Refused::Unreadable("The reader broke off.".to_owned())))
            }
            kind => read_elsewhere(&kind, &want, refine, &to).await,
        }
    }

    /// What is written to a log from now on, after its last lines. The queue is as long as the channel; what does not fit is
    /// counted and told.
    pub fn follow(&self, service: &str, want: Want, to: mpsc::Sender<Followed>) -> Result<(), Refused> {
        let source = self.source(service)?;
        let permit = Arc::clone(&self.followers).try_acquire_owned();
        let permit =
            permit.map_err(|_| Refused::TooMany(format!("{FOLLOWERS} follow logs already. Close one, or read without following.")))?;
        let refine = Refine::new(want.now, want.since, want.plain, want.pseudonyms.clone());
        let queue = Queue::new(to);
        match source.kind.clone() {
            Kind::File { path, .. } => {
                spawn_blocking(move || {
                    follow_files(&path, &want, queue);
                    drop(permit);
                });
            }
            kind => {
                tokio::spawn(async move {
                    follow_elsewhere(&kind, want.most.lines, refine, queue).await;
                    drop(permit);
                });
            }
        }
        Ok(())
    }

    fn source(&self, service: &str) -> Result<&Source, Refused> {
        self.sources.iter().find(|source| source.name == service).ok_or_else(|| {
            let said: String = service.chars().take(60).collect();
            let known = self.names().collect::<Vec<_>>().join(", ");
            Refused::Unknown(format!("There is no log of a service \u{201c}{said}\u{201d}; there are: {known}."))
        })
    }
}

async fn journal_problem(unit: &str, directory: Option<&Path>) -> Option<String> {
    if let Some(directory) = directory.map(Path::to_owned) {
        let opened =
            spawn_blocking(move || directory.read_dir().err().map(|error| format!("{} cannot be opened: {error}.", directory.display())));
        if let Some(problem) = opened.await.unwrap_or_else(|_| Some("It could not be looked at.".to_owned())) {
            return Some(problem);
        }
    }
    journal::start(unit, directory, 1, false).err().map(|refused| refused.to_string())
}

fn size(path: &Path, optional: bool) -> (Option<u64>, Option<String>) {
    let files = file::files(path);
    if files.is_empty() && !optional {
        return (None, Some(format!("No file fits {}.", path.display())));
    }
    let mut sum = 0;
    for path in files {
        match file::open(&path).and_then(|file| file.metadata().map_err(|why| Refused::of_file(&path, &why))) {
            Ok(meta) => sum += meta.len(),
            Err(_) if optional && !path.exists() => {}
            Err(refused) => return (None, Some(refused.to_string())),
        }
    }
    (Some(sum), None)
}

/// Gathers lines and hands them over together.
struct Batches<'a> {
    batch: Vec<LogLine>,
    to: &'a mpsc::Sender<Vec<LogLine>>,
}

impl Batches<'_> {
    fn take(&mut self, line: LogLine) -> bool {
        self.batch.push(line);
        self.batch.len() < BATCH || self.hand_over()
    }

    /// False when nobody listens any more.
    fn hand_over(&mut self) -> bool {
        self.to.blocking_send(std::mem::take(&mut self.batch)).is_ok()
    }
}

fn read_files(path: &Path, optional: bool, want: &Want, refine: Refine, to: &mpsc::Sender<Vec<LogLine>>) -> Result<Done, Refused> {
    let (files, mut done) = (file::files(path), Done::default());
    if files.is_empty() && !optional {
        return Err(Refused::Unreadable(format!("No file fits {}.", path.display())));
    }
    if let more @ 1.. = file::left_out(path) {
        done.cut.push(format!("{more} older files that fit were left out: of a pattern the {} written last are read.", files.len()));
    }
    let mut batches = Batches { batch: Vec::new(), to };
    let late = || want.until.is_some_and(|until| Instant::now() > until);
    if let [one] = files.as_slice() {
        let mut refine = refine;
        let mut timed_out = false;
        let read = file::read(one, want.most, &mut refine, &mut |line| {
            timed_out = batches.batch.is_empty() && late();
            !timed_out && batches.take(line)
        });
        match read {
            Err(_) if optional && !one.exists() => {}
            read => done.note(&read?, &refine, want.most),
        }
        done.timed_out = timed_out;
    } else {
        // The last of each, by time: a line without one stays behind the line before it, and so does one of a time still to come, by which
        // a clock that is wrong would be the last word of all files for ever.
        let mut all = Vec::new();
        let most = Most { lines: want.most.lines, bytes: want.most.bytes / files.len().max(1) as u64 };
        for path in files {
            let mut refine = Refine::new(want.now, want.since, want.plain, want.pseudonyms.clone());
            let mut last = None;
            let ended = file::read(&path, most, &mut refine, &mut |line| {
                last = line.ts.filter(|ts| ts.secs_since(want.now) <= AHEAD).or(last);
                all.push((last, line));
                !late()
            })?;
            done.note(&ended, &refine, most);
            done.timed_out |= late();
        }
        all.sort_by_key(|(at, _)| *at);
        for (_, line) in all {
            if !batches.take(line) {
                break;
            }
        }
    }
    batches.hand_over();
    Ok(done)
}

impl Done {
    fn note(&mut self, ended: &file::Ended, refine: &Refine, most: Most) {
        if ended.by_bytes {
            self.cut.push(format!("Older lines were left out: not more than {} bytes of a log are read.", most.bytes));
        }
        self.by_lines |= ended.by_lines;
        self.cut.extend(ended.broken.clone());
        self.removed(&refine.counts, refine.cut_lines);
    }

    fn removed(&mut self, counts: &Counts, cut_lines: u64) {
        for (rule, count) in counts.iter() {
            *self.removed.entry(rule.to_owned()).or_default() += u64::from(count);
        }
        if cut_lines > 0 {
            self.cut.push(format!("{cut_lines} lines were longer than {} bytes and were cut.", crate::LONGEST_LINE));
        }
    }
}

/// Lines that a journal or a container is asked for at most.
const ELSEWHERE: u64 = 100_000;

async fn read_elsewhere(kind: &Kind, want: &Want, mut refine: Refine, to: &mpsc::Sender<Vec<LogLine>>) -> Result<Done, Refused> {
    let (mut lines, mut bytes, mut by_bytes) = (VecDeque::new(), 0, false);
    let lines_wanted = want.most.lines.min(ELSEWHERE);
    // They come oldest first, and the newest are what was asked for.
    let mut each = |line: LogLine| {
        bytes += line.message.len() as u64;
        lines.push_back(line);
        while bytes > want.most.bytes
            && let Some(oldest) = lines.pop_front()
        {
            (bytes, by_bytes) = (bytes - oldest.message.len() as u64, true);
        }
        true
    };
    match kind {
        Kind::Journal { unit, directory } => journal::read(unit, directory.as_deref(), lines_wanted, &mut refine, &mut each).await?,
        Kind::Container { name, socket } => engine::read(socket, name, lines_wanted, &mut refine, &mut each).await?,
        Kind::File { .. } => {}
    }
    let mut done = Done::default();
    if by_bytes {
        done.cut.push(format!("Older lines were left out: not more than {} bytes of a log are read.", want.most.bytes));
    }
    if refine.heard >= ELSEWHERE {
        done.cut.push(format!("Older lines were left out: not more than {ELSEWHERE} are asked for."));
    }
    done.removed(&refine.counts, refine.cut_lines);
    // Nobody listens any more: nothing is lost.
    to.send(lines.into()).await.ok();
    Ok(done)
}
