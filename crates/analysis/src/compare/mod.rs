//! Two batches in the same weather: what is different, is it real, and is it large enough to care?
//!
//! ```text
//! rows of A, rows of B -> pairs (same run) -> an answer to each question -> verdicts -> table, JSON
//! ```

mod answer;
mod extreme;
mod pairs;
mod verdict;

pub use answer::Estimate;
pub use extreme::Extreme;
pub use pairs::{MOST_PAIRS, Pairs};
pub use verdict::Verdict;

use measures::question::{Margin, Question};
use measures::stats::{Evidence, Miss, holm};
use measures::{Milli, Register};

/// A whole comparison. A difference is always B minus A.
#[derive(Debug, Clone)]
pub struct Comparison {
    /// What A and B are called.
    pub names: [String; 2],
    /// The seed of both.
    pub seed: u64,
    /// Runs that both have.
    pub pairs: u64,
    /// End of the observation, of both.
    pub horizon: Milli,
    /// One for each question, in their order.
    pub answers: Vec<Answer>,
    /// The runs that differ most, the worst first.
    pub extremes: Vec<Extreme>,
    /// Runs of which not one write or pod change differs.
    pub alike: u64,
}

/// The answer to one question.
#[derive(Debug, Clone)]
pub struct Answer {
    /// What was asked.
    pub question: Question,
    /// Pairs to which the question applies.
    pub pairs: u64,
    /// What the runs say; `None` if the question applies to no pair.
    pub estimate: Option<Estimate>,
    /// The smallest difference that anyone should care about, in the unit of the question.
    pub margin: f64,
    /// The p-value of "no difference", adjusted by Holm's rule for all questions of the comparison.
    pub p: f64,
    /// What to make of it.
    pub verdict: Verdict,
}

/// What is known of a comparison beside its rows.
#[derive(Debug, Clone)]
pub struct Facts {
    /// What A and B are called.
    pub names: [String; 2],
    /// The seed of both.
    pub seed: u64,
    /// End of the observation, of both.
    pub horizon: Milli,
}

/// A question, and the pairs that it is asked of.
#[derive(Debug, Clone, Copy)]
pub struct Asked<'a> {
    /// The question.
    pub question: &'a Question,
    /// All pairs that can answer it.
    pub pairs: &'a Pairs,
}

impl<'a> Asked<'a> {
    /// Each of the questions, of the same pairs.
    pub fn all(questions: &'a [Question], pairs: &'a Pairs) -> Vec<Self> {
        questions.iter().map(|question| Self { question, pairs }).collect()
    }

    /// What the pairs say about "no difference".
    pub fn evidence(&self) -> Evidence {
        self.pairs.evidence(self.question)
    }

    /// Whether the difference is beyond its margin at this confidence. Only shares and means can be.
    pub fn is_beyond(&self, margin: f64, miss: Miss) -> bool {
        let bounds = self.pairs.bounds_at(self.question, miss);
        bounds.is_some_and(|(low, high)| low > margin || high < -margin)
    }
}

/// Compares all that the register asks about. `margins` replace the default ones by name.
pub fn compare(facts: Facts, pairs: &Pairs, margins: &[(String, Margin)]) -> Comparison {
    compare_by(Register::standard().questions(), facts, pairs, margins)
}

/// The same with these questions only: they alone are the family of Holm's rule.
pub fn compare_by(
    questions: &[Question],
    facts: Facts,
    pairs: &Pairs,
    margins: &[(String, Margin)],
) -> Comparison {
    let adjusted = holm(&p_values(questions, pairs));
    compare_adjusted(facts, &Asked::all(questions, pairs), pairs, margins, &adjusted)
}

/// The same as one of several comparisons, of questions each of which has its own pairs: `adjusted` are the
/// p-values of the `asked`, adjusted for the questions of all of them. `pairs` are those that are counted, and of
/// which the most different ones are named.
pub fn compare_adjusted(
    facts: Facts,
    asked: &[Asked<'_>],
    pairs: &Pairs,
    margins: &[(String, Margin)],
    adjusted: &[f64],
) -> Comparison {
    let Facts { names, seed, horizon } = facts;
    let margin_of = |question: &Question| {
        let given = margins.iter().rev().find(|(name, _)| *name == question.name());
        given.map_or(question.margin, |&(_, margin)| margin)
    };
    let answer = |(Asked { question, pairs }, p): (&Asked<'_>, f64)| {
        let answered = pairs.answer(question, seed);
        let value = answered.as_ref().and_then(|estimate| estimate.values[0]).unwrap_or_default();
        let margin = margin_of(question).around(value);
        let verdict = Verdict::of(question.better, answered.as_ref(), margin, p);
        Answer {
            question: **question,
            pairs: pairs.applying(question),
            estimate: answered,
            margin,
            p,
            verdict,
        }
    };
    let answers: Vec<Answer> = asked.iter().zip(adjusted.iter().copied()).map(answer).collect();
    let extremes = extreme::most_different(pairs, &answers);
    Comparison { names, seed, pairs: pairs.len(), horizon, answers, extremes, alike: pairs.alike() }
}

/// The p-value of "no difference" for each question, not adjusted. A question that applies to no
/// pair has a p-value of 1: which questions there are must not depend on what the runs say.
pub fn p_values(questions: &[Question], pairs: &Pairs) -> Vec<f64> {
    Asked::all(questions, pairs).iter().map(|asked| asked.evidence().p).collect()
}

impl Comparison {
    /// Whether B differs from A in something, in whichever direction: really, and by more than the margin.
    pub fn is_moved(&self) -> bool {
        let moved = [Verdict::Worse, Verdict::Better, Verdict::Different];
        self.answers.iter().any(|answer| moved.contains(&answer.verdict))
    }

    /// Whether B is worse than A in something: really, and by more than the margin.
    pub fn is_worse(&self) -> bool {
        self.answers.iter().any(|answer| answer.verdict == Verdict::Worse)
    }
}
