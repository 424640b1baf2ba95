//! The person's menu: name, e-mail, theme, signing out here and everywhere.

use super::session_bar::next_field;
use crate::{icons::Icon, routes};
use domain::Actor;
use leptos::prelude::*;
use markup::{Html, effect, view};

/// Key of the theme in the browser's storage.
const STORED: &str = "theme";

/// Light, dark, or what the system says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Theme {
    Auto,
    Light,
    Dark,
}

impl Theme {
    const fn word(self) -> &'static str {
        match self {
            Self::Auto => "auto",
            Self::Light => "light",
            Self::Dark => "dark",
        }
    }
}

/// The theme of this browser.
#[derive(Clone, Copy)]
pub(super) struct ThemeContext(RwSignal<Theme>);

impl ThemeContext {
    /// Chooses a theme and remembers it in this browser.
    pub(super) fn choose(self, theme: Theme) {
        self.0.set(theme);
        if let Some(root) = document().document_element() {
            // Neither can fail for these constants; a browser that forbids storage forgets the choice.
            let _ = match theme {
                Theme::Auto => root.remove_attribute("data-theme"),
                Theme::Light | Theme::Dark => root.set_attribute("data-theme", theme.word()),
            };
        }
        if let Some(storage) = window().local_storage().ok().flatten() {
            let _ = storage.set_item(STORED, theme.word());
        }
    }
}

/// Provides the theme and, in the browser, applies the one remembered.
pub(super) fn provide_theme() -> ThemeContext {
    let context = ThemeContext(RwSignal::new(Theme::Auto));
    provide_context(context);
    effect(move || {
        let stored = window().local_storage().ok().flatten().and_then(|storage| storage.get_item(STORED).ok().flatten());
        match stored.as_deref() {
            Some("light") => context.choose(Theme::Light),
            Some("dark") => context.choose(Theme::Dark),
            _ => {}
        }
    });
    context
}

/// The menu at the end of the session bar.
pub(super) fn person_menu(actor: &Actor) -> Html {
    let (name, email) = (actor.name.clone(), actor.email.clone());
    view! {
        <details class="menu-wrap">
            <summary class="btn quiet who" title=email.clone()><Icon of=Icon::Person/><span class="on-wide">{name.clone()}</span><span class="visually-hidden">"Your menu"</span></summary>
            <div class="menu">
                <p class="about"><b>{name}</b><br/>{email}</p>
                <hr/>
                {theme_button(Theme::Auto, Icon::Clock, "Theme of the system")}
                {theme_button(Theme::Light, Icon::Sun, "Light")}
                {theme_button(Theme::Dark, Icon::Moon, "Dark")}
                <hr/>
                <a href=routes::SERVICES><Icon of=Icon::Terminal/><span>"Service accounts"</span></a>
                {sign_out(routes::AUTH_SIGN_OUT, "sign-out", "Sign out")}
                {sign_out(routes::AUTH_SIGN_OUT_EVERYWHERE, "sign-out-everywhere", "Sign out everywhere")}
            </div>
        </details>
    }
}

fn theme_button(theme: Theme, icon: Icon, label: &'static str) -> Html {
    let context = expect_context::<ThemeContext>();
    let chosen = move || context.0.get() == theme;
    view! {
        <button type="button" aria-pressed=move || chosen().to_string() on:click=move |_| context.choose(theme)>
            <Icon of=icon/><span>{label}</span>{move || chosen().then(|| view! { <Icon of=Icon::Ok/> })}
        </button>
    }
}

fn sign_out(action: &'static str, id: &'static str, label: &'static str) -> Html {
    view! {
        <form id=id method="post" action=action>
            {next_field()}
            <button type="submit"><Icon of=Icon::SignOut/><span>{label}</span></button>
        </form>
    }
}
