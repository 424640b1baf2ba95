//! Telling a follower what is written: from files a few times a second, from elsewhere as it comes. A slow follower keeps nobody
//! waiting: what does not fit its queue is counted. Not in here: how a file is followed (see `follow`).

use crate::{
    Refused,
    config::Kind,
    engine, file,
    file::Most,
    follow::Following,
    journal,
    refine::Refine,
    room::{Followed, Want},
    rotated,
};
use domain::LogLine;
use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
    time::Duration,
};
use tokio::sync::mpsc;

const LOOK: Duration = Duration::from_millis(200);

/// The way to a follower that may be slow.
pub(crate) struct Queue {
    to: mpsc::Sender<Followed>,
    left_out: u64,
}

impl Queue {
    pub(crate) fn new(to: mpsc::Sender<Followed>) -> Self {
        Self { to, left_out: 0 }
    }

    fn line(&mut self, line: LogLine) {
        if self.left_out > 0 && self.to.try_send(Followed::LeftOut(self.left_out)).is_ok() {
            self.left_out = 0;
        }
        if self.left_out > 0 || self.to.try_send(Followed::Line(line)).is_err() {
            self.left_out += 1;
        }
    }

    /// Says what was left out once there is room again, though nothing new is written.
    fn rest(&mut self) {
        if self.left_out > 0 && self.to.try_send(Followed::LeftOut(self.left_out)).is_ok() {
            self.left_out = 0;
        }
    }
}

pub(crate) fn follow_files(path: &Path, want: &Want, mut queue: Queue) {
    let mut following: BTreeMap<PathBuf, Following> = BTreeMap::new();
    let mut first = true;
    while !queue.to.is_closed() {
        let mut more = false;
        for path in file::files(path) {
            // In the middle of a rotation the log is not there, and the file that it was a moment ago is no new one.
            if rotated::log_of(&path).is_some_and(|log| following.contains_key(&log)) {
                continue;
            }
            let new = !following.contains_key(&path);
            let looked = (|| {
                if new {
                    // What a pattern fits later is new as a whole.
                    let most = if first { want.most } else { Most { lines: u64::MAX, bytes: 1 << 20 } };
                    let refine = Refine::new(want.now, want.since, want.plain, want.pseudonyms.clone());
                    following.insert(path.clone(), Following::begin(path.clone(), most, refine)?);
                }
                following.get_mut(&path).map_or(Ok(false), |one| one.look(&mut |line| queue.line(line)))
            })();
            match looked {
                Ok(again) => more |= again,
                Err(refused) => {
                    queue.to.blocking_send(Followed::Over(refused.to_string())).ok();
                    return;
                }
            }
        }
        first = false;
        if !more {
            queue.rest();
            std::thread::sleep(LOOK);
        }
    }
}

pub(crate) async fn follow_elsewhere(kind: &Kind, lines: u64, mut refine: Refine, mut queue: Queue) {
    let closed = queue.to.clone();
    let following = async {
        match kind {
            Kind::Journal { unit, directory } => {
                let mut child = journal::start(unit, directory.as_deref(), lines, true)?;
                let mut entries = journal::Entries::of(&mut child)?;
                while let Some(line) = entries.next(&mut refine).await? {
                    line.into_iter().for_each(|line| queue.line(line));
                }
            }
            Kind::Container { name, socket } => {
                let mut stream = engine::open(socket, name, lines, true).await?;
                while stream.next(&mut refine, &mut |line| queue.line(line)).await? {}
            }
            Kind::File { .. } => {}
        }
        Ok::<_, Refused>(())
    };
    let over = tokio::select! {
        ended = following => ended.map_or_else(|refused| refused.to_string(), |()| "The source has ended.".to_owned()),
        () = closed.closed() => return,
    };
    closed.send(Followed::Over(over)).await.ok();
}
