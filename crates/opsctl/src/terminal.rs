//! Where output goes and how: JSON or text, colours or none, a reader who may leave early.

use crate::{failure::Failure, print::Paint};
use serde_json::Value;
use std::io::{self, IsTerminal, Write};

/// Standard output, as this run wants it used.
#[derive(Clone, Copy)]
pub struct Terminal {
    pub json: bool,
    /// Somebody is looking: redraw, colour, indent.
    pub live: bool,
    pub paint: Paint,
}

impl Terminal {
    pub fn of_process(json: bool) -> Self {
        let live = io::stdout().is_terminal();
        Self { json, live, paint: Paint(live && colours_wanted()) }
    }

    /// The same decision for standard error.
    pub fn paint_of_errors() -> Paint {
        Paint(io::stderr().is_terminal() && colours_wanted())
    }

    /// A whole answer: as it came with `--json`, else as `text` prints it.
    pub fn answer<T: serde::de::DeserializeOwned>(&self, answer: Value, text: impl FnOnce(&T, Paint) -> String) -> Result<(), Failure> {
        if self.json {
            return self.json(&answer);
        }
        self.write(&text(&crate::client::typed(crate::print::clean(answer))?, self.paint))
    }

    /// The same for what machines read as often as people: JSON too when nobody looks.
    pub fn for_machines_too<T: serde::de::DeserializeOwned>(
        &self,
        answer: Value,
        text: impl FnOnce(&T, Paint) -> String,
    ) -> Result<(), Failure> {
        Self { json: self.json || !self.live, ..*self }.answer(answer, text)
    }

    pub fn json(&self, answer: &Value) -> Result<(), Failure> {
        let text = if self.live { serde_json::to_string_pretty(answer) } else { serde_json::to_string(answer) };
        self.write(&(text.map_err(|why| Failure::Output(why.into()))? + "\n"))
    }

    /// Text as it is, at once.
    pub fn write(&self, text: &str) -> Result<(), Failure> {
        let mut out = io::stdout().lock();
        out.write_all(text.as_bytes()).and_then(|()| out.flush()).map_err(|why| match why.kind() {
            io::ErrorKind::BrokenPipe => Failure::ReaderGone,
            _ => Failure::Output(why),
        })
    }

    /// Columns of the terminal somebody looks at.
    pub fn columns(&self) -> usize {
        rustix::termios::tcgetwinsize(io::stdout()).map_or(80, |size| usize::from(size.ws_col).max(20))
    }
}

/// <https://no-color.org>: set and not empty means no.
fn colours_wanted() -> bool {
    let set = |name: &str| std::env::var_os(name).unwrap_or_default();
    set("NO_COLOR").is_empty() && set("TERM") != "dumb"
}
