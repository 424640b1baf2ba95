//! Forgets a view that one has saved.

use domain::{Action, Kind, Meta, Permission, Subject};
use serde::{Deserialize, Serialize};

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ForgetView {
    /// Its number.
    pub view: i64,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Forgotten {}

impl Action for ForgetView {
    const META: Meta = Meta {
        name: "forget-view",
        title: "Forget the view",
        help: "Takes a saved view of yours away, also for those you shared it with. The list itself stays as it is.",
        path: "/fn/forget-view",
        cli: "opsctl views forget {view}",
        kind: Kind::Own,
        permission: Permission::Read,
        consent: false,
        approval: false,
    };
    type Output = Forgotten;
    fn subject(&self) -> Subject {
        Subject::Console
    }
}

#[cfg(feature = "server")]
mod server {
    use super::{ForgetView, Forgotten};
    use crate::deeds::save_view::told;
    use gate::{Change, Execute, Failed};

    impl Execute for ForgetView {
        async fn execute(self, change: &mut Change) -> Result<Forgotten, Failed> {
            // Somebody else's looks like none.
            let gone: Option<(String, String)> =
                sqlx::query_as("delete from console.saved_view where id = $1 and staff_id = $2 returning name, query")
                    .bind(self.view)
                    .bind(change.actor().staff.0)
                    .fetch_optional(change.conn())
                    .await?;
            let (name, query) = gone.ok_or(Failed::NotFound)?;
            change.changed("view", &name, told(&query), serde_json::Value::Null);
            Ok(Forgotten {})
        }
    }
}
