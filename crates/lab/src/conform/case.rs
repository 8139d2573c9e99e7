//! Reading recorded cases: the script as typed.

use scenario::input;
use serde::Deserialize;
use serde::de::Error as _;
use serde_json::{Map, Value};
use std::collections::BTreeMap;
use std::io::{self, BufRead, BufReader, Read};
use std::path::{Path, PathBuf};
use std::{fmt, fs};

/// One recorded case.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Case {
    /// Its name; the middle word is its family.
    pub name: String,
    /// One line of prose.
    pub about: String,
    pub(super) nodes: u32,
    pub(super) pod_quota: Option<i64>,
    pub(super) deployment: CaseDeployment,
    pub(super) images: BTreeMap<String, CaseImage>,
    pub(super) actions: Vec<TimedAction>,
    pub(super) until_ms: i64,
    /// What the real controllers did.
    #[serde(skip)]
    pub steps: Vec<Value>,
    /// The case as it stands in the file, without the steps.
    #[serde(skip)]
    pub(super) script: Value,
    /// The name of the file without its endings.
    #[serde(skip)]
    pub(super) file: String,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct CaseDeployment {
    pub(super) replicas: i32,
    pub(super) strategy: StrategyName,
    pub(super) max_surge: Option<IntOrText>,
    pub(super) max_unavailable: Option<IntOrText>,
    pub(super) min_ready_seconds: i32,
    pub(super) progress_deadline_seconds: i32,
    pub(super) revision_history_limit: i32,
    pub(super) image: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
pub(super) enum StrategyName {
    RollingUpdate,
    Recreate,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(untagged)]
pub(super) enum IntOrText {
    Int(i32),
    Text(String),
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(clippy::struct_field_names, reason = "the names of the recordings' format")]
pub(super) struct CaseImage {
    pub(super) schedule_ms: i64,
    pub(super) ready_after_ms: Vec<Option<i64>>,
    pub(super) terminate_ms: i64,
    #[serde(default)]
    pub(super) unready_after_ms: Vec<Option<i64>>,
    #[serde(default)]
    pub(super) ready_again_after_ms: Vec<Option<i64>>,
}

#[derive(Debug, Clone, Deserialize)]
pub(super) struct TimedAction {
    pub(super) at_ms: i64,
    #[serde(flatten)]
    pub(super) op: Op,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(tag = "op", rename_all = "snake_case", deny_unknown_fields)]
pub(super) enum Op {
    SetImage { image: String },
    Scale { replicas: i32 },
    SetImageAndScale { image: String, replicas: i32 },
    Pause {},
    Resume {},
    SetStrategy { strategy: StrategyName, max_surge: Option<IntOrText>, max_unavailable: Option<IntOrText> },
    SetMinReadySeconds { seconds: i32 },
    SetProgressDeadlineSeconds { seconds: i32 },
    SetRevisionHistoryLimit { limit: i32 },
    Rollback { revision: i64 },
    SetPodQuota { pod_quota: Option<i64> },
    DenyPods {},
    AllowPods {},
    DeletePod { ordinal: u32, image: Option<String> },
    FailPod { ordinal: u32, image: Option<String> },
    UnreadyPod { ordinal: u32, image: Option<String> },
    ReadyPod { ordinal: u32, image: Option<String> },
    HealImage { image: String, ready_after_ms: i64 },
    ApiErrors { resource: String, verb: String, for_ms: i64 },
    RestartControllers { for_ms: i64 },
    SetDeletionCost { ordinal: u32, image: Option<String>, cost: i32 },
}

impl Case {
    /// The case as it stands in its file, without the steps.
    #[must_use]
    pub const fn script(&self) -> &Value {
        &self.script
    }

    /// The family of the case: the middle word of its name, or `docs`.
    #[must_use]
    pub fn family(&self) -> &str {
        let mut words = self.name.split('-');
        match words.next() {
            Some("docs") => "docs",
            _ => words.next().unwrap_or("other"),
        }
    }
}

/// Why cases could not be read.
#[derive(Debug)]
pub struct ReadError {
    /// The file.
    pub path: PathBuf,
    /// The line in it (from 1), if the trouble is with a line.
    pub line: Option<usize>,
    /// What is wrong.
    pub cause: String,
}

impl fmt::Display for ReadError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.path.display())?;
        if let Some(line) = self.line {
            write!(f, ":{line}")?;
        }
        write!(f, ": {}", self.cause)
    }
}

