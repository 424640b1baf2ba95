//! Saved views in a terminal.

use crate::{args::ViewsPart, client::Client, deeds::act, failure::Failure, print, terminal::Terminal};
use actions::{
    deeds::{forget_view::ForgetView, save_view::SaveView},
    views::saved_views::{SavedViews, SavedViewsOutput},
};

pub fn views(part: ViewsPart, client: &Client, terminal: Terminal) -> Result<(), Failure> {
    match part {
        ViewsPart::List { place } => terminal.answer::<SavedViewsOutput>(client.view(&SavedViews { place })?, print::views::views),
        ViewsPart::Save { name, place, query, shared, why } => act(&SaveView { name, place, query, shared }, why, client, terminal),
        ViewsPart::Forget { view, why } => act(&ForgetView { view }, why, client, terminal),
    }
}
