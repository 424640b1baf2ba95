//! Who is signed in and in which support session: loaded once for the whole frame, handed to every
//! page and dialog through the context. Also the server's clock, carried forward in the browser.

use crate::{
    data::{Data, load},
    live,
};
use actions::views::me::{Me, MeOutput};
use domain::{Actor, At, Support};
use leptos::prelude::*;
use markup::effect;
use std::{sync::Arc, time::Duration};

/// What the frame knows of the person; `Copy`, so that closures can hold it.
#[derive(Clone, Copy)]
pub struct MeContext {
    /// Read it inside a `Suspense` or `Transition` of a route.
    pub me: Data<MeOutput>,
    /// Milliseconds since `me` arrived in this browser; 0 while rendering on the server.
    elapsed: RwSignal<i64>,
}

impl MeContext {
    /// The answer, if it is there and good.
    #[must_use]
    pub fn known(&self) -> Option<Arc<MeOutput>> {
        self.me.good()
    }

    /// The person, for `domain::missing`.
    #[must_use]
    pub fn actor(&self) -> Option<Actor> {
        self.me.good().map(|me| me.actor.clone())
    }

    /// The server's clock; moves once a second in the browser.
    #[must_use]
    pub fn now(&self) -> Option<At> {
        Some(self.since(self.me.good()?.now))
    }

    /// A moment of the server's answer, carried forward to this second.
    #[must_use]
    pub fn since(&self, sent: At) -> At {
        At::from_millis(sent.millis().saturating_add(self.elapsed.get()))
    }

    /// The running support session, if its time box has not ended.
    #[must_use]
    pub fn support(&self) -> Option<Support> {
        let now = self.now()?;
        self.actor()?.support.filter(|support| support.is_open(now))
    }

    /// Asks again; what is shown stays until the answer is there.
    pub fn refetch(&self) {
        self.me.refetch();
    }
}

/// The context of the frame around this page.
///
/// # Panics
/// Outside the frame, which is a fault of the routes.
#[must_use]
pub fn use_me() -> MeContext {
    expect_context::<MeContext>()
}

/// Loads the person and provides the context; for the frame only.
pub(super) fn provide_me() -> MeContext {
    let context = MeContext { me: load(|| Me {}), elapsed: RwSignal::new(0) };
    provide_context(context);
    tick(context);
    live::on_live(live::Kind::ALL, move || context.refetch());
    context
}

/// Moves the clock: from the moment an answer arrives, by the browser's clock, so that a wrong
/// browser clock does no harm and a sleeping laptop wakes up right.
fn tick(context: MeContext) {
    let arrived = StoredValue::new(0.0_f64);
    effect(move || {
        context.me.track();
        arrived.set_value(js_sys::Date::now());
        context.elapsed.set(0);
    });
    effect(move || {
        let interval = set_interval_with_handle(
            move || context.elapsed.set((js_sys::Date::now() - arrived.get_value()).max(0.0) as i64),
            Duration::from_secs(1),
        );
        if let Ok(interval) = interval {
            on_cleanup(move || interval.clear());
        }
    });
    end_with_the_clock(context);
}

/// Asks again once when the time box or the write mode ends by the clock.
fn end_with_the_clock(context: MeContext) {
    let mut before = [true; 2];
    effect(move || {
        let over = match (context.now(), context.actor().and_then(|actor| actor.support)) {
            (Some(now), Some(support)) => [!support.is_open(now), support.write_until.is_some_and(|until| until <= now)],
            _ => [false; 2],
        };
        let before = std::mem::replace(&mut before, over);
        if (over[0] && !before[0]) || (over[1] && !before[1]) {
            context.refetch();
        }
    });
}
