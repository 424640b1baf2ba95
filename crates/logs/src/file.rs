//! A log that is a file: opened without being led astray, read from its end, continued into the rotated ones before it. What it
//! costs depends on what is asked for, never on how large the file is. Not in here: following (see `follow`), what lines mean.

use crate::{
    Refused,
    refine::{Given, Refine, Split},
    rotated,
};
use domain::LogLine;
use flate2::read::GzDecoder;
use rustix::fs::OFlags;
use std::{
    collections::BTreeSet,
    fs::{self, File, OpenOptions},
    io::{self, Read},
    os::unix::fs::{FileExt, MetadataExt, OpenOptionsExt},
    path::{Path, PathBuf},
};

const BLOCK: usize = 64 * 1024;
/// Bytes before what is asked for that are read for what they say about it: its time, or that it lies inside a key.
const BEFORE: u64 = 16 * 1024;
/// The most files one pattern stands for.
const FILES: usize = 16;
/// The most bytes a compressed file may hold, and of these kept.
const UNPACKED: u64 = 1 << 30;
const UNPACKED_KEPT: u64 = 4 << 20;

/// How much is wanted.
#[derive(Clone, Copy, Debug)]
pub struct Most {
    pub lines: u64,
    pub bytes: u64,
}

/// Opens a log. A link that leads out of its directory is refused, and so is what is no file.
pub(crate) fn open(path: &Path) -> Result<File, Refused> {
    let refused = |why: io::Error| Refused::of_file(path, &why);
    let dir = path.parent().unwrap_or(Path::new("/"));
    let (dir, real) = (fs::canonicalize(dir).map_err(refused)?, fs::canonicalize(path).map_err(refused)?);
    if !real.starts_with(&dir) {
        return Err(Refused::Unreadable(format!(
            "{} is a link that leads out of {}. Only what lies in the directory of the log is read: name the file itself in the setting.",
            path.display(),
            dir.display()
        )));
    }
    // The link was followed above; who puts another in its place meanwhile gets nothing. A pipe must not keep us waiting.
    let flags = i32::try_from((OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::CLOEXEC).bits()).unwrap_or_default();
    let file = OpenOptions::new().read(true).custom_flags(flags).open(&real).map_err(refused)?;
    if !file.metadata().map_err(refused)?.is_file() {
        return Err(Refused::Unreadable(format!("{} is not a file.", path.display())));
    }
    Ok(file)
}

/// The files a configured path stands for, in the order of their names: of many the ones written last.
pub(crate) fn files(path: &Path) -> Vec<PathBuf> {
    let mut found = fitting(path);
    if found.len() > FILES {
        let written = |path: &PathBuf| fs::metadata(path).and_then(|meta| meta.modified()).ok();
        found.sort_by_cached_key(|path| std::cmp::Reverse(written(path)));
        found.truncate(FILES);
    }
    found.sort();
    found
}

/// How many files a path fits that are not read.
pub(crate) fn left_out(path: &Path) -> usize {
    fitting(path).len().saturating_sub(FILES)
}

fn fitting(path: &Path) -> Vec<PathBuf> {
    let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
    let Some((head, tail)) = name.split_once('*') else { return vec![path.to_owned()] };
    let fits =
        |name: &str| name.len() >= head.len() + tail.len() && name.starts_with(head) && name.ends_with(tail) && !name.starts_with('.');
    let dir = fs::read_dir(path.parent().unwrap_or(Path::new("/")));
    let log = |name: &str| fits(name) && !rotated::compressed(name);
    let found = dir.into_iter().flatten().flatten().filter(|entry| entry.file_name().to_str().is_some_and(log));
    let found: BTreeSet<PathBuf> = found.map(|entry| entry.path()).collect();
    // A rotated file is read with the log it belongs to, and never is a log itself beside that one.
    let alone = |path: &&PathBuf| rotated::log_of(path).is_none_or(|log| !found.contains(&log));
    found.iter().filter(alone).cloned().collect()
}

/// A stretch of a log that is to be read.
enum Stretch {
    /// From `from` on, of which what lies before `start` only says what the rest means.
    Plain { file: File, from: u64, start: u64, end: u64 },
    /// The end of a file that was compressed.
    Unpacked { bytes: Vec<u8> },
}

