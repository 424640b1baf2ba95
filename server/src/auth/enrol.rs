//! Enrolment: the link, the password, the second factor, the recovery codes, and in. Until the last step
//! nothing of it holds.

use super::{
    AuthState, Key, cookie,
    entry::{agent, gone, page as html, status_of, undisturbed},
    fields::{self, see_other},
    password as passwords, prove, qr, recovery, totp,
};
use crate::edge;
use app::entry;
use axum::{
    Form,
    extract::{Path, State},
    http::{HeaderMap, StatusCode, header},
    response::{IntoResponse, Response},
};
use domain::{Problem, ProblemKind, Role, StaffId, TenantId};
use gate::{Enrolment, Gate, Invitation, SignInKind, Token};
use serde::Deserialize;

/// How long a link can be followed.
const LINK_HOURS: i32 = 48;

/// Invites somebody; the token belongs in a link `/enrol/{token}`.
pub async fn invite(gate: &Gate, email: &str, name: &str, role: Role, only_tenant: Option<TenantId>) -> Result<Token, Problem> {
    let bad = |message: &str| Err(Problem::new(ProblemKind::BadInput, message));
    let (email, name) = (fields::email(email), fields::typed(name));
    if !email.split_once('@').is_some_and(|(user, host)| !user.is_empty() && !host.is_empty() && !email.contains(char::is_whitespace)) {
        return bad("That is not an e-mail address. Write it like anna@example.org.");
    }
    if !(1..=120).contains(&name.chars().count()) {
        return bad("Give the person's name, in at most 120 characters.");
    }
    let token = Token::from_bytes(edge::random_bytes());
    let invitation = Invitation {
        staff: StaffId(edge::new_id()),
        email: &email,
        name: &name,
        role,
        only_tenant,
        token: &token,
        valid_hours: LINK_HOURS,
    };
    gate.invite(&invitation).await?;
    Ok(token)
}

/// The step that is next.
pub(super) async fn page(State(state): State<AuthState>, Path(token): Path<String>) -> Response {
    let (token, enrolment) = match found(&state, &token).await {
        Ok(found) => found,
        Err(no) => return no,
    };
    match offered(&state.key, &enrolment) {
        Some(secret) if enrolment.has_password => factor_page(&state, &token, &enrolment, &secret, None),
        _ => password_page(&state, &token, enrolment, None),
    }
}

#[derive(Deserialize)]
pub(super) struct PasswordForm {
    #[serde(default)]
    token: String,
    #[serde(default)]
    password: String,
    #[serde(default)]
    password_again: String,
}

/// Keeps the password and offers a second factor.
pub(super) async fn password(State(state): State<AuthState>, Form(form): Form<PasswordForm>) -> Response {
    let (token, enrolment) = match found(&state, &form.token).await {
        Ok(found) => found,
        Err(no) => return no,
    };
    let different = (form.password != form.password_again).then(|| "The two are not the same. Type it twice.".to_owned());
    if let Some(problem) = different.or_else(|| passwords::unfit(&form.password, &[&enrolment.email, &enrolment.name])) {
        return password_page(&state, &token, enrolment, Some(problem));
    }
    // Going back and forth must not void what the phone has read already.
    let secret = offered(&state.key, &enrolment).unwrap_or_else(|| edge::random_bytes::<{ totp::SECRET }>().to_vec());
    let sealed = state.key.seal(enrolment.staff, &secret);
    let (gate, kept_token) = (state.gate.clone(), token.clone());
    let kept = undisturbed(async move {
        let hash = passwords::hash(form.password).await?;
        gate.enrol_password(&kept_token, &hash, &sealed).await
    });
    match kept.await {
        Ok(()) => see_other(&format!("/enrol/{}", token.expose())),
        Err(problem) if problem.kind == ProblemKind::NotFound => no_longer(&state.css),
        Err(problem) => gone(&state.css, status_of(&problem), "The password was not stored", &problem.message),
    }
}

#[derive(Deserialize)]
pub(super) struct FactorForm {
    #[serde(default)]
    token: String,
    #[serde(default)]
    code: String,
}

