//! State as icon + word + colour, never one of them alone; and the pieces that carry a tone: tag, note, mask, live mark.
//! Not in here: which state of a job or command has which tone; that is the page's knowledge.

use crate::icons::Icon;
use leptos::prelude::*;
use markup::{Html, view};

/// The five things a state can mean to somebody in a hurry.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Tone {
    Ok,
    Fail,
    Warn,
    Run,
    Skip,
}

impl Tone {
    /// Value of `data-tone`.
    #[must_use]
    pub const fn key(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Fail => "fail",
            Self::Warn => "warn",
            Self::Run => "run",
            Self::Skip => "skip",
        }
    }

    /// The drawing that says the same without colour.
    #[must_use]
    pub const fn icon(self) -> Icon {
        match self {
            Self::Ok => Icon::Ok,
            Self::Fail => Icon::Failed,
            Self::Warn => Icon::Warn,
            Self::Run => Icon::Running,
            Self::Skip => Icon::Skipped,
        }
    }
}

/// A state: icon, word, colour.
#[component]
pub fn StateMark(
    tone: Tone,
    /// What the state is called here: `Failed at wall_detection`.
    #[prop(into)]
    word: String,
    /// Shows the icon only; the word stays for screen readers and as a tip. For the first column of a table.
    #[prop(optional)]
    bare: bool,
) -> Html {
    let tip = bare.then(|| word.clone());
    view! {
        <span class="state" class:bare=bare data-tone=tone.key() data-spin=(tone == Tone::Run).then_some("") title=tip>
            <Icon of=tone.icon()/>
            <span class="word">{word}</span>
        </span>
    }
}

/// A small word on a ground.
#[component]
pub fn Tag(#[prop(into)] word: String, #[prop(optional_no_strip, into)] tone: Option<Tone>) -> Html {
    view! { <span class="tag" data-tone=tone.map(Tone::key)>{word}</span> }
}

/// A sentence that matters: what happened, why, and what would help.
#[component]
pub fn Note(
    tone: Tone,
    #[prop(into)] what: String,
    /// Why, and what it means.
    #[prop(optional, into)]
    because: Option<String>,
    /// Buttons and hints that would help.
    #[prop(optional)]
    children: Option<Children>,
) -> Html {
    view! {
        <div class="note" data-tone=tone.key()>
            <Icon of=if tone == Tone::Run { Icon::Info } else { tone.icon() }/>
            <div>
                <span class="what">{what}</span>
                {because.map(|text| view! { <span class="because">{text}</span> })}
                {children.map(|children| view! { <div class="help">{children()}</div> })}
            </div>
        </div>
    }
}

/// There is content here, but it may not be seen without what `needs` names.
#[component]
pub fn Masked(
    /// `outside your session`, `needs consent`.
    #[prop(optional, into)]
    needs: Option<String>,
) -> Html {
    let word = needs.map_or_else(|| "masked".to_owned(), |needs| format!("masked: {needs}"));
    view! { <span class="masked"><Icon of=Icon::Lock/>{word}</span> }
}
