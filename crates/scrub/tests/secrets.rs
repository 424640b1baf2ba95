//! No planted secret survives, whatever stands around it; scrubbing twice is scrubbing once; nothing panics.

use proptest::prelude::*;
use scrub::{CUT_MARK, Sink, edge, fingerprint, fit, scrub, scrub_to_string};

/// Text as it comes: words, signs, digits, quotes, marks, other alphabets, and pieces that rules look for.
fn noise() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        "[ -~]{0,12}",
        "[a-z]{1,8}[ =:.,]",
        "[0-9]{1,20}[ .-]?",
        "\\PC{0,4}",
        prop::sample::select(vec![
            "\n",
            "?",
            "&",
            "=",
            "\"",
            "'",
            "\\\"",
            "[",
            "]",
            "{",
            "}",
            "@",
            "%40",
            "://",
            "https://h/",
            "#",
            "token",
            "password",
            "Cookie",
            "pin",
            ": ",
            "Bearer ",
            "eyJ",
            "-----BEGIN ",
            "-----END",
            "-----",
            "[hidden]",
            "[email]",
            "DE89",
            "4111 ",
            "a@b.com",
            "550e8400-e29b-41d4-a716-446655440000",
        ])
        .prop_map(str::to_owned),
    ];
    prop::collection::vec(piece, 0..14).prop_map(|pieces| pieces.concat())
}

fn luhn(digits: &str) -> String {
    let sum: u32 = (digits.bytes().rev().enumerate())
        .map(|(i, b)| (u32::from(b - b'0'), i % 2 == 0))
        .map(|(d, double)| if double { d * 2 / 10 + d * 2 % 10 } else { d })
        .sum();
    format!("{digits}{}", (10 - sum % 10) % 10)
}

fn iban(country: &str, account: &str) -> String {
    let number: String =
        format!("{account}{country}00").chars().map(|c| c.to_digit(36).map_or_else(String::new, |d| d.to_string())).collect();
    let rest = number.bytes().fold(0u32, |rest, b| (rest * 10 + u32::from(b - b'0')) % 97);
    format!("{country}{:02}{account}", 98 - rest)
}

fn grouped(text: &str, separator: &str) -> String {
    let groups: Vec<String> = text.as_bytes().chunks(4).map(|g| String::from_utf8_lossy(g).into()).collect();
    groups.join(separator)
}

/// A text with a secret in it as it would be written, and the part that must not come out.
fn planted() -> impl Strategy<Value = (String, String)> {
    let same = |text: String| (text.clone(), text);
    let names = prop::sample::select(vec![
        "password",
        "PASSWORD",
        "passwd",
        "db_password",
        "userPassword",
        "token",
        "access_token",
        "refreshToken",
        "secret",
        "client-secret",
        "api_key",
        "apiKey",
        "X-Api-Key",
        "authorization",
        "Cookie",
        "set-cookie",
        "session_id",
        "credentials",
        "private_key",
        "passphrase",
        "pwd",
        "pin",
        "otp",
        "sid",
        "cvv",
        "csrfToken",
    ]);
    let forms = prop::sample::select(vec![
        "N=V",
        "N: V",
        "N = V",
        "N:V",
        "\"N\":\"V\"",
        "\"N\" : \"V\"",
        "'N': 'V'",
        "{N: 'V'}",
        "N=\"V\"",
        "N => V",
        r#"{\"N\":\"V\"}"#,
        r#"{\\\"N\\\":\\\"V\\\"}"#,
        "?N=V&x=1",
        "N=[V]",
        "\"N\":[\"V\",\"V\"]",
        "x[N]=V",
    ]);
    prop_oneof![
        "[a-z][a-z0-9._+-]{0,30}[a-z0-9]@[a-z0-9-]{1,20}(\\.[a-z]{2,6}){1,2}".prop_map(same),
        "eyJ[A-Za-z0-9_-]{20,60}\\.[A-Za-z0-9_-]{20,80}\\.[A-Za-z0-9_-]{20,60}".prop_map(same),
        ("(Bearer|bearer|BEARER|Basic|basic) ", "[A-Za-z0-9+/_.-]{20,60}={0,2}").prop_map(|(s, t)| (format!("{s}{t}"), t)),
        ("[3-6][0-9]{11,17}", prop::sample::select(vec!["", " ", "-"])).prop_map(|(digits, separator)| {
            let card = grouped(&luhn(&digits), separator);
            (card.clone(), card)
        }),
        ("[A-Z]{2}", "[A-Z0-9]{11,30}", any::<bool>()).prop_map(|(country, account, spaced)| {
            let plain = iban(&country, &account);
            let text = if spaced { grouped(&plain, " ") } else { plain };
            (text.clone(), text)
        }),
        "[0-9]{9,30}".prop_map(same),
        (names, forms, "[A-Za-z0-9!$*+/._~-]{3,40}x")
            .prop_map(|(name, form, value)| { (form.replace('N', name).replace('V', &value), value) }),
        "[A-Za-z0-9+/\n]{30,200}".prop_map(|body| { (format!("-----BEGIN PRIVATE KEY-----\n{body}\n-----END PRIVATE KEY-----"), body,) }),
        ("[a-z]{3,8}", "[A-Za-z0-9!*._~-]{6,20}", "[a-z]{2,9}")
            .prop_map(|(user, word, host)| (format!("https://{user}:{word}@{host}/x"), format!("{user}:{word}"))),
        ("[a-z]{1,9}", "[A-Za-z0-9%/._~-]{6,30}").prop_map(|(n, v)| (format!("https://h/p?q=1&{n}={v}"), v)),
    ]
}

