//! Logs over HTTP: the last lines as the ops seed has them, and what is written from now on over a WebSocket, or as lines of JSON
//! for whoever has none. A stream ends within two seconds of its sign-in. Not in here: who may (see `gate`), how logs are read.

use super::{AppState, rest};
use crate::auth;
use actions::views::logs::{Logs, LogsOutput};
use axum::{
    Json,
    body::Body,
    extract::{
        Query, State,
        ws::{Message, WebSocket, WebSocketUpgrade, rejection::WebSocketUpgradeRejection},
    },
    http::{HeaderMap, HeaderName, HeaderValue, header},
    response::{IntoResponse, Response},
};
use domain::{LogLine, Permission, Problem, ProblemKind};
use futures::stream;
use gate::{Over, Watch, of_query, unread};
use logs::Followed;
use serde_json::json;
use std::{convert::Infallible, time::Duration};
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

/// Lines that wait for a slow reader before the next are left out.
const QUEUE: usize = 512;
/// A quiet stream says something this often, so that a dead line is noticed.
const QUIET: Duration = Duration::from_secs(15);

/// GET `/api/ops/logs`: an array of lines, or with `format=plain` the text itself; without a service, what there is.
pub(super) async fn tail(State(state): State<AppState>, headers: HeaderMap, Query(mut query): Query<Vec<(String, String)>>) -> Response {
    let answer = async {
        let plain = format_of(&mut query)?;
        let listed = !query.iter().any(|(name, _)| name == "service");
        if plain {
            query.retain(|(name, _)| name != "plain");
            query.push(("plain".to_owned(), "true".to_owned()));
        }
        let raw = rest::read(&state, "logs", &headers, query).await?;
        let output: LogsOutput = serde_json::from_str(raw.get()).map_err(|_| broken())?;
        Ok::<_, Problem>(if listed { services(&output, plain) } else { lines(output, plain) })
    };
    answer.await.unwrap_or_else(|no| rest::problem(&no))
}

fn format_of(query: &mut Vec<(String, String)>) -> Result<bool, Problem> {
    let said = query.iter().position(|(name, _)| name == "format").map(|at| query.remove(at).1);
    match said.as_deref() {
        None | Some("json") => Ok(false),
        Some("plain") => Ok(true),
        Some(_) => Err(Problem::new(ProblemKind::BadInput, "`format` is one of json, plain.")),
    }
}

fn services(output: &LogsOutput, plain: bool) -> Response {
    if !plain {
        return Json(json!({ "services": output.services })).into_response();
    }
    let line = |service: &actions::views::logs::LogService| {
        let how = service.problem.as_deref().unwrap_or("can be read");
        format!("{}\t{}\t{}\t{how}\n", service.name, service.kind, service.place)
    };
    text(output.services.iter().map(line).collect())
}

fn lines(output: LogsOutput, plain: bool) -> Response {
    let mut response =
        if plain { text(output.lines.into_iter().map(|line| line.message + "\n").collect()) } else { Json(output.lines).into_response() };
    // The lines are exactly what was asked for; what there is to say about them stands beside.
    let removed: Vec<String> = output.removed.iter().map(|one| format!("{}={}", one.rule, one.count)).collect();
    for (name, what) in [("x-ops-cut", output.cut.join(" ")), ("x-ops-removed", removed.join(" "))] {
        if let (false, Ok(value)) = (what.is_empty(), HeaderValue::from_bytes(what.as_bytes())) {
            response.headers_mut().insert(HeaderName::from_static(name), value);
        }
    }
    response
}

fn text(text: String) -> Response {
    ([(header::CONTENT_TYPE, "text/plain; charset=utf-8")], text).into_response()
}

fn broken() -> Problem {
    Problem::new(ProblemKind::Internal, "The lines of the log could not be written down.")
}

