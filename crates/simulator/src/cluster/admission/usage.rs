//! Quota usage as a vector over the countable resources.

use crate::model::{Counted, Resources};

/// An amount of each resource that quotas can count.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(in super::super) struct Usage([i64; Counted::ALL.len()]);

impl Usage {
    /// A Deployment.
    pub(in super::super) const DEPLOYMENT: Self = Self::one(Counted::CountDeployments);
    /// A `ReplicaSet`.
    pub(in super::super) const REPLICA_SET: Self = Self::one(Counted::CountReplicaSets);
    /// Charge of a pod that has ended.
    pub(super) const ENDED_POD: Self = Self::one(Counted::CountPods);

    const fn one(counted: Counted) -> Self {
        let mut all = [0; Counted::ALL.len()];
        all[counted as usize] = 1;
        Self(all)
    }

    /// A pod that has not ended.
    pub(in super::super) fn of_pod(requests: &Resources, limits: &Resources) -> Self {
        let mut usage = Self(Counted::ALL.map(|counted| counted.stated(requests, limits).unwrap_or(0)));
        usage.0[Counted::Pods as usize] = 1;
        usage.0[Counted::CountPods as usize] = 1;
        usage
    }

    /// The stated amounts; the two names of one resource get the same amount.
    pub(super) fn of_amounts(amounts: impl Iterator<Item = (Counted, i64)>) -> Self {
        let mut usage = Self::default();
        for (counted, amount) in amounts {
            for name in Self::names_of(counted) {
                usage.0[*name as usize] = amount;
            }
        }
        usage
    }

    const fn names_of(counted: Counted) -> &'static [Counted] {
        match counted {
            Counted::Cpu | Counted::RequestsCpu => &[Counted::Cpu, Counted::RequestsCpu],
            Counted::Memory | Counted::RequestsMemory => &[Counted::Memory, Counted::RequestsMemory],
            Counted::Ephemeral | Counted::RequestsEphemeral => {
                &[Counted::Ephemeral, Counted::RequestsEphemeral]
            }
            // A pod that has not ended is also an object.
            Counted::Pods => &[Counted::Pods, Counted::CountPods],
            Counted::CountPods => &[Counted::CountPods],
            Counted::CountDeployments => &[Counted::CountDeployments],
            Counted::CountReplicaSets => &[Counted::CountReplicaSets],
            Counted::LimitsCpu => &[Counted::LimitsCpu],
            Counted::LimitsMemory => &[Counted::LimitsMemory],
            Counted::LimitsEphemeral => &[Counted::LimitsEphemeral],
        }
    }

    pub(super) const fn of(&self, counted: Counted) -> i64 {
        self.0[counted as usize]
    }

    /// Whether this is the usage of a pod. Only a pod's containers must state what quotas limit.
    pub(super) const fn is_pod(&self) -> bool {
        self.of(Counted::Pods) > 0
    }

    pub(super) fn add(&mut self, other: &Self) {
        for (sum, more) in self.0.iter_mut().zip(other.0) {
            *sum = sum.saturating_add(more);
        }
    }

    pub(super) fn subtract(&mut self, other: &Self) {
        for (sum, less) in self.0.iter_mut().zip(other.0) {
            *sum = sum.saturating_sub(less);
        }
    }

    /// The part that is released when a pod ends and its object remains.
    pub(super) fn without_object(mut self) -> Self {
        self.subtract(&Self::ENDED_POD);
        self
    }
}
