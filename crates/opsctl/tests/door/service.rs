//! Scripts' accounts: a token in `OPS_TOKEN` is what signs in, and never does opsctl go back to the rights of whoever is signed in.

use crate::{
    common::{Home, stderr, stdout},
    console, jobs, problem,
};
use serde_json::json;
use std::{ffi::OsStr, os::unix::ffi::OsStrExt};

#[test]
fn a_token_in_the_environment_goes_before_ones_own_sign_in_and_needs_none() {
    let console = console(|_| jobs(&[]));
    let home = Home::new("service").signed_in(&console);
    let bearer = || console.asked().pop().expect("asked").bearer;
    let out = home.run_as("tok-service", &["jobs"]);
    assert_eq!((out.status.code(), bearer().as_deref()), (Some(0), Some("tok-service")), "{}", stderr(&out));
    assert_eq!(home.run(&["jobs"]).status.code(), Some(0));
    assert_eq!(bearer().as_deref(), Some("tok-1"), "without it, one's own");

    let out = Home::new("service-alone").run_as("tok-service", &["--url", &console.url, "jobs"]);
    assert_eq!((out.status.code(), bearer().as_deref()), (Some(0), Some("tok-service")), "{}", stderr(&out));
}

#[test]
fn a_token_that_should_be_there_and_is_not_sends_nothing() {
    let console = console(|_| jobs(&[]));
    let home = Home::new("service-empty").signed_in(&console);
    let before = console.asked().len();
    for nothing in [OsStr::new(""), OsStr::new("  "), OsStr::new("\n"), OsStr::from_bytes(b"tok\xff")] {
        for words in [&["jobs"][..], &["deploy", "record", "frontend", "b42"], &["service", "list"]] {
            let out = home.run_as(nothing, words);
            assert_eq!(out.status.code(), Some(3), "{nothing:?} {words:?}: {}", stdout(&out));
            assert!(
                stderr(&out).contains("OPS_TOKEN is set and holds no token") && stderr(&out).contains("Nothing was sent"),
                "{}",
                stderr(&out)
            );
        }
    }
    assert_eq!(console.asked().len(), before, "nothing was asked with one's own rights");
}

#[test]
fn what_an_account_may_not_is_not_tried_with_ones_own_rights() {
    for (status, kind, code) in [(401, "signed_out", 3), (403, "refused", 4)] {
        let console = console(move |asked| match asked.bearer.as_deref() {
            Some("tok-1") => jobs(&[]),
            _ => problem(status, kind, "Said by the console.", json!([])),
        });
        let home = Home::new(&format!("service-{status}")).signed_in(&console);
        let before = console.asked().len();
        let out = home.run_as("tok-service", &["jobs"]);
        assert_eq!(out.status.code(), Some(code), "{}{}", stdout(&out), stderr(&out));
        let asked = console.asked().split_off(before);
        assert!(!asked.is_empty() && asked.iter().all(|asked| asked.bearer.as_deref() == Some("tok-service")), "{asked:?}");
    }
}

/// The receipt of an account that was issued; `token`: it is shown this once.
fn receipt(token: Option<&str>) -> String {
    let output = json!({"account": "01931f3c-7a10-4c3e-9b9e-2f6f1f0a1b2c", "token": token, "ends_at": "2026-11-21T10:30:00Z"});
    json!({"audit": 9, "rehearsed": false, "output": output, "changes": [], "effects": []}).to_string()
}

#[test]
fn token_only_prints_the_token_and_nothing_else_or_fails_with_nothing_printed() {
    let console = console(|_| (200, receipt(Some("tok-new"))));
    let home = Home::new("service-issue").signed_in(&console);
    let issue = ["service", "issue", "pipeline", "--may", "deploy.record", "--reason", "Deploys of tonight", "--token-only"];
    let out = home.run(&issue);
    assert_eq!((out.status.code(), stdout(&out).as_str(), stderr(&out).as_str()), (Some(0), "tok-new\n", ""));
    let asked = console.asked().pop().expect("asked");
    assert_eq!(asked.body["ask"], json!({"reason": "Deploys of tonight", "rehearse": false}));
    assert_eq!(asked.body["input"]["permissions"], json!(["deploy.record"]));
    // A rehearsal has no token to print.
    assert_eq!(home.run(&[&issue[..], &["--dry-run"]].concat()).status.code(), Some(2));

    let refusing = crate::console(|_| problem(403, "refused", "Said by the console.", json!([])));
    let out = Home::new("service-refused").signed_in(&refusing).run(&issue);
    assert_eq!((out.status.code(), stdout(&out).as_str()), (Some(4), ""), "$(...) is empty then, and an empty token sends nothing");
}
