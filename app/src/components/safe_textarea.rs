//! The only textarea of the console: its text is its property, which the server writes, escaped, where HTML wants it. Not in
//! here: labels; see `field`.

use leptos::prelude::*;
use markup::{Html, view};

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
) -> Html {
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
        ></textarea>
    }
}

#[cfg(test)]
mod tests {
    use super::SafeTextarea;
    use leptos::prelude::*;
    use markup::view;

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
}
