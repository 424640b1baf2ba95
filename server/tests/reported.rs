//! What of a report is found again by whoever reads it: from the bytes of a batch over the web to the numbers of a view.

mod door;
mod reporting;

use axum::http::StatusCode;
use reporting::*;
use serde_json::{Value, json};
use uuid::Uuid;

const FIREFOX: &str = "Mozilla/5.0 (X11; Linux x86_64; rv:149.0) Gecko/20100101 Firefox/149.0";
const CHROME: &str = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/156.0.0.0 Safari/537.36";

/// A batch of a tab with one error on one route.
fn batch(tab: &str, number: u32, build: &str, route: &str) -> Value {
    let error =
        json!({"k": 0, "r": route, "m": "TypeError: no balcony", "s": "draw@https://shop.example/app.js:1:2", "h": "01c0ffee00c0ffee"});
    json!({"v": 1, "b": build, "p": tab, "n": number, "e": [error]})
}

/// A batch whose one error is more than that.
fn with(tab: &str, more: &Value) -> Value {
    let mut batch = batch(tab, 0, "b1", "/plans");
    let event = batch["e"][0].as_object_mut().expect("an event");
    event.extend(more.as_object().expect("fields").clone());
    batch
}

impl Reporting {
    /// The only group there is, as its page shows it.
    async fn group(&self) -> Value {
        let group = self.sql("select id from telemetry.error_group");
        self.view(&format!("frontend-group?group={group}")).await
    }

