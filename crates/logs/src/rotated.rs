//! How the rotated files of a log are called, by number (`x.log.1`, `x.log.2.gz`) or by date (`x.log-20261126.gz`): finding those of a
//! log, and telling the log from the name of one. Not in here: reading them.

use regex::Regex;
use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
    sync::LazyLock,
};

/// The most rotated files of one log.
const MOST: usize = 20;
/// How the names of compressed files end. Of these only the first can be read.
const COMPRESSED: [&str; 7] = [".gz", ".xz", ".bz2", ".zst", ".lz4", ".Z", ".zip"];

/// The name of the log, then a number, or a date as logrotate's `dateext` writes it: `-%Y%m%d` or `-%Y-%m-%d`, and behind it perhaps an
/// hour or the seconds since 1970.
static NAME: LazyLock<Regex> = LazyLock::new(|| {
    let pattern =
        r"^(?P<log>.+?)(?P<ending>\.[0-9]{1,3}|-20[0-9]{2}-?(?:0[1-9]|1[0-2])-?(?:0[1-9]|[12][0-9]|3[01])(?:-?[0-9]{2,10})?)(?:\.gz)?$";
    Regex::new(pattern).expect("the pattern of rotated names is a pattern")
});

/// The rotated files of a log that are there, newest first. Of one that is being compressed only the one that is whole.
pub(crate) fn of(path: &Path) -> Vec<PathBuf> {
    let called = |ending: &str| {
        let mut name = path.as_os_str().to_owned();
        name.push(ending);
        PathBuf::from(name)
    };
    let there = |ending: String| [called(&ending), called(&format!("{ending}.gz"))].into_iter().find(|path| path.exists());
    let numbered: Vec<PathBuf> = (0..=MOST).map(|number| format!(".{number}")).filter_map(there).collect();
    let dated: Vec<PathBuf> = dates(path).into_iter().rev().take(MOST).filter_map(there).collect();
    // Who went over from one way to the other has old files of both.
    let written = |files: &[PathBuf]| files.first().and_then(|newest| fs::metadata(newest).ok()?.modified().ok());
    let mut all = if written(&dated) > written(&numbered) { [dated, numbered] } else { [numbered, dated] }.concat();
    all.truncate(MOST);
    all
}

/// The dates in the names of a log's rotated files, as they stand there.
fn dates(path: &Path) -> BTreeSet<String> {
    let Some(log) = path.file_name().and_then(|name| name.to_str()) else { return BTreeSet::new() };
    let dir = fs::read_dir(path.parent().unwrap_or(Path::new("/")));
    let names = dir.into_iter().flatten().flatten().filter_map(|entry| entry.file_name().into_string().ok());
    let date = |name: String| {
        let found = NAME.captures(name.starts_with(log).then_some(&name)?).filter(|found| &found["log"] == log)?;
        Some(found["ending"].to_owned()).filter(|ending| ending.starts_with('-'))
    };
    names.filter_map(date).collect()
}

/// The log of which this would be a rotated file by its name, whether or not it is there.
pub(crate) fn log_of(path: &Path) -> Option<PathBuf> {
    NAME.captures(path.file_name()?.to_str()?).map(|found| path.with_file_name(&found["log"]))
}

/// Whether a file is compressed by its name: nobody writes it line by line.
pub(crate) fn compressed(name: &str) -> bool {
    COMPRESSED.iter().any(|ending| name.ends_with(ending))
}

#[cfg(test)]
mod tests {
    use super::log_of;
    use std::path::Path;

    #[test]
    fn a_rotated_file_names_its_log() {
        for ending in
            [".1", ".12.gz", "-20261126", "-20261126.gz", "-20261126-1764115200", "-2026112610", "-2026-11-26", "-2026-11-26-10.gz"]
        {
            let path = format!("/var/log/app.log{ending}");
            assert_eq!(log_of(Path::new(&path)).as_deref(), Some(Path::new("/var/log/app.log")), "{path}");
        }
        for path in ["/x/app.log", "/x/app.log.old", "/x/app-7.log", "/x/app-12345678", "/x/app-20261326", "/x/app-20261126.log", "/x/.1"] {
            assert_eq!(log_of(Path::new(path)), None, "{path}");
        }
    }
}
