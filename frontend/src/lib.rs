//! Starts the app in the browser. Nothing else is in here.

use wasm_bindgen::prelude::wasm_bindgen;

/// Takes over the page the server rendered, once the parts of it are there: hydration waits for nothing.
#[wasm_bindgen]
pub async fn hydrate() {
    console_error_panic_hook::set_once();
    if app::arrival::first().await {
        leptos::mount::hydrate_body(app::App);
    }
}
