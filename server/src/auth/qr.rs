//! A text as the matrix of a QR code. Not in here: how it is drawn (see `app::entry`).

use app::entry::Qr;
use qrcodegen::{QrCode, QrCodeEcc};

/// The matrix; `None` when the text is longer than any code holds.
pub(super) fn matrix(text: &str) -> Option<Qr> {
    let code = QrCode::encode_text(text, QrCodeEcc::Medium).ok()?;
    let side = code.size();
    let dark = (0..side).flat_map(|y| (0..side).map(move |x| (x, y))).map(|(x, y)| code.get_module(x, y)).collect();
    Some(Qr { size: usize::try_from(side).ok()?, dark })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_matrix_has_its_three_corners() {
        let qr = matrix("otpauth://totp/x?secret=JBSWY3DP").expect("a code");
        assert_eq!(qr.dark.len(), qr.size * qr.size);
        let last = qr.size - 7;
        for (left, top) in [(0, 0), (last, 0), (0, last)] {
            let finder: Vec<bool> = (0..7).map(|x| qr.dark[top * qr.size + left + x]).collect();
            assert_eq!(finder, [true; 7], "the upper edge of a corner");
            assert!(!qr.dark[(top + 1) * qr.size + left + 1], "and its white ring");
        }
        assert!(matrix(&"x".repeat(5000)).is_none());
    }
}
