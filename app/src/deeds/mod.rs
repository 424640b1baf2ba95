//! Deeds as people do them: the button that says what it needs, the dialog that shows what a deed
//! would change before it changes it, and the receipt. One dialog for all; a file per deed holds
//! only its fields. Not in here: whether a deed is allowed (that is `domain::missing`) and how it is
//! carried out (that is `actions`).

mod asked;
mod bulk;
mod button;
mod cancel;
pub mod cli;
mod complete;
mod dialog;
mod draft;
mod edit;
mod export;
mod field;
mod intent;
mod kill;
mod kind;
mod limit;
mod outcome;
mod plain;
mod reprocess;
mod retry;
mod reveal;
mod saved;
mod standing;
mod steer;
mod triage;

pub use asked::{
    Asked, DO, DeedDialogs, OnCommand, OnGroup, OnJob, OnLimit, OnList, OnMany, OnOperation, OnRun, OnSaved, OnView, StepChoice, ask,
    dialog_of, edit_dialog, latch, many_dialog,
};
pub use button::DeedButton;
pub use kind::DeedKind;
pub use outcome::audit_url;
pub use plain::{OnPlain, PlainButton, PlainField, PlainKind, latch_plain};
pub use reprocess::READS_HATCHING;
