//! The snapshot of the console, worst first.

use super::{Paint, words};
use actions::views::context::{ContextOutput, value, worst_first};
use domain::{PartStatus, human_millis};

pub fn context(context: &ContextOutput, paint: Paint) -> String {
    let mut text = format!("{}\n", mark(context.status, paint));
    for part in worst_first(&context.parts) {
        let whose = part.tenant.as_ref().map_or_else(String::new, |tenant| format!(" of {tenant}"));
        let read = part.at.map_or_else(|| "never".to_owned(), |_| format!("{} ago", human_millis(part.age_ms)));
        let place = if part.server.is_empty() { read } else { format!("{read} by {}", part.server) };
        text.push_str(&format!("\n{}  {}{whose}  {}\n", mark(part.status, paint), paint.bold(&part.name), paint.dim(&place)));
        if !part.why.is_empty() {
            text.push_str(&format!("  {}\n", part.why));
        }
        let widest = part.observed.iter().map(|fact| fact.name.chars().count()).max().unwrap_or_default().min(44);
        for fact in &part.observed {
            text.push_str(&format!("  {:widest$}  {}\n", fact.name, value(fact)));
        }
    }
    if context.left_out > 0 {
        text.push_str(&format!("\n{} left out: there are more than a snapshot holds.\n", words::count(context.left_out, false, "fact")));
    }
    text
}

fn mark(status: PartStatus, paint: Paint) -> String {
    match status {
        PartStatus::Pass => paint.good("✓ pass"),
        PartStatus::Warn => paint.warn("! warn"),
        PartStatus::Fail => paint.bad("✗ fail"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn what_fails_comes_first_and_says_why() {
        let part = |name: &str, status: &str, why: &str| {
            json!({"section": "components", "name": name, "status": status, "why": why, "source": "a query",
            "server": "host:3000", "tenant": null, "at": "2026-11-21T10:00:00Z", "age_ms": 1200, "took_ms": 3,
            "observed": [{"name": "size", "number": 1_610_612_736_i64, "unit": "bytes"}]})
        };
        let context: ContextOutput = serde_json::from_value(json!({"now": "2026-11-21T10:00:00Z", "version": "1", "status": "fail",
            "parts": [part("database", "pass", ""), part("disk", "fail", "The data directory is gone.")]}))
        .expect("a snapshot");
        let text = super::context(&context, Paint(false));
        assert!(
            text.starts_with(
                "✗ fail\n\n✗ fail  disk  1.2 s ago by host:3000\n  The data directory is gone.\n  size  1.5 GB\n\n✓ pass  database"
            ),
            "{text}"
        );
    }
}
