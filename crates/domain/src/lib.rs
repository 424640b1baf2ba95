//! The words of the product as types: ids, moments, states, permissions, what an action is, and the
//! one policy function that says what is missing before somebody may do something.
//!
//! Not in here: IO, async, SQL, HTTP, clocks, randomness. Everything compiles for the browser too,
//! so that a button is disabled for exactly the reason for which the server would refuse.

mod action;
mod at;
mod duration;
mod fields;
mod id;
mod log;
mod nearest;
mod operation;
mod part;
mod permission;
mod policy;
mod problem;
mod state;
mod watch;
mod words;

pub use action::{Accepted, Action, Ask, FieldChange, Kind, Meta, Receipt, Sight, Subject, View, ViewMeta};
pub use at::{At, BadTime};
pub use duration::{decimals, human_bytes, human_millis, parse_bytes, parse_since};
pub use fields::fields_of;
pub use id::{BadId, CommandId, JobId, OperationId, SignInId, StaffId, SupportSessionId, TenantId};
pub use log::{LogLevel, LogLine};
pub use nearest::nearest;
pub use operation::{MOST_ITEMS, Pace, Plan, Progress, Stands, Step, due, paced, resumed, stages, step};
pub use part::{Fact, Figure, PARTS, PartKind, Reading};
pub use permission::{Permission, Role};
pub use policy::{Actor, Missing, SECOND_FACTOR_FRESH_SECS, Service, Support, missing, missing_to_view};
pub use problem::{Problem, ProblemKind};
pub use state::{
    AlertCondition, AlertSource, AlertState, ArtifactKind, AttemptStatus, AuditOutcome, BadState, Blocker, BusEvent, CheckKind, CheckState,
    CommandStatus, Compare, DeliveryState, DeploySource, ErrorType, GroupState, ItemState, JobStatus, OperationState, PartStatus,
    ReplyOutcome, Section, Severity, SkipReason, StepStatus, WebhookForm,
};
pub use watch::{
    AlertStep, CheckSpec, DAYS_LEFT, DELIVERY_ATTEMPTS, GRACE_SECS, LONGEST_PAUSE_SECS, Standing, Tally, alert_step, holds, pause_secs,
    tallied,
};
