//! Support bundles: taken from the console, and looked into without one.

mod diff;
mod read;

use crate::{
    args::{self, BundlePart},
    client::Client,
    export,
    failure::Failure,
    print::{self, Paint, table::table},
    terminal::Terminal,
};
use actions::views::support_bundle::{SupportBundle, SupportBundleOutput};
use domain::human_bytes;
use read::{Found, Opened};
use serde_json::json;
use std::io;

/// What needs a console.
pub fn take(words: &args::Bundle, client: &Client, terminal: Terminal) -> Result<(), Failure> {
    if words.preview {
        return terminal.answer::<SupportBundleOutput>(client.view(&SupportBundle::default())?, print::logs::preview);
    }
    if terminal.live {
        let words = "A bundle is a compressed file: opsctl bundle > bundle.json.gz. What would be in it: opsctl bundle --preview";
        return Err(Failure::Usage(words.to_owned()));
    }
    export::copy(client.download("/api/ops/support-bundle")?, io::stdout().lock())
}

/// What needs none.
pub fn look(part: &BundlePart, terminal: Terminal) -> Result<(), Failure> {
    match part {
        BundlePart::Inspect { file } => inspect(&read::open(file)?, terminal),
        BundlePart::Diff { before, after } => {
            let lines = diff::diff(&read::open(before)?, &read::open(after)?);
            if terminal.json { terminal.json(&json!(lines)) } else { terminal.write(&diff::text(&lines, terminal.paint)) }
        }
    }
}

fn inspect(bundle: &Opened, terminal: Terminal) -> Result<(), Failure> {
    let bad = bundle.collectors.iter().filter(|one| !one.whole).count();
    if terminal.json {
        terminal.json(&json!({ "bundle": bundle.head, "redaction": bundle.redaction, "collectors": bundle.collectors.iter().map(Found::facts).collect::<Vec<_>>() }))?;
    } else {
        terminal.write(&text(bundle, terminal.paint))?;
    }
    if bad > 0 {
        return Err(Failure::Usage(format!("{bad} parts are not what the manifest says: the bundle was changed or damaged.")));
    }
    Ok(())
}

fn text(bundle: &Opened, paint: Paint) -> String {
    let word = |value: &serde_json::Value| value.as_str().map(print::clean_text).unwrap_or_default();
    let rows: Vec<Vec<String>> = bundle
        .collectors
        .iter()
        .map(|one| {
            let status = word(&one.listed["status"]);
            let status = if status == "ok" { paint.good(&status) } else { paint.warn(&status) };
            let sum = if one.whole { paint.good("fits") } else { paint.bad("DOES NOT FIT") };
            let said: Vec<String> = one.listed["said"].as_array().into_iter().flatten().map(word).collect();
            let lines = one.listed["lines"].as_u64().map(|lines| lines.to_string()).unwrap_or_default();
            let ms = one.listed["ms"].as_u64().map(|ms| format!("{ms} ms")).unwrap_or_default();
            vec![print::clean_text(&one.name), status, human_bytes(one.bytes), lines, ms, sum, said.join(" ")]
        })
        .collect();
    let head = format!("Bundle of {} at {}\n", word(&bundle.head["console"]), word(&bundle.head["made_at"]));
    let removed = print::clean_text(&bundle.redaction.to_string());
    paint.bold(&head)
        + &*table(paint, &["PART", "STATUS", "SIZE", "LINES", "TOOK", "SHA-256", "SAID"], &rows)
        + &*format!("Removed: {removed}\n")
}
