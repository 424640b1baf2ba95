//! Lets an operation go on that was paused, or that halted by itself. After a halt it begins anew with a few, and what failed
//! before counts no more: whoever lets it go on has mended something.

use domain::{Action, Kind, Meta, OperationId, OperationState, Permission, Subject};
use serde::{Deserialize, Serialize};

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ResumeOperation {
    pub operation: OperationId,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Resumed {
    pub state: OperationState,
}

impl Action for ResumeOperation {
    const META: Meta = Meta {
        name: "resume-operation",
        title: "Let the operation go on",
        help: "Lets an operation go on that was paused or halted by itself. After a halt it begins anew with a few, and the failures until now count no more.",
        path: "/fn/resume-operation",
        cli: "opsctl bulk resume {operation}",
        kind: Kind::Write,
        permission: Permission::CommandRetry,
        consent: false,
        approval: false,
    };
    type Output = Resumed;
    fn subject(&self) -> Subject {
        Subject::Operation(self.operation)
    }
}

#[cfg(feature = "server")]
mod server {
    use super::{ResumeOperation, Resumed};
    use crate::deeds::steered::{hold, stand};
    use domain::{
        OperationState::{Halted, Paused},
        resumed,
    };
    use gate::{Change, Execute, Failed};

    impl Execute for ResumeOperation {
        async fn execute(self, change: &mut Change) -> Result<Resumed, Failed> {
            let (held, before) = hold(change, self.operation, &[Paused, Halted], "resumed").await?;
            let after = resumed(held.plan(), held.progress(before));
            stand(change, self.operation, (before, after), "Resumed").await?;
            // The time it was held is not caught up with.
            sqlx::query(
                "update console.operation set paced_at = clock_timestamp(),
                   base_attempted = case when $2 then sent + succeeded + failed else base_attempted end,
                   base_succeeded = case when $2 then succeeded else base_succeeded end,
                   base_failed = case when $2 then failed else base_failed end where id = $1",
            )
            .bind(self.operation.0)
            .bind(before == Halted)
            .execute(change.conn())
            .await?;
            change.effect(format!("{} commands are sent as planned.", held.waiting));
            Ok(Resumed { state: after })
        }
    }
}