/// Ends the enrolment with the first code, signs in, and shows the recovery codes.
pub(super) async fn factor(State(state): State<AuthState>, headers: HeaderMap, Form(form): Form<FactorForm>) -> Response {
    let (token, enrolment) = match found(&state, &form.token).await {
        Ok(found) => found,
        Err(no) => return no,
    };
    let Some(secret) = offered(&state.key, &enrolment).filter(|_| enrolment.has_password) else {
        return password_page(&state, &token, enrolment, None);
    };
    let digits: String = form.code.chars().filter(|c| !c.is_whitespace()).collect();
    let Some(step) = totp::step_of(&secret, &digits, edge::now()) else {
        let problem = "That code does not fit. Type the one the app shows now; if it never fits, set the clock of the phone to automatic.";
        return factor_page(&state, &token, &enrolment, &secret, Some(problem.to_owned()));
    };
    let (css, agent) = (state.css.clone(), agent(&headers));
    match undisturbed(finish(state, token, enrolment, step, agent)).await {
        Ok((codes, signed_in)) => {
            let shown = html(StatusCode::OK, entry::enrol_codes(entry::EnrolCodes { css, codes }));
            match signed_in {
                Some(token) => ([(header::SET_COOKIE, cookie::set(&token))], shown).into_response(),
                None => shown,
            }
        }
        Err(problem) if problem.kind == ProblemKind::NotFound => no_longer(&css),
        Err(problem) => gone(&css, status_of(&problem), "You are not enrolled yet", &problem.message),
    }
}

async fn finish(
    state: AuthState,
    token: Token,
    enrolment: Enrolment,
    step: i64,
    agent: String,
) -> Result<(Vec<String>, Option<Token>), Problem> {
    let codes = recovery::make();
    let hashes: Vec<Vec<u8>> = codes.iter().filter_map(|code| recovery::hash(code)).collect();
    state.gate.enrol_finish(&token, step, &hashes).await?;
    // From here on the codes have to be shown whatever else fails: they exist only now.
    let follow_up = async {
        prove::forgive(&state, &enrolment.email).await?;
        prove::admit(&state, enrolment.staff, enrolment.name, SignInKind::Browser, &agent).await
    };
    let signed_in = follow_up.await.inspect_err(|problem| tracing::warn!(%problem, "enrolled, but not signed in at once")).ok();
    Ok((codes, signed_in.map(|signed_in| signed_in.token)))
}

/// The enrolment behind a link, or the page that says there is none.
async fn found(state: &AuthState, text: &str) -> Result<(Token, Enrolment), Response> {
    let Some(token) = Token::parse(text) else {
        return Err(no_longer(&state.css));
    };
    match state.gate.enrolment(&token).await {
        Ok(Some(enrolment)) => Ok((token, enrolment)),
        Ok(None) => Err(no_longer(&state.css)),
        Err(problem) => Err(gone(&state.css, status_of(&problem), "The console cannot show this now", &problem.message)),
    }
}

/// The secret offered before, if it can still be read.
fn offered(key: &Key, enrolment: &Enrolment) -> Option<Vec<u8>> {
    key.open(enrolment.staff, enrolment.totp_secret.as_deref()?).ok()
}

fn no_longer(css: &str) -> Response {
    let message =
        "It was used, has ended, or was replaced by a newer one. If you have enrolled already, sign in; otherwise ask for a new link.";
    gone(css, StatusCode::GONE, "This link works no longer", message)
}

fn answered(problem: Option<&String>) -> StatusCode {
    if problem.is_some() { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK }
}

fn password_page(state: &AuthState, token: &Token, enrolment: Enrolment, problem: Option<String>) -> Response {
    let Enrolment { email, name, .. } = enrolment;
    html(
        answered(problem.as_ref()),
        entry::enrol_password(entry::EnrolPassword { css: state.css.clone(), token: token.expose().to_owned(), email, name, problem }),
    )
}

fn factor_page(state: &AuthState, token: &Token, enrolment: &Enrolment, secret: &[u8], problem: Option<String>) -> Response {
    let otpauth = totp::otpauth(secret, &enrolment.email);
    let shown = entry::EnrolFactor {
        css: state.css.clone(),
        token: token.expose().to_owned(),
        secret_text: totp::secret_text(secret),
        qr: qr::matrix(&otpauth).unwrap_or_default(),
        otpauth,
        problem,
    };
    html(answered(shown.problem.as_ref()), entry::enrol_factor(shown))
}
