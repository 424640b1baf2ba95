//! How people write and read amounts of time and memory: `5m`, `24h`, `1G`, `2.3 s`, `256 MB`.

const UNITS: [(&str, i64); 4] = [("s", 1), ("m", 60), ("h", 3600), ("d", 86_400)];

/// Seconds meant by `30s`, `5m`, `24h`, `7d`; the error is a sentence.
pub fn parse_since(text: &str) -> Result<i64, String> {
    let text = text.trim();
    let wrong = || format!("\u{201c}{text}\u{201d} is not a span of time; write 30s, 5m, 24h or 7d");
    let (unit, factor) = UNITS.iter().find(|(unit, _)| text.ends_with(unit)).ok_or_else(wrong)?;
    let number: i64 = text[..text.len() - unit.len()].trim().parse().map_err(|_| wrong())?;
    if number <= 0 {
        return Err(wrong());
    }
    number.checked_mul(*factor).ok_or_else(wrong)
}

/// Bytes meant by `256M`, `1G`, `1GB`, `1.5G`, `4096`; powers of 1,024. The error is a sentence.
pub fn parse_bytes(text: &str) -> Result<u64, String> {
    let wrong = || format!("\u{201c}{text}\u{201d} is not an amount of memory; write 256M or 1G");
    let lower = text.trim().to_ascii_lowercase();
    let lower = lower.strip_suffix("ib").or_else(|| lower.strip_suffix('b')).unwrap_or(&lower);
    let (number, shift) = match lower.chars().last() {
        Some('k') => (&lower[..lower.len() - 1], 10),
        Some('m') => (&lower[..lower.len() - 1], 20),
        Some('g') => (&lower[..lower.len() - 1], 30),
        Some('t') => (&lower[..lower.len() - 1], 40),
        _ => (lower, 0),
    };
    let number: f64 = number.trim().parse().map_err(|_| wrong())?;
    let bytes = number * (1u64 << shift) as f64;
    if !(1.0..=1e15).contains(&bytes) {
        return Err(wrong());
    }
    Ok(bytes as u64)
}

/// `512 B`, `79 MB`, `1 GB`, `1.5 GB`: powers of 1,024, at most one decimal and only below ten.
#[must_use]
pub fn human_bytes(bytes: u64) -> String {
    const NAMES: [&str; 5] = ["B", "kB", "MB", "GB", "TB"];
    let mut value = bytes as f64;
    let mut name = 0;
    while value >= 1024.0 && name < NAMES.len() - 1 {
        value /= 1024.0;
        name += 1;
    }
    if value < 9.95 && value.fract() > 0.05 && name > 0 {
        format!("{value:.1} {}", NAMES[name])
    } else {
        format!("{value:.0} {}", NAMES[name])
    }
}

/// `340 ms`, `2.3 s`, `1 m 44 s`, `2 h 5 m`.
#[must_use]
pub fn human_millis(millis: i64) -> String {
    let millis = millis.max(0);
    match millis {
        0..1_000 => format!("{millis} ms"),
        1_000..60_000 => format!("{:.1} s", millis as f64 / 1000.0),
        60_000..3_600_000 => format!("{} m {} s", millis / 60_000, millis % 60_000 / 1000),
        _ => format!("{} h {} m", millis / 3_600_000, millis % 3_600_000 / 60_000),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans_and_amounts() {
        assert_eq!(parse_since("5m"), Ok(300));
        assert_eq!(parse_since("24h"), Ok(86_400));
        assert_eq!(parse_bytes("1G"), Ok(1 << 30));
        assert_eq!(parse_bytes("256 MB"), Ok(256 << 20));
        assert_eq!(parse_bytes("1.5g"), Ok(3 << 29));
        for bad in ["", "5", "m", "-5m", "0h", "5 weeks", "99999999999999999999d"] {
            assert!(parse_since(bad).is_err(), "{bad}");
        }
        for bad in ["", "G", "-1G", "0", "lots", "1e99"] {
            assert!(parse_bytes(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn what_people_read() {
        assert_eq!(human_bytes(256 << 20), "256 MB");
        assert_eq!(human_bytes(3 << 29), "1.5 GB");
        assert_eq!(human_millis(2_300), "2.3 s");
        assert_eq!(human_millis(104_000), "1 m 44 s");
    }
}
