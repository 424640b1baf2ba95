//! What staff see. Compiles for the browser and the server; loads at the leaves, lays out, and asks
//! for everything through `api`. Not in here: SQL, axum, cookies, clocks.

pub mod api;
pub mod components;
pub mod icons;
