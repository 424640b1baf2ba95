//! Counting: what test runners print turned into passed and failed, and the last line of `cargo xtask test`. Running them
//! is `test`.

use anyhow::Result;
use serde_json::Value;

/// Lines of what a failed part said that are repeated at the end, where they are looked for.
const REPEATED: usize = 40;

/// How many passed and failed so far, and what failed.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Tally {
    passed: u64,
    failed: u64,
    failures: Vec<Failure>,
}

#[derive(Debug, PartialEq, Eq)]
struct Failure {
    name: String,
    said: String,
}

/// What a runner did: whether it succeeded, what it counted, all it said.
#[derive(Debug)]
pub struct Ran {
    pub ok: bool,
    pub count: Option<Count>,
    pub said: String,
}

/// What one runner reported.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Count {
    pub passed: u64,
    pub failed: u64,
}

impl Tally {
    /// One check that either holds or does not.
    pub fn check(&mut self, name: &str, outcome: Result<bool>) {
        match outcome {
            Ok(true) => self.passed += 1,
            Ok(false) => self.fail(name, ""),
            Err(e) => self.fail(name, &format!("{e:#}")),
        }
    }

    /// A runner with tests of its own. One that reports nothing, or an error without a failure, has failed as a whole.
    pub fn suite(&mut self, name: &str, outcome: Result<Ran>) {
        let ran = match outcome {
            Ok(ran) => ran,
            Err(e) => return self.fail(name, &format!("{e:#}")),
        };
        self.passed += ran.count.map_or(0, |count| count.passed);
        match ran.count {
            Some(Count { failed: 0, .. }) if ran.ok => {}
            Some(Count { failed, .. }) if failed > 0 => {
                self.fail(&format!("{name} ({failed} failed)"), &ran.said);
                self.failed += failed - 1;
            }
            _ => self.fail(name, &ran.said),
        }
    }

    fn fail(&mut self, name: &str, said: &str) {
        self.failed += 1;
        let lines: Vec<&str> = said.lines().collect();
        let said = lines[lines.len().saturating_sub(REPEATED)..].join("\n");
        self.failures.push(Failure { name: name.to_owned(), said });
    }

    /// The verdict, and why; the very last line is the one that build machines read.
    pub fn finish(&self) -> bool {
        for Failure { name, said } in &self.failures {
            eprintln!("failed: {name}");
            said.lines().for_each(|line| eprintln!("    {line}"));
        }
        println!("{} passed, {} failed", self.passed, self.failed);
        self.failed == 0
    }
}

/// nextest's `Summary [ 2.9s] 16/19 tests run: 14 passed (1 slow), 1 failed, 1 timed out, 3 skipped`.
pub fn nextest(output: &str) -> Option<Count> {
    let line = output.lines().rev().find(|line| line.trim_start().starts_with("Summary ["))?;
    let counts = line.split_once("run:")?.1;
    let sum = |wanted: &[&str]| counts.split(',').filter_map(|part| number_before(part, wanted)).sum();
    Some(Count { passed: sum(&["passed"]), failed: sum(&["failed", "timed out", "exec failed"]) })
}

/// `cargo test`'s `test result: ok. 4 passed; 0 failed; …`, once per binary.
pub fn libtest(output: &str) -> Option<Count> {
    let lines: Vec<&str> = output.lines().filter(|line| line.starts_with("test result:")).collect();
    let sum = |word: &str| lines.iter().flat_map(|line| line.split(['.', ';'])).filter_map(|part| number_before(part, &[word])).sum();
    (!lines.is_empty()).then(|| Count { passed: sum("passed"), failed: sum("failed") })
}

/// `node --test`'s `# pass 7` and `# fail 0` (`ℹ` instead of `#` on a terminal).
pub fn node(output: &str) -> Option<Count> {
    let number = |word: &str| {
        let lines = output.lines().rev().map(|line| line.trim_start_matches(['#', 'ℹ']).trim());
        lines.filter_map(|line| line.strip_prefix(word)).find_map(|rest| rest.trim().parse::<u64>().ok())
    };
    Some(Count { passed: number("pass ")?, failed: number("fail ")? + number("cancelled ").unwrap_or(0) })
}

