//! How far a support bundle goes: each cap holds, the manifest says what it left out, and whatever fails or takes too long, the rest is
//! there.

mod door;

use door::{Anna, Dir, Door, door};
use flate2::read::GzDecoder;
use gate::Token;
use logs::{Logs, Source};
use serde_json::{Value, json};
use server::bundle::{Limits, Taking, take};
use std::{fs, io::Read, sync::Arc, time::Duration};

/// A console with two logs: one of a thousand lines, and one of two.
struct Console {
    door: Door,
    anna: Anna,
    dir: Dir,
}

const MANY: usize = 1_000;

fn line(n: usize) -> String {
    format!("2026-11-26T10:00:00Z INFO line {n:04}\n")
}

async fn console(name: &str) -> Console {
    let door = door().await;
    let anna = door.enrolled().await;
    let dir = Dir::new(&format!("bundle-{name}"));
    fs::write(dir.join("many.log"), (0..MANY).map(line).collect::<String>()).expect("written");
    fs::write(dir.join("few.log"), (0..2).map(line).collect::<String>()).expect("written");
    Console { door, anna, dir }
}

impl Console {
    /// A bundle within these limits, as its reader gets it.
    async fn bundle(&self, limits: Limits) -> Value {
        self.bundle_of("many", limits).await
    }

    /// The same, where the larger log is the files of this pattern.
    async fn bundle_of(&self, many: &str, limits: Limits) -> Value {
        let of = |name: &str, file: &str| format!("{name}=file:{}", self.dir.join(&format!("{file}.log")).display());
        let sources = Source::parse_all(&[of("many", many), of("few", "few")].join(",")).expect("sources");
        let token = self.anna.cookie.split_once('=').and_then(|(_, token)| Token::parse(token)).expect("a token");
        let mut body = take(Taking {
            gate: self.door.gate.clone(),
            token,
            logs: Arc::new(Logs::new(sources)),
            now: server::edge::now(),
            console: "http://127.0.0.1:3000".to_owned(),
            settings: json!({"settings": []}),
            key: [7; 32],
            limits,
        });
        let (mut packed, mut text) = (Vec::new(), String::new());
        while let Some(piece) = body.recv().await {
            packed.extend_from_slice(&piece.expect("a piece"));
        }
        GzDecoder::new(packed.as_slice()).read_to_string(&mut text).expect("unpacked");
        serde_json::from_str(&text).expect("whole, whatever was left out")
    }
}

/// What the manifest says of a part.
fn listed<'a>(bundle: &'a Value, name: &str) -> &'a Value {
    bundle["manifest"].as_array().expect("a manifest").iter().find(|part| part["name"] == name).unwrap_or_else(|| panic!("no {name}"))
}

/// The lines of a log in it.
fn lines(bundle: &Value, name: &str) -> Vec<String> {
    let part = bundle["collectors"].as_array().expect("parts").iter().find(|part| part["name"] == name).expect("the part");
    part["data"].as_array().expect("lines").iter().map(|line| line["message"].as_str().expect("a text").to_owned()).collect()
}

fn numbers(range: std::ops::Range<usize>) -> Vec<String> {
    range.map(|n| format!("line {n:04}")).collect()
}

const PARTS: usize = 9;

