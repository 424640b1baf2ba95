//! Just enough reading of Rust for the laws: text with comments and strings blanked out, and where functions begin and end.
//! Not a parser: it knows brackets and words, nothing else.

/// The source with the inside of comments, strings and characters turned to blanks; line breaks stay, so lines still count.
pub fn code(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let (skip, keep) = match first {
            '/' if rest.starts_with("//") => (rest.find('\n').unwrap_or(rest.len()), false),
            '/' if rest.starts_with("/*") => (block_comment(rest), false),
            '"' => (string(rest), false),
            'r' | 'b' | 'c' if !ends_in_word(&out) => match raw_string(rest) {
                Some(length) => (length, false),
                None => (1, true),
            },
            '\'' => match character(rest) {
                Some(length) => (length, false),
                None => (1, true),
            },
            _ => (first.len_utf8(), true),
        };
        let (piece, left) = rest.split_at(skip.max(1));
        if keep {
            out.push_str(piece);
        } else {
            out.extend(piece.chars().map(|c| if c == '\n' { '\n' } else { ' ' }));
        }
        rest = left;
    }
    out
}

fn ends_in_word(text: &str) -> bool {
    text.chars().next_back().is_some_and(|c| c.is_alphanumeric() || c == '_')
}

fn block_comment(text: &str) -> usize {
    let (mut depth, mut at) = (0_usize, 0);
    while at < text.len() {
        let rest = &text.as_bytes()[at..];
        if rest.starts_with(b"/*") {
            depth += 1;
            at += 2;
        } else if rest.starts_with(b"*/") {
            depth -= 1;
            at += 2;
            if depth == 0 {
                return at;
            }
        } else {
            at += 1;
        }
    }
    text.len()
}

fn string(text: &str) -> usize {
    let bytes = text.as_bytes();
    let mut at = 1;
    while at < bytes.len() {
        match bytes[at] {
            b'\\' => at += 2,
            b'"' => return at + 1,
            _ => at += 1,
        }
    }
    text.len()
}

/// `r"…"`, `r#"…"#`, `br"…"`, `b"…"` and the like; `None` when it is an ordinary word.
fn raw_string(text: &str) -> Option<usize> {
    let letters = text.bytes().take_while(|b| matches!(b, b'r' | b'b' | b'c')).count();
    let raw = text[..letters].contains('r');
    let after = &text[letters..];
    let hashes = if raw { after.bytes().take_while(|b| *b == b'#').count() } else { 0 };
    if letters > 2 || !after[hashes..].starts_with('"') {
        return None;
    }
    let open = letters + hashes;
    if !raw {
        return Some(open + string(&text[open..]));
    }
    let close = format!("\"{}", "#".repeat(hashes));
    Some(text[open + 1..].find(&close).map_or(text.len(), |at| open + 1 + at + close.len()))
}

/// `'x'`, `'\n'`, `'\u{1b}'`; `None` for a lifetime.
fn character(text: &str) -> Option<usize> {
    let mut chars = text.char_indices().skip(1);
    let (_, first) = chars.next()?;
    if first == '\\' {
        let (_, _escaped) = chars.next()?;
        return chars.find(|(_, c)| *c == '\'').map(|(at, _)| at + 1);
    }
    chars.next().filter(|(_, c)| *c == '\'').map(|(at, _)| at + 1)
}

/// A function with a body: its name, the line it begins on, and how many lines it has, signature and braces included.
#[derive(Debug, PartialEq, Eq)]
pub struct Function {
    pub name: String,
    pub line: usize,
    pub lines: usize,
}

/// Every function of blanked source.
pub fn functions(code: &str) -> Vec<Function> {
    let mut found = Vec::new();
    for (at, _) in code.match_indices("fn ") {
        if ends_in_word(&code[..at]) {
            continue;
        }
        let name: String = code[at + 3..].chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect();
        let Some(end) = body_end(&code[at..]).filter(|_| !name.is_empty()) else {
            continue;
        };
        let line = code[..at].matches('\n').count() + 1;
        found.push(Function { name, line, lines: code[at..at + end].matches('\n').count() + 1 });
    }
    found
}

/// Where the body ends, counted from `fn`; `None` for one without a body.
fn body_end(code: &str) -> Option<usize> {
    let (mut braces, mut others) = (0_i32, 0_i32);
    for (at, c) in code.char_indices() {
        match c {
            '(' | '[' => others += 1,
            ')' | ']' => others -= 1,
            ';' if braces == 0 && others == 0 => return None,
            '{' => braces += 1,
            '}' => {
                braces -= 1;
                if braces == 0 && others == 0 {
                    return Some(at + 1);
                }
            }
            _ => {}
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn strings_comments_and_characters_are_blank() {
        let text = "a /* x /* y */ { */ b // {\n\"{ \\\" {\" r#\"{\"{\"# b'{' '\\'' 'a: &'a str br\"{\" raw";
        let code = code(text);
        assert_eq!(code.len(), text.len());
        assert!(!code.contains('{') && !code.contains('"'), "{code}");
        assert!(code.contains("'a: &'a str") && code.ends_with("raw") && code.contains('\n'));
    }

    #[test]
    fn functions_are_measured() {
        let text = "trait T { fn none(&self) -> [u8; 2]; }\npub async fn two(\n    a: impl Fn(u8) -> u8,\n) -> u8 {\n    if a(1) { 1 } else { 2 }\n}\nfn one() {}\nlet often = 1;";
        let found = functions(&code(text));
        let told: Vec<_> = found.iter().map(|f| (f.name.as_str(), f.line, f.lines)).collect();
        assert_eq!(told, [("two", 2, 5), ("one", 7, 1)]);
    }
}
