//! What can go wrong between a host and the bus, as sentences. How a command fails is in `failure`.

use domain::{CommandId, TenantId};

#[derive(Debug, thiserror::Error)]
pub enum BusError {
    #[error(
        "The command bus could not use its database ({0}). Repeat the call with the same command id once the database answers: what was done already is not done twice."
    )]
    Database(#[from] sqlx::Error),
    #[error("{0}")]
    UnsafeRole(#[from] store::MigrateError),
    #[error("Command {command_id} was sent before with another content. Nothing was sent now; a different command needs an id of its own.")]
    DifferentBody { command_id: CommandId },
    #[error(
        "Command {command_id} was not sent: its data has to be a JSON object, because workers and support staff address its fields by name."
    )]
    DataNotAnObject { command_id: CommandId },
    #[error(
        "Command {command_id} was not sent: its data contains the character U+0000, which the database cannot store. Remove it and send again."
    )]
    Unstorable { command_id: CommandId },
    #[error("The contract of {command_type} cannot be kept, so the worker does not start: {why}")]
    BadContract { command_type: String, why: String },
    #[error("\u{201c}{name}\u{201d} cannot be the name of a {what}: {rule}.")]
    BadName { what: &'static str, name: String, rule: &'static str },
    #[error("The tenant {tenant} is not known to the command bus, so nothing was sent for it. Register it first with `register_tenant`.")]
    UnknownTenant { tenant: TenantId },
}

/// True when the same statement may succeed later: the server was away, overloaded, or two
/// transactions stood in each other's way.
pub(crate) fn may_pass(error: &sqlx::Error) -> bool {
    match error {
        sqlx::Error::Database(error) => {
            let code = error.code().unwrap_or_default();
            ["08", "40", "53", "55", "57", "58"].iter().any(|class| code.starts_with(class))
        }
        sqlx::Error::Io(_)
        | sqlx::Error::Tls(_)
        | sqlx::Error::Protocol(_)
        | sqlx::Error::PoolTimedOut
        | sqlx::Error::PoolClosed
        | sqlx::Error::WorkerCrashed => true,
        _ => false,
    }
}
