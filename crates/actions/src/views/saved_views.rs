//! Views one has saved, and those others share.

use domain::{Permission, Sight, View, ViewMeta};
use serde::{Deserialize, Serialize};

/// Filters; empty means all lists.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct SavedViews {
    /// The list: `troubleshooting`, `groups`, `jobs`, `operations` or `frontend-errors`.
    pub place: Option<String>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SavedViewsOutput {
    /// One's own first, by name.
    pub views: Vec<SavedViewRow>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SavedViewRow {
    pub view: i64,
    pub place: String,
    pub name: String,
    pub query: String,
    pub shared: bool,
    /// True: one's own, so one can forget it.
    pub mine: bool,
    pub staff_name: String,
}

impl View for SavedViews {
    const META: ViewMeta = ViewMeta {
        name: "saved-views",
        title: "Saved views",
        path: "/fn/saved-views",
        cli: "opsctl views list",
        sight: Sight::Console,
        permission: Permission::Read,
    };
    type Output = SavedViewsOutput;
}

#[cfg(feature = "server")]
mod server {
    use super::{SavedViewRow, SavedViews, SavedViewsOutput};
    use gate::{Failed, Look, Show};

    impl Show for SavedViews {
        async fn show(self, look: &mut Look) -> Result<SavedViewsOutput, Failed> {
            let me = look.actor().staff.0;
            let rows: Vec<(i64, String, String, String, bool, bool, String)> = sqlx::query_as(
                "select v.id, v.place, v.name, v.query, v.shared, v.staff_id = $1, v.staff_name from console.saved_view v
                 where $2::text is null or v.place = $2 order by v.staff_id = $1 desc, v.place, v.name, v.id limit 500",
            )
            .bind(me)
            .bind(self.place.filter(|place| !place.is_empty()))
            .fetch_all(look.conn())
            .await?;
            let row =
                |(view, place, name, query, shared, mine, staff_name)| SavedViewRow { view, place, name, query, shared, mine, staff_name };
            Ok(SavedViewsOutput { views: rows.into_iter().map(row).collect() })
        }
    }
}
