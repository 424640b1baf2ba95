//! Which texts `scrub` has to look at: most have no secret, and one pass of an automaton knows that at several times the speed. Every
//! alternative is a condition without which `scrub` finds nothing, so the result is the same; a test holds the two against each
//! other. Not in here: what is a secret.

use alloc::{borrow::ToOwned, format, string::String, vec, vec::Vec};
use regex::bytes::Regex;
use std::sync::LazyLock;

use crate::names::words;

/// A letter or digit, as `scrub` sees it.
const WORD: &str = r"[A-Za-z0-9\x80-\xff]";
const NO_WORD: &str = r"(?:^|[^A-Za-z0-9\x80-\xff])";
/// What may stand between a key and its sign.
const GAP: &str = "[\"'` \\t\\\\\\]]*";
/// What a URL goes on with; it ends at what is excluded here …
const NO_BREAK: &str = "[^\\x00-\\x20\"'`\\\\)<>]";
/// … and its host also at these.
const HOST: &str = "[^\\x00-\\x20\"'`\\\\)<>/?#]";
/// What names and hosts consist of.
const ADDRESS: &str = r"[A-Za-z0-9\x80-\xff_.+-]";

static SUSPECT: LazyLock<Regex> = LazyLock::new(|| {
    let built = regex::bytes::RegexBuilder::new(&pattern()).unicode(false).size_limit(64 << 20).dfa_size_limit(16 << 20).build();
    // Written above and built by every test: it cannot fail at home only.
    built.expect("the pattern of suspect lines is a pattern")
});

fn pattern() -> String {
    let mut alternatives = vec![
        // Addresses: behind the sign is a host, of which a label begins with a letter. In stacks the sign stands before a place.
        format!(r"(?:@|%40){ADDRESS}+\.[A-Za-z\x80-\xff]{WORD}"),
        format!("://{HOST}*@"),
        "eyJ".to_owned(),
        "-----BEGIN ".to_owned(),
        // A query's value.
        format!("[?#]{NO_BREAK}*="),
        // Long runs of digits; one behind a `.` is a fraction, of which more are let through.
        r"(?:^|[^A-Za-z0-9\x80-\xff.])[0-9]{9}".to_owned(),
        "[0-9]{13}".to_owned(),
        // Cards in groups.
        "[0-9]{4} (?:[0-9] ?){8}[0-9]".to_owned(),
        "[0-9]{4}-(?:[0-9]-?){8}[0-9]".to_owned(),
        // Bank accounts.
        format!("{NO_WORD}[A-Za-z]{{2}}[0-9]{{2}} ?[A-Z0-9]{{4}} ?[A-Z0-9]{{4}} ?[A-Z0-9]{{3}}"),
    ];
    for (word, whole) in words() {
        let letters: Vec<String> = word.chars().map(|letter| format!("[{letter}{}][_-]*", letter.to_ascii_uppercase())).collect();
        let letters = letters.concat();
        alternatives.push(match (word, whole) {
            ("bearer" | "basic", _) => format!("{NO_WORD}{letters} "),
            (_, true) => format!("{NO_WORD}{letters}{GAP}[=:]"),
            (_, false) => format!("{letters}(?:{WORD}|[_-])*{GAP}[=:]"),
        });
    }
    alternatives.join("|")
}

/// Whether `scrub` may find anything in this text.
pub(crate) fn suspect(text: &[u8]) -> bool {
    SUSPECT.is_match(text)
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::string::ToString;
    use proptest::prelude::*;

    fn same(text: &str) {
        let mut clean = Vec::new();
        let found = crate::scrub(text.as_bytes(), &mut clean);
        let clean = String::from_utf8(clean).expect("as it was");
        assert_eq!(crate::scrub_to_string(text), (clean, found), "{text:?}");
    }

    #[test]
    fn ordinary_lines_are_let_through_and_lines_with_secrets_are_not() {
        for line in [
            "2026-11-26T10:00:00.123456Z  INFO server::web: answered method=GET path=/jobs status=200 ms=3.25",
            "2026-11-26 10:00:00.123 UTC [4711] LOG:  checkpoint complete: wrote 211 buffers (1.3%); 0 WAL file(s) added",
            "draw@https://shop.example/assets/app-1f3a.js:1:2\nload/<@https://shop.example/assets/app-1f3a.js:3:45",
            "    at draw (https://shop.example/assets/app-1f3a.js:12:345)\n    at async load (https://shop.example/assets/app-1f3a.js:3:4)",
            "    at com.example.shop.CartService.addItem(CartService.java:142)",
            "{\"timestamp\":\"2026-11-26T10:00:00.123Z\",\"level\":\"INFO\",\"message\":\"passed the session on\",\"target\":\"worker\"}",
        ] {
            assert!(!suspect(line.as_bytes()), "{line}");
        }
        for line in ["a@example.org", "pass-word: x", "PIN=1", "Authorization: Bearer abc", "DE89370400440532013000", "4111 1111 1111 1111"]
        {
            assert!(suspect(line.as_bytes()), "{line}");
        }
    }

    #[test]
    fn every_word_of_scrub_makes_a_line_suspect() {
        assert!(words().count() > 20);
        for (word, _) in words() {
            for line in
                [format!("{word}=hunter2x"), format!("\"{}\" : \"x\"", word.to_uppercase()), format!("{word} dGhpcyBpcyBhIHRva2Vu1A==")]
            {
                same(&line);
            }
        }
    }

    fn pieces() -> impl Strategy<Value = String> {
        let words: Vec<String> = words().map(|(word, _)| word.to_owned()).collect();
        let piece = prop_oneof![
            proptest::sample::select(words),
            proptest::sample::select(vec![
                "=",
                ":",
                " ",
                "\"",
                "'",
                "_",
                "-",
                ".",
                "?",
                "#",
                "&",
                "@",
                "\n",
                "\0",
                "/",
                "://",
                "%40",
                "eyJ",
                "-----BEGIN X",
                "-----END",
                "[",
                "]",
                "\\",
                "4111 1111 1111 1111",
                "5500-0000-0000-0004",
                "DE89 3704 0044 0532 0130 00",
                "4111111111111111",
                "123456789",
                "0.123456789",
                "1234567890123",
                "Bearer ",
                "BASIC ",
                "null",
                "true",
                "a.example.org",
                "ü",
                "x",
                "10:00:00",
                "2026-11-26",
            ])
            .prop_map(ToString::to_string),
            "[a-zA-Z0-9 =:_.@-]{0,12}",
        ];
        proptest::collection::vec(piece, 0..12).prop_map(|pieces| pieces.concat())
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(4_000))]
        #[test]
        fn the_result_is_that_of_scrubbing_every_line(line in pieces()) {
            same(&line);
        }
        #[test]
        fn also_of_any_text(line in "(\\PC|[\\n\\r\\t\\x00]){0,120}") {
            same(&line);
        }
    }
}