impl std::error::Error for ReadError {}

/// The most text that a file of cases may hold: a compressed one of a few kilobytes can expand to terabytes.
/// The largest recordings have 27 MB.
const MOST_BYTES: u64 = 64 << 20;

/// Reads the cases of files (`.jsonl`, `.jsonl.gz`) and of all such files below folders, in path order.
///
/// # Errors
/// All files and lines that could not be read.
pub fn read_cases(paths: &[PathBuf]) -> Result<Vec<Case>, Vec<ReadError>> {
    let mut cases = Vec::new();
    let mut errors = Vec::new();
    for path in paths {
        match files_of(path) {
            Ok(files) if files.is_empty() => {
                errors.push(failure(path, "no .jsonl or .jsonl.gz file in this folder"));
            }
            Ok(files) => files.iter().for_each(|file| read_file(file, &mut cases, &mut errors)),
            Err(cause) => errors.push(failure(path, &cause.to_string())),
        }
    }
    if errors.is_empty() { Ok(cases) } else { Err(errors) }
}

/// The files that paths stand for.
///
/// # Errors
/// A path that cannot be looked at.
pub fn case_files(paths: &[PathBuf]) -> io::Result<Vec<PathBuf>> {
    let files: io::Result<Vec<Vec<PathBuf>>> = paths.iter().map(|path| files_of(path)).collect();
    Ok(files?.concat())
}

fn failure(path: &Path, cause: &str) -> ReadError {
    ReadError { path: path.to_owned(), line: None, cause: cause.to_owned() }
}

fn files_of(path: &Path) -> io::Result<Vec<PathBuf>> {
    if !fs::metadata(path)?.is_dir() {
        return Ok(vec![path.to_owned()]);
    }
    let mut files = Vec::new();
    for entry in fs::read_dir(path)? {
        let path = entry?.path();
        if path.is_dir() {
            files.extend(files_of(&path)?);
        } else if is_case_file(&path) {
            files.push(path);
        }
    }
    files.sort();
    Ok(files)
}

fn is_case_file(path: &Path) -> bool {
    let name = path.to_string_lossy();
    [".jsonl", ".jsonl.gz"].iter().any(|ending| name.ends_with(ending))
}

fn read_file(path: &Path, cases: &mut Vec<Case>, errors: &mut Vec<ReadError>) {
    let file = match input::open(path) {
        Ok(file) => file,
        Err(cause) => return errors.push(failure(path, &cause.to_string())),
    };
    let before = cases.len();
    let is_gzip = path.extension().is_some_and(|extension| extension == "gz");
    let source: Box<dyn Read> =
        if is_gzip { Box::new(flate2::read::MultiGzDecoder::new(file)) } else { Box::new(file) };
    let source = input::Bounded::new(source, MOST_BYTES);
    for (index, line) in BufReader::new(source).lines().enumerate() {
        let parsed = line.map_err(|cause| cause.to_string()).and_then(|line| match line.trim() {
            "" => Ok(None),
            text => case(text, path).map(Some).map_err(|cause| cause.to_string()),
        });
        match parsed {
            Ok(case) => cases.extend(case),
            Err(cause) => {
                errors.push(ReadError { path: path.to_owned(), line: Some(index + 1), cause });
                return;
            }
        }
    }
    if cases.len() == before {
        errors.push(failure(path, "no case in this file"));
    }
}

fn case(text: &str, path: &Path) -> serde_json::Result<Case> {
    let mut script: Map<String, Value> = serde_json::from_str(text)?;
    let steps = script.remove("steps");
    let mut case: Case = serde_json::from_value(Value::Object(script.clone()))?;
    case.script = Value::Object(script);
    case.steps = match steps {
        Some(Value::Array(steps)) if steps.iter().all(|step| step["t_ms"].is_i64()) => steps,
        Some(Value::Array(_)) => return Err(serde_json::Error::custom("a step without a whole `t_ms`")),
        _ => return Err(serde_json::Error::custom("`steps` must be a list of steps")),
    };
    super::range::check(&case).map_err(serde_json::Error::custom)?;
    case.file = super::write::bare_name(path);
    Ok(case)
}
