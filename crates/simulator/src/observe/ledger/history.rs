//! A value over time, back to the begin of the current interval.

use crate::Timestamp;

/// A value and its changes since the interval began.
#[derive(Debug, Clone, Default)]
pub(super) struct History<T> {
    /// The value at the begin of the interval.
    first: T,
    now: T,
    changes: Vec<(Timestamp, T)>,
}

impl<T: Copy + PartialEq> History<T> {
    /// Restarts with a value.
    pub(super) fn reset(&mut self, state: T) {
        self.first = state;
        self.now = state;
        self.changes.clear();
    }

    pub(super) const fn now(&self) -> T {
        self.now
    }

    /// Sets the value. Earlier values are kept only if `keep` is set, while a clock runs.
    pub(super) fn set(&mut self, at: Timestamp, state: T, keep: bool) {
        if state == self.now {
            return;
        }
        self.now = state;
        if keep {
            self.changes.push((at, state));
        } else {
            self.first = state;
        }
    }

    /// An interval begins: drops earlier values.
    pub(super) fn forget(&mut self) {
        self.first = self.now;
        self.changes.clear();
    }

    /// The values from one time to another, as (from, to, value) in order of time.
    pub(super) fn pieces(
        &self,
        from: Timestamp,
        to: Timestamp,
    ) -> impl Iterator<Item = (Timestamp, Timestamp, T)> {
        let passed = self.changes.partition_point(|(at, _)| *at <= from);
        let first = passed.checked_sub(1).map_or(self.first, |last| self.changes[last].1);
        let later = &self.changes[passed..];
        let begins = std::iter::once((from, first)).chain(later.iter().copied());
        let ends = later.iter().map(|(at, _)| *at).chain([to]);
        let pieces = begins.zip(ends).take_while(move |((begin, _), _)| *begin < to);
        pieces.map(move |((begin, state), end)| (begin, end.min(to), state))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pieces_cover_exactly_what_is_asked_for() {
        let at = Timestamp::from_secs;
        let mut history = History::default();
        history.reset('a');
        history.set(at(10), 'b', true);
        history.set(at(15), 'b', true);
        history.set(at(20), 'c', true);
        let pieces = |from, to| history.pieces(at(from), at(to)).collect::<Vec<_>>();
        assert_eq!(pieces(0, 30), [(at(0), at(10), 'a'), (at(10), at(20), 'b'), (at(20), at(30), 'c')]);
        assert_eq!(pieces(10, 20), [(at(10), at(20), 'b')]);
        assert_eq!(pieces(12, 14), [(at(12), at(14), 'b')]);
        assert_eq!(pieces(25, 25), []);
        history.forget();
        assert_eq!(history.pieces(at(20), at(21)).collect::<Vec<_>>(), [(at(20), at(21), 'c')]);
    }
}
