//! The parts the console is downloaded in. What every page shares is the first and has no name; each other part is fetched when
//! something of it is opened, so that a page more costs those who open it. A function marked `wasm_split` is where one ends and
//! another begins: all that only it needs travels with it. Not in here: waiting for a part (see `arrival`), and how parts are cut
//! and fetched (see `xtask`).

use crate::{
    deeds::{self, Asked, DeedKind, OnCommand, OnMany},
    pages::{
        alerts, audit, checks, command, dashboard, deploys, frontend_errors, frontend_group, group, groups, health, job, jobs, logs,
        not_found, operation, operations, services, troubleshooting,
    },
    routes::{self, Place},
};
use domain::{CommandId, JobId, OperationId};
use leptos::prelude::Callback;
use markup::Html;
use std::{
    future::Future,
    pin::pin,
    sync::atomic::{AtomicBool, Ordering},
    task::{Context, Poll, Waker},
};
use wasm_split_helpers::{SplitLoaderError, wasm_split};

/// A part that is fetched when something of it is opened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    Queue,
    Command,
    Groups,
    Jobs,
    Job,
    /// The list of a run with many steps, once there is one.
    Long,
    /// Two attempts beside each other.
    Compare,
    Errors,
    Logs,
    Operations,
    Health,
    Deploys,
    /// What watches by itself: checks, alerts.
    Watch,
    Audit,
    /// The dialogs of deeds, whatever page they are opened on.
    Deeds,
    /// The dialog about many commands, with its preview.
    Many,
    /// The dialog that edits a payload: as large as all the others together.
    Edit,
}

/// Which parts are there.
static THERE: [AtomicBool; Part::ALL.len()] = [const { AtomicBool::new(false) }; Part::ALL.len()];

impl Part {
    pub const ALL: [Self; 17] = [
        Self::Queue,
        Self::Command,
        Self::Groups,
        Self::Jobs,
        Self::Job,
        Self::Long,
        Self::Compare,
        Self::Errors,
        Self::Logs,
        Self::Operations,
        Self::Health,
        Self::Deploys,
        Self::Watch,
        Self::Audit,
        Self::Deeds,
        Self::Many,
        Self::Edit,
    ];

    /// Its name in the manifest, which is that of its split points.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Queue => "queue",
            Self::Command => "command",
            Self::Groups => "groups",
            Self::Jobs => "jobs",
            Self::Job => "job",
            Self::Long => "long",
            Self::Compare => "compare",
            Self::Errors => "errors",
            Self::Logs => "logs",
            Self::Operations => "operations",
            Self::Health => "health",
            Self::Deploys => "deploys",
            Self::Watch => "watch",
            Self::Audit => "audit",
            Self::Deeds => "deeds",
            Self::Many => "many",
            Self::Edit => "edit",
        }
    }

    /// What an address shows.
    pub fn needed(path: &str, search: &str) -> impl Iterator<Item = Self> {
        let page = match Place::of(path) {
            None | Some(Place::Dashboard) => None,
            Some(Place::Troubleshooting) => Some(Self::Queue),
            Some(Place::Command(_)) => Some(Self::Command),
            Some(Place::Groups | Place::Group(_)) => Some(Self::Groups),
            Some(Place::Jobs) => Some(Self::Jobs),
            Some(Place::Job(_)) => Some(Self::Job),
            Some(Place::FrontendErrors | Place::FrontendGroup(_)) => Some(Self::Errors),
            Some(Place::Logs) => Some(Self::Logs),
            Some(Place::Operations | Place::Operation(_)) => Some(Self::Operations),
            Some(Place::Health) => Some(Self::Health),
            Some(Place::Deploys | Place::Deploy(_)) => Some(Self::Deploys),
            Some(Place::Checks | Place::Check(_) | Place::Alerts | Place::Services) => Some(Self::Watch),
            Some(Place::Audit) => Some(Self::Audit),
        };
        let compares = page == Some(Self::Job) && routes::asked(search, job::WITH).is_some();
        let dialog = routes::asked(search, deeds::DO).map(Self::of_deed);
        page.into_iter().chain(compares.then_some(Self::Compare)).chain(dialog)
    }

    /// Where the dialog of a deed is, by the deed's word.
    #[must_use]
    pub fn of_deed(word: &str) -> Self {
        let is = |kind: DeedKind| word == kind.word();
        match () {
            () if is(DeedKind::Edit) => Self::Edit,
            () if DeedKind::ALL.into_iter().any(|kind| kind.is_for_many() && is(kind)) => Self::Many,
            () => Self::Deeds,
        }
    }

    /// Whether it is there. The server has them all.
    #[must_use]
    pub fn is_there(self) -> bool {
        cfg!(feature = "ssr") || THERE[self as usize].load(Ordering::Relaxed)
    }

    /// Fetches it, and says whether it is there then.
    pub async fn fetch(self) -> bool {
        if self.is_there() {
            return true;
        }
        let fetched = match self {
            Self::Queue => fetch_queue().await,
            Self::Command => fetch_command().await,
            Self::Groups => fetch_groups().await,
            Self::Jobs => fetch_jobs().await,
            Self::Job => fetch_job().await,
            Self::Long => fetch_long().await,
            Self::Compare => fetch_compare().await,
            Self::Errors => fetch_errors().await,
            Self::Logs => fetch_logs().await,
            Self::Operations => fetch_operations().await,
            Self::Health => fetch_health().await,
            Self::Deploys => fetch_deploys().await,
            Self::Watch => fetch_watch().await,
            Self::Audit => fetch_audit().await,
            Self::Deeds => fetch_deeds().await,
            Self::Many => fetch_many().await,
            Self::Edit => fetch_edit().await,
        };
        THERE[self as usize].store(fetched.is_ok(), Ordering::Relaxed);
        fetched.is_ok()
    }
}

