//! The snapshot: how long a call takes over a kept connection, also while one of its parts hangs on a lock, and how large it is.

use std::time::{Duration, Instant};

use anyhow::{Result, ensure};

use super::super::{console::Console, database::Database, figure::Figure, http::Client, seed::Seeded};

const WARM_UPS: usize = 50;
const MEASURED: usize = 1_000;
const PATIENCE: Duration = Duration::from_secs(60);
const PATH: &str = "/api/ops/context";
const LIMIT_BYTES: f64 = 65_536.0;

pub fn measure(console: &Console, seeded: &Seeded, database: &Database) -> Result<Vec<Figure>> {
    eprintln!("• measuring the snapshot …");
    let mut client = Client::open(&console.address, Some(&seeded.token))?;
    let began = Instant::now();
    // Every part has been read once: an empty snapshot would be no figure.
    let mut size = asked(&mut client)?.0;
    while asked(&mut client)?.1.contains("has read this within ten minutes") {
        ensure!(began.elapsed() < PATIENCE, "not every part was read");
        std::thread::sleep(Duration::from_millis(200));
    }
    let mut took = timed(&mut client, &mut size)?;
    let (p50, p99) = (share(&mut took, 50), share(&mut took, 99));
    let mut holder = database.session()?;
    holder.run("begin; lock table commandbus.worker in access exclusive mode;")?;
    holder.committed()?;
    while !asked(&mut client)?.1.contains("did not answer within") {
        ensure!(began.elapsed() < 2 * PATIENCE, "the part that hangs was not noticed");
        std::thread::sleep(Duration::from_millis(200));
    }
    let mut hung = timed(&mut client, &mut size)?;
    Ok(vec![
        Figure::at_most("context p50", p50, "ms", 5.0),
        Figure::at_most("context p99", p99, "ms", 50.0),
        Figure::at_most("context p99 while a part hangs on a lock", share(&mut hung, 99), "ms", 50.0),
        Figure::at_most("context largest", size as f64, "B", LIMIT_BYTES),
    ])
}

fn asked(client: &mut Client) -> Result<(usize, String)> {
    let answer = client.data(PATH)?;
    let text = String::from_utf8_lossy(&answer.body).into_owned();
    ensure!(answer.status == 200 && text.contains("\"database\""), "{PATH} answered {}: {text}", answer.status);
    Ok((answer.body.len(), text))
}

fn timed(client: &mut Client, size: &mut usize) -> Result<Vec<Duration>> {
    let mut took = Vec::with_capacity(MEASURED);
    for turn in 0..WARM_UPS + MEASURED {
        let start = Instant::now();
        let answer = client.data(PATH)?;
        let once = start.elapsed();
        ensure!(answer.status == 200, "{PATH} answered {}", answer.status);
        *size = (*size).max(answer.body.len());
        if turn >= WARM_UPS {
            took.push(once);
        }
    }
    Ok(took)
}

/// The smallest time that `percent` of a hundred do not exceed, in milliseconds.
fn share(took: &mut [Duration], percent: usize) -> f64 {
    took.sort_unstable();
    let rank = (took.len() * percent).div_ceil(100).max(1);
    took.get(rank - 1).copied().unwrap_or_default().as_secs_f64() * 1000.0
}
