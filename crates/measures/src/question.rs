//! Questions about many runs: what two batches are compared by, and what one batch estimates.

use super::{Elapsed, Measure, Row};
use crate::measure::Unit;
use crate::register::Register;
use crate::stats::Level;
use thiserror::Error;

/// A measure of a run with the statistic over many runs.
#[derive(Debug, Clone, Copy)]
pub struct Question {
    /// Its key: the one of the measure, or the one of a share of it.
    pub key: &'static str,
    /// The measure.
    pub measure: Measure,
    /// The statistic.
    pub view: View,
    /// Which direction is better.
    pub better: Better,
    /// The smallest difference that matters.
    pub margin: Margin,
}

/// A share of the runs, defined by a condition on each run.
#[derive(Debug)]
pub struct Share {
    /// Its key.
    pub key: &'static str,
    /// The condition, in words.
    pub label: &'static str,
    /// Whether a run meets the condition; `None` where the measure does not apply.
    pub of: fn(&Measure, &Row) -> Option<bool>,
    /// Which direction is better.
    pub better: Better,
    /// The smallest difference that matters.
    pub margin: Margin,
}

/// A statistic over many runs.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum View {
    /// The share of runs.
    Share(&'static Share),
    /// The mean over the runs.
    Mean,
    /// A quantile of the runs.
    Quantile(Level),
}

/// Which direction is better.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Better {
    /// Less of it.
    Lower,
    /// More of it.
    Higher,
    /// Neither: the value is a choice of the user.
    Neither,
}

/// The smallest difference that matters.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Margin {
    /// In the unit of the measure: seconds, pods, percentage points, or a share of 1.
    Absolute(f64),
    /// A share of the value in A.
    Relative(f64),
}

/// A text that does not name a question.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum QuestionError {
    /// No measure or share has this name.
    #[error("there is no measure `{name}`; did you mean `{nearest}`? There are {}", known.join(", "))]
    UnknownName {
        /// The name.
        name: String,
        /// The most similar known name.
        nearest: String,
        /// All known names.
        known: Vec<String>,
    },
    /// A quantile of a share.
    #[error("`{0}` is yes or no and has no quantiles")]
    NoQuantiles(String),
    /// Not a quantile between `p0` and `p100`.
    #[error("`{0}` is not a quantile; write `p50`, `p95` or `p99.9`")]
    UnknownQuantile(String),
}

impl Margin {
    /// In the unit of the measure, given the value in A.
    pub fn around(self, value: f64) -> f64 {
        match self {
            Self::Absolute(margin) => margin,
            Self::Relative(share) => share * value.abs(),
        }
    }
}

impl PartialEq for Share {
    fn eq(&self, other: &Self) -> bool {
        self.key == other.key
    }
}

impl Question {
    /// The question of a view of a measure.
    pub const fn new(measure: Measure, view: View) -> Self {
        let (key, better, margin) = match view {
            View::Share(share) => (share.key, share.better, share.margin),
            View::Mean | View::Quantile(_) => (measure.key, measure.better, measure.margin),
        };
        Self { key, measure, view, better, margin }
    }

    /// The name in commands and files: `rolloutTime:p95`, `deadlineFired`, `restarts`.
    pub fn name(&self) -> String {
        match self.view {
            View::Quantile(level) => format!("{}:{level}", self.key),
            View::Share(_) | View::Mean => self.key.to_owned(),
        }
    }

    /// The question in words: the label of the measure with the quantile, or the label of the share.
    pub fn meaning(&self) -> String {
        match self.view {
            View::Share(share) => share.label.to_owned(),
            View::Mean => self.measure.label.to_owned(),
            View::Quantile(Level::P50) => format!("{}, median", self.measure.label),
            View::Quantile(level) => {
                format!("{}, {}% quantile", self.measure.label, level.to_string().trim_start_matches('p'))
            }
        }
    }

    /// The unit of the answer; the answer to a share is a share of runs.
    pub const fn unit(&self) -> Unit {
        match self.view {
            View::Share(_) => Unit::Flag,
            View::Mean | View::Quantile(_) => self.measure.unit,
        }
    }

