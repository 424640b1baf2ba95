//! The HTML document around the app, and the script that starts it in the browser. Our own instead
//! of the framework's, which writes the nonce where style sheets can read it.

use crate::{App, live};
use leptos::{nonce::use_nonce, prelude::*};

/// URLs of what the document loads, from the manifest of the build, and its title.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ShellOptions {
    pub js: String,
    pub wasm: String,
    pub css: String,
    /// The files of the parts the page needs.
    pub parts: Vec<String>,
    /// What the tab is called until the page knows better.
    pub title: String,
}

/// The document. The nonce comes from the request's context, the cursor of the event stream too.
pub fn shell(options: ShellOptions) -> impl IntoView {
    let cursor = use_context::<live::LiveCursor>();
    view! {
        <!DOCTYPE html>
        <html lang="en">
            <head>
                <meta charset="utf-8"/>
                <meta name="viewport" content="width=device-width, initial-scale=1"/>
                <meta name="color-scheme" content="light dark"/>
                <meta name="robots" content="noindex"/>
                {cursor.map(|cursor| view! { <meta name=live::CURSOR_META content=cursor.0/> })}
                <link rel="stylesheet" href=options.css.clone()/>
                <link rel="icon" type="image/svg+xml" href="/favicon.svg"/>
                <Hydration js=options.js wasm=options.wasm parts=options.parts/>
                <title>{options.title}</title>
            </head>
            <body>
                <App/>
            </body>
        </html>
    }
}

/// Loads the module and takes the page over. The nonce stands in `nonce` alone, which browsers hide.
#[component]
fn Hydration(js: String, wasm: String, parts: Vec<String>) -> impl IntoView {
    let script = start_script(&js, &wasm);
    // Those of the parts too, which would else be asked for only when the first module runs.
    let modules = std::iter::once(wasm).chain(parts);
    view! {
        <link rel="modulepreload" href=js crossorigin=""/>
        {modules.map(|file| view! { <link rel="preload" href=file r#as="fetch" type="application/wasm" crossorigin=""/> }).collect_view()}
        <script type="module" nonce=use_nonce()>{script}</script>
    }
}

fn start_script(js: &str, wasm: &str) -> String {
    let (js, wasm) = (script_string(js), script_string(wasm));
    ["import init,{hydrate}from", &js, ";await init({module_or_path:", &wasm, "});hydrate()"].concat()
}

/// A string literal of JavaScript that cannot end the script element either.
fn script_string(text: &str) -> String {
    let mut out = String::from("\"");
    for char in text.chars() {
        match char {
            '"' | '\\' => out.extend(['\\', char]),
            '<' => out.push_str("\\u003c"),
            char if char.is_control() => {}
            char => out.push(char),
        }
    }
    out.push('"');
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_script_is_what_the_browser_runs() {
        assert_eq!(
            start_script("/pkg/a.js", "/pkg/a.wasm"),
            r#"import init,{hydrate}from"/pkg/a.js";await init({module_or_path:"/pkg/a.wasm"});hydrate()"#
        );
    }

    #[test]
    fn a_name_cannot_leave_its_string_nor_the_script() {
        assert_eq!(script_string("a\"b\\c</script>\n"), r#""a\"b\\c\u003c/script>""#);
    }
}
