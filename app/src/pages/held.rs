//! A list that holds still: what arrives while somebody reads waits behind a "+3 new" until they ask
//! for it, so that no row ever moves under the cursor. Not in here: rows.

use crate::{
    data::ask,
    live::{Kind, on_live},
};
use domain::View;
use leptos::prelude::*;
use markup::{Html, memo, view};
use std::collections::HashSet;
use uuid::Uuid;

/// What a list needs to be held still.
pub(super) trait Listed: Clone + Send + Sync + 'static {
    /// What its rows are known by, in their order.
    fn keys(&self) -> Vec<Uuid>;
    /// Brings rows that are shown up to date, without moving any.
    fn bring_up_to_date(&mut self, _latest: &Self) {}
}

/// What is shown, and what waits.
pub(super) struct Held<O: 'static> {
    pub(super) shown: RwSignal<O>,
    waiting: RwSignal<Option<(usize, O)>>,
}

impl<O: 'static> Clone for Held<O> {
    fn clone(&self) -> Self {
        *self
    }
}
impl<O: 'static> Copy for Held<O> {}

/// Holds the first answer and asks for the newest whenever one of `kinds` changes. An older page (`live` is false) stands still.
pub(super) fn hold<V>(input: V, first: V::Output, kinds: &'static [Kind], live: bool) -> Held<V::Output>
where
    V: View,
    V::Output: Listed,
{
    let held = Held { shown: RwSignal::new(first), waiting: RwSignal::new(None) };
    if live {
        on_live(kinds, move || {
            let input = input.clone();
            leptos::task::spawn_local(async move {
                // What fails is asked for again with the next change; the list on screen is still true.
                if let Ok(latest) = ask(input).await {
                    held.received(latest);
                }
            });
        });
    }
    held
}

impl<O: Listed> Held<O> {
    /// The list may have been left meanwhile; its signals are gone then.
    fn received(self, latest: O) {
        let new = self.shown.try_update(|shown| {
            shown.bring_up_to_date(&latest);
            newly(&shown.keys(), &latest.keys())
        });
        if let Some(new) = new {
            self.waiting.try_set((new > 0).then_some((new, latest)));
        }
    }

    /// Shows what waits.
    pub(super) fn refresh(self) {
        if let Some((_, latest)) = self.waiting.try_update(Option::take).flatten() {
            self.shown.set(latest);
        }
    }

    /// "+3 new", when there are; also the key `.`.
    pub(super) fn pill(self) -> Html {
        super::keys::on_key(move |event, _| {
            if event.key() == "." {
                self.refresh();
            }
        });
        let count = memo(move || self.waiting.with(|waiting| waiting.as_ref().map(|(new, _)| *new)));
        let button = move || {
            count.get().map(|new| view! {
                <button type="button" class="newrows" on:click=move |_| self.refresh()>{["+", &new.to_string(), " new"].concat()}<kbd>"."</kbd></button>
            })
        };
        view! { <span role="status">{button}</span> }
    }
}

/// How many of the latest are not shown.
fn newly(shown: &[Uuid], latest: &[Uuid]) -> usize {
    let shown: HashSet<_> = shown.iter().collect();
    latest.iter().filter(|key| !shown.contains(key)).count()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_not_shown_is_new() {
        let id = Uuid::from_u128;
        assert_eq!(newly(&[id(1), id(2)], &[id(3), id(1), id(4)]), 2);
        assert_eq!(newly(&[id(1), id(2)], &[id(1)]), 0, "rows that went are not new");
        assert_eq!(newly(&[], &[]), 0);
    }
}
