//! A support action is one file and one line: every file in `crates/actions/src/deeds/` that makes an action must be in the
//! table, or it is a deed nobody can do and nobody checks. Files the deeds share make no action and need no line.

use super::{Breach, Source};

const DEEDS: &str = "crates/actions/src/deeds/";
const TABLES: [&str; 2] = ["crates/actions/src/table.rs", "crates/actions/src/lib.rs"];

pub fn breaches(sources: &[Source]) -> Vec<Breach> {
    let table: String =
        sources.iter().filter(|source| TABLES.contains(&source.path.as_str())).map(|source| super::rust::code(&source.text)).collect();
    let deeds = sources.iter().filter(|source| source.path.starts_with(DEEDS));
    deeds
        .filter_map(|source| {
            let name = source.path.strip_prefix(DEEDS)?.strip_suffix(".rs")?;
            let makes_one = super::rust::code(&source.text).contains("Action for ");
            let listed = !makes_one || names(&table, name);
            (!listed).then(|| source.breach(0, "deed", format!("`{name}` is not in the table ({})", TABLES[0])))
        })
        .collect()
}

/// Whether the table speaks of the module by name, in any of the ways a path can be written.
fn names(table: &str, module: &str) -> bool {
    let path = format!("{module}::");
    table.match_indices(&path).any(|(at, _)| !table[..at].ends_with(|c: char| c.is_alphanumeric() || c == '_'))
}

#[cfg(test)]
mod tests {
    use super::super::planted::file;
    use super::*;

    #[test]
    fn a_deed_missing_from_the_table_is_found() {
        let sources = [
            file("crates/actions/src/table.rs", "entry::<deeds::retry_command::RetryCommand>(), // lost_deed::X"),
            file("crates/actions/src/deeds/mod.rs", "pub mod lost_deed;"),
            file("crates/actions/src/deeds/retry_command.rs", "impl Action for RetryCommand {}"),
            file("crates/actions/src/deeds/command.rs", "impl domain::Action for Command {}"),
            file("crates/actions/src/deeds/lost_deed.rs", "impl Action for Lost {}"),
            file("crates/actions/src/deeds/held.rs", "//! What the deeds share."),
        ];
        let lost: Vec<_> = breaches(&sources).into_iter().map(|breach| breach.path).collect();
        assert_eq!(lost, ["crates/actions/src/deeds/command.rs", "crates/actions/src/deeds/lost_deed.rs"]);
    }
}
