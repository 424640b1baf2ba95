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
use domain::{Actor, Permission, Problem, SupportSessionId};
use futures::{Stream, StreamExt, stream};
use gate::{Cursor, Feed, FeedEvent, Gate, Token};
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
/// How often a stream looks whether it may still be open.
const CHECK: Duration = Duration::from_secs(1);
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

    /// Where the feed ends now; a page rendered now starts its stream here.
    pub(super) async fn head(&self) -> Option<Cursor> {
        self.feed.head().await.ok()
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
                Err(_) => tokio::time::sleep(CHECK).await,
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
    let actor = match state.gate.actor(&token).await {
        Ok((actor, _)) => actor,
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
    let tab = Tab {
        gate: state.gate.clone(),
        feed: state.live.feed.clone(),
        token,
        session: session_of(&actor),
        actor,
        after,
        sender,
        stop: state.live.stop.clone(),
    };
    tokio::spawn(tab.run(receiver));
    Sse::new(events(messages)).keep_alive(KeepAlive::new().interval(Duration::from_secs(15))).into_response()
}

fn events(messages: mpsc::Receiver<Event>) -> impl Stream<Item = Result<Event, Infallible>> {
    stream::unfold(messages, |mut messages| async move { messages.recv().await.map(|event| (event, messages)) }).map(Ok)
}

/// One open stream.
struct Tab {
    gate: Arc<Gate>,
    feed: Feed,
    token: Token,
    session: Option<SupportSessionId>,
    actor: Actor,
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
        let mut check = tokio::time::interval(CHECK);
        loop {
            tokio::select! {
                event = receiver.recv() => match event {
                    Ok(event) => if !self.pass(&event).await { return },
                    // Too slow, or the hub is gone: the browser opens a new one and resumes.
                    Err(_) => return,
                },
                _ = check.tick() => if let Some(why) = self.over().await {
                    self.say(Event::default().event("end").data(json!({ "why": why }).to_string())).await;
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
        let visible = match event.tenant {
            Some(tenant) => self.actor.may(Permission::Read, Some(tenant)),
            None => true,
        };
        if !visible {
            return true;
        }
        let data = json!({ "kind": event.kind, "tenant": event.tenant, "subject": event.subject });
        self.say(Event::default().event("change").id(event.cursor.to_string()).data(data.to_string())).await
    }

    async fn say(&self, event: Event) -> bool {
        self.sender.send(event).await.is_ok()
    }

    /// Why the stream has to end, if it has to.
    async fn over(&mut self) -> Option<&'static str> {
        match self.gate.actor(&self.token).await {
            Ok((actor, _)) => {
                let session = session_of(&actor);
                let ended = self.session.is_some() && session != self.session;
                self.session = session;
                self.actor = actor;
                ended.then_some("The support session has ended.")
            }
            Err(problem) if problem.kind == domain::ProblemKind::SignedOut => Some("You are signed out."),
            // The database is away: keep the tab, it will be told when there is news.
            Err(_) => None,
        }
    }
}

fn session_of(actor: &Actor) -> Option<SupportSessionId> {
    actor.support.as_ref().map(|support| support.id)
}