/// Playwright's JSON report. A test that passed on a second try has passed; its report says it was flaky.
pub fn playwright(report: &str) -> Option<Count> {
    let report: Value = serde_json::from_str(report).ok()?;
    let number = |name: &str| report["stats"][name].as_u64();
    let errors = report["errors"].as_array().map_or(0, |errors| errors.len() as u64);
    Some(Count { passed: number("expected")? + number("flaky")?, failed: number("unexpected")? + errors })
}

fn number_before(part: &str, wanted: &[&str]) -> Option<u64> {
    let (number, rest) = part.trim().split_once(' ')?;
    wanted.iter().any(|word| rest.starts_with(word)).then(|| number.parse().ok())?
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nextest_summaries() {
        let all = "     Summary [   2.862s] 19 tests run: 19 passed, 0 skipped\n";
        assert_eq!(nextest(all), Some(Count { passed: 19, failed: 0 }));
        let some = "     Summary [  31.566s] 16/19 tests run: 12 passed (1 slow, 2 flaky), 2 failed, 1 timed out, 1 exec failed, 3 skipped\n        FAIL x";
        assert_eq!(nextest(some), Some(Count { passed: 12, failed: 4 }));
        assert_eq!(nextest("error: could not compile `app`"), None);
    }

    #[test]
    fn libtest_results_are_summed() {
        let text = "test result: ok. 4 passed; 0 failed; 1 ignored; 0 measured\nx\ntest result: FAILED. 2 passed; 1 failed; 0 ignored\n";
        assert_eq!(libtest(text), Some(Count { passed: 6, failed: 1 }));
        assert_eq!(libtest("nothing"), None);
    }

    #[test]
    fn node_in_both_dresses() {
        assert_eq!(node("# tests 8\n# pass 7\n# fail 1\n# cancelled 0\n"), Some(Count { passed: 7, failed: 1 }));
        assert_eq!(node("ℹ pass 3\nℹ fail 0\n"), Some(Count { passed: 3, failed: 0 }));
        assert_eq!(node("SyntaxError"), None);
    }

    #[test]
    fn playwright_reports() {
        let text = r#"{"errors":[],"stats":{"expected":5,"unexpected":1,"flaky":1,"skipped":2}}"#;
        assert_eq!(playwright(text), Some(Count { passed: 6, failed: 1 }));
        let broken = r#"{"errors":[{"message":"no tests"}],"stats":{"expected":0,"unexpected":0,"flaky":0,"skipped":0}}"#;
        assert_eq!(playwright(broken), Some(Count { passed: 0, failed: 1 }));
    }

    #[test]
    fn silence_and_unexplained_errors_are_failures() {
        let ran = |ok, count: Option<(u64, u64)>| {
            Ok(Ran { ok, count: count.map(|(passed, failed)| Count { passed, failed }), said: "a\nb".to_owned() })
        };
        let mut tally = Tally::default();
        tally.suite("silent", ran(true, None));
        tally.suite("crashed", ran(false, Some((3, 0))));
        tally.suite("fine", ran(true, Some((4, 0))));
        tally.suite("bad", ran(false, Some((1, 2))));
        tally.check("law", Ok(true));
        tally.check("broken law", Ok(false));
        assert_eq!((tally.passed, tally.failed), (9, 5));
        let names: Vec<&str> = tally.failures.iter().map(|failure| failure.name.as_str()).collect();
        assert_eq!(names, ["silent", "crashed", "bad (2 failed)", "broken law"]);
        assert!(!tally.finish());
    }

    #[test]
    fn the_end_of_what_a_failed_part_said_is_repeated() {
        let mut tally = Tally::default();
        let lines: Vec<String> = (1..=100).map(|n| n.to_string()).collect();
        tally.suite("long", Ok(Ran { ok: false, count: None, said: lines.join("\n") }));
        tally.check("clippy", Err(anyhow::anyhow!("could not compile")));
        assert_eq!(tally.failures[0].said, lines[60..].join("\n"));
        assert_eq!(tally.failures[1].said, "could not compile");
    }
}
