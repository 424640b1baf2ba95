//! The lane of heartbeats: a job says that it began and how it ended. Its token stands in the address and is all it needs; cookies are
//! ignored, and only a POST changes anything. Of what it printed the last 10,000 bytes are kept, scrubbed and as text that is only text. Not
//! in here: when it is late.

use super::{intake::prefix, peer::Peer};
use axum::{
    Router,
    body::{Body, HttpBody},
    extract::{DefaultBodyLimit, Path, State},
    http::{HeaderName, StatusCode},
    response::{IntoResponse, Response},
    routing::post,
};
use domain::{Problem, ProblemKind};
use futures::StreamExt;
use gate::{Monitor, Ping, Pinged};
use sha2::{Digest, Sha256};
use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

/// The last bytes of a body that are kept.
const KEPT: usize = 10_000;
/// So much more is looked at, for where to begin.
const MARGIN: usize = 1_000;
/// Most bytes of a body that are read at all.
const READ_MOST: u64 = 16 * 1024 * 1024;
/// How long an unknown token is not looked up again.
const UNKNOWN: Duration = Duration::from_secs(30);
/// Most that is remembered of tokens and of addresses.
const REMEMBERED: usize = 20_000;
/// Reports of one token within a minute.
const OF_TOKEN: u32 = 60;
/// Reports of one network within a minute, with whatever tokens.
const OF_NETWORK: u32 = 1_200;

#[derive(Clone)]
pub(super) struct Beats {
    monitor: Monitor,
    unknown: Arc<Mutex<HashMap<[u8; 32], Instant>>>,
    minutes: Arc<Mutex<HashMap<Who, (Instant, u32)>>>,
}

#[derive(PartialEq, Eq, Hash)]
enum Who {
    Token([u8; 32]),
    /// What the beacon's lane takes for one sender, too: nobody gets more by changing the last digits.
    Network(String),
}

pub(super) fn router(monitor: Monitor) -> Router {
    let beats = Beats { monitor, unknown: Arc::default(), minutes: Arc::default() };
    Router::new()
        .route("/api/ops/heartbeats/{token}", post(ended))
        .route("/api/ops/heartbeats/{token}/{how}", post(ended_so))
        // What is read is capped by hand: of what is longer the end is wanted, not a refusal.
        .layer(DefaultBodyLimit::disable())
        .with_state(beats)
}

async fn ended(beats: State<Beats>, Path(token): Path<String>, peer: Peer, body: Body) -> Response {
    beats.0.take(&token, "0", peer, body).await
}

async fn ended_so(beats: State<Beats>, Path((token, how)): Path<(String, String)>, peer: Peer, body: Body) -> Response {
    beats.0.take(&token, &how, peer, body).await
}

impl Beats {
    async fn take(&self, token: &str, how: &str, peer: Peer, body: Body) -> Response {
        let hash: [u8; 32] = Sha256::digest(token.as_bytes()).into();
        let in_time = peer.0.is_none_or(|address| self.once_more(Who::Network(prefix(address)), OF_NETWORK))
            && self.once_more(Who::Token(hash), OF_TOKEN);
        if !in_time {
            return no(
                StatusCode::TOO_MANY_REQUESTS,
                ProblemKind::TooMany,
                "That is more often than any job runs. Nothing was written; wait a minute.",
            );
        }
        if lock(&self.unknown).get(&hash).is_some_and(|at| at.elapsed() < UNKNOWN) {
            return unknown();
        }
        let Some(end) = End::read(how) else {
            let words = "Say /start, /fail, or the exit status from 0 to 255. Nothing was written.";
            return no(StatusCode::UNPROCESSABLE_ENTITY, ProblemKind::BadInput, words);
        };
        let Ok((output, all)) = last(body).await else {
            return no(
                StatusCode::PAYLOAD_TOO_LARGE,
                ProblemKind::BadInput,
                "What the job printed is longer than 16 MB, or broke off. Nothing was written.",
            );
        };
        match self.monitor.ping(&hash, &end.ping(&output, all)).await {
            Ok(Pinged::Noted) => answer("noted"),
            Ok(Pinged::Paused) => answer("paused: nothing was written"),
            Ok(Pinged::Unknown) => {
                let mut unknown_yet = lock(&self.unknown);
                if unknown_yet.len() >= REMEMBERED {
                    unknown_yet.clear();
                }
                unknown_yet.insert(hash, Instant::now());
                unknown()
            }
            Err(problem) => super::rest::problem(&problem),
        }
    }

