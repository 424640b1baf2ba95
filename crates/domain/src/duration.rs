//! How people write and read amounts of time and memory: `5m`, `24h`, `1G`, `2.3 s`, `256 MB`. In whole numbers: reading and
//! writing floating point costs the browser more to download than everything else in here.

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
    let (whole, part) = number.trim().split_once('.').unwrap_or((number.trim(), ""));
    let digits = [whole, part].concat();
    if whole.is_empty() || digits.len() > 15 || !digits.bytes().all(|digit| digit.is_ascii_digit()) {
        return Err(wrong());
    }
    let scaled: u128 = digits.parse().map_err(|_| wrong())?;
    let bytes = (scaled << shift) / 10_u128.pow(u32::try_from(part.len()).unwrap_or(15));
    u64::try_from(bytes).ok().filter(|bytes| (1..=MOST_BYTES).contains(bytes)).ok_or_else(wrong)
}

/// More than any machine has: whoever writes it means something else.
const MOST_BYTES: u64 = 1_000_000_000_000_000;

/// `512 B`, `79 MB`, `1 GB`, `1.5 GB`: powers of 1,024, at most one decimal and only below ten.
#[must_use]
pub fn human_bytes(bytes: u64) -> String {
    const NAMES: [&str; 5] = ["B", "kB", "MB", "GB", "TB"];
    let mut name = 0;
    while name < NAMES.len() - 1 && bytes >> (10 * (name + 1)) > 0 {
        name += 1;
    }
    let unit = 1_u128 << (10 * name);
    let tenths = (u128::from(bytes) * 10 + unit / 2) / unit;
    let number = if tenths < 100 && !tenths.is_multiple_of(10) {
        [&(tenths / 10).to_string(), ".", &(tenths % 10).to_string()].concat()
    } else {
        ((tenths + 5) / 10).to_string()
    };
    [&number, " ", NAMES[name]].concat()
}

/// `18.25`: a number with so many digits behind the point, rounded; without the point for none.
#[must_use]
pub fn decimals(value: f64, places: u32) -> String {
    let scale = 10_i64.pow(places);
    // Beyond what an `i64` holds, and for what is no number, the nearest that it holds.
    let scaled = (value * scale as f64).round() as i64;
    let (whole, part) = ((scaled / scale).unsigned_abs(), (scaled % scale).unsigned_abs());
    let sign = if scaled < 0 { "-" } else { "" };
    if places == 0 { format!("{sign}{whole}") } else { format!("{sign}{whole}.{part:0width$}", width = places as usize) }
}

/// `340 ms`, `2.3 s`, `1 m 44 s`, `5 m`, `2 h 5 m`.
#[must_use]
pub fn human_millis(millis: i64) -> String {
    let millis = millis.max(0);
    match millis {
        0..1_000 => format!("{millis} ms"),
        1_000..60_000 => format!("{}.{} s", (millis + 50) / 1000, (millis + 50) % 1000 / 100),
        60_000..3_600_000 => parts(millis / 60_000, " m", millis % 60_000 / 1000, " s"),
        _ => parts(millis / 3_600_000, " h", millis % 3_600_000 / 60_000, " m"),
    }
}

fn parts(large: i64, of: &str, small: i64, of_small: &str) -> String {
    let large = [&large.to_string(), of].concat();
    if small == 0 { large } else { [&large, " ", &*small.to_string(), of_small].concat() }
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
        assert_eq!(parse_bytes("0.5k"), Ok(512));
        assert_eq!(parse_bytes("4096"), Ok(4096));
        for bad in ["", "G", "-1G", "0", "0.0001", "lots", "1e99", ".5G", "1.2.3G", "9999999T", "1234567890123456"] {
            assert!(parse_bytes(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn what_people_read() {
        assert_eq!(human_bytes(256 << 20), "256 MB");
        assert_eq!(human_bytes(3 << 29), "1.5 GB");
        assert_eq!((human_bytes(512), human_bytes(1023), human_bytes(10_239)), ("512 B".into(), "1023 B".into(), "10 kB".into()));
        assert_eq!(human_bytes(u64::MAX), "16777216 TB");
        assert_eq!((decimals(18.249, 2), decimals(-0.06, 1), decimals(99.6, 0)), ("18.25".into(), "-0.1".into(), "100".into()));
        assert_eq!((decimals(0.04, 1), decimals(f64::NAN, 1)), ("0.0".into(), "0.0".into()));
        assert_eq!((human_millis(2_300), human_millis(1_049), human_millis(1_050)), ("2.3 s".into(), "1.0 s".into(), "1.1 s".into()));
        assert_eq!((human_millis(300_000), human_millis(104_000)), ("5 m".into(), "1 m 44 s".into()));
        assert_eq!((human_millis(3_600_000), human_millis(7_500_000)), ("1 h".into(), "2 h 5 m".into()));
        assert_eq!(human_millis(104_000), "1 m 44 s");
    }
}
