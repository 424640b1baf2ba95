//! Lets an operation begin that is over so many commands that a second person has to agree.

use domain::{Action, Kind, Meta, OperationId, OperationState, Permission, Subject};
use serde::{Deserialize, Serialize};

/// A proposal is forgotten after this long: what it was about is another set by then.
pub const PROPOSAL_HOLDS_SECS: i64 = 24 * 3600;

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ApproveOperation {
    pub operation: OperationId,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Approved {
    pub state: OperationState,
}

impl Action for ApproveOperation {
    const META: Meta = Meta {
        name: "approve-operation",
        title: "Approve the operation",
        help: "Lets an operation begin that somebody else proposed: look at its commands and its plan first. It goes on by itself then, and both names stay with it. To decline, cancel it.",
        path: "/fn/approve-operation",
        cli: "opsctl bulk approve {operation}",
        kind: Kind::Write,
        permission: Permission::OperationApprove,
        consent: false,
        approval: false,
    };
    type Output = Approved;
    fn subject(&self) -> Subject {
        Subject::Operation(self.operation)
    }
}

#[cfg(feature = "server")]
mod server {
    use super::{ApproveOperation, Approved, PROPOSAL_HOLDS_SECS};
    use crate::deeds::steered::{hold, stand};
    use domain::{At, OperationState, resumed};
    use gate::{Change, Execute, Failed};
    use sqlx::types::time::OffsetDateTime;

    impl Execute for ApproveOperation {
        async fn execute(self, change: &mut Change) -> Result<Approved, Failed> {
            let (held, before) = hold(change, self.operation, &[OperationState::Proposed], "approved").await?;
            let (proposer, who, at, action): (uuid::Uuid, String, OffsetDateTime, String) =
                sqlx::query_as("select staff_id, staff_name, created_at, action from console.operation where id = $1")
                    .bind(self.operation.0)
                    .fetch_one(change.conn())
                    .await?;
            let me = change.actor().staff.0;
            if proposer == me {
                return Err(Failed::Conflict("You proposed this operation; somebody else has to approve it. Nothing was changed.".into()));
            }
            let own = crate::table::action(&action).map(|entry| entry.meta.permission);
            if let Some(own) = own.filter(|own| !change.actor().may(*own, change.tenant())) {
                return Err(Failed::Conflict(format!(
                    "Whoever approves this has to be somebody who may do it, and your roles lack \u{201c}{own}\u{201d} for this tenant. Nothing was changed."
                )));
            }
            if change.now().secs_since(At::from(at)) >= PROPOSAL_HOLDS_SECS {
                return Err(Failed::Conflict(format!(
                    "{who} proposed this more than a day ago, and a proposal holds for a day. Nothing was changed; cancel it, and preview again."
                )));
            }
            let after = resumed(held.plan(), held.progress(before));
            stand(change, self.operation, (before, after), "Approved").await?;
            let name = change.actor().name.clone();
            sqlx::query("update console.operation set paced_at = clock_timestamp(), approved_by = $2, approved_name = $3 where id = $1")
                .bind(self.operation.0)
                .bind(me)
                .bind(&name)
                .execute(change.conn())
                .await?;
            change.effect(format!("{} commands are sent as {who} planned.", held.waiting));
            Ok(Approved { state: after })
        }
    }
}
