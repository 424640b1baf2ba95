//! What browsers report by themselves to an endpoint of the Reporting API: crashes, and what a page's own policies kept it from. Nobody
//! else can say that a page ran out of memory. Without sessions and numbers; what a browser does not deliver is not known. Browsers
//! deliver these from pages that come by HTTPS; what a policy's older `report-uri` sends, one violation at a time, is read as well.
//! <https://w3c.github.io/reporting/>, <https://w3c.github.io/webappsec-csp/#deprecated-serialize-violation>

use super::{
    From, event,
    names::{BUILD, browser, name},
};
use gate::{Batch, Event};
use serde::Deserialize;
use serde_json::{Map, Value};

/// Most reports of a delivery that are taken.
const MOST: usize = 50;
const CRASH: u8 = 4;
const POLICY: u8 = 5;
const DEPRECATION: u8 = 6;

/// Unknown fields are ignored.
#[derive(Deserialize)]
struct Report {
    #[serde(default, rename = "type")]
    of: String,
    #[serde(default)]
    url: String,
    #[serde(default)]
    body: Value,
}

/// What may come: reports, or one violation in the older form, whose names are written with hyphens.
#[derive(Deserialize)]
#[serde(untagged)]
enum Delivery {
    Reports(Vec<Report>),
    Violation {
        #[serde(rename = "csp-report")]
        of: Map<String, Value>,
    },
}

impl Delivery {
    fn reports(self) -> Vec<Report> {
        match self {
            Self::Reports(reports) => reports,
            Self::Violation { of } => vec![violation(of)],
        }
    }
}

fn violation(mut of: Map<String, Value>) -> Report {
    const NAMES: [(&str, &str); 7] = [
        ("violated-directive", "effectiveDirective"),
        ("effective-directive", "effectiveDirective"),
        ("blocked-uri", "blockedURL"),
        ("disposition", "disposition"),
        ("source-file", "sourceFile"),
        ("line-number", "lineNumber"),
        ("column-number", "columnNumber"),
    ];
    let url = of.get("document-uri").and_then(Value::as_str).unwrap_or_default().to_owned();
    let body = NAMES.into_iter().filter_map(|(old, new)| Some((new.to_owned(), of.remove(old)?))).collect();
    Report { of: "csp-violation".to_owned(), url, body: Value::Object(body) }
}

pub(super) fn batch(body: &[u8], from: &From<'_>) -> serde_json::Result<Batch> {
    let reports = serde_json::from_slice::<Delivery>(body)?.reports();
    Ok(Batch {
        tenant: from.facts.tenant,
        build: name(&from.keyed.b, BUILD),
        page_session: String::new(),
        number: None,
        remote: None,
        browser: browser(from.agent),
        fingerprint_version: i32::from(scrub::FINGERPRINT_VERSION),
        events: reports.iter().take(MOST).map(Report::event).collect(),
        losses: Vec::new(),
    })
}

impl Report {
    fn event(&self) -> Event {
        let (kind, message, stack) = match self.of.as_str() {
            "crash" => (CRASH, crashed(self.said("reason")).to_owned(), self.said("stack").to_owned()),
            "csp-violation" => (POLICY, self.blocked(self.said("effectiveDirective")), self.source()),
            "deprecation" | "intervention" => (DEPRECATION, self.said("message").to_owned(), self.source()),
            other => (POLICY, self.blocked(other), self.source()),
        };
        event(kind, &message, &stack, path(&self.url), "")
    }

    /// A text of the body.
    fn said(&self, name: &str) -> &str {
        self.body[name].as_str().unwrap_or_default()
    }

    /// Which rule kept the page from what; of an address only whose it is.
    fn blocked(&self, rule: &str) -> String {
        let what = match self.said("blockedURL") {
            "" => "something",
            url => origin(url),
        };
        let report_only = if self.said("disposition") == "report" { " (only reported)" } else { "" };
        format!("{rule} kept the page from {what}{report_only}")
    }

