//! The sign-in page: e-mail, password and second factor in one form, so that a refusal says nothing
//! about which of them was wrong.

use super::{PROBLEM_ID, document, problem_note};
use crate::{icons::Icon, routes};
use markup::{IntoHtml, view};

/// What the server knows when it shows the page.
#[derive(Clone, Debug, Default)]
pub struct SignIn {
    /// URL of the style sheet.
    pub css: String,
    /// Where to go afterwards.
    pub next: String,
    /// What was typed before.
    pub email: String,
    /// Why the form came back.
    pub problem: Option<String>,
    /// Something good to know, such as that one is signed out now.
    pub notice: Option<String>,
}

/// The page.
#[must_use]
pub fn sign_in(page: SignIn) -> String {
    let SignIn { css, next, email, problem, notice } = page;
    let wrong = problem.as_ref().map(|_| PROBLEM_ID);
    let invalid = problem.as_ref().map(|_| "true");
    let code_described = if problem.is_some() { "code-hint problem" } else { "code-hint" };
    let (email_first, password_first) = (email.is_empty(), !email.is_empty());
    let card = view! {
        <div class="intro"><h1>"Sign in"</h1><p>"With your password and a code from your authenticator app."</p></div>
        {notice.map(|notice| view! { <div class="note" data-tone="ok" role="status"><Icon of=Icon::Info/><div><span>{notice}</span></div></div> })}
        {problem_note(problem)}
        <form class="form" method="post" action=routes::AUTH_SIGN_IN>
            <input type="hidden" name="next" value=next/>
            <div class="field">
                <label for="email">"E-mail"</label>
                <input class="input" id="email" name="email" type="email" autocomplete="username" required=true autofocus=email_first
                    value=email aria-describedby=wrong aria-invalid=invalid/>
            </div>
            <div class="field">
                <label for="password">"Password"</label>
                <input class="input" id="password" name="password" type="password" autocomplete="current-password" required=true autofocus=password_first
                    aria-describedby=wrong aria-invalid=invalid/>
            </div>
            <div class="field">
                <label for="code">"Code"</label>
                <span class="hint" id="code-hint">"Six digits from your authenticator app, or one of your recovery codes."</span>
                <input class="input code" id="code" name="code" inputmode="numeric" autocomplete="one-time-code" required=true maxlength="32" spellcheck="false"
                    aria-describedby=code_described aria-invalid=invalid/>
            </div>
            <button class="btn primary full" type="submit">"Sign in"</button>
        </form>
        <p class="fine">"Lost your phone? Use a recovery code. Lost both? Ask an administrator for a new enrolment link."</p>
    };
    document(&css, "Sign in", card.into_html())
}
