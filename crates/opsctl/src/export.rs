//! Lists as files: the deed that lets one leave, then the file itself, to standard output or to a file that is whole or not there.

use crate::{
    args::{self, Filter},
    client::{Client, typed},
    failure::Failure,
    print,
    terminal::Terminal,
};
use actions::deeds::export_commands::{ExportCommands, Exported};
use domain::{Action, Ask, Receipt};
use serde_json::Value;
use std::{
    fs,
    io::{self, Read, Write},
    path::{Path, PathBuf},
};

pub fn export(words: args::Export, client: &Client, terminal: Terminal) -> Result<(), Failure> {
    let args::Export { filter, tenant, format, output, why } = words;
    let Filter { domain, command_type, code, group, since, until, find } = filter;
    let input = ExportCommands { format, domain, command_type, code, group, tenant, since, until, find };
    let answer = client.act(&input, &Ask { reason: why.reason, rehearse: why.dry_run })?;
    if why.dry_run {
        return terminal
            .answer::<Receipt<Value>>(answer, |receipt, paint| print::receipt::receipt(ExportCommands::META.title, receipt, paint));
    }
    let receipt: Receipt<Exported> = typed(answer)?;
    let rows = client.download(&format!("/api/v1/support/exports/{}", receipt.output.token))?;
    match output {
        None => copy(rows, io::stdout().lock()),
        Some(path) => {
            whole(&path, rows)?;
            let Exported { count, .. } = receipt.output;
            terminal.write(&format!(
                "Of {count} commands, those that still wait are in {} (audit entry {}).\n",
                path.display(),
                receipt.audit
            ))
        }
    }
}

/// Writes beside the file and takes its place at the end: what breaks off leaves what was there.
fn whole(path: &Path, rows: impl Read) -> Result<(), Failure> {
    let mut name = path.as_os_str().to_owned();
    name.push(".part");
    let part = PathBuf::from(name);
    let written = fs::File::create(&part).map_err(Failure::Output).and_then(|file| copy(rows, file));
    let moved = written.and_then(|()| fs::rename(&part, path).map_err(Failure::Output));
    if moved.is_err() {
        // What cannot be taken away either is named by the error already.
        let _ = fs::remove_file(&part);
    }
    moved
}

/// Writes what comes as it comes.
pub fn copy(mut rows: impl Read, mut to: impl Write) -> Result<(), Failure> {
    let mut buffer = vec![0; 64 * 1024];
    loop {
        let read = rows.read(&mut buffer).map_err(|why| Failure::HalfAFile { why: why.to_string() })?;
        if read == 0 {
            return to.flush().map_err(Failure::Output);
        }
        to.write_all(&buffer[..read]).map_err(|why| match why.kind() {
            io::ErrorKind::BrokenPipe => Failure::ReaderGone,
            _ => Failure::Output(why),
        })?;
    }
}

#[cfg(test)]
mod tests {
    use super::whole;
    use std::io::{self, Read};

    struct BreaksOff(usize);

    impl Read for BreaksOff {
        fn read(&mut self, to: &mut [u8]) -> io::Result<usize> {
            if self.0 == 0 {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
            self.0 -= 1;
            to[0] = b'x';
            Ok(1)
        }
    }

    #[test]
    fn half_a_file_is_none() {
        let dir = std::env::temp_dir().join(format!("opsctl-export-{}", std::process::id()));
        std::fs::create_dir_all(&dir).expect("a directory");
        let path = dir.join("list.csv");
        whole(&path, &b"whole"[..]).expect("written");
        whole(&path, BreaksOff(3)).expect_err("breaks off");
        assert_eq!(std::fs::read_to_string(&path).expect("a file"), "whole");
        assert_eq!(std::fs::read_dir(&dir).expect("a directory").count(), 1, "nothing is left beside it");
        std::fs::remove_dir_all(&dir).expect("removed");
    }
}
