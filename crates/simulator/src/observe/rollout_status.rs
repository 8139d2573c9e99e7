//! The results of `kubectl rollout status`
//! (`staging/src/k8s.io/kubectl/pkg/polymorphichelpers/rollout_status.go`).

use super::rollout::is_exceeded;
use crate::record::RolloutStatusRecord;
use controller::api::Deployment;

/// Two users watch the rollout: one from the first change of the template, one restarted at each change. Both
/// read every version of the Deployment, as `kubectl` does without `--timeout`.
#[derive(Debug, Clone, Default)]
pub(super) struct RolloutStatus {
    is_watched: bool,
    record: RolloutStatusRecord,
}

impl RolloutStatus {
    /// The template was changed. Its version is never the last one: its generation has not been observed.
    pub(super) fn template_changed(&mut self) {
        self.is_watched = true;
        self.record.after_last_change = None;
    }

    /// The Deployment was written. A command that has ended reads nothing.
    pub(super) fn deployment(&mut self, deployment: &Deployment) {
        if self.is_watched
            && let Some(code) = exit_code(deployment)
        {
            self.record.after_first_change.get_or_insert(code);
            self.record.after_last_change.get_or_insert(code);
        }
    }

    pub(super) const fn finish(&self) -> RolloutStatusRecord {
        self.record
    }
}

/// The exit code of `kubectl rollout status` on this object; `None` if it waits. Terminating pods and pauses
/// do not matter.
pub(super) fn exit_code(deployment: &Deployment) -> Option<u8> {
    let status = &deployment.status;
    if deployment.generation > status.observed_generation {
        return None;
    }
    if is_exceeded(deployment) {
        return Some(1);
    }
    let is_done = status.updated >= deployment.spec.replicas
        && status.replicas <= status.updated
        && status.available >= status.updated;
    is_done.then_some(0)
}
