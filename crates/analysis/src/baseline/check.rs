//! Baselines against the present: what differs, is it real, and does it matter?

use super::{Baseline, Change, Step};
use crate::compare::{Comparison, Facts, Pairs, compare_adjusted, p_values};
use measures::question::Margin;
use measures::stats::holm;
use measures::{Milli, Register, Row};

/// A scenario that has a baseline, run again.
pub struct Candidate<'a> {
    /// What it is compared with.
    pub baseline: &'a Baseline,
    /// Hash of the scenario's text now.
    pub text: String,
    /// End of the observation now.
    pub horizon: Milli,
    /// The same runs of the same seed now.
    pub rows: &'a [Row],
    /// Gives the steps of a run now.
    pub steps: &'a dyn Fn(u64) -> Vec<Step>,
}

/// What came of one baseline.
#[derive(Debug, Clone)]
pub struct Check {
    /// The scenario's name.
    pub scenario: String,
    /// Runs compared.
    pub runs: u64,
    /// Their seed.
    pub seed: u64,
    /// Whether the scenario is written differently now.
    pub is_text_changed: bool,
    /// Columns that are measured now and are not in the baseline.
    pub new_columns: Vec<&'static str>,
    /// The result.
    pub finding: Finding,
}

/// The result of a check.
#[derive(Debug, Clone)]
pub enum Finding {
    /// Every write, every pod change and every measure is the same.
    Unchanged,
    /// Something differs. Whether it is real and matters is in the comparison; A is the baseline.
    Changed(Change, Box<Comparison>),
    /// The horizon has been changed: minima and areas over another time cannot be compared.
    OtherHorizon {
        /// The horizon of the baseline.
        saved: Milli,
        /// The horizon now.
        now: Milli,
    },
}

impl Check {
    /// Whether a change is real and beyond its tolerance.
    pub fn is_moved(&self) -> bool {
        matches!(&self.finding, Finding::Changed(_, comparison) if comparison.is_moved())
    }

    /// Whether nothing at all differs, the text of the scenario and the columns included.
    pub fn is_unchanged(&self) -> bool {
        matches!(self.finding, Finding::Unchanged) && !self.is_text_changed && self.new_columns.is_empty()
    }
}

/// Checks all candidates. `margins` replace the tolerances by name.
///
/// All questions of all candidates are one family for Holm's rule, those of unchanged ones included: where
/// nothing has changed but the draws, the probability of calling *anything* real is at most 5%.
pub fn check(candidates: &[Candidate<'_>], margins: &[(String, Margin)]) -> Vec<Check> {
    let asked = Register::standard().questions().len();
    let changes: Vec<Option<Change>> = candidates.iter().map(Candidate::change).collect();
    let pairs: Vec<Option<Pairs>> =
        candidates.iter().zip(&changes).map(|(one, change)| change.is_some().then(|| one.pairs())).collect();
    let p_values: Vec<f64> =
        pairs.iter().flat_map(|pairs| pairs.as_ref().map_or_else(|| vec![1.0; asked], p_values)).collect();
    let adjusted = holm(&p_values);
    let families = adjusted.chunks(asked);
    let parts = candidates.iter().zip(changes.into_iter().zip(pairs)).zip(families);
    parts
        .map(|((candidate, (change, pairs)), adjusted)| {
            let finding = change.zip(pairs).map(|(change, pairs)| {
                let comparison = compare_adjusted(candidate.facts(), &pairs, margins, adjusted);
                Finding::Changed(change, Box::new(comparison))
            });
            candidate.checked(finding)
        })
        .collect()
}

impl Candidate<'_> {
    const fn has_same_horizon(&self) -> bool {
        self.horizon.thousandths() == self.baseline.horizon.thousandths()
    }

    fn change(&self) -> Option<Change> {
        let is_comparable = self.has_same_horizon();
        is_comparable.then(|| Change::between(self.baseline, self.rows, self.steps)).flatten()
    }

    fn pairs(&self) -> Pairs {
        Pairs::matched(self.baseline.rows.iter().cloned(), self.rows.iter().cloned())
    }

    fn facts(&self) -> Facts {
        let names = ["baseline".to_owned(), "now".to_owned()];
        Facts { names, seed: self.baseline.seed, horizon: self.horizon }
    }

    fn checked(&self, finding: Option<Finding>) -> Check {
        let Self { baseline, horizon, .. } = self;
        let finding = match finding {
            Some(changed) => changed,
            None if self.has_same_horizon() => Finding::Unchanged,
            None => Finding::OtherHorizon { saved: baseline.horizon, now: *horizon },
        };
        let columns = Register::standard().columns();
        let is_new = |index: &usize| !baseline.columns.contains(index);
        Check {
            scenario: baseline.scenario.clone(),
            runs: baseline.rows.len() as u64,
            seed: baseline.seed,
            is_text_changed: baseline.text != self.text,
            new_columns: (0..columns.len()).filter(is_new).map(|index| columns[index].name()).collect(),
            finding,
        }
    }
}
