//! Changes of the objectives of a scenario.

use crate::results::{EvaluatedObjective, ObjectiveVerdict};

/// An objective and its verdict.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Judged {
    /// The demand, in the words of reports.
    pub text: String,
    /// The verdict of the batch.
    pub verdict: ObjectiveVerdict,
    /// For an objective about every run, or about no run: the runs that contradict it, and all runs. Not in the file.
    pub against: Option<(u64, u64)>,
}

/// This many runs that contradict an objective met by every run before are beyond chance: the probability that all
/// of them are in the second of two batches of the same law is 2^-12. With fewer than 24 runs, half of them.
const BEYOND_CHANCE: u64 = 12;

impl Judged {
    /// An objective with its verdict; `against` as in [`Judged::against`].
    pub fn new(objective: &EvaluatedObjective, against: Option<(u64, u64)>) -> Self {
        Self { text: objective.text.clone(), verdict: objective.verdict, against }
    }

    /// Whether chance alone may explain the miss, although the batch before met the objective.
    fn may_be_chance(&self) -> bool {
        self.against.is_some_and(|(against, runs)| against < BEYOND_CHANCE.min(runs.div_ceil(2)))
    }
}

/// A change of an objective that needs attention.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ObjectiveChange {
    /// It is in the baseline and not in the scenario.
    Gone(String),
    /// It is in the scenario and not in the baseline, and the runs miss it.
    NewAndMissed(String),
    /// It was met and is missed now.
    NoLongerMet(String),
    /// It was met and is missed now, in so few runs that chance can explain it: not a finding.
    PerhapsChance(String, u64),
}

impl ObjectiveChange {
    /// All changes between two evaluations. An edited objective counts as removed. A change from met to undecided is not
    /// reported: among many runs it happens by chance.
    pub(super) fn between(saved: &[Judged], now: &[Judged]) -> Vec<Self> {
        let of = |all: &'_ [Judged], text: &str| all.iter().find(|one| one.text == text).cloned();
        let gone = saved.iter().filter_map(|old| match of(now, &old.text) {
            None => Some(Self::Gone(old.text.clone())),
            Some(new) if (old.verdict, new.verdict) != (ObjectiveVerdict::Met, ObjectiveVerdict::Missed) => {
                None
            }
            Some(new) if new.may_be_chance() => {
                Some(Self::PerhapsChance(new.text, new.against.map_or(0, |(against, _)| against)))
            }
            Some(new) => Some(Self::NoLongerMet(new.text)),
        });
        let is_new_and_missed =
            |new: &&Judged| new.verdict == ObjectiveVerdict::Missed && of(saved, &new.text).is_none();
        let new = now.iter().filter(is_new_and_missed).map(|new| Self::NewAndMissed(new.text.clone()));
        gone.chain(new).collect()
    }

    /// Whether it makes a check fail.
    pub const fn is_finding(&self) -> bool {
        !matches!(self, Self::PerhapsChance(..))
    }

    /// The message, as a sentence.
    pub fn message(&self) -> String {
        match self {
            Self::Gone(text) => format!("The objective \"{text}\" was edited or removed."),
            Self::NewAndMissed(text) => format!("The objective \"{text}\" is new, and it is missed."),
            Self::NoLongerMet(text) => format!("The objective \"{text}\" is no longer met."),
            Self::PerhapsChance(text, runs) => format!(
                "The objective \"{text}\" is missed in {}, few enough to be chance.",
                measures::units::runs(*runs)
            ),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_edited_or_missed_is_a_change() {
        use ObjectiveVerdict::{Met, Missed, Undecided};
        let judged = |all: &[(&str, ObjectiveVerdict)]| -> Vec<Judged> {
            all.iter()
                .map(|&(text, verdict)| Judged { text: text.to_owned(), verdict, against: None })
                .collect()
        };
        let saved = judged(&[("a", Met), ("b", Met), ("c", Met), ("d", Missed), ("e", Undecided)]);
        let now =
            judged(&[("a", Met), ("b", Missed), ("c", Undecided), ("d", Missed), ("x", Missed), ("y", Met)]);
        let changes = ObjectiveChange::between(&saved, &now);
        let named = |name: &str| name.to_owned();
        assert_eq!(
            changes,
            [
                ObjectiveChange::NoLongerMet(named("b")),
                ObjectiveChange::Gone(named("e")),
                ObjectiveChange::NewAndMissed(named("x")),
            ]
        );
        assert!(ObjectiveChange::between(&saved, &saved).is_empty());
    }

    #[test]
    fn a_rare_run_in_other_weather_is_told_and_is_no_finding() {
        let judged = |verdict, against| vec![Judged { text: "a".to_owned(), verdict, against }];
        let saved = judged(ObjectiveVerdict::Met, None);
        for (against, is_finding) in
            [((1, 500), false), ((11, 500), false), ((12, 500), true), ((4, 10), false), ((5, 10), true)]
        {
            let changes = ObjectiveChange::between(&saved, &judged(ObjectiveVerdict::Missed, Some(against)));
            assert_eq!(changes.len(), 1);
            assert_eq!(changes[0].is_finding(), is_finding, "{against:?}");
        }
    }
}
