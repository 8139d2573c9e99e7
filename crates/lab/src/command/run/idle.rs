//! Faults that struck in no run.

use super::Interrupt;
use measures::Row;
use measures::units::runs;
use simulator::Simulator;
use simulator::model::Model;

/// Runs that are looked at: as many take about as long as the batch itself, once for each fault that is idle.
const MOST_RUNS: u64 = 1000;

/// With more faults than this none is looked at: each costs at least one run.
const MOST_FAULTS: usize = 100;

/// Faults of a scenario that changed nothing.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(in crate::command) struct IdleFaults {
    /// Their names.
    pub(in crate::command) names: Vec<String>,
    /// How many runs were looked at, from run 0.
    pub(in crate::command) runs: u64,
    /// There are too many faults to look at each.
    too_many: bool,
}

impl IdleFaults {
    /// Runs the first runs of a batch again without each fault in turn. One without which a run is another has
    /// struck; that is mostly the first run, so this costs little. Each fault has random numbers of its own, so
    /// without it nothing else changes.
    pub(super) fn of(model: &Model, seed: u64, runs: u64, interrupt: &Interrupt) -> Self {
        if model.faults.len() > MOST_FAULTS {
            return Self { too_many: true, ..Self::default() };
        }
        let runs = runs.min(MOST_RUNS);
        let mut whole = Simulator::new(model, 0);
        let mut rows: Vec<Row> = Vec::new();
        let mut is_idle = |index: usize| {
            let mut model = model.clone();
            model.faults.remove(index);
            let mut without = Simulator::new(&model, 0);
            (0..runs).all(|run| {
                if interrupt.is_pressed() {
                    return false;
                }
                if rows.len() as u64 <= run {
                    rows.push(Row::from(&whole.run(seed, run)));
                }
                Row::from(&without.run(seed, run)) == rows[run as usize]
            })
        };
        let idle = (0..model.faults.len()).filter(|&index| runs > 0 && is_idle(index));
        Self { names: idle.map(|index| model.faults[index].name.clone()).collect(), runs, too_many: false }
    }

    /// A section of the table; empty if every fault struck.
    pub(in crate::command) fn section(&self, of: u64) -> String {
        if self.too_many {
            return format!(
                "\nWhether each fault struck was not looked at: there are more than {MOST_FAULTS}\n"
            );
        }
        if self.names.is_empty() {
            return String::new();
        }
        let looked = if of > self.runs { format!("the first {}", runs(self.runs)) } else { runs(of) };
        let line = |name: &String| format!("  ! {name}\n");
        let names: String = self.names.iter().map(line).collect();
        format!("\nFaults that struck in none of {looked}\n{names}")
    }
}
