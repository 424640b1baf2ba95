//! Where sign-ins are kept: one file, readable by its owner only, replaced as a whole. A token is
//! only ever given for the very address it was got from.

use crate::failure::Failure;
use serde::{Deserialize, Serialize};
use std::{
    collections::BTreeMap,
    fs, io,
    io::Write,
    os::unix::fs::{DirBuilderExt, OpenOptionsExt, PermissionsExt},
    path::{Path, PathBuf},
};

/// What the file holds.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Credentials {
    /// The console signed in at last: what `--url` falls back to.
    pub current: Option<String>,
    /// By address.
    pub sign_ins: BTreeMap<String, SignIn>,
}

#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SignIn {
    pub token: String,
    pub expires_at: domain::At,
    pub name: String,
}

impl std::fmt::Debug for SignIn {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SignIn").field("name", &self.name).field("expires_at", &self.expires_at).finish_non_exhaustive()
    }
}

/// The file itself.
#[derive(Clone, Debug)]
pub struct Place(PathBuf);

impl Place {
    /// `$XDG_CONFIG_HOME/opsctl/credentials.json`, else under `~/.config`.
    pub fn of_user() -> Result<Self, Failure> {
        let set = |name: &str| std::env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from);
        let config = set("XDG_CONFIG_HOME")
            .filter(|path| path.is_absolute())
            .or_else(|| set("HOME").map(|home| home.join(".config")))
            .ok_or(Failure::NoHome)?;
        Ok(Self(config.join("opsctl").join("credentials.json")))
    }

    #[cfg(test)]
    pub fn at(path: PathBuf) -> Self {
        Self(path)
    }

    /// What is there; nothing yet is as good as empty.
    pub fn load(&self) -> Result<Credentials, Failure> {
        let meta = match fs::metadata(&self.0) {
            Ok(meta) => meta,
            Err(why) if why.kind() == io::ErrorKind::NotFound => return Ok(Credentials::default()),
            Err(why) => return Err(self.failure("read", &why)),
        };
        if meta.permissions().mode() & 0o077 != 0 {
            return Err(Failure::Exposed { path: self.0.clone() });
        }
        let text = fs::read_to_string(&self.0).map_err(|why| self.failure("read", &why))?;
        serde_json::from_str(&text).map_err(|why| self.failure("understood", &why))
    }

    /// Replaces the file in one step: a crash leaves the old one or the new one.
    pub fn save(&self, credentials: &Credentials) -> Result<(), Failure> {
        let folder = self.0.parent().unwrap_or(Path::new("."));
        fs::DirBuilder::new().recursive(true).mode(0o700).create(folder).map_err(|why| self.failure("written", &why))?;
        let fresh = folder.join(format!(".credentials.{}", std::process::id()));
        let written = self.write_and_rename(&fresh, credentials);
        if written.is_err() {
            // Best effort: what is left behind is private and has no name anybody reads.
            let _ = fs::remove_file(&fresh);
        }
        written.map_err(|why| self.failure("written", &why))
    }

    fn write_and_rename(&self, fresh: &Path, credentials: &Credentials) -> io::Result<()> {
        // Left over from a process of the same number that was killed; never one that still runs.
        let _ = fs::remove_file(fresh);
        let mut file = fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(fresh)?;
        file.write_all(&serde_json::to_vec_pretty(credentials)?)?;
        file.sync_all()?;
        fs::rename(fresh, &self.0)
    }

    fn failure(&self, what: &'static str, why: &dyn std::fmt::Display) -> Failure {
        Failure::Credentials { path: self.0.clone(), what, why: why.to_string() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn place(name: &str) -> (PathBuf, Place) {
        let folder = std::env::temp_dir().join(format!("opsctl-{name}-{}", std::process::id()));
        let _ = fs::remove_dir_all(&folder);
        (folder.clone(), Place::at(folder.join("opsctl").join("credentials.json")))
    }

    fn sample() -> Credentials {
        let sign_in =
            SignIn { token: "secret-token".into(), expires_at: "2026-11-21T11:00:00Z".parse().expect("a time"), name: "Ada".into() };
        let url = "http://127.0.0.1:3000".to_owned();
        Credentials { current: Some(url.clone()), sign_ins: BTreeMap::from([(url, sign_in)]) }
    }

    #[test]
    fn kept_for_the_owner_only_and_replaced_as_a_whole() {
        let (folder, place) = place("kept");
        assert_eq!(place.load().expect("nothing yet"), Credentials::default());
        place.save(&Credentials::default()).expect("saved");
        place.save(&sample()).expect("saved over the first");
        let mode = |path: &Path| fs::metadata(path).expect("there").permissions().mode() & 0o777;
        assert_eq!(mode(&place.0), 0o600);
        assert_eq!(mode(&folder.join("opsctl")), 0o700);
        assert_eq!(place.load().expect("read"), sample());
        assert_eq!(fs::read_dir(folder.join("opsctl")).expect("list").count(), 1, "nothing left beside it");
        fs::remove_dir_all(folder).expect("tidy");
    }

    #[test]
    fn a_file_others_can_read_is_not_used() {
        let (folder, place) = place("exposed");
        place.save(&sample()).expect("saved");
        fs::set_permissions(&place.0, fs::Permissions::from_mode(0o644)).expect("opened up");
        let told = place.load().expect_err("refused").to_string();
        assert!(told.contains("chmod 600"), "{told}");
        fs::remove_dir_all(folder).expect("tidy");
    }

    #[test]
    fn the_token_stays_out_of_debug_text() {
        assert!(!format!("{:?}", sample()).contains("secret-token"));
    }
}
