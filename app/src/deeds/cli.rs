//! The `opsctl` line of a deed, filled from its input as the person types: what the dialog does,
//! ready to be pasted into a shell. Quoting is the shell's, so that a pasted line means exactly
//! what it shows.

use serde_json::{Map, Value};

/// Fills the `{field}`s of an action's CLI words from its input. An option without a value is left
/// out together with its flag; fields the words do not name follow as flags of their own.
#[must_use]
pub fn fill(words: &str, input: &Value, rehearse: bool, reason: &str) -> String {
    let none = Map::new();
    let fields = input.as_object().unwrap_or(&none);
    let mut line: Vec<String> = Vec::new();
    for word in words.split_whitespace() {
        match placeholder(word) {
            None => line.push(word.to_owned()),
            Some(field) => match fields.get(field).and_then(text_of) {
                Some(text) => line.push(quote(&text)),
                None => drop_flag(&mut line),
            },
        }
    }
    for (field, value) in fields {
        if !words.contains(&format!("{{{field}}}")) {
            push_flag(&mut line, field, value);
        }
    }
    if !reason.trim().is_empty() {
        line.extend(["--reason".to_owned(), quote(reason.trim())]);
    }
    if rehearse {
        line.push("--dry-run".to_owned());
    }
    line.join(" ")
}

/// `{because}`, with or without quotes around it, is the field `because`.
fn placeholder(word: &str) -> Option<&str> {
    word.trim_matches(['"', '\'']).strip_prefix('{')?.strip_suffix('}')
}

/// The text of a value on a command line; nothing for what is empty.
fn text_of(value: &Value) -> Option<String> {
    match value {
        Value::Null => None,
        Value::String(text) if text.trim().is_empty() => None,
        Value::String(text) => Some(text.clone()),
        other => Some(other.to_string()),
    }
}

fn drop_flag(line: &mut Vec<String>) {
    if line.last().is_some_and(|word| word.starts_with("--")) {
        line.pop();
    }
}

fn push_flag(line: &mut Vec<String>, field: &str, value: &Value) {
    let flag = format!("--{}", field.replace('_', "-"));
    match value {
        Value::Bool(false) => {}
        Value::Bool(true) => line.push(flag),
        Value::Array(many) => many.iter().filter_map(text_of).for_each(|one| line.extend([flag.clone(), quote(&one)])),
        other => {
            if let Some(text) = text_of(other) {
                line.extend([flag, quote(&text)]);
            }
        }
    }
}

/// Quotes a word for a POSIX shell; plain words stay as they are.
#[must_use]
pub fn quote(word: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_./:=@%+,".contains(c);
    if !word.is_empty() && word.chars().all(plain) {
        return word.to_owned();
    }
    format!("'{}'", word.replace('\'', "'\\''"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use actions::deeds::{
        cancel_command::CancelCommand, complete_command::CompleteCommand, reprocess_job::ReprocessJob, retry_command::RetryCommand,
    };
    use domain::{Action, CommandId, JobId};
    use uuid::Uuid;

    const ID: &str = "00000000-0000-0000-0000-000000000007";

    fn line<A: Action>(input: &A) -> String {
        fill(A::META.cli, &serde_json::to_value(input).expect("json"), false, "")
    }
    fn command() -> CommandId {
        CommandId(Uuid::from_u128(7))
    }

    #[test]
    fn each_deed_as_a_line() {
        let retry = RetryCommand { command: command(), keep_attempts: false };
        assert_eq!(line(&retry), format!("opsctl troubleshooting retry {ID}"));
        let keep = RetryCommand { keep_attempts: true, ..retry };
        assert_eq!(line(&keep), format!("opsctl troubleshooting retry {ID} --keep-attempts"));
        let cancel = CancelCommand { command: command(), because: "It's a $(duplicate)".into() };
        assert_eq!(line(&cancel), format!("opsctl troubleshooting cancel {ID} --because 'It'\\''s a $(duplicate)'"));
        let complete = CompleteCommand { command: command(), result: "{\"rooms\": 7}".into() };
        assert_eq!(line(&complete), format!("opsctl troubleshooting complete {ID} --result '{{\"rooms\": 7}}'"));
    }

    #[test]
    fn a_list_is_a_flag_each() {
        let input = serde_json::json!({ "command": ID, "set": ["size=12", "name=\"It's\""] });
        let line = fill("opsctl troubleshooting edit {command}", &input, true, "");
        assert_eq!(line, format!("opsctl troubleshooting edit {ID} --set size=12 --set 'name=\"It'\\''s\"' --dry-run"));
    }

    #[test]
    fn an_option_without_a_value_goes_with_its_flag() {
        let complete = CompleteCommand { command: command(), result: String::new() };
        assert_eq!(line(&complete), format!("opsctl troubleshooting complete {ID}"));
        let mut job = ReprocessJob {
            job: JobId(Uuid::from_u128(7)),
            from_step: "wall_detection".into(),
            memory: String::new(),
            params: String::new(),
        };
        assert_eq!(line(&job), format!("opsctl reprocess {ID} --from-step wall_detection"));
        job.memory = "1G".into();
        job.params = "{\"ignore_hatching\":true}".into();
        let full = fill(ReprocessJob::META.cli, &serde_json::to_value(&job).expect("json"), true, "plan is urgent");
        assert_eq!(
            full,
            format!(
                "opsctl reprocess {ID} --from-step wall_detection --memory 1G --params '{{\"ignore_hatching\":true}}' --reason 'plan is urgent' --dry-run"
            )
        );
    }

    #[test]
    fn a_value_that_looks_like_a_field_is_not_filled_again() {
        let cancel = CancelCommand { command: command(), because: "{command}".into() };
        assert_eq!(line(&cancel), format!("opsctl troubleshooting cancel {ID} --because '{{command}}'"));
    }

    #[test]
    fn what_the_shell_would_read_is_quoted() {
        for (word, quoted) in
            [("1G", "1G"), ("", "''"), ("a b", "'a b'"), ("`id`", "'`id`'"), ("a\nb", "'a\nb'"), ("~", "'~'"), ("*", "'*'")]
        {
            assert_eq!(quote(word), quoted);
        }
    }
}
