//! Figure card: a number, its shape over time, and a way to the rows behind it. Not in here: counting.

use super::{sparkline::Sparkline, state_mark::Tone};
use leptos::prelude::*;
use markup::{Html, view};

/// A figure that opens the rows it counts. Stands in a `.figures` grid.
#[component]
pub fn FigureCard(
    /// What is counted.
    #[prop(into)]
    name: String,
    /// The number, already in words: `1,204`.
    #[prop(into)]
    value: String,
    /// After the number, small: `/h`, `%`.
    #[prop(optional, into)]
    unit: Option<String>,
    /// One line below: `5 groups, 19 tenants`.
    #[prop(into)]
    about: String,
    /// Counts over time, oldest first.
    #[prop(optional)]
    points: Vec<u32>,
    #[prop(optional_no_strip, into)] tone: Option<Tone>,
    /// The rows behind the number.
    #[prop(into)]
    href: String,
) -> Html {
    view! {
        <a class="panel figure" href=href data-tone=tone.map(Tone::key)>
            <h2>{name}</h2>
            <b>{value}{unit.map(|unit| view! { " "<small>{unit}</small> })}</b>
            <Sparkline points=points tone=tone/>
            <p>{about}</p>
        </a>
    }
}
