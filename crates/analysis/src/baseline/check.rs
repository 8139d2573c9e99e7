//! Baselines against the present: which measures differ, is the difference real, and does it matter?

use super::{
    Baseline, Change, Judged, MEASURED_RUNS, OUTCOMES, ObjectiveChange, Step, is_asked_of_all, kept_row,
};
use crate::compare::{Comparison, ComparisonFacts, Pairs, QuestionPairs, Verdict, compare_adjusted};
use measures::question::{Margin, Question};
use measures::stats::{Evidence, Miss, holm_of_decidable};
use measures::{Milli, Register, Row};

/// The probability of calling *anything* real in a whole check if only the draws have changed ...
const TESTS: f64 = 0.02;

/// ... and of suspecting anything by an interval. Together they are half of the 5% that are promised: intervals of means
/// are exact for many runs only.
const SUSPICIONS: f64 = 0.005;

/// A scenario with a baseline, run again.
pub struct Candidate<'a> {
    /// The baseline.
    pub baseline: &'a Baseline,
    /// Hash of the scenario's text now.
    pub text: String,
    /// End of the observation now.
    pub horizon: Milli,
    /// The objectives now. Their verdicts count only if all runs of the baseline were run again.
    pub objectives: Vec<Judged>,
    /// The same runs now: all of them, or the first ones if none of these differs.
    pub rows: &'a [Row],
    /// Returns the steps of a run now.
    pub steps: &'a dyn Fn(u64) -> Vec<Step>,
}

/// The result of one baseline.
#[derive(Debug, Clone)]
pub struct Check {
    /// The scenario's name.
    pub scenario: String,
    /// Runs of the baseline.
    pub runs: u64,
    /// The first runs of these that were run again.
    pub compared: u64,
    /// Their seed.
    pub seed: u64,
    /// Whether the text of the scenario has changed.
    pub is_text_changed: bool,
    /// Columns of this version that are not in the baseline.
    pub new_columns: Vec<&'static str>,
    /// Measures that applied to every run of the baseline and apply to no run now.
    pub lost: Vec<String>,
    /// Objectives that were edited, or are no longer met.
    pub objectives: Vec<ObjectiveChange>,
    /// The result.
    pub finding: Finding,
}

/// The result of a check.
#[derive(Debug, Clone)]
pub enum Finding {
    /// Every write, every pod change and every measure is the same.
    Unchanged,
    /// Something differs. The comparison says whether it is real and matters; A is the baseline.
    Changed(Change, Box<Comparison>),
    /// The horizon has changed: minima and areas over different times cannot be compared.
    OtherHorizon {
        /// The horizon of the baseline.
        saved: Milli,
        /// The horizon now.
        now: Milli,
        /// The shares of [`OUTCOMES`].
        outcomes: Box<Comparison>,
    },
}

impl Check {
    /// The comparison; `None` if nothing differs.
    pub const fn comparison(&self) -> Option<&Comparison> {
        match &self.finding {
            Finding::Unchanged => None,
            Finding::Changed(_, comparison) | Finding::OtherHorizon { outcomes: comparison, .. } => {
                Some(comparison)
            }
        }
    }

    fn has(&self, verdicts: &[Verdict]) -> bool {
        let mut answers = self.comparison().into_iter().flat_map(|comparison| &comparison.answers);
        answers.any(|answer| verdicts.contains(&answer.verdict))
    }

    /// Whether a change is real and exceeds its tolerance.
    pub fn is_moved(&self) -> bool {
        self.has(&[Verdict::Worse, Verdict::Better, Verdict::Different])
    }

    /// Whether the runs cannot decide that a change is real, or that it is within its tolerance.
    pub fn is_undecided(&self) -> bool {
        self.has(&[Verdict::PerhapsSmall, Verdict::Suspected])
    }

    /// Whether a change is real and smaller than the margin, and the margin is not a tolerance given by the user.
    pub fn is_shifted(&self, margins: &[(String, Margin)]) -> bool {
        let margins = with_outcomes(margins);
        let is_stated = |question: &Question| margins.iter().any(|(name, _)| *name == question.name());
        let mut answers = self.comparison().into_iter().flat_map(|comparison| &comparison.answers);
        answers.any(|answer| answer.verdict == Verdict::Small && !is_stated(&answer.question))
    }

    /// Whether nothing differs, including the text of the scenario and the columns.
    pub fn is_unchanged(&self) -> bool {
        matches!(self.finding, Finding::Unchanged) && !self.is_text_changed && self.new_columns.is_empty()
    }
}

/// The tolerances given by the user; the tolerance of `ended` is also the tolerance of each outcome.
fn with_outcomes(margins: &[(String, Margin)]) -> Vec<(String, Margin)> {
    let ended = margins.iter().rev().find(|(name, _)| name == "ended");
    let of_outcomes =
        ended.into_iter().flat_map(|(_, margin)| OUTCOMES.iter().map(|one| (one.name(), *margin)));
    of_outcomes.chain(margins.iter().cloned()).collect()
}

/// The questions about a candidate that has changed, and the pairs that answer them.
struct Changed {
    change: Option<Change>,
    /// Every run, with the columns kept for all runs.
    all: Pairs,
    /// The first runs, with all columns.
    measured: Pairs,
    questions: Vec<Question>,
}

impl Changed {
    fn asked(&self) -> Vec<QuestionPairs<'_>> {
        let pairs = |question: &Question| if is_asked_of_all(question) { &self.all } else { &self.measured };
        self.questions.iter().map(|question| QuestionPairs { question, pairs: pairs(question) }).collect()
    }
}

