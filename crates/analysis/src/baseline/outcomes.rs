//! How runs end, as questions that a change of the horizon leaves comparable.

use measures::Row;
use measures::question::{Better, Margin, Question, Reading, View};
use simulator::record::Outcome;

const fn share(
    key: &'static str,
    better: Better,
    meaning: &'static str,
    read: fn(&Row) -> Option<bool>,
) -> Question {
    let reading = Reading::Flag(read);
    Question { key, meaning, reading, view: View::Share, better, margin: Margin::Absolute(0.01) }
}

/// The share of each outcome, in the order of [`Outcome::ALL`].
#[rustfmt::skip]
pub const OUTCOMES: [Question; Outcome::ALL.len()] = [
    share("outcomeComplete", Better::Higher, "runs that complete in time", |row| Some(row.outcome == Outcome::Complete)),
    share("outcomeCompleteLate", Better::Neither, "runs that complete after the deadline fired", |row| Some(row.outcome == Outcome::CompleteAfterDeadline)),
    share("outcomeDeadline", Better::Lower, "runs that end with the deadline fired", |row| Some(row.outcome == Outcome::DeadlineExceeded)),
    share("outcomeUnfinished", Better::Lower, "runs that neither complete nor time out", |row| Some(row.outcome == Outcome::Unfinished)),
    share("outcomeNoRollout", Better::Neither, "runs without a rollout", |row| Some(row.outcome == Outcome::NoRollout)),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_outcome_is_asked_about_once() {
        for outcome in Outcome::ALL {
            let row = Row { outcome, ..Row::example() };
            let is_it = |question: &&Question| match question.reading {
                Reading::Flag(read) => read(&row) == Some(true),
                _ => false,
            };
            let found: Vec<usize> = (0..OUTCOMES.len()).filter(|&index| is_it(&&OUTCOMES[index])).collect();
            assert_eq!(found, [Outcome::ALL.iter().position(|one| *one == outcome).unwrap()]);
        }
    }
}
