//! What builds left, and what became of a file that was sent.

use super::{Paint, cut, table::table, words};
use actions::{deeds::upload_artifact::Uploaded, views::artifacts::ArtifactsOutput};
use domain::Receipt;

/// What became of a file.
pub enum Sent<'a> {
    Taken(&'a Receipt<Uploaded>),
    Refused(&'a str),
}

pub fn artifacts(list: &ArtifactsOutput, paint: Paint) -> String {
    if list.rows.is_empty() {
        return "No artifacts are kept. Upload those of a build: opsctl artifacts upload DIRECTORY --build BUILD\n".to_owned();
    }
    let rows: Vec<Vec<String>> = list
        .rows
        .iter()
        .map(|row| {
            vec![
                cut(&row.build, 40),
                row.name.clone(),
                row.kind.word().to_owned(),
                if row.lines { "files and lines" } else { "names only" }.to_owned(),
                words::bytes(row.size),
                words::bytes(row.kept),
                row.tenant.clone().unwrap_or_else(|| "all".to_owned()),
                words::ago(list.now, row.uploaded_at),
                row.uploaded_by.clone(),
                row.sha256.chars().take(12).collect(),
            ]
        })
        .collect();
    let heads = ["BUILD", "NAME", "KIND", "GIVES", "SIZE", "KEPT AS", "TENANT", "UPLOADED", "BY", "SHA-256"];
    let mut text = table(paint, &heads, &rows);
    if let Some(next) = list.next {
        text.push_str(&paint.dim(&format!("More: --before {next}")));
        text.push('\n');
    }
    text
}

/// One line of a file, and what has to be said besides.
pub fn sent(name: &str, sent: &Sent<'_>, paint: Paint) -> String {
    let receipt = match sent {
        Sent::Refused(why) => return format!("{} {}: {why}\n", paint.bad("not taken"), paint.bold(name)),
        Sent::Taken(receipt) => receipt,
    };
    let word = match (receipt.output.repeated, receipt.rehearsed) {
        (true, _) => paint.dim("there already"),
        (false, true) => paint.warn("would be taken"),
        (false, false) => paint.good("uploaded"),
    };
    let mut text = format!("{word} {}\n", paint.bold(name));
    for effect in &receipt.effects {
        text.push_str(&format!("  {effect}\n"));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn what_is_kept_and_what_was_sent() {
        let list: ArtifactsOutput = serde_json::from_value(json!({
            "now": "2026-11-21T10:00:00Z", "next": 7,
            "rows": [{"id": 7, "build": "b2", "name": "assets/app.js", "kind": "source-map", "sha256": "0a1b".repeat(16), "size": 2048,
                "kept": 1024, "lines": true, "uploaded_at": "2026-11-21T09:59:30Z", "uploaded_by": "Anna", "tenant": null}],
        }))
        .expect("a list");
        let text = artifacts(&list, Paint(false));
        assert!(text.contains("b2     assets/app.js  source-map  files and lines") && text.contains("--before 7"), "{text}");
        let receipt: Receipt<Uploaded> = serde_json::from_value(json!({
            "audit": 3, "rehearsed": false, "output": {"artifact": 7, "repeated": false, "lines": false}, "changes": [],
            "effects": ["app_bg.wasm has no debug information."],
        }))
        .expect("a receipt");
        assert_eq!(
            sent("app_bg.wasm", &Sent::Taken(&receipt), Paint(false)),
            "uploaded app_bg.wasm\n  app_bg.wasm has no debug information.\n"
        );
        let again = Receipt { output: Uploaded { repeated: true, ..receipt.output.clone() }, effects: Vec::new(), ..receipt };
        assert_eq!(sent("app_bg.wasm", &Sent::Taken(&again), Paint(false)), "there already app_bg.wasm\n");
        assert_eq!(sent("a.js", &Sent::Refused("This is no source map."), Paint(false)), "not taken a.js: This is no source map.\n");
    }
}
