//! What a worker said to a payload.

use super::Paint;
use actions::views::payload_check::{CheckAnswer, PayloadCheckOutput};

pub fn answer(said: &PayloadCheckOutput, paint: Paint) -> String {
    let words = sentence(said);
    let line =
        if said.answer == CheckAnswer::Yes { paint.good(&format!("\u{2713} {words}")) } else { paint.bad(&format!("\u{2717} {words}")) };
    format!("{line}\n")
}

/// The answer as sentences.
pub fn sentence(said: &PayloadCheckOutput) -> String {
    let worker = said.worker.as_deref().unwrap_or("A worker");
    match said.answer {
        CheckAnswer::Yes => format!("{worker} would take this payload."),
        CheckAnswer::No => {
            let rows: String = said.said.iter().map(|row| format!("\n  {}: {}", row.path, row.sentence)).collect();
            format!("{worker} would not take this payload:{rows}\nNothing was changed. Mend it, or send it with --unchecked.")
        }
        CheckAnswer::Broken => {
            let why = said.broken.as_deref().unwrap_or_default();
            format!("The check of {worker} failed: {why} Nothing was changed; --unchecked sends it all the same.")
        }
        CheckAnswer::Waiting | CheckAnswer::TooLate => {
            "No worker answered in time. Nothing was changed; try again, or send it with --unchecked.".to_owned()
        }
        CheckAnswer::Unseen => "The answer is not to be seen: the support session has ended.".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use actions::views::payload_check::SaidRow;

    #[test]
    fn a_no_names_each_field() {
        let said = PayloadCheckOutput {
            now: "2026-11-21T10:00:00Z".parse().expect("a time"),
            answer: CheckAnswer::No,
            worker: Some("plans-1".into()),
            said: vec![SaidRow { path: "size".into(), sentence: "The uploaded file has 12 bytes.".into() }],
            broken: None,
        };
        let text = answer(&said, Paint(false));
        assert!(text.starts_with("\u{2717} plans-1 would not take this payload:\n  size: The uploaded file has 12 bytes.\n"), "{text}");
        assert!(text.contains("--unchecked"), "{text}");
    }
}
