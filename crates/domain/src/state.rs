//! Every state the product knows, as closed enums with the words that travel on the wire.
//! The database has CHECKs with the same words; a test of `store` compares the two.

use std::{fmt, str::FromStr};

/// A word that is not one of the states of its kind.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("\u{201c}{word}\u{201d} is not a {kind}; it is one of {known}")]
pub struct BadState {
    kind: &'static str,
    word: String,
    known: String,
}

macro_rules! states {
    ($(#[$doc:meta])* $name:ident, $kind:literal { $($(#[$vdoc:meta])* $variant:ident = $word:literal,)+ }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
        pub enum $name { $($(#[$vdoc])* $variant,)+ }
        $crate::words::as_word!($name);
        impl $name {
            /// Every state, in the order of the life it describes.
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];
            /// The word on the wire and in the database.
            #[must_use]
            pub const fn word(self) -> &'static str {
                match self { $(Self::$variant => $word),+ }
            }
        }
        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result { f.write_str(self.word()) }
        }
        impl FromStr for $name {
            type Err = BadState;
            fn from_str(word: &str) -> Result<Self, BadState> {
                Self::ALL.iter().copied().find(|s| s.word().eq_ignore_ascii_case(word)).ok_or_else(|| BadState {
                    kind: $kind,
                    word: word.to_owned(),
                    known: Self::ALL.iter().map(|s| s.word()).collect::<Vec<_>>().join(", "),
                })
            }
        }
    };
}

mod watch;
pub use watch::{AlertCondition, AlertSource, AlertState, CheckKind, CheckState, DeliveryState, Severity, WebhookForm};

states!(
    /// Where a command is in its life.
    CommandStatus, "command status" {
    /// Sent, not yet claimed (or waiting for its next attempt).
    Pending = "PENDING",
    /// Claimed by a worker under a lease.
    InProgress = "IN_PROGRESS",
    /// Done; a SUCCESS reply was sent if one was asked for.
    Completed = "COMPLETED",
    /// Refused by a business rule; a FAILED reply was sent.
    Failed = "FAILED",
    /// Cancelled by an operator; a CANCELED reply was sent.
    Canceled = "CANCELED",
    /// Waiting for a person.
    InTroubleshootingQueue = "IN_TROUBLESHOOTING_QUEUE",
});

states!(
    /// What the sender is told.
    ReplyOutcome, "reply outcome" {
    Success = "SUCCESS",
    Failed = "FAILED",
    Canceled = "CANCELED",
});

states!(
    /// What kind of failure an attempt met, and so what happens next.
    ErrorType, "error type" {
    /// Tried again after a delay, until the attempts are used up.
    Transient = "TRANSIENT",
    /// Goes to the troubleshooting queue at once.
    Permanent = "PERMANENT",
    /// A rule of the business said no: FAILED at once, with a reply, never troubleshooting.
    BusinessRule = "BUSINESS_RULE",
});

states!(
    /// What happened to a command, as written in its history.
    BusEvent, "bus event" {
    Sent = "SENT",
    Received = "RECEIVED",
    Completed = "COMPLETED",
    Failed = "FAILED",
    RetryScheduled = "RETRY_SCHEDULED",
    RetryExhausted = "RETRY_EXHAUSTED",
    MovedToTsq = "MOVED_TO_TSQ",
    BusinessRuleFailed = "BUSINESS_RULE_FAILED",
    /// A worker's lease ran out and another may claim the command.
    LeaseExpired = "LEASE_EXPIRED",
    OperatorRetry = "OPERATOR_RETRY",
    OperatorCancel = "OPERATOR_CANCEL",
    OperatorComplete = "OPERATOR_COMPLETE",
    /// Sent again with another payload.
    OperatorEdit = "OPERATOR_EDIT",
    /// Staff asked for the process of the running step to be stopped.
    OperatorKill = "OPERATOR_KILL",
});

states!(
    /// How a part of the console is.
    PartStatus, "status of a part" {
    Pass = "pass",
    /// It works, and somebody should look.
    Warn = "warn",
    Fail = "fail",
});

states!(
    /// What a part belongs to.
    Section, "section" {
    Deploy = "deploy",
    Components = "components",
    Budgets = "budgets",
    Latency = "latency",
    Alerts = "alerts",
    Frontend = "frontend",
});

states!(
    /// How a fact is compared across a deploy.
    Compare, "comparison" {
    /// It moves by itself and says nothing about a deploy.
    No = "no",
    /// Another value is a change.
    Value = "value",
    /// The same, of what must not be shown: only that it changed.
    Secret = "secret",
    /// A number that may move; a multiple of it is a change.
    Times = "times",
});

states!(
    /// How the console knows of a deploy.
    DeploySource, "source of a deploy" {
    /// Somebody said so.
    Recorded = "recorded",
    /// A build changed.
    Noticed = "noticed",
});

states!(
    /// What a build left that turns the frames of its pages into files and lines.
    ArtifactKind, "kind of an artifact" {
    SourceMap = "source-map",
    /// A WebAssembly module with its debug information.
    Wasm = "wasm",
});

states!(
    /// What people made of a group of failures.
    GroupState, "group state" {
    /// Nobody has looked yet, or what it was snoozed for has come.
    New = "NEW",
    /// Somebody looks into it.
    Investigating = "INVESTIGATING",
    /// The cause is known; a ticket says what is done about it.
    Known = "KNOWN",
    /// Out of sight until a time, a count or a rate.
    Snoozed = "SNOOZED",
    /// Mended; it should not happen any more.
    Resolved = "RESOLVED",
    /// It was resolved and failed again.
    Regressed = "REGRESSED",
});

states!(
    /// Where a run of a pipeline is.
    JobStatus, "job status" {
    Waiting = "WAITING",
    Running = "RUNNING",
    Succeeded = "SUCCEEDED",
    Failed = "FAILED",
    Canceled = "CANCELED",
});

states!(
    /// What holds a command up.
    Blocker, "blocker" {
    /// Nothing: a worker is on it.
    None = "NONE",
    /// Its next attempt is not due yet.
    NotYetVisible = "NOT_YET_VISIBLE",
    /// No worker of its domain is heard from.
    NoWorker = "NO_WORKER",
    /// Others of its queue come first.
    BehindOthers = "BEHIND_OTHERS",
    /// The worker that holds it lost its heartbeat.
    WorkerSilent = "WORKER_SILENT",
    /// An operation sends it at its rate.
    RateLimit = "RATE_LIMIT",
    /// An operation that is paused or halted.
    OperationHeld = "OPERATION_HELD",
    /// Somebody has to decide.
    Person = "PERSON",
    /// Nothing that is known explains it.
    Unknown = "UNKNOWN",
});

states!(
    /// Where a step of a job is.
    StepStatus, "step status" {
    Waiting = "WAITING",
    Running = "RUNNING",
    Succeeded = "SUCCEEDED",
    Failed = "FAILED",
    Skipped = "SKIPPED",
});

states!(
    /// How one try of one step ended.
    AttemptStatus, "attempt status" {
    Running = "RUNNING",
    Succeeded = "SUCCEEDED",
    Failed = "FAILED",
    /// The worker vanished; its lease ran out.
    Lost = "LOST",
});

states!(
    /// Where an operation is in its life.
    OperationState, "operation state" {
    /// Frozen; a second person has to approve it before anything is sent.
    Proposed = "PROPOSED",
    /// Sends 1, then 5, then 25, each after the outcomes of those before.
    Canary = "CANARY",
    /// Sends the rest at its rate.
    Ramping = "RAMPING",
    /// Held by a person.
    Paused = "PAUSED",
    /// Held by itself: too many of the confirmed outcomes failed.
    Halted = "HALTED",
    /// Given up by a person; what was sent is still followed to its end.
    Canceled = "CANCELED",
    /// Every item has its outcome.
    Finished = "FINISHED",
});

states!(
    /// How an item of an operation stands.
    ItemState, "item state" {
    /// Its turn has not come.
    Waiting = "WAITING",
    /// Sent; the outcome is not known yet.
    Sent = "SENT",
    /// The command completed.
    Succeeded = "SUCCEEDED",
    /// The command is back in troubleshooting, was refused, or was cancelled.
    Failed = "FAILED",
    /// Never sent, for a reason.
    Skipped = "SKIPPED",
    /// The command is no longer there.
    Gone = "GONE",
});

states!(
    /// Why an item was not sent.
    SkipReason, "reason to skip" {
    /// The command had left the troubleshooting queue when its turn came.
    NotWaiting = "NOT_WAITING",
    /// The payload is no longer kept anywhere.
    NoPayload = "NO_PAYLOAD",
    /// The command waits in another operation.
    Elsewhere = "ELSEWHERE",
    /// The operation was cancelled first.
    Canceled = "CANCELED",
    /// The payload has nothing at a path that was to be changed.
    NoPath = "NO_PATH",
    /// The contract of its type locks a field that was to be changed.
    Locked = "LOCKED",
    /// With the change the payload would not fit the contract of its type.
    Unfit = "UNFIT",
    /// It has no run with the step that was to be started from.
    NoStep = "NO_STEP",
    /// A step of its run before that one did not succeed.
    NotReached = "NOT_REACHED",
});

states!(
    /// How a deed ended, as its audit entry says.
    AuditOutcome, "audit outcome" {
    /// Opened and not yet closed.
    Open = "open",
    Done = "done",
    /// Handed over; the operation goes on by itself, and its entries name it.
    Accepted = "accepted",
    Viewed = "viewed",
    Rehearsed = "rehearsed",
    Refused = "refused",
    Failed = "failed",
    /// The process vanished in the middle; whether it happened is decided by the transaction id.
    Unknown = "unknown",
});

impl SkipReason {
    /// The reason as the end of a sentence about a command.
    #[must_use]
    pub const fn sentence(self) -> &'static str {
        match self {
            Self::NotWaiting => "it had left the troubleshooting queue",
            Self::NoPayload => "its payload is no longer kept anywhere",
            Self::Elsewhere => "it waits in another operation",
            Self::Canceled => "the operation was cancelled first",
            Self::NoPath => "its payload has no such field",
            Self::Locked => "its type locks that field",
            Self::Unfit => "with the change it would not fit its type",
            Self::NoStep => "it has no run with that step",
            Self::NotReached => "a step of its run before that one did not succeed",
        }
    }

    /// The reason as the end of a sentence about several commands, or as many as there are.
    #[must_use]
    pub const fn of_many(self) -> &'static str {
        match self {
            Self::NotWaiting => "they had left the troubleshooting queue",
            Self::NoPayload => "their payload is no longer kept anywhere",
            Self::Elsewhere => "they wait in another operation",
            Self::Canceled => "the operation was cancelled first",
            Self::NoPath => "their payloads have no such field",
            Self::Locked => "their type locks that field",
            Self::Unfit => "with the change they would not fit their type",
            Self::NoStep => "they have no run with that step",
            Self::NotReached => "a step of their run before that one did not succeed",
        }
    }
}

impl CommandStatus {
    /// True when nothing will happen to the command by itself any more.
    #[must_use]
    pub const fn is_final(self) -> bool {
        matches!(self, Self::Completed | Self::Failed | Self::Canceled)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_come_back() {
        for status in CommandStatus::ALL {
            assert_eq!(status.word().parse(), Ok(*status));
            assert_eq!(serde_json::to_value(status).expect("json"), status.word());
        }
        let error = "LOST".parse::<CommandStatus>().expect_err("no such state").to_string();
        assert!(error.contains("LOST") && error.contains("PENDING"), "{error}");
    }
}
