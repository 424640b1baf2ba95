//! One event stream per tab: says *that* something changed, never what; pages then ask again. Resumes
//! where it stopped. Nothing here runs on the server: the stream is opened in an effect.

use crate::routes;
use leptos::prelude::*;
use markup::effect;
use std::time::Duration;
use wasm_bindgen::{JsCast, closure::Closure};
use web_sys::{EventSource, MessageEvent};

/// Further events of a kind within this time are told together, at its end.
const WINDOW: Duration = Duration::from_millis(150);

/// What an event is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Command,
    Job,
    Frontend,
    Audit,
    Session,
    Operation,
    Group,
    Check,
    Alert,
    Webhook,
}

impl Kind {
    pub const ALL: &'static [Self] = &[
        Self::Command,
        Self::Job,
        Self::Frontend,
        Self::Audit,
        Self::Session,
        Self::Operation,
        Self::Group,
        Self::Check,
        Self::Alert,
        Self::Webhook,
    ];

    fn from_word(word: &str) -> Option<Self> {
        Some(match word {
            "command" => Self::Command,
            "job" => Self::Job,
            "frontend" => Self::Frontend,
            "audit" => Self::Audit,
            "session" => Self::Session,
            "operation" => Self::Operation,
            "group" => Self::Group,
            "check" => Self::Check,
            "alert" => Self::Alert,
            "webhook" => Self::Webhook,
            _ => return None,
        })
    }
}

/// How the stream is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Connection {
    /// Not opened yet; also while rendering on the server.
    Starting,
    Live,
    /// Lost; trying again by itself.
    Reconnecting,
}

/// Where the stream of this page begins, if the server says so: it then misses nothing between the
/// rendering of the page and the opening of the stream. Provided by the server through the context.
#[derive(Clone, Debug)]
pub struct LiveCursor(pub String);

/// Name of the `meta` element that carries the cursor.
pub(crate) const CURSOR_META: &str = "live-cursor";

/// The stream as pages see it.
#[derive(Clone, Copy)]
pub struct LiveContext {
    counters: [RwSignal<u64>; Kind::ALL.len()],
    pub connection: RwSignal<Connection>,
    /// Why the sign-in or the support session ended, when the stream said so.
    pub ended: RwSignal<Option<String>>,
}

/// A number that grows with every change of this kind.
#[must_use]
pub fn use_live(kind: Kind) -> Signal<u64> {
    match use_context::<LiveContext>() {
        Some(live) => live.counters[kind as usize].into(),
        None => Signal::stored(0),
    }
}

/// Calls `again` when one of these kinds changed; not the first time.
pub fn on_live(kinds: &'static [Kind], again: impl Fn() + 'static) {
    let counters: Vec<_> = kinds.iter().map(|kind| use_live(*kind)).collect();
    let mut before = None;
    effect(move || {
        let sum: u64 = counters.iter().map(Get::get).sum();
        if before.replace(sum).is_some_and(|before| before != sum) {
            again();
        }
    });
}

/// Provides the context and, in the browser, opens the stream; for the app only.
pub(crate) fn provide_live() {
    let live = LiveContext {
        counters: std::array::from_fn(|_| RwSignal::new(0)),
        connection: RwSignal::new(Connection::Starting),
        ended: RwSignal::new(None),
    };
    provide_context(live);
    effect(move || {
        let last_id = StoredValue::new(first_cursor());
        Tab {
            live,
            windows: StoredValue::new([Window::default(); Kind::ALL.len()]),
            last_id,
            stream: StoredValue::new_local(None),
            tries: StoredValue::new(0),
        }
        .open();
    });
}

fn first_cursor() -> String {
    let meta = document().query_selector(&["meta[name=", CURSOR_META, "]"].concat()).ok().flatten();
    meta.and_then(|meta| meta.get_attribute("content")).unwrap_or_default()
}

/// The stream of this tab and what is needed to open it again.
#[derive(Clone, Copy)]
struct Tab {
    live: LiveContext,
    windows: StoredValue<[Window; Kind::ALL.len()]>,
    last_id: StoredValue<String>,
    stream: StoredValue<Option<Stream>, LocalStorage>,
    tries: StoredValue<u32>,
}

/// An open source with the closures it calls; dropped together.
struct Stream {
    source: EventSource,
    _heard: [Closure<dyn FnMut(MessageEvent)>; 4],
}

