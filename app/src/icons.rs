//! The console's icons: one enum, one component, one 16-pixel grid, one stroke. Drawn for this console.
//! An icon never stands alone as a sign: the word beside it carries the meaning, so the drawing is hidden from screen readers.
//! Not here: state (icon + word + colour), which is `components::state_mark`.

use leptos::prelude::*;
use markup::{Html, view};

/// What an icon shows. Places first, then states, then deeds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Icon {
    Dashboard,
    Troubleshooting,
    Jobs,
    FrontendErrors,
    Operations,
    Health,
    Deploys,
    Tickets,
    Tenants,
    Buildings,
    Playbooks,
    Knowledge,
    Audit,
    Staff,
    Ok,
    Failed,
    Skipped,
    Running,
    Waiting,
    Warn,
    Clock,
    Eye,
    Pencil,
    Lock,
    Retry,
    Cancel,
    Complete,
    Reprocess,
    Search,
    Filter,
    Copy,
    ChevronRight,
    ChevronDown,
    External,
    SignOut,
    Sun,
    Moon,
    Key,
    Person,
    Terminal,
    Info,
    Close,
    Plus,
    Shield,
}

impl Icon {
    /// Stroke path on a 16 × 16 grid.
    pub const fn path(self) -> &'static str {
        match self {
            Self::Dashboard => "M2.5 7.2 8 2.8l5.5 4.4V13a.7.7 0 0 1-.7.7H3.2a.7.7 0 0 1-.7-.7z M6.4 13.6V9.4h3.2v4.2",
            Self::Troubleshooting => "M8 2.4 14.4 13.4H1.6z M8 6.4v3.2 M8 11.5v.1",
            Self::Jobs => "M2.5 3h3.4v3.4H2.5z M10.1 3h3.4v3.4h-3.4z M10.1 9.6h3.4V13h-3.4z M5.9 4.7h4.2 M8 4.7v6.6h2.1",
            Self::FrontendErrors => "M2 3.2h12v9.6H2z M2 6h12 M4.2 4.6h.1 M6.2 4.6h.1 M6.6 8l2.8 2.8 M9.4 8l-2.8 2.8",
            Self::Operations => "M2 9.5h2.5L6 4.5l3 8 1.8-5.4.8 2.4H14",
            Self::Health => "M8 13.4 2.9 8.3a3.1 3.1 0 0 1 4.4-4.4l.7.7.7-.7a3.1 3.1 0 0 1 4.4 4.4z M3.4 8.6h2.4l1.1-2 1.8 3.4 1-1.4h2.9",
            Self::Deploys => "M8 10.2V2.6 M4.9 5.7 8 2.6l3.1 3.1 M2.8 9.8v3.4h10.4V9.8",
            Self::Tickets => "M2 4.5h12v2.3a1.3 1.3 0 0 0 0 2.5v2.2H2V9.3a1.3 1.3 0 0 0 0-2.5z M9.5 4.8v6.6",
            Self::Tenants => "M3 13.5V3.2h6v10.3 M9 6.2h4v7.3 M2 13.5h12 M5 5.4h2 M5 8h2 M5 10.6h2 M11 8.6h.1 M11 11h.1",
            Self::Buildings => "M2.5 2.5h11v11h-11z M2.5 7h5V2.5 M7.5 13.5V10 M7.5 8.6V7 M10.5 7h3",
            Self::Playbooks => "M4.5 3v10l8-5z",
            Self::Knowledge => "M8 4c-1.4-1-3.4-1.2-5.5-.9v9.4c2.1-.3 4.1-.1 5.5.9 1.4-1 3.4-1.2 5.5-.9V3.1C11.4 2.8 9.4 3 8 4z M8 4v9.4",
            Self::Audit => "M4 2.5h8v11l-2-1.4-2 1.4-2-1.4-2 1.4z M6.2 5.6h3.6 M6.2 8.2h3.6",
            Self::Staff => {
                "M6 7.6a2.3 2.3 0 1 0 0-4.6 2.3 2.3 0 0 0 0 4.6z M1.8 13.4c.2-2.6 1.9-4 4.2-4s4 1.4 4.2 4 M10.6 3.3a2.3 2.3 0 0 1 0 4.2 M11.6 9.7c1.5.4 2.5 1.7 2.6 3.7"
            }
            Self::Ok => "M3 8.5 6.5 12 13 4.5",
            Self::Failed => "M4 4l8 8 M12 4l-8 8",
            Self::Skipped => "M4 8h8",
            Self::Running => "M8 2.3A5.7 5.7 0 1 1 2.3 8",
            Self::Waiting => {
                "M4.5 2.5h7 M4.5 13.5h7 M5.5 2.5c0 3 2.5 3.5 2.5 5.5s-2.5 2.5-2.5 5.5 M10.5 2.5c0 3-2.5 3.5-2.5 5.5s2.5 2.5 2.5 5.5"
            }
            Self::Warn => "M8 2.4 14.4 13.4H1.6z M8 6.4v3.2 M8 11.5v.1",
            Self::Clock => "M8 14A6 6 0 1 0 8 2a6 6 0 0 0 0 12z M8 4.8V8l2.2 1.6",
            Self::Eye => "M1.8 8S4 3.8 8 3.8 14.2 8 14.2 8 12 12.2 8 12.2 1.8 8 1.8 8z M8 9.8a1.8 1.8 0 1 0 0-3.6 1.8 1.8 0 0 0 0 3.6z",
            Self::Pencil => "M3 13l.6-2.8 7-7 2.2 2.2-7 7z M9.2 4.6l2.2 2.2",
            Self::Lock => "M3.8 7.2h8.4v6H3.8z M5.6 7.2V5.2a2.4 2.4 0 0 1 4.8 0v2 M8 9.6v1.4",
            Self::Retry => "M13 8a5 5 0 1 1-1.6-3.7 M13 2.4v2.8h-2.8",
            Self::Cancel => "M8 14A6 6 0 1 0 8 2a6 6 0 0 0 0 12z M3.9 3.9l8.2 8.2",
            Self::Complete => "M8 14A6 6 0 1 0 8 2a6 6 0 0 0 0 12z M5.4 8.2l1.9 1.9 3.4-3.9",
            Self::Reprocess => "M2.5 4h4 M2.5 8h2.5 M2.5 12h2.5 M13.3 9.7a3 3 0 1 1-.9-2.3 M13.4 5.7v2h-2",
            Self::Search => "M7 11.5a4.5 4.5 0 1 0 0-9 4.5 4.5 0 0 0 0 9z M10.4 10.4l3.3 3.3",
            Self::Filter => "M2 4h12 M4.3 8h7.4 M6.6 12h2.8",
            Self::Copy => "M5.5 5.5h8v8h-8z M10.5 5.5v-3h-8v8h3",
            Self::ChevronRight => "M6.2 3.8 10.4 8l-4.2 4.2",
            Self::ChevronDown => "M3.8 6.2 8 10.4l4.2-4.2",
            Self::External => "M9.4 2.6h4v4 M13.4 2.6 7.6 8.4 M11.8 9v4.4H2.6V4.2H7",
            Self::SignOut => "M6.4 2.6H2.8v10.8h3.6 M10.2 5l3 3-3 3 M13.2 8H6.4",
            Self::Sun => {
                "M8 10.8a2.8 2.8 0 1 0 0-5.6 2.8 2.8 0 0 0 0 5.6z M8 1.6v1.2 M8 13.2v1.2 M1.6 8h1.2 M13.2 8h1.2 M3.5 3.5l.8.8 M11.7 11.7l.8.8 M12.5 3.5l-.8.8 M4.3 11.7l-.8.8"
            }
            Self::Moon => "M13.2 9.6A5.6 5.6 0 0 1 6.4 2.8a5.6 5.6 0 1 0 6.8 6.8z",
            Self::Key => "M9.8 6.2a3 3 0 1 0-2.1 2.9l1.1 1.1h1.4v1.4h1.4V13h2v-2.2z",
            Self::Person => "M8 7.8a2.7 2.7 0 1 0 0-5.4 2.7 2.7 0 0 0 0 5.4z M2.8 13.6c.3-2.8 2.3-4.2 5.2-4.2s4.9 1.4 5.2 4.2",
            Self::Terminal => "M2 3h12v10H2z M4.6 6l2 2-2 2 M8.4 10.2h3",
            Self::Info => "M8 14A6 6 0 1 0 8 2a6 6 0 0 0 0 12z M8 7.4v3.4 M8 5.2v.1",
            Self::Close => "M4.5 4.5l7 7 M11.5 4.5l-7 7",
            Self::Plus => "M8 3.5v9 M3.5 8h9",
            Self::Shield => "M8 2.2l5 1.7v3.9c0 3-2 5-5 6-3-1-5-3-5-6V3.9z M5.8 7.9l1.6 1.6 2.9-3.2",
        }
    }
}

/// Draws an icon in the colour of the text around it. Always put a word beside it.
#[component]
pub fn Icon(
    /// Which drawing.
    of: Icon,
) -> Html {
    view! {
        <svg class="i" viewBox="0 0 16 16" aria-hidden="true">
            <path d=of.path() />
        </svg>
    }
}
