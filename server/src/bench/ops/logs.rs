//! Logs and bundles: the end of a log of 10 GB, a bundle with 100 MB of logs and what it takes of memory, and how fast lines are
//! scrubbed. The lines are of the kinds that programs write; some hold secrets, as some always do.

use std::{
    fs::File,
    io::{BufWriter, Read, Seek, SeekFrom, Write},
    path::Path,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, Instant},
};

use anyhow::{Result, ensure};
use gate::Token;

use super::super::{console::Console, database::Database, figure::Figure, http::Client, memory, seed};

const ROUNDS: usize = 100;
const HUGE: u64 = 10 << 30;
/// Of logs in the bundle.
const MEGABYTES: u64 = 100;
const SCRUBBED: usize = 64 << 20;

pub fn measure(home: &Path, site: &Path, database: &Database) -> Result<Vec<Figure>> {
    let (huge, one, other) = (home.join("huge.log"), home.join("one.log"), home.join("other.log"));
    let mut file = File::create(&huge)?;
    file.seek(SeekFrom::Start(HUGE))?;
    file.write_all(b"\n")?;
    fill(&mut BufWriter::new(file), 1 << 20)?;
    for path in [&one, &other] {
        fill(&mut BufWriter::new(File::create(path)?), MEGABYTES / 2 * 1_000_000)?;
    }
    let of =
        |names: &[(&str, &Path)]| names.iter().map(|(name, path)| format!("{name}=file:{}", path.display())).collect::<Vec<_>>().join(",");
    let mut rows = Vec::new();
    {
        let console = Console::start_with(home, site, database, &["--logs", &of(&[("huge", &huge)])])?;
        rows.push(tail(&console, &seed::sign_in(database)?)?);
    }
    let console = Console::start_with(home, site, database, &["--logs", &of(&[("one", &one), ("other", &other)])])?;
    rows.extend(bundle(&console, &seed::sign_in(database)?)?);
    rows.extend(scrub());
    Ok(rows)
}

fn tail(console: &Console, token: &Token) -> Result<Figure> {
    eprintln!("• reading the end of a log of 10 GB …");
    let mut client = Client::open(&console.address, Some(token))?;
    let mut took = Vec::with_capacity(ROUNDS);
    for _ in 0..ROUNDS {
        let start = Instant::now();
        let answer = client.data("/api/ops/logs?service=huge&tail=500")?;
        took.push(start.elapsed());
        let lines = serde_json::from_slice::<Vec<serde_json::Value>>(&answer.body)?;
        ensure!(answer.status == 200 && lines.len() == 500 && lines[499]["ts"].is_string(), "{} lines", lines.len());
    }
    Ok(Figure::p95("logs last 500 lines of 10 GB p95", took, 100.0))
}

fn bundle(console: &Console, token: &Token) -> Result<Vec<Figure>> {
    eprintln!("• taking a bundle with {MEGABYTES} MB of logs …");
    // A process that has answered something, as one that is looked at.
    Client::open(&console.address, Some(token))?.data("/api/ops/logs")?;
    std::thread::sleep(Duration::from_secs(3));
    let idle = memory::resident_mb(console.pid())?;
    let taking = Arc::new(AtomicBool::new(true));
    let (mut first, mut whole, mut packed) = (Duration::ZERO, Duration::ZERO, 0);
    let most = std::thread::scope(|scope| {
        let watching = scope.spawn(|| {
            let mut most = idle;
            while taking.load(Ordering::Relaxed) {
                most = memory::resident_mb(console.pid()).unwrap_or(most).max(most);
                std::thread::sleep(Duration::from_millis(5));
            }
            most
        });
        let taken = (|| {
            let start = Instant::now();
            let mut body = Client::open(&console.address, Some(token))?.events("/api/ops/support-bundle")?;
            let mut buffer = vec![0; 64 * 1024];
            let mut read = body.read(&mut buffer)?;
            first = start.elapsed();
            while read > 0 {
                packed += read;
                read = body.read(&mut buffer)?;
            }
            whole = start.elapsed();
            Ok::<_, anyhow::Error>(())
        })();
        taking.store(false, Ordering::Relaxed);
        taken.map(|()| watching.join().unwrap_or(f64::INFINITY))
    })?;
    ensure!(packed > 1_000_000, "the bundle has {packed} bytes only");
    Ok(vec![
        Figure::at_most("bundle first byte", first.as_secs_f64() * 1000.0, "ms", 300.0),
        Figure::at_most("bundle with 100 MB of logs", whole.as_secs_f64(), "s", 5.0),
        Figure::at_most("bundle memory over idle", most - idle, "MB", 32.0),
        Figure::watched("bundle compressed", packed as f64 / 1e6, "MB"),
    ])
}

