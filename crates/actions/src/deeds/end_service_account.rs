//! Ends the account of a script before its time.

use domain::{Action, Kind, Meta, Permission, Subject};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct EndServiceAccount {
    pub account: Uuid,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct EndedServiceAccount {}

impl Action for EndServiceAccount {
    const META: Meta = Meta {
        name: "end-service-account",
        title: "End the service account",
        help: "Its token opens nothing from this moment on; what it did stays in the audit. Anybody who may issue one may end any.",
        path: "/fn/end-service-account",
        cli: "opsctl service end {account}",
        kind: Kind::Write,
        permission: Permission::ServiceIssue,
        consent: false,
        approval: false,
    };
    type Output = EndedServiceAccount;
    fn subject(&self) -> Subject {
        Subject::Console
    }
}

#[cfg(feature = "server")]
mod server {
    use super::{EndServiceAccount, EndedServiceAccount};
    use gate::{Change, Execute, Failed};

    impl Execute for EndServiceAccount {
        async fn execute(self, change: &mut Change) -> Result<EndedServiceAccount, Failed> {
            let name: Option<String> =
                sqlx::query_scalar("select console.end_service($1)").bind(self.account).fetch_one(change.conn()).await?;
            change.changed("service account", &name.ok_or(Failed::NotFound)?, "open", "ended");
            Ok(EndedServiceAccount {})
        }
    }
}
