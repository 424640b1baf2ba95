//! The command bus.
mod bus;
mod claim;
mod completer;
mod error;
mod failure;
mod finish;
mod heartbeat;
mod lost;
mod payload;
mod replies;
mod send;
mod sweep;
mod wire;
mod worker;

pub use bus::{Bus, Options};
pub use claim::{Claimant, Claimed};
pub use domain::{CommandId, ErrorType, JobId, ReplyOutcome, TenantId};
pub use error::BusError;
pub use failure::{Failure, RetryPolicy};
pub use finish::Finish;
pub use replies::{Reply, ReplyReader};
pub use send::{Send, Sent};
pub use sweep::Swept;
pub use tokio_util::sync::CancellationToken;
pub use worker::{Worker, WorkerOptions, WorkerReport};
