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
use domain::Problem;
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
    match open(&state, &headers, from.after).await {
        Ok(messages) => sse(messages, event),
        Err(problem) => super::rest::problem(&problem),
    }
}

/// What a stream says, whatever its form.
pub(super) enum Said {
    /// It is there; where the feed ended then.
    Open(Cursor),
    /// What came after the given place is no longer kept: whoever resumes has to read anew.
    Gap,
    Change(FeedEvent),
    End(String),
}

/// Opens a stream for whoever is signed in, after the place they name.
pub(super) async fn open(state: &AppState, headers: &HeaderMap, after: Option<String>) -> Result<mpsc::Receiver<Said>, Problem> {
    let token = auth::token_of(headers).ok_or_else(Problem::signed_out)?;
    let watch = state.gate.watch(&token).await?;
    let resumed = headers.get("last-event-id").and_then(|id| id.to_str().ok()).map(str::to_owned).or(after);
    let head = state.live.feed.head().await?;
    // Listen first, then read what was missed: what comes twice is told apart by its cursor.
    let receiver = state.live.listen(head);
    let resumed = resumed.and_then(|id| id.parse::<Cursor>().ok());
    let (sender, messages) = mpsc::channel(64);
    let tab = Tab { feed: state.live.feed.clone(), watch, after: resumed.unwrap_or(head), sender, stop: state.live.stop.clone() };
    tokio::spawn(tab.run(receiver, head, resumed.is_some()));
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
        // A page reads its views anew when its stream is there again.
        Said::Gap => return None,
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
    async fn run(mut self, mut receiver: broadcast::Receiver<FeedEvent>, head: Cursor, resumes: bool) {
        self.say(Said::Open(head)).await;
        // Without an answer nobody can say that nothing is missing.
        if resumes && self.feed.oldest().await.is_ok_and(|oldest| oldest.is_none_or(|oldest| oldest > self.after)) && head > self.after {
            self.say(Said::Gap).await;
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
