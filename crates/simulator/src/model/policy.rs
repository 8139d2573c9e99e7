//! Quotas and limit ranges of the subject's namespace.

use super::pod::Resources;

/// A `ResourceQuota`.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Quota {
    /// Its name.
    pub name: String,
    /// Its hard limits.
    pub hard: Amounts,
}

/// Amounts of countable resources: each at most once, in order.
pub type Amounts = Vec<(Counted, i64)>;

/// The countable resources of quotas, sorted by name. Amounts are counts, thousandths of a core, or bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Counted {
    /// `count/deployments.apps`: stored Deployments.
    CountDeployments,
    /// `count/pods`: stored pods, ended ones included.
    CountPods,
    /// `count/replicasets.apps`: stored `ReplicaSet`s.
    CountReplicaSets,
    /// `cpu`: another name of `requests.cpu`.
    Cpu,
    /// `ephemeral-storage`: another name of `requests.ephemeral-storage`.
    Ephemeral,
    /// `limits.cpu`
    LimitsCpu,
    /// `limits.ephemeral-storage`
    LimitsEphemeral,
    /// `limits.memory`
    LimitsMemory,
    /// `memory`: another name of `requests.memory`.
    Memory,
    /// `pods`: pods that have not ended.
    Pods,
    /// `requests.cpu`
    RequestsCpu,
    /// `requests.ephemeral-storage`
    RequestsEphemeral,
    /// `requests.memory`
    RequestsMemory,
}

/// Unit of an amount.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unit {
    /// Objects.
    Pieces,
    /// Thousandths of a core.
    MilliCores,
    /// Bytes.
    Bytes,
}

impl Counted {
    /// All of them, in order.
    pub const ALL: [Self; 13] = [
        Self::CountDeployments,
        Self::CountPods,
        Self::CountReplicaSets,
        Self::Cpu,
        Self::Ephemeral,
        Self::LimitsCpu,
        Self::LimitsEphemeral,
        Self::LimitsMemory,
        Self::Memory,
        Self::Pods,
        Self::RequestsCpu,
        Self::RequestsEphemeral,
        Self::RequestsMemory,
    ];

    /// Its name in the API.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::CountDeployments => "count/deployments.apps",
            Self::CountPods => "count/pods",
            Self::CountReplicaSets => "count/replicasets.apps",
            Self::Cpu => "cpu",
            Self::Ephemeral => "ephemeral-storage",
            Self::LimitsCpu => "limits.cpu",
            Self::LimitsEphemeral => "limits.ephemeral-storage",
            Self::LimitsMemory => "limits.memory",
            Self::Memory => "memory",
            Self::Pods => "pods",
            Self::RequestsCpu => "requests.cpu",
            Self::RequestsEphemeral => "requests.ephemeral-storage",
            Self::RequestsMemory => "requests.memory",
        }
    }

    /// Its unit.
    #[must_use]
    pub const fn unit(self) -> Unit {
        match self {
            Self::CountDeployments | Self::CountPods | Self::CountReplicaSets | Self::Pods => Unit::Pieces,
            Self::Cpu | Self::LimitsCpu | Self::RequestsCpu => Unit::MilliCores,
            _ => Unit::Bytes,
        }
    }

    /// Whether every container must state a value if a quota counts it (`validationSet`,
    /// `pkg/quota/v1/evaluator/core/pods.go`).
    #[must_use]
    pub const fn must_be_stated(self) -> bool {
        matches!(
            self,
            Self::Cpu
                | Self::Memory
                | Self::RequestsCpu
                | Self::RequestsMemory
                | Self::LimitsCpu
                | Self::LimitsMemory
        )
    }

    /// Its value in requests and limits; `None` if they do not state it, or if it counts objects.
    #[must_use]
    pub const fn stated(self, requests: &Resources, limits: &Resources) -> Option<i64> {
        match self {
            Self::Cpu | Self::RequestsCpu => requests.cpu_milli,
            Self::Memory | Self::RequestsMemory => requests.memory_bytes,
            Self::Ephemeral | Self::RequestsEphemeral => requests.ephemeral_bytes,
            Self::LimitsCpu => limits.cpu_milli,
            Self::LimitsMemory => limits.memory_bytes,
            Self::LimitsEphemeral => limits.ephemeral_bytes,
            Self::CountDeployments | Self::CountPods | Self::CountReplicaSets | Self::Pods => None,
        }
    }
}

/// A `LimitRange`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LimitRange {
    /// Its name.
    pub name: String,
    /// Its items in order.
    pub items: Vec<LimitRangeItem>,
}

/// One item of a `LimitRange`.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct LimitRangeItem {
    /// Whether it applies to whole pods; otherwise to each container.
    pub per_pod: bool,
    /// Smallest request.
    pub min: Resources,
    /// Largest limit.
    pub max: Resources,
    /// Limit for containers without one.
    pub default: Resources,
    /// Request for containers without one.
    pub default_request: Resources,
    /// Maximum ratio of limit to request, in thousandths, if set.
    pub max_ratio_milli: Resources,
}
