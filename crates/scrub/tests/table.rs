//! True and false positives, one line each: what must go, and what must stay because support needs to read it.
//! Randomised proofs are in `secrets.rs`.

use scrub::{Rule, fit_to_string, scrub_to_string};

/// Text, what it becomes, and the rules that fired.
const TRUE_POSITIVES: &[(&str, &str, &[Rule])] = &[
    ("mail jane.doe+x@example.co.uk now", "mail [email] now", &[Rule::Email]),
    ("/users/jane%40example.com/plan", "/users/[email]/plan", &[Rule::Email]),
    ("write to a@b.com.", "write to [email].", &[Rule::Email]),
    ("jürgen@müller.de fehlt", "[email] fehlt", &[Rule::Email]),
    ("got eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2ln!", "got [jwt]!", &[Rule::Jwt]),
    ("half eyJhbGciOiJIUzI1NiJ9.eyJz", "half [jwt]", &[Rule::Jwt]),
    ("sent Bearer abcDEF123456 and", "sent Bearer [bearer] and", &[Rule::Bearer]),
    ("basic dXNlcjpwYXNz", "basic [bearer]", &[Rule::Bearer]),
    ("password=hunter2 next", "password=[hidden] next", &[Rule::Hidden]),
    ("password: hunter2, next", "password: [hidden], next", &[Rule::Hidden]),
    (r#"{"apiKey":"k-1","n":2}"#, r#"{"apiKey":"[hidden]","n":2}"#, &[Rule::Hidden]),
    (r#"{"client_secret" : "a \" b","n":2}"#, r#"{"client_secret" : "[hidden]","n":2}"#, &[Rule::Hidden]),
    (r#"body: "{\"token\":\"a b\",\"n\":1}""#, r#"body: "{\"token\":\"[hidden]\",\"n\":1}""#, &[Rule::Hidden]),
    ("{ refreshToken: 'a b', n: 1 }", "{ refreshToken: '[hidden]', n: 1 }", &[Rule::Hidden]),
    (r#"{"tokens":["a","b"],"n":1}"#, r#"{"tokens":[hidden],"n":1}"#, &[Rule::Hidden]),
    (r#"{"cookies":{"a":{"b":"c"}},"n":1}"#, r#"{"cookies":[hidden],"n":1}"#, &[Rule::Hidden]),
    ("Authorization: Digest a=1, b=2\nnext", "Authorization: [hidden]\nnext", &[Rule::Hidden]),
    ("set-cookie: sid=1; Path=/\nnext", "set-cookie: [hidden]\nnext", &[Rule::Hidden]),
    ("spring.datasource.password=x", "spring.datasource.password=[hidden]", &[Rule::Hidden]),
    ("user[password]=x&b", "user[password]=[hidden]&b", &[Rule::Hidden]),
    ("X-Api-Key => abc", "X-Api-Key => [hidden]", &[Rule::Hidden]),
    ("session=-----true token: -null", "session=[hidden] token: [hidden]", &[Rule::Hidden, Rule::Hidden]),
    ("pin=1234 otp: 999", "pin=[hidden] otp: [hidden]", &[Rule::Hidden, Rule::Hidden]),
    ("key -----BEGIN RSA PRIVATE KEY-----\nMIIE\n-----END RSA PRIVATE KEY----- end", "key [pem] end", &[Rule::Pem]),
    ("-----BEGIN PRIVATE KEY-----\nMIIE cut off", "[pem]", &[Rule::Pem]),
    ("card 4111 1111 1111 1111 declined", "card [card] declined", &[Rule::Card]),
    ("card 4111-1111-1111-1111", "card [card]", &[Rule::Card]),
    ("card 378282246310005.", "card [card].", &[Rule::Card]),
    ("id4111111111111111x", "id[card]x", &[Rule::Card]),
    ("to DE89 3704 0044 0532 0130 00 today", "to [iban] today", &[Rule::Iban]),
    ("GB82WEST12345698765432", "[iban]", &[Rule::Iban]),
    ("customer 123456789 not found", "customer [digits] not found", &[Rule::Digits]),
    ("postgres://app:pw@db/x", "postgres://[userinfo]@db/x", &[Rule::UserInfo]),
    ("https://a.b/c?x=1&y=2#z", "https://a.b/c?x=&y=#z", &[Rule::Query, Rule::Query]),
    ("at f (https://a.b/c.js?v=9:10:5)", "at f (https://a.b/c.js?v=:10:5)", &[Rule::Query]),
    ("/cb#id=7&go=https://x.y/z", "/cb#id=&go=", &[Rule::Query, Rule::Query]),
    ("/x?next=/y?z=1 end", "/x?next= end", &[Rule::Query]),
];

const FALSE_POSITIVES: &[&str] = &[
    "TypeError: Cannot read properties of undefined (reading 'token')",
    "Unexpected token '<', \"<!DOCTYPE \"... is not valid JSON",
    "password: undefined",
    "token=null",
    "at Object.token (https://a.b/token.js:10:5)",
    "https://a.b/src/session.js:120:33",
    "draw@https://a.b/assets/index-DkFg1jKl.js:1:2345",
    "Basic floor plan of the bearer wall",
    "Basic information about beams",
    "react@18.2.0 needs react-dom@18.2.0",
    "sha 12345678901234567890123456789abcdef01234",
    "command 018f6f2e-7c1a-7000-8000-123456789012 failed",
    "at 2026-11-21T08:14:00.123456789Z",
    "confidence 0.123456789012",
    "took 12345678 ns",
    "call +49 170 12345678",
    "the footprint: 12 m by 7 m",
    "What? a=b",
    "x ? a=1 : b=2",
    "wasm-function[1234]:0x1f2e3d",
    "10.0.0.1:5432 refused",
    "IBAN DE00 3704 0044 0532 0130 00 is wrong",
    "card 4111 1111 1111 1112 has a wrong digit",
    "Invalid hook call. See https://react.dev/link/invalid-hook-call for tips",
    "",
];

#[test]
fn what_is_secret_goes() {
    for (text, clean, rules) in TRUE_POSITIVES {
        let (found, counts) = scrub_to_string(text);
        assert_eq!(&found, clean, "from {text:?}");
        for rule in Rule::ALL {
            let expected = rules.iter().filter(|other| **other == rule).count();
            assert_eq!(counts.get(rule) as usize, expected, "{rule:?} in {text:?}");
        }
        let (again, counts) = scrub_to_string(clean);
        assert_eq!(&again, clean, "the second time");
        assert_eq!(counts.total(), 0, "nothing is counted twice in {clean:?}");
    }
}

#[test]
fn what_is_not_secret_stays() {
    for text in FALSE_POSITIVES {
        let (found, counts) = scrub_to_string(text);
        assert_eq!(&found, text);
        assert_eq!(counts.total(), 0, "in {text:?}");
    }
}

#[test]
fn counts_name_the_rules_that_fired() {
    let (_, mut counts) = scrub_to_string("a@b.com c@d.org pin=1");
    let (_, more) = scrub_to_string("e@f.net");
    counts.add(&more);
    assert_eq!(counts.iter().collect::<Vec<_>>(), [("email", 3), ("hidden", 1)]);
}

#[test]
fn names_are_in_the_order_of_the_rules() {
    let names: Vec<_> = Rule::ALL.iter().map(|rule| rule.name()).collect();
    let expected = ["email", "jwt", "bearer", "hidden", "pem", "card", "iban", "digits", "userinfo", "query"];
    assert_eq!(names, expected);
}

#[test]
fn long_text_keeps_both_ends() {
    let text = format!("begin {} end", "é".repeat(500));
    let (short, cut) = fit_to_string(&text, 100);
    assert!(cut && short.len() <= 100, "{}", short.len());
    assert!(short.starts_with("begin é") && short.ends_with("é end") && short.contains(" [cut] "));
    assert_eq!(fit_to_string("short", 5), ("short".to_owned(), false));
    assert_eq!(fit_to_string("too long", 3), (String::new(), true));
}
