//! Words that must not be committed: paths of the machine somebody worked on, which mean nothing to anyone else.

use super::{Breach, Source};

/// Written in two parts, so that this file does not break its own law.
const WORDS: [&str; 2] = [concat!("/wo", "rk/"), concat!("sha", "red/")];

pub fn breaches(source: &Source) -> Vec<Breach> {
    let mut found = Vec::new();
    for (at, line) in source.text.lines().enumerate() {
        for word in WORDS {
            // A word of its own: `unshared/` or a lock file's URL is something else.
            let starts = |at: usize| !line[..at].ends_with(|c: char| c.is_alphanumeric() || c == '-' || c == '_' || c == '@' || c == '/');
            if line.match_indices(word).any(|(at, _)| starts(at)) {
                found.push(source.breach(at + 1, "word", format!("`{word}` is a place on somebody's machine")));
            }
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::super::planted::{file, laws};
    use super::*;

    #[test]
    fn somebodys_paths_are_found() {
        let path = concat!("read /wo", "rk/main and sha", "red/design");
        assert_eq!(laws(&breaches(&file("a.md", path))), ["word", "word"]);
        assert_eq!(breaches(&file("a.md", concat!("unsha", "red/ and home/wo", "rk/"))), []);
    }
}
