//! Expectations: changes that a controller has made and its cache does not show yet
//! (`ControllerExpectations`, `pkg/controller/controller_utils.go`).

use crate::{Span, Timestamp};

/// Creations and deletions that are still to be observed.
///
/// The caller tracks the pods with expected deletions and lowers the count once per pod.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Expectations {
    creations: i32,
    deletions: i32,
    set_at: Timestamp,
}

impl Expectations {
    /// After this time a record counts as met (`ExpectationsTimeout`). No timer adds the key then: only a
    /// later sync notices.
    pub const LIFETIME: Span = Span::from_secs(5 * 60);

    /// A record of creations that will be tried.
    #[must_use]
    pub const fn of_creations(count: i32, now: Timestamp) -> Self {
        Self { creations: count, deletions: 0, set_at: now }
    }

    /// A record of deletions that will be tried.
    #[must_use]
    pub const fn of_deletions(count: i32, now: Timestamp) -> Self {
        Self { creations: 0, deletions: count, set_at: now }
    }

    /// `count` creations were observed, failed, or will not be tried.
    pub const fn creations_done(&mut self, count: i32) {
        self.creations -= count;
    }

    /// One deletion was observed or failed.
    pub const fn deletion_done(&mut self) {
        self.deletions -= 1;
    }

    /// Whether a sync may create and delete pods.
    #[must_use]
    pub fn are_met(&self, now: Timestamp) -> bool {
        (self.creations <= 0 && self.deletions <= 0) || now.since(self.set_at) > Self::LIFETIME
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn met_when_all_was_observed_or_five_minutes_have_passed() {
        let start = Timestamp::from_secs(10);
        let mut expectations = Expectations::of_creations(3, start);
        assert_eq!(Expectations::LIFETIME, Span::from_secs(300));
        assert!(!expectations.are_met(start));
        expectations.creations_done(2);
        assert!(
            !expectations.are_met(start + Expectations::LIFETIME),
            "at five minutes sharp it still holds"
        );
        assert!(expectations.are_met(start + Expectations::LIFETIME + Span::from_nanos(1)));
        expectations.creations_done(1);
        assert!(expectations.are_met(start));
        let mut expectations = Expectations::of_deletions(1, start);
        assert!(!expectations.are_met(start));
        expectations.deletion_done();
        assert!(expectations.are_met(start));
    }
}
