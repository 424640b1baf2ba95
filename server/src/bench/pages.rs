//! Server time of the pages: from the request written to the last byte of the complete page read, on loopback, one after the
//! other over a kept connection. Nothing is subtracted, so what the client and the kernel take is in it.

use std::time::{Duration, Instant};

use anyhow::{Result, ensure};

use super::{console::Console, figure::Figure, http::Client, seed::Seeded};

pub const WARM_UPS: usize = 50;
pub const MEASURED: usize = 300;
const LIMIT_MS: f64 = 25.0;

pub fn measure(console: &Console, seeded: &Seeded) -> Result<Vec<Figure>> {
    eprintln!("• measuring pages …");
    let mut client = Client::open(&console.address, Some(&seeded.token))?;
    let mut page = |name, paths: &dyn Fn(usize) -> String, holds: &str| -> Result<Figure> {
        let mut took = Vec::with_capacity(MEASURED);
        for turn in 0..WARM_UPS + MEASURED {
            let once = timed(&mut client, &paths(turn), holds)?;
            if turn >= WARM_UPS {
                took.push(once);
            }
        }
        Ok(Figure::p95(name, took, LIMIT_MS))
    };
    Ok(vec![
        page("dashboard server p95", &|_| "/".to_owned(), "6 groups, 20 tenants")?,
        page("troubleshooting list server p95", &|_| "/troubleshooting".to_owned(), &seeded.newest_waiting)?,
        page("jobs list server p95", &|_| "/jobs".to_owned(), &seeded.newest_job)?,
        // Each time another job of the tenant of the support session: the page then shows the customer's content (log,
        // title, plan), and the look is written into the audit first.
        page("job page server p95", &|turn| format!("/jobs/{}", seeded.jobs[turn % seeded.jobs.len()]), "plan-")?,
    ])
}

/// One page. What it has to hold shows that it is the page that was asked for, with its data.
pub fn timed(client: &mut Client, path: &str, holds: &str) -> Result<Duration> {
    let start = Instant::now();
    let answer = client.get(path)?;
    let took = start.elapsed();
    let text = String::from_utf8_lossy(&answer.body);
    ensure!(answer.status == 200, "{path} answered {}", answer.status);
    ensure!(text.contains("</html>") && text.contains(holds), "{path} is not complete: it does not hold \u{201c}{holds}\u{201d}");
    Ok(took)
}
