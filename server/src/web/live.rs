//! The live stream: one task reads the feed while anybody listens, and every tab gets the ids it may
//! see. A stream resumes from its last id, and ends within two seconds of its sign-in or of the
//! support session it was opened in.

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
use futures::{Stream, StreamExt, stream};
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
    let Some(token) = auth::token_of(&headers) else {
        return super::rest::problem(&Problem::signed_out());
    };
    let watch = match state.gate.watch(&token).await {
        Ok(watch) => watch,
        Err(problem) => return super::rest::problem(&problem),
    };
    let resumed = headers.get("last-event-id").and_then(|id| id.to_str().ok()).map(str::to_owned).or(from.after);
    let head = match state.live.feed.head().await {
        Ok(head) => head,
        Err(problem) => return super::rest::problem(&problem),
    };
    // Listen first, then read what was missed: what comes twice is told apart by its cursor.
    let receiver = state.live.listen(head);
    let after = resumed.and_then(|id| id.parse::<Cursor>().ok()).unwrap_or(head);
    let (sender, messages) = mpsc::channel(64);
    let tab = Tab { feed: state.live.feed.clone(), watch, after, sender, stop: state.live.stop.clone() };
    tokio::spawn(tab.run(receiver));
    Sse::new(events(messages)).keep_alive(KeepAlive::new().interval(Duration::from_secs(15))).into_response()
}

fn events(messages: mpsc::Receiver<Event>) -> impl Stream<Item = Result<Event, Infallible>> {
    stream::unfold(messages, |mut messages| async move { messages.recv().await.map(|event| (event, messages)) }).map(Ok)
}

/// One open stream.
struct Tab {
    feed: Feed,
    watch: Watch,
    after: Cursor,
    sender: mpsc::Sender<Event>,
    stop: CancellationToken,
}

impl Tab {
    async fn run(mut self, mut receiver: broadcast::Receiver<FeedEvent>) {
        self.say(Event::default().event("open").data("{}")).await;
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
                    self.say(Event::default().event("end").data(json!({ "why": over.to_string() }).to_string())).await;
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
        let data = json!({ "kind": event.kind, "tenant": event.tenant, "subject": event.subject });
        self.say(Event::default().event("change").id(event.cursor.to_string()).data(data.to_string())).await
    }

    async fn say(&self, event: Event) -> bool {
        self.sender.send(event).await.is_ok()
    }
}
