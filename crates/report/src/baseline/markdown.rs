//! The result of a check of baselines as Markdown for a pull request.

use super::{place, shows_rows};
use crate::compare::{figures, title};
use analysis::baseline::{CellPair, Check, CheckReport, CheckedScenario, Divergence, Finding, Status};
use analysis::compare::{Comparison, Verdict};
use std::fmt::{self, Display};

/// Writes a [`CheckReport`] as Markdown.
pub struct Markdown<'a>(pub &'a CheckReport);

impl Display for Markdown<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "### Rollout baselines\n\n{}.", self.0.sum())?;
        measures(f, self.0)?;
        let phrase: Vec<&CheckedScenario> =
            self.0.entries.iter().filter(|entry| entry.status != Status::Unchanged).collect();
        if !phrase.is_empty() {
            writeln!(
                f,
                "\n| scenario | | what | first difference | if that is meant |\n|---|---|---|---|---|"
            )?;
        }
        phrase.into_iter().try_for_each(|entry| row(f, entry))
    }
}

/// The entries with a comparison.
fn changed(report: &CheckReport) -> impl Iterator<Item = (&CheckedScenario, &Comparison)> {
    report.entries.iter().filter_map(|entry| Some((entry, entry.check.as_ref()?.comparison()?)))
}

fn measures(f: &mut fmt::Formatter<'_>, report: &CheckReport) -> fmt::Result {
    let mut is_first = true;
    for verdict in [
        Verdict::Worse,
        Verdict::Better,
        Verdict::Different,
        Verdict::PerhapsSmall,
        Verdict::Suspected,
        Verdict::Small,
    ] {
        for (entry, comparison) in changed(report) {
            for answer in comparison.answers.iter().filter(|answer| answer.verdict == verdict) {
                let Some([saved, now, change, interval]) = figures(answer, comparison.horizon) else {
                    continue;
                };
                if std::mem::take(&mut is_first) {
                    writeln!(f, "\n| scenario | measure | saved | now | change | 95% interval | verdict |")?;
                    writeln!(f, "|---|---|--:|--:|--:|---|---|")?;
                }
                let (scenario, name, title) = (&entry.scenario, answer.question.name(), title(verdict));
                writeln!(f, "| {scenario} | {name} | {saved} | {now} | {change} | {interval} | {title} |")?;
            }
        }
    }
    Ok(())
}

fn row(f: &mut fmt::Formatter<'_>, entry: &CheckedScenario) -> fmt::Result {
    let first = match &entry.check {
        Some(Check { finding: Finding::Changed(change, _), .. }) => {
            let replay = entry.replay.iter().map(|replay| format!("<br>`{}`", cell(replay)));
            format!("{}{}{}", place(&change.first), rows(&change.first), replay.collect::<String>())
        }
        _ => String::new(),
    };
    let mend = entry.mend.as_ref().map(|mend| format!("`{}`", cell(mend))).unwrap_or_default();
    let (scenario, status, message) = (&entry.scenario, entry.status.words(), cell(&entry.message()));
    writeln!(f, "| {scenario} | {status} | {message} | {first} | {mend} |")
}

/// The cells that differ between both rows of a run without steps.
fn rows(first: &Divergence) -> String {
    let pairs = first.cells.iter().filter(|pair| shows_rows(first) && pair.is_different());
    let shown = |cell: &str| if cell.is_empty() { "(empty)".to_owned() } else { cell.to_owned() };
    let phrase =
        |pair: &CellPair| format!("<br>{}: {} -> {}", pair.column, shown(&pair.saved), shown(&pair.now));
    pairs.map(phrase).collect()
}

/// A bar would end the cell.
fn cell(text: &str) -> String {
    text.replace('|', "\\|")
}
