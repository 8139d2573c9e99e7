//! What checking a folder of baselines brought, ready to be told.

use super::{Check, Finding, ObjectiveChange};
use measures::question::Margin;
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
    /// An objective was edited, or is no longer met.
    Objective,
    /// A measured object is gone: what applied to every run applies to none.
    Lost,
    /// The horizon is another one, and runs end differently.
    OtherOutcomes,
    /// The runs cannot decide whether a change is real, or within its tolerance.
    Undecided,
    /// A change that is real and smaller than the margin, which is not a tolerance that the user has stated.
    Shifted,
    /// There is no scenario.
    Gone,
    /// There is no scenario, and that is allowed.
    Missing,
    /// A change that is not shown to be real, or that is within a tolerance that the user has stated.
    Changed,
    /// The horizon is another one, so only the ends of the runs are compared.
    OtherHorizon,
    /// There is no baseline.
    New,
    /// The runs are the same; the scenario's text, or what is measured, is not.
    Stale,
    /// Nothing changed.
    Unchanged,
}

impl Status {
    /// All of them, the most important first.
    pub const ALL: [Self; 13] = [
        Self::Moved,
        Self::Objective,
        Self::Lost,
        Self::OtherOutcomes,
        Self::Undecided,
        Self::Shifted,
        Self::Gone,
        Self::Missing,
        Self::Changed,
        Self::OtherHorizon,
        Self::New,
        Self::Stale,
        Self::Unchanged,
    ];

    /// The word used in files.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Moved => "moved",
            Self::Objective => "objective",
            Self::Lost => "not-measured",
            Self::OtherOutcomes => "other-outcomes",
            Self::Undecided => "undecided",
            Self::Shifted => "shifted",
            Self::Gone => "gone",
            Self::Missing => "missing",
            Self::Changed => "changed",
            Self::OtherHorizon => "other-horizon",
            Self::New => "new",
            Self::Stale => "stale",
            Self::Unchanged => "unchanged",
        }
    }

    /// The same in a sentence with a number before it.
    pub const fn words(self) -> &'static str {
        match self {
            Self::Moved => "moved beyond tolerance",
            Self::Objective => "with a changed or missed objective",
            Self::Lost => "without a measured object",
            Self::OtherOutcomes => "with another horizon and other outcomes",
            Self::Undecided => "undecided, perhaps beyond tolerance",
            Self::Shifted => "shifted by less than the margin",
            Self::Gone => "without a scenario",
            Self::Missing => "allowed to be without a scenario",
            Self::Changed => "changed within tolerance",
            Self::OtherHorizon => "with another horizon",
            Self::New => "without a baseline",
            Self::Stale => "to be renewed",
            Self::Unchanged => "unchanged",
        }
    }

    /// Whether it makes a check fail: exit code 1.
    pub const fn is_finding(self) -> bool {
        match self {
            Self::Moved
            | Self::Objective
            | Self::Lost
            | Self::OtherOutcomes
            | Self::Undecided
            | Self::Shifted
            | Self::Gone => true,
            Self::Missing
            | Self::Changed
            | Self::OtherHorizon
            | Self::New
            | Self::Stale
            | Self::Unchanged => false,
        }
    }

    /// Of a scenario that has a baseline; `margins` are the tolerances that the user has stated.
    pub fn of(check: &Check, margins: &[(String, Margin)]) -> Self {
        let is_other_horizon = matches!(check.finding, Finding::OtherHorizon { .. });
        let is_real = check.is_moved() || check.is_undecided() || check.is_shifted(margins);
        match check.finding {
            _ if is_other_horizon && is_real => Self::OtherOutcomes,
            _ if check.is_moved() => Self::Moved,
            _ if check.objectives.iter().any(ObjectiveChange::is_finding) => Self::Objective,
            _ if !check.lost.is_empty() => Self::Lost,
            _ if check.is_undecided() => Self::Undecided,
            _ if check.is_shifted(margins) => Self::Shifted,
            Finding::OtherHorizon { .. } => Self::OtherHorizon,
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
                Status::Gone | Status::Missing => {
                    "There is a baseline, but no scenario of this name: it is gone, or has another name."
                        .to_owned()
                }
                _ => "There is no baseline of this scenario.".to_owned(),
            };
        };
        let mut sentences = vec![check.result()];
        sentences.extend(check.objectives.iter().map(ObjectiveChange::message));
        if !check.lost.is_empty() {
            let measures = check.lost.join(", ");
            sentences.push(format!("What they are measured on is gone, or never there now: {measures}."));
        }
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
            Finding::Unchanged => format!("{}, nothing changed.", runs(self.compared)),
            Finding::OtherHorizon { saved, now, .. } => {
                let [saved, now] = [saved, now].map(|&horizon| measures::words::duration(horizon));
                let outcomes = if self.is_moved() || self.is_undecided() || self.is_shifted(&[]) {
                    "the runs end differently"
                } else {
                    "the runs are not shown to end differently"
                };
                format!(
                    "The horizon was {saved} and is {now}: minima and areas cannot be compared; {outcomes}."
                )
            }
            Finding::Changed(change, _) => {
                let of = runs(self.compared);
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

    /// Whether a measure has moved: really, and beyond its tolerance.
    pub fn has_moved(&self) -> bool {
        self.count(Status::Moved) > 0
    }

    /// Whether there is anything that makes the check fail.
    pub fn has_findings(&self) -> bool {
        self.entries.iter().any(|entry| entry.status.is_finding())
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
