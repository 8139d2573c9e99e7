//! Questions about outcomes, which stay comparable when the horizon changes.

use measures::known;
use measures::question::{Better, Margin, Question, Share, View};
use measures::{Measure, Row};
use simulator::record::Outcome;

const fn share(
    key: &'static str,
    better: Better,
    label: &'static str,
    of: fn(&Measure, &Row) -> Option<bool>,
) -> Share {
    Share { key, label, of, better, margin: Margin::Absolute(0.01) }
}

/// The share of each outcome, in the order of [`Outcome::ALL`].
#[rustfmt::skip]
static SHARES: [Share; Outcome::ALL.len()] = [
    share("outcomeComplete", Better::Higher, "runs that complete in time", |_, row| Some(row.outcome == Outcome::Complete)),
    share("outcomeCompleteLate", Better::Neither, "runs that complete after the deadline fired", |_, row| Some(row.outcome == Outcome::CompleteAfterDeadline)),
    share("outcomeDeadline", Better::Lower, "runs that end with the deadline fired", |_, row| Some(row.outcome == Outcome::DeadlineExceeded)),
    share("outcomeUnfinished", Better::Lower, "runs that neither complete nor time out", |_, row| Some(row.outcome == Outcome::Unfinished)),
    share("outcomeNoRollout", Better::Neither, "runs without a rollout", |_, row| Some(row.outcome == Outcome::NoRollout)),
];

const fn of_rollout(share: &'static Share) -> Question {
    Question::new(*known::ROLLOUT_TIME, View::Share(share))
}

/// The questions about the outcomes, in the order of [`Outcome::ALL`].
pub static OUTCOMES: [Question; Outcome::ALL.len()] = [
    of_rollout(&SHARES[0]),
    of_rollout(&SHARES[1]),
    of_rollout(&SHARES[2]),
    of_rollout(&SHARES[3]),
    of_rollout(&SHARES[4]),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_outcome_is_asked_about_once() {
        for outcome in Outcome::ALL {
            let row = Row { outcome, ..Row::example() };
            let is_it = |index: &usize| OUTCOMES[*index].flag(&row) == Some(true);
            let found: Vec<usize> = (0..OUTCOMES.len()).filter(is_it).collect();
            assert_eq!(found, [Outcome::ALL.iter().position(|one| *one == outcome).unwrap()]);
        }
    }
}