/// The page of a place whose part is there.
pub fn page(place: Option<Place>) -> Html {
    match place {
        Some(Place::Dashboard) => dashboard::page(),
        Some(Place::Troubleshooting) => at_once(queue()),
        Some(Place::Groups) => at_once(groups(None)),
        Some(Place::Group(id)) => at_once(groups(Some(id))),
        Some(Place::Command(id)) => at_once(command(id)),
        Some(Place::Jobs) => at_once(jobs()),
        Some(Place::Job(id)) => at_once(job(id)),
        Some(Place::FrontendErrors) => at_once(errors(None)),
        Some(Place::FrontendGroup(id)) => at_once(errors(Some(id))),
        Some(Place::Logs) => at_once(logs()),
        Some(Place::Operations) => at_once(operations(None)),
        Some(Place::Operation(id)) => at_once(operations(Some(id))),
        Some(Place::Health) => at_once(health()),
        Some(Place::Deploys) => at_once(deploys(None)),
        Some(Place::Deploy(id)) => at_once(deploys(Some(id))),
        Some(place @ (Place::Checks | Place::Check(_) | Place::Alerts | Place::Services)) => at_once(watch(place)),
        Some(Place::Audit) => at_once(audit()),
        None => not_found::page(),
    }
}

/// The dialog of the deed that is asked for.
pub fn dialog(asked: Asked, done: Callback<()>) -> Html {
    match asked {
        Asked::Edit(on) => at_once(edit(on, done)),
        Asked::Many(kind, on) => at_once(many(kind, on, done)),
        asked => at_once(deeds(asked, done)),
    }
}

/// The list of a long run; its part was fetched.
pub(crate) fn long(shown: job::Shown) -> Html {
    at_once(long_tree(shown))
}

/// Two attempts of a run beside each other.
pub(crate) fn compared(job: JobId) -> Html {
    at_once(compare(job))
}

type Made = Result<Html, SplitLoaderError>;

/// A split point is a future, because it may have to wait for its part. Nobody asks for what is not there, so it never waits.
fn at_once(made: impl Future<Output = Made>) -> Html {
    match pin!(made).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(Ok(html)) => html,
        Poll::Ready(Err(_)) | Poll::Pending => Html::Nothing,
    }
}

#[wasm_split(queue, preload(fetch_queue), fallible)]
fn queue() -> Made {
    Ok(troubleshooting::page())
}

