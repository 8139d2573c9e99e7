//! The exact differences of a batch from its baseline.

use super::{Baseline, DIGEST_COLUMN, MEASURED_RUNS, MOST_STEPS, Step, is_kept, kept};
use measures::{Register, Row};

/// The differences of a batch from its baseline, run by run; at least one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    /// Runs with a different write or pod change.
    pub runs: u64,
    /// Runs with the same writes and pod changes and different measures.
    pub measured_runs: u64,
    /// The first of them.
    pub first: Divergence,
}

/// The first run that differs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Divergence {
    /// Its number.
    pub run: u64,
    /// The first step that differs; `None` if its steps are not in the baseline, or none of the kept steps differs.
    pub step: Option<StepPair>,
    /// The last kept step, if the run differs only after it.
    pub after: Option<Step>,
    /// Its row in the baseline and now, without cells that are empty in both.
    pub cells: Vec<CellPair>,
}

/// The first step at which a run differs from its baseline.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct StepPair {
    /// Its number, from 1.
    pub number: usize,
    /// The step in the baseline; `None` if the run had no step with this number.
    pub saved: Option<Step>,
    /// The step now; `None` if the run has no step with this number.
    pub now: Option<Step>,
}

/// A cell of a row in the baseline and now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CellPair {
    /// Name of the column.
    pub column: &'static str,
    /// The text in the baseline.
    pub saved: String,
    /// The text now.
    pub now: String,
}

impl CellPair {
    /// Whether the two differ.
    pub fn is_different(&self) -> bool {
        self.saved != self.now
    }
}

impl Change {
    /// The differences of the same runs from a baseline; `None` if nothing differs. `steps` returns the steps of a run
    /// now and is called at most once.
    pub fn between(baseline: &Baseline, now: &[Row], steps: impl FnOnce(u64) -> Vec<Step>) -> Option<Self> {
        let pairs = || baseline.rows.iter().zip(now);
        let (saved, row) = pairs().find(|(_, now)| !baseline.is_alike(now))?;
        let other = pairs().filter(|(saved, now)| saved.digest != kept(now.digest)).count();
        let all = pairs().filter(|(_, now)| !baseline.is_alike(now)).count();
        let is_other = saved.digest != kept(row.digest);
        let before = baseline.steps.get(saved.run as usize).filter(|_| is_other);
        let step = before.and_then(|before| first_difference(before, &steps(saved.run)));
        let is_later = step.is_none() && before.is_some_and(|before| before.len() == MOST_STEPS);
        let after = before.and_then(|before| before.last().copied()).filter(|_| is_later);
        let first =
            Divergence { run: saved.run, step, after, cells: cells(&known(baseline, saved), saved, row) };
        Some(Self { runs: other as u64, measured_runs: (all - other) as u64, first })
    }
}

fn first_difference(saved: &[Step], now: &[Step]) -> Option<StepPair> {
    let index = (0..saved.len().max(now.len())).find(|&index| saved.get(index) != now.get(index))?;
    Some(StepPair { number: index + 1, saved: saved.get(index).copied(), now: now.get(index).copied() })
}

/// The columns that the baseline keeps of a run.
fn known(baseline: &Baseline, saved: &Row) -> Vec<usize> {
    let is_measured = (saved.run as usize) < MEASURED_RUNS;
    let is_known = |column: &usize| is_measured || *column <= DIGEST_COLUMN || is_kept(*column);
    baseline.columns.iter().copied().filter(is_known).collect()
}

fn cells(columns: &[usize], saved: &Row, now: &Row) -> Vec<CellPair> {
    let cell = |&index: &usize| {
        let column = &Register::standard().columns()[index];
        let cells = match index {
            DIGEST_COLUMN => [kept(saved.digest), kept(now.digest)].map(|digest| format!("{digest:04x}")),
            _ => [saved, now].map(|row| column.cell(row).to_string()),
        };
        let [saved, now] = cells;
        let is_empty = saved.is_empty() && now.is_empty();
        (!is_empty).then_some(CellPair { column: column.name(), saved, now })
    };
    columns.iter().filter_map(cell).collect()
}
