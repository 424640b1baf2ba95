//! How long until a person sees a change: from the moment the statement is sent to the database (its execution and its commit
//! are in the figure) to the frame of an open tab in Chromium that shows it. The tab is `end2end/bench/tab.mjs`.

use std::{
    io::{BufRead, BufReader, Lines, Write},
    path::Path,
    process::{Child, ChildStdin, ChildStdout, Command, Stdio},
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use anyhow::{Context, Result, bail};

use super::{console::Console, database::Database, figure::Figure, seed::Seeded};

const TIMES: usize = 100;
const LIMIT_MS: f64 = 500.0;

pub fn measure(script: &Path, console: &Console, seeded: &Seeded, database: &Database) -> Result<Figure> {
    eprintln!("• measuring an open tab …");
    let mut tab = Tab::open(script, console, seeded)?;
    let mut session = database.session()?;
    let mut took = Vec::with_capacity(TIMES);
    for turn in 0..TIMES {
        // Not in step with any clock of the server or the screen.
        std::thread::sleep(Duration::from_millis(200 + (turn as u64 * 37) % 100));
        let run = 7_000 + turn;
        tab.expect(&run.to_string())?;
        let start = now()?;
        session
            .run(&format!("update pipeline.job set run = {run}, updated_at = clock_timestamp() where job_id = '{}';", seeded.newest_job))?;
        took.push(tab.drawn(&run.to_string())?.saturating_sub(start));
        session.committed()?;
    }
    Ok(Figure::p95("event to screen p95", took, LIMIT_MS))
}

/// The time since 1970, which the tab's answers are told in too.
#[expect(clippy::disallowed_methods, reason = "a bench reads the clock")]
fn now() -> Result<Duration> {
    Ok(SystemTime::now().duration_since(UNIX_EPOCH)?)
}

struct Tab {
    node: Child,
    asks: ChildStdin,
    says: Lines<BufReader<ChildStdout>>,
}

impl Tab {
    fn open(script: &Path, console: &Console, seeded: &Seeded) -> Result<Self> {
        let mut node = Command::new("node");
        node.arg(script).arg("/jobs").env("CONSOLE_URL", format!("http://{}", console.address));
        node.env("COOKIE", format!("__Host-ops={}", seeded.token.expose())).stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut node = node.spawn().context("`node` cannot be run")?;
        let asks = node.stdin.take().context("node has no input")?;
        let says = BufReader::new(node.stdout.take().context("node has no output")?).lines();
        let mut tab = Self { node, asks, says };
        tab.hear("open")?;
        Ok(tab)
    }

    /// Says what will appear.
    fn expect(&mut self, text: &str) -> Result<()> {
        writeln!(self.asks, "{text}")?;
        self.asks.flush()?;
        self.hear(&format!("waiting {text}")).map(drop)
    }

    /// When it was on the screen, since 1970.
    fn drawn(&mut self, text: &str) -> Result<Duration> {
        let line = self.hear(text)?;
        let millis: f64 = line.split(' ').nth(1).unwrap_or_default().parse().with_context(|| format!("no time in “{line}”"))?;
        Ok(Duration::from_secs_f64(millis / 1000.0))
    }

    fn hear(&mut self, start: &str) -> Result<String> {
        match self.says.next() {
            Some(Ok(line)) if line.starts_with(start) => Ok(line),
            Some(Ok(line)) => bail!("the tab said “{line}” instead of “{start}”"),
            Some(Err(error)) => Err(error).context("the tab cannot be heard"),
            None => bail!("the tab ended before it said “{start}”"),
        }
    }
}

impl Drop for Tab {
    fn drop(&mut self) {
        // It has only looked; nothing of it is kept.
        self.node.kill().ok();
        self.node.wait().ok();
    }
}
