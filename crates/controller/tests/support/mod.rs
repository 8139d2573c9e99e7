//! Compact builders of objects, and a minimal API server for decisions.
#![allow(dead_code, reason = "each test binary uses its part")]

use controller::api::{
    Deployment, DeploymentSpec, DeploymentStatus, IntOrPercent, Number, ReplicaSet, ReplicaSetId,
    ReplicaSetName, ReplicaSetStatus, RevisionHistory, RollingUpdate, RolloutAnnotations, Strategy,
    TemplateId,
};
use controller::deployment::{Decision, DeploymentSnapshot, OnRefusal, PlannedWrite, Write, sync};
use controller::{Span, Timestamp};

/// The name of the `ReplicaSet` of a template.
pub(crate) fn name(template: u32) -> ReplicaSetName {
    ReplicaSetName::new(TemplateId(template), template)
}

pub(crate) fn rolling(max_surge: IntOrPercent, max_unavailable: IntOrPercent) -> Strategy {
    Strategy::RollingUpdate(RollingUpdate { max_surge, max_unavailable })
}

/// The default strategy.
pub(crate) fn quarter() -> Strategy {
    rolling(IntOrPercent::Percent(25), IntOrPercent::Percent(25))
}

/// A Deployment of template 1 that was never synced.
pub(crate) fn deployment(replicas: i32, strategy: Strategy) -> Deployment {
    Deployment {
        generation: 1,
        resource_version: 1,
        deletion: None,
        revision: Number::Absent,
        rollback_to: None,
        spec: DeploymentSpec {
            replicas,
            strategy,
            min_ready_seconds: 0,
            progress_deadline_seconds: Some(600),
            revision_history_limit: Some(10),
            paused: false,
            template: TemplateId(1),
        },
        status: DeploymentStatus::default(),
    }
}

/// The `ReplicaSet` of a template, whose number is also its revision and the second of its creation. It was
/// last sized for `desired` replicas, `max` at most.
pub(crate) fn replica_set(template: u32, size: i32, available: i32, desired: i32, max: i32) -> ReplicaSet {
    ReplicaSet {
        id: ReplicaSetId(template),
        name: name(template),
        created: Timestamp::from_secs(template.into()),
        deletion: None,
        generation: 1,
        resource_version: 1000 * u64::from(template),
        template: TemplateId(template),
        replicas: size,
        min_ready_seconds: 0,
        annotations: annotations(template.into(), desired, max),
        has_deployment_annotations: true,
        status: ReplicaSetStatus {
            replicas: size,
            fully_labeled: size,
            ready: available,
            available,
            terminating: Some(0),
            observed_generation: 1,
            failure: None,
        },
    }
}

pub(crate) fn annotations(revision: i64, desired: i32, max: i32) -> RolloutAnnotations {
    RolloutAnnotations {
        revision: Number::Value(revision),
        revision_history: RevisionHistory::default(),
        desired: Number::Value(desired.into()),
        max: Number::Value(max.into()),
    }
}

/// A Deployment and its `ReplicaSet`s as an API server stores them.
#[derive(Debug, Clone)]
pub(crate) struct Bench {
    pub(crate) deployment: Deployment,
    /// Oldest first.
    pub(crate) sets: Vec<ReplicaSet>,
    pub(crate) old_pods_running: bool,
    pub(crate) now: Timestamp,
}

impl Bench {
    #[expect(clippy::large_types_passed_by_value, reason = "it moves in, once per test")]
    pub(crate) fn new(deployment: Deployment, sets: Vec<ReplicaSet>) -> Self {
        Self { deployment, sets, old_pods_running: false, now: Timestamp::from_secs(1000) }
    }

    /// `replicas` pods of template 1, all available; the controller has nothing to do.
    pub(crate) fn settled(replicas: i32, strategy: Strategy) -> Self {
        let mut bench = Self::new(deployment(replicas, strategy), Vec::new());
        bench.settle(|_, size| size);
        bench
    }

