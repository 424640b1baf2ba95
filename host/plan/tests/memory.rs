//! The heavy plan needs more memory than an ordinary limit, and a gigabyte is enough; shown on the built program.
//!
//! The limit is on address space, the strictest kind: what passes here passes under a limit on resident memory.

use plan::sample;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

const MB: u64 = 1024;

fn directory(name: &str) -> PathBuf {
    let dir = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(name);
    let _ = std::fs::remove_dir_all(&dir);
    std::fs::create_dir_all(&dir).expect("a directory for the test");
    dir
}

/// One step with at most so many kilobytes of address space.
fn limited(step: &str, dir: &Path, kilobytes: u64, params: &str) -> Output {
    let script = "ulimit -c 0; ulimit -v \"$1\"; shift; exec \"$@\"";
    Command::new("sh")
        .args(["-c", script, "sh", &kilobytes.to_string(), env!("CARGO_BIN_EXE_plan-step"), step, "--params", params, "--in"])
        .arg(dir)
        .arg("--out")
        .arg(dir)
        .output()
        .expect("sh starts")
}

fn passes(step: &str, dir: &Path, kilobytes: u64, params: &str) {
    let done = limited(step, dir, kilobytes, params);
    assert_eq!(done.status.code(), Some(0), "{step}: {}", String::from_utf8_lossy(&done.stderr));
}

#[test]
fn an_ordinary_plan_passes_with_64_mb_and_a_hospital_with_256() {
    for (name, pdf, limit) in [("small-ordinary", sample::ordinary(1), 64 * MB), ("small-hospital", sample::hospital(1), 256 * MB)] {
        let dir = directory(name);
        std::fs::write(dir.join("upload.pdf"), pdf).expect("the upload is stored");
        for step in plan::Step::ALL {
            passes(step.name(), &dir, limit, "{}");
        }
    }
}

#[test]
fn the_heavy_plan_dies_of_256_mb_in_wall_detection_and_passes_with_a_gigabyte() {
    for seed in [1, 2] {
        let dir = directory(&format!("heavy-{seed}"));
        std::fs::write(dir.join("upload.pdf"), sample::heavy(seed)).expect("the upload is stored");
        passes("pdf_upload", &dir, 256 * MB, "{}");
        passes("text_extraction", &dir, 256 * MB, "{}");
        let _ = std::fs::remove_file(dir.join("outcome.json"));

        let dead = limited("wall_detection", &dir, 256 * MB, "{}");
        assert_eq!(dead.status.code(), None, "killed by a signal, not ended: {:?}", dead.status);
        let log = String::from_utf8_lossy(&dead.stderr);
        assert!(log.contains("candidate pairs so far"), "the log shows how far it came: {log}");
        for file in ["failure.json", "outcome.json", "walls.json"] {
            assert!(!dir.join(file).exists(), "{file} was written by a step that died");
        }

        passes("wall_detection", &dir, 256 * MB, r#"{"ignore_hatching":true}"#);
        passes("wall_detection", &dir, 1024 * MB, "{}");
        passes("room_detection", &dir, 256 * MB, "{}");
        passes("bim_generation", &dir, 256 * MB, "{}");
    }
}
