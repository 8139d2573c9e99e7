//! The folder of baselines, `results/baselines/`.

use super::{Baseline, read};
use crate::baseline::{MARK, file_text};
use scenario::diagnostic::Diagnostics;
use scenario::input;
use scenario::source;
use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

/// A folder with a file per scenario.
#[derive(Debug, Clone)]
pub struct BaselineFolder(PathBuf);

/// A baseline cannot be written or removed.
#[derive(Debug, thiserror::Error)]
#[error("cannot {doing} {}: {because}", path.display())]
pub struct BaselineError {
    doing: &'static str,
    path: PathBuf,
    because: String,
}

fn error<'a>(doing: &'static str, path: &'a Path) -> impl Fn(io::Error) -> BaselineError + use<'a> {
    move |cause| BaselineError { doing, path: path.to_owned(), because: cause.to_string() }
}

impl BaselineFolder {
    /// The folder at `path`, which need not exist.
    pub const fn new(path: PathBuf) -> Self {
        Self(path)
    }

    /// The file of the baseline of a scenario.
    pub fn path_of(&self, scenario: &str) -> PathBuf {
        self.0.join(format!("{scenario}.yaml"))
    }

    /// The names of the files, by scenario.
    fn names(&self) -> io::Result<Vec<String>> {
        let entries = match fs::read_dir(&self.0) {
            Err(missing) if missing.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
            entries => entries?,
        };
        let mut names = Vec::new();
        for entry in entries {
            let name = entry?.file_name().to_string_lossy().into_owned();
            // A file whose name begins with a dot is a temporary file.
            names.extend(name.strip_suffix(".yaml").filter(|name| !name.starts_with('.')).map(str::to_owned));
        }
        names.sort_unstable();
        Ok(names)
    }

    /// Reads the baselines of all scenarios that `is_wanted` accepts, by name.
    ///
    /// # Errors
    /// All errors of all files.
    pub fn read(&self, is_wanted: impl Fn(&str) -> bool) -> Result<BTreeMap<String, Baseline>, Diagnostics> {
        let mut log = Diagnostics::new();
        let names = self.names().map_err(|cause| {
            let error = error("read the folder", &self.0)(cause);
            scenario::diagnostic::Diagnostic::without_place(error.to_string())
        })?;
        let mut found = BTreeMap::new();
        for name in names.into_iter().filter(|name| is_wanted(name)) {
            match source::read(&self.path_of(&name), None) {
                Ok(source) => match read(&source, &name) {
                    Ok(baseline) => drop(found.insert(name, baseline)),
                    Err(errors) => log.append(errors),
                },
                Err(error) => log.push(error),
            }
        }
        log.finish(found)
    }

    /// Checks that the baseline of a scenario can be written; creates the folder and changes nothing
    /// else.
    ///
    /// # Errors
    /// The file system refuses, or another file is in the way.
    pub fn check(&self, scenario: &str) -> Result<(), BaselineError> {
        fs::create_dir_all(&self.0).map_err(error("create the folder", &self.0))?;
        let path = self.path_of(scenario);
        match input::read(&path, MARK.len() as u64) {
            Err(missing) if missing.kind() == io::ErrorKind::NotFound => Ok(()),
            Ok(bytes) if bytes.is_empty() || bytes.starts_with(MARK.as_bytes()) => Ok(()),
            Ok(_) => {
                let because = "rollout-lab did not write the file that lies there; move it away".to_owned();
                Err(BaselineError { doing: "write", path, because })
            }
            Err(cause) => Err(error("replace", &path)(cause)),
        }
    }

    /// Writes a baseline atomically.
    ///
    /// # Errors
    /// The file system refuses.
    pub fn write(&self, baseline: &Baseline) -> Result<PathBuf, BaselineError> {
        self.check(&baseline.scenario)?;
        let path = self.path_of(&baseline.scenario);
        let partial = self.0.join(format!(".{}.partial", baseline.scenario));
        let written = fs::write(&partial, file_text(baseline)).and_then(|()| fs::rename(&partial, &path));
        if let Err(cause) = written {
            // A file that could not be moved into place is removed.
            let _ = fs::remove_file(&partial);
            return Err(error("write", &path)(cause));
        }
        Ok(path)
    }

    /// Removes the baseline of a scenario that no longer exists.
    ///
    /// # Errors
    /// The file system refuses.
    pub fn remove(&self, scenario: &str) -> Result<(), BaselineError> {
        let path = self.path_of(scenario);
        fs::remove_file(&path).map_err(error("remove", &path))
    }
}
