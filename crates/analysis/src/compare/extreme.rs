//! The runs that differ most.

use super::answer::Difference;
use super::{Answer, Pairs};
use measures::question::{Better, Question};
use measures::{Elapsed, Row};
use simulator::record::Outcome;

/// Number of runs named.
const NAMED: usize = 5;

/// A run that differs between A and B.
#[derive(Debug, Clone, Copy)]
pub struct Extreme {
    /// Its number.
    pub run: u64,
    /// Its outcome in A and in B.
    pub outcomes: [Outcome; 2],
    /// The measure by which it differs most.
    pub question: Question,
    /// That measure in A and in B.
    pub values: [Elapsed; 2],
}

/// The runs that differ most, each by the measure that differs by the most margins. Measures without a
/// better direction count only if no other measure differs.
pub(super) fn most_different(pairs: &Pairs, answers: &[Answer]) -> Vec<Extreme> {
    let (judged, others): (Vec<&Answer>, Vec<&Answer>) =
        answers.iter().partition(|answer| answer.question.better != Better::Neither);
    let by = |answers: &[&Answer]| -> Vec<(f64, Extreme)> {
        pairs.all().iter().filter_map(|pair| most_by_margins(pair, answers)).collect()
    };
    let mut found = by(&judged);
    if found.is_empty() {
        found = by(&others);
    }
    // A stable sort: of equal runs, the first comes first.
    found.sort_by(|(one, _), (other, _)| other.total_cmp(one));
    found.truncate(NAMED);
    found.into_iter().map(|(_, extreme)| extreme).collect()
}

/// The measure by which a pair differs most, and by how many margins.
fn most_by_margins([a, b]: &[Row; 2], answers: &[&Answer]) -> Option<(f64, Extreme)> {
    let differing = answers.iter().filter_map(|answer| {
        let values = [answer.question.number(a)?, answer.question.number(b)?];
        let gap = Difference::between(values[0], values[1]).map_or(0.0, Difference::number);
        // A margin of zero (5% of zero) must not make a millisecond infinite.
        let margins = gap.abs() / answer.margin.max(0.001);
        (margins > 0.0).then_some((margins, answer.question, values))
    });
    let (margins, question, values) =
        differing.reduce(|most, other| if other.0 > most.0 { other } else { most })?;
    Some((margins, Extreme { run: a.run, outcomes: [a.outcome, b.outcome], question, values }))
}
