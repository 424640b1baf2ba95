//! Doors that do not exist: ways of writing code that look harmless and break a promise (unescaped HTML, a second way to
//! begin a transaction, server code in pages, colours outside the palette). Dependencies are in `packages`.

use super::rust::code;
use super::{Breach, Source};

/// A pattern that may appear only where `allowed` says.
struct Door {
    law: &'static str,
    patterns: &'static [&'static str],
    why: &'static str,
    allowed: fn(&str) -> bool,
}

const DOORS: [Door; 6] = [
    Door {
        law: "inner-html",
        patterns: &["inner_html", "set_inner_html", "set_outer_html", "insert_adjacent_html"],
        why: "text is text: write it as a node and it is escaped",
        allowed: nowhere,
    },
    Door {
        law: "textarea",
        patterns: &["<textarea", "textarea("],
        why: "the text is a property, not content: use the one component that knows",
        allowed: |path| path == "app/src/components/safe_textarea.rs" || path.starts_with("crates/markup/"),
    },
    Door {
        law: "get-codec",
        patterns: &["GetUrl", "GetCbor"],
        why: "a server function answers POST only: a GET can be triggered from a foreign page and ends up in logs",
        allowed: nowhere,
    },
    Door {
        law: "view-types",
        patterns: &["leptos::view!", ".into_any()", "-> AnyView"],
        why: "every visitor downloads a copy of the renderer for each view with a type of its own: use `markup::view!`, which gives `Html`",
        allowed: |path| ["app/src/lib.rs", "app/src/shell.rs"].contains(&path) || path.starts_with("crates/markup/"),
    },
    Door { law: "unfinished", patterns: &["todo!(", "unimplemented!("], why: "finish it or take it out", allowed: nowhere },
    Door {
        law: "transaction",
        patterns: &["pool.begin", ".begin()", ".begin_with("],
        why: "only the gate (and the bus, for hosts) begins a transaction",
        allowed: |path| path.starts_with("crates/gate/") || path.starts_with("crates/bus/"),
    },
];

fn nowhere(_: &str) -> bool {
    false
}

pub fn breaches(source: &Source) -> Vec<Breach> {
    match source.extension() {
        "rs" => [in_rust(source), features(source)].concat(),
        "css" => colours(source),
        _ => Vec::new(),
    }
}

fn in_rust(source: &Source) -> Vec<Breach> {
    let code = code(&source.text);
    let mut found = Vec::new();
    for door in DOORS.iter().filter(|door| !(door.allowed)(&source.path)) {
        for (at, line) in code.lines().enumerate() {
            if let Some(pattern) = door.patterns.iter().find(|pattern| line.contains(**pattern)) {
                found.push(source.breach(at + 1, door.law, format!("`{pattern}`: {}", door.why)));
            }
        }
    }
    found
}

/// `cfg(feature` belongs into the one file of the app, once into each file of the actions, and into `scrub`.
fn features(source: &Source) -> Vec<Breach> {
    let code = code(&source.text);
    let uses = |line: &str| {
        line.contains("cfg(feature")
            || line.contains("cfg_attr(feature")
            || line.contains("cfg(not(feature")
            || line.contains("cfg(all(feature")
            || line.contains("cfg(any(feature")
    };
    let lines: Vec<usize> = code.lines().enumerate().filter(|(_, line)| uses(line)).map(|(at, _)| at + 1).collect();
    let anywhere = source.path == "app/src/api.rs" || source.path.starts_with("crates/scrub/");
    // The table and the lists of modules are about the whole server half, one line for each of its modules.
    let roots = ["lib.rs", "table.rs", "deeds/mod.rs", "views/mod.rs"].map(|name| format!("crates/actions/src/{name}"));
    let excused = match source.path.as_str() {
        _ if anywhere => lines.len(),
        path if roots.iter().any(|root| root == path) => lines.len(),
        path if path.starts_with("crates/actions/src/") => 1,
        _ => 0,
    };
    let why = "`cfg(feature` only in app/src/api.rs and once per file in crates/actions: put the server half into its own module";
    lines.into_iter().skip(excused).map(|line| source.breach(line, "cfg-feature", why)).collect()
}

fn colours(source: &Source) -> Vec<Breach> {
    if !source.path.starts_with("style/") || source.path == "style/tokens.css" {
        return Vec::new();
    }
    let text = without_comments(&source.text);
    let mut found = Vec::new();
    for (at, line) in text.lines().enumerate() {
        if let Some(literal) = colour(line) {
            let why = format!("`{literal}`: colours are named in style/tokens.css and used by name");
            found.push(source.breach(at + 1, "colour", why));
        }
    }
    found
}

