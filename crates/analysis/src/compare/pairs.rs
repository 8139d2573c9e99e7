//! The same run in two batches.

use measures::question::{Question, View};
use measures::stats::EXACT_VALUES;
use measures::{Elapsed, Row};

/// The largest number of pairs in memory: further pairs hardly narrow an interval.
pub const MOST_PAIRS: usize = EXACT_VALUES;

/// Rows of two batches, matched by the number of their run.
#[derive(Debug, Clone, Default)]
pub struct Pairs(Vec<[Row; 2]>);

impl Pairs {
    /// Matches rows that are in order of run. Runs of only one batch are left out, and runs after
    /// [`MOST_PAIRS`] pairs.
    pub fn matched(a: impl IntoIterator<Item = Row>, b: impl IntoIterator<Item = Row>) -> Self {
        let (mut a, mut b) = (a.into_iter().peekable(), b.into_iter().peekable());
        let mut pairs = Vec::new();
        while let (Some(one), Some(other)) = (a.peek(), b.peek()) {
            match one.run.cmp(&other.run) {
                std::cmp::Ordering::Less => drop(a.next()),
                std::cmp::Ordering::Greater => drop(b.next()),
                std::cmp::Ordering::Equal => pairs.extend(a.next().zip(b.next()).map(<[Row; 2]>::from)),
            }
            if pairs.len() == MOST_PAIRS {
                break;
            }
        }
        Self(pairs)
    }

    /// Number of pairs.
    pub fn len(&self) -> u64 {
        self.0.len() as u64
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// All pairs, in order of run.
    pub fn all(&self) -> &[[Row; 2]] {
        &self.0
    }

    /// Pairs without a different write or pod change.
    pub fn alike(&self) -> u64 {
        self.all().iter().filter(|[a, b]| a.digest == b.digest).count() as u64
    }

    /// Pairs with both members that a question applies to.
    pub(super) fn applying(&self, question: &Question) -> u64 {
        match question.view {
            View::Share(_) => self.flags(question).count() as u64,
            View::Mean | View::Quantile(_) => self.numbers(question).count() as u64,
        }
    }

    pub(super) fn flags<'a>(&'a self, question: &'a Question) -> impl Iterator<Item = (bool, bool)> + 'a {
        self.all().iter().filter_map(|[a, b]| Some((question.flag(a)?, question.flag(b)?)))
    }

    pub(super) fn numbers<'a>(
        &'a self,
        question: &'a Question,
    ) -> impl Iterator<Item = (Elapsed, Elapsed)> + 'a {
        self.all().iter().filter_map(|[a, b]| Some((question.number(a)?, question.number(b)?)))
    }
}
