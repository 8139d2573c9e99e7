//! Two batches on common random numbers: which measures differ, is the difference real, and does it matter?
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
    /// The names of A and B.
    pub names: [String; 2],
    /// The seed of both batches.
    pub seed: u64,
    /// Runs of both batches.
    pub pairs: u64,
    /// End of the observation, of both batches.
    pub horizon: Milli,
    /// One for each question, in their order.
    pub answers: Vec<Answer>,
    /// The runs that differ most, the largest difference first.
    pub extremes: Vec<Extreme>,
    /// Runs without a different write or pod change.
    pub alike: u64,
}

/// The answer to one question.
#[derive(Debug, Clone)]
pub struct Answer {
    /// The question.
    pub question: Question,
    /// Pairs to which the question applies.
    pub pairs: u64,
    /// The estimate; `None` if the question applies to no pair.
    pub estimate: Option<Estimate>,
    /// The smallest difference that matters, in the unit of the question.
    pub margin: f64,
    /// The p-value of "no difference", adjusted by Holm's rule for all questions of the comparison.
    pub p: f64,
    /// The verdict.
    pub verdict: Verdict,
}

/// The facts of a comparison that are not in its rows.
#[derive(Debug, Clone)]
pub struct ComparisonFacts {
    /// The names of A and B.
    pub names: [String; 2],
    /// The seed of both batches.
    pub seed: u64,
    /// End of the observation, of both batches.
    pub horizon: Milli,
}

/// A question and the pairs that answer it.
#[derive(Debug, Clone, Copy)]
pub struct QuestionPairs<'a> {
    /// The question.
    pub question: &'a Question,
    /// The pairs.
    pub pairs: &'a Pairs,
}

impl<'a> QuestionPairs<'a> {
    /// Each of the questions with the same pairs.
    pub fn all(questions: &'a [Question], pairs: &'a Pairs) -> Vec<Self> {
        questions.iter().map(|question| Self { question, pairs }).collect()
    }

    /// The evidence against "no difference".
    pub fn evidence(&self) -> Evidence {
        self.pairs.evidence(self.question)
    }

    /// Whether the difference exceeds its margin at this confidence. Always false for quantiles.
    pub fn is_beyond(&self, margin: f64, miss: Miss) -> bool {
        let bounds = self.pairs.bounds_at(self.question, miss);
        bounds.is_some_and(|(low, high)| low > margin || high < -margin)
    }
}

/// Compares all questions of the register. `margins` replace the default margins by name.
pub fn compare(facts: ComparisonFacts, pairs: &Pairs, margins: &[(String, Margin)]) -> Comparison {
    compare_by(Register::standard().questions(), facts, pairs, margins)
}

/// Compares these questions only, which are then the family of Holm's rule.
pub fn compare_by(
    questions: &[Question],
    facts: ComparisonFacts,
    pairs: &Pairs,
    margins: &[(String, Margin)],
) -> Comparison {
    let adjusted = holm(&p_values(questions, pairs));
    compare_adjusted(facts, &QuestionPairs::all(questions, pairs), pairs, margins, &adjusted)
}

/// One of several comparisons, with different pairs for each question: `adjusted` are the p-values of the questions
/// `asked`, adjusted for the questions of all comparisons. `pairs` are the pairs to count, and to find the
/// largest differences in.
pub fn compare_adjusted(
    facts: ComparisonFacts,
    asked: &[QuestionPairs<'_>],
    pairs: &Pairs,
    margins: &[(String, Margin)],
    adjusted: &[f64],
) -> Comparison {
    let ComparisonFacts { names, seed, horizon } = facts;
    let margin_of = |question: &Question| {
        let given = margins.iter().rev().find(|(name, _)| *name == question.name());
        given.map_or(question.margin, |&(_, margin)| margin)
    };
    let answer = |(QuestionPairs { question, pairs }, p): (&QuestionPairs<'_>, f64)| {
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

/// The p-value of "no difference" for each question, not adjusted. A question that applies to no pair has a
/// p-value of 1, so that the number of questions does not depend on the runs.
pub fn p_values(questions: &[Question], pairs: &Pairs) -> Vec<f64> {
    QuestionPairs::all(questions, pairs).iter().map(|asked| asked.evidence().p).collect()
}

impl Comparison {
    /// Whether a measure of B differs from A, in any direction, really and by more than the margin.
    pub fn is_moved(&self) -> bool {
        let moved = [Verdict::Worse, Verdict::Better, Verdict::Different];
        self.answers.iter().any(|answer| moved.contains(&answer.verdict))
    }

    /// Whether a measure of B is worse than in A, really and by more than the margin.
    pub fn is_worse(&self) -> bool {
        self.answers.iter().any(|answer| answer.verdict == Verdict::Worse)
    }
}
