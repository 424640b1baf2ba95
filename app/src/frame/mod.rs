//! The frame around every page: session bar, rail, keys, palette, dialogs of the support session, and
//! what pages share of it (`use_me`, `use_here`, `problem_view`). Not in here: any page's own data.

mod dialog;
mod keys;
mod me;
mod palette;
mod person;
mod problem;
mod rail;
mod session_bar;
mod session_dialogs;

pub use dialog::{FrameDialog, Here, use_here};
pub use keys::{SEQUENCE, Sequence};
pub use me::{MeContext, use_me};
pub use problem::problem_view;
pub(crate) use session_bar::brand_mark;

use crate::{
    components::{ToastCorner, Tone, use_toasts},
    live::LiveContext,
};
use dialog::FrameModal;
use keys::KeysDialog;
use leptos::prelude::*;
use markup::{Html, IntoHtml, effect, view};
use palette::Palette;
use rail::Rail;
use session_bar::SessionBar;
use session_dialogs::{RaiseDialog, StartDialog};

/// Session bar, rail, and the page in the middle.
#[component]
pub fn Frame(children: Children) -> Html {
    let me = me::provide_me();
    person::provide_theme();
    keys::listen(me);
    tell_when_it_ends();
    view! {
        <div class="frame">
            <a class="skip-to-main" rel="external" href="#main">"Skip to the page"</a>
            <SessionBar/>
            <Rail/>
            <main id="main" tabindex="-1">{children()}</main>
        </div>
        <FrameDialogs/>
        <ToastCorner/>
    }
}

/// The dialog named by the URL.
#[component]
fn FrameDialogs() -> Html {
    let here = use_here();
    view! {
        <Transition>
            {move || match here.dialog() {
                None => ().into_html(),
                Some(FrameDialog::Start) => view! { <FrameModal label="start-title"><StartDialog/></FrameModal> },
                Some(FrameDialog::Raise) => view! { <FrameModal label="raise-title" mode="write"><RaiseDialog/></FrameModal> },
                Some(FrameDialog::Palette) => view! { <FrameModal class="dialog palette" label="palette-title"><Palette/></FrameModal> },
                Some(FrameDialog::Keys) => view! { <FrameModal class="dialog wide keys" label="keys-title"><KeysDialog/></FrameModal> },
            }}
        </Transition>
    }
}

/// Says once that the session or the sign-in ended.
fn tell_when_it_ends() {
    let (ended, toasts) = (expect_context::<LiveContext>().ended, use_toasts());
    effect(move || {
        if let Some(why) = ended.get() {
            toasts.push(Tone::Warn, "Session ended", Some(why));
            ended.set(None);
        }
    });
}
