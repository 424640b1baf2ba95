//! The session bar: whom somebody acts for, why, in which mode, how long. It never goes away. Its
//! buttons are links and plain forms, so they work without WebAssembly too.

use super::{
    dialog::{FrameDialog, use_here},
    keys::END_FORM,
    me::use_me,
    person::person_menu,
};
use crate::{
    components::clock,
    icons::Icon,
    live::{Connection, LiveContext},
    routes,
};
use actions::views::me::MeOutput;
use domain::{At, Support};
use leptos::prelude::*;
use markup::{Html, memo, view};

/// Seconds before the end of the time box from which the clock asks for attention.
const URGENT_SECS: i64 = 300;

/// The bar; loads nothing itself.
#[component]
pub(super) fn SessionBar() -> Html {
    let context = use_me();
    view! {
        <Transition fallback=|| bar("none", view! { <div class="scope"><span class="why">"Loading who you are…"</span></div> })>
            {move || context.me.get().map(|me| match me {
                Ok(me) => signed_in(&me),
                Err(problem) => bar("none", view! { <div class="scope"><span class="why">{problem.message}</span></div> }),
            })}
        </Transition>
    }
}

fn bar(mode: &'static str, content: Html) -> Html {
    view! {
        <header class="session" data-mode=mode>
            <a class="brand" href=routes::DASHBOARD>{brand_mark()}<span>"Support console"</span></a>
            {content}
        </header>
    }
}

/// The mark of the console; beside its name everywhere.
pub(crate) fn brand_mark() -> Html {
    view! {
        <svg class="brand-mark" viewBox="0 0 16 16" aria-hidden="true">
            <path class="b" d="M4 0h8a4 4 0 0 1 4 4v8a4 4 0 0 1-4 4H4a4 4 0 0 1-4-4V4a4 4 0 0 1 4-4z"/>
            <path class="a" d="M4 0h8a4 4 0 0 1 2.83 1.17L1.17 14.83A4 4 0 0 1 0 12V4a4 4 0 0 1 4-4z"/>
        </svg>
    }
}

/// What the bar shows of time: the mode, and whether the time box is still open.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Mode {
    None,
    Read,
    Write,
}

fn signed_in(me: &MeOutput) -> Html {
    let context = use_me();
    let sent = me.now;
    let support = me.actor.support.clone();
    let mode = memo(move || match &support {
        Some(support) if support.is_writing(context.since(sent)) => Mode::Write,
        Some(support) if support.is_open(context.since(sent)) => Mode::Read,
        _ => Mode::None,
    });
    let word = move || match mode.get() {
        Mode::None => "none",
        Mode::Read => "read",
        Mode::Write => "write",
    };
    let person = person_menu(&me.actor);
    let support = StoredValue::new(me.actor.support.clone());
    view! {
        <header class="session" data-mode=word>
            <a class="brand" href=routes::DASHBOARD>{brand_mark()}<span>"Support console"</span></a>
            {move || match support.get_value() {
                Some(support) if mode.get() != Mode::None => within(support, mode.get(), sent),
                _ => without(),
            }}
            {connection_mark()}
            {person}
        </header>
    }
}

fn without() -> Html {
    let here = use_here();
    view! {
        <div class="scope"><span class="why">"No support session. You see overviews; customer content is masked."</span></div>
        <div class="mode">
            <a class="btn primary" data-noscroll="" href=move || here.with(FrameDialog::Start)>"Start a session… "<kbd>"S"</kbd></a>
        </div>
    }
}

fn within(support: Support, mode: Mode, sent: At) -> Html {
    let context = use_me();
    let (ends, started) = (support.expires_at, support.started_at);
    let left = move || ends.secs_since(context.since(sent)).max(0);
    let reason = support.reason;
    view! {
        <div class="scope">
            <b class="tenant">{support.tenant_name}</b>
            <span class="tag">{support.ticket}</span>
            <span class="why" title=reason.clone()>{reason.clone()}</span>
        </div>
        <div class="mode">
            {mode_tag(mode, support.write_until, sent)}
            <span class="clock" title=["The session ends at ", &ends.clock(), " UTC"].concat()
                data-urgent=move || (left() < URGENT_SECS).then_some("true")>{move || clock(left())}</span>
            {mode_button(mode)}
            <form id=END_FORM method="post" action=routes::SESSION_END>
                {next_field()}
                <button class="btn quiet" type="submit">"End "<kbd>"Esc Esc"</kbd></button>
            </form>
        </div>
        <progress class="drain" aria-label="Time left in the support session" max=ends.secs_since(started).to_string() value=move || left().to_string()></progress>
    }
}

fn mode_tag(mode: Mode, write_until: Option<At>, sent: At) -> Html {
    let context = use_me();
    match write_until {
        Some(until) if mode == Mode::Write => {
            let left = move || clock(until.secs_since(context.since(sent)).max(0));
            view! { <span class="mode-tag"><Icon of=Icon::Pencil/><span>"Write · "{left}" left"</span></span> }
        }
        _ => view! { <span class="mode-tag"><Icon of=Icon::Eye/>"Read only"</span> },
    }
}

fn mode_button(mode: Mode) -> Html {
    let here = use_here();
    if mode == Mode::Write {
        view! {
            <form method="post" action=routes::SESSION_LOWER>
                {next_field()}
                <button class="btn" type="submit">"Back to read only"</button>
            </form>
        }
    } else {
        view! { <a class="btn" data-noscroll="" href=move || here.with(FrameDialog::Raise)>"Raise to write… "<kbd>"W"</kbd></a> }
    }
}

/// Where the server sends the browser after a form of the frame.
pub(super) fn next_field() -> Html {
    let here = use_here();
    view! { <input type="hidden" name="next" value=move || here.plain()/> }
}

/// Whether this page moves by itself.
fn connection_mark() -> Html {
    let live = expect_context::<LiveContext>();
    let (tone, word) = (
        move || (live.connection.get() == Connection::Reconnecting).then_some("warn"),
        move || match live.connection.get() {
            Connection::Starting => "",
            Connection::Live => "Live",
            Connection::Reconnecting => "Reconnecting…",
        },
    );
    view! {
        <span class="live on-wide" role="status" data-tone=tone hidden=move || live.connection.get() == Connection::Starting
            title="Whether what you see is brought up to date by itself">{word}</span>
    }
}
