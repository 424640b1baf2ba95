//! Table: a caption, a head that stays, and a wrap that scrolls sideways inside its panel when there is no room.
//! Not in here: rows; a page writes its own `<tbody>`.

use leptos::prelude::*;
use markup::{Html, view};

/// Which way a column is sorted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sorted {
    Up,
    Down,
}

/// The head of one column.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Head {
    word: String,
    class: &'static str,
    sort: Option<(Option<Sorted>, String)>,
}

impl Head {
    /// A column of words.
    #[must_use]
    pub fn text(word: impl Into<String>) -> Self {
        Self { word: word.into(), ..Self::default() }
    }

    /// A column of numbers, set to the end.
    #[must_use]
    pub fn num(word: impl Into<String>) -> Self {
        Self { word: word.into(), class: "num", ..Self::default() }
    }

    /// A narrow column without a word: a state mark, a checkbox.
    #[must_use]
    pub fn mark() -> Self {
        Self { class: "fit", ..Self::default() }
    }

    /// Sorts by this column: `href` is the URL that does it, `now` how the rows are sorted at present.
    #[must_use]
    pub fn sort(mut self, now: Option<Sorted>, href: impl Into<String>) -> Self {
        self.sort = Some((now, href.into()));
        self
    }

    fn view(self) -> Html {
        if self.word.is_empty() {
            return view! { <td class=self.class></td> };
        }
        let Some((now, href)) = self.sort else {
            return view! { <th scope="col" class=self.class>{self.word}</th> };
        };
        let sorted = now.map(|now| match now {
            Sorted::Up => "ascending",
            Sorted::Down => "descending",
        });
        view! { <th scope="col" class=self.class aria-sort=sorted><a href=href>{self.word}</a></th> }
    }
}

/// A table. Children are the `<tbody>` and nothing else.
#[component]
pub fn Table(
    /// What the rows are; read aloud, not shown.
    #[prop(into)]
    caption: String,
    heads: Vec<Head>,
    children: Children,
) -> Html {
    let label = caption.clone();
    view! {
        <div class="table-wrap" role="region" tabindex="0" aria-label=label>
            <table class="table">
                <caption>{caption}</caption>
                <thead><tr>{heads.into_iter().map(Head::view).collect::<Vec<_>>()}</tr></thead>
                {children()}
            </table>
        </div>
    }
}