#[tokio::test(flavor = "multi_thread")]
async fn of_a_log_with_too_many_lines_the_last_are_taken_and_the_manifest_says_so() {
    let console = console("lines").await;
    let bundle = console.bundle(Limits { lines: 100, ..Limits::default() }).await;
    let many = listed(&bundle, "logs many");
    assert_eq!((&many["status"], &many["lines"]), (&json!("cut"), &json!(100)), "{many}");
    assert_eq!(many["said"], json!(["Older lines were left out: not more than 100 of a log are taken."]));
    assert_eq!(lines(&bundle, "logs many"), numbers(900..1_000));
    let few = listed(&bundle, "logs few");
    assert_eq!((&few["status"], &few["said"]), (&json!("ok"), &json!([])), "{few}");
    // What fits to the last line is whole.
    for (most, status) in [(MANY, "ok"), (MANY - 1, "cut")] {
        let bundle = console.bundle(Limits { lines: most as u64, ..Limits::default() }).await;
        assert_eq!(listed(&bundle, "logs many")["status"], status, "{most}");
    }
    // Those that were rotated are lines of the log as well.
    fs::rename(console.dir.join("few.log"), console.dir.join("few.log.1")).expect("rotated");
    fs::write(console.dir.join("few.log"), line(2)).expect("written");
    for (most, status) in [(3, "ok"), (2, "cut"), (1, "cut")] {
        let bundle = console.bundle(Limits { lines: most, ..Limits::default() }).await;
        assert_eq!(listed(&bundle, "logs few")["status"], status, "{most}");
        assert_eq!(lines(&bundle, "logs few").len() as u64, most);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn of_a_log_with_too_many_bytes_the_last_are_taken_and_the_manifest_says_so() {
    let console = console("bytes").await;
    let bytes = line(0).len() as u64;
    let bundle = console.bundle(Limits { bytes: 50 * bytes + 3, ..Limits::default() }).await;
    let many = listed(&bundle, "logs many");
    assert_eq!((&many["status"], &many["lines"]), (&json!("cut"), &json!(50)), "{many}");
    assert!(many["said"][0].as_str().is_some_and(|said| said.contains(&format!("not more than {} bytes", 50 * bytes + 3))), "{many}");
    assert_eq!(lines(&bundle, "logs many"), numbers(950..1_000), "no half of a line");
    assert_eq!(listed(&bundle, "logs few")["status"], "ok");
    assert_eq!(bundle["collectors"].as_array().map(Vec::len), Some(PARTS));
}

#[tokio::test(flavor = "multi_thread")]
async fn all_logs_together_have_a_cap_and_what_is_one_value_has_one() {
    let console = console("together").await;
    fs::write(console.dir.join("few.log"), (0..100).map(line).collect::<String>()).expect("written");
    // A log takes a quarter of what is left, because JSON may write four bytes for one; the next has what is left of all as it was written.
    let (most, long) = (4 * (40 * line(0).len() as u64 + 3), line(0).len() as u64);
    let bundle = console.bundle(Limits { logs: most, ..Limits::default() }).await;
    let bytes = |bundle: &Value, name: &str| listed(bundle, name)["bytes"].as_u64().expect("a number");
    let next = usize::try_from((most - bytes(&bundle, "logs many")) / 4 / long).expect("few");
    assert!((15..40).contains(&next), "{next}");
    for (name, taken) in [("logs many", numbers(960..1_000)), ("logs few", numbers(100 - next..100))] {
        assert_eq!(lines(&bundle, name), taken);
        assert_eq!(listed(&bundle, name)["status"], "cut", "{name}");
    }
    assert!(bytes(&bundle, "logs many") + bytes(&bundle, "logs few") <= most, "as they are written");
    // What is one value is taken whole or not at all: half of it would say something else.
    let bundle = console.bundle(Limits { value: 20, ..Limits::default() }).await;
    let context = listed(&bundle, "context");
    assert_eq!((&context["status"], &context["bytes"]), (&json!("cut"), &json!("null".len())), "{context}");
    assert!(context["said"][0].as_str().is_some_and(|said| said.ends_with("and not more than 20 are taken.")), "{context}");
    assert_eq!(listed(&bundle, "settings")["status"], "ok", "it has fewer");
    assert_eq!(lines(&bundle, "logs many").len(), MANY, "logs have their own cap");
}

#[tokio::test(flavor = "multi_thread")]
async fn many_short_lines_take_no_more_than_the_cap_in_the_bundle_either() {
    const MOST: u64 = 20_000;
    let console = console("short").await;
    let short =
        |name: String| fs::write(console.dir.join(&name), (0..MANY).map(|n| format!("{n}\n")).collect::<String>()).expect("written");
    short("many.log".to_owned());
    let limits = Limits { logs: MOST, ..Limits::default() };
    let bundle = console.bundle(limits).await;
    let many = listed(&bundle, "logs many");
    // 3,890 bytes of text, and ten times as many in the document.
    assert!(many["status"] == "cut" && many["bytes"].as_u64().is_some_and(|bytes| bytes <= MOST), "{many}");
    let taken = lines(&bundle, "logs many");
    assert!(taken.len() > 100 && taken == (MANY - taken.len()..MANY).map(|n| n.to_string()).collect::<Vec<_>>(), "the last: {taken:?}");
    assert_eq!(many["said"], json!([format!("Older lines were left out: not more than {} of a log are taken.", taken.len())]));
    assert_eq!(listed(&bundle, "logs few")["status"], "ok", "there is room for it");
    // A log of many files has the lines of each; what does not fit after all is not written.
    for n in 0..8 {
        short(format!("many-{n}.log"));
    }
    let bundle = console.bundle_of("many*", limits).await;
    let many = listed(&bundle, "logs many");
    assert!(many["status"] == "cut" && many["bytes"].as_u64().is_some_and(|bytes| bytes <= MOST), "{many}");
    assert!(many["said"].to_string().contains("Newer lines were left out: all logs together have not more than 20000 bytes."), "{many}");
    assert_eq!(many["lines"], lines(&bundle, "logs many").len());
}

#[tokio::test(flavor = "multi_thread")]
async fn what_takes_too_long_is_left_and_the_bundle_is_whole() {
    let console = console("time").await;
    let bundle = console.bundle(Limits { longest: Duration::ZERO, ..Limits::default() }).await;
    let many = listed(&bundle, "logs many");
    assert_eq!(many["status"], "timed_out", "{many}");
    assert!(many["said"][0].as_str().is_some_and(|said| said.contains("a log is read for 0 s")), "{many}");
    let context = listed(&bundle, "context");
    assert_eq!((&context["status"], &context["said"]), (&json!("timed_out"), &json!(["It did not answer within 0 s."])));
    assert_eq!(listed(&bundle, "settings")["status"], "ok", "there is nothing to wait for");
    assert_eq!((bundle["manifest"].as_array().map(Vec::len), bundle["collectors"].as_array().map(Vec::len)), (Some(PARTS), Some(PARTS)));
    // In time, the same is read to its end.
    let bundle = console.bundle(Limits::default()).await;
    assert_eq!((&listed(&bundle, "logs many")["status"], lines(&bundle, "logs many").len()), (&json!("ok"), MANY));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_collector_that_fails_stops_no_other() {
    let console = console("fails").await;
    // A view in the middle, and a log in the middle.
    console.door.sql("alter table ops.deploy rename to gone");
    fs::remove_file(console.dir.join("many.log")).expect("removed");
    let bundle = console.bundle(Limits::default()).await;
    let status = |name: &str| listed(&bundle, name)["status"].as_str().expect("a word").to_owned();
    for (name, wanted) in
        [("deploys", "failed"), ("logs many", "failed"), ("settings", "ok"), ("groups", "ok"), ("operations", "ok"), ("logs few", "ok")]
    {
        assert_eq!(status(name), wanted, "{name}: {}", listed(&bundle, name));
    }
    let said = &listed(&bundle, "logs many")["said"][0];
    assert!(said.as_str().is_some_and(|said| said.contains("many.log")), "{said}");
    let said = listed(&bundle, "deploys")["said"][0].as_str().expect("why").to_owned();
    assert!(!said.is_empty() && !said.contains("ops.deploy"), "no words of the database: {said}");
    assert_eq!(lines(&bundle, "logs few"), numbers(0..2));
}
