//! Counting: what test runners print turned into passed and failed, and the last line of `cargo xtask test`. Running them
//! is `test`.

use anyhow::Result;
use serde_json::Value;

/// How many passed and failed so far, and what failed.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Tally {
    pub passed: u64,
    pub failed: u64,
    pub failures: Vec<String>,
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
            Ok(false) => self.fail(name),
            Err(e) => {
                eprintln!("{name}: {e:#}");
                self.fail(name);
            }
        }
    }

    /// A runner with tests of its own. One that reports nothing, or an error without a failure, has failed as a whole.
    pub fn suite(&mut self, name: &str, outcome: Result<(bool, Option<Count>)>) {
        match outcome {
            Ok((ok, Some(count))) if ok || count.failed > 0 => {
                self.passed += count.passed;
                self.failed += count.failed;
                if count.failed > 0 {
                    self.failures.push(format!("{name} ({} failed)", count.failed));
                }
            }
            Ok((_, count)) => {
                self.passed += count.map_or(0, |count| count.passed);
                self.fail(name);
            }
            Err(e) => {
                eprintln!("{name}: {e:#}");
                self.fail(name);
            }
        }
    }

    fn fail(&mut self, name: &str) {
        self.failed += 1;
        self.failures.push(name.to_owned());
    }

    /// The verdict; the very last line is the one that build machines read.
    pub fn finish(&self) -> bool {
        for failure in &self.failures {
            eprintln!("failed: {failure}");
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
        let mut tally = Tally::default();
        tally.suite("silent", Ok((true, None)));
        tally.suite("crashed", Ok((false, Some(Count { passed: 3, failed: 0 }))));
        tally.suite("fine", Ok((true, Some(Count { passed: 4, failed: 0 }))));
        tally.suite("bad", Ok((false, Some(Count { passed: 1, failed: 2 }))));
        tally.check("law", Ok(true));
        tally.check("broken law", Ok(false));
        assert_eq!((tally.passed, tally.failed), (9, 5));
        assert_eq!(tally.failures, ["silent", "crashed", "bad (2 failed)", "broken law"]);
        assert!(!tally.finish());
    }
}