/// How a reading ended.
#[derive(Debug, Default)]
pub(crate) struct Ended {
    /// There was more than the bytes that were wanted.
    pub by_bytes: bool,
    /// There were more than the lines that were wanted.
    pub by_lines: bool,
    /// A rotated file could not be unpacked to its end.
    pub broken: Option<String>,
}

/// Reads the last lines of a log and of the rotated ones before it, and hands them over until `each` has enough.
pub(crate) fn read(path: &Path, most: Most, refine: &mut Refine, each: &mut dyn FnMut(LogLine) -> bool) -> Result<Ended, Refused> {
    let (mut stretches, mut ended) = (Vec::new(), Ended::default());
    let (mut lines, mut bytes) = (most.lines, most.bytes);
    let newest = open(path);
    let rotated = rotated::of(path);
    match newest {
        Ok(file) => stretches.push(last_of(file, path, &mut lines, &mut bytes, &mut ended)?),
        // In the middle of a rotation the newest is not there.
        Err(refused) if rotated.is_empty() => return Err(refused),
        Err(_) => {}
    }
    for older in rotated {
        if lines == 0 || bytes == 0 {
            ended.by_lines |= lines == 0 && !ended.by_bytes;
            break;
        }
        let file = match open(&older) {
            // Compressed, renamed or removed since it was looked for.
            Err(_) if !older.exists() => continue,
            opened => opened?,
        };
        if older.extension().is_some_and(|ending| ending == "gz") {
            stretches.push(unpacked(file, &older, &mut lines, &mut bytes, &mut ended));
        } else {
            stretches.push(last_of(file, &older, &mut lines, &mut bytes, &mut ended)?);
        }
    }
    for stretch in stretches.into_iter().rev() {
        if !stretch.read(path, refine, each)? {
            break;
        }
    }
    Ok(ended)
}

fn last_of(file: File, path: &Path, lines: &mut u64, bytes: &mut u64, ended: &mut Ended) -> Result<Stretch, Refused> {
    let end = file.metadata().map_err(|why| Refused::of_file(path, &why))?.len();
    let (start, found) = start_of_last(&file, end, *lines, *bytes).map_err(|why| Refused::of_file(path, &why))?;
    ended.by_bytes |= found < *lines && start > 0;
    ended.by_lines |= found >= *lines && start > 0;
    *lines = lines.saturating_sub(found);
    *bytes = if ended.by_bytes { 0 } else { bytes.saturating_sub(end - start) };
    Ok(Stretch::Plain { from: start.saturating_sub(BEFORE), start, end, file })
}

/// Where the last `lines` begin, but within `bytes`, and how many there are; read backwards, block by block.
pub(crate) fn start_of_last(file: &File, end: u64, lines: u64, bytes: u64) -> io::Result<(u64, u64)> {
    let first = end.saturating_sub(bytes);
    let (mut at, mut found, mut start) = (end, 0, end);
    let mut block = vec![0; BLOCK];
    while at > first {
        let size = usize::try_from(at - first).unwrap_or(BLOCK).min(BLOCK);
        at -= size as u64;
        // Cut off meanwhile: what is left is read, and the follower says it.
        let read = read_at(file, &mut block[..size], at)?;
        for newline in memchr::memrchr_iter(b'\n', &block[..read]) {
            let behind = at + newline as u64 + 1;
            if behind == end {
                continue;
            }
            (found, start) = (found + 1, behind);
            if found == lines {
                return Ok((start, found));
            }
        }
    }
    // The first line has no end before it; with a limit of bytes it is not whole and is left out.
    if first == 0 && end > 0 && found < lines { Ok((0, found + 1)) } else { Ok((start, found)) }
}

