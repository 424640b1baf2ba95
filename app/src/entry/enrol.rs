//! Enrolment in three steps: choose a password, enrol the second factor, store the recovery codes.

use super::{PROBLEM_ID, document, problem_note, steps};
use crate::{icons::Icon, routes};
use markup::{IntoHtml, view};

/// The first step.
#[derive(Clone, Debug, Default)]
pub struct EnrolPassword {
    /// URL of the style sheet.
    pub css: String,
    /// Token of the enrolment link.
    pub token: String,
    pub email: String,
    pub name: String,
    /// Why the form came back.
    pub problem: Option<String>,
}

/// Chooses a password.
#[must_use]
pub fn enrol_password(page: EnrolPassword) -> String {
    let EnrolPassword { css, token, email, name, problem } = page;
    let described = if problem.is_some() { "password-hint problem" } else { "password-hint" };
    let wrong = problem.as_ref().map(|_| PROBLEM_ID);
    let invalid = problem.as_ref().map(|_| "true");
    let card = view! {
        {steps(0)}
        <div class="intro"><h1>"Welcome, "{name}</h1><p>"Choose the password you will sign in with."</p></div>
        {problem_note(problem)}
        <form class="form" method="post" action=routes::ENROL_PASSWORD>
            <input type="hidden" name="token" value=token/>
            <div class="field">
                <label for="email">"E-mail"</label>
                <input class="input" id="email" type="email" autocomplete="username" readonly=true value=email/>
            </div>
            <div class="field">
                <label for="password">"Password"</label>
                <span class="hint" id="password-hint">"At least 12 characters; anything goes, spaces too. Passwords that many people use are refused. A few words only you would put together are good."</span>
                <input class="input" id="password" name="password" type="password" autocomplete="new-password" required=true minlength="12" maxlength="1024" autofocus=true
                    aria-describedby=described aria-invalid=invalid/>
            </div>
            <div class="field">
                <label for="password-again">"The same again"</label>
                <input class="input" id="password-again" name="password_again" type="password" autocomplete="new-password" required=true minlength="12" maxlength="1024"
                    aria-describedby=wrong aria-invalid=invalid/>
            </div>
            <button class="btn primary full" type="submit">"Continue"</button>
        </form>
    };
    document(&css, "Choose a password", card.into_html())
}

/// A square of modules, row by row; `dark` holds `size` × `size` of them.
#[derive(Clone, Debug, Default)]
pub struct Qr {
    pub size: usize,
    pub dark: Vec<bool>,
}

/// Light modules around the code that a reader needs.
const QUIET_ZONE: usize = 4;

impl Qr {
    /// A run of dark modules is one rectangle.
    fn path(&self) -> String {
        let mut out = String::new();
        for (y, row) in self.dark.chunks(self.size.max(1)).enumerate() {
            let mut x = 0;
            for run in row.chunk_by(|one, next| one == next) {
                if run[0] {
                    let (x, y, width) = (x.to_string(), y.to_string(), run.len().to_string());
                    out.extend(["M", &x, " ", &y, "h", &width, "v1h-", &width, "z"]);
                }
                x += run.len();
            }
        }
        out
    }

    fn view_box(&self) -> String {
        let side = (self.size + 2 * QUIET_ZONE).to_string();
        let from = ["-", &QUIET_ZONE.to_string()].concat();
        [from.as_str(), &from, &side, &side].join(" ")
    }
}

/// The second step.
#[derive(Clone, Debug, Default)]
pub struct EnrolFactor {
    /// URL of the style sheet.
    pub css: String,
    pub token: String,
    /// The secret in groups, for typing.
    pub secret_text: String,
    /// The same as a link an authenticator on this device opens.
    pub otpauth: String,
    pub qr: Qr,
    /// Why the form came back.
    pub problem: Option<String>,
}

/// Enrols the authenticator app.
#[must_use]
pub fn enrol_factor(page: EnrolFactor) -> String {
    let EnrolFactor { css, token, secret_text, otpauth, qr, problem } = page;
    let described = if problem.is_some() { "code-hint problem" } else { "code-hint" };
    let invalid = problem.as_ref().map(|_| "true");
    let card = view! {
        {steps(1)}
        <div class="intro"><h1>"Second factor"</h1><p>"Read this with an authenticator app on your phone. The app then shows a new code every 30 seconds."</p></div>
        <div class="qr"><svg viewBox=qr.view_box() role="img" aria-label="QR code with the secret for your authenticator app"><path d=qr.path()/></svg></div>
        <div class="field">
            <span class="label" id="secret-label">"Or type this secret"</span>
            <code class="secret" aria-labelledby="secret-label" tabindex="0" role="textbox" aria-readonly="true">{secret_text}</code>
            <span class="hint"><a class="link" href=otpauth>"Open the app on this device"</a></span>
        </div>
        {problem_note(problem)}
        <form class="form" method="post" action=routes::ENROL_FACTOR>
            <input type="hidden" name="token" value=token/>
            <div class="field">
                <label for="code">"Code"</label>
                <span class="hint" id="code-hint">"The six digits the app shows now."</span>
                <input class="input code" id="code" name="code" inputmode="numeric" autocomplete="one-time-code" required=true pattern="[0-9]{6}" maxlength="6" autofocus=true
                    aria-describedby=described aria-invalid=invalid/>
            </div>
            <button class="btn primary full" type="submit">"Continue"</button>
        </form>
    };
    document(&css, "Second factor", card.into_html())
}

/// The last step.
#[derive(Clone, Debug, Default)]
pub struct EnrolCodes {
    /// URL of the style sheet.
    pub css: String,
    pub codes: Vec<String>,
}

/// Shows the recovery codes, once.
#[must_use]
pub fn enrol_codes(page: EnrolCodes) -> String {
    let codes = page.codes.into_iter().map(|code| view! { <li><code>{code}</code></li> });
    let card = view! {
        {steps(2)}
        <div class="intro"><h1>"Recovery codes"</h1><p>"Each of these signs you in once when your phone is not at hand."</p></div>
        <ul class="recovery">{codes.collect::<Vec<_>>()}</ul>
        <div class="note" data-tone="warn"><Icon of=Icon::Warn/><div>
            <span class="what">"They are shown only now."</span>
            <span class="because">"Print this page or write them into your password manager; not beside your password."</span>
        </div></div>
        <a class="btn primary full" href=routes::DASHBOARD>"I have stored them"</a>
    };
    document(&page.css, "Recovery codes", card.into_html())
}
