//! Refused calls of the controllers, over a batch.

use super::Distribution;
use super::collector::MeasureColumn;
use measures::stats::Proportion;
use simulator::record::{RefusalCounts, RefusalKind};

/// Calls refused for one reason.
#[derive(Debug, Clone, PartialEq)]
pub struct Refusals {
    /// The reason.
    pub kind: RefusalKind,
    /// Runs in which it happened.
    pub runs: Proportion,
    /// How often it happens in a run.
    pub count: Distribution<i64>,
}

/// Takes in the refused calls, run by run.
#[derive(Debug, Clone, Default)]
pub(super) struct RefusalCollector {
    runs: u64,
    /// By reason; `None` for a reason that has not occurred.
    reasons: [Option<RefusalReason>; RefusalKind::ALL.len()],
}

#[derive(Debug, Clone, Default)]
struct RefusalReason {
    runs: u64,
    count: MeasureColumn<i64>,
}

impl RefusalCollector {
    /// Takes in the next run.
    pub(super) fn add(&mut self, refusals: RefusalCounts) {
        for kind in RefusalKind::ALL {
            let count = refusals.of(kind);
            let reason = &mut self.reasons[kind as usize];
            if reason.is_some() || count > 0 {
                reason.get_or_insert_with(|| RefusalReason::absent(self.runs)).add(count);
            }
        }
        self.runs += 1;
    }

    pub(super) fn finish(self) -> Vec<Refusals> {
        let reasons = RefusalKind::ALL.into_iter().zip(self.reasons);
        let refusals = reasons.filter_map(|(kind, reason)| {
            let RefusalReason { runs, count } = reason?;
            Some(Refusals { kind, runs: Proportion { hits: runs, of: self.runs }, count: count.finish()? })
        });
        refusals.collect()
    }
}

impl RefusalReason {
    /// A reason that did not occur in `runs` runs.
    fn absent(runs: u64) -> Self {
        let mut reason = Self::default();
        (0..runs).for_each(|_| reason.count.push(0));
        reason
    }

    fn add(&mut self, count: u32) {
        self.runs += u64::from(count > 0);
        self.count.push(count.into());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Runs before the first refusal count as runs without one.
    #[test]
    fn runs_without_a_refusal_count_as_none() {
        let mut collector = RefusalCollector::default();
        let mut refused = RefusalCounts::default();
        refused.add(Some(RefusalKind::Timeout));
        for counts in [RefusalCounts::default(), RefusalCounts::default(), refused, RefusalCounts::default()]
        {
            collector.add(counts);
        }
        let refusals = collector.finish();
        assert_eq!(refusals.len(), 1, "only what happened");
        assert_eq!(refusals[0].kind, RefusalKind::Timeout);
        assert_eq!(refusals[0].runs, Proportion { hits: 1, of: 4 });
        assert_eq!((refusals[0].count.min, refusals[0].count.max), (0, 1));
        assert_eq!(refusals[0].count.mean.as_ref().map(|mean| mean.value), Some(0.25));
    }
}
