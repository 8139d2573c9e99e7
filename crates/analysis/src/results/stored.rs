//! Reads a folder of results.

use crate::results::ResultFile;
use crate::tables::TableError;
use crate::tables::provenance::{SCHEMA_VERSION as PROVENANCE_VERSION, TOOL};
use crate::tables::runs::RowReader;
use crate::tables::summary_json::SCHEMA_VERSION as SUMMARY_VERSION;
use measures::{Milli, Row, known};
use scenario::AFTER_DEADLINE;
use scenario::input;
use serde_json::Value;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

/// A finished batch in its folder.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stored {
    /// The folder.
    pub folder: PathBuf,
    /// The scenario's name.
    pub scenario: String,
    /// The version of rollout-lab that ran it.
    pub version: String,
    /// The seed of all runs.
    pub seed: u64,
    /// End of the observation.
    pub horizon: Milli,
    /// The progress deadline at t = 0.
    pub deadline: Option<Milli>,
    /// Whether something in the scenario waits for the progress deadline to fire.
    pub waits_for_deadline: bool,
    /// The scenario with everything resolved.
    pub resolved: String,
}

/// A folder is not a finished batch.
#[derive(Debug, thiserror::Error)]
pub enum StoredError {
    /// A file is missing, or its content is not valid.
    #[error("{}: {because}", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// The reason.
        because: String,
    },
    /// `runs.csv` cannot be read.
    #[error(transparent)]
    Rows(#[from] TableError),
}

impl Stored {
    /// Whether a path is a folder of results rather than a scenario.
    pub fn is_folder(path: &Path) -> bool {
        path.is_dir()
    }

    /// Reads the facts of a batch.
    ///
    /// # Errors
    /// Files that are missing or of another program; a batch that is not finished.
    pub fn open(folder: &Path) -> Result<Self, StoredError> {
        let provenance = json(&folder.join(ResultFile::Provenance))?;
        let wrong = |name: ResultFile, because: &str| StoredError::File {
            path: folder.join(name),
            because: because.to_owned(),
        };
        if provenance["tool"] != TOOL {
            return Err(wrong(ResultFile::Provenance, "it does not say that rollout-lab wrote this folder"));
        }
        known_version(&provenance, PROVENANCE_VERSION).map_err(|why| wrong(ResultFile::Provenance, &why))?;
        if provenance["digest"].is_null() {
            return Err(wrong(
                ResultFile::Provenance,
                "the batch was interrupted; run it again with --resume",
            ));
        }
        if !provenance["shard"].is_null() {
            return Err(wrong(
                ResultFile::Provenance,
                "this is one shard of a batch; join them with `rollout-lab merge`",
            ));
        }
        let summary = json(&folder.join(ResultFile::Summary))?;
        is_of_a_batch(folder, &summary)?;
        known_version(&summary, SUMMARY_VERSION).map_err(|why| wrong(ResultFile::Summary, &why))?;
        let text = |key: &str| provenance[key].as_str().map(str::to_owned);
        let absurd = |key: &str| wrong(ResultFile::Summary, &format!("`{key}` is not a valid time"));
        let horizon = match &summary["horizonSeconds"] {
            Value::Null => None,
            stated => Some(positive(stated).ok_or_else(|| absurd("horizonSeconds"))?),
        };
        let found = (text("scenario"), text("version"), provenance["seed"].as_u64(), horizon);
        let (Some(scenario), Some(version), Some(seed), Some(horizon)) = found else {
            return Err(wrong(
                ResultFile::Provenance,
                "it names no scenario, version and seed, or summary.json no horizon",
            ));
        };
        let deadline = match &summary["progressDeadline"]["seconds"] {
            Value::Null => None,
            stated => Some(positive(stated).ok_or_else(|| absurd("progressDeadline.seconds"))?),
        };
        let resolved = text("resolvedScenario").unwrap_or_default();
        let waits_for_deadline = resolved.contains(AFTER_DEADLINE);
        let folder = folder.to_owned();
        Ok(Self { folder, scenario, version, seed, horizon, deadline, waits_for_deadline, resolved })
    }

    /// Reads the rows one by one. Times after the horizon are errors, because conclusions and charts rely on their
    /// absence.
    ///
    /// # Errors
    /// `runs.csv` cannot be read.
    pub fn reader(&self) -> Result<impl Iterator<Item = Result<Row, StoredError>> + '_, StoredError> {
        let path = self.folder.join(ResultFile::Runs);
        let rows = RowReader::open(&path).map_err(StoredError::Rows)?;
        Ok(rows.map(move |row| {
            let row = row.map_err(StoredError::Rows)?;
            let times = [known::ROLLOUT_TIME, known::DEADLINE_FIRST];
            let times = times.map(|measure| (measure.field.name, row.get(measure)));
            let is_outside = |time: Milli| !(Milli::ZERO..=self.horizon).contains(&time);
            match times.into_iter().find(|(_, time)| time.is_some_and(is_outside)) {
                Some((name, _)) => {
                    let because = format!("`{name}` of run {} is not between 0 and the horizon", row.run);
                    Err(StoredError::File { path: path.clone(), because })
                }
                None => Ok(row),
            }
        }))
    }

    /// Reads the first rows, at most `most`, and checks that their runs are in ascending order.
    ///
    /// # Errors
    /// `runs.csv` cannot be read, or its runs are out of order.
    pub fn rows(&self, most: usize) -> Result<Vec<Row>, StoredError> {
        let path = self.folder.join(ResultFile::Runs);
        let rows: Vec<Row> = self.reader()?.take(most).collect::<Result<_, _>>()?;
        match rows.windows(2).find(|pair| pair[0].run >= pair[1].run) {
            Some(pair) => {
                let because = format!("run {} comes after run {}", pair[1].run, pair[0].run);
                Err(StoredError::File { path, because })
            }
            None => Ok(rows),
        }
    }
}

/// A time above zero.
fn positive(stated: &Value) -> Option<Milli> {
    Milli::time_of_json(stated).filter(|time| *time > Milli::ZERO)
}

/// Refuses files of a later format, which this version would misread.
fn known_version(file: &Value, known: u32) -> Result<(), String> {
    match file["schemaVersion"].as_u64() {
        Some(version) if version > known.into() => Err(format!(
            "its schemaVersion is {version}, and this rollout-lab knows up to {known}; use the one that wrote it, \
             or run the batch again"
        )),
        _ => Ok(()),
    }
}

/// Refuses folders of comparisons and sweeps, which contain no runs.
fn is_of_a_batch(folder: &Path, summary: &Value) -> Result<(), StoredError> {
    let what = match (&summary["cells"], &summary["pairs"]) {
        (Value::Array(_), _) => "sweep",
        (_, Value::Number(_)) => "comparison",
        _ => return Ok(()),
    };
    let because = format!(
        "this is a {what}, which keeps no runs; its charts are in charts/, and report.html shows all results"
    );
    Err(StoredError::File { path: folder.to_owned(), because })
}

fn json(path: &Path) -> Result<Value, StoredError> {
    let error = |because: String| StoredError::File { path: path.to_owned(), because };
    input::json(path).map_err(|why| match why.kind() {
        ErrorKind::InvalidData => error(why.to_string()),
        _ => error(format!("{why}; is this a folder of results?")),
    })
}
