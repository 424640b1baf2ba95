//! Following a file as it grows: from one name to the next when it is rotated, from the beginning when it is cut off. It looks
//! a few times a second and costs nothing between. Not in here: who is told.

use crate::{
    Refused, file,
    file::Most,
    refine::{Given, Refine, Split},
};
use domain::LogLine;
use std::{
    collections::VecDeque,
    fs::{self, File},
    io,
    os::unix::fs::FileExt,
    path::PathBuf,
    time::{Duration, Instant},
};

/// The most bytes one look takes, so that a flood does not keep it from looking around.
const ONE_LOOK: u64 = 1 << 20;
/// How long a file that was rotated stays open behind the last that was found in it. A program that is told to open the new one
/// (nginx by USR1) writes to the old one until then.
const QUIET: Duration = Duration::from_secs(10);
/// The most rotated files that stay open.
const OLD: usize = 4;

/// One followed log.
pub(crate) struct Following {
    path: PathBuf,
    /// What has that name, and before it what had it and may still be written, oldest first. Empty until there is a file.
    files: VecDeque<Open>,
    /// How the first file begins.
    refine: Refine,
}

/// A file that is read as it grows. Half a line of it waits for its other half, whatever is written to the next file meanwhile.
struct Open {
    file: File,
    at: u64,
    identity: (u64, u64),
    split: Split,
    refine: Refine,
    /// When something new was last found in it, or it was rotated.
    quiet_since: Instant,
}

impl Following {
    /// Begins with the last `lines`; what is not there yet is waited for.
    pub(crate) fn begin(path: PathBuf, most: Most, refine: Refine) -> Result<Self, Refused> {
        let of = |why: &io::Error| Refused::of_file(&path, why);
        let mut files = VecDeque::new();
        match file::open(&path) {
            Ok(file) => {
                let meta = file.metadata().map_err(|why| of(&why))?;
                let start = if most.lines == 0 {
                    begun_line(&file, meta.len())
                } else {
                    file::start_of_last(&file, meta.len(), most.lines, most.bytes).map(|found| found.0)
                };
                let start = start.map_err(|why| of(&why))?;
                let mut open = Open::at(file, start, &meta, refine.clone());
                file::before(&open.file, start.saturating_sub(16 * 1024), start, &mut open.refine).map_err(|why| of(&why))?;
                files.push_back(open);
            }
            Err(_) if !path.exists() => {}
            Err(refused) => return Err(refused),
        }
        Ok(Self { path, files, refine })
    }

    /// What was written since the last look; true when there is more at once.
    pub(crate) fn look(&mut self, each: &mut dyn FnMut(LogLine)) -> Result<bool, Refused> {
        // As it was written: the next file has its turn when the one before is at its end.
        for open in &mut self.files {
            if open.look(each).map_err(|why| Refused::of_file(&self.path, &why))? {
                return Ok(true);
            }
        }
        self.leave_old(each);
        let known = self.files.back().map(|open| open.identity);
        match fs::metadata(&self.path) {
            Ok(meta) if known != Some(file::identity(&meta)) => self.begin_anew(),
            _ => Ok(false),
        }
    }

    /// Takes the file of that name from its beginning. It is not read before the next look, which first reads what came last to the
    /// one before it.
    fn begin_anew(&mut self) -> Result<bool, Refused> {
        let file = match file::open(&self.path) {
            Ok(file) => file,
            Err(_) if !self.path.exists() => return Ok(false),
            Err(refused) => return Err(refused),
        };
        let meta = file.metadata().map_err(|why| Refused::of_file(&self.path, &why))?;
        let refine = match self.files.back_mut() {
            Some(old) => {
                old.quiet_since = Instant::now();
                // A stack trace or a key may go on in the new file as well as in the old one.
                old.refine.clone()
            }
            None => self.refine.clone(),
        };
        self.files.push_back(Open::at(file, 0, &meta, refine));
        Ok(true)
    }

