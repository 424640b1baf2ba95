//! The command bus and the pipeline runtime a host uses. Commands travel over PGMQ; what is true about
//! them is in their rows: a claim takes an epoch, every completion is fenced on it, and state, history,
//! reply and message change in one transaction. Nothing is lost, and nothing takes effect twice.
//!
//! A worker, and a command sent to it:
//!
//! ```no_run
//! use bus::{Bus, CancellationToken, CommandId, Failure, Options, Send, TenantId, Worker, WorkerOptions};
//! use serde_json::json;
//!
//! # async fn host(tenant: TenantId, command_id: CommandId) -> Result<(), bus::BusError> {
//! let bus = Bus::connect("postgres://ops_bus@localhost/console", Options::default()).await?;
//! bus.register_tenant(tenant, "acme", "ACME Ltd").await?;
//!
//! let stop = CancellationToken::new();
//! let worker = Worker::new(bus.clone(), "plans", WorkerOptions { name: "plans-1".into(), ..Default::default() })
//!     .handle("MeasurePlan", |command| async move {
//!         match command.data["area_m2"].as_f64() {
//!             Some(area) => Ok(json!({ "price": area * 1.5 })),
//!             None => Err(Failure::business("NO_AREA", "The plan has no area", "The plan house.pdf has no area.")),
//!         }
//!     });
//! let running = tokio::spawn(worker.run(stop.clone()));
//!
//! bus.send(Send {
//!     tenant,
//!     domain: "plans".into(),
//!     command_type: "MeasurePlan".into(),
//!     command_id, // chosen by the sender; sending it twice sends it once
//!     correlation_id: None,
//!     data: json!({ "area_m2": 80.0 }),
//!     reply_to: Some("plans__replies".into()),
//!     max_attempts: None,
//! })
//! .await?;
//! let replies = bus.replies("plans__replies").await?;
//! let batch = replies.read(100, std::time::Duration::from_secs(30)).await?;
//! replies.acknowledge(&batch).await?;
//!
//! stop.cancel(); // lets handlers finish, gives back what they do not
//! let report = running.await.expect("the worker's task");
//! # let _ = report;
//! # Ok(())
//! # }
//! ```
//!
//! What support staff may change in a payload before they send it again is said by a contract ([`Worker::contract`]), and a check
//! ([`Worker::check`]) lets them ask first whether the worker would take it. Both are optional: without a contract a payload is edited
//! as JSON.
//!
//! A handler that takes long looks at [`Claimed::cancelled`]; work in steps under limits is in
//! [`pipeline`]. To send in the host's own transaction, so that the command exists if and only if that
//! commits, use [`Bus::send_in`].
//!
//! Not in here: what an operator does to commands, and the schema; these are the console's.

mod bus;
mod claim;
mod completer;
mod consent;
mod contract;
mod error;
mod failure;
mod finish;
mod heartbeat;
mod lost;
mod payload;
pub mod pipeline;
mod replies;
mod send;
mod standing;
mod sweep;
mod wire;
mod worker;

pub use bus::{Bus, Options};
pub use claim::{Claimant, Claimed};
pub use consent::{Consent, LONGEST_CONSENT};
pub use contract::{Checked, Objection};
pub use domain::{CommandId, ErrorType, JobId, ReplyOutcome, TenantId};
pub use error::BusError;
pub use failure::{Failure, RetryPolicy};
pub use finish::Finish;
pub use replies::{Reply, ReplyReader};
pub use send::{Send, Sent};
pub use standing::Standing;
pub use sweep::Swept;
pub use tokio_util::sync::CancellationToken;
pub use worker::{Worker, WorkerOptions, WorkerReport};
