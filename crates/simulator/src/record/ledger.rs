//! Rollout time by cause: every nanosecond of the rollout clock has one cause.

use crate::Span;

/// The cause of an interval of a rollout. `docs/ledger.md` explains the attribution.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Cause {
    /// A pod waited for a node.
    Scheduling,
    /// A pod waited for an image: its pull, and the pulls before it in the node's queue.
    Pull,
    /// A pod waited for the end of the back-off after a failed pull.
    PullBackOff,
    /// A container was created and started, init containers ran, configuration was missing.
    Start,
    /// A pod ran and waited for a probe that succeeds.
    Probe,
    /// A pod was Ready, but had not been for `minReadySeconds`.
    MinReady,
    /// A creation was refused (usually by a quota), and would still be refused.
    QuotaWait,
    /// A refused creation would succeed, but the controller had not retried it.
    RetryTail,
    /// A pod waited for the end of the back-off after a container had ended.
    CrashLoop,
    /// Terminating pods blocked the rollout: strategy Recreate, a full cluster, a quota.
    Terminating,
    /// The Deployment was paused.
    Paused,
    /// Calls, watches, queues and client limits of the control plane, and its grace periods for a node out of
    /// contact.
    ControlPlane,
    /// Only a user could change anything: from the exceeded deadline to the change of the template, or after
    /// the controllers had settled without completing.
    Human,
    /// The rollout was complete, and the clock ran on until a later change of the template.
    NothingLeft,
}

impl Cause {
    /// Number of causes.
    pub const COUNT: usize = 14;

    /// All causes, in reporting order.
    pub const ALL: [Self; Self::COUNT] = [
        Self::Scheduling,
        Self::Pull,
        Self::PullBackOff,
        Self::Start,
        Self::Probe,
        Self::MinReady,
        Self::QuotaWait,
        Self::RetryTail,
        Self::CrashLoop,
        Self::Terminating,
        Self::Paused,
        Self::ControlPlane,
        Self::Human,
        Self::NothingLeft,
    ];

    /// The name used in tables and charts.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Scheduling => "scheduling",
            Self::Pull => "pull",
            Self::PullBackOff => "pull back-off",
            Self::Start => "start",
            Self::Probe => "probe",
            Self::MinReady => "minReadySeconds",
            Self::QuotaWait => "quota wait",
            Self::RetryTail => "retry back-off tail",
            Self::CrashLoop => "crash loop",
            Self::Terminating => "terminating",
            Self::Paused => "paused",
            Self::ControlPlane => "control plane",
            Self::Human => "waiting for a human",
            Self::NothingLeft => "nothing left to do",
        }
    }

    /// The key used in files.
    #[must_use]
    pub const fn key(self) -> &'static str {
        match self {
            Self::Scheduling => "scheduling",
            Self::Pull => "pull",
            Self::PullBackOff => "pullBackOff",
            Self::Start => "start",
            Self::Probe => "probe",
            Self::MinReady => "minReadySeconds",
            Self::QuotaWait => "quotaWait",
            Self::RetryTail => "retryBackOffTail",
            Self::CrashLoop => "crashLoop",
            Self::Terminating => "terminating",
            Self::Paused => "paused",
            Self::ControlPlane => "controlPlane",
            Self::Human => "waitingForAHuman",
            Self::NothingLeft => "nothingLeftToDo",
        }
    }
}

/// The time of one rollout by cause. The entries add up to the run time of the rollout clock, to the
/// nanosecond.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Ledger([Span; Cause::COUNT]);

impl Ledger {
    /// The time of a cause.
    #[must_use]
    pub const fn of(&self, cause: Cause) -> Span {
        self.0[cause as usize]
    }

    /// All causes with their times, in the order of [`Cause::ALL`].
    pub fn entries(&self) -> impl Iterator<Item = (Cause, Span)> {
        Cause::ALL.into_iter().zip(self.0)
    }

    /// The sum over all causes.
    #[must_use]
    pub fn total(&self) -> Span {
        self.0.into_iter().fold(Span::ZERO, |sum, time| sum + time)
    }

    /// Adds time to a cause.
    pub(crate) fn book(&mut self, cause: Cause, time: Span) {
        self.0[cause as usize] += time;
    }
}

/// Sums the times by cause.
impl FromIterator<(Cause, Span)> for Ledger {
    fn from_iter<T: IntoIterator<Item = (Cause, Span)>>(stretches: T) -> Self {
        let mut ledger = Self::default();
        for (cause, time) in stretches {
            ledger.book(cause, time);
        }
        ledger
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_cause_has_its_own_entry() {
        let stretches = Cause::ALL.into_iter().enumerate();
        let ledger: Ledger = stretches.map(|(place, cause)| (cause, Span::from_nanos(1 << place))).collect();
        assert_eq!(ledger.total(), Span::from_nanos((1 << Cause::COUNT) - 1));
        assert_eq!(ledger.of(Cause::Probe), Span::from_nanos(1 << 4));
    }
}
