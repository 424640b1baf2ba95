//! The live stream: one task reads the feed while anybody listens, and every tab gets the ids it may
//! see. A stream resumes from its last id, and ends within two seconds of its sign-in or of the
//! support session it was opened in. Not in here: the form in which scripts read it (see `events`).

use super::AppState;
use crate::auth;
use axum::{
    extract::{Query, State},
    http::HeaderMap,
    response::{
        IntoResponse, Response, Sse,
        sse::{Event, KeepAlive},
    },
};
use domain::{Problem, ProblemKind};
use futures::{StreamExt, stream};
use gate::{Cursor, Feed, FeedEvent, Over, Watch};
use serde::Deserialize;
use serde_json::json;
use std::{
    convert::Infallible,
    sync::{Arc, Mutex},
    time::Duration,
};
use tokio::sync::{broadcast, mpsc};
use tokio_util::sync::CancellationToken;

/// How often the feed is read.
const TICK: Duration = Duration::from_millis(100);
/// How long the reader rests when the database is away.
const REST: Duration = Duration::from_secs(1);
/// Events a tab may lag behind before its stream is closed (it resumes by itself).
const LAG: usize = 1024;

/// Reads the feed once for all tabs.
#[derive(Clone)]
pub(super) struct Hub {
    feed: Feed,
    sender: broadcast::Sender<FeedEvent>,
    reading: Arc<Mutex<bool>>,
    stop: CancellationToken,
}

impl Hub {
    pub(super) fn new(feed: Feed, stop: CancellationToken) -> Self {
        Self { feed, sender: broadcast::channel(LAG).0, reading: Arc::default(), stop }
    }

    /// Told when the process stops.
    pub(super) fn stop(&self) -> CancellationToken {
        self.stop.clone()
    }

    /// Where the feed ends now; a page rendered now starts its stream here.
    pub(super) async fn head(&self) -> Option<Cursor> {
        self.feed.head().await.ok()
    }

    /// Streams that are open here.
    pub(super) fn listeners(&self) -> usize {
        self.sender.receiver_count()
    }

    /// Its feed.
    pub(super) fn feed(&self) -> &Feed {
        &self.feed
    }

    /// What comes after `head`; starts the reader there if it sleeps. `head` was read from the feed
    /// before, so nothing is committed between it and the reader's first look.
    fn listen(&self, head: Cursor) -> broadcast::Receiver<FeedEvent> {
        let receiver = self.sender.subscribe();
        let mut reading = self.reading.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        if !*reading {
            *reading = true;
            let hub = self.clone();
            tokio::spawn(async move { hub.read(head).await });
        }
        receiver
    }

    async fn read(self, mut after: Cursor) {
        loop {
            tokio::select! { () = tokio::time::sleep(TICK) => {}, () = self.stop.cancelled() => return }
            {
                let mut reading = self.reading.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
                if self.sender.receiver_count() == 0 {
                    *reading = false;
                    return;
                }
            }
            match self.feed.since(after, 500).await {
                Ok(events) => {
                    after = events.last().map_or(after, |last| last.cursor);
                    for event in events {
                        self.sender.send(event).ok();
                    }
                }
                // Logged where it happened; the database comes back, and the cursor still holds.
                Err(_) => tokio::time::sleep(REST).await,
            }
        }
    }
}

#[derive(Deserialize)]
pub(super) struct From {
    after: Option<String>,
}

pub(super) async fn stream(State(state): State<AppState>, Query(from): Query<From>, headers: HeaderMap) -> Response {
    // A page cannot mend its place; it reads its views anew and goes on from now.
    let start = place(&headers, from.after).unwrap_or(Start::Unknown);
    match open(&state, &headers, start).await {
        Ok(messages) => sse(messages, event),
        Err(problem) => super::rest::problem(&problem),
    }
}

/// Where a stream begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Start {
    Now,
    After(Cursor),
    /// After a place that nobody can read: what came since is missing.
    Unknown,
}

/// The place somebody goes on from: a browser that reconnects says it in a header, which goes before the address. An empty one is none.
pub(super) fn place(headers: &HeaderMap, after: Option<String>) -> Result<Start, Problem> {
    let said = headers.get("last-event-id").map(|id| String::from_utf8_lossy(id.as_bytes()).into_owned()).or(after);
    let Some(said) = said.filter(|said| !said.is_empty()) else { return Ok(Start::Now) };
    said.parse().map(Start::After).map_err(|()| {
        let said: String = said.chars().take(60).collect();
        Problem::new(
            ProblemKind::BadInput,
            format!(
                "\u{201c}{said}\u{201d} is no place in the events, so what came after it is not known. Say the `seq` of the last event you saw, \
                 or leave it out to hear what comes from now on, and read what you follow anew."
            ),
        )
    })
}

