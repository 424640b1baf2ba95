//! The examples people are told to type are understood as meant, and slips end with 2.

use super::{
    ArtifactsPart, AuditPart, BulkPart, CheckPart, Cli, Command, DeployPart, GroupsPart, HeartbeatPart, SessionPart, TroubleshootingPart,
};
use clap::{CommandFactory, Parser};
use domain::JobStatus;

const JOB: &str = "01931f3c-7a10-7c3e-9b9e-2f6f1f0a1b2c";

fn typed(words: &[&str]) -> Command {
    Cli::try_parse_from(["opsctl"].iter().chain(words)).unwrap_or_else(|why| panic!("{why}")).command
}

fn slip(words: &[&str]) -> clap::Error {
    Cli::try_parse_from(["opsctl"].iter().chain(words)).expect_err("a slip")
}

#[test]
fn the_tree_of_commands_is_sound() {
    Cli::command().debug_assert();
}

#[test]
fn lists_take_their_filters() {
    let Command::Jobs(jobs) = typed(&["jobs", "--status", "failed", "--last", "1h"]) else { panic!() };
    assert_eq!((jobs.status, jobs.last.as_deref()), (Some(JobStatus::Failed), Some("1h")));

    let Command::FrontendLogs(logs) = typed(&["frontend-logs", "--since", "5m"]) else { panic!() };
    assert_eq!(logs.since.as_deref(), Some("5m"));

    let Command::Troubleshooting { part: TroubleshootingPart::List(list) } =
        typed(&["troubleshooting", "list", "--domain", "plans", "--type", "IngestPlan", "--until", "2026-11-21T10:00:00Z"])
    else {
        panic!()
    };
    assert_eq!((list.filter.domain.as_deref(), list.filter.command_type.as_deref()), (Some("plans"), Some("IngestPlan")));
}

#[test]
fn the_audit_lists_and_verifies() {
    let Command::Audit(audit) = typed(&["audit", "--my-actions", "--today"]) else { panic!() };
    assert!(audit.my_actions && audit.today && audit.part.is_none());
    let Command::Audit(audit) = typed(&["audit", "verify"]) else { panic!() };
    assert!(matches!(audit.part, Some(AuditPart::Verify)));
}

#[test]
fn a_session_is_started_with_its_facts() {
    let Command::Session { part: SessionPart::Start(start) } =
        typed(&["session", "start", "--tenant", "acme", "--ticket", "1234", "--reason", "Upload fails since noon"])
    else {
        panic!()
    };
    assert_eq!((start.tenant.as_str(), start.ticket.as_str(), start.minutes), ("acme", "1234", 60));
    assert_eq!(slip(&["session", "start", "--tenant", "acme", "--ticket", "1", "--reason", "x", "--minutes", "61"]).exit_code(), 2);
}

#[test]
fn jobs_are_compared_and_killed() {
    let Command::Compare(both) = typed(&["compare", JOB, "2", "3", "--step", "wall_detection"]) else { panic!() };
    assert_eq!((both.first, both.second, both.step.as_deref()), (Some(2), Some(3), Some("wall_detection")));
    let Command::Compare(both) = typed(&["compare", JOB]) else { panic!() };
    assert_eq!((both.first, both.second), (None, None));
    let Command::Kill(kill) = typed(&["kill", JOB, "--force", "--dry-run"]) else { panic!() };
    assert!(kill.force && kill.why.dry_run);
    let Command::ShowPipeline(long) = typed(&["show-pipeline", JOB, "--from", "7001"]) else { panic!() };
    assert_eq!(long.from, Some(7_001));
}

