//! The fields of a pod that controllers read.

/// Lifecycle phase of a pod, in the order in which scale-downs delete them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub enum PodPhase {
    /// Accepted, not every container has been started yet.
    #[default]
    Pending,
    /// The node stopped reporting.
    Unknown,
    /// Every container has been started at least once.
    Running,
    /// Every container ended with success and none will be restarted.
    Succeeded,
    /// Every container ended, at least one with a failure.
    Failed,
}

impl PodPhase {
    /// Succeeded or Failed: such a pod is never active again.
    #[must_use]
    pub const fn is_terminal(self) -> bool {
        matches!(self, Self::Succeeded | Self::Failed)
    }
}

/// Identity of an object over its lifetime. Only the order of two UIDs matters: it breaks ties of the
/// deletion ranking, lower first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Uid(pub u64);
