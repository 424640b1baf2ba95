//! Artifacts in a terminal: found, packed and sent one after the other, a line each; listed; deleted.

mod found;

use crate::{
    args::{ArtifactsPart, ArtifactsUpload, Why},
    client::{Client, typed},
    deeds::act,
    failure::Failure,
    print::{self, artifacts::Sent},
    terminal::Terminal,
};
use actions::{
    deeds::{
        delete_artifacts::DeleteArtifacts,
        upload_artifact::{UploadArtifact, Uploaded},
    },
    views::artifacts::{Artifacts, ArtifactsOutput},
};
use domain::{Ask, ProblemKind, Receipt};
use flate2::{Compression, write::GzEncoder};
use found::{Found, LARGEST};
use serde_json::json;
use std::{
    fs,
    io::{IsTerminal, Write},
};

pub fn artifacts(part: ArtifactsPart, client: &Client, terminal: Terminal) -> Result<(), Failure> {
    match part {
        ArtifactsPart::Upload(words) => upload(&words, client, terminal),
        ArtifactsPart::List(words) => {
            let input = Artifacts { build: words.build, tenant: words.tenant, limit: words.limit, before: words.before };
            terminal.answer::<ArtifactsOutput>(client.view(&input)?, print::artifacts::artifacts)
        }
        ArtifactsPart::Delete(words) => {
            let Why { dry_run, reason } = words.why;
            let own = || format!("The artifacts of build {} are not needed any more", words.build);
            let reason = if reason.trim().is_empty() { own() } else { reason };
            let input = DeleteArtifacts { build: words.build.clone(), tenant: words.tenant, name: words.name };
            act(&input, Why { dry_run, reason }, client, terminal)
        }
    }
}

/// All files, also when one of them is refused; how many were is the end of it.
fn upload(words: &ArtifactsUpload, client: &Client, terminal: Terminal) -> Result<(), Failure> {
    let files = found::all(&words.paths)?;
    if words.name.is_some() && files.len() != 1 {
        return Err(Failure::Usage(format!("--name is for one file, and there are {}. Give that file alone.", files.len())));
    }
    let mut failed = 0;
    for (at, file) in files.iter().enumerate() {
        let line = Progress::begin(at + 1, files.len(), file);
        let sent = one(file, words, client);
        line.end();
        match sent {
            Ok(receipt) => terminal.artifact(&file.name_or(words), Sent::Taken(&receipt))?,
            // What is refused to the person is refused to the next file too.
            Err(failure) if of_the_person(&failure) => return Err(failure),
            Err(failure) => {
                failed += 1;
                terminal.artifact(&file.name_or(words), Sent::Refused(&failure.to_string()))?;
            }
        }
    }
    if failed > 0 { Err(Failure::NotAll { failed, of: files.len() }) } else { Ok(()) }
}

fn of_the_person(failure: &Failure) -> bool {
    match failure {
        Failure::Problem(problem) => matches!(problem.kind, ProblemKind::SignedOut | ProblemKind::Refused),
        Failure::Unreachable { .. } | Failure::NotTheConsole { .. } => true,
        _ => false,
    }
}

fn one(file: &Found, words: &ArtifactsUpload, client: &Client) -> Result<Receipt<Uploaded>, Failure> {
    let unread = |why: std::io::Error| Failure::Usage(format!("{} cannot be read: {why}.", file.path.display()));
    if file.size > LARGEST {
        return Err(Failure::Usage(format!(
            "The file has {}, and at most 64 MiB are taken. Split what is built, or leave the sources out of the map.",
            print::words::bytes(i64::try_from(file.size).unwrap_or(i64::MAX))
        )));
    }
    let plain = fs::read(&file.path).map_err(unread)?;
    let mut packed = GzEncoder::new(Vec::new(), Compression::default());
    let packed = packed.write_all(&plain).and_then(|()| packed.finish()).map_err(unread)?;
    let input = UploadArtifact {
        build: words.build.clone(),
        name: file.name_or(words),
        kind: file.kind,
        tenant: words.tenant.clone(),
        content: data_encoding::BASE64.encode(&packed),
    };
    // A build is its own reason.
    let own = format!("Artifacts of build {}", words.build);
    let reason = Some(words.why.reason.clone()).filter(|reason| !reason.trim().is_empty()).unwrap_or(own);
    typed(client.upload(&input, &Ask { reason, rehearse: words.why.dry_run })?)
}

impl Found {
    fn name_or(&self, words: &ArtifactsUpload) -> String {
        words.name.clone().unwrap_or_else(|| self.name.clone())
    }
}

impl Terminal {
    /// A line of what became of a file.
    fn artifact(&self, name: &str, sent: Sent<'_>) -> Result<(), Failure> {
        if !self.json {
            return self.write(&print::artifacts::sent(name, &sent, self.paint));
        }
        self.json(&match sent {
            Sent::Taken(receipt) => json!({ "name": name, "receipt": receipt }),
            Sent::Refused(why) => json!({ "name": name, "problem": why }),
        })
    }
}

/// What is on its way, where somebody waits for it.
struct Progress(bool);

impl Progress {
    fn begin(number: usize, of: usize, file: &Found) -> Self {
        let looked_at = std::io::stderr().is_terminal();
        if looked_at {
            let size = print::words::bytes(i64::try_from(file.size).unwrap_or(i64::MAX));
            // Nothing depends on it.
            let _ = write!(std::io::stderr(), "\r\x1b[K{number} of {of}: {} ({size}) \u{2026}", file.path.display());
        }
        Self(looked_at)
    }

    fn end(self) {
        if self.0 {
            let _ = write!(std::io::stderr(), "\r\x1b[K");
        }
    }
}
