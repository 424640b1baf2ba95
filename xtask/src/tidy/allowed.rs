//! The list of exceptions. It only shrinks: a line that is no longer needed is itself a breach, so that an exception goes
//! with its reason. What the laws are is in the other files.

use super::Breach;

const LIST: &str = "xtask/allow.txt";

/// Takes out what the list excuses and adds what is wrong with the list. A line is `law path-or-path::function`.
pub fn apply(list: &str, breaches: Vec<Breach>) -> Vec<Breach> {
    let entries: Vec<(usize, &str)> = list
        .lines()
        .enumerate()
        .map(|(at, line)| (at + 1, line.split('#').next().unwrap_or_default().trim()))
        .filter(|(_, line)| !line.is_empty())
        .collect();
    let mut used = vec![false; entries.len()];
    let mut left = Vec::new();
    for breach in breaches {
        match entries.iter().position(|(_, entry)| excuses(entry, &breach)) {
            Some(at) => used[at] = true,
            None => left.push(breach),
        }
    }
    let idle = entries.iter().zip(used).filter(|(_, used)| !used);
    left.extend(idle.map(|((line, entry), _)| Breach {
        path: LIST.into(),
        line: *line,
        law: "allow",
        why: format!("`{entry}` is no longer needed: delete the line"),
    }));
    left
}

/// Only size may be excused; the other laws have no exceptions.
fn excuses(entry: &str, breach: &Breach) -> bool {
    let Some((law, place)) = entry.split_once(char::is_whitespace) else {
        return false;
    };
    let place = place.trim();
    match (law, breach.law) {
        ("file-length", "file-length") => place == breach.path,
        ("function-length", "function-length") => {
            let name = breach.why.split('`').nth(1).unwrap_or_default();
            place == format!("{}::{name}", breach.path)
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::super::planted::file;
    use super::*;

    #[test]
    fn excuses_what_is_listed_and_complains_about_idle_lines() {
        let long = file("a.rs", "").breach(0, "file-length", "500 lines");
        let function = file("b.rs", "").breach(3, "function-length", "`f` has 70 lines");
        let other = file("a.rs", "").breach(1, "head", "no //!");
        let list = "# sizes\nfile-length a.rs # a table\nfunction-length b.rs::f\nfile-length gone.rs\nhead a.rs\n";
        let left = apply(list, vec![long, function, other.clone()]);
        assert_eq!(left[0], other);
        let idle: Vec<usize> = left[1..].iter().map(|breach| breach.line).collect();
        assert_eq!(idle, [4, 5], "an unused line, and a law that has no exceptions");
    }
}