fn read_at(file: &File, to: &mut [u8], at: u64) -> io::Result<usize> {
    let mut done = 0;
    while done < to.len() {
        match file.read_at(&mut to[done..], at + done as u64) {
            Ok(0) => break,
            Ok(read) => done += read,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(done)
}

/// The end of a compressed file. It has to be unpacked from its beginning; of that the last is kept.
fn unpacked(file: File, path: &Path, lines: &mut u64, bytes: &mut u64, ended: &mut Ended) -> Stretch {
    let keep = usize::try_from((*bytes).min(UNPACKED_KEPT)).unwrap_or(0);
    let (mut kept, mut block) = (Vec::new(), vec![0; BLOCK]);
    let mut text = GzDecoder::new(file).take(UNPACKED);
    let mut cut = false;
    loop {
        match text.read(&mut block) {
            Ok(0) => break,
            Ok(read) => kept.extend_from_slice(&block[..read]),
            Err(error) => {
                ended.broken = Some(format!("{} could not be unpacked to its end: {error}.", path.display()));
                break;
            }
        }
        if kept.len() > keep * 2 {
            kept.drain(..kept.len() - keep);
            cut = true;
        }
    }
    if kept.len() > keep {
        kept.drain(..kept.len() - keep);
        cut = true;
    }
    let newlines: Vec<usize> = memchr::memchr_iter(b'\n', &kept).filter(|at| at + 1 < kept.len()).collect();
    // One more than there are newlines inside, unless the first was cut.
    let whole = newlines.len() as u64 + u64::from(!cut && !kept.is_empty());
    let skip = usize::try_from(whole.saturating_sub(*lines)).unwrap_or(0) + usize::from(cut);
    let start = if skip == 0 { 0 } else { newlines.get(skip - 1).map_or(kept.len(), |at| at + 1) };
    ended.by_bytes |= cut && whole < *lines;
    ended.by_lines |= whole > *lines;
    *lines = if ended.by_bytes { 0 } else { lines.saturating_sub(whole) };
    *bytes = bytes.saturating_sub((kept.len() - start) as u64);
    kept.drain(..start);
    Stretch::Unpacked { bytes: kept }
}

impl Stretch {
    /// False when `each` has enough.
    fn read(self, path: &Path, refine: &mut Refine, each: &mut dyn FnMut(LogLine) -> bool) -> Result<bool, Refused> {
        let mut split = Split::default();
        match self {
            Self::Unpacked { bytes } => {
                let mut goes_on = true;
                let mut hand =
                    |line: &[u8], over: u64| goes_on = goes_on && refine.line(line, over, Given::default()).is_none_or(&mut *each);
                split.push(&bytes, &mut hand);
                split.finish(&mut hand);
                Ok(goes_on)
            }
            Self::Plain { file, from, start, end } => {
                before(&file, from, start, refine).map_err(|why| Refused::of_file(path, &why))?;
                let (mut at, mut block, mut goes_on) = (start, vec![0; BLOCK], true);
                while at < end && goes_on {
                    let size = usize::try_from(end - at).unwrap_or(BLOCK).min(BLOCK);
                    let read = read_at(&file, &mut block[..size], at).map_err(|why| Refused::of_file(path, &why))?;
                    if read == 0 {
                        break;
                    }
                    at += read as u64;
                    split.push(&block[..read], |line, over| {
                        goes_on = goes_on && refine.line(line, over, Given::default()).is_none_or(&mut *each)
                    });
                }
                split.finish(|line, over| goes_on = goes_on && refine.line(line, over, Given::default()).is_none_or(&mut *each));
                Ok(goes_on)
            }
        }
    }
}

/// Reads what lies before for what it means.
pub(crate) fn before(file: &File, from: u64, start: u64, refine: &mut Refine) -> io::Result<()> {
    let mut block = vec![0; usize::try_from(start - from).unwrap_or(0)];
    let read = read_at(file, &mut block, from)?;
    // Behind a limit the first line is not whole.
    let whole = if from == 0 { 0 } else { memchr::memchr(b'\n', &block[..read]).map_or(read, |at| at + 1) };
    let (counted, cut) = (refine.counts, refine.cut_lines);
    let mut split = Split::default();
    split.push(&block[whole..read], |line, over| drop(refine.line(line, over, Given::default())));
    split.finish(|line, over| drop(refine.line(line, over, Given::default())));
    (refine.counts, refine.cut_lines) = (counted, cut);
    Ok(())
}

/// What a file is, whatever it is called.
pub(crate) fn identity(meta: &fs::Metadata) -> (u64, u64) {
    (meta.dev(), meta.ino())
}
