//! What is configured: which service's log is where. One text, `backend=file:/var/log/backend.log, db=journal:postgresql.service`.
//! A wrong word is named with what it should be. Not in here: whether it can be read.

use std::{
    fmt,
    path::{Path, PathBuf},
};

/// Where a container engine listens unless told otherwise.
const ENGINE: &str = "/var/run/docker.sock";
/// Names that mean something else.
const TAKEN: [&str; 3] = ["own", "postgres-own", "frontend"];

/// A log and what it is called.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Source {
    pub name: String,
    pub kind: Kind,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A file, or all files of a pattern in one directory. An `optional` one need not be there.
    File { path: PathBuf, optional: bool },
    /// A unit of the system's journal, or of one that lies in a directory: a console in a container reads its host's that way.
    Journal { unit: String, directory: Option<PathBuf> },
    /// A container of an engine that listens at a socket.
    Container { name: String, socket: PathBuf },
}

impl Kind {
    /// The word it is configured with.
    #[must_use]
    pub const fn word(&self) -> &'static str {
        match self {
            Self::File { .. } => "file",
            Self::Journal { .. } => "journal",
            Self::Container { .. } => "docker",
        }
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File { path, .. } => write!(f, "{}", path.display()),
            Self::Journal { unit, directory: None } => f.write_str(unit),
            Self::Journal { unit, directory: Some(directory) } => write!(f, "{unit} in {}", directory.display()),
            Self::Container { name, socket } => write!(f, "{name} at {}", socket.display()),
        }
    }
}

impl Source {
    /// A file of the console's own.
    #[must_use]
    pub fn own(name: &str, path: &Path) -> Self {
        Self { name: name.to_owned(), kind: Kind::File { path: path.to_owned(), optional: true } }
    }

    /// Reads the setting.
    ///
    /// # Errors
    /// What is wrong with it, to stand behind “which is”.
    pub fn parse_all(text: &str) -> Result<Vec<Self>, String> {
        let mut sources: Vec<Self> = Vec::new();
        for one in text.split(',').map(str::trim).filter(|one| !one.is_empty()) {
            let source = Self::parse(one)?;
            if sources.iter().any(|known| known.name == source.name) {
                return Err(format!("in which \u{201c}{}\u{201d} stands twice", source.name));
            }
            sources.push(source);
        }
        Ok(sources)
    }

    fn parse(one: &str) -> Result<Self, String> {
        let of = |what: &str| format!("in which \u{201c}{one}\u{201d} {what}");
        let (name, rest) = one.split_once('=').ok_or_else(|| of("is not written like backend=file:/var/log/backend.log"))?;
        let (name, rest) = (name.trim(), rest.trim());
        let fits = !name.is_empty()
            && name.len() <= 40
            && name.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-');
        if !fits {
            return Err(of("has a name that is not of small letters, digits and hyphens, 40 at most"));
        }
        if TAKEN.contains(&name) {
            return Err(of(&format!("takes a name that the console uses itself ({})", TAKEN.join(", "))));
        }
        let (kind, what) = rest.split_once(':').ok_or_else(|| of("names no kind: file:, journal: or docker:"))?;
        let kind = match kind {
            "file" => file(what).map_err(|wrong| of(&wrong))?,
            "journal" => journal(what).map_err(|wrong| of(&wrong))?,
            "docker" => {
                let (name, socket) = what.split_once('@').unwrap_or((what, ENGINE));
                if !socket.starts_with('/') {
                    return Err(of("names a socket that does not begin with /"));
                }
                Kind::Container { name: word(name, "a container such as shop-web").map_err(|wrong| of(&wrong))?, socket: socket.into() }
            }
            _ => return Err(of("has a kind that is none of file, journal, docker")),
        };
        Ok(Self { name: name.to_owned(), kind })
    }
}

fn file(what: &str) -> Result<Kind, String> {
    let (path, optional) = what.strip_suffix('?').map_or((what, false), |path| (path, true));
    let path = PathBuf::from(path);
    let last = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
    if !path.is_absolute() || last.is_empty() || path.components().any(|part| part.as_os_str() == "..") {
        return Err("needs a path that begins with / and has no ..".to_owned());
    }
    if path.parent().is_some_and(|dir| dir.to_string_lossy().contains('*')) || last.matches('*').count() > 1 {
        return Err("may have one * only, in the name of the file".to_owned());
    }
    Ok(Kind::File { path, optional })
}

/// A unit may have an `@` in its name, and never a `/`.
fn journal(what: &str) -> Result<Kind, String> {
    let (unit, directory) = match what.find("@/") {
        Some(at) => (&what[..at], Some(PathBuf::from(&what[at + 1..]))),
        None => (what, None),
    };
    let climbs = |directory: &PathBuf| directory.components().any(|part| part.as_os_str() == "..");
    if directory.as_ref().is_some_and(climbs) {
        return Err("needs a directory that begins with / and has no ..".to_owned());
    }
    Ok(Kind::Journal {
        unit: word(unit, "a unit such as postgresql.service, and behind it nothing or a directory such as @/host/journal")?,
        directory,
    })
}

/// What goes into an argument or an address as it is. It never begins with a hyphen, so it is never a flag.
fn word(what: &str, like: &str) -> Result<String, String> {
    let fits = !what.is_empty()
        && what.len() <= 200
        && what.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.' | b'@' | b':'))
        && what.starts_with(|first: char| first.is_ascii_alphanumeric());
    if fits { Ok(what.to_owned()) } else { Err(format!("needs {like}")) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_setting_is_read() {
        let read = Source::parse_all("backend=file:/var/log/backend.log, nginx=file:/var/log/nginx/*.log?,db=journal:postgresql@17-main.service, web=docker:shop-web, jobs=docker:jobs@/run/podman.sock, host=journal:getty@tty1.service@/host/journal").expect("sources");
        let said: Vec<String> = read.iter().map(|source| format!("{} {} {}", source.name, source.kind.word(), source.kind)).collect();
        assert_eq!(
            said,
            [
                "backend file /var/log/backend.log",
                "nginx file /var/log/nginx/*.log",
                "db journal postgresql@17-main.service",
                "web docker shop-web at /var/run/docker.sock",
                "jobs docker jobs at /run/podman.sock",
                "host journal getty@tty1.service in /host/journal"
            ]
        );
        assert_eq!(Source::parse_all(" "), Ok(vec![]));
    }

    #[test]
    fn what_is_wrong_is_named() {
        for (text, word) in [
            ("backend", "backend=file:"),
            ("Back end=file:/x", "small letters"),
            ("own=file:/x", "itself"),
            ("a=file:/x, a=file:/y", "twice"),
            ("a=/x", "no kind"),
            ("a=http:/x", "none of"),
            ("a=file:x.log", "begins with /"),
            ("a=file:/var/../etc/shadow", "no .."),
            ("a=file:/var/*/x", "one *"),
            ("a=journal:--vacuum-size=1", "a unit"),
            ("a=journal:x.service/host", "a unit"),
            ("a=journal:@/host/journal", "a unit"),
            ("a=journal:x.service@/host/../etc", "no .."),
            ("a=docker:../containers", "a container"),
            ("a=docker:web@sock", "begin with /"),
        ] {
            let said = Source::parse_all(text).expect_err(text);
            assert!(said.contains(word), "{text}: {said}");
        }
    }
}
