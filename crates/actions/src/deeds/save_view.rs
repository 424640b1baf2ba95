//! Keeps how a list is filtered, under a name: for oneself, or for all staff.

use domain::{Action, Kind, Meta, Permission, Subject};
use serde::{Deserialize, Serialize};
use serde_json::Value;

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
    fn without_content(input: &mut Value) {
        if let Some(query) = input["query"].as_str() {
            input["query"] = told(query).into();
        }
    }
}

/// A query without its line: that may hold what a customer wrote.
pub(super) fn told(query: &str) -> String {
    let pairs = query.split('&').map(|pair| if pair.starts_with("find=") { "find=\u{2026}" } else { pair });
    pairs.collect::<Vec<_>>().join("&")
}

#[cfg(feature = "server")]
mod server {
    use super::{KEPT_PLACES, SaveView, SavedView, told};
    use crate::find::parse;
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
            if self.shared && looks_inside(query) {
                return Err(Failed::BadInput(
                    "What all staff see holds nothing of a customer\u{2019}s: take texts of errors and payloads out of the line, or keep the view for yourself.".into(),
                ));
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
            change.changed("view", name, was.as_deref().map(told), told(query));
            change.changed("view", "shared", was_shared, self.shared);
            Ok(SavedView { view })
        }
    }

    /// Whether its line looks for what only a support session shows; also where nobody can tell.
    fn looks_inside(query: &str) -> bool {
        let line = query.split('&').find_map(|pair| pair.strip_prefix("find="));
        line.is_some_and(|line| parse(&decoded(line)).ok().is_none_or(|placed| placed.iter().any(|placed| placed.term.word.is_content())))
    }

    /// Percent-encoding undone.
    fn decoded(text: &str) -> String {
        let bytes = text.as_bytes();
        let (mut out, mut at) = (Vec::with_capacity(bytes.len()), 0);
        while at < bytes.len() {
            let hex = (bytes[at] == b'%').then(|| text.get(at + 1..at + 3)).flatten().and_then(|hex| u8::from_str_radix(hex, 16).ok());
            out.push(hex.unwrap_or(if bytes[at] == b'+' { b' ' } else { bytes[at] }));
            at += if hex.is_some() { 3 } else { 1 };
        }
        String::from_utf8_lossy(&out).into_owned()
    }

    #[cfg(test)]
    mod tests {
        use super::looks_inside;

        #[test]
        fn a_line_is_read_as_it_is_sent() {
            assert!(looks_inside("tenant=a&find=payload.name%3AJane+Doe") && looks_inside("find=%22two%20words%22"));
            assert!(looks_inside("find=tpye%3Ax"), "what nobody can read is not shared");
            assert!(!looks_inside("find=attempts%3E2+code%3AX&since=24h") && !looks_inside("code=A"));
        }
    }
}
