//! What staff see. Compiles for the browser and the server; loads at the leaves, lays out, and asks
//! for everything through `api`. Not in here: SQL, axum, cookies, clocks.
#![recursion_limit = "256"]

pub mod api;
pub mod components;
pub mod deeds;
pub mod entry;
pub mod frame;
pub mod icons;
pub mod live;
pub mod pages;
pub mod routes;
mod shell;
pub mod text;

pub use shell::{ShellOptions, shell};

use frame::Frame;
use leptos::prelude::*;
use leptos_meta::{Title, provide_meta_context};
use leptos_router::{
    SsrMode,
    components::{Outlet, ParentRoute, Route, Router, Routes},
    path,
};
use pages::{
    audit::AuditPage, command::CommandPage, dashboard::DashboardPage, frontend_errors::FrontendErrorsPage, job::JobPage, jobs::JobsPage,
    not_found::NotFoundPage, troubleshooting::TroubleshootingPage,
};

/// The whole app. Every page is rendered complete on the server, so that it can be read before, and
/// without, WebAssembly.
#[component]
pub fn App() -> impl IntoView {
    provide_meta_context();
    components::provide_toasts();
    live::provide_live();
    view! {
        <Title text="Support console"/>
        <Router>
            <Routes fallback=not_found>
                <ParentRoute path=path!("") view=framed ssr=SsrMode::Async>
                    <Route path=path!("") view=|| DashboardPage().into_any() ssr=SsrMode::Async/>
                    <Route path=path!("troubleshooting") view=|| TroubleshootingPage().into_any() ssr=SsrMode::Async/>
                    <Route path=path!("troubleshooting/:command") view=|| CommandPage().into_any() ssr=SsrMode::Async/>
                    <Route path=path!("jobs") view=|| JobsPage().into_any() ssr=SsrMode::Async/>
                    <Route path=path!("jobs/:job") view=|| JobPage().into_any() ssr=SsrMode::Async/>
                    <Route path=path!("frontend-errors") view=|| FrontendErrorsPage().into_any() ssr=SsrMode::Async/>
                    <Route path=path!("audit") view=|| AuditPage().into_any() ssr=SsrMode::Async/>
                </ParentRoute>
            </Routes>
        </Router>
    }
}

fn framed() -> AnyView {
    view! { <Frame><Outlet/></Frame> }.into_any()
}

fn not_found() -> AnyView {
    view! { <Frame><NotFoundPage/></Frame> }.into_any()
}
