//! How long until the stream of an open tab tells of a change: from the moment the statement is sent to the database (so its execution and
//! its commit are in the figure) to the event read from the tab's stream. What the browser then does is in `tab`.

use std::{
    io::BufRead,
    sync::mpsc,
    time::{Duration, Instant},
};

use anyhow::{Context, Result, bail};

use super::{console::Console, database::Database, figure::Figure, http::Client, seed::Seeded};

const TIMES: usize = 100;
const SETTLED: Duration = Duration::from_secs(1);
const LIMIT_MS: f64 = 500.0;
const PATIENCE: Duration = Duration::from_secs(10);

/// What the stream said, and when.
struct Heard {
    at: Instant,
    line: String,
}

pub fn measure(console: &Console, seeded: &Seeded, database: &Database) -> Result<Figure> {
    eprintln!("• measuring the live stream …");
    let heard = listen(console, seeded)?;
    await_line(&heard, "event: open").context("the stream did not open")?;
    // A tab that is open, not one that is just being opened.
    std::thread::sleep(SETTLED);
    let mut session = database.session()?;
    let mut took = Vec::with_capacity(TIMES);
    for turn in 0..TIMES {
        // Not in step with any clock of the server.
        std::thread::sleep(Duration::from_millis(20 + (turn as u64 * 37) % 100));
        let command = seeded.waiting.get(turn).context("too few commands wait")?;
        let start = Instant::now();
        session.run(&format!(
            "update commandbus.command set status = 'PENDING', updated_at = clock_timestamp() where command_id = '{command}';"
        ))?;
        let at = await_line(&heard, command).with_context(|| format!("the change of command {command} was not told"))?;
        took.push(at.duration_since(start));
        session.committed()?;
    }
    Ok(Figure::p95("event to stream p95", took, LIMIT_MS))
}

/// Reads the stream in a thread of its own, which ends with the stream.
fn listen(console: &Console, seeded: &Seeded) -> Result<mpsc::Receiver<Heard>> {
    let events = Client::open(&console.address, Some(&seeded.token))?.events("/live")?;
    let (tell, hear) = mpsc::channel();
    std::thread::spawn(move || {
        for line in events.lines() {
            let Ok(line) = line else { return };
            if tell.send(Heard { at: Instant::now(), line }).is_err() {
                return;
            }
        }
    });
    Ok(hear)
}

fn await_line(heard: &mpsc::Receiver<Heard>, holds: &str) -> Result<Instant> {
    let until = Instant::now() + PATIENCE;
    loop {
        let left = until.saturating_duration_since(Instant::now());
        match heard.recv_timeout(left) {
            Ok(heard) if heard.line.contains(holds) => return Ok(heard.at),
            Ok(_) => {}
            Err(_) => bail!("nothing was heard of \u{201c}{holds}\u{201d} within {} s", PATIENCE.as_secs()),
        }
    }
}