    fn command(&self, tenant: char) -> Uuid {
        let command = Uuid::from_u128(u128::from(u32::from(tenant)));
        self.sql(&format!(
            "insert into commandbus.command (tenant_id, command_id, domain, command_type, queue_name, status, max_attempts, correlation_id)
             values ('00000000-0000-0000-0000-00000000000{tenant}', '{command}', 'plans', 'IngestPlan', 'plans__commands', 'PENDING', 3, gen_random_uuid())"
        ));
        command
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_command_a_page_names_is_found_from_its_error_and_what_names_none_does_no_harm() {
    let pages = reporting().await;
    let (ours, theirs) = (pages.command('a'), pages.command('b'));
    pages.batch(FIREFOX, &with("tab", &json!({"q": ours.to_string()}))).await;
    // A page may say what it likes; also another tenant's command, which is then nowhere to be seen.
    let (long, other) = ("9".repeat(64), theirs.to_string());
    let none = ["", "no id", "'; drop table telemetry.event; --", long.as_str(), "{", "018f", other.as_str()];
    for (n, q) in none.into_iter().enumerate() {
        pages.batch(FIREFOX, &with(&format!("other{n}"), &json!({"q": q}))).await;
    }
    assert_eq!(pages.group().await["commands"], json!([]), "outside a support session");
    pages.within_session().await;
    let group = pages.group().await;
    assert_eq!((&group["inside"], &group["group"]["count"]), (&json!(true), &json!(8)), "each is kept: {group}");
    let commands: Vec<_> =
        group["commands"].as_array().expect("a list").iter().map(|one| (&one["command"], &one["page_session"])).collect();
    assert_eq!(commands, [(&json!(ours), &json!("tab"))]);
    assert_eq!(
        (&group["commands"][0]["command_type"], &group["commands"][0]["status"], &group["commands"][0]["job"]),
        (&json!("IngestPlan"), &json!("PENDING"), &Value::Null)
    );
    let named = group["events"].as_array().expect("events").iter().find(|event| event["page_session"] == "tab").expect("the event");
    assert_eq!(named["command"], json!(ours));
    let unnamed = group["events"].as_array().expect("events").iter().filter(|event| event["command"].is_null()).count();
    assert_eq!(unnamed, 6, "{group}");
}

#[tokio::test(flavor = "multi_thread")]
async fn builds_browsers_and_routes_are_told_with_their_tabs() {
    let pages = reporting().await;
    for (agent, tab, number, build, route) in [
        (FIREFOX, "one", 0, "b1", "/plans"),
        (FIREFOX, "one", 1, "b1", "/plans"),
        (FIREFOX, "two", 0, "b1", "/rooms"),
        (CHROME, "three", 0, "b2", "/plans"),
        ("a shell", "four", 0, "b3", "/plans"),
    ] {
        pages.batch(agent, &batch(tab, number, build, route)).await;
    }
    let list = pages.view("frontend-logs").await;
    let row = &list["groups"][0];
    assert_eq!((list["groups"].as_array().map(Vec::len), &row["count"], &row["sessions"]), (Some(1), &json!(5), &json!(4)), "{list}");
    assert_eq!((&row["first_build"], &row["last_build"], &row["route"]), (&json!("b1"), &json!("b3"), &json!("/plans")));
    let group = pages.group().await;
    assert_eq!((&group["group"]["first_build"], &group["group"]["last_build"]), (&json!("b1"), &json!("b3")));
    assert_eq!(group["tabs_told"], 4);
    let told = |what: &str| {
        let list = group[what].as_array().expect("a list").iter();
        list.map(|one| (one["value"].as_str().expect("a word").to_owned(), one["tabs"].as_i64().expect("a number"))).collect::<Vec<_>>()
    };
    let of = |list: &[(&str, i64)]| list.iter().map(|(value, tabs)| ((*value).to_owned(), *tabs)).collect::<Vec<_>>();
    assert_eq!(told("builds"), of(&[("b1", 2), ("b2", 1), ("b3", 1)]));
    assert_eq!(told("browsers"), of(&[("Firefox 149", 2), ("Chrome 156", 1), ("other", 1)]));
    assert_eq!(told("routes"), of(&[("/plans", 3), ("/rooms", 1)]));
    // A tab of an older build that comes late is the last one that is heard.
    pages.batch(FIREFOX, &batch("two", 1, "b1", "/rooms")).await;
    let row = pages.group().await["group"].clone();
    assert_eq!((&row["first_build"], &row["last_build"], &row["sessions"]), (&json!("b1"), &json!("b1"), &json!(4)));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_script_asks_for_the_list_with_every_filter_and_page_by_page() {
    let pages = reporting().await;
    for (tab, word, build, route) in
        [("one", "balcony", "b1", "/plans"), ("two", "window", "b1", "/rooms"), ("three", "door", "b2", "/plans")]
    {
        let mut batch = batch(tab, 0, build, route);
        batch["e"][0]["m"] = format!("TypeError: no {word}").into();
        pages.batch(FIREFOX, &batch).await;
    }
    let asked = async |query: &str| -> Value {
        let headers = [("cookie", pages.anna.cookie.as_str()), ("sec-fetch-site", "same-origin")];
        let answer = pages.door.send("GET", &format!("/api/ops/frontend-logs?{query}"), &headers, String::new()).await;
        assert_eq!(answer.status, StatusCode::OK, "{query}: {}", answer.body);
        serde_json::from_str(&answer.body).expect("json")
    };
    let titles = |list: &Value| -> Vec<String> {
        let title = |group: &Value| group["title"].as_str().expect("a title").trim_start_matches("TypeError: no ").to_owned();
        list["groups"].as_array().expect("groups").iter().map(title).collect()
    };
    pages.sql("update telemetry.error_group set last_seen = last_seen - interval '10 minutes' where title like '%balcony'");
    for (query, wanted) in [
        ("", ["door", "window", "balcony"].as_slice()),
        ("since=5m&route=&build=&group=&cursor=", &["door", "window"]),
        ("since=1h", &["door", "window", "balcony"]),
        ("route=/plans", &["door", "balcony"]),
        ("build=b1", &["window", "balcony"]),
        ("route=/plans&build=b1", &["balcony"]),
        ("route=/plans&since=5m", &["door"]),
        ("build=b9", &[]),
        ("tenant=contoso", &[]),
    ] {
        assert_eq!(titles(&asked(query).await), wanted, "{query}");
    }
    // Somewhere else with another build, later: it is still found by where it happened before.
    let mut later = batch("four", 0, "b3", "/attic");
    later["e"][0]["m"] = "TypeError: no window".into();
    pages.batch(FIREFOX, &later).await;
    for query in ["route=/rooms", "build=b3", "route=/attic&build=b1", "route=/rooms&build=b3"] {
        assert_eq!(titles(&asked(query).await), ["window"], "{query}");
    }
    pages.sql("update telemetry.error_group set last_seen = last_seen - interval '6 minutes' where title like '%window'");
    pages.sql("update telemetry.error_group set last_seen = clock_timestamp() where title like '%door'");
    let (mut cursor, mut seen) = (String::new(), Vec::new());
    loop {
        let list = asked(&format!("limit=1&cursor={cursor}")).await;
        seen.extend(titles(&list));
        let Some(next) = list["next"].as_str() else { break };
        cursor = next.to_owned();
    }
    assert_eq!(seen, ["door", "window", "balcony"], "each once");
    // What one tab met is only for who looks after its customer.
    let group = pages.sql("select id from telemetry.error_group where title like '%window'");
    let events = |list: &Value| list["events"].as_array().map_or(0, Vec::len);
    assert_eq!(events(&asked(&format!("group={group}")).await), 0);
    pages.within_session().await;
    assert_eq!(events(&asked(&format!("group={group}")).await), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_last_hour_is_told_in_twelve_slices_oldest_first() {
    let pages = reporting().await;
    let counted = |count: u32| with("tab", &json!({"c": count}));
    for (count, ago) in [(5, "65 minutes"), (3, "30 minutes"), (2, "0 minutes")] {
        let mut batch = counted(count);
        batch["n"] = count.into();
        pages.batch(FIREFOX, &batch).await;
        // What was said until now was said so much earlier.
        pages.sql(&format!("update telemetry.error_slice set slice = slice - interval '{ago}' where count = {count}"));
    }
    let row = pages.view("frontend-logs").await["groups"][0].clone();
    assert_eq!((row["count"].as_i64(), &row), (Some(10), &pages.group().await["group"]), "the list and the page say the same");
    let spark: Vec<u64> = row["spark"].as_array().expect("slices").iter().map(|slice| slice.as_u64().expect("a count")).collect();
    let told: Vec<(usize, u64)> = spark.iter().copied().enumerate().filter(|(_, count)| *count > 0).collect();
    let [(then, 3), (now, 2)] = told[..] else { panic!("{spark:?}") };
    // A slice may have ended while this ran.
    assert!(spark.len() == 12 && now >= 10 && (6..=7).contains(&(now - then)), "{spark:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_event_says_which_rules_took_how_much_out_of_it_and_no_other_words() {
    let pages = reporting().await;
    pages.within_session().await;
    // What the page scrubbed, the page tells; what it overlooked is counted here. Words that are no rules are not repeated.
    let scrubbed =
        json!({"r": "/scrubbed", "x": "email email jwt hunter2 EMAIL email:7 ", "m": "TypeError: no balcony for jane@example.org"});
    // Before its core is there a page scrubs nothing: what it says of rules means nothing.
    let raw = json!({"r": "/raw", "h": "", "x": "pem pem card ", "m": "TypeError: no balcony for joe@example.org", "s": "draw@https://u:hunter2@shop.example/app.js:1:2"});
    let mut batch = batch("tab", 0, "b1", "/plans");
    batch["e"] = [&scrubbed, &raw, &json!({})].map(|more| with("tab", more)["e"][0].clone()).to_vec().into();
    pages.batch(FIREFOX, &batch).await;
    let mut told = Vec::new();
    for group in pages.sql("select string_agg(id::text, ' ' order by id) from telemetry.error_group").split(' ') {
        let group = pages.view(&format!("frontend-group?group={group}")).await;
        assert!(!group.to_string().contains("hunter2") && !group.to_string().contains("example.org"), "{group}");
        for event in group["events"].as_array().expect("events") {
            told.push((event["route"].as_str().expect("a route").to_owned(), event["removed"].clone()));
        }
    }
    told.sort_by(|a, b| a.0.cmp(&b.0));
    let rule = |rule: &str, count: u64| json!({"rule": rule, "count": count});
    let wanted = [
        ("/plans".to_owned(), json!([])),
        ("/raw".to_owned(), json!([rule("email", 1), rule("userinfo", 1)])),
        ("/scrubbed".to_owned(), json!([rule("email", 3), rule("jwt", 1)])),
    ];
    assert_eq!(told, wanted);
}

#[tokio::test(flavor = "multi_thread")]
async fn when_something_happened_is_the_consoles_time_whatever_a_client_says() {
    let pages = reporting().await;
    pages.within_session().await;
    for (n, said) in ["\"2099-01-01T00:00:00Z\"", "\"1970-01-01T00:00:00Z\"", "4070908800.5", "-1", "\"soon\"", "null"].iter().enumerate() {
        let id = Uuid::from_u128(n as u128 + 1).simple();
        let event = format!(
            "{{\"event_id\":\"{id}\",\"timestamp\":{said},\"exception\":{{\"values\":[{{\"type\":\"TypeError\",\"value\":\"no balcony\"}}]}}}}"
        );
        let envelope = format!("{{\"sent_at\":{said}}}\n{{\"type\":\"event\",\"timestamp\":{said}}}\n{event}\n");
        let year = ("date", "Thu, 01 Jan 2099 00:00:00 GMT");
        let taken = pages.send([127, 0, 0, 1].into(), ENVELOPE, &[SHOP, year], envelope).await;
        assert_eq!(taken.status, StatusCode::OK, "{said}: {}", taken.body);
    }
    // The beacon says no time at all; what carries it may.
    for (n, year) in ["Thu, 01 Jan 1970 00:00:00 GMT", "Thu, 01 Jan 2099 00:00:00 GMT", "yesterday"].iter().enumerate() {
        let mut batch = batch(&format!("tab{n}"), 0, "b1", "/plans");
        batch["at"] = "2099-01-01T00:00:00Z".into();
        let sent = pages.send([127, 0, 0, 1].into(), BEACON, &[SHOP, ("date", year)], batch.to_string()).await;
        assert_eq!(sent.status, StatusCode::NO_CONTENT, "{year}: {}", sent.body);
    }
    let within = "between now() - interval '1 hour' and now()";
    let times = format!("select count(*) || ' ' || bool_and(at {within}) from telemetry.event");
    assert_eq!(pages.sql(&times), "9 true");
    let groups = format!("select bool_and(first_seen {within} and last_seen {within}) from telemetry.error_group");
    assert_eq!(pages.sql(&groups), "t");
    assert_eq!(pages.sql(&format!("select bool_and(slice {within}) from telemetry.error_slice")), "t");
    // And so it is found among what happened of late, with nothing before it and nothing after.
    let list = pages.view("frontend-logs?since=1h").await;
    let all = list["groups"].as_array().expect("groups");
    assert_eq!(all.iter().map(|group| group["count"].as_i64().expect("a count")).sum::<i64>(), 9, "{list}");
    let now = list["now"].as_str().expect("a time");
    assert!(all.iter().all(|group| group["last_seen"].as_str().is_some_and(|seen| seen <= now)), "{list}");
}
