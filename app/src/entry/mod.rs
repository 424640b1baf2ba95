//! The pages outside the app: sign-in, enrolment, and what stands where nothing can be shown. Each is
//! a function from what the server knows to a complete HTML document; none needs a script.

mod enrol;
mod gone;
mod sign_in;

pub use enrol::{EnrolCodes, EnrolFactor, EnrolPassword, Qr, enrol_codes, enrol_factor, enrol_password};
pub use gone::{Gone, gone};
pub use sign_in::{SignIn, sign_in};

use crate::{frame::brand_mark, icons::Icon};
use leptos::prelude::*;
use markup::{Html, view};

/// The document around a card.
fn document(css: &str, title: &'static str, card: Html) -> String {
    let body = view! {
        <html lang="en">
            <head>
                <meta charset="utf-8"/>
                <meta name="viewport" content="width=device-width, initial-scale=1"/>
                <meta name="color-scheme" content="light dark"/>
                <meta name="robots" content="noindex"/>
                <meta name="referrer" content="same-origin"/>
                <title>{[title, " · Support console"].concat()}</title>
                <link rel="stylesheet" href=css.to_owned()/>
                <link rel="icon" type="image/svg+xml" href="/favicon.svg"/>
            </head>
            <body>
                <main class="sign-in" id="main">
                    <div class="card">
                        <p class="brand">{brand_mark()}<span>"Support console"</span></p>
                        {card}
                    </div>
                </main>
            </body>
        </html>
    };
    ["<!DOCTYPE html>", &body.to_html()].concat()
}

/// Id of the sentence that says why a form came back.
const PROBLEM_ID: &str = "problem";

/// Why the form came back; fields point here.
fn problem_note(problem: Option<String>) -> Option<Html> {
    problem.map(|problem| {
        view! {
            <div class="note" data-tone="fail" role="alert" id=PROBLEM_ID><Icon of=Icon::Failed/><div><span class="what">{problem}</span></div></div>
        }
    })
}

/// The three steps of enrolling, with where one is.
fn steps(current: usize) -> Html {
    let steps = ["Password", "Second factor", "Recovery codes"].into_iter().enumerate().map(|(at, step)| {
        view! { <li aria-current=(at == current).then_some("step") data-done=(at < current).then_some("")>{step}</li> }
    });
    view! { <ol class="progress-steps">{steps.collect::<Vec<_>>()}</ol> }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_typed_becomes_markup() {
        let evil = "\"><script>alert(1)</script>";
        let page = sign_in(SignIn {
            css: "/pkg/a.css".into(),
            next: evil.into(),
            email: evil.into(),
            problem: Some(evil.into()),
            notice: Some(evil.into()),
        });
        assert!(!page.contains("<script"), "{page}");
        assert!(page.starts_with("<!DOCTYPE html><html lang=\"en\">") && page.ends_with("</html>"), "{page}");
    }

    #[test]
    fn a_refused_form_says_so_where_the_reader_is() {
        let refused = |problem: Option<&str>| {
            sign_in(SignIn {
                css: String::new(),
                next: "/".into(),
                email: "a@b.example".into(),
                problem: problem.map(str::to_owned),
                notice: None,
            })
        };
        let page = refused(Some("That did not match."));
        assert!(page.contains("role=\"alert\"") && page.contains("id=\"problem\"") && page.contains("That did not match."), "{page}");
        assert!(page.contains("aria-describedby=\"problem\"") && page.contains("aria-invalid=\"true\""), "{page}");
        assert!(page.contains("value=\"a@b.example\""), "what was typed stays");
        assert!(!refused(None).contains("aria-invalid"), "nothing is wrong before the first try");
    }

    #[test]
    fn the_code_is_drawn_from_its_matrix() {
        let page = enrol_factor(EnrolFactor {
            css: String::new(),
            token: "t".into(),
            secret_text: "JBSW Y3DP".into(),
            otpauth: "otpauth://totp/x?secret=JBSWY3DP&issuer=y".into(),
            qr: Qr { size: 2, dark: vec![true, false, false, true] },
            problem: None,
        });
        assert!(page.contains("d=\"M0 0h1v1h-1zM1 1h1v1h-1z\"") && page.contains("viewBox=\"-4 -4 10 10\""), "{page}");
        assert!(page.contains("JBSW Y3DP"));
    }

    #[test]
    fn every_code_is_on_the_page_once() {
        let page = enrol_codes(EnrolCodes { css: String::new(), codes: vec!["aaaa-bbbb".into(), "cccc-dddd".into()] });
        assert_eq!(page.matches("aaaa-bbbb").count(), 1);
        assert_eq!(page.matches("cccc-dddd").count(), 1);
    }
}
