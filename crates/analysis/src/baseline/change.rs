//! Where a batch differs from its baseline: exactly.

use super::{Baseline, DIGEST_COLUMN, MEASURED_RUNS, MOST_STEPS, Step, is_kept, kept};
use measures::{Register, Row};

/// How a batch differs from its baseline, run by run. Without a single difference there is no change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    /// Runs of which a write or a pod change differs.
    pub runs: u64,
    /// Runs that did the same and are measured differently.
    pub measured_runs: u64,
    /// The first of them.
    pub first: Divergence,
}

/// The first run that differs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Divergence {
    /// Its number.
    pub run: u64,
    /// The first step that differs; `None` if its steps are not in the baseline, or none of them differs.
    pub step: Option<StepPair>,
    /// The last step that is kept, if the run parts only after it.
    pub after: Option<Step>,
    /// Its row in the baseline and now, without cells that are empty in both.
    pub cells: Vec<CellPair>,
}

/// The first step at which a run parts from its baseline.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct StepPair {
    /// Its number, from 1.
    pub number: usize,
    /// The step in the baseline; `None` if that run had ended its changes before.
    pub saved: Option<Step>,
    /// The step now.
    pub now: Option<Step>,
}

/// A cell of a row, then and now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CellPair {
    /// Name of the column.
    pub column: &'static str,
    /// As it stands in the baseline.
    pub saved: String,
    /// As it is now.
    pub now: String,
}

impl CellPair {
    /// Whether the two differ.
    pub fn is_different(&self) -> bool {
        self.saved != self.now
    }
}

impl Change {
    /// What differs between a baseline and the rows of the same runs now; `None` if nothing does. `steps`
    /// gives the steps of a run now and is asked for one run at most.
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

/// The columns that are known of a run.
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
