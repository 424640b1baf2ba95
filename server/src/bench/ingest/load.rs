//! Many tabs that report at once: connections from as many networks as a real crowd would have, each the next batch of its page session
//! when the one before is answered. The texts differ as real ones do: 5,000 kinds of error on 100 routes.

use std::{
    io::{Read, Write},
    net::{IpAddr, Ipv4Addr, SocketAddr, TcpStream},
    sync::atomic::{AtomicU64, Ordering},
    time::{Duration, Instant},
};

use anyhow::{Context, Result, ensure};

const THREADS: usize = 4;
/// Batches of a page session, then the tab is another one.
const OF_A_TAB: u64 = 50;

/// What is sent.
#[derive(Clone, Copy)]
pub struct Load {
    /// Of an event, about.
    pub bytes: usize,
    /// Events of a request.
    pub together: usize,
    pub connections: usize,
    /// A request of each connection so often; as fast as answers come when absent.
    pub every: Option<Duration>,
    /// All from one network, which is then held to its rate.
    pub one_network: bool,
    /// The same report again and again, of no page session: the sender then costs next to nothing.
    pub same: bool,
    /// One after the other, evenly over the time, and not all at its beginning.
    pub spread: bool,
    /// As a client of another make sends: one event an envelope.
    pub envelope: bool,
}

impl Load {
    pub const FULL: Self =
        Self { bytes: 1_000, together: 7, connections: 128, every: None, one_network: false, same: false, spread: false, envelope: false };
}

/// What came of it.
#[derive(Default)]
pub struct Said {
    /// Events whose request was answered 204.
    pub accepted: u64,
    /// Requests that were refused for their rate or for want of room.
    pub refused: u64,
    pub requests: u64,
    /// Page session and number of each batch that was answered so.
    pub answered: Vec<(String, u64)>,
    took: Vec<Duration>,
}

impl Said {
    fn join(mut self, other: Self) -> Self {
        self.accepted += other.accepted;
        self.refused += other.refused;
        self.requests += other.requests;
        self.answered.extend(other.answered);
        self.took.extend(other.took);
        self
    }

    pub fn p50_ms(&self) -> f64 {
        self.share_ms(50)
    }

    pub fn p99_ms(&self) -> f64 {
        self.share_ms(99)
    }

    fn share_ms(&self, share: usize) -> f64 {
        let mut took = self.took.clone();
        took.sort_unstable();
        let rank = (took.len() * share).div_ceil(100).max(1);
        took.get(rank - 1).map_or(0.0, |took| took.as_secs_f64() * 1_000.0)
    }
}

/// Sends for so long; a connection that breaks ends its tab's reporting, as for a page whose server went away.
pub fn run(address: &str, load: &Load, long: Duration) -> Result<Said> {
    // Tabs of another run are other tabs: the numbers of these would be known.
    static RUNS: AtomicU64 = AtomicU64::new(0);
    let run = RUNS.fetch_add(1, Ordering::Relaxed);
    let until = Instant::now() + long;
    let each = load.connections / THREADS;
    let threads: Vec<_> = (0..THREADS)
        .map(|thread| {
            let (address, load) = (address.to_owned(), *load);
            std::thread::spawn(move || of_thread(&address, &load, run, thread * each..(thread + 1) * each, until))
        })
        .collect();
    let mut said = Said::default();
    for thread in threads {
        said = said.join(thread.join().ok().context("a sender panicked")??);
    }
    Ok(said)
}

fn of_thread(address: &str, load: &Load, run: u64, numbers: std::ops::Range<usize>, until: Instant) -> Result<Said> {
    let address: SocketAddr = address.parse()?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_io().build()?;
    let mut tabs = numbers.map(|number| Tab::open(&runtime, address, load, run, number)).collect::<Result<Vec<_>>>()?;
    let (mut said, mut begun) = (Said::default(), Instant::now());
    while load.spread && Instant::now() < until {
        let pause = load.every.unwrap_or_default() / u32::try_from(tabs.len()).unwrap_or(1).max(1);
        for tab in &mut tabs {
            begun += pause;
            std::thread::sleep(begun.saturating_duration_since(Instant::now()));
            tab.send(load)?;
            tab.hear(load, &mut said)?;
        }
    }
    while Instant::now() < until && !tabs.is_empty() {
        tabs.retain_mut(|tab| tab.send(load).is_ok());
        tabs.retain_mut(|tab| tab.hear(load, &mut said).is_ok());
        if let Some(pause) = load.every {
            begun += pause;
            std::thread::sleep(begun.saturating_duration_since(Instant::now()));
        }
    }
    Ok(said)
}

