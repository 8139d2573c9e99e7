//! Where the time of a rollout went: every nanosecond of the rollout clock under one cause.

use crate::Span;

/// What a stretch of a rollout was spent on. How a stretch comes to its cause is told in `docs/ledger.md`.
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
    /// A pod was Ready, but not yet for `minReadySeconds`.
    MinReady,
    /// A creation was refused (by a quota, mostly), and what refused it still stood.
    QuotaWait,
    /// What refused a creation was gone, but the controller had not tried again.
    RetryTail,
    /// A pod waited for the end of the back-off after a container had ended.
    CrashLoop,
    /// Pods that terminate had to go first: strategy Recreate, a full cluster, a quota that they held.
    Terminating,
    /// The Deployment was paused.
    Paused,
    /// Calls, watches, queues and client limits of the control plane, and its patience with a node that is
    /// out of contact.
    ControlPlane,
    /// Nothing but a person was going to change anything: the deadline had fired until the template was
    /// changed, or the controllers had come to rest short of the goal.
    Human,
    /// The rollout had reached its goal, and the clock ran on for a change of the template that came later.
    NothingLeft,
}

impl Cause {
    /// How many there are.
    pub const COUNT: usize = 14;

    /// All of them, in the order in which they are reported.
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

    /// The words used in tables and charts.
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

    /// The word used as a key in files.
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

/// The time of one rollout by cause. The entries add up to the time for which the rollout clock ran, to the
/// nanosecond.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Ledger([Span; Cause::COUNT]);

impl Ledger {
    /// The time that a cause owns.
    #[must_use]
    pub const fn of(&self, cause: Cause) -> Span {
        self.0[cause as usize]
    }

    /// All causes with their times, in the order of [`Cause::ALL`].
    pub fn entries(&self) -> impl Iterator<Item = (Cause, Span)> {
        Cause::ALL.into_iter().zip(self.0)
    }

    /// The time of all causes together.
    #[must_use]
    pub fn total(&self) -> Span {
        self.0.into_iter().fold(Span::ZERO, |sum, time| sum + time)
    }

    /// Books a stretch of time.
    pub(crate) fn book(&mut self, cause: Cause, time: Span) {
        self.0[cause as usize] += time;
    }
}

/// Stretches of time with their causes, taken together.
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