/// Checks all candidates. `margins` replace the tolerances by name.
///
/// The questions of all changed candidates are one family; only the decidable ones count ([`holm_of_decidable`]): if
/// only the draws have changed, the probability of calling or suspecting *anything* is at most 5%, for any number
/// of scenarios.
pub fn check(candidates: &[Candidate<'_>], margins: &[(String, Margin)]) -> Vec<Check> {
    let margins = &with_outcomes(margins);
    let changed: Vec<Option<Changed>> = candidates.iter().map(Candidate::changed).collect();
    let asked: Vec<Vec<QuestionPairs<'_>>> =
        changed.iter().map(|changed| changed.as_ref().map_or_else(Vec::new, Changed::asked)).collect();
    let evidence: Vec<Evidence> = asked.iter().flatten().map(QuestionPairs::evidence).collect();
    let adjusted = holm_of_decidable(&evidence, Miss::new(TESTS));
    // The verdict compares with 5%; the tests have a smaller share of it.
    let scale = Miss::ONE_IN_TWENTY.probability() / TESTS;
    let mut adjusted = adjusted.into_iter().map(|p| (p * scale).min(1.0));
    let differing = evidence.iter().filter(|one| one.least < 1.0).count().max(1);
    let suspicion = Miss::new(SUSPICIONS).share(differing as f64);
    let mut comparisons = Vec::with_capacity(candidates.len());
    for ((candidate, changed), asked) in candidates.iter().zip(&changed).zip(&asked) {
        let adjusted: Vec<f64> = adjusted.by_ref().take(asked.len()).collect();
        comparisons.push(changed.as_ref().map(|changed| {
            let mut comparison =
                compare_adjusted(candidate.facts(), asked, &changed.measured, margins, &adjusted);
            comparison.pairs = changed.all.len();
            comparison.alike = changed.all.alike();
            for (answer, asked) in comparison.answers.iter_mut().zip(asked) {
                if answer.verdict == Verdict::Undecided && asked.is_beyond(answer.margin, suspicion) {
                    answer.verdict = Verdict::Suspected;
                }
            }
            comparison
        }));
    }
    drop(asked);
    let parts = candidates.iter().zip(changed).zip(comparisons);
    parts.map(|((candidate, changed), comparison)| candidate.checked(changed.zip(comparison))).collect()
}

impl Candidate<'_> {
    const fn has_same_horizon(&self) -> bool {
        self.horizon.thousandths() == self.baseline.horizon.thousandths()
    }

    fn changed(&self) -> Option<Changed> {
        let change = if self.has_same_horizon() {
            Some(Change::between(self.baseline, self.rows, self.steps)?)
        } else {
            None
        };
        let questions: Vec<Question> = match change {
            Some(_) => OUTCOMES.iter().chain(Register::standard().questions()).copied().collect(),
            None => OUTCOMES.to_vec(),
        };
        let (saved, now) = (&self.baseline.rows, self.rows);
        let pairs = |runs: usize| {
            Pairs::matched(saved.iter().take(runs).cloned(), now.iter().take(runs).map(kept_row))
        };
        Some(Changed { change, all: pairs(saved.len()), measured: pairs(MEASURED_RUNS), questions })
    }

    fn facts(&self) -> ComparisonFacts {
        let names = ["baseline".to_owned(), "now".to_owned()];
        ComparisonFacts { names, seed: self.baseline.seed, horizon: self.horizon }
    }

    /// Measures that applied to every run and apply to no run now.
    fn lost(&self) -> Vec<String> {
        let applies =
            |question: &Question, row: &Row| question.flag(row).is_some() || question.number(row).is_some();
        let first = |rows: &'_ [Row]| rows.len().min(MEASURED_RUNS);
        let (saved, now) = (&self.baseline.rows, self.rows);
        let (saved, now) = (&saved[..first(saved)], &now[..first(now)]);
        let is_lost = |question: &&Question| {
            !saved.is_empty()
                && saved.iter().all(|row| applies(question, row))
                && !now.iter().any(|row| applies(question, row))
        };
        Register::standard().questions().iter().filter(is_lost).map(Question::name).collect()
    }

    /// The changes of the objectives. Verdicts on a part of the runs are not compared.
    fn objectives(&self) -> Vec<ObjectiveChange> {
        let saved = &self.baseline.objectives;
        if self.rows.len() == self.baseline.rows.len() {
            return ObjectiveChange::between(saved, &self.objectives);
        }
        let as_saved = |now: &Judged| saved.iter().find(|old| old.text == now.text).cloned();
        let now: Vec<Judged> = self.objectives.iter().filter_map(as_saved).collect();
        ObjectiveChange::between(saved, &now)
    }

    fn checked(&self, changed: Option<(Changed, Comparison)>) -> Check {
        let Self { baseline, horizon, .. } = self;
        let finding = match changed {
            Some((Changed { change: Some(change), .. }, comparison)) => {
                Finding::Changed(change, Box::new(comparison))
            }
            Some((Changed { change: None, .. }, comparison)) => {
                let outcomes = Box::new(comparison);
                Finding::OtherHorizon { saved: baseline.horizon, now: *horizon, outcomes }
            }
            None => Finding::Unchanged,
        };
        let columns = Register::standard().columns();
        let is_new = |index: &usize| !baseline.columns.contains(index);
        Check {
            scenario: baseline.scenario.clone(),
            runs: baseline.rows.len() as u64,
            compared: self.rows.len() as u64,
            seed: baseline.seed,
            is_text_changed: baseline.text != self.text,
            new_columns: (0..columns.len()).filter(is_new).map(|index| columns[index].name()).collect(),
            lost: self.lost(),
            objectives: self.objectives(),
            finding,
        }
    }
}