    pub(crate) fn view(&self) -> DeploymentSnapshot<'_> {
        DeploymentSnapshot {
            deployment: &self.deployment,
            replica_sets: &self.sets,
            old_pods_running: self.old_pods_running,
            new_name: name(self.deployment.spec.template.0),
        }
    }

    pub(crate) fn decide(&self) -> Decision {
        sync(self.view(), self.now)
    }

    pub(crate) fn size(&self, template: u32) -> i32 {
        self.find(template).map_or(0, |set| set.replicas)
    }

    pub(crate) fn find(&self, template: u32) -> Option<&ReplicaSet> {
        self.sets.iter().find(|set| set.template == TemplateId(template))
    }

    pub(crate) fn total(&self) -> i32 {
        self.sets.iter().map(|set| set.replicas).sum()
    }

    pub(crate) fn set_template(&mut self, template: u32) {
        self.deployment.spec.template = TemplateId(template);
        self.deployment.generation += 1;
        self.deployment.resource_version += 1;
    }

    /// One sync a second later, with its writes. Returns the decision and whether the sync succeeded.
    pub(crate) fn pass(&mut self) -> (Decision, bool) {
        self.now += Span::SECOND;
        let decision = self.decide();
        let succeeded = self.carry_out(&decision);
        (decision, succeeded)
    }

    /// The `ReplicaSet` controller's sync: all desired pods exist, and `available` returns how many are
    /// available.
    pub(crate) fn report(&mut self, available: impl Fn(u32, i32) -> i32) {
        for set in &mut self.sets {
            let available = available(set.template.0, set.replicas);
            let status = ReplicaSetStatus {
                replicas: set.replicas,
                fully_labeled: set.replicas,
                ready: available,
                available,
                terminating: Some(0),
                observed_generation: set.generation,
                failure: set.status.failure,
            };
            if set.status != status {
                set.status = status;
                set.resource_version += 1;
            }
        }
    }

    /// Alternates syncs and reports until neither changes anything. Returns the number of syncs.
    pub(crate) fn settle(&mut self, available: impl Fn(u32, i32) -> i32) -> u32 {
        for passes in 0..500 {
            let before = self.stored();
            let (decision, _) = self.pass();
            self.report(&available);
            if decision.steps.is_empty() && before == self.stored() {
                return passes;
            }
        }
        panic!("no end of it: {self:?}");
    }

    fn stored(&self) -> (Deployment, Vec<ReplicaSet>) {
        (self.deployment, self.sets.clone())
    }

    /// Makes the steps of a plan in order.
    pub(crate) fn carry_out(&mut self, decision: &Decision) -> bool {
        let seen = self.deployment.resource_version;
        let mut steps: Vec<PlannedWrite> = decision.steps.clone();
        let mut next = 0;
        while let Some(step) = steps.get(next).cloned() {
            match (self.write(step.write, seen), step.on_refusal) {
                (true, _) | (false, OnRefusal::Ignore) => next += 1,
                (false, OnRefusal::Fallback) => (steps, next) = (decision.fallback.clone(), 0),
                (false, _) => return false,
            }
        }
        true
    }

    /// Accepts a write or refuses it as a conflict.
    fn write(&mut self, write: Write, seen: u64) -> bool {
        match write {
            Write::DeploymentStatus { revision, status } => {
                if self.deployment.resource_version != seen {
                    return false;
                }
                self.deployment.revision = revision;
                self.deployment.status = status;
                self.deployment.resource_version += 1;
            }
            Write::Deployment(update) => {
                if self.deployment.resource_version != seen {
                    return false;
                }
                let restored = self.sets.iter().find(|set| Some(set.id) == update.restore);
                let template = restored.map_or(self.deployment.spec.template, |set| set.template);
                self.deployment.rollback_to = None;
                self.set_template(template.0);
            }
            Write::CreateReplicaSet(new) => {
                let template = new.template.0;
                let unborn = ReplicaSetStatus::default();
                self.sets.push(ReplicaSet {
                    created: self.now.stored(),
                    min_ready_seconds: new.min_ready_seconds,
                    annotations: new.annotations,
                    status: unborn,
                    ..replica_set(template, new.replicas, 0, 0, 0)
                });
            }
            Write::ReplicaSet(update) => {
                let Some(set) = self.sets.iter_mut().find(|set| set.id == update.id) else { return false };
                if update.resource_version.is_some_and(|version| version != set.resource_version) {
                    return false;
                }
                set.generation += i64::from(set.replicas != update.replicas);
                set.resource_version += 1;
                set.replicas = update.replicas;
                set.min_ready_seconds = update.min_ready_seconds;
                set.annotations = update.annotations;
                set.has_deployment_annotations |= update.copy_annotations;
            }
            Write::DeleteReplicaSet(id) => self.sets.retain(|set| set.id != id),
        }
        true
    }
}

/// The sizes that a decision gives, by template, in the order of its writes.
pub(crate) fn sizes(decision: &Decision) -> Vec<(u32, i32)> {
    let sized = decision.steps.iter().filter_map(|step| match &step.write {
        Write::CreateReplicaSet(new) => Some((new.template.0, new.replicas)),
        Write::ReplicaSet(update) => Some((update.id.0, update.replicas)),
        _ => None,
    });
    sized.collect()
}

/// The status that a decision writes last.
pub(crate) fn last_status(decision: &Decision) -> Option<DeploymentStatus> {
    decision.steps.iter().rev().find_map(|step| match step.write {
        Write::DeploymentStatus { status, .. } => Some(status),
        _ => None,
    })
}
