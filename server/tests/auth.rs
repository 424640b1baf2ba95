//! Enrolment, sign-in and support sessions as a browser and a program go through them, over a real Postgres.

mod door;

use axum::http::{StatusCode, header};
use door::{EMAIL, PASSWORD, REFUSED, code_at, door, present_code, secret_on, stale_code};
use futures::future::join_all;
use serde_json::json;
use server::auth::token_of;

#[tokio::test(flavor = "multi_thread")]
async fn enrolment_goes_step_by_step_and_ends_signed_in() {
    let door = door().await;
    let link = door.link().await;
    let (token, path) = (link.expose(), format!("/enrol/{}", link.expose()));
    let first = door.get(&path, "").await;
    assert!(first.status == StatusCode::OK && first.body.contains("Anna Roth") && first.body.contains(EMAIL), "{}", first.body);
    let early = door.post("/auth/enrol/factor", "", &[("token", token), ("code", "123456")]).await;
    assert!(early.body.contains("Choose the password"), "no step is skipped");
    for (one, again, why) in [
        ("short", "short", "at least 12"),
        (PASSWORD, "under the new viaduct", "not the same"),
        ("Password2024!!", "Password2024!!", "easy to guess"),
        ("anna-ops-1234567", "anna-ops-1234567", "your own name"),
    ] {
        let refused = door.post("/auth/enrol/password", "", &[("token", token), ("password", one), ("password_again", again)]).await;
        assert!(refused.status == StatusCode::UNPROCESSABLE_ENTITY && refused.body.contains(why), "{one}: {}", refused.body);
    }
    let choose =
        async || door.post("/auth/enrol/password", "", &[("token", token), ("password", PASSWORD), ("password_again", PASSWORD)]).await;
    assert_eq!(choose().await.location(), path);
    let page = door.get(&path, "").await.body;
    let secret = secret_on(&page);
    assert!(
        secret.len() == 20 && page.contains("otpauth://totp/Support%20console:anna@ops.example?secret=") && page.contains("<path d=\"M"),
        "{page}"
    );
    choose().await;
    assert_eq!(secret_on(&door.get(&path, "").await.body), secret, "going back does not void what the phone has read");
    let wrong = door.post("/auth/enrol/factor", "", &[("token", token), ("code", &stale_code(&secret))]).await;
    assert!(wrong.status == StatusCode::UNPROCESSABLE_ENTITY && wrong.body.contains("does not fit") && secret_on(&wrong.body) == secret);
    let shown = door.post("/auth/enrol/factor", "", &[("token", token), ("code", &present_code(&secret))]).await;
    assert_eq!((shown.status, shown.body.matches("<li><code>").count()), (StatusCode::OK, 10));
    let mut headers = axum::http::HeaderMap::new();
    headers.insert(header::COOKIE, shown.cookie().parse().expect("a header"));
    let (actor, _) = door.gate.actor(&token_of(&headers).expect("a token")).await.expect("signed in at once");
    assert_eq!(actor.email, EMAIL);
    for (method, path) in
        [("GET", path.as_str()), ("GET", "/enrol/nonsense"), ("POST", "/auth/enrol/factor"), ("POST", "/auth/enrol/password")]
    {
        let answer = if method == "GET" {
            door.get(path, "").await
        } else {
            door.post(path, "", &[("token", token), ("code", &present_code(&secret)), ("password", PASSWORD), ("password_again", PASSWORD)])
                .await
        };
        assert!(answer.status == StatusCode::GONE && answer.body.contains("works no longer"), "{method} {path}: {}", answer.body);
        assert!(!answer.headers.contains_key(header::SET_COOKIE));
    }
    let stored = door.sql("select string_agg(s::text, '|') from console.staff s")
        + door.sql("select string_agg(c::text, '|') from console.recovery_code c").as_str();
    assert!(!stored.contains(&hex::encode(&secret)) && !stored.contains(PASSWORD), "nothing readable in the database");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_code_signs_in_once_also_when_sent_four_times_at_once() {
    let door = door().await;
    let anna = door.enrolled().await;
    let step = door.sql("select totp_last_step from console.staff").parse().expect("a step");
    let used = door.sign_in(EMAIL, PASSWORD, &code_at(&anna.secret, step)).await;
    assert_eq!(used.status, StatusCode::UNAUTHORIZED, "the code shown at enrolment is used up");
    door.sql("delete from console.throttle");
    let code = door.fresh_code(&anna);
    let tries = join_all((0..4).map(|_| door.sign_in(EMAIL, PASSWORD, &code))).await;
    let won: Vec<_> = tries.iter().filter(|answer| answer.status == StatusCode::SEE_OTHER).collect();
    assert_eq!(won.len(), 1, "{:?}", tries.iter().map(|answer| answer.status).collect::<Vec<_>>());
    assert_eq!(won[0].location(), "/jobs");
    door.sql("delete from console.throttle");
    let code = door.fresh_code(&anna);
    let spaced = format!(" {} {} ", &code[..3], &code[3..]);
    assert_eq!(door.sign_in(" ANNA@Ops.example ", PASSWORD, &spaced).await.status, StatusCode::SEE_OTHER, "as authenticators show it");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_recovery_code_signs_in_once() {
    let door = door().await;
    let anna = door.enrolled().await;
    assert_eq!(door.sign_in(EMAIL, "not her password", &anna.codes[0]).await.status, StatusCode::UNAUTHORIZED);
    assert_eq!(
        door.sign_in(EMAIL, PASSWORD, &anna.codes[0].to_uppercase()).await.status,
        StatusCode::SEE_OTHER,
        "a wrong password used nothing up"
    );
    assert_eq!(door.sign_in(EMAIL, PASSWORD, &anna.codes[0]).await.status, StatusCode::UNAUTHORIZED);
    let tries = join_all((0..4).map(|_| door.sign_in(EMAIL, PASSWORD, &anna.codes[1]))).await;
    assert_eq!(tries.iter().filter(|answer| answer.status == StatusCode::SEE_OTHER).count(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_answer_does_not_say_what_was_wrong() {
    let door = door().await;
    let anna = door.enrolled().await;
    let code = door.fresh_code(&anna);
    let wrong = [
        (EMAIL, "not her password", code.as_str()),
        (EMAIL, PASSWORD, "000000x"),
        (EMAIL, PASSWORD, ""),
        ("nobody@ops.example", PASSWORD, code.as_str()),
    ];
    for (email, password, code) in wrong {
        let answer = door.sign_in(email, password, code).await;
        assert!(answer.status == StatusCode::UNAUTHORIZED && answer.body.contains(REFUSED), "{email} {password} {code}");
        assert!(!answer.headers.contains_key(header::SET_COOKIE));
        assert_eq!(
            answer.body.replace(email, ""),
            door.sign_in("x@ops.example", "x", "x").await.body.replace("x@ops.example", ""),
            "the same page"
        );
        door.sql("delete from console.throttle");
    }
    door.sign_in("hunter2 in the wrong field", "", "").await;
    let entries =
        door.sql("select string_agg(staff_name, ', ' order by id) from audit.entry where action = 'sign-in' and outcome = 'refused'");
    assert!(entries.contains(EMAIL) && entries.contains("nobody@ops.example") && !entries.contains("hunter2"), "{entries}");
}

#[tokio::test(flavor = "multi_thread")]
async fn tries_are_counted_over_pages_rest_and_restarts_alike() {
    let mut door = door().await;
    let anna = door.enrolled().await;
    for email in [EMAIL, "nobody@ops.example"] {
        for n in 0..5 {
            let status = if n % 2 == 0 {
                door.sign_in(email, "wrong", "000000").await.status
            } else {
                door.rest("POST", "/api/v1/auth/token", "", json!({"email": email.to_uppercase(), "password": "wrong", "code": "0"}))
                    .await
                    .0
            };
            assert_eq!(status, StatusCode::UNAUTHORIZED, "try {n}");
        }
        let code = door.fresh_code(&anna);
        door.restart().await;
        assert_eq!(door.sign_in(email, PASSWORD, &code).await.status, StatusCode::TOO_MANY_REQUESTS, "{email}");
        let (status, problem) =
            door.rest("POST", "/api/v1/auth/token", "", json!({"email": email, "password": PASSWORD, "code": code})).await;
        assert!(status == StatusCode::TOO_MANY_REQUESTS && problem["kind"] == "too_many", "{problem}");
    }
    let told =
        "select string_agg(staff_name, ' ' order by staff_name) from audit.entry where action = 'sign-in' and note like 'Too many tries%'";
    assert_eq!(door.sql(told), format!("{EMAIL} nobody@ops.example"), "once for an account, not once a try");
    assert_eq!(door.enrolled().await.codes.len(), 10, "a new link from an administrator");
    assert_eq!(door.sql("select count(*) from console.throttle where key = 'account:anna@ops.example'"), "0", "opens the account again");
}

#[tokio::test(flavor = "multi_thread")]
async fn wrong_codes_at_raising_count_too_and_never_end_the_session() {
    let door = door().await;
    let anna = door.enrolled().await;
    let raise = async |code: &str| door.post("/session/raise", &anna.cookie, &[("code", code), ("next", "/jobs?status=FAILED")]).await;
    let refused = raise(&door.fresh_code(&anna)).await;
    assert!(refused.location().starts_with("/jobs?status=FAILED&dialog=raise&problem="), "no session: {}", refused.location());
    let start =
        [("tenant", "northwind"), ("ticket", "SUP-1"), ("reason", "The upload fails for them"), ("minutes", "60"), ("next", "/jobs")];
    assert_eq!(door.post("/session/start", &anna.cookie, &start).await.location(), "/jobs");
    for _ in 0..5 {
        assert!(raise(&stale_code(&anna.secret)).await.location().contains("That%20code%20does%20not%20fit"));
    }
    assert!(raise(&anna.codes[0]).await.location().contains("Too%20many"), "closed, and recovery codes do not raise either");
    assert!(raise(&door.fresh_code(&anna)).await.location().contains("Too%20many"));
    assert_eq!(
        door.sign_in(EMAIL, PASSWORD, &door.fresh_code(&anna)).await.status,
        StatusCode::TOO_MANY_REQUESTS,
        "one count for the account"
    );
    assert_eq!(door.sql("select count(*) from audit.entry where action = 'raise-session' and outcome = 'refused'"), "8");
    assert_eq!(door.sql("select count(*) from console.support_session where ended_at is null"), "1");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_session_by_form_from_start_to_sign_out() {
    let door = door().await;
    let anna = door.enrolled().await;
    let start = async |tenant: &str, minutes: &str| {
        door.post(
            "/session/start",
            &anna.cookie,
            &[
                ("tenant", tenant),
                ("ticket", "SUP-1"),
                ("reason", "The upload\0 fails for them"),
                ("minutes", minutes),
                ("next", "/jobs?a=b&dialog=start"),
            ],
        )
        .await
    };
    let tenant = "00000000-0000-0000-0000-00000000000a";
    assert_eq!(
        start(tenant, "90").await.location(),
        format!("/jobs?a=b&dialog=start&on={tenant}&problem=A%20support%20session%20lasts%201%20to%2060%20minutes.")
    );
    assert!(start(tenant, "soon").await.location().contains("lasts%201%20to%2060"));
    assert!(start("elsewhere", "60").await.location().contains("There%20is%20no%20such%20thing"));
    assert_eq!(start(tenant, "60").await.location(), "/jobs?a=b&dialog=start");
    let raised = door.post("/session/raise", &anna.cookie, &[("code", &door.fresh_code(&anna)), ("next", "/jobs")]).await;
    assert_eq!(raised.location(), "/jobs");
    let cookie = raised.cookie();
    assert_ne!(cookie, anna.cookie, "privilege rose, so the token is new");
    assert_eq!(
        door.post("/session/lower", &anna.cookie, &[("next", "/jobs")]).await.location(),
        "/sign-in?next=%2Fjobs",
        "the old one is dead"
    );
    assert_eq!(door.sql("select write_until is not null from console.support_session"), "t");
    assert_eq!(door.post("/session/lower", &cookie, &[("next", "//evil.example")]).await.location(), "/");
    assert_eq!(door.sql("select write_until is not null from console.support_session"), "f");
    assert_eq!(door.post("/session/end", &cookie, &[("next", "/audit")]).await.location(), "/audit");
    assert!(door.post("/session/end", &cookie, &[("next", "/audit")]).await.location().starts_with("/audit?problem="));
    assert_eq!(door.get("/sign-in?next=/jobs", &cookie).await.location(), "/jobs", "signed in already");
    let out = door.post("/auth/sign-out", &cookie, &[]).await;
    assert_eq!(out.location(), "/sign-in?notice=out");
    assert!(out.headers[header::SET_COOKIE].to_str().expect("text").contains("Max-Age=0"));
    assert!(door.get("/sign-in?notice=out", &cookie).await.body.contains("You are signed out."));
    assert_eq!(door.post("/session/end", &cookie, &[("next", "/jobs")]).await.location(), "/sign-in?next=%2Fjobs");
    assert_eq!(door.post("/session/start", "", &[("next", "https://evil.example")]).await.location(), "/sign-in?next=%2F");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_over_rest() {
    let door = door().await;
    let anna = door.enrolled().await;
    let (status, token) =
        door.rest("POST", "/api/v1/auth/token", "", json!({"email": EMAIL, "password": PASSWORD, "code": door.fresh_code(&anna)})).await;
    assert!(status == StatusCode::OK && token["name"] == "Anna Roth" && token["expires_at"].is_string(), "{token}");
    let token = token["token"].as_str().expect("a token").to_owned();
    let (status, no) = door.rest("POST", "/api/v1/support/session/raise", &token, json!({"code": "123456"})).await;
    assert!(status == StatusCode::FORBIDDEN && no["missing"][0]["what"] == "support_session", "{no}");
    let begin = json!({"tenant": "northwind", "ticket": "SUP-1", "reason": "The upload fails for them", "minutes": 30});
    let (status, session) = door.rest("POST", "/api/v1/support/session", &token, begin).await;
    assert!(status == StatusCode::OK && session["tenant_name"] == "Northwind Hospitals" && session["write_until"].is_null(), "{session}");
    let (status, session) = door.rest("POST", "/api/v1/support/session/raise", &token, json!({"code": door.fresh_code(&anna)})).await;
    assert!(status == StatusCode::OK && session["write_until"].is_string(), "{session}");
    let (status, session) = door.rest("POST", "/api/v1/support/session/lower", &token, json!({})).await;
    assert!(status == StatusCode::OK && session["write_until"].is_null(), "the token stays: {session}");
    assert_eq!(door.rest("DELETE", "/api/v1/support/session", &token, json!({})).await, (StatusCode::OK, json!({"ended": true})));
    let (status, no) = door.rest("POST", "/api/v1/support/session", &token, json!({"tenant": "northwind", "minutes": "many"})).await;
    assert!(status == StatusCode::UNPROCESSABLE_ENTITY && no["kind"] == "bad_input", "{no}");
    assert_eq!(door.rest("DELETE", "/api/v1/auth/token", &token, json!({})).await.0, StatusCode::OK);
    assert_eq!(door.rest("DELETE", "/api/v1/auth/token", &token, json!({})).await.0, StatusCode::UNAUTHORIZED);
    let beside = door
        .send(
            "DELETE",
            "/api/v1/support/session",
            &[("cookie", &anna.cookie), ("authorization", &format!("Bearer {token}"))],
            String::new(),
        )
        .await;
    assert_eq!(beside.status, StatusCode::UNAUTHORIZED, "a dead bearer is not saved by a live cookie");
}

#[tokio::test(flavor = "multi_thread")]
async fn signing_out_everywhere_reaches_every_browser_and_terminal() {
    let door = door().await;
    let anna = door.enrolled().await;
    let other = door.sign_in(EMAIL, PASSWORD, &door.fresh_code(&anna)).await.cookie();
    let (_, token) =
        door.rest("POST", "/api/v1/auth/token", "", json!({"email": EMAIL, "password": PASSWORD, "code": door.fresh_code(&anna)})).await;
    let out = door.post("/auth/sign-out-everywhere", &anna.cookie, &[]).await;
    assert_eq!(out.location(), "/sign-in?notice=everywhere");
    for cookie in [&anna.cookie, &other] {
        assert_eq!(door.get("/sign-in", cookie).await.status, StatusCode::OK, "asked to sign in");
    }
    assert_eq!(
        door.rest("DELETE", "/api/v1/auth/token", token["token"].as_str().expect("a token"), json!({})).await.0,
        StatusCode::UNAUTHORIZED
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn where_to_go_next_is_never_another_site() {
    let door = door().await;
    let anna = door.enrolled().await;
    for hostile in [
        "//evil.example",
        "/\\evil.example",
        "https://evil.example/",
        "/\t/evil.example",
        "javascript:alert(1)",
        "/.//evil.example",
        "/jobs\r\nSet-Cookie: a=b",
    ] {
        let asked = format!("/sign-in?next={}", door::percent(hostile));
        assert_eq!(door.get(&asked, &anna.cookie).await.location(), "/", "{hostile:?}");
        assert!(!door.get(&asked, "").await.body.contains("evil"), "{hostile:?}");
    }
    let once = door.send("GET", "/sign-in?next=%2Fjobs%3Fa%3D%22%3E%3Cb", &[("sec-fetch-site", "cross-site")], String::new()).await.body;
    assert!(once.contains("content=\"0; url=/sign-in?next=%2Fjobs%3Fa%3D%22%3E%3Cb&amp;again=1\""), "{once}");
    let twice = door.send("GET", "/sign-in?next=%2Fjobs&again=1", &[("sec-fetch-site", "cross-site")], String::new()).await.body;
    assert!(twice.contains("<form") && !twice.contains("http-equiv"), "{twice}");
}

#[tokio::test]
async fn only_people_with_an_address_are_invited() {
    let door = door().await;
    for (email, name) in [
        ("anna", "Anna"),
        ("@ops.example", "Anna"),
        ("anna@", "Anna"),
        ("an na@ops.example", "Anna"),
        (EMAIL, " "),
        (EMAIL, &"x".repeat(121)),
    ] {
        let problem = server::auth::invite(&door.gate, email, name, domain::Role::Viewer, None).await.expect_err("refused");
        assert_eq!(problem.kind, domain::ProblemKind::BadInput, "{email}: {problem}");
    }
}