/// On one core: there is one thread. The last figure is what the worst log costs, every line of which has a secret.
fn scrub() -> Vec<Figure> {
    eprintln!("• scrubbing …");
    let lines: Vec<String> = (0..20_000).map(line).collect();
    let worst: Vec<String> =
        (0..20_000).map(|at| format!("2026-11-26T10:00:00Z INFO login of user{at}@example.org token=abcdef{at}")).collect();
    let stacks: Vec<String> = (0..1_000).map(stack).collect();
    vec![
        Figure::at_least("scrub stacks of pages, a core", megabytes_a_second(&stacks), "MB/s", 100.0),
        Figure::at_least("scrub log lines, a core", megabytes_a_second(&lines), "MB/s", 100.0),
        Figure::watched("scrub where every line has a secret", megabytes_a_second(&worst), "MB/s"),
    ]
}

/// As Chromium and Firefox write them.
fn stack(at: u32) -> String {
    let place = |line: u32| format!("https://shop.example/assets/app-{at:x}.js:{line}:{}", (at + line) % 900);
    let frame = |line| {
        if at.is_multiple_of(2) { format!("    at draw{line} ({})\n", place(line)) } else { format!("draw{line}@{}\n", place(line)) }
    };
    (1..40).map(frame).collect()
}

fn megabytes_a_second(lines: &[String]) -> f64 {
    let (mut done, start) = (0, Instant::now());
    while done < SCRUBBED {
        for line in lines {
            done += line.len();
            std::hint::black_box(scrub::scrub_to_string(line));
        }
    }
    done as f64 / 1e6 / start.elapsed().as_secs_f64()
}

fn fill(to: &mut impl Write, bytes: u64) -> Result<()> {
    let mut written = 0;
    for at in 0.. {
        if written >= bytes {
            break;
        }
        let line = line(at);
        writeln!(to, "{line}")?;
        written += line.len() as u64 + 1;
    }
    to.flush()?;
    Ok(())
}

/// Of twenty lines two hold a secret.
fn line(at: u32) -> String {
    let (second, milli, n) = (at / 1000 % 60, at % 1000, at % 977);
    let stamp = format!("2026-11-26T10:00:{second:02}.{milli:03}Z");
    match at % 20 {
        0 => format!("{stamp} INFO shop::session: user{n}@example.org signed in with token=abcdef{n:06}"),
        1 => format!(
            "10.1.{}.{} - - [26/Nov/2026:10:00:{second:02} +0000] \"GET /cart?step=2&session={n} HTTP/1.1\" 200 48211 \"-\" \"Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36\"",
            n % 250,
            n % 249
        ),
        2..=6 => format!(
            "10.1.{}.{} - - [26/Nov/2026:10:00:{second:02} +0000] \"GET /assets/app-{n}.js HTTP/1.1\" 200 48211 \"-\" \"Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36\"",
            n % 250,
            n % 249
        ),
        7..=10 => format!(
            "{{\"timestamp\":\"{stamp}\",\"level\":\"INFO\",\"message\":\"command finished\",\"target\":\"worker\",\"command_id\":\"01936f5e-8a2b-7c3d-9e4f-5a6b7c8d{n:04x}\",\"took_ms\":{n}}}"
        ),
        11..=13 => format!(
            "2026-11-26 10:00:{second:02}.{milli:03} UTC [4711] LOG:  checkpoint complete: wrote {n} buffers (1.3%); 0 WAL file(s) added, 0 removed; write=21.021 s, total=21.050 s"
        ),
        14 => "    at com.example.shop.CartService.addItem(CartService.java:142)".to_owned(),
        _ => format!("{stamp} INFO server::web::limits: answered method=GET path=/api/v1/support/jobs status=200 ms={n}.25"),
    }
}
