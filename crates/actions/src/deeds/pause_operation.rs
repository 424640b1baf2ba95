//! Holds an operation: nothing more is sent until somebody lets it go on. What was sent is followed to its end.

use domain::{Action, Kind, Meta, OperationId, OperationState, Permission, Subject};
use serde::{Deserialize, Serialize};

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PauseOperation {
    pub operation: OperationId,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Paused {
    pub state: OperationState,
}

impl Action for PauseOperation {
    const META: Meta = Meta {
        name: "pause-operation",
        title: "Pause the operation",
        help: "Nothing more is sent until somebody lets it go on. What was sent already is followed to its end.",
        path: "/fn/pause-operation",
        cli: "opsctl bulk pause {operation}",
        kind: Kind::Write,
        permission: Permission::CommandRetry,
        consent: false,
        approval: false,
    };
    type Output = Paused;
    fn subject(&self) -> Subject {
        Subject::Operation(self.operation)
    }
}

#[cfg(feature = "server")]
mod server {
    use super::{PauseOperation, Paused};
    use crate::deeds::steered::{hold, stand};
    use domain::OperationState::{self, Canary, Ramping};
    use gate::{Change, Execute, Failed};

    impl Execute for PauseOperation {
        async fn execute(self, change: &mut Change) -> Result<Paused, Failed> {
            let (held, before) = hold(change, self.operation, &[Canary, Ramping], "paused").await?;
            let after = OperationState::Paused;
            stand(change, self.operation, (before, after), "Paused").await?;
            change.effect(format!("{} commands keep waiting; {} that were sent are followed to their end.", held.waiting, held.sent));
            Ok(Paused { state: after })
        }
    }
}
