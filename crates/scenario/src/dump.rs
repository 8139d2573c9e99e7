//! Manifests that were dumped from a cluster during a rollout.

use k8s_openapi::api::apps::v1::{Deployment, ReplicaSet};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta;
use std::collections::BTreeMap;

/// Namespace and name.
type ObjectKey = (String, String);

/// The state of rollouts in dumped objects.
#[derive(Debug, Default)]
pub(crate) struct Dumped {
    /// By Deployment: a description of the unfinished rollout in its status; `None` if its rollout is complete.
    statuses: BTreeMap<ObjectKey, Option<String>>,
    /// By Deployment: its `ReplicaSet`s that have pods, by name.
    replica_sets: BTreeMap<ObjectKey, Vec<(String, i32)>>,
}

impl Dumped {
    /// Adds the status of a Deployment. A Deployment without a status is not a dump.
    pub(crate) fn deployment(&mut self, key: ObjectKey, object: &Deployment) {
        if object.status.as_ref().is_some_and(|status| status.observed_generation.is_some()) {
            self.statuses.insert(key, unfinished(object));
        }
    }

    /// Adds a `ReplicaSet` that a Deployment owns.
    pub(crate) fn replica_set(&mut self, namespace: &str, object: &ReplicaSet) {
        let pods = object.spec.as_ref().and_then(|spec| spec.replicas).unwrap_or(1);
        if let Some(owner) = owner(&object.metadata).filter(|_| pods > 0) {
            let name = object.metadata.name.clone().unwrap_or_default();
            self.replica_sets.entry((namespace.to_owned(), owner)).or_default().push((name, pods));
        }
    }

    /// The remark of a forecast about a Deployment that was dumped during a rollout.
    pub(crate) fn remark(&self, namespace: &str, name: &str) -> Option<String> {
        let key = (namespace.to_owned(), name.to_owned());
        let sizes = self.replica_sets.get(&key).filter(|sets| sets.len() > 1).map(|sets| {
            let sizes: Vec<String> = sets.iter().map(|(name, pods)| format!("{name} has {pods}")).collect();
            sizes.join(", ")
        });
        let seen = match self.statuses.get(&key) {
            Some(status) => status.clone()?,
            None => sizes?,
        };
        Some(format!(
            "Deployment {namespace}/{name} was dumped in the middle of a rollout ({seen}). The forecast does not \
             start there but from a complete Deployment with this template: let the rollout end (`kubectl rollout \
             status`) or take it back (`kubectl rollout undo`), and dump it again"
        ))
    }
}

/// The Deployment that owns an object.
fn owner(meta: &ObjectMeta) -> Option<String> {
    let owner = meta.owner_references.iter().flatten().find(|owner| owner.controller == Some(true))?;
    (owner.kind == "Deployment").then(|| owner.name.clone())
}

/// Why `kubectl rollout status` would still wait (`DeploymentStatusViewer`,
/// `staging/src/k8s.io/kubectl/pkg/polymorphichelpers/rollout_status.go`).
fn unfinished(object: &Deployment) -> Option<String> {
    let status = object.status.as_ref()?;
    if status.observed_generation < object.metadata.generation {
        return Some("its controller has not seen the latest change yet".to_owned());
    }
    let wanted = object.spec.as_ref().and_then(|spec| spec.replicas).unwrap_or(1);
    let all = status.replicas.unwrap_or(0);
    let updated = status.updated_replicas.unwrap_or(0);
    let available = status.available_replicas.unwrap_or(all - status.unavailable_replicas.unwrap_or(all));
    if updated >= wanted && all <= updated && available >= updated {
        return None;
    }
    let conditions = status.conditions.iter().flatten();
    let failed = conditions.filter_map(|condition| condition.reason.as_deref());
    let failed =
        failed.filter(|reason| *reason == "ProgressDeadlineExceeded").map(|reason| format!(", {reason}"));
    Some(format!(
        "{updated} of {wanted} pods have its template, {all} exist, {available} are available{}",
        failed.collect::<String>()
    ))
}

#[cfg(test)]
mod tests {
    use super::*;
    use k8s_openapi::api::apps::v1::{DeploymentSpec, DeploymentStatus};

    fn deployment([wanted, all, updated, available]: [i32; 4]) -> Deployment {
        let status = DeploymentStatus {
            observed_generation: Some(2),
            replicas: Some(all),
            updated_replicas: Some(updated),
            available_replicas: Some(available),
            ..DeploymentStatus::default()
        };
        let spec = DeploymentSpec { replicas: Some(wanted), ..DeploymentSpec::default() };
        let metadata = ObjectMeta { generation: Some(2), ..ObjectMeta::default() };
        Deployment { metadata, spec: Some(spec), status: Some(status) }
    }

    #[test]
    fn a_rollout_is_under_way_as_long_as_kubectl_waits() {
        for (numbers, waits) in [
            ([3, 3, 3, 3], false),
            ([3, 4, 1, 3], true),
            ([3, 3, 2, 2], true),
            ([3, 4, 3, 3], true),
            ([3, 3, 3, 2], true),
            ([0, 0, 0, 0], false),
        ] {
            assert_eq!(unfinished(&deployment(numbers)).is_some(), waits, "{numbers:?}");
        }
        let mut unseen = deployment([3, 3, 3, 3]);
        unseen.metadata.generation = Some(3);
        assert!(unfinished(&unseen).unwrap().contains("has not seen"));
    }

    #[test]
    fn a_manifest_without_a_status_is_no_dump() {
        let mut dumped = Dumped::default();
        let key = || ("default".to_owned(), "web".to_owned());
        dumped.deployment(
            key(),
            &Deployment { status: Some(DeploymentStatus::default()), ..Deployment::default() },
        );
        assert_eq!(dumped.remark("default", "web"), None);
        dumped.deployment(key(), &deployment([3, 4, 1, 3]));
        let remark = dumped.remark("default", "web").unwrap();
        assert!(remark.contains("(1 of 3 pods have its template, 4 exist, 3 are available)"), "{remark}");
    }
}
