//! What pages and their browsers are called, and what they call the reasons of losses: a few plain words, whatever they say.

use super::clean;

/// Bytes of a build's name: as deploys and artifacts have it.
pub(super) const BUILD: usize = 120;

/// What a page or a build is called. A number as long as a card's is no secret here, and two tabs must not become one by losing it; what
/// is more than a name is cleaned like any text.
pub(super) fn name(text: &str, max: usize) -> String {
    let plain = |text: &str| text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"._+:-".contains(&byte));
    // As packages are released, `@scope/shop@1.2.0-next.5`. A host may begin with a digit, but not with two numbers.
    let released = |text: &str| {
        let (package, version) = text.rsplit_once('@')?;
        let (major, rest) = version.split_once('.')?;
        let number = |text: &str| text.starts_with(|first: char| first.is_ascii_digit());
        let numbered = !major.is_empty() && major.bytes().all(|byte| byte.is_ascii_digit()) && number(rest);
        Some(numbered && plain(version) && plain(&package.trim_start_matches('@').replacen('/', "-", 1)))
    };
    if text.len() <= max && (plain(text) || released(text) == Some(true)) { text.to_owned() } else { clean(text, max) }
}

/// Name and main version of a browser; what it does not know is "other".
pub(super) fn browser(agent: &str) -> String {
    const KNOWN: [(&str, &str); 6] = [
        ("Edg/", "Edge"),
        ("OPR/", "Opera"),
        ("Firefox/", "Firefox"),
        ("HeadlessChrome/", "Chrome"),
        ("Chrome/", "Chrome"),
        ("Version/", "Safari"),
    ];
    let found = KNOWN.iter().find_map(|(mark, name)| {
        let version: String = agent.split_once(mark)?.1.chars().take_while(char::is_ascii_digit).take(4).collect();
        Some(format!("{name} {version}"))
    });
    found.unwrap_or_else(|| "other".to_owned())
}

/// Why events were lost: a reason of the beacon's (`WIRE.md`), an answer's status, or one of those the clients with envelopes know. A page
/// makes up no other, for each is a row.
pub(super) fn lost_for(reason: &str) -> String {
    const KNOWN: [&str; 13] = [
        "rate",
        "full",
        "before_send",
        "buffer_overflow",
        "cache_overflow",
        "event_processor",
        "ignored",
        "internal_sdk_error",
        "invalid",
        "network_error",
        "queue_overflow",
        "ratelimit_backoff",
        "sample_rate",
    ];
    if reason == "read" {
        return "unreadable".to_owned();
    }
    let status = reason.len() == 3 && reason.bytes().all(|byte| byte.is_ascii_digit());
    if status || KNOWN.contains(&reason) { reason } else { "other" }.to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn browsers_are_named_by_family() {
        assert_eq!(
            browser("Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/156.0.0.0 Safari/537.36"),
            "Chrome 156"
        );
        assert_eq!(browser("Mozilla/5.0 (Macintosh) AppleWebKit/605 (KHTML, like Gecko) Version/19.1 Safari/605"), "Safari 19");
        assert_eq!(browser("curl/8"), "other");
    }

    #[test]
    fn tabs_and_builds_keep_their_names() {
        for said in ["5704561527647531", "4111111111111111", "20261126123456", "2f9c0b4411112222333344445555aaaa", "shop-1.2.3+b7"] {
            assert_eq!(name(said, 64), said);
        }
        for release in ["shop@4.2", "shop@1.2.0-next.canary", "@scope/shop@1.2.0-next.canary+7"] {
            assert_eq!(name(release, 64), release);
        }
        for (said, kept) in
            [("of jane.doe@example.com", "of [email]"), ("jane.doe@163.com", "[email]"), ("jane@1st.example.org", "[email]")]
        {
            assert_eq!(name(said, 64), kept);
        }
        assert!(name(&"x".repeat(99), 64).len() <= 64);
    }

    #[test]
    fn why_something_was_lost_is_one_of_a_few_words() {
        for known in ["rate", "413", "queue_overflow"] {
            assert_eq!(lost_for(known), known);
        }
        assert_eq!(lost_for("read"), "unreadable", "people see the word");
        for made_up in ["", "4134", "rate ", "x'; --"] {
            assert_eq!(lost_for(made_up), "other");
        }
    }
}
