//! `apps/v1` Deployment.

use super::annotation::Number;
use super::condition::Conditions;
use super::int_or_percent::IntOrPercent;
use super::replica_set::TemplateId;
use crate::{Span, Timestamp};

/// The value that means "no limit" in `progressDeadlineSeconds` and `revisionHistoryLimit`.
pub const UNLIMITED: i32 = i32::MAX;

/// The fields of a Deployment that affect its controller's decisions.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Deployment {
    /// Grows by one with every change of the spec or of the annotations.
    pub generation: i64,
    /// Version of the stored object; a write that carries an older one is refused.
    pub resource_version: u64,
    /// Set while a foreground or orphaning deletion is under way.
    pub deletion: Option<Timestamp>,
    /// Annotation `deployment.kubernetes.io/revision`.
    pub revision: Number,
    /// Annotation `deprecated.deployment.rollback.to`; 0 means the previous revision.
    pub rollback_to: Option<i64>,
    /// Desired state.
    pub spec: DeploymentSpec,
    /// Last reported state.
    pub status: DeploymentStatus,
}

/// The desired state of a Deployment, with the API's defaults applied.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DeploymentSpec {
    /// Desired number of pods, at least 0.
    pub replicas: i32,
    /// How old pods are replaced by new ones.
    pub strategy: Strategy,
    /// Seconds a pod must have been Ready to count as available.
    pub min_ready_seconds: i32,
    /// Seconds without progress after which the rollout is reported as failed; [`UNLIMITED`] and
    /// `None` switch the deadline off.
    pub progress_deadline_seconds: Option<i32>,
    /// Old `ReplicaSet`s to keep; [`UNLIMITED`] and `None` keep all.
    pub revision_history_limit: Option<i32>,
    /// No rollout while set.
    pub paused: bool,
    /// The pod template.
    pub template: TemplateId,
}

/// How old pods are replaced by new ones.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Strategy {
    /// All old pods are deleted before the first new one is created.
    Recreate,
    /// Gradually, within limits.
    RollingUpdate(RollingUpdate),
}

/// The limits of a rolling update.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct RollingUpdate {
    /// Pods above the desired number, percentages rounded up.
    pub max_surge: IntOrPercent,
    /// Pods below the desired number, percentages rounded down.
    pub max_unavailable: IntOrPercent,
}

/// What the controller reports about a Deployment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct DeploymentStatus {
    /// Pods of all `ReplicaSet`s that are not terminating.
    pub replicas: i32,
    /// Pods of the new `ReplicaSet`.
    pub updated: i32,
    /// Ready pods.
    pub ready: i32,
    /// Pods that have been Ready for `minReadySeconds`.
    pub available: i32,
    /// Desired pods that are not available.
    pub unavailable: i32,
    /// Pods that are terminating; unknown until every `ReplicaSet` has reported.
    pub terminating: Option<i32>,
    /// The generation this status describes.
    pub observed_generation: i64,
    /// Number of name collisions of a new `ReplicaSet` with an object of another owner.
    pub collision_count: Option<i32>,
    /// Conditions in stored order.
    pub conditions: Conditions,
}

impl Deployment {
    /// A Deployment that was just created: generation 1, nothing reported, not stored yet.
    #[must_use]
    pub fn new(spec: DeploymentSpec) -> Self {
        Self {
            generation: 1,
            resource_version: 0,
            deletion: None,
            revision: Number::Absent,
            rollback_to: None,
            spec,
            status: DeploymentStatus::default(),
        }
    }

    /// The limits of a rolling update, if that is the strategy.
    #[must_use]
    pub const fn rolling_update(&self) -> Option<RollingUpdate> {
        match self.spec.strategy {
            Strategy::RollingUpdate(limits) => Some(limits),
            Strategy::Recreate => None,
        }
    }

    /// The surge and unavailability in pods (`ResolveFenceposts`, `util/deployment_util.go`).
    ///
    /// Surge rounds up and unavailability down: 25%/25% of 10 is (3, 2). If both are zero no step would be
    /// possible, so one pod may then be unavailable: 0%/1% of 3 is (0, 1).
    fn fenceposts(&self) -> (i32, i32) {
        let Some(limits) = self.rolling_update() else {
            return (0, 0);
        };
        let surge = limits.max_surge.rounded_up(self.spec.replicas);
        let unavailable = limits.max_unavailable.rounded_down(self.spec.replicas);
        if surge == 0 && unavailable == 0 { (0, 1) } else { (surge, unavailable) }
    }

    /// Pods a rollout may have above the desired number; 0 for Recreate.
    #[must_use]
    pub fn max_surge(&self) -> i32 {
        self.fenceposts().0
    }

    /// Pods a rollout may have below the desired number, at most the desired number; 0 for Recreate.
    #[must_use]
    pub fn max_unavailable(&self) -> i32 {
        self.fenceposts().1.min(self.spec.replicas)
    }

    /// Minimum number of available pods during a rollout.
    #[must_use]
    pub fn min_available(&self) -> i32 {
        self.spec.replicas - self.max_unavailable()
    }

    /// Desired replicas plus surge: what `deployment.kubernetes.io/max-replicas` records.
    ///
    /// In 32-bit arithmetic like upstream's, so a very large surge wraps instead of panicking.
    #[must_use]
    pub fn max_replicas(&self) -> i32 {
        self.spec.replicas.wrapping_add(self.max_surge())
    }

    /// The progress deadline, if one is in force.
    #[must_use]
    pub fn progress_deadline(&self) -> Option<Span> {
        let seconds = self.spec.progress_deadline_seconds.filter(|seconds| *seconds != UNLIMITED)?;
        Some(Span::from_secs(i64::from(seconds)))
    }

    /// Whether `status` reports a complete rollout (`DeploymentComplete`).
    ///
    /// Terminating pods do not count, so they never delay completion.
    #[must_use]
    pub fn is_complete(&self, status: &DeploymentStatus) -> bool {
        let wanted = self.spec.replicas;
        status.updated == wanted
            && status.replicas == wanted
            && status.available == wanted
            && status.observed_generation >= self.generation
    }
}
