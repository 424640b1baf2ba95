//! Finding an installed PostgreSQL and saying which release it is. Starting it is `launch`.

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::Error;

/// The directory of an installation that has at least `postgres` and `initdb`.
#[derive(Debug, Clone)]
pub struct Binaries {
    dir: PathBuf,
    version: Version,
}

/// A release, as the server itself reports it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Version {
    /// The release line: 15, 16, …
    pub major: u32,
    /// The fix level within the line.
    pub minor: u32,
}

impl std::fmt::Display for Version {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}.{}", self.major, self.minor)
    }
}

/// The first release of each line with the row-level security fixes of the same day.
const FIXED: [Version; 4] =
    [Version { major: 15, minor: 20 }, Version { major: 16, minor: 16 }, Version { major: 17, minor: 12 }, Version { major: 18, minor: 6 }];

impl Version {
    /// Reads the answer of `postgres --version`.
    pub fn parse(said: &str) -> Option<Self> {
        let number = said.split_whitespace().find(|word| word.starts_with(|c: char| c.is_ascii_digit()))?;
        let mut parts = number.split(|c: char| !c.is_ascii_digit());
        let major = parts.next()?.parse().ok()?;
        let minor = parts.next().and_then(|part| part.parse().ok()).unwrap_or(0);
        Some(Self { major, minor })
    }

    /// A sentence when this release has known holes in row-level security, which the console relies on.
    pub fn advisory(self) -> Option<String> {
        let fixed = FIXED.into_iter().find(|fixed| fixed.major == self.major)?;
        (self < fixed).then(|| {
            format!(
                "PostgreSQL {self} has published security advisories about row-level security that {fixed} fixes. \
                 Tenants are kept apart by row-level security: update PostgreSQL to {fixed} or newer."
            )
        })
    }
}

impl Binaries {
    /// Looks at `$PG_BIN`, `pg_config --bindir`, then the newest `/usr/lib/postgresql/*/bin`.
    pub fn find() -> Result<Self, Error> {
        let from_config = Command::new("pg_config").arg("--bindir").output().ok().filter(|out| out.status.success());
        let from_config = from_config.map(|out| PathBuf::from(String::from_utf8_lossy(&out.stdout).trim()));
        Self::find_among(std::env::var_os("PG_BIN").map(PathBuf::from), from_config, Path::new("/usr/lib/postgresql"))
    }

    fn find_among(named: Option<PathBuf>, configured: Option<PathBuf>, debian: &Path) -> Result<Self, Error> {
        let mut looked_at = Vec::new();
        let mut candidates = Vec::new();
        match &named {
            Some(dir) => looked_at.push(format!("PG_BIN={}", dir.display())),
            None => looked_at.push("PG_BIN, which is not set".to_owned()),
        }
        match &configured {
            Some(dir) => looked_at.push(format!("pg_config --bindir={}", dir.display())),
            None => looked_at.push("pg_config, which is not installed".to_owned()),
        }
        looked_at.push(format!("{}/*/bin", debian.display()));
        candidates.extend(named);
        candidates.extend(configured);
        candidates.extend(newest_first(debian));
        let dir = candidates.into_iter().find(|dir| dir.join("postgres").is_file() && dir.join("initdb").is_file());
        let dir = dir.ok_or_else(|| Error::NotFound { looked_at: looked_at.join("; ") })?;
        let version = ask_version(&dir)?;
        if version.major < 15 {
            return Err(Error::TooOld { found: version.to_string(), dir });
        }
        Ok(Self { dir, version })
    }

    /// Where the programs are.
    pub fn dir(&self) -> &Path {
        &self.dir
    }

    /// One program by name.
    pub fn program(&self, name: &str) -> PathBuf {
        self.dir.join(name)
    }

    /// The release of the server program.
    pub fn version(&self) -> Version {
        self.version
    }
}

fn newest_first(debian: &Path) -> Vec<PathBuf> {
    let mut lines: Vec<(u32, PathBuf)> = std::fs::read_dir(debian)
        .into_iter()
        .flatten()
        .flatten()
        .filter_map(|entry| Some((entry.file_name().to_str()?.parse().ok()?, entry.path().join("bin"))))
        .collect();
    lines.sort_by_key(|(major, _)| std::cmp::Reverse(*major));
    lines.into_iter().map(|(_, dir)| dir).collect()
}

fn ask_version(dir: &Path) -> Result<Version, Error> {
    let program = dir.join("postgres");
    let out = Command::new(&program).arg("--version").output().map_err(Error::io("Running", &program))?;
    let said = String::from_utf8_lossy(&out.stdout).into_owned();
    Version::parse(&said).ok_or(Error::Program { program: "postgres --version".into(), dir: dir.into(), output: said })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_read_and_compared() {
        let debian = Version::parse("postgres (PostgreSQL) 15.18 (Debian 15.18-0+deb12u1)").unwrap();
        assert_eq!(debian, Version { major: 15, minor: 18 });
        assert!(debian.advisory().unwrap().contains("15.20"));
        assert_eq!(Version { major: 15, minor: 20 }.advisory(), None);
        assert_eq!(Version { major: 19, minor: 0 }.advisory(), None);
        assert_eq!(Version::parse("postgres (PostgreSQL) 19beta2").unwrap().major, 19);
        assert_eq!(Version::parse("no number here"), None);
    }

    #[test]
    fn nothing_found_names_what_was_looked_at_and_the_remedy() {
        let none = Path::new("/nonexistent/postgresql");
        let said = Binaries::find_among(Some("/nowhere".into()), None, none).unwrap_err().to_string();
        assert!(said.contains("PG_BIN=/nowhere") && said.contains("pg_config") && said.contains("/nonexistent/postgresql/*/bin"));
        assert!(said.contains("apt-get install -y postgresql"));
    }

    #[test]
    fn a_directory_without_a_server_is_passed_over() {
        let found = Binaries::find_among(Some("/usr/bin".into()), None, Path::new("/usr/lib/postgresql")).unwrap();
        assert!(found.dir().starts_with("/usr/lib/postgresql"));
        assert!(found.program("initdb").is_file());
    }
}
