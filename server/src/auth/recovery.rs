//! Recovery codes: ten of 120 bits, each good once in place of an authenticator's code. That many bits
//! need no slow hash. Not in here: using them up (see `gate`).

use crate::edge;
use data_encoding::BASE32_NOPAD;
use sha2::{Digest, Sha256};

const HOW_MANY: usize = 10;
const LETTERS: usize = 24;

/// New codes as they are shown, once.
pub(super) fn make() -> Vec<String> {
    (0..HOW_MANY).map(|_| shown(edge::random_bytes())).collect()
}

fn shown(random: [u8; 15]) -> String {
    let text = BASE32_NOPAD.encode(&random).to_ascii_lowercase();
    let groups: Vec<&str> = (0..text.len()).step_by(4).map(|at| &text[at..at + 4]).collect();
    groups.join("-")
}

/// What is kept of a code; `None` when the text cannot be one.
pub(super) fn hash(text: &str) -> Option<Vec<u8>> {
    let letters: String = text.chars().filter(|c| !c.is_whitespace() && *c != '-').map(meant).collect();
    let plausible = letters.len() == LETTERS && BASE32_NOPAD.decode(letters.as_bytes()).is_ok();
    plausible.then(|| Sha256::digest(letters.as_bytes()).to_vec())
}

/// Copied from paper, these look alike; the digits are not in the alphabet.
fn meant(letter: char) -> char {
    match letter.to_ascii_uppercase() {
        '0' => 'O',
        '1' => 'I',
        '8' => 'B',
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    #[test]
    fn ten_codes_none_like_another() {
        let codes = make();
        let hashes: HashSet<_> = codes.iter().map(|code| hash(code).expect("a code")).collect();
        assert_eq!((codes.len(), hashes.len()), (10, 10));
        assert!(codes.iter().all(|code| code.len() == 29), "fits the field of the sign-in form: {codes:?}");
    }

    #[test]
    fn a_code_is_read_as_people_type_it() {
        let code = shown([0x73; 15]);
        let kept = hash(&code);
        assert!(kept.is_some());
        assert_eq!(hash(&code.to_uppercase()), kept);
        assert_eq!(hash(&code.replace('-', " ")), kept);
        assert_eq!(hash(&format!(" {} ", code.replace('-', ""))), kept);
        assert_eq!(hash("oooo-iiii-bbbb-aaaa-aaaa-aaaa"), hash("0000-1111-8888-aaaa-aaaa-aaaa"));
        for wrong in ["", "123456", &code[1..], &format!("{code}a"), "99999-9999-9999-9999-9999-999"] {
            assert_eq!(hash(wrong), None, "{wrong}");
        }
    }
}
