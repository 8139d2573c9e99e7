//! When `helm upgrade --wait` ends (`helm/helm`, `pkg/kube/ready.go`, `deploymentReady`; `pkg/kube/wait.go`).

use crate::cluster::ApiServer;
use crate::record::HelmWaitRecord;
use crate::{Span, Timestamp};
use controller::api::TemplateId;

/// Time between two looks.
const POLL: Span = Span::from_secs(2);

/// `--timeout` if none is given.
const TIMEOUT: Span = Span::from_secs(300);

/// A user whose `helm upgrade --wait` makes the first change of the template.
///
/// The command looks every two seconds. It is content with as many Ready pods of the new `ReplicaSet` as the Deployment
/// wants less maxUnavailable, whatever old pods there are; a paused Deployment counts as ready.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct HelmWait {
    /// The template before the first change.
    template: Option<TemplateId>,
    began: Option<Timestamp>,
    next_look: Timestamp,
    /// Whether a look now would find the Deployment ready.
    is_ready: bool,
    record: HelmWaitRecord,
}

impl HelmWait {
    pub(super) fn begin(&mut self, api: &ApiServer) {
        *self = Self { template: template(api), ..Self::default() };
    }

    /// The Deployment or one of its `ReplicaSet`s was written.
    pub(super) fn written(&mut self, now: Timestamp, api: &ApiServer) {
        if self.began.is_none() && template(api) != self.template {
            (self.began, self.next_look) = (Some(now), now);
        }
        if self.began.is_some() && self.record.exit.is_none() {
            self.look_before(now);
            self.is_ready = is_ready(api);
        }
    }

    /// The looks before a moment, at which nothing had changed since the last write.
    fn look_before(&mut self, now: Timestamp) {
        let Some(began) = self.began else { return };
        while self.record.exit.is_none() && self.next_look < now {
            let after = self.next_look.since(began);
            if self.is_ready {
                self.record = HelmWaitRecord { after: Some(after), exit: Some(0) };
            } else if after >= TIMEOUT {
                self.record = HelmWaitRecord { after: Some(after), exit: Some(1) };
            }
            self.next_look += POLL;
        }
    }

    /// How the command ended by the end of the observation.
    pub(super) fn finish(&mut self, end: Timestamp) -> HelmWaitRecord {
        self.look_before(end + Span::from_nanos(1));
        self.record
    }
}

fn template(api: &ApiServer) -> Option<TemplateId> {
    api.deployment.as_ref().map(|deployment| deployment.spec.template)
}

fn is_ready(api: &ApiServer) -> bool {
    let Some(deployment) = &api.deployment else { return false };
    if deployment.spec.paused {
        return true;
    }
    let mut sets = api.existing_replica_sets();
    let Some(new) = sets.find(|set| set.template == deployment.spec.template) else { return false };
    deployment.status.observed_generation == deployment.generation
        && new.status.ready >= deployment.spec.replicas - deployment.max_unavailable()
}
