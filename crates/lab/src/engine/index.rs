//! Which shard this process runs: stated as `2/8`, or read from the variable in which an engine counts its tasks.

use analysis::results::{Shard, ShardError};
use thiserror::Error;

/// An engine that tells each task its number in an environment variable.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Numbering {
    /// The word for it in `--shard WORD/N`.
    pub word: &'static str,
    /// Its name.
    pub name: &'static str,
    /// The variable with the number of a task.
    pub variable: &'static str,
    /// The number of the first task.
    pub first: u64,
    /// What the variable holds in a task that belongs to no array.
    pub outside_arrays: Option<&'static str>,
    /// Where the engine documents it.
    pub source: &'static str,
}

const fn numbering(
    word: &'static str,
    name: &'static str,
    variable: &'static str,
    first: u64,
    source: &'static str,
) -> Numbering {
    Numbering { word, name, variable, first, outside_arrays: None, source }
}

/// The engines that are known, by name of the variable's owner.
///
/// Slurm, PBS and LSF let the user choose the numbers of an array. They are counted from 1 here, as `shards` writes
/// them: the number of the first task of a rerun says nothing about the array as a whole.
pub const NUMBERINGS: &[Numbering] = &[
    numbering(
        "slurm",
        "Slurm job array",
        "SLURM_ARRAY_TASK_ID",
        1,
        "https://slurm.schedmd.com/job_array.html",
    ),
    numbering(
        "kubernetes",
        "Kubernetes Indexed Job",
        "JOB_COMPLETION_INDEX",
        0,
        "https://kubernetes.io/docs/concepts/workloads/controllers/job/#completion-mode",
    ),
    numbering(
        "pbs",
        "PBS Professional job array",
        "PBS_ARRAY_INDEX",
        1,
        "https://help.altair.com/2022.1.0/PBS%20Professional/PBSUserGuide2022.1.pdf",
    ),
    numbering(
        "torque",
        "Torque job array",
        "PBS_ARRAYID",
        1,
        "https://docs.adaptivecomputing.com/torque/4-0-2/Content/topics/commands/qsub.htm",
    ),
    Numbering {
        outside_arrays: Some("undefined"),
        ..numbering(
            "gridengine",
            "Grid Engine array job",
            "SGE_TASK_ID",
            1,
            "https://gridscheduler.sourceforge.net/htmlman/htmlman1/qsub.html",
        )
    },
    Numbering {
        outside_arrays: Some("0"),
        ..numbering(
            "lsf",
            "LSF job array",
            "LSB_JOBINDEX",
            1,
            "https://www.ibm.com/docs/en/spectrum-lsf/10.1.0?topic=arrays-job-array-environment-variables",
        )
    },
    numbering(
        "awsbatch",
        "AWS Batch array job",
        "AWS_BATCH_JOB_ARRAY_INDEX",
        0,
        "https://docs.aws.amazon.com/batch/latest/userguide/array_jobs.html",
    ),
    numbering(
        "googlebatch",
        "Google Cloud Batch",
        "BATCH_TASK_INDEX",
        0,
        "https://cloud.google.com/batch/docs/create-run-basic-job",
    ),
    numbering(
        "cloudrun",
        "Google Cloud Run job",
        "CLOUD_RUN_TASK_INDEX",
        0,
        "https://cloud.google.com/run/docs/container-contract#jobs-env-vars",
    ),
    numbering(
        "gitlab",
        "GitLab CI parallel job",
        "CI_NODE_INDEX",
        1,
        "https://docs.gitlab.com/ci/variables/predefined_variables/",
    ),
    numbering(
        "circleci",
        "CircleCI parallelism",
        "CIRCLE_NODE_INDEX",
        0,
        "https://circleci.com/docs/variables/#built-in-environment-variables",
    ),
    numbering(
        "buildkite",
        "Buildkite parallel job",
        "BUILDKITE_PARALLEL_JOB",
        0,
        "https://buildkite.com/docs/pipelines/configure/environment-variables",
    ),
    numbering(
        "parallel",
        "GNU parallel",
        "PARALLEL_SEQ",
        1,
        "https://www.gnu.org/software/parallel/man.html#environment-variables",
    ),
];

/// What `--shard` says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ShardChoice {
    /// `I/N`: this one.
    Stated(Shard),
    /// `auto/N`: the one that the only engine variable that is set stands for.
    Found {
        /// N.
        of: u64,
    },
    /// `ENGINE/N`: the one that the variable of this engine stands for.
    FoundIn {
        /// The engine.
        engine: &'static Numbering,
        /// N.
        of: u64,
    },
}

