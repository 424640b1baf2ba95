//! Columns that line up, without lines between them. Cells may be coloured; the width is what is
//! seen.

use super::{Paint, one_line};

/// A table: the heads, then the rows. Every row has as many cells as there are heads.
pub fn table(paint: Paint, heads: &[&str], rows: &[Vec<String>]) -> String {
    let rows: Vec<Vec<String>> = rows.iter().map(|row| row.iter().map(|cell| one_line(cell)).collect()).collect();
    let widths: Vec<usize> = (0..heads.len())
        .map(|at| rows.iter().filter_map(|row| row.get(at)).map(|cell| width(cell)).chain([width(heads[at])]).max())
        .map(Option::unwrap_or_default)
        .collect();
    let heads: Vec<String> = heads.iter().map(|head| paint.dim(head)).collect();
    [&heads].into_iter().chain(&rows).map(|row| line(row, &widths)).collect()
}

/// Names and values under each other; what is empty is left out.
pub fn facts(paint: Paint, facts: &[(&str, String)]) -> String {
    let shown: Vec<_> = facts.iter().filter(|(_, value)| !value.is_empty()).collect();
    let wide = shown.iter().map(|(name, _)| width(name)).max().unwrap_or_default();
    shown.iter().map(|(name, value)| format!("{}{}  {value}\n", paint.dim(name), " ".repeat(wide - width(name)))).collect()
}

fn line(cells: &[String], widths: &[usize]) -> String {
    let mut line = String::new();
    for (cell, wide) in cells.iter().zip(widths) {
        line.push_str(cell);
        line.push_str(&" ".repeat(wide.saturating_sub(width(cell)) + 2));
    }
    line.truncate(line.trim_end().len());
    line.push('\n');
    line
}

/// Columns a text takes, colours left out.
pub fn width(text: &str) -> usize {
    let mut columns = 0;
    let mut in_colour = false;
    for c in text.chars() {
        match (in_colour, c) {
            (false, '\x1b') => in_colour = true,
            (true, 'm') => in_colour = false,
            (false, _) => columns += 1,
            (true, _) => {}
        }
    }
    columns
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_line_up_with_and_without_colour() {
        let rows = |paint: Paint| vec![vec![paint.bad("✗ failed"), "a".into()], vec!["✓ ok".into(), "b\nc".into()]];
        let plain = table(Paint(false), &["STATE", "NAME"], &rows(Paint(false)));
        assert_eq!(plain, "STATE     NAME\n✗ failed  a\n✓ ok      b c\n");
        let coloured = table(Paint(true), &["STATE", "NAME"], &rows(Paint(true)));
        let seen: Vec<usize> = coloured.lines().map(width).collect();
        assert_eq!(seen, plain.lines().map(width).collect::<Vec<_>>());
    }
}