struct Fixed {
    bytes: [u8; 64],
    used: usize,
}

impl Sink for Fixed {
    fn put(&mut self, byte: u8) {
        if let Some(slot) = self.bytes.get_mut(self.used) {
            *slot = byte;
            self.used += 1;
        }
    }
}

fn config() -> ProptestConfig {
    ProptestConfig { cases: 4000, failure_persistence: None, ..ProptestConfig::default() }
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn no_planted_secret_survives(before in noise(), (text, secret) in planted(), after in noise()) {
        // A quote or bracket left open before could close inside the secret, which is then another text.
        let whole = format!("{before}\n{text}\n{after}");
        prop_assume!(!before.contains(&secret) && !after.contains(&secret));
        let (clean, counts) = scrub_to_string(&whole);
        prop_assert!(!clean.contains(&secret), "{secret:?} survived in {clean:?}");
        prop_assert!(counts.total() > 0);
    }

    #[test]
    fn no_planted_secret_survives_in_prose(
        before in "([A-Z]?[a-z]{1,9}[ ,.(] ?){0,6}", (text, secret) in planted(), after in "([ ,.;)]{1,2}[a-z]{1,9}){0,6}",
    ) {
        prop_assume!(!before.contains(&secret) && !after.contains(&secret));
        let (clean, _) = scrub_to_string(&format!("{before} {text} {after}"));
        prop_assert!(!clean.contains(&secret), "{secret:?} survived in {clean:?}");
    }

    #[test]
    fn a_secret_cut_in_half_is_gone_with_the_edge((text, secret) in planted(), at in 0.0..1.0f64) {
        let text = format!("it was said ({text}");
        let mut end = text.len() - ((secret.len() as f64) * at) as usize;
        while !text.is_char_boundary(end) { end -= 1; }
        let cut = &text.as_bytes()[..end];
        let kept = std::str::from_utf8(&cut[..edge(cut)]).unwrap();
        let (clean, _) = scrub_to_string(kept);
        let half = &secret[..secret.len().min(9)];
        prop_assert!(!clean.contains(half), "{half:?} survived in {clean:?}");
    }

    #[test]
    fn scrubbing_twice_is_scrubbing_once(text in noise()) {
        let (once, _) = scrub_to_string(&text);
        let (twice, counts) = scrub_to_string(&once);
        prop_assert_eq!(&once, &twice);
        prop_assert_eq!(counts.total(), 0, "counted again in {:?}", once);
    }

    #[test]
    fn a_query_with_odd_values_is_scrubbed_once(
        key in "(x|token|a_secret|pwd|cookie|sid)", sign in "[=:]{1,2}", value in r#"(null|true|""|''|[\])}",;:=& a]{0,4})"#, after in "( |&|\t)?[a-z= ]{0,6}",
    ) {
        let (once, _) = scrub_to_string(&format!("/find?{key}{sign}{value}{after}"));
        let (twice, counts) = scrub_to_string(&once);
        prop_assert_eq!(&once, &twice);
        prop_assert_eq!(counts.total(), 0, "counted again in {:?}", once);
    }

    #[test]
    fn nothing_panics(bytes in prop::collection::vec(any::<u8>(), 0..300), max in 0usize..400) {
        let mut sink = Vec::new();
        scrub(&bytes, &mut sink);
        let mut small = Fixed { bytes: [0; 64], used: 0 };
        scrub(&bytes, &mut small);
        prop_assert_eq!(&small.bytes[..small.used], &sink[..sink.len().min(64)]);
        prop_assert_ne!(fingerprint(0, &bytes, &bytes), 0);
        prop_assert!(edge(&bytes) <= bytes.len());
        let part = fit(&bytes, max);
        // Where not even the mark has room, only a beginning is given.
        let length = part.head.len() + part.tail.len() + if part.cut { CUT_MARK.len() } else { 0 };
        prop_assert!(length <= max.max(CUT_MARK.len()));
        prop_assert_eq!(part.cut, bytes.len() > max);
    }

    #[test]
    fn what_fits_is_whole_characters(text in "\\PC{0,80}", max in 0usize..200) {
        let part = fit(text.as_bytes(), max);
        let (head, tail) = (std::str::from_utf8(part.head), std::str::from_utf8(part.tail));
        prop_assert!(head.is_ok_and(|head| text.starts_with(head)) && tail.is_ok_and(|tail| text.ends_with(tail)));
    }

    #[test]
    fn text_without_secrets_is_left_alone(text in "([a-z]{1,9}[ .,;(){}\n]){0,30}") {
        let (clean, counts) = scrub_to_string(&text);
        prop_assert_eq!(clean, text);
        prop_assert_eq!(counts.total(), 0);
    }
}
