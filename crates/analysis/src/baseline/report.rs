//! What checking a folder of baselines brought, ready to be told.

use super::{Check, Finding};
use measures::words::{count, runs};

/// A scenario or a baseline, and what is to be said of it.
#[derive(Debug, Clone)]
pub struct Entry {
    /// The scenario's name.
    pub scenario: String,
    /// What came of the check; `None` if there is a scenario or a baseline only.
    pub check: Option<Check>,
    /// What that means.
    pub status: Status,
    /// The command line that shows the first run that differs, if one does.
    pub replay: Option<String>,
    /// The command line that makes an end of it, if there is something to end.
    pub mend: Option<String>,
}

/// What an entry means.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Status {
    /// A change that is real and beyond its tolerance.
    Moved,
    /// A change that is not shown to be both.
    Changed,
    /// The horizon is another one, so nothing can be compared.
    OtherHorizon,
    /// There is no baseline.
    New,
    /// There is no scenario.
    Gone,
    /// The runs are the same; the scenario's text, or what is measured, is not.
    Stale,
    /// Nothing changed.
    Unchanged,
}

impl Status {
    /// All of them, the most important first.
    pub const ALL: [Self; 7] =
        [Self::Moved, Self::Changed, Self::OtherHorizon, Self::New, Self::Gone, Self::Stale, Self::Unchanged];

    /// The word used in files.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Moved => "moved",
            Self::Changed => "changed",
            Self::OtherHorizon => "other-horizon",
            Self::New => "new",
            Self::Gone => "gone",
            Self::Stale => "stale",
            Self::Unchanged => "unchanged",
        }
    }

    /// The same in a sentence with a number before it.
    pub const fn words(self) -> &'static str {
        match self {
            Self::Moved => "moved beyond tolerance",
            Self::Changed => "changed within tolerance",
            Self::OtherHorizon => "with another horizon",
            Self::New => "without a baseline",
            Self::Gone => "without a scenario",
            Self::Stale => "to be renewed",
            Self::Unchanged => "unchanged",
        }
    }

    /// Of a scenario that has a baseline.
    pub fn of(check: &Check) -> Self {
        match check.finding {
            Finding::OtherHorizon { .. } => Self::OtherHorizon,
            Finding::Changed(..) if check.is_moved() => Self::Moved,
            Finding::Changed(..) => Self::Changed,
            Finding::Unchanged if check.is_unchanged() => Self::Unchanged,
            Finding::Unchanged => Self::Stale,
        }
    }
}

impl Entry {
    /// What is to be said, in sentences.
    pub fn message(&self) -> String {
        let Some(check) = &self.check else {
            return match self.status {
                Status::Gone => "There is a baseline, but no scenario of this name.".to_owned(),
                _ => "There is no baseline of this scenario.".to_owned(),
            };
        };
        let mut sentences = vec![check.result()];
        if check.is_text_changed {
            sentences.push("The scenario is written differently than when it was saved.".to_owned());
        }
        if !check.new_columns.is_empty() {
            sentences.push(format!("Not in the baseline: {}.", check.new_columns.join(", ")));
        }
        sentences.join(" ")
    }
}

impl Check {
    fn result(&self) -> String {
        match &self.finding {
            Finding::Unchanged => format!("{}, nothing changed.", runs(self.runs)),
            Finding::OtherHorizon { saved, now } => {
                let [saved, now] = [saved, now].map(|&horizon| measures::words::duration(horizon));
                format!("The horizon was {saved} and is {now}: minima and areas cannot be compared.")
            }
            Finding::Changed(change, _) => {
                let of = runs(self.runs);
                match (change.runs, change.measured_runs) {
                    (0, measured) => {
                        format!("{} of {of} do the same, but are measured differently.", count(measured))
                    }
                    (differing, 0) => format!("{} of {of} differ.", count(differing)),
                    (differing, measured) => {
                        let (differing, measured) = (count(differing), count(measured));
                        format!("{differing} of {of} differ, {measured} more are measured differently.")
                    }
                }
            }
        }
    }
}

/// Everything that was checked.
#[derive(Debug, Clone)]
pub struct Report {
    /// In order of scenario.
    pub entries: Vec<Entry>,
}

impl Report {
    /// How many have a status.
    pub fn count(&self, status: Status) -> usize {
        self.entries.iter().filter(|entry| entry.status == status).count()
    }

    /// Whether anything is both real and beyond its tolerance.
    pub fn has_moved(&self) -> bool {
        self.count(Status::Moved) > 0
    }

    /// `70 baselines: 68 unchanged, 1 moved beyond tolerance, 1 without a scenario`.
    pub fn sum(&self) -> String {
        let counted = Status::ALL.iter().rev().map(|&status| (status, self.count(status)));
        let parts: Vec<String> = counted
            .filter(|(_, count)| *count > 0)
            .map(|(status, count)| format!("{count} {}", status.words()))
            .collect();
        let scenarios = if self.entries.len() == 1 { "scenario" } else { "scenarios" };
        format!("{} {scenarios}: {}", self.entries.len(), parts.join(", "))
    }
}
