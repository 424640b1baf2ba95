//! Getting a token for password and authenticator code, and giving it back.

use crate::{
    args::SignIn,
    client::{Client, is_loopback, typed},
    credentials::{self, Credentials, Place},
    failure::Failure,
    prompt,
    terminal::Terminal,
};
use domain::{At, ProblemKind};
use serde::Deserialize;
use serde_json::json;
use std::io::{BufRead, Write};

#[derive(Deserialize)]
struct Token {
    token: String,
    expires_at: At,
    name: String,
}

pub fn sign_in(words: &SignIn, url: String, place: &Place, mut credentials: Credentials, terminal: Terminal) -> Result<(), Failure> {
    if url.starts_with("http://") && !is_loopback(&url) {
        // Said, not refused: a tunnel or a private network may carry it safely.
        let _ = writeln!(std::io::stderr(), "opsctl: {url} is not encrypted; the password travels in the clear.");
    }
    let email = match &words.email {
        Some(email) => email.clone(),
        None => prompt::ask("Email", "--email")?,
    };
    let password = if words.password_stdin { first_line()? } else { prompt::ask_secret("Password", "--password-stdin")? };
    let code = match &words.code {
        Some(code) => code.clone(),
        None => prompt::ask("Code from your authenticator", "--code")?,
    };
    let client = Client::new(url.clone(), None);
    let body = json!({ "email": email.trim(), "password": password, "code": digits(&code) });
    let token: Token = typed(client.send("POST", "/api/v1/auth/token", Some(body))?)?;
    let (name, expires_at) = (token.name.clone(), token.expires_at);
    let sign_in = credentials::SignIn { token: token.token, expires_at, name: token.name };
    credentials.current = Some(url.clone());
    credentials.sign_ins.insert(url.clone(), sign_in);
    place.save(&credentials)?;
    if terminal.json {
        // Without the token: what is printed ends up in logs.
        return terminal.json(&json!({ "url": url, "name": name, "expires_at": expires_at }));
    }
    let name = crate::print::clean_text(&name);
    terminal.write(&format!("Signed in at {url} as {name}, until {} UTC.\n", expires_at.clock()))
}

/// Forgets the token whatever the console says, so that this machine holds it no longer.
pub fn sign_out(url: String, place: &Place, mut credentials: Credentials, terminal: Terminal) -> Result<(), Failure> {
    let Some(sign_in) = credentials.sign_ins.remove(&url) else {
        return Err(Failure::NotSignedIn { url });
    };
    place.save(&credentials)?;
    match Client::new(url.clone(), Some(sign_in.token)).send("DELETE", "/api/v1/auth/token", None) {
        Ok(_) => {}
        // Ended already: as wished.
        Err(Failure::Problem(problem)) if problem.kind == ProblemKind::SignedOut => {}
        Err(Failure::Unreachable { url, why }) => {
            return Err(Failure::Unreachable {
                url,
                why: format!("{why}; the token is forgotten here and ends by itself at {} UTC", sign_in.expires_at.clock()),
            });
        }
        Err(failure) => return Err(failure),
    }
    if terminal.json {
        return terminal.json(&json!({ "url": url, "signed_out": true }));
    }
    terminal.write(&format!("Signed out of {url}.\n"))
}

fn first_line() -> Result<String, Failure> {
    let mut line = String::new();
    std::io::stdin().lock().read_line(&mut line).map_err(Failure::Output)?;
    let line = line.trim_end_matches(['\n', '\r']).to_owned();
    if line.is_empty() { Err(Failure::Usage("--password-stdin: standard input held no password.".to_owned())) } else { Ok(line) }
}

/// `123 456` is how authenticators show it. Recovery codes keep their dashes.
pub fn digits(code: &str) -> String {
    code.split_whitespace().collect()
}
