//! Words of states stand in `domain` and in SQL, nowhere else: a word typed by hand is a state no compiler checks.

use super::{Breach, Source};

const LAW: &str = "state-word";
/// Where the words are.
const STATES: &str = "crates/domain/src/state.rs";
/// The rooms in which states are decided. A host may have words of its own that look alike.
const ROOMS: [&str; 5] = ["crates/actions/src/", "crates/bus/src/", "crates/gate/src/", "crates/store/src/", "server/src/"];
/// A step's own word for why it would not go on is the host's, not a state of ours.
const WIRE: &str = "crates/bus/src/pipeline/outputs.rs";

pub fn breaches(sources: &[Source]) -> Vec<Breach> {
    let words: Vec<String> = sources.iter().find(|source| source.path == STATES).map(words).unwrap_or_default();
    let decides =
        |source: &&Source| source.path != WIRE && source.extension() == "rs" && ROOMS.iter().any(|room| source.path.starts_with(room));
    sources.iter().filter(decides).flat_map(|source| in_source(source, &words)).collect()
}

/// Every `Variant = "WORD",` in capitals; words in small letters are words of the language too.
fn words(source: &Source) -> Vec<String> {
    let quoted = source.text.lines().filter_map(|line| line.split_once(" = \"")?.1.split_once("\","));
    quoted.map(|(word, _)| format!("\"{word}\"")).filter(|word| !word.contains(char::is_lowercase)).collect()
}

fn in_source(source: &Source, words: &[String]) -> Vec<Breach> {
    // Tests name what they expect.
    let product = source.text.split("#[cfg(test)]").next().unwrap_or_default();
    let breach = |(at, line): (usize, &str)| {
        let word = words.iter().find(|word| line.contains(word.as_str()))?;
        Some(source.breach(at + 1, LAW, format!("{word} is a state: write the variant of `domain` and its `word()`")))
    };
    product.lines().enumerate().filter_map(breach).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn source(path: &str, text: &str) -> Source {
        Source { path: path.into(), text: text.into() }
    }

    #[test]
    fn a_state_typed_by_hand_is_found_where_states_are_decided() {
        let states = source(STATES, "    Failed = \"FAILED\",\n    Done = \"done\",\n");
        let at = |path: &str, text: &str| breaches(&[source(STATES, &states.text), source(path, text)]).len();
        assert_eq!(at("crates/bus/src/finish.rs", "if status == \"FAILED\" {"), 1);
        assert_eq!(at("crates/bus/src/finish.rs", "say(\"done\"); sql(\"set status = 'FAILED'\")"), 0);
        assert_eq!(at("crates/bus/src/finish.rs", "#[cfg(test)]\nmod tests { let s = \"FAILED\"; }"), 0);
        assert_eq!(at("host/demo/src/plans.rs", "let status = \"FAILED\";"), 0);
    }
}
