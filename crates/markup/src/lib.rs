//! One kind of value for every view. Leptos gives each place of a `view!` a type of its own, and with it its own copies of the
//! code that builds, hydrates and updates it: several kilobytes a place, and every visitor downloads them all. Here markup
//! becomes a value, [`Html`], and the code that puts it on a page exists once. Signals, components, resources and the router
//! are Leptos's own, and so is the order of nodes that server and browser agree on (see `render`).
//!
//! Not in here: state, routing, data, and anything that knows what the console is about.

#[macro_use]
mod leaves;

mod browser;
mod build;
mod each;
mod html;
mod into;
mod mount;
mod react;
mod render;
mod server;
mod template;
mod value;

pub use html::{Element, Html};
pub use into::{IntoHtml, component, text};
pub use markup_macro::view;
pub use react::{each, effect, memo};
pub use value::{IntoValue, Value};

/// The events `on:` knows, with the types of what they give.
pub mod events {
    pub use leptos::ev::{change, click, close, focus, input, keydown, scroll, submit, toggle};
}
