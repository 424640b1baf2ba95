//! Logs and bundles from a terminal: what is asked, what a pipe gets, and a bundle looked into without a console.

use crate::{
    common::{Home, stderr, stdout},
    console,
};
use flate2::{Compression, write::GzEncoder};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use std::{io::Write, path::PathBuf};

fn answer() -> String {
    let line = |message: &str| json!({"ts": "2026-11-26T10:00:00Z", "level": "warn", "message": message});
    json!({"now": "2026-11-26T12:00:00Z", "services": [{"name": "backend", "kind": "file", "place": "/var/log/backend.log", "bytes": 12, "problem": null}], "lines": [line("slow"), line("evil\u{1b}[2J")], "cut": [], "removed": []}).to_string()
}

#[test]
fn a_pipe_gets_the_lines_as_an_array_and_plain_gets_them_as_they_are() {
    let console = console(|_| (200, answer()));
    let home = Home::new("logs").signed_in(&console);
    let out = home.run(&["logs", "backend", "--tail", "2", "--since", "5m", "--level", "warn", "--find", "a b"]);
    assert_eq!(out.status.code(), Some(0), "{}", stderr(&out));
    let lines: Value = serde_json::from_str(&stdout(&out)).expect("JSON");
    assert_eq!((lines.as_array().map(Vec::len), lines[0]["message"].as_str()), (Some(2), Some("slow")));
    assert_eq!(console.asked().last().expect("asked").path, "/api/v1/support/logs?find=a%20b&level=warn&service=backend&since=5m&tail=2");
    let out = home.run(&["logs", "backend", "--plain"]);
    assert!(stdout(&out).starts_with("slow\nevil") && !stdout(&out).contains('\u{1b}'), "{}", stdout(&out));
    let out = home.run(&["logs"]);
    assert!(stdout(&out).contains("backend") && stdout(&out).contains("can be read"), "{}", stdout(&out));
    assert_eq!(home.run(&["logs", "backend", "--level", "loud"]).status.code(), Some(2));
    assert_eq!(home.run(&["logs", "--follow"]).status.code(), Some(2), "whose?");
}

#[test]
fn what_browsers_reported_has_the_shape_of_a_log() {
    let group = |title: &str, at: &str| json!({"id": 1, "tenant": "01931f3c-7a10-7c3e-9b9e-000000000001", "tenant_name": "Acme", "fingerprint": "0", "kind": "error", "title": title, "route": "/cart", "count": 3, "first_seen": at, "last_seen": at, "first_build": "a", "last_build": "b", "spark": []});
    let groups = json!([group("newest", "2026-11-26T10:00:00Z"), group("older", "2026-11-26T09:00:00Z")]);
    let console = console(move |_| {
        (
            200,
            json!({"now": "2026-11-26T12:00:00Z", "groups": groups, "next": null, "events": [], "inside": false, "losses": []}).to_string(),
        )
    });
    let home = Home::new("logs-frontend").signed_in(&console);
    let out = home.run(&["logs", "frontend", "--since", "5m"]);
    let said: Value = serde_json::from_str(&stdout(&out)).expect("JSON");
    let entries: Vec<(&str, &str)> = said["entries"]
        .as_array()
        .expect("entries")
        .iter()
        .map(|one| (one["ts"].as_str().expect("ts"), one["message"].as_str().expect("message")))
        .collect();
    assert_eq!(entries, [("2026-11-26T09:00:00Z", "older"), ("2026-11-26T10:00:00Z", "newest")]);
    assert_eq!(console.asked().last().expect("asked").path, "/api/v1/support/frontend-logs?since=5m");
}

#[test]
fn following_prints_line_by_line_and_says_why_it_ended() {
    let told = "{\"ts\":null,\"level\":\"info\",\"message\":\"one\"}\n\n{\"left_out\":7}\n{\"over\":\"You are signed out.\"}\n";
    let console = console(move |_| (200, told.to_owned()));
    let home = Home::new("logs-follow").signed_in(&console);
    let out = home.run(&["logs", "backend", "--follow", "--tail", "1"]);
    let lines: Vec<Value> = stdout(&out).lines().map(|line| serde_json::from_str(line).expect("JSON")).collect();
    assert_eq!((lines[0]["message"].as_str(), lines[1]["left_out"].as_u64(), lines.len()), (Some("one"), Some(7), 2));
    assert!(stderr(&out).contains("You are signed out."), "{}", stderr(&out));
    assert_eq!(console.asked().last().expect("asked").path, "/api/ops/logs/follow?format=json&tail=1&service=backend");
}