    /// Counts by minutes; false when it is enough.
    fn once_more(&self, who: Who, most: u32) -> bool {
        let mut minutes = lock(&self.minutes);
        if minutes.len() >= REMEMBERED {
            minutes.retain(|_, (since, _)| since.elapsed() < Duration::from_secs(60));
            if minutes.len() >= REMEMBERED {
                minutes.clear();
            }
        }
        let (since, count) = minutes.entry(who).or_insert_with(|| (Instant::now(), 0));
        if since.elapsed() >= Duration::from_secs(60) {
            (*since, *count) = (Instant::now(), 0);
        }
        *count = count.saturating_add(1);
        *count <= most
    }
}

/// How a job ended, or that it began.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum End {
    Start,
    Fail,
    Status(u8),
}

impl End {
    fn read(how: &str) -> Option<Self> {
        match how {
            "start" => Some(Self::Start),
            "fail" => Some(Self::Fail),
            _ => how.parse().ok().map(Self::Status),
        }
    }

    fn ping(self, output: &[u8], all: u64) -> Ping {
        let error = match self {
            Self::Start => return Ping::Started,
            Self::Status(0) => None,
            Self::Status(status) => Some(format!("The job ended with status {status}.")),
            Self::Fail => Some("The job says that it failed.".to_owned()),
        };
        let output = if all > output.len() as u64 { whole_lines(output) } else { output };
        // As the lines of logs are, and before it is scrubbed: what drives a terminal also parts words.
        let text = output.split(|byte| *byte == b'\n').map(logs::visible).collect::<Vec<_>>().join("\n");
        let (mut text, _) = scrub::scrub_to_string(&text);
        if all > KEPT as u64 {
            text = format!("\u{2026} the last {KEPT} of {all} bytes:\n{text}");
        }
        // Scrubbing may write more than it takes out; the row has an end.
        while text.len() > 11_900 {
            let cut = text.len() - 11_900;
            let at = (cut..text.len()).find(|at| text.is_char_boundary(*at)).unwrap_or(text.len());
            text = text.split_off(at);
        }
        Ping::Ended { error, output: (!text.is_empty()).then_some(text) }
    }
}

/// Without what was cut at the front: half a secret is not recognised as one, nor is a key whose beginning is gone.
fn whole_lines(cut: &[u8]) -> &[u8] {
    let after = |from: usize| cut[from..].iter().position(|byte| byte.is_ascii_whitespace()).map_or(cut.len(), |at| from + at + 1);
    let line = cut.iter().take(MARGIN).position(|byte| *byte == b'\n').map_or_else(|| after(0), |at| at + 1);
    let rest = &cut[line..];
    let find = |what: &[u8]| rest.windows(what.len()).position(|window| window == what);
    match (find(b"-----BEGIN "), find(b"-----END ")) {
        (begin, Some(end)) if begin.is_none_or(|begin| begin > end) => &cut[after(line + end + 9)..],
        _ => rest,
    }
}

/// The end of a body, a little more than is kept, and how long all of it was.
async fn last(body: Body) -> Result<(Vec<u8>, u64), ()> {
    if body.size_hint().lower() > READ_MOST {
        return Err(());
    }
    let (mut kept, mut all) = (Vec::new(), 0_u64);
    let mut pieces = body.into_data_stream();
    while let Some(piece) = pieces.next().await {
        let piece = piece.map_err(drop)?;
        all += piece.len() as u64;
        if all > READ_MOST {
            return Err(());
        }
        kept.extend_from_slice(&piece);
        if kept.len() > KEPT + MARGIN {
            kept.drain(..kept.len() - KEPT - MARGIN);
        }
    }
    Ok((kept, all))
}