#[test]
fn deeds_take_input_and_rehearsal() {
    let Command::Reprocess(again) = typed(&["reprocess", JOB, "--from-step", "wall_detection", "--memory", "1G", "--dry-run"]) else {
        panic!()
    };
    assert_eq!((again.job.as_str(), again.from_step.as_str(), again.memory.as_deref()), (JOB, "wall_detection", Some("1G")));
    assert!(again.why.dry_run && again.params.is_none());

    let Command::Troubleshooting { part: TroubleshootingPart::Cancel(cancel) } =
        typed(&["troubleshooting", "cancel", JOB, "--because", "Sent twice"])
    else {
        panic!()
    };
    assert_eq!(cancel.because, "Sent twice");

    let Command::Troubleshooting { part: TroubleshootingPart::Retry(retry) } = typed(&["--json", "tsq", "retry", JOB, "--keep-attempts"])
    else {
        panic!()
    };
    assert!(retry.keep_attempts && !retry.why.dry_run);

    let Command::Troubleshooting { part: TroubleshootingPart::Complete(done) } =
        typed(&["troubleshooting", "complete", JOB, "--result", r#"{"rooms": 12}"#])
    else {
        panic!()
    };
    assert_eq!(done.result.as_deref(), Some(r#"{"rooms": 12}"#));
}

#[test]
fn a_bulk_is_previewed_started_and_steered() {
    let Command::Bulk { part: BulkPart::Preview(seen) } = typed(&["bulk", "preview", "--code", "OUT_OF_MEMORY", "--since", "24h"]) else {
        panic!()
    };
    assert_eq!((seen.filter.code.as_deref(), seen.filter.since.as_deref()), (Some("OUT_OF_MEMORY"), Some("24h")));
    let Command::Bulk { part: BulkPart::Start(start) } = typed(&["bulk", "start", "7b.ab", "--rate", "200", "--no-canary", "--dry-run"])
    else {
        panic!()
    };
    assert_eq!((start.token.as_str(), start.rate, start.no_canary, start.halt_percent), ("7b.ab", 200, true, 10));
    let Command::Bulk { part: BulkPart::Show(show) } = typed(&["bulk", "show", JOB, "--state", "failed"]) else { panic!() };
    assert_eq!(show.state, Some(domain::ItemState::Failed));
    let Command::Bulk { part: BulkPart::Resume(one) } = typed(&["bulk", "resume", JOB, "--reason", "The worker has more memory"]) else {
        panic!()
    };
    assert_eq!((one.operation.as_str(), one.why.dry_run), (JOB, false));
    for words in
        [&["bulk", "start", "t", "--rate", "0"][..], &["bulk", "start", "t", "--halt-percent", "101"], &["bulk", "list", "--state", "lost"]]
    {
        assert_eq!(slip(words).exit_code(), 2, "{words:?}");
    }
}

#[test]
fn a_group_is_triaged_with_what_goes_with_its_state() {
    let Command::Groups { part: GroupsPart::List(list) } = typed(&["groups", "list", "--state", "snoozed", "--order", "size"]) else {
        panic!()
    };
    assert_eq!((list.state.as_deref(), list.order.as_deref()), (Some("SNOOZED"), Some("size")));
    let Command::Groups { part: GroupsPart::Triage(triage) } =
        typed(&["groups", "triage", "12", "snoozed", "--until", "4h", "--per-hour", "100", "--note", "Vendor"])
    else {
        panic!()
    };
    assert_eq!(
        (triage.group, triage.to, triage.until.as_deref(), triage.per_hour),
        (12, domain::GroupState::Snoozed, Some("4h"), Some(100))
    );
    for words in [
        &["groups", "triage", "12", "gone"][..],
        &["groups", "list", "--state", "open"],
        &["groups", "triage", "12", "snoozed", "--more", "0"],
    ] {
        assert_eq!(slip(words).exit_code(), 2, "{words:?}");
    }
}

#[test]
fn what_is_watched_is_typed_in_full() {
    let Command::Check { part: CheckPart::Save(save) } = typed(&[
        "check",
        "save",
        "Shop",
        "--kind",
        "http",
        "--target",
        "https://shop.example",
        "--pointer",
        "/a",
        "--equals",
        "1",
        "--dry-run",
    ]) else {
        panic!()
    };
    assert!(save.kind == domain::CheckKind::Http && save.why.dry_run && save.equals.as_deref() == Some("1"));
    let Command::Heartbeat { part: HeartbeatPart::Add { cron, zone, .. } } =
        typed(&["heartbeat", "add", "Nightly", "--cron", "30 3 * * *", "--zone", "Europe/Vienna"])
    else {
        panic!()
    };
    assert_eq!((cron.as_deref(), zone.as_deref()), (Some("30 3 * * *"), Some("Europe/Vienna")));
    let Command::Alerts(alerts) = typed(&["alerts"]) else { panic!() };
    assert!(alerts.part.is_none(), "the list");
    for words in [
        &["check", "save", "Shop", "--kind", "ping"][..],
        &["check", "save", "Shop", "--kind", "http", "--pointer", "/a"],
        &["heartbeat", "add", "Nightly"],
        &["checks", "--stands", "lost"],
        &["alerts", "save-rule", "x", "--source", "weather"],
    ] {
        assert_eq!(slip(words).exit_code(), 2, "{words:?}");
    }
}

#[test]
fn slips_are_named() {
    for (words, told) in [
        (&["jobs", "--last", "yesterday"][..], "yesterday"),
        (&["jobs", "--status", "broken"], "succeeded"),
        (&["reprocess", JOB, "--from-step", "s", "--memory", "lots"], "256M"),
        (&["reprocess", JOB, "--from-step", "s", "--params", "[1]"], "JSON object"),
        (&["troubleshooting", "cancel", JOB], "--because"),
        (&["audit", "--outcome", "fine"], "rehearsed"),
        (&["--url", "localhost:3000", "me"], "http://127.0.0.1:3000"),
    ] {
        let why = slip(words);
        assert_eq!(why.exit_code(), 2, "{words:?}");
        assert!(why.to_string().contains(told), "{why}");
    }
}

#[test]
fn every_command_shows_an_example_and_the_codes_are_documented() {
    fn walk(command: &clap::Command, path: &str) {
        for part in command.get_subcommands().filter(|part| part.get_name() != "help") {
            let path = format!("{path} {}", part.get_name());
            let help = part.get_after_help().map(ToString::to_string).unwrap_or_default();
            assert!(help.contains(&format!("{path} ")) || help.trim_end().ends_with(&path), "{path}: {help}");
            walk(part, &path);
        }
    }
    let cli = Cli::command();
    walk(&cli, "opsctl");
    let help = cli.get_after_help().expect("a footer").to_string();
    for code in 0..=8 {
        assert!(help.contains(&format!("\n  {code}  ")), "{code}");
    }
}

/// The manual is generated from the tables of actions and views: what it prints for a terminal is what one can type.
#[test]
fn every_line_of_the_manual_is_understood() {
    let manual = include_str!("../../../../docs/generated/actions.md");
    let lines: Vec<&str> = manual.split('`').filter(|code| code.starts_with("opsctl ")).collect();
    assert!(lines.len() >= 20, "{lines:?}");
    let filled = |word: &str| match word.trim_matches(['"', '\'']) {
        "{rate}" | "{halt_percent}" | "{group}" | "{more}" | "{per_hour}" | "{view}" | "{commands}" | "{first}" | "{second}" | "{from}"
        | "{check}" | "{maintenance}" | "{rule}" | "{alert}" | "{webhook}" | "{threshold}" | "{tail}" | "{deploy}" | "{event}" => {
            "10".to_owned()
        }
        "{kind}" => "http".to_owned(),
        "{minutes}" => "30".to_owned(),
        "{source}" => "waiting".to_owned(),
        "{since}" => "5m".to_owned(),
        "{level}" => "warn".to_owned(),
        "{at}" | "{starts}" | "{ends}" => "2026-11-21T10:00:00Z".to_owned(),
        "{git_sha}" => "0a1b2c3d".to_owned(),
        "{format}" => "csv".to_owned(),
        "{place}" => "jobs".to_owned(),
        "{to}" => "known".to_owned(),
        "{until}" => "4h".to_owned(),
        "{memory}" => "1G".to_owned(),
        "{result}" => "{}".to_owned(),
        field if field.starts_with('{') => JOB.to_owned(),
        word => word.to_owned(),
    };
    let wrong = |line: &&str| {
        let words: Vec<String> = line.split_whitespace().map(filled).collect();
        Cli::try_parse_from(&words).err().map(|why| format!("{line}: {why}"))
    };
    let wrong: Vec<String> = lines.iter().filter_map(wrong).collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn deploys_are_listed_shown_and_recorded() {
    assert!(matches!(typed(&["summary"]), Command::Summary));
    let Command::Deploys(list) = typed(&["deploys", "--service", "frontend"]) else { panic!() };
    assert_eq!(list.service.as_deref(), Some("frontend"));
    let Command::Deploy { part: DeployPart::Show { deploy } } = typed(&["deploy", "show", "12"]) else { panic!() };
    assert_eq!(deploy, 12);
    let Command::Deploy { part: DeployPart::Record(told) } = typed(&[
        "deploy",
        "record",
        "frontend",
        "b2",
        "--git-sha",
        "0a1b2c3d",
        "--at",
        "2026-11-21T10:00:00Z",
        "--link",
        "https://ci.example/7",
    ]) else {
        panic!()
    };
    assert_eq!((told.service.as_str(), told.build.as_str(), told.link.as_deref()), ("frontend", "b2", Some("https://ci.example/7")));
}

#[test]
fn artifacts_are_uploaded_listed_and_deleted() {
    let Command::Artifacts { part: ArtifactsPart::Upload(upload) } =
        typed(&["artifacts", "upload", "dist", "app_bg.wasm", "--build", "b2", "--tenant", "acme", "--dry-run"])
    else {
        panic!()
    };
    assert_eq!((upload.paths.len(), upload.build.as_str(), upload.tenant.as_deref()), (2, "b2", Some("acme")));
    assert!(upload.why.dry_run && upload.name.is_none());
    let Command::Artifacts { part: ArtifactsPart::List(list) } = typed(&["artifacts", "list", "--build", "b2"]) else { panic!() };
    assert_eq!(list.build.as_deref(), Some("b2"));
    let Command::Artifacts { part: ArtifactsPart::Delete(gone) } = typed(&["artifacts", "delete", "b2", "--name", "app.js"]) else {
        panic!()
    };
    assert_eq!((gone.build.as_str(), gone.name.as_deref()), ("b2", Some("app.js")));
    for words in [&["artifacts", "upload", "--build", "b2"][..], &["artifacts", "upload", "dist"], &["artifacts", "delete"]] {
        assert_eq!(slip(words).exit_code(), 2, "{words:?}");
    }
}