/// GET `/api/ops/logs/follow`: a WebSocket when that is asked for, else lines of JSON without an end.
pub(super) async fn follow(
    State(state): State<AppState>,
    headers: HeaderMap,
    Query(mut query): Query<Vec<(String, String)>>,
    socket: Result<WebSocketUpgrade, WebSocketUpgradeRejection>,
) -> Response {
    let begun = async {
        let token = auth::token_of(&headers).ok_or_else(Problem::signed_out)?;
        let plain = format_of(&mut query)?;
        let asked: Logs = of_query(&query)?;
        let asked = Logs { tail: asked.tail.or(Some(0)), plain: Some(plain), ..asked };
        let service = asked.service.clone();
        let service = service.ok_or_else(|| Problem::new(ProblemKind::BadInput, "`service` says whose log is followed."))?;
        let reader = state.gate.admit(&token, &asked).await?;
        let watch = state.gate.watch(&token).await?;
        let (sender, followed) = mpsc::channel(QUEUE);
        reader.logs.follow(&service, asked.want(reader.now)?, sender).map_err(|refused| unread(&refused))?;
        Ok::<_, Problem>((asked, watch, followed))
    };
    let (asked, watch, followed) = match begun.await {
        Ok(begun) => begun,
        Err(no) => return rest::problem(&no),
    };
    let (sender, told) = mpsc::channel(16);
    let over = CancellationToken::new();
    let telling = Telling { asked, watch, followed, sender, over: over.clone(), stop: state.live.stop() };
    tokio::spawn(telling.run());
    match socket {
        Ok(upgrade) => upgrade.max_message_size(4096).on_upgrade(move |socket| over_socket(socket, told, over)),
        Err(_) => {
            let lines =
                stream::unfold(told, |mut told| async move { told.recv().await.map(|line| (Ok::<_, Infallible>(line + "\n"), told)) });
            ([(header::CONTENT_TYPE, "application/x-ndjson")], Body::from_stream(lines)).into_response()
        }
    }
}

/// One follower.
struct Telling {
    asked: Logs,
    watch: Watch,
    followed: mpsc::Receiver<Followed>,
    sender: mpsc::Sender<String>,
    over: CancellationToken,
    stop: CancellationToken,
}

impl Telling {
    async fn run(mut self) {
        let why = self.tell().await;
        if let Some(why) = why {
            // A reader that does not even take this has its line cut.
            self.sender.try_send(json!({ "over": why }).to_string()).ok();
        }
        drop(self.sender);
        tokio::time::sleep(Duration::from_millis(100)).await;
        self.over.cancel();
    }

    /// Until it is over; says why when the reader is to know. A slow reader waits in the queue and never keeps it from looking
    /// whether the sign-in still holds.
    async fn tell(&mut self) -> Option<String> {
        let (mut renew, mut quiet) = (tokio::time::interval(Watch::RENEW), tokio::time::interval(QUIET));
        let mut next: Option<String> = None;
        loop {
            tokio::select! {
                _ = renew.tick() => {
                    match self.watch.renew().await {
                        Ok(()) | Err(Over::SessionEnded) if self.watch.may_everywhere(Permission::LogsRead) => {}
                        Ok(()) | Err(Over::SessionEnded) => return Some("Your roles do not let you read logs any more.".to_owned()),
                        Err(Over::Away | Over::Renewed) => return None,
                        Err(over) => return Some(over.to_string()),
                    }
                }
                permit = self.sender.reserve(), if next.is_some() => match (permit, next.take()) {
                    (Ok(permit), Some(text)) => permit.send(text),
                    _ => return None,
                },
                followed = self.followed.recv(), if next.is_none() => match followed {
                    Some(Followed::Line(line)) => next = self.asked.fits(&line).then(|| written(&line)),
                    Some(Followed::LeftOut(lines)) => next = Some(json!({ "left_out": lines }).to_string()),
                    Some(Followed::Over(why)) => return Some(why),
                    None => return Some("The source has ended.".to_owned()),
                },
                _ = quiet.tick(), if next.is_none() => next = Some(String::new()),
                () = self.sender.closed() => return None,
                () = self.stop.cancelled() => return None,
            }
        }
    }
}

fn written(line: &LogLine) -> String {
    serde_json::to_string(line).unwrap_or_default()
}

/// Sends what is told; whatever the reader says but goodbye is not listened to.
async fn over_socket(mut socket: WebSocket, mut told: mpsc::Receiver<String>, over: CancellationToken) {
    let sending = async {
        loop {
            tokio::select! {
                text = told.recv() => {
                    let Some(text) = text else { break };
                    let message = if text.is_empty() { Message::Ping(Vec::new().into()) } else { Message::Text(text.into()) };
                    if socket.send(message).await.is_err() {
                        return;
                    }
                }
                said = socket.recv() => if !matches!(said, Some(Ok(Message::Ping(_) | Message::Pong(_) | Message::Text(_)))) { return },
            }
        }
        socket.send(Message::Close(None)).await.ok();
    };
    // A reader that takes nothing does not keep the line open.
    tokio::select! { () = sending => {}, () = over.cancelled() => {} }
}
