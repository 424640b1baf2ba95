//! What a member of staff notices while the beacon's lane is flooded: with reports that are refused for their rate, and with as many as
//! are let through.

use std::time::{Duration, Instant};

use anyhow::{Result, ensure};
use gate::Token;

use super::{
    super::{console::Console, figure::Figure, http::Client},
    load::{self, Load},
};

const LIMIT_MS: f64 = 300.0;
const LONG: Duration = Duration::from_secs(12);
/// Requests a second of the flood; sender, console and database share the machine, so that somewhat fewer come.
const FLOOD: u64 = 5_000;

pub fn measure(console: &Console, token: &Token) -> Result<Vec<Figure>> {
    let calm = Load {
        bytes: 1_000,
        together: 1,
        connections: 500,
        every: Some(Duration::from_millis(100)),
        one_network: false,
        same: true,
        spread: false,
        envelope: false,
    };
    Ok(vec![
        during(
            "page p99 while 5,000 reports a second are tried, all from one network",
            console,
            token,
            Load { one_network: true, ..calm },
        )?,
        during("page p99 while 5,000 reports a second are tried, from 500 networks", console, token, calm)?,
    ])
}

fn during(name: &'static str, console: &Console, token: &Token, load: Load) -> Result<Figure> {
    let address = console.address.clone();
    let flood = std::thread::spawn(move || load::run(&address, &load, LONG));
    let mut client = Client::open(&console.address, Some(token))?;
    std::thread::sleep(Duration::from_secs(1));
    let (begun, mut took) = (Instant::now(), Vec::new());
    while begun.elapsed() < LONG - Duration::from_secs(2) {
        let path = ["/", "/frontend-errors", "/troubleshooting"][took.len() % 3];
        let once = Instant::now();
        let answer = client.get(path)?;
        ensure!(answer.status == 200, "{path} answered {}", answer.status);
        took.push(once.elapsed());
    }
    let said = flood.join().map_err(|_| anyhow::anyhow!("the flood panicked"))??;
    let per_second = said.requests / LONG.as_secs();
    took.sort_unstable();
    let rank = (took.len() * 99).div_ceil(100).max(1);
    let p99 = took.get(rank - 1).map_or(0.0, |took| took.as_secs_f64() * 1_000.0);
    eprintln!(
        "  {name}: {p99:.1} ms over {} pages; {per_second} requests/s, {} refused, {} stored",
        took.len(),
        said.refused,
        said.accepted
    );
    ensure!(per_second * 10 >= FLOOD * 7, "the flood was only {per_second} requests a second");
    Ok(Figure::at_most(name, p99, "ms", LIMIT_MS))
}
