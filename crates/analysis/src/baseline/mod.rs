//! Baselines: the accepted results of a batch, stored for comparison.
//!
//! ```text
//! rows and steps of a batch -> file -> compared with the rows and steps of a later version
//!     -> exact: does anything differ, in which run and at which moment first?
//!     -> paired: which measures moved, by how much, is it real, does it matter?
//! ```

mod change;
mod check;
mod file;
mod folder;
mod objective;
mod outcomes;
mod read;
mod report;

pub use change::{CellPair, Change, Divergence, StepPair};
pub use check::{Candidate, Check, Finding, check};
pub use file::{MARK, file_text};
pub use folder::{BaselineError, BaselineFolder};
pub use objective::{Judged, ObjectiveChange};
pub use outcomes::OUTCOMES;
pub use read::read;
pub use report::{CheckReport, CheckedScenario, Status};

use measures::question::{Question, View};
use measures::{Measure, Milli, Register, Row, known};
use simulator::model::Model;

/// Runs of a new baseline. If 5% of the runs no longer end, 22 of these are expected to differ, all in the same
/// direction; with fifty questions 13 such runs are called real and beyond a margin of 1%, and fewer than 13 occur
/// once in 97 times.
pub const RUNS: u64 = 450;

/// The first runs, with all columns kept. A shift common to all runs is found with far fewer.
pub const MEASURED_RUNS: usize = 36;

/// The first runs that a check simulates. If none of them differs, the check stops: a change in 5% of the runs is
/// missed once in 60 times (0.95^80).
pub const SCREENED_RUNS: u64 = 80;

/// The column that decides the shares of outcomes.
const OUTCOME: &str = "outcome";

/// Measures kept for every run although only their mean is compared. Shares and quantiles read the promise at the end.
/// Areas sum up the contribution of each pod, so a small shift of a law shows in them first: a median that is 5%
/// longer changes a single probe in one run of ten, and nothing in the others.
const KEPT_FOR_ALL: [&Measure; 3] = [known::PROMISED_END, known::BELOW_REPLICAS_POD, known::SURGE_POD];

/// The first runs of a batch, with their steps kept.
pub const STEPPED_RUNS: u64 = 1;

/// Steps kept of such a run, from its beginning: this bounds the file of a run with many steps.
pub const MOST_STEPS: usize = 125;

/// Version of the file format. It increases when a reader of the old format would misread the file.
pub const FORMAT: i64 = 3;

/// Positions of the run and its digest in the register.
pub(crate) const RUN_COLUMN: usize = 0;
pub(crate) const DIGEST_COLUMN: usize = 1;

/// Whether a column is kept for every run: the columns behind shares and quantiles of the register, which a single
/// run can decide, and the areas.
pub(crate) fn is_kept(column: usize) -> bool {
    let column = &Register::standard().columns()[column];
    let is_kept = |measure: &Measure| {
        measure.views.iter().any(|view| *view != View::Mean)
            || KEPT_FOR_ALL.iter().any(|kept| kept.key == measure.key)
    };
    column.measure().is_some_and(is_kept) || column.name() == OUTCOME
}

/// Whether all runs answer a question, and not only the first [`MEASURED_RUNS`].
fn is_asked_of_all(question: &Question) -> bool {
    is_kept(question.measure.index())
}

/// A batch at the time it was accepted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Baseline {
    /// The scenario's name.
    pub scenario: String,
    /// The version of rollout-lab that ran it.
    pub version: String,
    /// Hash of the texts of the scenario file and its manifests.
    pub text: String,
    /// The seed of all runs.
    pub seed: u64,
    /// End of the observation.
    pub horizon: Milli,
    /// The objectives and their verdicts.
    pub objectives: Vec<Judged>,
    /// The runs, from number 0. Runs from number [`MEASURED_RUNS`] on have only the columns behind shares and quantiles,
    /// and the areas; their other cells have no meaning. Digests have their last 16 bits only.
    pub rows: Vec<Row>,
    /// Numbers of the kept columns in the register. A later version may measure more.
    pub columns: Vec<usize>,
    /// The first [`MOST_STEPS`] steps of the first [`STEPPED_RUNS`] runs.
    pub steps: Vec<Vec<Step>>,
}

/// A step of a run: a millisecond of virtual time with a commit, a refusal or another action.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Step {
    /// When, from t = 0.
    pub at: Milli,
    /// The last 16 bits of the run's digest up to and including this step. Each digest includes the one before, so runs
    /// that differ once differ in nearly all later steps too.
    pub digest: u16,
}