/// A value of `--shard` that stands for no shard.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum ShardChoiceError {
    /// Not `I/N`.
    #[error(transparent)]
    Shard(#[from] ShardError),
    /// The word before the slash is not an engine.
    #[error("`{word}` is not a known engine; write I/N, auto/N or one of {}", all_words())]
    UnknownEngine {
        /// The word.
        word: String,
    },
    /// `ENGINE/N` outside a task of this engine.
    #[error("--shard {}/{of}: {} is not set, so this is no task of a {}", engine.word, engine.variable, engine.name)]
    NotItsTask {
        /// The engine.
        engine: &'static Numbering,
        /// N.
        of: u64,
    },
    /// `auto/N` outside a task of any engine.
    #[error(
        "--shard auto/{of}: no known engine numbers this task. Looked for {}. \
         State the shard, as in --shard 1/{of}",
        all_variables()
    )]
    NoTask {
        /// N.
        of: u64,
    },
    /// `auto/N` in a task of several engines.
    #[error(
        "--shard auto/{of}: several engines number this task: {}. Say which: {}",
        joined(found, ", ", |(engine, value)| format!("{}={value}", engine.variable)),
        joined(found, " or ", |(engine, _)| format!("--shard {}/{of}", engine.word))
    )]
    SeveralTasks {
        /// The engines and the values of their variables.
        found: Vec<(&'static Numbering, String)>,
        /// N.
        of: u64,
    },
    /// The number of the task lies outside the shards.
    #[error(
        "{}={}: with {of} shards the tasks of a {} are numbered from {} to {}",
        engine.variable, value.escape_debug(), engine.name, engine.first, engine.first + of - 1
    )]
    OutOfRange {
        /// The engine.
        engine: &'static Numbering,
        /// The value of its variable.
        value: String,
        /// N.
        of: u64,
    },
}

fn all_words() -> String {
    joined(NUMBERINGS, ", ", |engine| engine.word.to_owned())
}

fn all_variables() -> String {
    joined(NUMBERINGS, ", ", |engine| format!("{} ({})", engine.variable, engine.name))
}

fn joined<T>(items: &[T], separator: &str, text: impl Fn(&T) -> String) -> String {
    items.iter().map(text).collect::<Vec<_>>().join(separator)
}

impl ShardChoice {
    /// Reads `I/N`, `auto/N` or `ENGINE/N`.
    ///
    /// # Errors
    /// What would be right.
    pub fn parse(text: &str) -> Result<Self, ShardChoiceError> {
        let Some((word, of)) = text.split_once('/').filter(|(word, _)| is_word(word)) else {
            return Ok(Self::Stated(Shard::parse(text)?));
        };
        // The limits of N are the same.
        let Shard { of, .. } = Shard::parse(&format!("1/{of}"))?;
        if word == "auto" {
            return Ok(Self::Found { of });
        }
        let engine = NUMBERINGS.iter().find(|engine| engine.word == word);
        let engine = engine.ok_or_else(|| ShardChoiceError::UnknownEngine { word: word.to_owned() })?;
        Ok(Self::FoundIn { engine, of })
    }

    /// The shard, given the environment.
    ///
    /// # Errors
    /// No engine or several engines number this task, or the number lies outside the shards.
    pub fn shard(self, variable: impl Fn(&str) -> Option<String>) -> Result<Shard, ShardChoiceError> {
        match self {
            Self::Stated(shard) => Ok(shard),
            Self::FoundIn { engine, of } => match engine.value(&variable) {
                Some(value) => engine.shard(value, of),
                None => Err(ShardChoiceError::NotItsTask { engine, of }),
            },
            Self::Found { of } => the_only(of, &variable),
        }
    }
}

fn is_word(text: &str) -> bool {
    text.starts_with(|first: char| first.is_ascii_alphabetic())
}