/// What a stream says, whatever its form.
pub(super) enum Said {
    /// It is there; where the feed ended then.
    Open(Cursor),
    /// What came after the given place is no longer kept: whoever resumes has to read anew.
    Gap,
    /// The given place is none of this feed's: nobody knows what is missing.
    Lost,
    Change(FeedEvent),
    End(String),
}

/// Opens a stream for whoever is signed in.
pub(super) async fn open(state: &AppState, headers: &HeaderMap, start: Start) -> Result<mpsc::Receiver<Said>, Problem> {
    let token = auth::token_of(headers).ok_or_else(Problem::signed_out)?;
    let watch = state.gate.watch(&token).await?;
    let head = state.live.feed.head().await?;
    // Listen first, then read what was missed: what comes twice is told apart by its cursor.
    let receiver = state.live.listen(head);
    // A place that is still to come is not one of this feed, and whoever waits for it hears nothing.
    let start = if matches!(start, Start::After(place) if place > head) { Start::Unknown } else { start };
    let after = if let Start::After(place) = start { place } else { head };
    let (sender, messages) = mpsc::channel(64);
    let tab = Tab { feed: state.live.feed.clone(), watch, after, sender, stop: state.live.stop.clone() };
    tokio::spawn(tab.run(receiver, head, start));
    Ok(messages)
}

/// As server-sent events.
pub(super) fn sse(messages: mpsc::Receiver<Said>, form: impl Fn(Said) -> Option<Event> + Send + 'static) -> Response {
    let said = stream::unfold(messages, |mut messages| async move { messages.recv().await.map(|said| (said, messages)) });
    let events = said.filter_map(move |said| std::future::ready(form(said).map(Ok::<_, Infallible>)));
    Sse::new(events).keep_alive(KeepAlive::new().interval(Duration::from_secs(15))).into_response()
}

/// As pages read it.
fn event(said: Said) -> Option<Event> {
    Some(match said {
        Said::Open(_) => Event::default().event("open").data("{}"),
        // Said after any quiet time, too, when nothing is missing. A page that was away reads its views anew as it is.
        Said::Gap => return None,
        // A page whose stream is there again reads its views anew.
        Said::Lost => Event::default().event("open").data("{}"),
        Said::Change(event) => {
            let data = json!({ "kind": event.kind, "tenant": event.tenant, "subject": event.subject });
            Event::default().event("change").id(event.cursor.to_string()).data(data.to_string())
        }
        Said::End(why) => Event::default().event("end").data(json!({ "why": why }).to_string()),
    })
}

/// One open stream.
struct Tab {
    feed: Feed,
    watch: Watch,
    after: Cursor,
    sender: mpsc::Sender<Said>,
    stop: CancellationToken,
}

impl Tab {
    async fn run(mut self, mut receiver: broadcast::Receiver<FeedEvent>, head: Cursor, start: Start) {
        self.say(Said::Open(head)).await;
        match start {
            Start::Unknown => drop(self.say(Said::Lost).await),
            Start::After(place) if self.misses(head, place).await => drop(self.say(Said::Gap).await),
            Start::Now | Start::After(_) => {}
        }
        if !self.catch_up().await {
            return;
        }
        let mut renew = tokio::time::interval(Watch::RENEW);
        loop {
            tokio::select! {
                event = receiver.recv() => match event {
                    Ok(event) => if !self.pass(&event).await { return },
                    // Too slow, or the hub is gone: the browser opens a new one and resumes.
                    Err(_) => return,
                },
                _ = renew.tick() => if let Err(over) = self.watch.renew().await {
                    // Without a word: the browser says that it reconnects, and does so until it is let in again.
                    if matches!(over, Over::Away | Over::Renewed) { return }
                    self.say(Said::End(over.to_string())).await;
                    return;
                },
                () = self.stop.cancelled() => return,
                () = self.sender.closed() => return,
            }
        }
    }

    /// Whether something between a place and `head` may not be told any more.
    async fn misses(&self, head: Cursor, place: Cursor) -> bool {
        // Without an answer nobody can say that nothing is missing.
        head > place && self.feed.oldest().await.is_ok_and(|oldest| oldest.is_none_or(|oldest| oldest > place))
    }

    /// What was missed since the cursor; false when the tab is gone.
    async fn catch_up(&mut self) -> bool {
        loop {
            let Ok(events) = self.feed.since(self.after, 500).await else {
                return false;
            };
            for event in &events {
                if !self.pass(event).await {
                    return false;
                }
            }
            if events.len() < 500 {
                return true;
            }
        }
    }

    /// Sends an event the person may see, once.
    async fn pass(&mut self, event: &FeedEvent) -> bool {
        if event.cursor <= self.after {
            return true;
        }
        self.after = event.cursor;
        if !self.watch.may_see(event) {
            return true;
        }
        self.say(Said::Change(event.clone())).await
    }

    async fn say(&self, said: Said) -> bool {
        self.sender.send(said).await.is_ok()
    }
}