    /// Where in the page's code, as an engine writes a frame.
    fn source(&self) -> String {
        match self.said("sourceFile") {
            "" => String::new(),
            file => {
                format!("@{file}:{}:{}", self.body["lineNumber"].as_u64().unwrap_or(0), self.body["columnNumber"].as_u64().unwrap_or(0))
            }
        }
    }
}

fn crashed(reason: &str) -> &'static str {
    match reason {
        "oom" => "The page ran out of memory",
        "unresponsive" => "The page did not answer any more and was ended",
        _ => "The page crashed",
    }
}

/// `https://cdn.example` of an address; words such as `inline` and `eval` as they are.
fn origin(url: &str) -> &str {
    url.split_once("://").map_or(url, |(scheme, rest)| &url[..scheme.len() + 3 + rest.find(['/', '?', '#']).unwrap_or(rest.len())])
}

/// `/plans/7` of an address.
fn path(url: &str) -> &str {
    let rest = url.split_once("://").map_or(url, |(_, rest)| rest.find('/').map_or("/", |at| &rest[at..]));
    &rest[..rest.find(['?', '#']).unwrap_or(rest.len())]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(report: &str) -> Event {
        serde_json::from_str::<Report>(report).expect("a report").event()
    }

    #[test]
    fn crashes_say_why() {
        let oom = read(r#"{"type": "crash", "url": "https://shop.example/plans/7?q=1", "body": {"reason": "oom"}}"#);
        assert_eq!((oom.kind, oom.message.as_str(), oom.route.as_str()), ("crash", "The page ran out of memory", "/plans/7"));
        assert_eq!(read(r#"{"type": "crash", "url": "https://shop.example", "body": {}}"#).route, "/");
        assert_ne!(oom.fingerprint, read(r#"{"type": "crash", "url": "", "body": {"reason": "unresponsive"}}"#).fingerprint);
    }

    #[test]
    fn a_policy_is_grouped_by_its_rule_and_whom_it_kept_out() {
        let csp = |blocked: &str| {
            read(&format!(
                r#"{{"type": "csp-violation", "url": "https://shop.example/", "body": {{"effectiveDirective": "script-src-elem", "blockedURL": "{blocked}",
                    "disposition": "enforce", "sourceFile": "https://shop.example/app.js", "lineNumber": 3, "columnNumber": 9}}}}"#
            ))
        };
        let (a, b) = (csp("https://cdn.example/a.js?token=abcdef1234567890"), csp("https://cdn.example/b.js"));
        assert_eq!(a.message, "script-src-elem kept the page from https://cdn.example");
        assert_eq!(a.fingerprint, b.fingerprint);
        assert_ne!(a.fingerprint, csp("inline").fingerprint);
        assert_eq!((a.kind, a.stack.as_str()), ("policy", "@https://shop.example/app.js:3:9"));
    }

    #[test]
    fn a_violation_in_the_older_form_is_the_same() {
        let old = r#"{"csp-report": {"document-uri": "https://shop.example/plans?x=1", "effective-directive": "img-src", "violated-directive": "img-src 'self'",
            "blocked-uri": "https://cdn.example/a.png", "disposition": "report", "line-number": 3, "source-file": "https://shop.example/app.js"}}"#;
        let found = serde_json::from_str::<Delivery>(old).expect("a delivery").reports().remove(0).event();
        assert_eq!(found.message, "img-src kept the page from https://cdn.example (only reported)");
        assert_eq!((found.route.as_str(), found.stack.as_str()), ("/plans", "@https://shop.example/app.js:3:0"));
    }

    #[test]
    fn what_a_browser_makes_up_breaks_nothing() {
        for odd in [r#"{}"#, r#"{"type": "permissions-policy-violation", "body": null}"#, r#"{"type": "crash", "body": [1]}"#] {
            assert!(!read(odd).title.is_empty(), "{odd}");
        }
        let secret = read(r#"{"type": "deprecation", "body": {"message": "mail a.person@example.org", "sourceFile": "x"}}"#);
        assert!(secret.kind == "deprecation" && !secret.message.contains("a.person@"), "{}", secret.message);
    }
}
