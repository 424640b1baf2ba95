//! Proving who one is: password and code for a sign-in, a fresh code for write mode. Whatever does not fit,
//! answer and time are the same; every try counts against the account, whether there is one or not.

use super::{AuthState, fields, password, recovery, totp};
use crate::edge;
use domain::{Actor, At, Problem, ProblemKind, SignInId, StaffId};
use gate::{NewSignIn, SignInKind, StaffLogin, Token};
use serde::Deserialize;
use uuid::Uuid;

/// What somebody who wants in has typed.
#[derive(Deserialize)]
pub(super) struct Credentials {
    #[serde(default)]
    pub email: String,
    #[serde(default)]
    pub password: String,
    /// Of the authenticator, or a recovery code.
    #[serde(default)]
    pub code: String,
}

/// A sign-in just made.
pub(super) struct SignedIn {
    pub token: Token,
    pub until: At,
    pub name: String,
}

/// Checks everything and signs in.
pub(super) async fn sign_in(state: &AuthState, credentials: Credentials, kind: SignInKind, agent: &str) -> Result<SignedIn, Problem> {
    let email = fields::email(&credentials.email);
    // A password typed into the wrong field must not be written down for ever.
    let typed = if email.contains('@') { email.as_str() } else { "not an e-mail" };
    if let Err(problem) = throttle(state, &email).await {
        let first = problem.kind == ProblemKind::TooMany && state.gate.throttle_first(&key_of(&email)).await?;
        return Err(if first { state.gate.sign_in_refused_with(typed, problem).await } else { problem });
    }
    let login = state.gate.staff_login(&email).await?;
    let kept = login.as_ref().and_then(|login| login.password_hash.clone());
    let proved = password::fits(credentials.password, kept).await?;
    let used = use_code(state, login.as_ref(), proved, &credentials.code).await?;
    let Some(login) = login.filter(|_| proved && used) else {
        return Err(state.gate.sign_in_refused(typed).await);
    };
    state.gate.throttle_clear(&key_of(&email)).await?;
    admit(state, login.staff, login.name, kind, agent).await
}

/// Signs in somebody who has proved enough already.
pub(super) async fn admit(state: &AuthState, staff: StaffId, name: String, kind: SignInKind, agent: &str) -> Result<SignedIn, Problem> {
    let token = Token::from_bytes(edge::random_bytes());
    let new = NewSignIn { staff, name: &name, kind, id: SignInId(edge::new_id()), token: &token, agent };
    let until = state.gate.sign_in(&new).await?;
    Ok(SignedIn { token, until, name })
}

/// Raises the session with a fresh code of the authenticator; recovery codes are for signing in.
pub(super) async fn raise(state: &AuthState, token: &Token, code: &str, next: Option<&Token>) -> Result<Actor, Problem> {
    let (actor, now) = state.gate.actor(token).await?;
    if !actor.support.as_ref().is_some_and(|support| support.is_open(now)) {
        // Refused and written down there; no code is used up for it.
        return state.gate.session_raise(token, next).await;
    }
    if let Err(problem) = throttle(state, &actor.email).await {
        return Err(state.gate.session_raise_refused(token, problem).await);
    }
    let login = state.gate.staff_login(&actor.email).await?;
    let fits = match login.as_ref().and_then(|login| step_of(state, login, code).map(|step| (login.staff, step))) {
        Some((staff, step)) => state.gate.totp_use(staff, step).await?,
        None => false,
    };
    if !fits {
        let problem = Problem::new(ProblemKind::Refused, "That code does not fit. Each works once: wait for the next one and try again.");
        return Err(state.gate.session_raise_refused(token, problem).await);
    }
    state.gate.throttle_clear(&key_of(&actor.email)).await?;
    state.gate.session_raise(token, next).await
}

/// Forgets the failures of an account: its person has enrolled anew.
pub(super) async fn forgive(state: &AuthState, email: &str) -> Result<(), Problem> {
    state.gate.throttle_clear(&key_of(email)).await
}

async fn throttle(state: &AuthState, email: &str) -> Result<(), Problem> {
    let taken = state.gate.throttle_take(&key_of(email)).await;
    if let Err(problem) = &taken
        && problem.kind == ProblemKind::TooMany
    {
        tracing::warn!(account = email, "a try to prove an identity was not looked at: too many before it");
    }
    taken
}

/// One count for an account, wherever and however somebody tries.
fn key_of(email: &str) -> String {
    format!("account:{}", fields::email(email))
}

/// Uses the code up if it fits. Without a proved password nothing is used, yet as much is asked of the database.
async fn use_code(state: &AuthState, login: Option<&StaffLogin>, proved: bool, code: &str) -> Result<bool, Problem> {
    if let Some(hash) = recovery::hash(code) {
        let staff = login.filter(|_| proved).map_or(StaffId(Uuid::nil()), |login| login.staff);
        return state.gate.recovery_use(staff, &hash).await;
    }
    let Some(login) = login else { return Ok(false) };
    match step_of(state, login, code).filter(|_| proved) {
        Some(step) => state.gate.totp_use(login.staff, step).await,
        None => Ok(false),
    }
}

/// The time step of an authenticator's code.
fn step_of(state: &AuthState, login: &StaffLogin, code: &str) -> Option<i64> {
    let digits: String = code.chars().filter(|c| !c.is_whitespace()).collect();
    let secret = state.key.open(login.staff, login.totp_secret.as_deref()?);
    let secret = secret.inspect_err(|error| tracing::error!(staff = %login.staff, %error, "a second factor cannot be checked")).ok()?;
    totp::step_of(&secret, &digits, edge::now())
}
