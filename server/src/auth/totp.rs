//! Time-based one-time codes after RFC 6238: SHA-1, six digits, thirty seconds, because that is what every
//! authenticator app understands. Not in here: that each code works once (see `gate`).

use data_encoding::BASE32_NOPAD;
use domain::At;
use hmac::{Hmac, KeyInit, Mac};
use sha1::Sha1;
use subtle::ConstantTimeEq;

const STEP_SECS: i64 = 30;
const ISSUER: &str = "Support console";

/// Bytes of a new secret: as long as the hash.
pub(super) const SECRET: usize = 20;

/// The time step whose code this is: the present one, the one before or the one after.
pub(super) fn step_of(secret: &[u8], code: &str, now: At) -> Option<i64> {
    let present = now.millis().div_euclid(1000 * STEP_SECS);
    // All three are computed and compared whatever fits, so that time tells nothing.
    let mut found = None;
    for step in [present - 1, present, present + 1] {
        if bool::from(self::code(secret, step).as_bytes().ct_eq(code.as_bytes())) {
            found = Some(step);
        }
    }
    found
}

/// The six digits of a time step.
pub(super) fn code(secret: &[u8], step: i64) -> String {
    format!("{:06}", truncated(secret, step) % 1_000_000)
}

fn truncated(secret: &[u8], step: i64) -> u32 {
    let Ok(mut mac) = Hmac::<Sha1>::new_from_slice(secret) else { unreachable!("HMAC takes keys of any length") };
    mac.update(&step.to_be_bytes());
    let digest = mac.finalize().into_bytes();
    let offset = usize::from(digest[19] & 15);
    u32::from_be_bytes([digest[offset], digest[offset + 1], digest[offset + 2], digest[offset + 3]]) & 0x7fff_ffff
}

/// The secret as a person types it: base32 in groups of four.
pub(super) fn secret_text(secret: &[u8]) -> String {
    let text = BASE32_NOPAD.encode(secret);
    let groups: Vec<&str> = (0..text.len()).step_by(4).map(|at| &text[at..text.len().min(at + 4)]).collect();
    groups.join(" ")
}

/// The link and QR code that an authenticator app reads.
pub(super) fn otpauth(secret: &[u8], email: &str) -> String {
    let (issuer, account, secret) = (percent(ISSUER), percent(email), BASE32_NOPAD.encode(secret));
    format!("otpauth://totp/{issuer}:{account}?secret={secret}&issuer={issuer}&algorithm=SHA1&digits=6&period={STEP_SECS}")
}

fn percent(text: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.~@".contains(&byte);
    text.bytes().map(|byte| if plain(byte) { char::from(byte).to_string() } else { format!("%{byte:02X}") }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const RFC_SECRET: &[u8] = b"12345678901234567890";

    #[test]
    fn the_vectors_of_rfc_6238() {
        let vectors = [
            (59, 94_287_082),
            (1_111_111_109, 7_081_804),
            (1_111_111_111, 14_050_471),
            (1_234_567_890, 89_005_924),
            (2_000_000_000, 69_279_037),
            (20_000_000_000, 65_353_130),
        ];
        for (secs, eight_digits) in vectors {
            assert_eq!(truncated(RFC_SECRET, secs / 30) % 100_000_000, eight_digits, "at {secs}");
            assert_eq!(code(RFC_SECRET, secs / 30), format!("{:06}", eight_digits % 1_000_000), "at {secs}");
        }
    }

    #[test]
    fn the_vectors_of_rfc_4226() {
        let codes = ["755224", "287082", "359152", "969429", "338314", "254676", "287922", "162583", "399871", "520489"];
        for (count, expected) in (0..).zip(codes) {
            assert_eq!(code(RFC_SECRET, count), expected);
        }
    }

    #[test]
    fn one_step_early_or_late_fits_and_two_do_not() {
        let now = At::from_millis(1_111_111_109_000);
        let present = 1_111_111_109 / 30;
        for away in -1..=1 {
            assert_eq!(step_of(RFC_SECRET, &code(RFC_SECRET, present + away), now), Some(present + away));
        }
        for away in [-3, -2, 2, 3] {
            assert_eq!(step_of(RFC_SECRET, &code(RFC_SECRET, present + away), now), None, "{away}");
        }
        for wrong in ["", "0", "0818040", "81804"] {
            assert_eq!(step_of(RFC_SECRET, wrong, now), None, "{wrong}");
        }
    }

    #[test]
    fn the_link_says_what_apps_need() {
        let link = otpauth(RFC_SECRET, "anna+ops@example.test");
        assert_eq!(
            link,
            "otpauth://totp/Support%20console:anna%2Bops@example.test?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&issuer=Support%20console&algorithm=SHA1&digits=6&period=30"
        );
        assert_eq!(secret_text(RFC_SECRET), "GEZD GNBV GY3T QOJQ GEZD GNBV GY3T QOJQ");
    }
}
