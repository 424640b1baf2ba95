//! Following a file as it grows: from one name to the next when it is rotated, from the beginning when it is cut off. It looks
//! a few times a second and costs nothing between. Not in here: who is told.

use crate::{
    Refused, file,
    file::Most,
    refine::{Given, Refine, Split},
};
use domain::LogLine;
use std::{
    fs::{self, File},
    io,
    os::unix::fs::FileExt,
    path::PathBuf,
};

/// The most bytes one look takes, so that a flood does not keep it from looking around.
const ONE_LOOK: u64 = 1 << 20;

/// One followed file.
pub(crate) struct Following {
    path: PathBuf,
    open: Option<Open>,
    split: Split,
    refine: Refine,
}

struct Open {
    file: File,
    at: u64,
    identity: (u64, u64),
}

impl Following {
    /// Begins with the last `lines`; what is not there yet is waited for.
    pub(crate) fn begin(path: PathBuf, most: Most, mut refine: Refine) -> Result<Self, Refused> {
        let of = |why: &io::Error| Refused::of_file(&path, why);
        let open = match file::open(&path) {
            Ok(file) => {
                let meta = file.metadata().map_err(|why| of(&why))?;
                let start = if most.lines == 0 {
                    begun_line(&file, meta.len())
                } else {
                    file::start_of_last(&file, meta.len(), most.lines, most.bytes).map(|found| found.0)
                };
                let start = start.map_err(|why| of(&why))?;
                file::before(&file, start.saturating_sub(16 * 1024), start, &mut refine).map_err(|why| of(&why))?;
                Some(Open { file, at: start, identity: file::identity(&meta) })
            }
            Err(_) if !path.exists() => None,
            Err(refused) => return Err(refused),
        };
        Ok(Self { path, open, split: Split::default(), refine })
    }

    /// What was written since the last look; true when there is more at once.
    pub(crate) fn look(&mut self, each: &mut dyn FnMut(LogLine)) -> Result<bool, Refused> {
        let refused = |path: &PathBuf, why: io::Error| Refused::of_file(path, &why);
        let Some(open) = &mut self.open else {
            return self.begin_anew(each);
        };
        let length = open.file.metadata().map_err(|why| refused(&self.path, why))?.len();
        if length < open.at {
            // Cut off: what was begun will never be ended.
            open.at = 0;
            self.split.finish(|line, over| self.refine.line(line, over, Given::default()).into_iter().for_each(&mut *each));
        }
        let (mut block, until) = (vec![0; 64 * 1024], open.at + ONE_LOOK);
        loop {
            let read = match open.file.read_at(&mut block, open.at) {
                Ok(read) => read,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                Err(error) => return Err(refused(&self.path, error)),
            };
            open.at += read as u64;
            let refine = &mut self.refine;
            self.split.push(&block[..read], |line, over| refine.line(line, over, Given::default()).into_iter().for_each(&mut *each));
            if read == 0 || open.at >= until {
                break;
            }
        }
        if open.at >= until {
            return Ok(true);
        }
        // Looked at after the end was read: what was written to the old one before it was moved has been seen.
        match fs::metadata(&self.path) {
            Ok(meta) if file::identity(&meta) != open.identity => self.begin_anew(each),
            _ => Ok(false),
        }
    }

    /// The file of that name, from its beginning.
    fn begin_anew(&mut self, each: &mut dyn FnMut(LogLine)) -> Result<bool, Refused> {
        let file = match file::open(&self.path) {
            Ok(file) => file,
            Err(_) if !self.path.exists() => return Ok(false),
            Err(refused) => return Err(refused),
        };
        let meta = file.metadata().map_err(|why| Refused::of_file(&self.path, &why))?;
        let refine = &mut self.refine;
        self.split.finish(|line, over| refine.line(line, over, Given::default()).into_iter().for_each(&mut *each));
        self.open = Some(Open { file, at: 0, identity: file::identity(&meta) });
        Ok(true)
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
