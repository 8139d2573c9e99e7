//! Token buckets: client-side rate limits and the shared limit on retries.

use crate::{Span, Timestamp};

/// A token bucket that starts full. A caller reserves a token and waits until it is available, in order of
/// the reservations (`golang.org/x/time/rate`).
///
/// Tokens are stored as time: the bucket holds `burst` intervals, grows with the clock and pays one interval
/// per token; a negative balance is the time to wait.
#[derive(Debug, Clone)]
pub(crate) struct TokenBucket {
    interval: Span,
    burst: i64,
    credit: Span,
    at: Timestamp,
}

impl TokenBucket {
    pub(crate) fn new(per_second: f64, burst: u32) -> Self {
        let interval = Span::from_secs_f64(1.0 / per_second);
        let burst = i64::from(burst);
        Self { interval, burst, credit: full(interval, burst), at: Timestamp::from_nanos(i64::MIN) }
    }

    /// Fills the bucket.
    pub(crate) fn refill(&mut self) {
        self.credit = full(self.interval, self.burst);
        self.at = Timestamp::from_nanos(i64::MIN);
    }

    /// Changes the rate. Existing tokens stay, up to the new burst; a negative balance stays as well.
    pub(super) fn set_rate(&mut self, per_second: f64, burst: u32, now: Timestamp) {
        let interval = Span::from_secs_f64(1.0 / per_second);
        if self.interval == interval && self.burst == i64::from(burst) {
            return;
        }
        if self.at.as_nanos() != i64::MIN {
            self.earn(now);
        }
        let tokens = self.credit.as_nanos() as f64 / self.interval.as_nanos() as f64;
        (self.interval, self.burst) = (interval, i64::from(burst));
        let credit = Span::from_nanos((tokens * interval.as_nanos() as f64) as i64);
        self.credit = credit.min(full(self.interval, self.burst));
    }

    fn earn(&mut self, now: Timestamp) {
        let earned = now.since(self.at).at_least_zero();
        self.credit = (self.credit + earned).min(full(self.interval, self.burst));
        self.at = now;
    }

    /// Takes a token if there is one now.
    pub(crate) fn try_take(&mut self, now: Timestamp) -> bool {
        let before = self.clone();
        let taken = self.reserve(now) == now;
        if !taken {
            *self = before;
        }
        taken
    }

    /// Takes a token and returns the time from which it is valid.
    pub(crate) fn reserve(&mut self, now: Timestamp) -> Timestamp {
        if self.at.as_nanos() != i64::MIN {
            self.earn(now);
        }
        self.at = now;
        self.credit = self.credit - self.interval;
        now + (Span::ZERO - self.credit).at_least_zero()
    }
}

fn full(interval: Span, burst: i64) -> Span {
    Span::from_nanos(interval.as_nanos().saturating_mul(burst))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hundred_calls_through_twenty_per_second_burst_thirty() {
        let mut bucket = TokenBucket::new(20.0, 30);
        let start = Timestamp::from_secs(100);
        let due: Vec<_> = (0..100).map(|_| bucket.reserve(start).since(start)).collect();
        assert!(due[..30].iter().all(|wait| *wait == Span::ZERO));
        assert_eq!(due[30], Span::from_millis(50));
        assert_eq!(due[99], Span::from_millis(3500), "(100 - 30) / 20 s");
        assert_eq!(bucket.reserve(start + Span::from_secs(600)), start + Span::from_secs(600));
    }

    #[test]
    fn a_rate_that_changes_keeps_the_tokens() {
        let mut bucket = TokenBucket::new(20.0, 30);
        let start = Timestamp::from_secs(100);
        for _ in 0..10 {
            bucket.reserve(start);
        }
        bucket.set_rate(1.0, 30, start);
        let due: Vec<_> = (0..22).map(|_| bucket.reserve(start).since(start)).collect();
        assert_eq!(due[19], Span::ZERO, "twenty tokens were left");
        assert_eq!(due[21], Span::from_secs(2));
        bucket.set_rate(20.0, 30, start);
        assert_eq!(bucket.reserve(start), start + Span::from_millis(150), "the debt of two, and one more");
    }
}
