//! What the server writes: markup as HTML, escaped, in the order in which the browser will look for it.

use leptos::prelude::*;
use markup::{Html, IntoHtml, each, view};
use proptest::prelude::*;

fn written(html: impl FnOnce() -> Html) -> String {
    Owner::new().with(|| html().to_html())
}

#[test]
fn elements_attributes_and_text() {
    let (name, wide, none) = ("row-1".to_owned(), true, None::<String>);
    let html = written(|| {
        view! {
            <p class="a" id=name hidden=false required=wide title=none class:b=true class:c=false data-n=7>
                "one "{"two"}{3}<br/><b>{Some("four")}</b>{None::<&str>}
            </p>
        }
    });
    assert_eq!(html, "<p id=\"row-1\" required=\"\" data-n=\"7\" class=\"a b\">one <!>two<!>3<br><b>four</b><!></p>");
}

#[test]
fn what_is_live_is_written_as_it_is_now() {
    let html = written(|| {
        let count = RwSignal::new(2);
        view! { <p title=move || count.get().to_string() class:on={move || count.get() > 1}>{move || count.get()}</p> }
    });
    assert_eq!(html, "<p title=\"2\" class=\"on\">2</p>");
}

#[test]
fn lists_end_with_a_comment_that_keeps_their_place() {
    let html = written(|| view! { <ul>{vec!["a", "b"].into_iter().map(|word| view! { <li>{word}</li> }).collect::<Vec<_>>()}</ul> });
    assert_eq!(html, "<ul><li>a</li><li>b</li><!></ul>");
    let html = written(|| view! { <ul>{each(|| vec![3, 1], |key| view! { <li>{key.to_string()}</li> })}</ul> });
    assert_eq!(html, "<ul><li>3</li><li>1</li><!></ul>");
    assert_eq!(written(|| ["a", "b"].into_html()), "a<!>b", "a fixed number needs no comment at its end");
}

#[test]
fn a_textarea_holds_its_value_and_nothing_else() {
    let html = written(|| view! { <textarea name="n" prop:value=move || "\n</textarea><script>".to_owned()></textarea> });
    assert_eq!(html, "<textarea name=\"n\">\n\n&lt;/textarea&gt;&lt;script&gt;</textarea>");
}

#[test]
fn components_and_views_of_leptos_stand_among_our_own() {
    #[component]
    fn Ours(word: &'static str, children: Children) -> Html {
        view! { <i>{word}</i>{children()} }
    }
    #[component]
    fn Theirs() -> impl IntoView {
        leptos::view! { <u>"theirs"</u> }
    }
    let html = written(|| view! { <Ours word="ours"><Theirs/></Ours> });
    assert_eq!(html, "<i>ours</i><u>theirs</u>");
}

#[test]
fn a_drawing_is_written_like_everything_else() {
    let html = written(|| view! { <svg viewBox="0 0 1 1"><g><title>"t"</title><path d="M0 0"/></g></svg> });
    assert_eq!(html, "<svg viewBox=\"0 0 1 1\"><g><title>t</title><path d=\"M0 0\"></path></g></svg>");
}

proptest! {
    /// Whatever a customer writes stays text, in content as in attributes.
    #[test]
    fn text_never_becomes_markup(text in any::<String>()) {
        let given = text.clone();
        let html = written(move || view! { <p title=given.clone()>{given}</p> });
        let inside = html.strip_prefix("<p title=\"").and_then(|rest| rest.strip_suffix("</p>")).expect("the element");
        let (attribute, content) = inside.split_once("\">").expect("the end of the tag");
        prop_assert!(!attribute.contains(['"', '<', '>']) && !content.contains(['<', '>']));
        let read = |text: &str| text.replace("&lt;", "<").replace("&gt;", ">").replace("&quot;", "\"").replace("&amp;", "&");
        prop_assert_eq!(read(attribute), text.clone());
        prop_assert_eq!(read(content), if text.is_empty() { " ".to_owned() } else { text });
    }
}
