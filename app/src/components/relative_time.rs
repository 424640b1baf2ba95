//! A moment as staff say it, with the exact one in its tip. Not in here: a clock; `now` comes with the data.

use super::timeline::iso;
use crate::text::{ago, moment};
use domain::At;
use leptos::prelude::*;
use markup::{Html, view};

/// `12 min ago`; the full moment in UTC as the tip.
#[component]
pub fn RelativeTime(
    at: At,
    /// When the data was read, by the server's clock.
    now: At,
) -> Html {
    view! { <time datetime=iso(at) title=moment(at)>{ago(now, at)}</time> }
}
