//! Reading recorded cases: the script as typed.

use super::files::{Lines, ReadError, case_files};
use controller::api::IntOrPercent;
use serde::Deserialize;
use serde::de::Error as _;
use serde_json::{Map, Value};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

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
    /// The case as the file has it, without the steps.
    #[serde(skip)]
    pub(super) script: Value,
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
    /// The case as its file has it, without the steps.
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

/// Reads the cases of files (`.jsonl`, `.jsonl.gz`) and of all such files below folders, in path order.
///
/// # Errors
/// All files that cannot be read, with the first line that is no case.
pub fn read_cases(paths: &[PathBuf]) -> Result<Vec<Case>, Vec<ReadError>> {
    let mut cases = Vec::new();
    let mut errors = Vec::new();
    for file in case_files(paths)? {
        match read_file(&file.path) {
            Ok(found) => cases.extend(found),
            Err(error) => errors.push(error),
        }
    }
    if errors.is_empty() { Ok(cases) } else { Err(errors) }
}

fn read_file(path: &Path) -> Result<Vec<Case>, ReadError> {
    let mut lines = Lines::open(path)?;
    let mut cases = Vec::new();
    loop {
        let block = lines.block()?;
        if block.is_empty() {
            return lines.finish().map(|()| cases);
        }
        for (line, text) in block {
            cases.push(parse(&text).map_err(|cause| ReadError::of_line(path, line, cause))?);
        }
    }
}

/// Reads one case.
pub(super) fn parse(text: &str) -> serde_json::Result<Case> {
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
    Ok(case)
}

/// Reads `3` or `25%`.
///
/// # Errors
/// Any other text.
pub(super) fn int_or_percent(text: &str) -> Result<IntOrPercent, String> {
    text.parse().map_err(|_| format!("`{text}` is neither a number nor a percentage"))
}
