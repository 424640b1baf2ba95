//! The only textarea of the console. Leptos 0.8 writes a textarea's children into the page without escaping them, so this one
//! escapes them itself on the server and sets the value as a property in the browser. Not in here: labels; see `field`.

use super::unique::IN_BROWSER;
use leptos::prelude::*;

/// A textarea whose text can never become markup.
#[component]
pub fn SafeTextarea(
    value: RwSignal<String>,
    #[prop(into)] name: String,
    #[prop(optional_no_strip, into)] id: Option<String>,
    #[prop(default = 4)] rows: u32,
    #[prop(optional_no_strip, into)] maxlength: Option<u32>,
    #[prop(optional_no_strip, into)] placeholder: Option<String>,
    #[prop(optional_no_strip, into)] described_by: Option<String>,
    #[prop(optional, into)] invalid: Signal<bool>,
    #[prop(optional)] required: bool,
) -> impl IntoView {
    // The browser shows the property; children only matter in the server's HTML, and are not looked at when hydrating.
    let rendered = if IN_BROWSER { String::new() } else { escaped(&value.get_untracked()) };
    view! {
        <textarea
            class="input"
            id=id
            name=name
            rows=rows.to_string()
            maxlength=maxlength.map(|most| most.to_string())
            placeholder=placeholder
            required=required
            aria-describedby=described_by
            aria-invalid=move || invalid.get().then_some("true")
            prop:value=move || value.get()
            on:input=move |event| value.set(event_target_value(&event))
        >
            {rendered}
        </textarea>
    }
}

/// Text that stays text between `<textarea>` tags. A first line break would be swallowed by the parser, so it is doubled.
fn escaped(text: &str) -> String {
    let mut safe = String::with_capacity(text.len() + 8);
    if text.starts_with('\n') {
        safe.push('\n');
    }
    for character in text.chars() {
        match character {
            '&' => safe.push_str("&amp;"),
            '<' => safe.push_str("&lt;"),
            '>' => safe.push_str("&gt;"),
            other => safe.push(other),
        }
    }
    safe
}

#[cfg(test)]
mod tests {
    use super::{SafeTextarea, escaped};
    use leptos::prelude::*;

    #[test]
    fn nothing_leaves_the_textarea() {
        let owner = Owner::new();
        let html = owner.with(|| {
            let value = RwSignal::new("</textarea><script>alert(1)</script> & more".to_owned());
            view! { <SafeTextarea value=value name="reason"/> }.to_html()
        });
        assert!(html.contains("&lt;/textarea&gt;&lt;script&gt;alert(1)&lt;/script&gt; &amp; more"), "{html}");
        assert_eq!(html.matches("</textarea>").count(), 1, "{html}");
        assert!(!html.contains("<script"), "{html}");
    }

    #[test]
    fn a_first_line_break_survives_the_parser() {
        assert_eq!(escaped("\nsecond"), "\n\nsecond");
        assert_eq!(escaped("first\nsecond"), "first\nsecond");
    }
}