impl Tab {
    fn open(self) {
        let last = self.last_id.get_value();
        let Ok(source) = EventSource::new(&routes::url(routes::LIVE, &[("after", &last)])) else {
            return;
        };
        let heard = [
            hear(&source, "change", move |event| self.changed(&event)),
            hear(&source, "end", move |event| self.ended(&event)),
            hear(&source, "open", move |_| self.opened(!last.is_empty())),
            hear(&source, "error", move |_| self.lost()),
        ];
        self.stream.set_value(Some(Stream { source, _heard: heard }));
    }

    fn changed(self, event: &MessageEvent) {
        self.last_id.set_value(event.last_event_id());
        let Some(kind) = field(event, "kind").and_then(|word| Kind::from_word(&word)) else {
            return;
        };
        self.bump(kind);
    }

    fn bump(self, kind: Kind) {
        let at = kind as usize;
        let mut now = false;
        self.windows.update_value(|windows| now = windows[at].arrived());
        if now {
            self.tell(kind);
        }
    }

    fn tell(self, kind: Kind) {
        let at = kind as usize;
        self.live.counters[at].update(|count| *count += 1);
        set_timeout(
            move || {
                let mut again = false;
                self.windows.update_value(|windows| again = windows[at].closed());
                if again {
                    self.tell(kind);
                }
            },
            WINDOW,
        );
    }

    fn ended(self, event: &MessageEvent) {
        self.live.ended.set(Some(field(event, "why").unwrap_or_else(|| "Your session ended.".to_owned())));
        self.bump(Kind::Session);
    }

    /// What happened while nothing was heard is asked for, unless the server tells it from a cursor.
    fn opened(self, resumed: bool) {
        let first = self.live.connection.get_untracked() == Connection::Starting;
        self.tries.set_value(0);
        self.live.connection.set(Connection::Live);
        if !(first && resumed) {
            Kind::ALL.iter().for_each(|kind| self.bump(*kind));
        }
    }

    /// A source that is still connecting tries again by itself; a closed one is opened anew.
    fn lost(self) {
        self.live.connection.set(Connection::Reconnecting);
        let closed =
            self.stream.with_value(|stream| stream.as_ref().is_none_or(|stream| stream.source.ready_state() == EventSource::CLOSED));
        if closed {
            let tries = self.tries.get_value();
            self.tries.set_value(tries.saturating_add(1));
            if tries == 0 {
                self.bump(Kind::Session);
            }
            set_timeout(move || self.open(), pause(tries));
        }
    }
}

impl Drop for Stream {
    fn drop(&mut self) {
        self.source.close();
    }
}

fn hear(source: &EventSource, event: &str, then: impl FnMut(MessageEvent) + 'static) -> Closure<dyn FnMut(MessageEvent)> {
    let closure = Closure::<dyn FnMut(MessageEvent)>::new(then);
    // It can only fail for arguments of the wrong kind, and these are constants.
    let _ = source.add_event_listener_with_callback(event, closure.as_ref().unchecked_ref::<js_sys::Function>());
    closure
}

fn field(event: &MessageEvent, name: &str) -> Option<String> {
    let data: serde_json::Value = serde_json::from_str(&event.data().as_string()?).ok()?;
    data.get(name)?.as_str().map(str::to_owned)
}

/// How long to wait before the next try: half a second, doubled each time, ten seconds at most.
fn pause(tries: u32) -> Duration {
    Duration::from_millis((500 << tries.min(5)).min(10_000))
}

/// Tells the first event at once and what follows shortly after together: quick, but never a storm.
#[derive(Clone, Copy, Default)]
struct Window {
    open: bool,
    more: bool,
}

impl Window {
    /// An event arrived; true: tell it now and close the window after `WINDOW`.
    fn arrived(&mut self) -> bool {
        self.more = self.open;
        !std::mem::replace(&mut self.open, true)
    }

    /// The time is over; true: there was more, tell it and leave the window open once again.
    fn closed(&mut self) -> bool {
        self.open = std::mem::take(&mut self.more);
        self.open
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_event_is_told_at_once_and_a_storm_once_per_window() {
        let mut window = Window::default();
        assert!(window.arrived());
        assert!(!window.arrived() && !window.arrived());
        assert!(window.closed(), "the last of the storm is told");
        assert!(!window.arrived(), "still the same storm");
        assert!(window.closed());
        assert!(!window.closed(), "quiet again");
        assert!(window.arrived(), "and at once again");
    }

    #[test]
    fn it_never_gives_up_and_never_waits_longer_than_ten_seconds() {
        assert_eq!(pause(0), Duration::from_millis(500));
        assert!((0..40).all(|tries| pause(tries) <= pause(tries + 1)));
        assert_eq!(pause(u32::MAX), Duration::from_secs(10));
    }
}
