//! Keeps how a list is filtered, under a name: for oneself, or for all staff.

use domain::{Action, Kind, Meta, Permission, Subject};
use serde::{Deserialize, Serialize};

/// Lists whose views can be kept, by the first part of their address.
pub const KEPT_PLACES: [&str; 5] = ["troubleshooting", "groups", "jobs", "operations", "frontend-errors"];

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SaveView {
    /// What it is called, 1 to 60 characters. One's own view of this name on this list is replaced.
    pub name: String,
    /// The list: `troubleshooting`, `groups`, `jobs`, `operations` or `frontend-errors`.
    pub place: String,
    /// The query of its address, such as `code=OUT_OF_MEMORY&since=24h`.
    pub query: String,
    /// All staff see it.
    #[serde(default)]
    pub shared: bool,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SavedView {
    /// Its number.
    pub view: i64,
}

impl Action for SaveView {
    const META: Meta = Meta {
        name: "save-view",
        title: "Save the view",
        help: "Keeps how the list is filtered now, under a name, so that you and, if you share it, all staff come back to it. What all staff read holds nothing of a customer's. Customers notice nothing.",
        path: "/fn/save-view",
        cli: "opsctl views save {name} --place {place} --query {query}",
        kind: Kind::Own,
        permission: Permission::Read,
        consent: false,
        approval: false,
    };
    type Output = SavedView;
    fn subject(&self) -> Subject {
        Subject::Console
    }
}

#[cfg(feature = "server")]
mod server {
    use super::{KEPT_PLACES, SaveView, SavedView};
    use domain::nearest;
    use gate::{Change, Execute, Failed};

    impl Execute for SaveView {
        async fn execute(self, change: &mut Change) -> Result<SavedView, Failed> {
            let name = self.name.trim();
            if !(1..=60).contains(&name.chars().count()) {
                return Err(Failed::BadInput("A view has a name of 1 to 60 characters.".into()));
            }
            if !KEPT_PLACES.contains(&self.place.as_str()) {
                let near = nearest(&self.place, KEPT_PLACES.into_iter()).unwrap_or_default();
                return Err(Failed::BadInput(format!("Views are kept of lists: {}; did you mean {near}?", KEPT_PLACES.join(", "))));
            }
            let query = self.query.trim().trim_start_matches('?');
            if query.len() > 4_000 {
                return Err(Failed::BadInput("The address of this list is too long to keep: at most 4,000 characters.".into()));
            }
            let before: Option<(String, bool)> =
                sqlx::query_as("select query, shared from console.saved_view where staff_id = $1 and place = $2 and name = $3")
                    .bind(change.actor().staff.0)
                    .bind(&self.place)
                    .bind(name)
                    .fetch_optional(change.conn())
                    .await?;
            let who = change.actor().name.clone();
            let view: i64 = sqlx::query_scalar(
                "insert into console.saved_view (staff_id, place, name, query, shared, staff_name) values ($1, $2, $3, $4, $5, $6)
                 on conflict (staff_id, place, name) do update set query = excluded.query, shared = excluded.shared, staff_name = excluded.staff_name returning id",
            )
            .bind(change.actor().staff.0)
            .bind(&self.place)
            .bind(name)
            .bind(query)
            .bind(self.shared)
            .bind(who)
            .fetch_one(change.conn())
            .await?;
            let (was, was_shared) = before.map_or((None, false), |(query, shared)| (Some(query), shared));
            change.changed("view", name, was, query);
            change.changed("view", "shared", was_shared, self.shared);
            Ok(SavedView { view })
        }
    }
}
