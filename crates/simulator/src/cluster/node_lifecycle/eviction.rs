//! Eviction by a taint: deletes each pod after its toleration time
//! (`pkg/controller/tainteviction/taint_eviction.go`). Disruption budgets do not apply.

use super::NodeEvent;
use super::health::UNREACHABLE;
use super::node_state::EvictionTaint;
use crate::Span;
use crate::cluster::pod::{NodeId, PodId};
use crate::cluster::world::World;
use crate::model::{TaintEffect, Toleration};
use crate::observe::{Observer, PodReport, Report};

/// Default toleration time of an unreachable node (`plugin/pkg/admission/defaulttolerationseconds`).
const DEFAULT_TOLERATION: Span = Span::from_secs(300);

/// The taint that a user puts on a node that will not come back.
pub(super) const OUT_OF_SERVICE: &str = "node.kubernetes.io/out-of-service";
/// Its value.
pub(super) const OUT_OF_SERVICE_VALUE: &str = "nodeshutdown";

/// How long a pod tolerates a taint without a value and with effect `NoExecute`; `None` is unlimited. Every
/// pod tolerates an unreachable node for the default time unless one of its own tolerations matches.
fn tolerates_for(tolerations: &[Toleration], key: &str, value: &str) -> Option<Span> {
    let about = |toleration: &&Toleration| {
        toleration.key.as_deref().is_none_or(|known| known == key)
            && toleration.effect.is_none_or(|effect| effect == TaintEffect::NoExecute)
    };
    let fits = |toleration: &&Toleration| toleration.value.as_deref().is_none_or(|known| known == value);
    match tolerations.iter().filter(about).find(fits) {
        Some(toleration) => toleration.seconds.map(|seconds| Span::from_secs(seconds.max(0))),
        None if key == UNREACHABLE && !tolerations.iter().any(|own| about(&own)) => Some(DEFAULT_TOLERATION),
        None => Some(Span::ZERO),
    }
}

impl<O: Observer> World<O> {
    /// The eviction controller sees the taint and sets a timer for each pod of the node.
    pub(super) fn await_evictions(&mut self, node: NodeId) {
        let heard = self.node_watch();
        for id in self.residents(node) {
            self.await_eviction_after(id, node, heard);
        }
    }

    /// The same for a pod that is bound to a tainted node.
    pub(super) fn await_eviction(&mut self, id: PodId, node: NodeId) {
        if self.host(node).is_some_and(|host| host.taint != EvictionTaint::None) {
            let heard = self.node_watch();
            self.await_eviction_after(id, node, heard);
        }
    }

    fn await_eviction_after(&mut self, id: PodId, node: NodeId, heard: Span) {
        let Some(host) = self.host(node) else { return };
        let taint = host.taints;
        let (key, value) = match host.taint {
            EvictionTaint::None => return,
            EvictionTaint::Unreachable => (UNREACHABLE, ""),
            EvictionTaint::OutOfService => (OUT_OF_SERVICE, OUT_OF_SERVICE_VALUE),
        };
        let Some(site) = &self.site else { return };
        let tolerations = &site.blueprint(self.api.pod(id).template).tolerations;
        if let Some(tolerated) = tolerates_for(tolerations, key, value) {
            self.after(heard + tolerated, NodeEvent::Evicts(id, taint));
        }
    }

    /// A timer has expired. The pod gets a condition and is then deleted: two calls.
    pub(super) fn evict_by_taint(&mut self, id: PodId, taint: u16) {
        let Some(node) = self.api.pod(id).node else { return };
        if self.host(node).is_none_or(|host| host.taint == EvictionTaint::None || host.taints != taint)
            || !self.api.pod(id).is_active()
        {
            return;
        }
        self.report(Report::Pod(id, PodReport::Evicted));
        self.node_call(|clients| &mut clients.eviction);
        let arrives = self.node_call(|clients| &mut clients.eviction);
        self.at(arrives, NodeEvent::DeletionArrives(id));
    }

    pub(super) fn delete_evicted(&mut self, id: PodId) {
        // The pod may be deleted already.
        let _ = self.commit_pod_deletion(id);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn toleration(key: Option<&str>, effect: Option<TaintEffect>, seconds: Option<i64>) -> Toleration {
        Toleration { key: key.map(str::to_owned), value: None, effect, seconds }
    }

    #[test]
    fn own_tolerations_replace_the_default_of_five_minutes() {
        let own = |toleration: Toleration| tolerates_for(&[toleration], UNREACHABLE, "");
        let seconds = |seconds| Some(Span::from_secs(seconds));
        assert_eq!(tolerates_for(&[], UNREACHABLE, ""), seconds(300));
        let execute = Some(TaintEffect::NoExecute);
        assert_eq!(own(toleration(Some(UNREACHABLE), execute, Some(30))), seconds(30));
        assert_eq!(own(toleration(Some(UNREACHABLE), None, Some(0))), seconds(0));
        assert_eq!(own(toleration(Some(UNREACHABLE), execute, None)), None);
        assert_eq!(own(toleration(None, None, None)), None);
        assert_eq!(own(toleration(Some(UNREACHABLE), Some(TaintEffect::NoSchedule), None)), seconds(300));
        assert_eq!(own(toleration(Some("team"), execute, Some(5))), seconds(300));
        assert_eq!(tolerates_for(&[], OUT_OF_SERVICE, OUT_OF_SERVICE_VALUE), seconds(0));
    }
}
