//! Rules over runs, budgets, deploys, workers, queues, groups and the audit, saved as people save them: each opens an alert for its own reason, says it in words, and closes
//! by itself once the reason is gone.

mod door;
mod watching;

use axum::http::StatusCode;
use domain::{PartKind, Reading};
use gate::Collector;
use serde_json::{Value, json};
use std::time::Duration;
use watching::*;

impl Watching {
    /// Saves a rule that looks an hour back and closes at once, as the only one there is.
    async fn only_rule(&self, more: Value) {
        self.sql("delete from ops.alert_rule");
        let mut rule = json!({"name": "Mine", "window": "1h", "hold": "0s"});
        rule.as_object_mut().expect("fields").extend(more.as_object().expect("fields").clone());
        let (status, saved) = self.act("save-alert-rule", rule).await;
        assert_eq!(status, StatusCode::OK, "{saved}");
    }

    /// Looks at the rule as the server does, and gives all alerts, oldest first: subject, words, value and state.
    async fn raised(&self) -> Vec<(String, String, i64, String)> {
        self.monitor.raise().await.expect("looked");
        let alerts = self.view("alerts?all=true").await;
        let text = |alert: &Value, name: &str| alert[name].as_str().expect("a text").to_owned();
        let row = |alert: &Value| {
            (text(alert, "subject"), text(alert, "title"), alert["value"].as_i64().expect("a number"), text(alert, "state"))
        };
        let mut rows: Vec<&Value> = alerts["rows"].as_array().expect("rows").iter().collect();
        rows.sort_by_key(|alert| alert["alert"].as_i64());
        rows.into_iter().map(row).collect()
    }

    /// So many runs that ended so, so long ago.
    fn runs(&self, many: u32, status: &str, ago: &str) {
        self.sql(&format!(
            "with c as (insert into commandbus.command (tenant_id, command_id, domain, command_type, queue_name, status, max_attempts, correlation_id)
               select '00000000-0000-0000-0000-00000000000a', gen_random_uuid(), 'plans', 'IngestPlan', 'plans__commands', 'PENDING', 3, gen_random_uuid()
               from generate_series(1, {many}) returning tenant_id, command_id)
             insert into pipeline.job (tenant_id, job_id, command_id, pipeline, status, updated_at)
               select tenant_id, gen_random_uuid(), command_id, 'plan_ingest', '{status}', clock_timestamp() - interval '{ago}' from c"
        ));
    }
}

fn alert(subject: &str, title: &str, value: i64, state: &str) -> (String, String, i64, String) {
    (subject.to_owned(), title.to_owned(), value, state.to_owned())
}

#[tokio::test(flavor = "multi_thread")]
async fn runs_that_fail_within_the_window_raise_one_alert_until_they_are_few_again() {
    let w = watching().await;
    w.only_rule(json!({"source": "RUN", "threshold": 2, "severity": "CRITICAL"})).await;
    assert_eq!(w.view("alert-rules").await["rules"][0]["source"], "RUN");
    // Those that did not fail, and those of long ago, are no reason.
    w.runs(2, "FAILED", "1 minute");
    w.runs(9, "SUCCEEDED", "1 minute");
    w.runs(9, "CANCELED", "1 minute");
    w.runs(9, "FAILED", "2 hours");
    assert_eq!(w.raised().await, []);
    w.runs(1, "FAILED", "0 minutes");
    assert_eq!(w.raised().await, [alert("", "Runs of pipelines fail", 3, "OPEN")]);
    w.runs(1, "FAILED", "0 minutes");
    assert_eq!(w.raised().await, [alert("", "Runs of pipelines fail", 4, "OPEN")], "it is the same one");
    assert_eq!(w.sql("select severity || ' ' || rule_name || ' ' || seen from ops.alert"), "CRITICAL Mine 2");
    w.sql("update pipeline.job set updated_at = updated_at - interval '2 hours'");
    assert_eq!(w.raised().await, [alert("", "Runs of pipelines fail", 4, "CLOSED")]);
    w.runs(3, "FAILED", "0 minutes");
    assert_eq!(w.raised().await.len(), 2, "another time is another alert");
}