/// The shard of the only engine that numbers this task. Engines may be nested, as GNU parallel in a job of Slurm:
/// then only the user knows which one counts the shards.
fn the_only(of: u64, variable: &impl Fn(&str) -> Option<String>) -> Result<Shard, ShardChoiceError> {
    let mut found: Vec<(&'static Numbering, String)> =
        NUMBERINGS.iter().filter_map(|engine| Some((engine, engine.value(variable)?))).collect();
    match (found.pop(), found.is_empty()) {
        (None, _) => Err(ShardChoiceError::NoTask { of }),
        (Some((engine, value)), true) => engine.shard(value, of),
        (Some(last), false) => {
            found.push(last);
            Err(ShardChoiceError::SeveralTasks { found, of })
        }
    }
}

impl Numbering {
    /// The number of this task as text, if this is a task of an array.
    fn value(self, variable: &impl Fn(&str) -> Option<String>) -> Option<String> {
        variable(self.variable)
            .filter(|value| !value.is_empty() && Some(value.as_str()) != self.outside_arrays)
    }

    /// Shard 1 is the first task.
    fn shard(&'static self, value: String, of: u64) -> Result<Shard, ShardChoiceError> {
        let tasks = self.first..self.first + of;
        match value.parse::<u64>().ok().filter(|number| tasks.contains(number)) {
            Some(number) => Ok(Shard { number: number - self.first + 1, of }),
            None => Err(ShardChoiceError::OutOfRange { engine: self, value, of }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shard(choice: &str, environment: &[(&str, &str)]) -> Result<String, String> {
        let look = |name: &str| {
            environment.iter().find(|(variable, _)| *variable == name).map(|(_, value)| (*value).to_owned())
        };
        let shard = ShardChoice::parse(choice).and_then(|choice| choice.shard(look));
        shard.map(|shard| shard.to_string()).map_err(|error| error.to_string())
    }

    #[test]
    fn each_engine_counts_from_its_own_first_number() {
        let first_and_last = [
            ("slurm", "SLURM_ARRAY_TASK_ID", "1", "8"),
            ("kubernetes", "JOB_COMPLETION_INDEX", "0", "7"),
            ("pbs", "PBS_ARRAY_INDEX", "1", "8"),
            ("torque", "PBS_ARRAYID", "1", "8"),
            ("gridengine", "SGE_TASK_ID", "1", "8"),
            ("lsf", "LSB_JOBINDEX", "1", "8"),
            ("awsbatch", "AWS_BATCH_JOB_ARRAY_INDEX", "0", "7"),
            ("googlebatch", "BATCH_TASK_INDEX", "0", "7"),
            ("cloudrun", "CLOUD_RUN_TASK_INDEX", "0", "7"),
            ("gitlab", "CI_NODE_INDEX", "1", "8"),
            ("circleci", "CIRCLE_NODE_INDEX", "0", "7"),
            ("buildkite", "BUILDKITE_PARALLEL_JOB", "0", "7"),
            ("parallel", "PARALLEL_SEQ", "1", "8"),
        ];
        assert_eq!(
            first_and_last.map(|row| row.0),
            *NUMBERINGS.iter().map(|row| row.word).collect::<Vec<_>>()
        );
        for (word, variable, first, last) in first_and_last {
            for choice in ["auto/8".to_owned(), format!("{word}/8")] {
                assert_eq!(shard(&choice, &[(variable, first)]).unwrap(), "1/8", "{word}");
                assert_eq!(shard(&choice, &[(variable, last)]).unwrap(), "8/8", "{word}");
                let beyond = (last.parse::<u64>().unwrap() + 1).to_string();
                for outside in [beyond.as_str(), "-1", "x", "1.5"] {
                    let why = shard(&choice, &[(variable, outside)]).unwrap_err();
                    assert!(why.contains(&format!("{variable}={outside}")), "{why}");
                    assert!(why.contains(&format!("from {first} to {last}")), "{why}");
                }
            }
        }
    }

    #[test]
    fn without_an_engine_the_error_names_every_variable() {
        let why = shard("auto/8", &[("HOME", "/")]).unwrap_err();
        assert!(NUMBERINGS.iter().all(|engine| why.contains(engine.variable)), "{why}");
        let why = shard("slurm/8", &[("PARALLEL_SEQ", "1")]).unwrap_err();
        assert_eq!(
            why,
            "--shard slurm/8: SLURM_ARRAY_TASK_ID is not set, so this is no task of a Slurm job array"
        );
    }

    #[test]
    fn nested_engines_need_a_word() {
        let nested = [("SLURM_ARRAY_TASK_ID", "3"), ("PARALLEL_SEQ", "5")];
        assert_eq!(
            shard("auto/8", &nested).unwrap_err(),
            "--shard auto/8: several engines number this task: SLURM_ARRAY_TASK_ID=3, PARALLEL_SEQ=5. \
             Say which: --shard slurm/8 or --shard parallel/8"
        );
        assert_eq!(shard("parallel/8", &nested).unwrap(), "5/8");
        assert_eq!(shard("2/8", &nested).unwrap(), "2/8");
    }

    #[test]
    fn a_task_outside_an_array_has_no_number() {
        for (variable, value) in [("SGE_TASK_ID", "undefined"), ("LSB_JOBINDEX", "0"), ("PARALLEL_SEQ", "")] {
            let why = shard("auto/8", &[(variable, value)]).unwrap_err();
            assert!(why.contains("no known engine numbers this task"), "{why}");
        }
    }

    #[test]
    fn wrong_words_and_numbers_are_refused() {
        for wrong in ["auto", "auto/", "auto/0", "auto/x", "auto/1000001", "nomad/8", "/8", "9/8", "0/8"] {
            assert!(ShardChoice::parse(wrong).is_err(), "{wrong}");
        }
        let why = ShardChoice::parse("nomad/8").unwrap_err().to_string();
        assert!(why.contains("auto/N or one of slurm, kubernetes"), "{why}");
    }
}