    /// The question of that name in the standard register; a key alone means the first of its questions.
    ///
    /// # Errors
    /// An unknown name; the message lists the known ones.
    pub fn named(name: &str) -> Result<Self, QuestionError> {
        Register::standard().question(name)
    }

    /// The number of a run; `None` where it does not apply, and for a share.
    pub fn number(&self, row: &Row) -> Option<Elapsed> {
        match self.view {
            View::Share(_) => None,
            View::Mean | View::Quantile(_) => self.measure.of(row),
        }
    }

    /// Whether a run counts for the share; `None` where it does not apply, and for a number.
    pub fn flag(&self, row: &Row) -> Option<bool> {
        match self.view {
            View::Share(share) => (share.of)(&self.measure, row),
            View::Mean | View::Quantile(_) => None,
        }
    }

    /// A share, or a quantile of a number: both have an interval that holds at every look. `NAME:p95` is a
    /// quantile, the `NAME` of a number alone its median.
    ///
    /// # Errors
    /// An unknown name, or a quantile that is not between `p0` and `p100`.
    pub fn aimed(text: &str) -> Result<Self, QuestionError> {
        Register::standard().aim(text)
    }
}

impl Register {
    /// The question of that name; a key alone means the first of its questions.
    ///
    /// # Errors
    /// An unknown name; the message lists the known ones.
    pub fn question(&self, name: &str) -> Result<Question, QuestionError> {
        let mut questions = self.questions().iter();
        let found = questions.find(|question| question.name() == name || question.key == name);
        found.copied().ok_or_else(|| unknown(name, self.questions().iter().map(Question::name)))
    }

    /// A share, or a quantile of a number: see [`Question::aimed`].
    ///
    /// # Errors
    /// As [`Question::aimed`].
    pub fn aim(&self, text: &str) -> Result<Question, QuestionError> {
        let (key, level) = text.split_once(':').map_or((text, None), |(name, level)| (name, Some(level)));
        let Some(question) = self.questions().iter().find(|question| question.key == key) else {
            return Err(unknown(key, self.questions().iter().map(|question| question.key.to_owned())));
        };
        match (question.view, level) {
            (View::Share(_), None) => Ok(*question),
            (View::Share(_), Some(_)) => Err(QuestionError::NoQuantiles(key.to_owned())),
            (_, None) => Ok(Question { view: View::Quantile(Level::P50), ..*question }),
            (_, Some(level)) => Level::parse(level)
                .map(|level| Question { view: View::Quantile(level), ..*question })
                .ok_or_else(|| QuestionError::UnknownQuantile(level.to_owned())),
        }
    }
}

fn unknown(name: &str, known: impl Iterator<Item = String>) -> QuestionError {
    let mut known: Vec<String> = known.collect();
    known.dedup();
    let nearest = known
        .iter()
        .max_by(|one, other| strsim::jaro_winkler(one, name).total_cmp(&strsim::jaro_winkler(other, name)));
    let nearest = nearest.cloned().unwrap_or_default();
    QuestionError::UnknownName { name: name.to_owned(), nearest, known }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_unique_and_found() {
        for question in Register::standard().questions() {
            assert_eq!(Question::named(&question.name()).unwrap().view, question.view);
        }
        assert_eq!(Question::named("rolloutTime").unwrap().name(), "rolloutTime:p50");
        let typo = Question::named("roloutTime").unwrap_err().to_string();
        assert!(typo.contains("did you mean `rolloutTime:p95`?"), "{typo}");
    }

    #[test]
    fn one_aims_at_shares_and_quantiles() {
        assert_eq!(Question::aimed("belowReplicas:p99.9").unwrap().name(), "belowReplicas:p99.9");
        assert_eq!(Question::aimed("restarts").unwrap().name(), "restarts:p50");
        assert_eq!(Question::aimed("ended").unwrap().name(), "ended");
        for wrong in ["ended:p50", "rolloutTime:95", "rolloutTime:p0", "rolloutTime:p100", "speed"] {
            assert!(Question::aimed(wrong).is_err(), "{wrong}");
        }
    }
}