fn answer(words: &'static str) -> Response {
    ([(HeaderName::from_static("ping-body-limit"), "10000")], words).into_response()
}

fn unknown() -> Response {
    no(StatusCode::NOT_FOUND, ProblemKind::NotFound, "There is no heartbeat with this token.")
}

fn no(status: StatusCode, kind: ProblemKind, words: &str) -> Response {
    (status, axum::Json(Problem::new(kind, words))).into_response()
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn the_end_of_a_long_output_is_kept() {
        let long = format!("{}{}", "a ".repeat(25_000), "the end");
        let (kept, all) = last(Body::from(long)).await.expect("read");
        assert_eq!((kept.len(), all), (KEPT + MARGIN, 50_007));
        assert!(kept.ends_with(b"the end"));
        let Ping::Ended { error, output } = End::Status(3).ping(&kept, all) else { panic!("it ended") };
        assert!(
            error.expect("failed").contains("status 3") && output.expect("some").starts_with("\u{2026} the last 10000 of 50007 bytes:\na")
        );
    }

    #[tokio::test]
    async fn wherever_the_output_is_cut_nothing_of_a_secret_stays() {
        let key = format!("-----BEGIN PRIVATE KEY-----\n{}-----END PRIVATE KEY-----\n", "c2VjcmV0c2VjcmV0\n".repeat(80));
        for secret in ["login password=hunter2horse now\n", "Bearer hunter2horse\n", key.as_str()] {
            for at in 0..secret.len() {
                let text = format!("{}{secret}{}", "first line\n".repeat(2_000), "b\n".repeat((KEPT + MARGIN - at) / 2));
                let (kept, all) = last(Body::from(text)).await.expect("read");
                let Ping::Ended { output, .. } = End::Status(0).ping(&kept, all) else { panic!("it ended") };
                let output = output.expect("some");
                for hidden in ["hunter2", "unter2horse", "2horse", "c2VjcmV0"] {
                    assert!(!output.contains(hidden), "cut at {at}: {}", &output[..200]);
                }
                assert!(output.ends_with("b\nb\n") && output.len() > 9_000);
            }
        }
    }

    #[test]
    fn what_a_job_prints_is_scrubbed() {
        let Ping::Ended { output, .. } = End::Status(0).ping(b"password=hunter2horse done\0", 27) else { panic!("it ended") };
        let output = output.expect("some");
        assert!(!output.contains("hunter2horse") && output.contains("done") && !output.contains('\0'), "{output}");
    }

    #[test]
    fn nothing_that_a_job_prints_drives_what_shows_it() {
        let printed = "pass\u{1b}[1mword=hunter2horse\n\u{1b}[31mred\u{1b}[0m user\u{202e}txt.exe\r\n\tlast\u{7}\n";
        let Ping::Ended { output, .. } = End::Fail.ping(printed.as_bytes(), printed.len() as u64) else { panic!("it ended") };
        let output = output.expect("some");
        assert!(!output.contains("hunter2horse"), "{output:?}");
        assert!(output.ends_with("\nred user\\u{202e}txt.exe\n\tlast\n"), "{output:?}");
        assert!(!output.chars().any(|letter| letter.is_control() && !matches!(letter, '\n' | '\t')), "{output:?}");
    }

    #[test]
    fn a_network_is_one_sender_whatever_its_last_digits_are() {
        let who = |address: &str| Who::Network(prefix(address.parse().expect("an address")));
        assert!(who("2001:db8:0:1::1") == who("2001:db8:0:1:ffff::2") && who("2001:db8:0:1::1") != who("2001:db8:0:2::1"));
    }

    #[test]
    fn how_it_ended() {
        assert_eq!((End::read("start"), End::read("fail"), End::read("137")), (Some(End::Start), Some(End::Fail), Some(End::Status(137))));
        assert_eq!((End::read("256"), End::read("done"), End::read("-1")), (None, None, None));
    }
}
