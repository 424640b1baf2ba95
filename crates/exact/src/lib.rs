//! JSON to the letter: a number keeps every digit, a text every character, and what cannot be seen is written so that it can.
//! For payloads, which belong to customers and pass through staff's hands. Besides: paths, differences, changes, and the contract
//! of a command type. The same code judges in the browser, on the server and in a terminal.
//!
//! Not in here: IO, and everything `serde_json` is good enough for.

mod change;
mod contract;
mod excerpt;
mod fields;
mod json;
mod mask;
mod number;
mod path;
mod read;
mod write;

pub use change::{Change, NoPath, Set, differences};
pub use contract::{Contract, Edit, Field, Kind, Said, Unfit};
pub use excerpt::excerpt;
pub use fields::Fields;
pub use json::Json;
pub use mask::MASK;
pub use number::compare;
pub use path::{BadPath, Path, Step};
pub use read::{MOST_DEEP, Misread};