/// A bundle as the console makes it.
fn bundle(home: &str, collectors: &[(&str, Value)]) -> PathBuf {
    let (mut parts, mut manifest) = (Vec::new(), Vec::new());
    for (name, data) in collectors {
        let data = data.to_string();
        let sum: String = Sha256::digest(data.as_bytes()).iter().map(|byte| format!("{byte:02x}")).collect();
        let lines = name.starts_with("logs ").then_some(1);
        manifest.push(json!({"name": name, "status": "ok", "bytes": data.len(), "lines": lines, "ms": 1, "sha256": sum, "said": []}));
        parts.push(format!("{{\"name\":{},\"data\":{data},\"status\":\"ok\"}}", json!(name)));
    }
    let text = format!(
        "{{\"bundle\":{{\"console\":\"c\",\"made_at\":\"t\"}},\"collectors\":[{}],\"redaction\":{{}},\"manifest\":{}}}",
        parts.join(","),
        json!(manifest)
    );
    let path = std::env::temp_dir().join(format!("{home}-{}.json.gz", std::process::id()));
    let mut packed = GzEncoder::new(std::fs::File::create(&path).expect("a file"), Compression::fast());
    packed.write_all(text.as_bytes()).expect("written");
    packed.finish().expect("packed");
    path
}

#[test]
fn a_bundle_is_looked_into_and_compared_without_a_console() {
    let home = Home::new("bundle");
    let logs = |n: usize| json!(vec![json!({"ts": null, "level": "error", "message": "no answer"}); n]);
    let before = bundle("before", &[("settings", json!({"listen": "a", "now": 1})), ("logs shop", logs(1))]);
    let after = bundle("after", &[("settings", json!({"listen": "b", "now": 2, "site": "s"})), ("logs shop", logs(3))]);
    let (first, second) = (before.to_str().expect("a path"), after.to_str().expect("a path"));
    let out = home.run(&["bundle", "inspect", first]);
    assert_eq!(out.status.code(), Some(0), "{}", stderr(&out));
    assert!(stdout(&out).contains("settings") && stdout(&out).contains("fits"), "{}", stdout(&out));
    let out = home.run(&["bundle", "diff", first, second, "--json"]);
    let found: Value = serde_json::from_str(&stdout(&out)).expect("JSON");
    let paths: Vec<&str> = found.as_array().expect("a list").iter().map(|one| one["path"].as_str().expect("a path")).collect();
    assert_eq!(paths, ["error: no answer", "lines.error", "listen", "site"]);
    assert!(stdout(&home.run(&["bundle", "diff", first, first])).contains("Nothing differs"));
    // One byte of a part is another: the sum no longer fits. Half a file is none.
    let whole = std::fs::read(&before).expect("read");
    std::fs::write(&after, &whole[..whole.len() / 2]).expect("written");
    assert!(stderr(&home.run(&["bundle", "inspect", second])).contains("not a whole support bundle"));
    let changed = bundle("changed", &[("settings", json!({"listen": "a"}))]);
    let mut text = String::new();
    std::io::Read::read_to_string(&mut flate2::read::GzDecoder::new(std::fs::File::open(&changed).expect("a file")), &mut text)
        .expect("unpacked");
    let mut packed = GzEncoder::new(std::fs::File::create(&changed).expect("a file"), Compression::fast());
    packed.write_all(text.replacen("\"a\"", "\"z\"", 1).as_bytes()).expect("written");
    packed.finish().expect("packed");
    let out = home.run(&["bundle", "inspect", changed.to_str().expect("a path")]);
    assert!(out.status.code() != Some(0) && stdout(&out).contains("DOES NOT FIT"), "{}", stdout(&out));
    for path in [before, after, changed] {
        std::fs::remove_file(path).expect("removed");
    }
}

#[test]
fn a_bundle_goes_to_standard_output_as_it_comes() {
    let console = console(|asked| {
        match asked.path.as_str() {
        "/api/ops/support-bundle" => (200, "packed".to_owned()),
        _ => (200, json!({"now": "2026-11-26T12:00:00Z", "collectors": [{"name": "health", "what": "w", "bytes": null, "most": 1024, "problem": null}]}).to_string()),
    }
    });
    let home = Home::new("bundle-take").signed_in(&console);
    assert_eq!(stdout(&home.run(&["bundle"])), "packed");
    let out = home.run(&["bundle", "--preview"]);
    assert!(stdout(&out).contains("health"), "{}{}", stdout(&out), stderr(&out));
    assert_eq!(console.asked().last().expect("asked").path, "/api/v1/support/support-bundle");
}
