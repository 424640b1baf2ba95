//! The console's own log as a file that survives restarts: whole lines, and a few rotated files before it. Not in here: what is
//! logged.

use std::{
    fs::{self, File, OpenOptions},
    io::{self, Write},
    os::unix::fs::OpenOptionsExt,
    path::{Path, PathBuf},
    sync::{Arc, Mutex, PoisonError},
};

const LARGEST: u64 = 16 << 20;
/// Rotated files that are kept.
const KEPT: u32 = 4;

/// Where the console's own lines go.
#[derive(Clone)]
pub struct OwnLog(Arc<Mutex<Writing>>);

struct Writing {
    path: PathBuf,
    largest: u64,
    /// Opened at the first line; opened again when that failed.
    file: Option<(File, u64)>,
}

impl OwnLog {
    /// Where it is under a data directory.
    #[must_use]
    pub fn path(data_dir: &Path) -> PathBuf {
        data_dir.join("logs").join("console.log")
    }

    #[must_use]
    pub fn new(path: PathBuf) -> Self {
        Self::rotating_at(path, LARGEST)
    }

    fn rotating_at(path: PathBuf, largest: u64) -> Self {
        Self(Arc::new(Mutex::new(Writing { path, largest, file: None })))
    }
}

impl Write for OwnLog {
    /// One call, one line, as tracing writes them.
    fn write(&mut self, line: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).write(line)?;
        Ok(line.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Writing {
    fn write(&mut self, line: &[u8]) -> io::Result<()> {
        if self.file.as_ref().is_some_and(|(_, long)| *long >= self.largest) {
            self.file = None;
            self.rotate()?;
        }
        if self.file.is_none() {
            self.file = Some(self.open()?);
        }
        let Some((file, long)) = &mut self.file else { return Ok(()) };
        file.write_all(line)?;
        *long += line.len() as u64;
        Ok(())
    }

    fn open(&self) -> io::Result<(File, u64)> {
        if let Some(dir) = self.path.parent() {
            fs::create_dir_all(dir)?;
        }
        let file = OpenOptions::new().create(true).append(true).mode(0o600).open(&self.path)?;
        let long = file.metadata()?.len();
        Ok((file, long))
    }

    fn rotate(&self) -> io::Result<()> {
        let of = |number: u32| {
            let mut name = self.path.as_os_str().to_owned();
            if number > 0 {
                name.push(format!(".{number}"));
            }
            PathBuf::from(name)
        };
        for number in (0..KEPT).rev() {
            match fs::rename(of(number), of(number + 1)) {
                Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
                _ => {}
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_survive_a_restart_and_old_ones_go() {
        let dir = std::env::temp_dir().join(format!("logs-own-{}", std::process::id()));
        let path = OwnLog::path(&dir);
        for round in 0..100 {
            // A new one each time, as after a restart.
            writeln!(OwnLog::rotating_at(path.clone(), 100), "line {round:03}").expect("written");
        }
        let mut all = String::new();
        for name in ["console.log.4", "console.log.3", "console.log.2", "console.log.1", "console.log"] {
            all += &fs::read_to_string(path.with_file_name(name)).expect(name);
        }
        let lines: Vec<&str> = all.lines().collect();
        assert!(lines.len() < 60 && lines.last() == Some(&"line 099"), "{lines:?}");
        assert!(lines.windows(2).all(|pair| pair[0] < pair[1]), "{lines:?}");
        assert_eq!(fs::read_dir(path.parent().expect("a directory")).expect("read").count(), 5);
        fs::remove_dir_all(&dir).expect("removed");
    }
}
