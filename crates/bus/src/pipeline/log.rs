//! What a step says, as it says it: each line with its time, and the middle left out once it is long.

use std::collections::VecDeque;
use std::io::{BufRead, BufReader, Read};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

/// Half of what is kept: so much of the beginning and so much of the end.
const HALF: usize = 128 * 1024;
const LINE: usize = 8 * 1024;
const DAY: i64 = 86_400_000;

#[derive(Debug)]
struct Kept {
    head: String,
    tail: VecDeque<String>,
    tail_bytes: usize,
    dropped: u64,
    last: String,
    changes: u64,
}

/// Shared between the threads that read and the runner that stores.
#[derive(Debug, Clone)]
pub(crate) struct Log {
    kept: Arc<Mutex<Kept>>,
    began_millis: i64,
    began: Instant,
}

impl Log {
    /// `began_millis`: the database's time of now, in milliseconds since 1970.
    pub(crate) fn new(began_millis: i64) -> Self {
        let kept = Kept { head: String::new(), tail: VecDeque::new(), tail_bytes: 0, dropped: 0, last: String::new(), changes: 0 };
        Self { kept: Arc::new(Mutex::new(kept)), began_millis, began: Instant::now() }
    }

    /// Adds a line of the step's own.
    pub(crate) fn said(&self, line: &str) {
        let line = self.add(line);
        self.kept.lock().unwrap_or_else(PoisonError::into_inner).last = line;
    }

    /// Adds a line of the runner's; gives it as it was kept, without its time.
    pub(crate) fn add(&self, line: &str) -> String {
        let line = crate::failure::fit(line.trim_end(), LINE);
        let millis = self.began_millis + i64::try_from(self.began.elapsed().as_millis()).unwrap_or(0);
        let stamped = format!("{} {line}\n", clock(millis));
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        kept.changes += 1;
        if kept.tail.is_empty() && kept.head.len() + stamped.len() <= HALF {
            kept.head.push_str(&stamped);
            return line;
        }
        kept.tail_bytes += stamped.len();
        kept.tail.push_back(stamped);
        while kept.tail_bytes > HALF
            && let Some(old) = kept.tail.pop_front()
        {
            kept.tail_bytes -= old.len();
            kept.dropped += 1;
        }
        line
    }

    /// The last line the step itself said.
    pub(crate) fn last(&self) -> String {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner).last.clone()
    }

    /// The text to store, and how many lines there were, to see whether anything is new.
    pub(crate) fn text(&self) -> (String, u64) {
        let kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        let mut text = kept.head.clone();
        if kept.dropped > 0 {
            text.push_str(&format!("… {} lines left out …\n", kept.dropped));
        }
        text.extend(kept.tail.iter().map(String::as_str));
        (text, kept.changes)
    }

    /// Reads a pipe to its end in a thread of its own; lines are cut, never waited for without end.
    pub(crate) fn follow(&self, pipe: impl Read + Send + 'static) -> std::thread::JoinHandle<()> {
        let log = self.clone();
        std::thread::spawn(move || {
            let mut reader = BufReader::new(pipe);
            let mut line = Vec::new();
            loop {
                line.clear();
                let read = reader.by_ref().take(LINE as u64).read_until(b'\n', &mut line);
                if !matches!(read, Ok(n) if n > 0) {
                    return;
                }
                log.said(&String::from_utf8_lossy(&line));
            }
        })
    }
}

/// `10:24:31.250`, in UTC.
fn clock(millis: i64) -> String {
    let of_day = millis.rem_euclid(DAY);
    let (seconds, millis) = (of_day / 1000, of_day % 1000);
    format!("{:02}:{:02}:{:02}.{millis:03}", seconds / 3600, seconds / 60 % 60, seconds % 60)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_have_their_time() {
        let log = Log::new(DAY + 37_471_250);
        log.said("reading\r\n");
        let (text, _) = log.text();
        assert!(text.starts_with("10:24:31.2") && text.ends_with(" reading\n"), "{text}");
        assert_eq!(log.last(), "reading");
    }

    #[test]
    fn a_long_log_keeps_its_ends() {
        let log = Log::new(0);
        for n in 0..40_000 {
            log.said(&format!("line {n}"));
        }
        let (text, changes) = log.text();
        assert_eq!(changes, 40_000);
        assert!(text.len() <= 2 * HALF + 100, "{}", text.len());
        assert!(text.contains(" line 0\n") && text.contains(" line 39999\n") && text.contains("lines left out"));
    }

    #[test]
    fn a_line_without_end_is_cut() {
        let log = Log::new(0);
        let flood = std::io::repeat(b'x').take(1_000_000).chain(&b"\0\nlast\n"[..]);
        log.follow(flood).join().expect("read");
        assert_eq!(log.last(), "last");
        assert!(!log.text().0.contains('\0'));
    }
}
