//! The promises of the query line. Not in here: what it finds (see `tests/find.rs`).

use super::{Compare, Conditions, Term, Word, parse};
use proptest::prelude::*;

fn terms(line: &str) -> Vec<Term> {
    parse(line).unwrap_or_else(|error| panic!("{line}: {error}")).into_iter().map(|placed| placed.term).collect()
}

fn term(word: Word, value: &str) -> Term {
    Term { word, path: Vec::new(), compare: Compare::Is, value: value.to_owned() }
}

#[test]
fn a_line_says_which_commands() {
    let line = r#"type:IngestPlan  attempts>=3 "out of memory" payload.customer.id:42 error:"plan \"B\"" since:24h plan-7.pdf"#;
    let path = vec!["customer".to_owned(), "id".to_owned()];
    let wanted = [
        term(Word::Type, "IngestPlan"),
        Term { compare: Compare::AtLeast, ..term(Word::Attempts, "3") },
        term(Word::Text, "out of memory"),
        Term { path, ..term(Word::Payload, "42") },
        term(Word::Error, "plan \"B\""),
        term(Word::Since, "24h"),
        term(Word::Text, "plan-7.pdf"),
    ];
    assert_eq!(terms(line), wanted);
    assert_eq!(terms("  "), []);
    assert_eq!(terms("TYPE=A"), [term(Word::Type, "A")], "however it is written");
}

#[test]
fn a_term_can_be_cut_out_of_its_line() {
    let line = "type:A  \"two words\" code:B";
    let placed = parse(line).expect("a line");
    let cut: Vec<&str> = placed.iter().map(|placed| &line[placed.from..placed.to]).collect();
    assert_eq!(cut, ["type:A", "\"two words\"", "code:B"]);
}

#[test]
fn a_wrong_line_is_told_what_is_wrong_with_it() {
    for (line, told) in [
        ("tpye:IngestPlan", "no word \u{201c}tpye\u{201d} to find by; did you mean \u{201c}type\u{201d}?"),
        ("https://example.com", "To look for it as text, put it into quotes."),
        ("attempts>many", "\u{201c}attempts\u{201d} takes a whole number, not \u{201c}many\u{201d}."),
        ("attempts>99999999999", "takes a whole number"),
        ("group:-1", "takes a whole number"),
        ("code>5", "Only attempts can be compared with \u{201c}>\u{201d}; write code:\u{2026}"),
        ("since:yesterday", "takes a span such as 24h"),
        ("code:", "Write after \u{201c}code\u{201d} what to find."),
        ("error:ab", "too short to look for"),
        ("\"open end", "The quotes of \u{201c}open end\u{201d} do not end."),
        ("code.x:1", "Only the payload has places in it"),
        ("payload..x:1", "is no place in a payload"),
    ] {
        let error = parse(line).expect_err(line);
        assert!(error.contains(told), "{line}: {error}");
    }
    assert!(parse(&"abc ".repeat(21)).is_err() && parse(&"x".repeat(3_000)).is_err());
}

#[test]
fn what_is_kept_of_conditions_tells_nothing_of_a_customer() {
    let terms = terms("code:OUT_OF_MEMORY error:secret payload.customer.id:4711 \"Jane Doe\"");
    let told = Conditions { terms, ..Conditions::default() }.overview();
    let text = serde_json::to_string(&told).expect("JSON");
    assert!(text.contains("OUT_OF_MEMORY") && text.contains("customer"), "{text}");
    for content in ["secret", "4711", "Jane"] {
        assert!(!text.contains(content), "{text}");
    }
}

proptest! {
    /// What a term is written as means this term.
    #[test]
    fn a_term_comes_back(value in "\\PC{3,40}", number in 0_i32..=i32::MAX, at in 0_usize..6) {
        prop_assume!(value.trim().chars().count() >= 3);
        let wanted = match at {
            0 => term(Word::Text, &value),
            1 => term(Word::Error, &value),
            2 => term(Word::Code, &value),
            3 => Term { path: vec!["a".into(), "b-c".into()], ..term(Word::Payload, &value) },
            4 => term(Word::Payload, &value),
            _ => Term { compare: Compare::Under, ..term(Word::Attempts, &number.to_string()) },
        };
        prop_assert_eq!(terms(&wanted.text()), [wanted]);
    }

    /// No line breaks the reader.
    #[test]
    fn any_line_is_read_or_refused(line in "\\PC{0,80}") {
        if let Ok(placed) = parse(&line) {
            for placed in placed {
                prop_assert!(placed.from < placed.to && line.get(placed.from..placed.to).is_some());
            }
        }
    }
}
