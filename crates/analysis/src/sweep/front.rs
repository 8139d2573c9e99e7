//! The Pareto front: rollout time, availability and pods.

use super::{CellOutcome, Figures};
use measures::Elapsed;
use std::cmp::Reverse;

/// The cells that no other cell dominates: none is at least as good in rollout time, fewest available pods and
/// most pods, and better in one of them. Cells without a rollout are left out.
pub fn front(outcomes: &[CellOutcome]) -> Vec<usize> {
    let costs: Vec<Option<Costs>> =
        outcomes.iter().map(|outcome| costs(outcome.result.as_ref().ok()?)).collect();
    let beaten = |mine: &Costs| costs.iter().flatten().any(|other| beats(other, mine));
    let stands = |(index, mine): (usize, &Option<Costs>)| (!beaten(mine.as_ref()?)).then_some(index);
    costs.iter().enumerate().filter_map(stands).collect()
}

/// Less is better in each element.
type Costs = (Elapsed, Reverse<Elapsed>, Elapsed);

fn costs(figures: &Figures) -> Option<Costs> {
    Some((figures.rollout?.value, Reverse(figures.available.value), figures.peak.value))
}

fn beats(one: &Costs, other: &Costs) -> bool {
    one.0 <= other.0 && one.1 <= other.1 && one.2 <= other.2 && one != other
}

#[cfg(test)]
mod tests {
    use super::*;
    use measures::Milli;

    fn costs(time: i64, available: i64, peak: i64) -> Costs {
        let whole = |number| Elapsed::Within(Milli::from_whole(number));
        (whole(time), Reverse(whole(available)), whole(peak))
    }

    #[test]
    fn a_cell_is_beaten_by_one_that_is_nowhere_worse_and_somewhere_better() {
        let mine = costs(100, 8, 13);
        assert!(beats(&costs(90, 8, 13), &mine));
        assert!(beats(&costs(100, 9, 13), &mine));
        assert!(beats(&costs(100, 8, 12), &mine));
        assert!(!beats(&mine, &mine), "equals stand side by side");
        assert!(!beats(&costs(90, 7, 13), &mine));
        assert!(beats(&mine, &(Elapsed::BeyondHorizon, mine.1, mine.2)));
    }
}