/// The first [`MOST_STEPS`] steps of run number `run` of `seed`.
pub fn steps(model: &Model, seed: u64, run: u64) -> Vec<Step> {
    let step = |moment: &simulator::observe::Moment| Step {
        at: Milli::from_thousandths(moment.millis),
        digest: short(moment.digest),
    };
    simulator::moments(model, seed, run).iter().take(MOST_STEPS).map(step).collect()
}

/// The part of a digest that a step keeps.
pub(crate) const fn short(digest: u64) -> u16 {
    digest as u16
}

/// The part of a run's digest that a baseline keeps. Two different runs have the same part once in 65,536.
pub(crate) const fn kept(digest: u64) -> u64 {
    digest & 0xFFFF
}

/// The row of a run with the part of its digest that a baseline keeps.
fn kept_row(row: &Row) -> Row {
    Row { digest: kept(row.digest), ..row.clone() }
}

impl Baseline {
    /// A batch of this version, with all its measures.
    pub fn new(
        (scenario, text): (String, String),
        seed: u64,
        horizon: Milli,
        objectives: Vec<Judged>,
        rows: &[Row],
        steps: Vec<Vec<Step>>,
    ) -> Self {
        Self {
            scenario,
            version: env!("CARGO_PKG_VERSION").to_owned(),
            text,
            seed,
            horizon,
            objectives,
            rows: rows.iter().map(kept_row).collect(),
            columns: (0..Register::standard().columns().len()).collect(),
            steps,
        }
    }

    /// Whether a run equals its kept row.
    pub fn is_alike(&self, now: &Row) -> bool {
        let columns = Register::standard().columns();
        self.rows.get(now.run as usize).is_some_and(|saved| {
            let is_measured = (saved.run as usize) < MEASURED_RUNS;
            saved.digest == kept(now.digest)
                && self.columns.iter().filter(|&&column| column != DIGEST_COLUMN).all(|&index| {
                    let column = &columns[index];
                    !(is_measured || is_kept(index)) || column.cell(saved) == column.cell(now)
                })
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use measures::column::{Cell, Column};
    use measures::field::Kind;
    use measures::known;
    use simulator::record::Outcome;

    /// A row with the kept columns only.
    fn only_kept(row: &Row) -> Row {
        let register = Register::standard();
        let other = Row { run: row.run, ..Row::example() };
        let cell = |(index, column): (usize, &Column)| {
            let from = if is_kept(index) { row } else { &other };
            column.cell(from).to_string()
        };
        let cells: Vec<String> = register.columns().iter().enumerate().map(cell).collect();
        Row::parse(register, cells.iter().map(String::as_str)).unwrap()
    }

    /// A run with measures that differ from the example.
    fn sample(k: u64) -> Row {
        let outcome = Outcome::ALL[k as usize % Outcome::ALL.len()];
        let mut row = Row { run: k, outcome, ..Row::example() };
        for measure in Register::standard().measures() {
            let number = (k as i64 * 7 + measure.index() as i64) % 17;
            let cell = match measure.field.kind {
                Kind::Number => Cell::Number(Milli::from_whole(number)),
                Kind::Flag => Cell::Flag(number % 2 == 0),
                Kind::Count | Kind::Word => Cell::Count(number),
            };
            row.set(measure, cell);
        }
        if k.is_multiple_of(2) {
            row.set(known::ROLLOUT_TIME, Cell::Empty);
        }
        if k.is_multiple_of(3) {
            row.set(known::DEADLINE_FIRST, Cell::Empty);
        }
        row
    }

    #[test]
    fn the_kept_columns_answer_what_is_asked_of_all_runs() {
        let questions: Vec<Question> =
            Register::standard().questions().iter().chain(&OUTCOMES).copied().collect();
        for row in (0..60).map(sample) {
            let kept = only_kept(&row);
            for question in questions.iter().filter(|question| is_asked_of_all(question)) {
                let answers = |row: &Row| (question.flag(row), question.number(row));
                assert_eq!(answers(&row), answers(&kept), "{} of run {}", question.name(), row.run);
            }
        }
    }

    /// Every share is asked of all runs, also of measures added later.
    #[test]
    fn every_share_is_asked_of_all_runs() {
        let mut questions = Register::standard().questions().iter().chain(&OUTCOMES);
        let is_share = |question: &&Question| matches!(question.view, View::Share(_));
        assert!(questions.clone().any(|question| question.key == "endsBelowPromised"));
        assert!(questions.all(|question| !is_share(&question) || is_asked_of_all(question)));
    }
}
