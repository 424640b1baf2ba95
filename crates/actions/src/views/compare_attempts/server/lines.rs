//! Which lines two logs have in common. Lines are compared without the time at their front, which always differs.

use crate::views::compare_attempts::{LogOf, LogPart};

/// Of lines that are in both, so many are shown before and after what differs.
const AROUND: usize = 2;
/// More than so many comparisons are not made: what lies between the common ends counts as different then.
const MOST: usize = 4_000_000;

pub(super) fn compare(first: &str, second: &str) -> Vec<LogPart> {
    let [first, second] = [first, second].map(|log| log.lines().map(without_time).collect::<Vec<_>>());
    let head = first.iter().zip(&second).take_while(|(a, b)| a == b).count();
    let (rest_a, rest_b) = (&first[head..], &second[head..]);
    let tail = rest_a.iter().rev().zip(rest_b.iter().rev()).take_while(|(a, b)| a == b).count();
    let (middle_a, middle_b) = (&rest_a[..rest_a.len() - tail], &rest_b[..rest_b.len() - tail]);
    let mut parts = Parts::default();
    first[..head].iter().for_each(|line| parts.add(LogOf::Both, line));
    between(middle_a, middle_b, &mut parts);
    rest_a[rest_a.len() - tail..].iter().for_each(|line| parts.add(LogOf::Both, line));
    parts.0.into_iter().map(shortened).collect()
}

#[derive(Default)]
struct Parts(Vec<LogPart>);

impl Parts {
    fn add(&mut self, of: LogOf, line: &str) {
        match self.0.last_mut() {
            Some(part) if part.of == of => {
                part.text.push(line.to_owned());
                part.lines += 1;
            }
            _ => self.0.push(LogPart { of, text: vec![line.to_owned()], lines: 1 }),
        }
    }
}

/// The longest lines in common, by the table everybody knows.
fn between(first: &[&str], second: &[&str], parts: &mut Parts) {
    let (rows, columns) = (first.len(), second.len());
    let too_many = rows.saturating_mul(columns) > MOST;
    let mut common = vec![0_u32; if too_many { 0 } else { (rows + 1) * (columns + 1) }];
    let at = |row: usize, column: usize| row * (columns + 1) + column;
    if !too_many {
        for row in (0..rows).rev() {
            for column in (0..columns).rev() {
                common[at(row, column)] = if first[row] == second[column] {
                    common[at(row + 1, column + 1)] + 1
                } else {
                    common[at(row + 1, column)].max(common[at(row, column + 1)])
                };
            }
        }
    }
    let (mut row, mut column) = (0, 0);
    while !too_many && row < rows && column < columns {
        if first[row] == second[column] {
            parts.add(LogOf::Both, first[row]);
            (row, column) = (row + 1, column + 1);
        } else if common[at(row + 1, column)] >= common[at(row, column + 1)] {
            parts.add(LogOf::First, first[row]);
            row += 1;
        } else {
            parts.add(LogOf::Second, second[column]);
            column += 1;
        }
    }
    first[row..].iter().for_each(|line| parts.add(LogOf::First, line));
    second[column..].iter().for_each(|line| parts.add(LogOf::Second, line));
}

/// Lines in both are told of by their ends.
fn shortened(mut part: LogPart) -> LogPart {
    if part.of == LogOf::Both && part.text.len() > 2 * AROUND {
        part.text.drain(AROUND..part.text.len() - AROUND);
    }
    part
}

/// `10:42:51.031 reading` is “reading”.
fn without_time(line: &str) -> &str {
    match line.split_once(' ') {
        Some((time, rest)) if time.len() >= 8 && time.contains(':') && time.chars().all(|c| c.is_ascii_digit() || ":.".contains(c)) => {
            rest.trim_start()
        }
        _ => line,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(first: &str, second: &str) -> String {
        let sign = |of| match of {
            LogOf::Both => '=',
            LogOf::First => '-',
            LogOf::Second => '+',
        };
        compare(first, second).iter().map(|part| format!("{}{}[{}]", sign(part.of), part.lines, part.text.join(","))).collect()
    }

    #[test]
    fn times_do_not_count_and_what_differs_stands_between_what_does_not() {
        assert_eq!(told("10:00:00.001 a\n10:00:00.002 b", "11:30:00 a\n11:30:01 b"), "=2[a,b]");
        assert_eq!(told("a\nb\nc\nd", "a\nx\nc\nd"), "=1[a]-1[b]+1[x]=2[c,d]");
        assert_eq!(told("a\nb\nc", "b\nc\nd"), "-1[a]=2[b,c]+1[d]");
        assert_eq!(told("", "a"), "+1[a]");
        assert_eq!(told("", ""), "");
    }

    #[test]
    fn long_common_stretches_are_told_by_their_ends_with_their_number() {
        let log = (0..50).map(|n| format!("line {n}")).collect::<Vec<_>>().join("\n");
        assert_eq!(told(&log, &log), "=50[line 0,line 1,line 48,line 49]");
    }

    #[test]
    fn every_line_of_both_is_told_of_however_long_they_are() {
        let log = |step: usize| (0..6_000).map(|n| format!("{}", n * step)).collect::<Vec<_>>().join("\n");
        for (first, second) in [(log(1), log(2)), (log(7), log(1)), (log(3), String::new())] {
            let parts = compare(&first, &second);
            let of = |of: LogOf| parts.iter().filter(|part| part.of == of).map(|part| part.lines).sum::<i64>();
            assert_eq!(of(LogOf::Both) + of(LogOf::First), first.lines().count() as i64);
            assert_eq!(of(LogOf::Both) + of(LogOf::Second), second.lines().count() as i64);
        }
    }
}