    /// Closes old files that nobody writes any more, and the oldest when there are too many. All were read to their end.
    fn leave_old(&mut self, each: &mut dyn FnMut(LogLine)) {
        while self.files.len() > 1 && (self.files.len() > OLD + 1 || self.files[0].quiet_since.elapsed() > QUIET) {
            self.files.pop_front().into_iter().for_each(|mut old| old.end_line(each));
        }
    }
}

impl Open {
    fn at(file: File, at: u64, meta: &fs::Metadata, refine: Refine) -> Self {
        Self { file, at, identity: file::identity(meta), split: Split::default(), refine, quiet_since: Instant::now() }
    }

    /// What was written to it since the last look; true when there is more at once.
    fn look(&mut self, each: &mut dyn FnMut(LogLine)) -> io::Result<bool> {
        let length = self.file.metadata()?.len();
        if length < self.at {
            // Cut off: what was begun will never be ended.
            self.at = 0;
            self.end_line(each);
        }
        if length == self.at {
            return Ok(false);
        }
        self.quiet_since = Instant::now();
        let (mut block, until) = (vec![0; 64 * 1024], self.at + ONE_LOOK);
        loop {
            let read = match self.file.read_at(&mut block, self.at) {
                Ok(read) => read,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                Err(error) => return Err(error),
            };
            self.at += read as u64;
            let refine = &mut self.refine;
            self.split.push(&block[..read], |line, over| refine.line(line, over, Given::default()).into_iter().for_each(&mut *each));
            if read == 0 || self.at >= until {
                return Ok(self.at >= until);
            }
        }
    }

    fn end_line(&mut self, each: &mut dyn FnMut(LogLine)) {
        let refine = &mut self.refine;
        self.split.finish(|line, over| refine.line(line, over, Given::default()).into_iter().for_each(&mut *each));
    }
}

/// Where the line begins that is being written: it is told whole once it ends.
fn begun_line(file: &File, end: u64) -> io::Result<u64> {
    if end == 0 {
        return Ok(0);
    }
    let mut last = [0];
    file.read_at(&mut last, end - 1)?;
    if last[0] == b'\n' { Ok(end) } else { file::start_of_last(file, end, 1, 64 * 1024).map(|found| found.0) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::{fs::OpenOptions, io::Write};

    fn said(following: &mut Following) -> Vec<String> {
        let mut lines = Vec::new();
        while following.look(&mut |line| lines.push(line.message)).expect("read") {}
        lines
    }

    #[test]
    fn old_files_are_read_on_until_they_are_quiet_and_never_many() {
        let dir = std::env::temp_dir().join(format!("logs-old-{}", std::process::id()));
        fs::create_dir_all(&dir).expect("a directory");
        let path = dir.join("app.log");
        let refine = Refine::new("2026-11-26T12:00:00Z".parse().expect("a time"), None, false, None);
        let mut following = Following::begin(path.clone(), Most { lines: 10, bytes: 1 << 20 }, refine).expect("it waits");
        let mut writers = Vec::new();
        for number in 0..10 {
            let mut file = OpenOptions::new().append(true).create(true).open(&path).expect("opened");
            writeln!(file, "first {number}").expect("written");
            write!(file, "half {number}").expect("written");
            writers.push(file);
            let mut expected = vec![format!("first {number}")];
            // The one that has to make room is told to its end.
            expected.extend((number > OLD).then(|| format!("half {}", number - OLD - 1)));
            assert_eq!(said(&mut following), expected);
            assert!(following.files.len() <= OLD + 1);
            fs::rename(&path, dir.join(format!("app.log.{number}"))).expect("rotated");
        }
        writeln!(writers[7], " whole").expect("written");
        writeln!(writers[9], " whole").expect("written");
        writeln!(writers[8], " whole").expect("written");
        assert_eq!(said(&mut following), ["half 7 whole", "half 8 whole", "half 9 whole"]);
        // Nothing more comes: half a line is told as it is, and the files are closed but for the last.
        for open in &mut following.files {
            open.quiet_since = Instant::now().checked_sub(QUIET * 2).expect("the machine runs for longer");
        }
        assert_eq!(said(&mut following), ["half 5", "half 6"]);
        assert_eq!(following.files.len(), 1);
        fs::remove_dir_all(&dir).expect("removed");
    }
}
