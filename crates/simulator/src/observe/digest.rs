//! The digest of a run: every API write and pod change with its time.

use super::Observation;
use crate::Timestamp;
use crate::cluster::{ApiServer, Pod};
use crate::engine::Digest;
use controller::api::{Deployment, ReplicaSet};

/// Adds one observation to the digest.
pub(super) fn add(digest: &mut Digest, now: Timestamp, seen: Observation<'_>, api: &ApiServer) {
    if let Observation::PodEnters(..)
    | Observation::CallRefused(_)
    | Observation::Admission(..)
    | Observation::Serving(..)
    | Observation::EndpointsWritten(_)
    | Observation::EndpointsProgrammed { .. } = seen
    {
        // Stages and calls show in their effects; a Service only observes, so a run has the same digest with
        // and without one.
        return;
    }
    digest.add(now.as_nanos() as u64);
    match seen {
        Observation::PodEnters(..)
        | Observation::CallRefused(_)
        | Observation::Admission(..)
        | Observation::Serving(..)
        | Observation::EndpointsWritten(_)
        | Observation::EndpointsProgrammed { .. } => {}
        Observation::Deployment => {
            if let Some(deployment) = &api.deployment {
                add_deployment(digest, deployment);
            }
        }
        Observation::ReplicaSet { id, .. } => {
            if let Some(replica_set) = api.replica_set(id) {
                add_replica_set(digest, replica_set);
            }
        }
        Observation::ReplicaSetDeleted(id) => digest.add(pair(2, id.0)),
        Observation::PodCreated(id) => digest.add(pair(3, id.0)),
        Observation::Pod(id, _) => {
            digest.add(pair(4, id.0));
            add_pod(digest, api.pod(id));
        }
        Observation::PodDeletionBegan(id) => digest.add(pair(5, id.0)),
        Observation::CreateRefused(..) => digest.add(6),
        Observation::RolledBack => digest.add(7),
        Observation::UndoRefused(_) => digest.add(8),
        Observation::UserActs { .. } => digest.add(9),
        Observation::UserActed => digest.add(10),
    }
}

const fn pair(kind: u32, number: u32) -> u64 {
    (kind as u64) << 32 | number as u64
}

const fn counts(a: i32, b: i32) -> u64 {
    pair(a as u32, b as u32)
}

fn add_deployment(digest: &mut Digest, deployment: &Deployment) {
    let status = &deployment.status;
    digest.add(deployment.resource_version);
    digest.add(deployment.generation as u64);
    digest.add(counts(deployment.spec.replicas, deployment.spec.template.0 as i32));
    digest.add(counts(status.replicas, status.updated));
    digest.add(counts(status.ready, status.available));
    digest.add(counts(status.unavailable, status.terminating.unwrap_or(-1)));
    for condition in status.conditions.iter() {
        digest.add(pair(condition.kind as u32, condition.status as u32));
        digest.add_text(condition.reason.as_str());
        digest.add(condition.last_update.as_nanos() as u64);
    }
}

fn add_replica_set(digest: &mut Digest, replica_set: &ReplicaSet) {
    let status = &replica_set.status;
    digest.add(pair(1, replica_set.id.0));
    digest.add(replica_set.resource_version);
    digest.add(counts(replica_set.replicas, status.replicas));
    digest.add(counts(status.ready, status.available));
    digest.add(counts(status.terminating.unwrap_or(-1), i32::from(status.failure.is_some())));
}

fn add_pod(digest: &mut Digest, pod: &Pod) {
    digest.add(pair(pod.phase as u32, pod.node.map_or(u32::MAX, |node| node.0)));
    digest.add(pod.ready_since.map_or(u64::MAX, |since| since.as_nanos() as u64));
    digest.add(pod.deletion.map_or(u64::MAX, |deletion| deletion.as_nanos() as u64) ^ u64::from(pod.removed));
}
