//! The report of a check of a folder of baselines.

use super::{Check, Finding, ObjectiveChange};
use measures::question::Margin;
use measures::units::{count, runs};

/// A scenario or a baseline, and its result.
#[derive(Debug, Clone)]
pub struct CheckedScenario {
    /// The scenario's name.
    pub scenario: String,
    /// The check; `None` if there is only a scenario or only a baseline.
    pub check: Option<Check>,
    /// The status.
    pub status: Status,
    /// The command that shows the first run that differs; `None` if none differs.
    pub replay: Option<String>,
    /// The command that resolves the entry; `None` if there is nothing to resolve.
    pub mend: Option<String>,
}

/// The status of an entry.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Status {
    /// A change that is real and exceeds its tolerance.
    Moved,
    /// An objective was edited, or is no longer met.
    Objective,
    /// A measure that applied to every run applies to none.
    Lost,
    /// The horizon has changed, and runs end differently.
    OtherOutcomes,
    /// The runs cannot decide whether a change is real, or within its tolerance.
    Undecided,
    /// A change that is real and smaller than the margin, which is not a tolerance given by the user.
    Shifted,
    /// The scenario does not exist.
    Gone,
    /// The scenario does not exist, which is allowed.
    Missing,
    /// A change that is not shown to be real, or is within a tolerance given by the user.
    Changed,
    /// The horizon has changed, so only the outcomes are compared.
    OtherHorizon,
    /// The baseline does not exist.
    New,
    /// The runs are the same; the scenario's text or the measured columns are not.
    Stale,
    /// Nothing changed.
    Unchanged,
}

impl Status {
    /// All statuses, the most important first.
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

    /// The words after a count.
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

    /// The entry of a scenario with a baseline; `margins` are the tolerances given by the user.
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

impl CheckedScenario {
    /// The message, in sentences.
    pub fn message(&self) -> String {
        let Some(check) = &self.check else {
            return match self.status {
                Status::Gone | Status::Missing => {
                    "There is a baseline, but no scenario of this name: it was removed or renamed.".to_owned()
                }
                _ => "There is no baseline of this scenario.".to_owned(),
            };
        };
        let mut sentences = vec![check.result()];
        sentences.extend(check.objectives.iter().map(ObjectiveChange::message));
        if !check.lost.is_empty() {
            let measures = check.lost.join(", ");
            sentences.push(format!("These measures applied to every run and apply to none now: {measures}."));
        }
        if check.is_text_changed {
            sentences.push("The text of the scenario has changed.".to_owned());
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
                let [saved, now] = [saved, now].map(|&horizon| measures::units::duration(horizon));
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

/// The result of all baselines.
#[derive(Debug, Clone)]
pub struct CheckReport {
    /// By scenario.
    pub entries: Vec<CheckedScenario>,
}

impl CheckReport {
    /// Number of entries with a status.
    pub fn count(&self, status: Status) -> usize {
        self.entries.iter().filter(|entry| entry.status == status).count()
    }

    /// Whether a measure has moved: really, and beyond its tolerance.
    pub fn has_moved(&self) -> bool {
        self.count(Status::Moved) > 0
    }

    /// Whether an entry makes the check fail.
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
