//! Numbers as they are written, compared without ever becoming a machine's number.

use std::cmp::Ordering;

/// Digits without zeros at either end, and the place of the point from their left: 0.d1d2… times ten to the `place`.
struct Exact {
    negative: bool,
    digits: String,
    place: i64,
}

fn exact(text: &str) -> Exact {
    let (negative, text) = text.strip_prefix('-').map_or((false, text), |rest| (true, rest));
    let (mantissa, exponent) = text.split_once(['e', 'E']).unwrap_or((text, "0"));
    let exponent: i64 = exponent.parse().unwrap_or(0);
    let (whole, part) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let all = [whole, part].concat();
    let significant = all.trim_start_matches('0');
    let place = i64::try_from(whole.len()).unwrap_or(0) - i64::try_from(all.len() - significant.len()).unwrap_or(0) + exponent;
    let digits = significant.trim_end_matches('0').to_owned();
    let zero = digits.is_empty();
    Exact { negative: negative && !zero, place: if zero { 0 } else { place }, digits }
}

/// Compares two numbers as JSON writes them.
#[must_use]
pub fn compare(left: &str, right: &str) -> Ordering {
    let (left, right) = (exact(left), exact(right));
    let size = || match (left.digits.is_empty(), right.digits.is_empty()) {
        (true, true) => Ordering::Equal,
        (true, false) => Ordering::Less,
        (false, true) => Ordering::Greater,
        (false, false) => left.place.cmp(&right.place).then_with(|| left.digits.cmp(&right.digits)),
    };
    match (left.negative, right.negative) {
        (false, false) => size(),
        (true, true) => size().reverse(),
        (true, false) => Ordering::Less,
        (false, true) => Ordering::Greater,
    }
}

/// Whether it has no part behind the point: `12`, `1e3` and `2.0` have none.
pub(crate) fn is_whole(text: &str) -> bool {
    let number = exact(text);
    i64::try_from(number.digits.len()).is_ok_and(|length| length <= number.place) || number.digits.is_empty()
}