struct Tab {
    stream: TcpStream,
    run: u64,
    number: usize,
    sent: u64,
    at: Instant,
    request: Vec<u8>,
    heard: Vec<u8>,
}

impl Tab {
    fn open(runtime: &tokio::runtime::Runtime, address: SocketAddr, load: &Load, run: u64, number: usize) -> Result<Self> {
        let network = if load.one_network { 0 } else { number };
        let (a, b) = (u8::try_from(1 + network / 200)?, u8::try_from(network % 200)?);
        let stream = runtime.block_on(async {
            let socket = tokio::net::TcpSocket::new_v4()?;
            socket.bind(SocketAddr::new(IpAddr::V4(Ipv4Addr::new(127, a, b, 9)), 0))?;
            socket.connect(address).await?.into_std()
        })?;
        stream.set_nonblocking(false)?;
        stream.set_nodelay(true)?;
        stream.set_read_timeout(Some(Duration::from_secs(20)))?;
        Ok(Self { stream, run, number, sent: 0, at: Instant::now(), request: Vec::new(), heard: Vec::with_capacity(1_024) })
    }

    fn send(&mut self, load: &Load) -> Result<()> {
        if self.request.is_empty() || !load.same {
            self.request = self.next(load).into_bytes();
        }
        self.at = Instant::now();
        self.sent += 1;
        Ok(self.stream.write_all(&self.request)?)
    }

