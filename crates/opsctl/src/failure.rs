//! Everything that can end a command other than well, each with its sentence and its exit code.
//! Not in here: how it is printed (see `print::problem`).

use domain::{Problem, ProblemKind};
use std::path::PathBuf;

/// Why a command did not do what was asked.
#[derive(Debug, thiserror::Error)]
pub enum Failure {
    /// The console said no.
    #[error("{0}")]
    Problem(Problem),
    #[error("The console at {url} cannot be reached ({why}). Nothing was changed. Check the address (--url) and that it runs.")]
    Unreachable { url: String, why: String },
    #[error("The answer of {url} stopped in the middle ({why}). Look at the audit before you try again: the deed may have been done.")]
    CutOff { url: String, why: String },
    #[error("The file stopped in the middle ({why}); what there is of it is not the whole list. Export it again.")]
    HalfAFile { why: String },
    #[error("{url} answered {status}, but not as the console does. Check the address (--url).")]
    NotTheConsole { url: String, status: u16 },
    #[error("The console answered in words this opsctl does not know ({why}). Use the opsctl of the same version, or --json.")]
    OtherVersion { why: String },
    #[error("You are not signed in at {url}. Sign in with: opsctl sign-in")]
    NotSignedIn { url: String },
    #[error("OPS_TOKEN is set and holds no token: whatever should have written a token into it did not. Nothing was sent.")]
    NoToken,
    #[error("{path} could not be {what} ({why}).")]
    Credentials { path: PathBuf, what: &'static str, why: String },
    #[error("{path} can be read by other people of this machine, so its token is not used. Run: chmod 600 {path}, or sign in again.")]
    Exposed { path: PathBuf },
    #[error("There is no place to keep the sign-in: set XDG_CONFIG_HOME or HOME.")]
    NoHome,
    #[error("{0}")]
    Usage(String),
    #[error("\u{201c}{typed}\u{201d} fits several {kind}s; give more digits:\n{}", candidates.join("\n"))]
    Ambiguous { kind: &'static str, typed: String, candidates: Vec<String> },
    #[error("No {kind} whose id ends in \u{201c}{typed}\u{201d} is among the newest {looked_at}. Give the full id.")]
    NoSuchEnd { kind: &'static str, typed: String, looked_at: usize },
    #[error("{failed} of {of} files were not taken; the line of each says why. The others are kept. Once it is mended, send all again.")]
    NotAll { failed: usize, of: usize },
    /// The finding is the answer and was printed; only the exit code is left to say.
    #[error("The audit chain has a link that does not fit.")]
    BadEntry,
    /// Whoever read our output has had enough, which is no failure at all.
    #[error("the reader of the output is gone")]
    ReaderGone,
    #[error("The output could not be written ({0}).")]
    Output(std::io::Error),
}

impl Failure {
    /// As documented under `opsctl --help`.
    #[must_use]
    pub fn exit_code(&self) -> u8 {
        match self {
            Self::ReaderGone => 0,
            Self::Problem(problem) => of_problem(problem.kind),
            Self::Unreachable { .. }
            | Self::CutOff { .. }
            | Self::HalfAFile { .. }
            | Self::NotTheConsole { .. }
            | Self::OtherVersion { .. }
            | Self::Credentials { .. }
            | Self::Exposed { .. }
            | Self::NoHome
            | Self::NotAll { .. }
            | Self::Output(_) => 1,
            Self::Usage(_) | Self::Ambiguous { .. } => 2,
            Self::NotSignedIn { .. } | Self::NoToken => 3,
            Self::NoSuchEnd { .. } => 5,
            Self::BadEntry => 8,
        }
    }

    /// The same as data, for `--json`.
    #[must_use]
    pub fn as_problem(&self) -> Problem {
        let kind = match self {
            Self::Problem(problem) => return problem.clone(),
            Self::Unreachable { .. } | Self::CutOff { .. } | Self::HalfAFile { .. } | Self::NotTheConsole { .. } => {
                ProblemKind::Unavailable
            }
            Self::Usage(_) | Self::Ambiguous { .. } => ProblemKind::BadInput,
            Self::NotSignedIn { .. } | Self::NoToken => ProblemKind::SignedOut,
            Self::NoSuchEnd { .. } => ProblemKind::NotFound,
            _ => ProblemKind::Internal,
        };
        Problem::new(kind, self.to_string())
    }
}

const fn of_problem(kind: ProblemKind) -> u8 {
    match kind {
        ProblemKind::Internal | ProblemKind::Unavailable | ProblemKind::TooMany => 1,
        ProblemKind::SignedOut => 3,
        ProblemKind::Refused => 4,
        ProblemKind::NotFound => 5,
        ProblemKind::Conflict => 6,
        ProblemKind::BadInput => 7,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_no_has_its_code() {
        let codes = [
            (ProblemKind::Internal, 1),
            (ProblemKind::Unavailable, 1),
            (ProblemKind::TooMany, 1),
            (ProblemKind::SignedOut, 3),
            (ProblemKind::Refused, 4),
            (ProblemKind::NotFound, 5),
            (ProblemKind::Conflict, 6),
            (ProblemKind::BadInput, 7),
        ];
        for (kind, code) in codes {
            assert_eq!(Failure::Problem(Problem::new(kind, "no")).exit_code(), code, "{kind:?}");
        }
        assert_eq!(Failure::BadEntry.exit_code(), 8);
        assert_eq!(Failure::ReaderGone.exit_code(), 0);
        assert_eq!(Failure::Usage("slip".into()).exit_code(), 2);
    }
}
