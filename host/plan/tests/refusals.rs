//! Every bad upload gets its own code and a sentence, from the built program, and never a crash.

use plan::sample;
use serde_json::Value;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

fn directory(name: &str) -> PathBuf {
    let dir = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(name);
    let _ = std::fs::remove_dir_all(&dir);
    std::fs::create_dir_all(&dir).expect("a directory for the test");
    dir
}

fn step(name: &str, dir: &Path, params: &str) -> Output {
    Command::new(env!("CARGO_BIN_EXE_plan-step"))
        .args([name, "--params", params, "--in"])
        .arg(dir)
        .arg("--out")
        .arg(dir)
        .output()
        .expect("plan-step starts")
}

/// Runs the first two steps on the bytes until one refuses.
fn refusal(bytes: &[u8], params: &str) -> (String, Value, String) {
    let dir = directory("refused");
    std::fs::write(dir.join("upload.pdf"), bytes).expect("the upload is stored");
    for one in ["pdf_upload", "text_extraction", "wall_detection"] {
        let done = step(one, &dir, params);
        let log = String::from_utf8_lossy(&done.stderr).into_owned();
        match done.status.code() {
            Some(0) => assert!(dir.join("outcome.json").exists()),
            Some(2) => {
                let failure = std::fs::read(dir.join("failure.json")).expect("failure.json is written");
                return (one.to_owned(), serde_json::from_slice(&failure).expect("JSON"), log);
            }
            other => panic!("{one} ended with {other:?}: {log}"),
        }
    }
    panic!("an upload of {} bytes was accepted with {params}", bytes.len());
}

/// Upload, parameters, and what comes of it: the step that refuses, the code, the class.
type Case = (Vec<u8>, &'static str, &'static str);

fn uploads() -> Vec<Case> {
    let letter = b"Dear support, the plan is attached.".to_vec();
    let words_only = sample::many_pages(1);
    [
        (sample::not_a_pdf(0), "pdf_upload NOT_A_PDF BUSINESS"),
        (letter, "pdf_upload NOT_A_PDF BUSINESS"),
        (sample::encrypted(1), "pdf_upload ENCRYPTED BUSINESS"),
        (Vec::new(), "pdf_upload EMPTY_FILE BUSINESS"),
        (sample::no_pages(), "pdf_upload NO_PAGES BUSINESS"),
        (sample::many_pages(2000), "pdf_upload TOO_MANY_PAGES PERMANENT"),
        (sample::truncated(1), "pdf_upload TRUNCATED BUSINESS"),
        (sample::scanned(), "text_extraction NO_VECTORS BUSINESS"),
        (words_only, "text_extraction NO_VECTORS BUSINESS"),
    ]
    .map(|(bytes, expected)| (bytes, "{}", expected))
    .into()
}

