//! What arrives in forms and links, made safe to work with: where to go next, and text the database can hold.

use axum::{
    http::{StatusCode, header},
    response::{IntoResponse, Response},
};

/// A page of this console to go to; anything that a browser could take for another site becomes the dashboard.
pub(super) fn next_of(text: &str) -> &str {
    let plain = text.split('#').next().unwrap_or_default();
    let path = plain.split('?').next().unwrap_or_default();
    // Browsers drop tabs and line ends, and read a backslash as a slash, before they look for a host.
    let visible = plain.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'\\');
    let ours = path.starts_with('/') && !path.contains("//") && plain.len() <= 2000;
    if visible && ours { plain } else { "/" }
}

/// 303: the browser fetches the page anew, so that reloading sends nothing twice.
pub(super) fn see_other(to: &str) -> Response {
    (StatusCode::SEE_OTHER, [(header::LOCATION, next_of(to).to_owned())]).into_response()
}

/// The text without what no person types; Postgres refuses some of it outright.
pub(super) fn typed(text: &str) -> String {
    text.chars().filter(|c| !c.is_control() || *c == '\n').collect::<String>().trim().to_owned()
}

/// An e-mail as accounts are found and counted by.
pub(super) fn email(text: &str) -> String {
    typed(text).to_lowercase().chars().take(254).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_pages_of_this_console_come_next() {
        for good in ["/", "/jobs", "/jobs?status=FAILED&x=%C3%A4", "/audit?next=https://a.example//b", "/a/b-c_d.e~f"] {
            assert_eq!(next_of(good), good);
        }
        assert_eq!(next_of("/jobs#x"), "/jobs");
        for hostile in [
            "",
            "jobs",
            "//evil.example",
            "///evil.example",
            "/\\evil.example",
            "\\\\evil.example",
            "/\t/evil.example",
            "/\n/evil.example",
            "\t//evil.example",
            " //evil.example",
            "https://evil.example",
            "http:evil.example",
            "javascript:alert(1)",
            "data:text/html,x",
            "/.//evil.example",
            "/jobs//..//evil.example",
            "/\r\nSet-Cookie: a=b",
            "/j\u{f6}bs",
            "/\u{202e}",
            "/a b",
            "@evil.example",
            "?x",
            "#/",
            "/\u{0}",
        ] {
            assert_eq!(next_of(hostile), "/", "{hostile:?}");
        }
        assert_eq!(next_of(&format!("/{}", "a".repeat(2000))), "/");
    }

    #[test]
    fn text_is_cleaned_and_e_mails_are_one_spelling() {
        assert_eq!(typed(" a\0b\u{7}\nc "), "ab\nc");
        assert_eq!(email(" Anna@Example.TEST\0"), "anna@example.test");
        assert_eq!(email(&"x".repeat(1000)).len(), 254);
    }
}
