//! What each attempt of a job used of what it was given.

use super::{Paint, table::table, words};
use actions::views::job::JobOutput;

pub fn resources(job: &JobOutput, paint: Paint) -> String {
    let rows: Vec<Vec<String>> = job
        .steps
        .iter()
        .flat_map(|step| step.attempts.iter().map(move |attempt| (step, attempt)))
        .map(|(step, attempt)| {
            let limits = attempt.limits;
            vec![
                step.name.clone(),
                attempt.number.to_string(),
                words::attempt_status(paint, attempt.status),
                words::share(attempt.memory_peak_bytes, limits.memory_bytes, words::bytes),
                words::share(attempt.cpu_ms, limits.cpu_seconds * 1000, words::brief),
                cores(attempt.cpu_ms, attempt.wall_ms),
                attempt.disk_bytes.map_or("–".to_owned(), words::bytes),
                words::share(attempt.wall_ms, limits.wall_seconds * 1000, words::brief),
            ]
        })
        .collect();
    if rows.is_empty() {
        return "No attempt has started yet.\n".to_owned();
    }
    let heads = ["STEP", "TRY", "STATE", "MEMORY", "CPU", "CORES", "DISK", "DURATION"];
    table(paint, &heads, &rows) + &*summary(job, paint)
}

/// Cores kept busy on average.
fn cores(cpu_ms: Option<i64>, wall_ms: Option<i64>) -> String {
    match (cpu_ms, wall_ms) {
        (Some(cpu), Some(wall)) if wall > 0 => format!("{:.1}", cpu as f64 / wall as f64),
        _ => "–".to_owned(),
    }
}

fn summary(job: &JobOutput, paint: Paint) -> String {
    let attempts = || job.steps.iter().flat_map(|step| &step.attempts);
    let peak = attempts().filter_map(|attempt| attempt.memory_peak_bytes).max().map_or("–".to_owned(), words::bytes);
    let cpu = words::brief(attempts().filter_map(|attempt| attempt.cpu_ms).sum());
    let disk = words::bytes(attempts().filter_map(|attempt| attempt.disk_bytes).sum());
    let time = job.row.duration_ms.map_or("–".to_owned(), words::brief);
    let listed = job.steps.len() as i64;
    let rest =
        if listed == job.outline.rows { String::new() } else { format!(" · of {listed} steps of {}; others: --from", job.outline.rows) };
    paint.dim(&format!("Together: memory at most {peak} · CPU {cpu} · disk {disk} · duration {time}{rest}")) + "\n"
}

#[cfg(test)]
mod tests {
    use super::super::samples;
    use super::*;

    #[test]
    fn every_attempt_stands_against_its_limits() {
        let text = resources(&samples::job(), Paint(false));
        let failed = text.lines().find(|line| line.contains("wall_detection  2")).expect("second try");
        for told in ["✗ failed", "256 MB / 256 MB (100%)", "11.4s / 1m (19%)", "0.9", "3 MB", "12.0s / 2m (10%)"] {
            assert!(failed.contains(told), "{told}: {failed}");
        }
        assert!(text.ends_with("Together: memory at most 256 MB · CPU 22.8s · disk 6 MB · duration 1m 44s\n"), "{text}");
    }
}