    fn next(&self, load: &Load) -> String {
        if load.envelope {
            return self.envelope(load.bytes);
        }
        let (session, number) = self.named(self.sent);
        let events: Vec<String> =
            (0..load.together).map(|n| event(self.sent * 31 + self.number as u64 * 7 + n as u64 * 611, load.bytes)).collect();
        let page = if load.same { String::new() } else { format!(r#""p":"{session}","n":{number},"#) };
        let body = format!(r#"{{"v":1,"b":"b{}",{page}"e":[{}]}}"#, self.sent / OF_A_TAB % 3, events.join(","));
        let key = format!("{:k>16}", self.number % super::TENANTS);
        format!(
            "POST /api/ops/frontend-log?k={key} HTTP/1.1\r\nHost: bench\r\nContent-Type: text/plain;charset=UTF-8\r\nUser-Agent: Mozilla/5.0 (X11; Linux x86_64) Firefox/149.0\r\nContent-Length: {}\r\n\r\n{body}",
            body.len()
        )
    }

    /// Page session and number of the batch that is sent so late.
    fn named(&self, sent: u64) -> (String, u64) {
        (format!("r{}tab{}", self.run, self.number as u64 * 1_000_000 + sent / OF_A_TAB), sent % OF_A_TAB)
    }

    fn envelope(&self, bytes: usize) -> String {
        let id = format!("{:08x}{:08x}{:016x}", self.run, self.number, self.sent);
        let event = remote_event(&id, self.sent * 31 + self.number as u64 * 7, bytes);
        let body = format!("{{\"event_id\":\"{id}\"}}\n{{\"type\":\"event\",\"length\":{}}}\n{event}\n", event.len());
        let key = format!("{:k>16}", self.number % super::TENANTS);
        format!(
            "POST /api/1/envelope/?sentry_version=7&sentry_key={key} HTTP/1.1\r\nHost: bench\r\nContent-Type: text/plain;charset=UTF-8\r\nUser-Agent: Mozilla/5.0 (X11; Linux x86_64) Firefox/149.0\r\nContent-Length: {}\r\n\r\n{body}",
            body.len()
        )
    }

    /// Reads an answer to its end.
    fn hear(&mut self, load: &Load, said: &mut Said) -> Result<()> {
        self.heard.clear();
        let mut part = [0; 1_024];
        while !is_whole(&self.heard) {
            let read = self.stream.read(&mut part)?;
            ensure!(read > 0, "the console went away");
            self.heard.extend_from_slice(&part[..read]);
        }
        said.requests += 1;
        match self.heard.get(9..12) {
            Some(b"204" | b"200") => {
                said.accepted += load.together as u64;
                said.took.push(self.at.elapsed());
                if !load.envelope && !load.same {
                    said.answered.push(self.named(self.sent - 1));
                }
            }
            Some(b"429" | b"503") => said.refused += 1,
            other => anyhow::bail!("the beacon's lane answered {:?}", String::from_utf8_lossy(other.unwrap_or_default())),
        }
        Ok(())
    }
}

/// Whether an answer is there to its last byte.
fn is_whole(heard: &[u8]) -> bool {
    let Some(end) = heard.windows(4).position(|end| end == b"\r\n\r\n") else { return false };
    let head = String::from_utf8_lossy(&heard[..end]).to_ascii_lowercase();
    let length = head.lines().find_map(|line| line.strip_prefix("content-length:")?.trim().parse::<usize>().ok()).unwrap_or(0);
    heard.len() >= end + 4 + length
}

/// An event as clients of another make send it: frames with the lines around them, and what the page did before.
fn remote_event(id: &str, n: u64, bytes: usize) -> String {
    let plain = event(n, 1_000);
    let field = |name: &str| {
        plain.split_once(&format!("\"{name}\":\"")).and_then(|(_, rest)| rest.split('"').next()).unwrap_or_default().to_owned()
    };
    let (message, route) = (field("m"), field("r"));
    let mut frames = String::new();
    let mut crumbs = String::new();
    let mut line = n % 97;
    while frames.len() + crumbs.len() + 1_200 < bytes {
        line += 1;
        let source = |at: u64| {
            format!("\"      const width{at} = plan.walls.filter((wall) => wall.room === rooms[{at}]).map((wall) => wall.width);\"")
        };
        let around = |from: u64| (from..from + 5).map(source).collect::<Vec<_>>().join(",");
        let comma = if frames.is_empty() { "" } else { "," };
        frames.push_str(&format!(
            r#"{comma}{{"filename":"https://shop.example/assets/app.js","function":"draw{line}","in_app":true,"lineno":{line},"colno":{},"pre_context":[{}],"context_line":{},"post_context":[{}]}}"#,
            n % 900,
            around(line),
            source(line + 5),
            around(line + 6)
        ));
        crumbs.push_str(&format!(
            r#"{comma}{{"timestamp":1795000000.{line},"category":"ui.click","message":"body > div.plan > button#draw{line}","data":{{"target":"wall {line}","room":{line}}}}}"#
        ));
    }
    format!(
        r#"{{"event_id":"{id}","platform":"javascript","level":"error","release":"b{}","request":{{"url":"https://shop.example{route}"}},"exception":{{"values":[{{"type":"TypeError","value":"{}","stacktrace":{{"frames":[{frames}]}}}}]}},"breadcrumbs":[{crumbs}]}}"#,
        n % 3,
        message.trim_start_matches("TypeError: ")
    )
}

/// An event like those of pages: one of 5,000 kinds, with particulars that belong to none, and a stack that fills it up.
fn event(n: u64, bytes: usize) -> String {
    const WHO: [&str; 10] = ["plan", "wall", "room", "upload", "ticket", "invoice", "user", "session", "layer", "viewer"];
    const WHAT: [&str; 10] = ["width", "owner", "status", "colour", "parent", "items", "title", "scale", "points", "token count"];
    let word = |of: &[&'static str; 10], by: u64| of[usize::try_from(n / by % 10).unwrap_or(0)];
    let (who, what, route) = (word(&WHO, 1), word(&WHAT, 10), n / 7 % 100);
    let place = ["a", "b", "c", "d", "e", "f", "g", "h", "i", "j"][usize::try_from(n / 100 % 10).unwrap_or(0)];
    let turn = ["draw", "load", "save", "open", "move"][usize::try_from(n / 1_000 % 5).unwrap_or(0)];
    let mut stack = String::with_capacity(bytes);
    let mut line = 0;
    while stack.len() + 190 < bytes {
        line += 1;
        stack.push_str(&format!("    at {turn}{who}{place}{line} (https://shop.example/assets/app-{n:x}.js:{line}:{})\\n", n % 900));
    }
    format!(
        r#"{{"k":0,"r":"/plans/{who}/{route}","w":"c,o","m":"TypeError: cannot read {what} of {who} {place} at {n}","s":"{stack}","h":"01c0ffee00c0ffee","c":1}}"#
    )
}
