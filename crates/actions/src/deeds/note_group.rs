//! Leaves a note on a group of failures, for whoever looks at it next. Changes nothing else.

use domain::{Action, Kind, Meta, Permission, Subject};
use serde::{Deserialize, Serialize};

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NoteGroup {
    /// Number of the group.
    pub group: i64,
    /// True: it is a group of frontend errors, not of failed commands.
    #[serde(default)]
    pub frontend: bool,
    /// What others should know, without anything of a customer's; at most 2,000 characters.
    pub note: String,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Noted {}

impl Action for NoteGroup {
    const META: Meta = Meta {
        name: "note-group",
        title: "Leave a note on the group",
        help: "Adds a line to the notes of a group of failures or of frontend errors. All staff who see the group read it, so write nothing of a customer's. Customers notice nothing.",
        path: "/fn/note-group",
        cli: "opsctl groups note {group} {note}",
        kind: Kind::Write,
        permission: Permission::GroupTriage,
        consent: false,
        approval: false,
    };
    type Output = Noted;
    fn subject(&self) -> Subject {
        if self.frontend { Subject::FrontendGroup(self.group) } else { Subject::Group(self.group) }
    }
}

#[cfg(feature = "server")]
mod server {
    use super::{NoteGroup, Noted};
    use crate::deeds::grouped::{fit_note, hold, write_note};
    use gate::{Change, Execute, Failed};

    impl Execute for NoteGroup {
        async fn execute(self, change: &mut Change) -> Result<Noted, Failed> {
            hold(change, self.group, self.frontend).await?;
            let note = fit_note(Some(&self.note))?.ok_or_else(|| Failed::BadInput("The note is empty.".into()))?;
            write_note(change, self.group, self.frontend, note).await?;
            change.changed("group", "note", serde_json::Value::Null, note);
            Ok(Noted {})
        }
    }
}