#[wasm_split(command, preload(fetch_command), fallible)]
fn command(id: CommandId) -> Made {
    Ok(command::page(id))
}

#[wasm_split(groups, preload(fetch_groups), fallible)]
fn groups(one: Option<i64>) -> Made {
    Ok(one.map_or_else(groups::page, group::page))
}

#[wasm_split(jobs, preload(fetch_jobs), fallible)]
fn jobs() -> Made {
    Ok(jobs::page())
}

#[wasm_split(job, preload(fetch_job), fallible)]
fn job(id: JobId) -> Made {
    Ok(job::page(id))
}

#[wasm_split(long, preload(fetch_long), fallible)]
fn long_tree(shown: job::Shown) -> Made {
    Ok(job::long_tree(shown))
}

#[wasm_split(compare, preload(fetch_compare), fallible)]
fn compare(id: JobId) -> Made {
    Ok(job::compared(id))
}

#[wasm_split(errors, preload(fetch_errors), fallible)]
fn errors(one: Option<i64>) -> Made {
    Ok(one.map_or_else(frontend_errors::page, frontend_group::page))
}

#[wasm_split(logs, preload(fetch_logs), fallible)]
fn logs() -> Made {
    Ok(logs::page())
}

#[wasm_split(operations, preload(fetch_operations), fallible)]
fn operations(one: Option<OperationId>) -> Made {
    Ok(one.map_or_else(operations::page, operation::page))
}

#[wasm_split(health, preload(fetch_health), fallible)]
fn health() -> Made {
    Ok(health::page())
}

#[wasm_split(deploys, preload(fetch_deploys), fallible)]
fn deploys(one: Option<i64>) -> Made {
    Ok(one.map_or_else(deploys::page, deploys::one))
}

#[wasm_split(watch, preload(fetch_watch), fallible)]
fn watch(place: Place) -> Made {
    Ok(match place {
        Place::Check(id) => checks::one(id),
        Place::Alerts => alerts::page(),
        Place::Services => services::page(),
        _ => checks::page(),
    })
}

#[wasm_split(audit, preload(fetch_audit), fallible)]
fn audit() -> Made {
    Ok(audit::page())
}

#[wasm_split(deeds, preload(fetch_deeds), fallible)]
fn deeds(asked: Asked, done: Callback<()>) -> Made {
    Ok(deeds::dialog_of(asked, done))
}

#[wasm_split(many, preload(fetch_many), fallible)]
fn many(kind: DeedKind, on: OnMany, done: Callback<()>) -> Made {
    Ok(deeds::many_dialog(kind, on, done))
}

#[wasm_split(edit, preload(fetch_edit), fallible)]
fn edit(on: OnCommand, done: Callback<()>) -> Made {
    Ok(deeds::edit_dialog(on, done))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_needs_the_part_of_its_page_and_of_its_dialog() {
        let needed = |path, search| Part::needed(path, search).map(Part::name).collect::<Vec<_>>().join(" ");
        assert_eq!(needed("/", ""), "");
        assert_eq!(needed("/no-such-page", "?x=1"), "");
        assert_eq!(needed("/audit", "?mine=1"), "audit");
        assert_eq!(needed("/troubleshooting", "?tenant=a&do=retry&of=1"), "queue deeds");
        assert_eq!(needed("/troubleshooting", "do=retry"), "queue deeds");
        assert_eq!(needed("/troubleshooting", "?of=1&do=edit"), "queue edit");
        assert_eq!(needed("/troubleshooting", "?do=bulk-edit"), "queue many");
        let job = "/jobs/01931f3c-7a10-7c3e-9b9e-2f6f1f0a1b2c";
        assert_eq!((needed(job, "?attempt=3"), needed(job, "?attempt=3&with=2")), ("job".to_owned(), "job compare".to_owned()));
    }

    #[test]
    fn a_page_is_written_at_once() {
        let waits = async {
            std::future::pending::<()>().await;
            Ok(Html::Nothing)
        };
        assert!(matches!(at_once(async { Ok(Html::Text("there".into())) }), Html::Text(_)));
        assert!(matches!(at_once(waits), Html::Nothing));
    }
}