fn without_comments(css: &str) -> String {
    let mut out = String::new();
    for (at, piece) in css.split("/*").enumerate() {
        let (comment, rest) = if at == 0 { ("", piece) } else { piece.split_once("*/").unwrap_or((piece, "")) };
        out.extend(comment.chars().filter(|c| *c == '\n'));
        out.push_str(rest);
    }
    out
}

/// The first colour literal of a line of CSS.
fn colour(line: &str) -> Option<&str> {
    let functions = ["oklch(", "oklab(", "rgb(", "rgba(", "hsl(", "hsla(", "hwb(", "lab(", "lch("];
    if let Some(name) =
        functions.iter().find(|name| line.match_indices(**name).any(|(at, _)| !line[..at].ends_with(|c: char| c.is_alphanumeric())))
    {
        return Some(name);
    }
    // Only in values: `#add` before a brace is a selector.
    let value = if line.contains('{') || line.contains(':') { line.split_once(':')?.1 } else { line };
    value.match_indices('#').find_map(|(at, _)| {
        let digits = value[at + 1..].bytes().take_while(u8::is_ascii_hexdigit).count();
        let ends = !value[at + 1 + digits..]
            .starts_with(|c: char| c.is_alphanumeric() || c == '-' || c == '_' || c == ')' && value[..at].ends_with("url("));
        (matches!(digits, 3 | 4 | 6 | 8) && ends).then(|| &value[at..=at + digits])
    })
}

#[cfg(test)]
mod tests {
    use super::super::planted::{file, laws};
    use super::*;

    fn of(path: &str, text: &str) -> Vec<&'static str> {
        laws(&breaches(&file(path, text)))
    }

    #[test]
    fn closed_doors_in_rust() {
        assert_eq!(of("app/src/pages/a.rs", "view! { <p inner_html=x/> }"), ["inner-html"]);
        assert_eq!(of("app/src/pages/a.rs", "view! { <textarea>{x}</textarea> }"), ["textarea"]);
        assert_eq!(of("app/src/components/safe_textarea.rs", "view! { <textarea prop:value=x/> }"), [] as [&str; 0]);
        assert_eq!(of("app/src/pages/a.rs", "#[server(input = GetUrl)]"), ["get-codec"]);
        assert_eq!(of("app/src/pages/a.rs", "fn a() -> AnyView { x.into_any() }"), ["view-types"]);
        assert_eq!(of("crates/bus/src/a.rs", "todo!()"), ["unfinished"]);
        assert_eq!(of("crates/store/src/a.rs", "let t = pool.begin().await;"), ["transaction"]);
        assert_eq!(of("crates/gate/src/a.rs", "let t = pool.begin().await;"), [] as [&str; 0]);
        assert_eq!(of("crates/store/src/a.rs", "// never inner_html\nlet a = \"todo!()\";"), [] as [&str; 0]);
    }

    #[test]
    fn features_in_their_places() {
        let once = "#[cfg(feature = \"server\")]\nmod server;\n";
        let twice = once.repeat(2);
        assert_eq!(of("app/src/pages/a.rs", once), ["cfg-feature"]);
        assert_eq!(of("app/src/api.rs", &twice), [] as [&str; 0]);
        assert_eq!(of("crates/actions/src/deeds/a.rs", once), [] as [&str; 0]);
        assert_eq!(of("crates/actions/src/deeds/a.rs", &twice), ["cfg-feature"]);
        assert_eq!(of("server/src/a.rs", "#[cfg(not(feature = \"x\"))]"), ["cfg-feature"]);
    }

    #[test]
    fn colours_only_in_the_tokens() {
        assert_eq!(of("style/a.css", "a { color: #fff }"), ["colour"]);
        assert_eq!(of("style/a.css", "a {\n  color:\n    oklch(60% 0.1 20);\n}"), ["colour"]);
        assert_eq!(of("style/a.css", "a { background: linear-gradient(#12345678, red) }"), ["colour"]);
        assert_eq!(of("style/tokens.css", "a { color: #fff }"), [] as [&str; 0]);
        assert_eq!(of("style/a.css", "/* not\n #fff */ #add { color: var(--ink); mask: url(#add) }"), [] as [&str; 0]);
    }
}