fn parameters() -> Vec<Case> {
    [
        (r#"{"max_mb":0.005}"#, "pdf_upload TOO_LARGE PERMANENT"),
        (r#"{"max_pages":"all"}"#, "pdf_upload BAD_PARAMS PERMANENT"),
        (r#"{"page":7}"#, "wall_detection NO_SUCH_PAGE PERMANENT"),
        (r#"{"wall_pen_mm":3.0}"#, "wall_detection NO_WALLS PERMANENT"),
    ]
    .map(|(params, expected)| (sample::ordinary(1), params, expected))
    .into()
}

#[test]
fn each_bad_upload_has_its_code_class_and_sentence() {
    for (bytes, params, expected) in uploads().into_iter().chain(parameters()) {
        let (step, failure, log) = refusal(&bytes, params);
        let word = |field: &str| failure[field].as_str().unwrap_or("nothing").to_owned();
        let got = format!("{step} {} {}", word("code"), word("class"));
        assert_eq!(got, expected, "{params}: {failure}");
        let sentence = word("message");
        assert!(sentence.ends_with('.') && sentence.split(' ').count() >= 10, "{sentence}");
        assert!(log.lines().any(|l| l == sentence), "the log says it too: {log}");
    }
}

/// 300 MB under the memory a step has in the demo: told by its size, before anything is read.
#[test]
fn an_upload_larger_than_the_memory_of_its_step_is_too_large() {
    let dir = directory("huge");
    std::fs::File::create(dir.join("upload.pdf")).and_then(|file| file.set_len(300_000_000)).expect("a sparse file");
    let limited = format!(
        "ulimit -d 262144 && exec {} pdf_upload --params '{{}}' --in {d} --out {d}",
        env!("CARGO_BIN_EXE_plan-step"),
        d = dir.display()
    );
    let done = Command::new("sh").args(["-c", &limited]).output().expect("sh starts");
    assert_eq!(done.status.code(), Some(2), "{}", String::from_utf8_lossy(&done.stderr));
    let failure: Value = serde_json::from_slice(&std::fs::read(dir.join("failure.json")).expect("failure.json")).expect("JSON");
    assert_eq!((&failure["code"], &failure["class"]), (&"TOO_LARGE".into(), &"PERMANENT".into()), "{failure}");
}

/// Cutting a good plan anywhere is refused or, where only the table at the end is gone, repaired; it never crashes
/// and never yields a plan with half of its lines.
#[test]
fn a_plan_cut_anywhere_is_refused_or_whole() {
    let whole = sample::ordinary(1);
    let strokes_of = |bytes: &[u8]| {
        let dir = directory("cut");
        std::fs::write(dir.join("upload.pdf"), bytes).expect("the upload is stored");
        let done = step("pdf_upload", &dir, "{}");
        if done.status.code() == Some(2) {
            let failure = std::fs::read_to_string(dir.join("failure.json")).expect("failure.json");
            assert!(failure.contains("TRUNCATED"), "cut at {}: {failure}", bytes.len());
            return None;
        }
        assert_eq!(done.status.code(), Some(0), "cut at {}", bytes.len());
        let document = std::fs::read_to_string(dir.join("document.json")).expect("document.json");
        assert_eq!(step("text_extraction", &dir, "{}").status.code(), Some(0));
        let strokes = std::fs::read(dir.join("strokes.bin")).expect("strokes.bin");
        Some((strokes, document.contains("\"repaired\":true")))
    };
    let (all, _) = strokes_of(&whole).expect("the whole file is accepted");
    let table = whole.windows(6).rposition(|w| w == b"\nxref\n").expect("a table");
    assert_eq!(strokes_of(&whole[..table]), Some((all.clone(), true)), "only the table is gone");
    for percent in 1..100 {
        if let Some((strokes, repaired)) = strokes_of(&whole[..whole.len() * percent / 100]) {
            assert!(repaired && strokes == all, "cut at {percent} %");
        }
    }
}

/// Bytes changed at random: the step ends with a result or with a refusal that is not a crash.
#[test]
fn a_damaged_plan_never_crashes_a_step() {
    let whole = sample::hatched(1);
    let mut state = 12_345u64;
    let mut below = |n: usize| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) as usize % n
    };
    for round in 0..60 {
        let mut bytes = whole.clone();
        for _ in 0..=below(30) {
            let at = below(bytes.len());
            bytes[at] = b"0123456789-.<>[]()/ eEmlSQq\n"[below(28)];
        }
        let dir = directory("damaged");
        std::fs::write(dir.join("upload.pdf"), &bytes).expect("the upload is stored");
        for one in plan::Step::ALL {
            let done = step(one.name(), &dir, "{}");
            let log = String::from_utf8_lossy(&done.stderr);
            match done.status.code() {
                Some(0) => {}
                Some(2) => {
                    let failure = std::fs::read_to_string(dir.join("failure.json"));
                    let failure = failure.expect("failure.json");
                    assert!(!failure.contains("CRASHED"), "round {round}: {failure} {log}");
                    break;
                }
                other => panic!("round {round}: {} ended with {other:?}: {log}", one.name()),
            }
        }
    }
}

#[test]
fn a_missing_file_of_an_earlier_step_is_named() {
    let dir = directory("missing");
    let done = step("room_detection", &dir, "{}");
    assert_eq!(done.status.code(), Some(2));
    let failure: Value = serde_json::from_slice(&std::fs::read(dir.join("failure.json")).expect("failure.json")).expect("JSON");
    assert_eq!(failure["code"], "BAD_INPUT");
    assert!(failure["message"].as_str().is_some_and(|m| m.contains("text.json")), "{failure}");
}