#[tokio::test(flavor = "multi_thread")]
async fn runs_that_fail_many_times_as_often_as_before_raise_an_alert() {
    let w = watching().await;
    w.only_rule(json!({"source": "RUN", "condition": "TIMES", "factor": 3, "threshold": 2})).await;
    w.runs(2, "FAILED", "90 minutes");
    w.runs(5, "FAILED", "1 minute");
    assert_eq!(w.raised().await, [], "twice as often and a half");
    w.runs(1, "FAILED", "1 minute");
    assert_eq!(w.raised().await, [alert("", "Runs of pipelines fail", 6, "OPEN")]);
    w.runs(1, "FAILED", "90 minutes");
    assert_eq!(w.raised().await, [alert("", "Runs of pipelines fail", 6, "CLOSED")], "the window before was no better");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_stays_away_raises_an_alert_until_it_comes() {
    let w = watching().await;
    w.only_rule(json!({"source": "FRONTEND", "condition": "ABSENT"})).await;
    let silent = |state: &str| [alert("absence", "No page is heard from", 0, state)];
    let told = silent("OPEN");
    assert_eq!(w.raised().await, told);
    assert_eq!(w.raised().await, told, "it is the same one");
    let came = |ago: &str| {
        w.sql(&format!(
            "insert into telemetry.tenant_slice (tenant_id, slice, count)
             values ('00000000-0000-0000-0000-00000000000a', date_bin('5 minutes', clock_timestamp() - interval '{ago}', 'epoch'), 1)"
        ))
    };
    came("2 hours");
    assert_eq!(w.raised().await, told, "that was long ago");
    came("1 minute");
    assert_eq!(w.raised().await, silent("CLOSED"), "a browser reported by itself");
    // A page that said something counts, whether or not it was an error: here a batch that told of none.
    w.sql("delete from telemetry.tenant_slice");
    let session = |ago: &str| {
        w.sql(&format!(
            "insert into telemetry.page_session (tenant_id, id, build, browser, next, last_seen)
             values ('00000000-0000-0000-0000-00000000000a', 'tab', 'b1', 'Firefox', 1, clock_timestamp() - interval '{ago}')
             on conflict (tenant_id, id) do update set last_seen = excluded.last_seen"
        ))
    };
    session("2 hours");
    assert_eq!(w.raised().await[1], silent("OPEN")[0], "another time is another alert");
    session("50 minutes");
    assert_eq!(w.raised().await[1], silent("CLOSED")[0]);
}

#[tokio::test(flavor = "multi_thread")]
async fn where_nothing_fails_nothing_is_missing_and_where_nothing_comes_it_is_said_what() {
    let w = watching().await;
    // Told as people read it elsewhere, too.
    for (name, form) in [("Script", "STANDARD"), ("Chat", "DISCORD")] {
        let (status, saved) = w.act("save-webhook", json!({"name": name, "url": "http://127.0.0.1:9/", "form": form})).await;
        assert_eq!(status, StatusCode::OK, "{saved}");
    }
    w.only_rule(json!({"source": "RUN", "condition": "ABSENT"})).await;
    w.runs(9, "SUCCEEDED", "2 hours");
    w.runs(9, "RUNNING", "1 minute");
    let missing = |state: &str| alert("absence", "No run of a pipeline has ended", 0, state);
    assert_eq!(w.raised().await, [missing("OPEN")], "those that go on have not ended");
    let told = w.sql("select string_agg(body, ' ') from ops.delivery where event = 'alert.opened'");
    assert_eq!(told.matches("No run of a pipeline has ended").count(), 2, "{told}");
    assert!(!told.contains("fail"), "{told}");
    w.runs(1, "SUCCEEDED", "50 minutes");
    assert_eq!(w.raised().await, [missing("CLOSED")], "all is well, and no run failed");
    for ended in ["FAILED", "CANCELED"] {
        w.sql("update pipeline.job set updated_at = updated_at - interval '3 hours' where status <> 'RUNNING'");
        assert_eq!(w.raised().await.pop(), Some(missing("OPEN")));
        w.runs(1, ended, "1 minute");
        assert_eq!(w.raised().await.pop(), Some(missing("CLOSED")), "{ended} is an end as well");
    }

    w.only_rule(json!({"source": "DEPLOY", "condition": "ABSENT"})).await;
    let nothing = |state: &str| alert("absence", "Nothing was deployed", 0, state);
    assert_eq!(w.raised().await.pop(), Some(nothing("OPEN")));
    let (status, recorded) = w.act("record-deploy", json!({"service": "frontend", "build": "b7"})).await;
    assert_eq!(status, StatusCode::OK, "{recorded}");
    assert_eq!(w.raised().await.pop(), Some(nothing("CLOSED")));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_missing_or_compared_is_refused_with_the_reason() {
    let w = watching().await;
    let save = async |source: &str, condition: &str, window: &str| {
        w.act(
            "save-alert-rule",
            json!({"name": format!("{source} {condition}"), "source": source, "condition": condition, "window": window}),
        )
        .await
    };
    for source in ["ARRIVALS", "WAITING", "CHECK", "WORKER", "QUEUE", "AUDIT", "BUDGET"] {
        let (status, refused) = save(source, "ABSENT", "1h").await;
        assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY, "{source}: {refused}");
        assert!(refused["message"].as_str().is_some_and(|said| said.contains("FRONTEND, RUN and DEPLOY")), "{refused}");
    }
    assert_eq!(save("DEPLOY", "TIMES", "1h").await.0, StatusCode::UNPROCESSABLE_ENTITY);
    // Counts are kept for a day: a window of more than half of it has nothing to be compared with.
    for source in ["ARRIVALS", "FRONTEND"] {
        let (status, refused) = save(source, "TIMES", "13h").await;
        assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY, "{source}: {refused}");
        assert!(refused["message"].as_str().is_some_and(|said| said.ends_with("the window is at most 12h.")), "{refused}");
        assert_eq!(save(source, "TIMES", "12h").await.0, StatusCode::OK);
    }
    // Runs are kept for longer, and what is not compared needs no window before.
    for (source, condition) in [("RUN", "TIMES"), ("FRONTEND", "ABSENT"), ("ARRIVALS", "ABOVE"), ("DEPLOY", "ABSENT")] {
        let (status, saved) = save(source, condition, "24h").await;
        assert_eq!(status, StatusCode::OK, "{source}: {saved}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_budget_that_is_used_up_raises_an_alert_that_says_which() {
    let w = watching().await;
    w.only_rule(json!({"source": "BUDGET"})).await;
    let (one, two) = (collector(&w, "one:3000").await, collector(&w, "two:3000").await);
    let kept = async |collector: &Collector, part: &str, why: &str| {
        let reading = Reading::of("this process", Vec::new());
        // As it is said of connections that are all taken, which is the budget there is.
        let reading = if why.is_empty() { reading } else { reading.but(domain::PartStatus::Warn, why) };
        collector.keep(PartKind::of(part).expect("a part"), Duration::ZERO, Ok(reading)).await.expect("kept");
    };
    kept(&one, "pools", "").await;
    kept(&two, "pools", "").await;
    // What is no budget is for other rules.
    kept(&one, "disk", "Little is free.").await;
    assert_eq!(w.raised().await, []);
    let why = "All 8 connections for reading are in use: whoever comes now waits.";
    kept(&two, "pools", why).await;
    let (subject, title) = ("budget:pools", format!("A budget is used up: {why}"));
    assert_eq!(w.raised().await, [alert(subject, &title, 1, "OPEN")]);
    kept(&one, "pools", why).await;
    kept(&two, "pools", "").await;
    assert_eq!(w.raised().await, [alert(subject, &title, 1, "OPEN")], "another server's: the same budget");
    kept(&one, "pools", "").await;
    assert_eq!(w.raised().await, [alert(subject, &title, 1, "CLOSED")]);
    // A server that is gone says nothing any more.
    kept(&two, "pools", why).await;
    w.sql("update ops.part set at = at - interval '6 minutes' where server = 'two:3000'");
    assert_eq!(w.raised().await.len(), 1);
}

async fn collector(w: &Watching, server: &str) -> Collector {
    Collector::open(&w.door.logins, server.to_owned()).await.expect("a collector")
}

#[tokio::test(flavor = "multi_thread")]
async fn each_deploy_raises_an_alert_of_its_own_that_says_who_deployed_what() {
    let w = watching().await;
    w.only_rule(json!({"source": "DEPLOY", "severity": "INFO"})).await;
    let deployed = async |input: Value| {
        let (status, recorded) = w.act("record-deploy", input).await;
        assert_eq!(status, StatusCode::OK, "{recorded}");
        format!("deploy:{}", recorded["output"]["deploy"])
    };
    deployed(json!({"service": "frontend", "build": "b6", "at": "2026-01-01T00:00:00Z"})).await;
    assert_eq!(w.raised().await, [], "that was long ago");
    let first = deployed(json!({"service": "frontend", "build": "b7"})).await;
    let told = alert(&first, "frontend b7 was deployed by Anna Roth", 1, "OPEN");
    assert_eq!(w.raised().await, std::slice::from_ref(&told));
    let second = deployed(json!({"service": "worker:plans", "build": "w2", "environment": "staging"})).await;
    let noticed = w.sql("insert into ops.deploy (service, build, at, source, said_by) values ('console', 'c3', clock_timestamp(), 'noticed', '') returning id");
    let raised = w.raised().await;
    let wanted = [
        told.clone(),
        alert(&second, "worker:plans w2 was deployed to staging by Anna Roth", 1, "OPEN"),
        alert(&format!("deploy:{noticed}"), "console c3 was deployed, as it seems", 1, "OPEN"),
    ];
    assert_eq!((raised.len(), wanted.iter().all(|alert| raised.contains(alert))), (3, true), "{raised:?}");
    w.sql(&format!("update ops.deploy set at = at - interval '2 hours' where 'deploy:' || id = '{first}'"));
    let raised = w.raised().await;
    assert!(raised.contains(&(told.0, told.1, 1, "CLOSED".to_owned())) && raised.contains(&wanted[1]), "{raised:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_domain_whose_workers_are_silent_or_whose_commands_nobody_takes_raises_an_alert() {
    let w = watching().await;
    w.only_rule(json!({"source": "WORKER"})).await;
    assert_eq!(w.raised().await, [], "nobody ever worked");
    w.sql("insert into commandbus.worker (name, domain, build) values ('plans-1', 'plans', 'w1'), ('plans-2', 'plans', 'w1'), ('tickets-1', 'tickets', 'w1')");
    w.sql("update commandbus.worker set heartbeat_at = heartbeat_at - interval '2 hours' where name = 'plans-1'");
    assert_eq!(w.raised().await, [], "another one is there");
    w.sql("update commandbus.worker set stopped_at = clock_timestamp() where name = 'plans-2'");
    let silent = |state: &str| alert("domain:plans", "No worker of plans is heard from", 1, state);
    assert_eq!(w.raised().await, [silent("OPEN")]);
    w.sql("update commandbus.worker set heartbeat_at = clock_timestamp() where name = 'plans-1'");
    assert_eq!(w.raised().await, [silent("CLOSED")]);

    w.only_rule(json!({"source": "QUEUE", "threshold": 5000})).await;
    let command = "insert into commandbus.command (tenant_id, command_id, domain, command_type, queue_name, status, max_attempts, correlation_id, visible_at)
        values ('00000000-0000-0000-0000-00000000000a', gen_random_uuid(), 'plans', 'IngestPlan', 'plans__commands', 'PENDING', 3, gen_random_uuid(), clock_timestamp()";
    w.sql(&format!("{command} - interval '80 minutes')"));
    w.sql(&format!("{command} + interval '9 hours')"));
    assert_eq!(w.raised().await.len(), 1, "4,800 seconds are not more than 5,000, and what is for later does not wait");
    w.sql(&format!("{command} - interval '2 hours')"));
    let raised = w.raised().await;
    let (subject, title, seconds, state) = &raised[1];
    assert_eq!(
        (subject.as_str(), title.as_str(), state.as_str()),
        ("domain:plans", "Commands of plans wait and nobody takes them", "OPEN")
    );
    assert!((7200..7300).contains(seconds), "{seconds}");
}

#[tokio::test(flavor = "multi_thread")]
async fn commands_that_fail_alike_or_more_than_before_raise_an_alert() {
    const ALL: &str = "00000000-0000-0000-0000-000000000000";
    let w = watching().await;
    let group = w.sql("insert into triage.failure_group (fingerprint, error_code, title) values ('01aaaaaaaaaaaaaa', 'QUOTA', 'quota used up') returning id");
    w.sql(&format!(
        "insert into triage.group_count (group_id, scope, state, error_code, open, first_seen, last_seen) values ({group}, '{ALL}', 'NEW', 'QUOTA', 3, now(), now())"
    ));
    w.only_rule(json!({"source": "GROUP", "group": group.parse::<i64>().expect("an id"), "threshold": 3})).await;
    assert_eq!(w.raised().await, []);
    w.sql("update triage.group_count set open = 4");
    let wait = |state: &str| alert(&format!("group:{group}"), "Failures of QUOTA wait: quota used up", 4, state);
    assert_eq!(w.raised().await, [wait("OPEN")]);
    w.sql("update triage.group_count set open = 0");
    assert_eq!(w.raised().await, [wait("CLOSED")]);

    w.only_rule(json!({"source": "ARRIVALS", "condition": "TIMES", "factor": 2, "threshold": 10})).await;
    let failed = |many: u32, ago: &str| {
        w.sql(&format!(
            "insert into triage.queue_slice (scope, slice, count) values ('{ALL}', date_bin('5 minutes', clock_timestamp() - interval '{ago}', 'epoch'), {many})"
        ))
    };
    failed(10, "90 minutes");
    failed(19, "10 minutes");
    assert_eq!(w.raised().await.len(), 1, "not twice as many as before");
    failed(1, "20 minutes");
    assert_eq!(w.raised().await[1], alert("", "Commands fail", 20, "OPEN"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_broken_audit_chain_raises_an_alert_that_names_the_link() {
    let w = watching().await;
    w.only_rule(json!({"source": "AUDIT"})).await;
    let verified = |bad: &str| w.sql(&format!("insert into audit.verification (links, took_ms, bad_seq) values (9, 1, {bad})"));
    verified("null");
    assert_eq!(w.raised().await, []);
    verified("7");
    assert_eq!(w.raised().await, [alert("", "The audit chain is broken at link 7", 1, "OPEN")]);
}

#[tokio::test(flavor = "multi_thread")]
async fn rules_that_were_saved_before_and_said_what_is_not_so_are_put_right() {
    let w = watching().await;
    w.sql("delete from ops.alert_rule");
    w.sql(
        "insert into ops.alert_rule (name, source, condition, window_secs, severity, saved_by)
           select r.*, 'INFO', 'Anna Roth' from (values ('a', 'ARRIVALS', 'ABSENT', 300), ('b', 'ARRIVALS', 'ABOVE', 300), ('c', 'FRONTEND', 'ABSENT', 86400),
             ('d', 'FRONTEND', 'TIMES', 86400), ('e', 'RUN', 'TIMES', 86400)) r",
    );
    let migration = include_str!("../../crates/store/migrations/0037_absence.sql");
    let (_, rows) = migration.split_once("-- Rules that could be saved").expect("the part about rows");
    w.sql(&format!("set role ops_owner; --{rows}"));
    let rules = w.sql("select string_agg(name || ' ' || enabled || ' ' || window_secs, ', ' order by name) from ops.alert_rule");
    assert_eq!(rules, "a false 300, b true 300, c true 86400, d true 43200, e true 86400");
    assert_eq!(w.sql("select relforcerowsecurity from pg_class where oid = 'ops.alert_rule'::regclass"), "t");
}
