//! The result of a check of baselines for a terminal.

use super::{place, shows_rows};
use crate::columns::{Column, Columns};
use crate::compare::section;
use analysis::baseline::{Check, CheckReport, CheckedScenario, Divergence, Finding, Status};
use analysis::compare::{Comparison, Verdict};
use measures::text::lines;
use std::fmt::{self, Display};

/// Prints a [`CheckReport`] for people.
pub struct ReportTable<'a>(pub &'a CheckReport);

/// Verdicts on measures that do not differ, which are not shown.
const QUIET: [Verdict; 3] = [Verdict::Identical, Verdict::Hidden, Verdict::DoesNotApply];

impl Display for ReportTable<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let phrase = self.0.entries.iter().filter(|entry| entry.status != Status::Unchanged);
        for entry in phrase {
            write_entry(f, entry)?;
            writeln!(f)?;
        }
        lines(f, "", &self.0.sum())
    }
}

/// One scenario.
pub(super) fn write_entry(f: &mut fmt::Formatter<'_>, entry: &CheckedScenario) -> fmt::Result {
    writeln!(f, "{}: {}", entry.scenario, entry.status.words())?;
    lines(f, "  ", &entry.message())?;
    if let Some(Check { finding: Finding::Changed(change, comparison), .. }) = &entry.check {
        lines(f, "  ", &format!("First: {}", place(&change.first)))?;
        // Not wrapped, for copying.
        entry.replay.iter().try_for_each(|replay| writeln!(f, "    {replay}"))?;
        if shows_rows(&change.first) {
            rows(f, &change.first)?;
        }
        measures(f, comparison)?;
    }
    if let Some(Check { finding: Finding::OtherHorizon { outcomes, .. }, .. }) = &entry.check {
        measures(f, outcomes)?;
    }
    match &entry.mend {
        Some(mend) => writeln!(f, "\n  If that is meant:\n    {mend}"),
        None => Ok(()),
    }
}

/// The measures that differ, by verdict.
fn measures(f: &mut fmt::Formatter<'_>, comparison: &Comparison) -> fmt::Result {
    for verdict in Verdict::ALL.into_iter().filter(|verdict| !QUIET.contains(verdict)) {
        let differing =
            comparison.answers.iter().filter(|answer| answer.estimate.is_some_and(|e| e.differing > 0));
        if differing.clone().any(|answer| answer.verdict == verdict) {
            section(f, comparison, verdict, ["saved", "now", "change"])?;
        }
    }
    Ok(())
}

/// A mark for cells that differ, the name of the column, and both cells.
const CELLS: Columns<[Column; 4]> =
    Columns([Column::left(4), Column::left(34), Column::right(17), Column::right(18)]);

/// Both rows of a run, a column per line.
fn rows(f: &mut fmt::Formatter<'_>, first: &Divergence) -> fmt::Result {
    CELLS.row(f, &["", "its rows", "saved", "now"])?;
    first.cells.iter().try_for_each(|pair| {
        let mark = if pair.is_different() { "*" } else { "" };
        CELLS.row(f, &[mark, pair.column, &pair.saved, &pair.now])
    })
}
