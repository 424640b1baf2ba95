//! How big a file and a function may be, and how every file begins.

use super::rust::{code, functions};
use super::{Breach, Source};

const FILE: usize = 400;
const FUNCTION: usize = 60;

pub fn breaches(source: &Source) -> Vec<Breach> {
    let mut found = Vec::new();
    let counted = ["rs", "css", "sql", "mjs", "js", "ts", "html", "sh"].contains(&source.extension());
    let lines = source.text.lines().count();
    if counted && lines > FILE {
        found.push(source.breach(
            0,
            "file-length",
            format!("{lines} lines, at most {FILE}: find the second thing it does and give that a file"),
        ));
    }
    if source.extension() != "rs" {
        return found;
    }
    if !source.text.starts_with("//!") {
        found.push(source.breach(1, "head", "begins without `//!`: say what the file is for and what is not in it"));
    }
    for function in functions(&code(&source.text)) {
        if function.lines > FUNCTION {
            let why = format!("`{}` has {} lines, at most {FUNCTION}", function.name, function.lines);
            found.push(source.breach(function.line, "function-length", why));
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::super::planted::{file, laws};
    use super::*;

    #[test]
    fn long_and_headless_files_and_long_functions_are_found() {
        let good = format!("//! A file.\nfn f() {{\n{}}}\n", "    a();\n".repeat(58));
        assert_eq!(breaches(&file("x.rs", &good)), []);
        let long = format!("//! A file.\nfn f() {{\n{}}}\n", "    a();\n".repeat(59));
        assert_eq!(laws(&breaches(&file("x.rs", &long))), ["function-length"]);
        assert_eq!(laws(&breaches(&file("x.rs", "use a::b;\n"))), ["head"]);
        assert_eq!(laws(&breaches(&file("x.css", &"a {}\n".repeat(401)))), ["file-length"]);
        assert_eq!(breaches(&file("package-lock.json", &"{}\n".repeat(4000))), []);
    }
}
