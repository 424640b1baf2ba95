//! The two directories of a step: filling the one it reads, and taking what it left in the other.

use super::child::Directories;
use super::{Source, is_file_name};
use crate::failure::Failure;
use domain::{ErrorType, human_bytes};
use serde::Deserialize;
use serde_json::Value;
use std::io;
use std::path::Path;

/// Largest file kept of a run.
pub(crate) const LARGEST: u64 = 64 * 1024 * 1024;

/// Something a pipeline found, as it writes it into `objects.json`.
#[derive(Debug, Clone, Deserialize)]
pub(crate) struct Found {
    pub id: String,
    pub kind: String,
    #[serde(default)]
    pub name: String,
    pub confidence: f64,
    #[serde(default)]
    pub area_m2: Option<f64>,
    pub geometry: Value,
}

/// What a step that succeeded left.
#[derive(Debug, Default)]
pub(crate) struct Outputs {
    pub files: Vec<(String, Vec<u8>)>,
    pub objects: Option<Vec<Found>>,
    pub outcome: Option<Value>,
}

#[derive(Deserialize)]
struct Refusal {
    code: String,
    message: String,
    class: String,
    #[serde(default)]
    title: Option<String>,
}

/// Makes the directories of one attempt, empty; only this user can look into them.
pub(crate) fn prepare(base: &Path) -> io::Result<Directories> {
    use std::os::unix::fs::DirBuilderExt;
    if base.exists() {
        std::fs::remove_dir_all(base)?;
    }
    let dirs = Directories { input: base.join("in"), output: base.join("out") };
    for dir in [&dirs.input, &dirs.output] {
        std::fs::DirBuilder::new().recursive(true).mode(0o700).create(dir)?;
    }
    Ok(dirs)
}

/// Puts a file given with the run where the step finds it.
pub(crate) fn place(dir: &Path, name: &str, source: &Source) -> io::Result<()> {
    match source {
        Source::Bytes(bytes) => std::fs::write(dir.join(name), bytes),
        Source::Path(path) => std::fs::copy(path, dir.join(name)).map(drop),
    }
}

/// The bytes of a file given with the run, unless it is too large to be kept.
pub(crate) fn bytes_to_keep(source: &Source) -> io::Result<Option<Vec<u8>>> {
    match source {
        Source::Bytes(bytes) => Ok((bytes.len() as u64 <= LARGEST).then(|| bytes.clone())),
        Source::Path(path) if std::fs::metadata(path)?.len() > LARGEST => Ok(None),
        Source::Path(path) => std::fs::read(path).map(Some),
    }
}

/// Reads everything a step left. The failure is the step's own: it left what cannot be kept.
pub(crate) fn collect(step: &str, dir: &Path) -> io::Result<Result<Outputs, Failure>> {
    let mut outputs = Outputs::default();
    for entry in std::fs::read_dir(dir)? {
        let entry = entry?;
        let Some(name) = entry.file_name().to_str().map(str::to_owned).filter(|name| is_file_name(name)) else {
            let message = format!(
                "The step {step} left a file whose name cannot be kept: {}. Names are made of letters, digits, dot, dash and underscore.",
                entry.file_name().to_string_lossy()
            );
            return Ok(Err(bad_output(step, message)));
        };
        let kind = entry.file_type()?;
        if !kind.is_file() {
            // Whatever is not a plain file (a link, a directory) is scratch of the step's own.
            continue;
        }
        let size = entry.metadata()?.len();
        if size > LARGEST {
            let message = format!("The step {step} left {name} with {}; files up to {} are kept.", human_bytes(size), human_bytes(LARGEST));
            return Ok(Err(bad_output(step, message)));
        }
        let bytes = std::fs::read(entry.path())?;
        match name.as_str() {
            "outcome.json" => {
                outputs.outcome = serde_json::from_slice(&bytes).ok();
                outputs.files.push((format!("{step}.{name}"), bytes));
            }
            "objects.json" => match serde_json::from_slice::<Vec<Found>>(&bytes) {
                Ok(found) if found.iter().all(|f| (0.0..=1.0).contains(&f.confidence)) => {
                    outputs.objects = Some(found);
                    outputs.files.push((name, bytes));
                }
                Ok(_) => {
                    return Ok(Err(bad_output(step, "objects.json has a confidence outside 0 to 1.".to_owned())));
                }
                Err(error) => {
                    return Ok(Err(bad_output(step, format!("objects.json cannot be read: {error}."))));
                }
            },
            _ => outputs.files.push((name, bytes)),
        }
    }
    outputs.files.sort();
    Ok(Ok(outputs))
}

fn bad_output(step: &str, message: String) -> Failure {
    Failure::permanent("BAD_OUTPUT", format!("{step} left something that cannot be kept"), message)
}

/// The step's own word on why it would not go on.
pub(crate) fn refusal(step: &str, dir: &Path) -> Option<Failure> {
    let path = dir.join("failure.json");
    if std::fs::metadata(&path).ok()?.len() > 1024 * 1024 {
        return None;
    }
    let refusal: Refusal = serde_json::from_slice(&std::fs::read(path).ok()?).ok()?;
    let kind = match refusal.class.as_str() {
        "TRANSIENT" => ErrorType::Transient,
        "BUSINESS" | "BUSINESS_RULE" => ErrorType::BusinessRule,
        _ => ErrorType::Permanent,
    };
    let title = refusal.title.unwrap_or_else(|| format!("{step}: {}", refusal.code.to_lowercase().replace('_', " ")));
    Some(Failure::new(kind, refusal.code, title, refusal.message))
}
