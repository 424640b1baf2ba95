//! A line of a log as everybody reads it: when, how grave, what. Not in here: how lines are read and recognised (see the room `logs`).

use crate::At;
use serde::{Deserialize, Serialize};

/// How grave a line is, from the least to the most.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum LogLevel {
    Trace,
    Debug,
    Info,
    Warn,
    Error,
    Fatal,
}
crate::words::as_word!(LogLevel);

impl LogLevel {
    pub const ALL: &'static [Self] = &[Self::Trace, Self::Debug, Self::Info, Self::Warn, Self::Error, Self::Fatal];

    /// The word on the wire.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Trace => "trace",
            Self::Debug => "debug",
            Self::Info => "info",
            Self::Warn => "warn",
            Self::Error => "error",
            Self::Fatal => "fatal",
        }
    }
}

/// One line. What continues another (a stack trace) keeps that one's time and level.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LogLine {
    pub ts: Option<At>,
    pub level: Option<LogLevel>,
    /// Without its secrets, and nothing in it can drive a terminal.
    pub message: String,
}
