//! Gives an operation up: what still waits is skipped, what was sent is followed to its end. It cannot be taken back; a new
//! preview finds what is left.

use domain::{Action, Kind, Meta, OperationId, OperationState, Permission, Subject};
use serde::{Deserialize, Serialize};

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CancelOperation {
    pub operation: OperationId,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CanceledOperation {
    pub state: OperationState,
}

impl Action for CancelOperation {
    const META: Meta = Meta {
        name: "cancel-operation",
        title: "Cancel the operation",
        help: "What still waits is skipped; what was sent already is followed to its end. It cannot be taken back, but a new preview finds what is left.",
        path: "/fn/cancel-operation",
        cli: "opsctl bulk cancel {operation}",
        kind: Kind::Write,
        permission: Permission::CommandRetry,
        consent: false,
        approval: false,
    };
    type Output = CanceledOperation;
    fn subject(&self) -> Subject {
        Subject::Operation(self.operation)
    }
}

#[cfg(feature = "server")]
mod server {
    use super::{CancelOperation, CanceledOperation};
    use crate::deeds::steered::{hold, stand};
    use domain::OperationState::{Canary, Canceled, Halted, Paused, Proposed, Ramping};
    use gate::{Change, Execute, Failed};

    impl Execute for CancelOperation {
        async fn execute(self, change: &mut Change) -> Result<CanceledOperation, Failed> {
            let (held, before) = hold(change, self.operation, &[Proposed, Canary, Ramping, Paused, Halted], "cancelled").await?;
            stand(change, self.operation, (before, Canceled), "Cancelled").await?;
            change.effect(format!("{} commands are skipped; {} that were sent are followed to their end.", held.waiting, held.sent));
            Ok(CanceledOperation { state: Canceled })
        }
    }
}
