//! The word somebody may have meant.

/// The word among `known` that is fewest edits away from `said`; the first of several.
pub fn nearest<'a>(said: &str, known: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    known.min_by_key(|word| distance(said, word))
}

/// Edits between two words (Levenshtein).
fn distance(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, left) in a.chars().take(60).enumerate() {
        let mut before = std::mem::replace(&mut row[0], i + 1);
        for (j, right) in b.iter().enumerate() {
            let cost = before + usize::from(left != *right);
            before = row[j + 1];
            row[j + 1] = cost.min(before + 1).min(row[j] + 1);
        }
    }
    row[b.len()]
}

#[cfg(test)]
mod tests {
    use super::nearest;

    #[test]
    fn the_word_that_was_meant() {
        let known = ["tenant", "domain", "code", "type"];
        for (said, meant) in [("domian", "domain"), ("tpye", "type"), ("kode", "code"), ("tenants", "tenant")] {
            assert_eq!(nearest(said, known.into_iter()), Some(meant), "{said}");
        }
        assert_eq!(nearest("x", std::iter::empty()), None);
    }
}
