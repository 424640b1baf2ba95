//! Why a deed or a view did not happen, seen from inside; and how it looks from outside.

use domain::{Problem, ProblemKind};

/// The no of an action or a view.
#[derive(Debug, thiserror::Error)]
pub enum Failed {
    /// Unknown or foreign: both look alike.
    #[error("there is no such thing here")]
    NotFound,
    /// Somebody was first; the sentence names who or what.
    #[error("{0}")]
    Conflict(String),
    /// The input is wrong; the sentence says how to right it.
    #[error("{0}")]
    BadInput(String),
    #[error("the database refused")]
    Database(#[from] sqlx::Error),
    #[error("what the database holds cannot be read: {0}")]
    Garbled(String),
}

impl From<serde_json::Error> for Failed {
    fn from(error: serde_json::Error) -> Self {
        Self::BadInput(format!("The input does not fit: {error}."))
    }
}

impl From<Failed> for Problem {
    fn from(failed: Failed) -> Self {
        match failed {
            Failed::NotFound => Self::not_found(),
            Failed::Conflict(message) => Self::new(ProblemKind::Conflict, message),
            Failed::BadInput(message) => Self::new(ProblemKind::BadInput, message),
            Failed::Database(error) => database(&error),
            Failed::Garbled(what) => {
                tracing::error!(%what, "a stored value could not be read");
                Self::new(ProblemKind::Internal, "The console holds something it cannot read. Nothing was changed.")
            }
        }
    }
}

/// A database error from outside: the log gets the cause, the person a sentence.
pub(crate) fn database(error: &sqlx::Error) -> Problem {
    if let Some(refused) = error.as_database_error() {
        let code = refused.code().unwrap_or_default().into_owned();
        match code.as_str() {
            // lock_timeout, statement_timeout, serialization, deadlock
            "55P03" | "57014" | "40001" | "40P01" => {
                tracing::warn!(%code, error = %refused, "the database was too busy");
                return Problem::new(
                    ProblemKind::Unavailable,
                    "Somebody else holds what this needs, or it took too long. Nothing was changed; try again.",
                );
            }
            // shutting down, starting up, gone
            "57P01" | "57P02" | "57P03" | "53300" => return unreachable_database(error),
            _ => {
                tracing::error!(%code, error = %refused, "the database refused a statement");
                return Problem {
                    reference: Some(code),
                    ..Problem::new(ProblemKind::Internal, "The database refused this. Nothing was changed; the log says why.")
                };
            }
        }
    }
    match error {
        sqlx::Error::ColumnDecode { .. } | sqlx::Error::Decode(_) | sqlx::Error::ColumnNotFound(_) => {
            tracing::error!(%error, "a row could not be read");
            Problem::new(ProblemKind::Internal, "The console could not read a row. Nothing was changed; the log says which.")
        }
        _ => unreachable_database(error),
    }
}

fn unreachable_database(error: &sqlx::Error) -> Problem {
    tracing::warn!(%error, "the database cannot be reached");
    Problem::new(ProblemKind::Unavailable, "The database does not answer. Nothing was changed; the console tries again by itself.")
}
