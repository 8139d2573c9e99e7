//! The seam to scenario files: what the commands need of a scenario, and nothing else.

use super::Stop;
use crate::results::{BatchFacts, Milli, Objective, Row};
use controller::api::UNLIMITED;
use simulator::model::Model;
use std::path::{Path, PathBuf};

/// A scenario, ready to run.
pub struct Source {
    /// Where it was read from, as the user wrote it.
    pub path: PathBuf,
    /// Its name, a DNS label.
    pub name: String,
    /// One line about it.
    pub description: String,
    /// Runs it asks for.
    pub runs: u64,
    /// Seed it asks for.
    pub seed: u64,
    /// What to simulate.
    pub model: Model,
    /// Everything resolved, as `explain` prints it.
    pub resolved: String,
    /// What the user should know before the run.
    pub notes: Vec<String>,
}

impl Source {
    /// Reads a scenario.
    ///
    /// # Errors
    /// All that is wrong with it.
    pub fn load(path: &Path) -> Result<Self, Stop> {
        Err(Stop::refused(format!(
            "error: cannot read scenarios yet: {}",
            path.display()
        )))
    }

    /// Judges the scenario's objectives.
    pub fn judge(&self, _rows: &[Row]) -> Vec<Objective> {
        Vec::new()
    }

    /// What is known of a batch before it runs.
    pub fn facts(&self, seed: u64) -> BatchFacts {
        let subject = &self.model.subject;
        let deadline = subject
            .deployment
            .and_then(|fields| fields.progress_deadline_seconds);
        BatchFacts {
            scenario: self.name.clone(),
            description: self.description.clone(),
            seed,
            horizon: self.model.horizon.into(),
            deadline: deadline
                .filter(|&limit| limit != UNLIMITED)
                .map(|limit| Milli::from_whole(limit.into())),
            replicas: subject.replicas,
            promised: None,
        }
    }
}

/// The scenario files that files and folders stand for, in path order.
///
/// # Errors
/// Paths that do not exist or cannot be read.
pub fn find(paths: &[PathBuf]) -> Result<Vec<PathBuf>, Stop> {
    Ok(paths.to_vec())
}

/// Checks a scenario or a Kubernetes manifest without running it; says what it is.
///
/// # Errors
/// All that is wrong with it.
pub fn check(path: &Path) -> Result<String, Stop> {
    Source::load(path).map(|source| format!("scenario {}", source.name))
}
