//! A no, with everything that is missing and the command that gives it.

use super::{Paint, clean_text};
use crate::failure::Failure;
use domain::Missing;

pub fn problem(failure: &Failure, paint: Paint) -> String {
    let told = paint.bad("opsctl:");
    let Failure::Problem(problem) = failure else {
        return format!("{told} {failure}\n");
    };
    let mut text = if problem.missing.is_empty() {
        format!("{told} {}\n", clean_text(&problem.message))
    } else {
        let lines: String = problem.missing.iter().map(|missing| line(missing, paint)).collect();
        format!("{told} Not done. First:\n{lines}")
    };
    if let Some(reference) = &problem.reference {
        text.push_str(&paint.dim(&format!("Reference: {}", clean_text(reference))));
        text.push('\n');
    }
    text
}

fn line(missing: &Missing, paint: Paint) -> String {
    let what = clean_text(&missing.to_string());
    match remedy(missing) {
        Some(remedy) => format!("  - {what}: {}\n", paint.bold(remedy)),
        None => format!("  - {what}\n"),
    }
}

/// The line to type; `None` where another person has to act.
const fn remedy(missing: &Missing) -> Option<&'static str> {
    match missing {
        Missing::SecondFactor => Some("opsctl sign-in"),
        Missing::SupportSession => Some("opsctl session start --tenant TENANT --ticket TICKET --reason \"…\""),
        Missing::OtherTenant { .. } => Some("opsctl session end"),
        Missing::WriteMode => Some("opsctl session raise"),
        Missing::Reason => Some("the same command with --reason \"…\""),
        Missing::Permission { .. } | Missing::Consent | Missing::Approval => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::{Permission, Problem, ProblemKind};

    #[test]
    fn everything_missing_is_named_with_its_remedy() {
        let refused = Problem::refused(vec![
            Missing::SupportSession,
            Missing::WriteMode,
            Missing::Permission { permission: Permission::CommandRetry, everywhere: false },
        ]);
        assert_eq!(
            problem(&Failure::Problem(refused), Paint(false)),
            "opsctl: Not done. First:\n  \
             - start a support session on this tenant: opsctl session start --tenant TENANT --ticket TICKET --reason \"…\"\n  \
             - raise the session to write: opsctl session raise\n  \
             - your roles lack \u{201c}command.retry\u{201d} here\n"
        );
    }

    #[test]
    fn a_plain_no_is_its_sentence() {
        let conflict = Problem::new(ProblemKind::Conflict, "Ben retried it 3 seconds ago.");
        assert_eq!(problem(&Failure::Problem(conflict), Paint(false)), "opsctl: Ben retried it 3 seconds ago.\n");
    }
}
