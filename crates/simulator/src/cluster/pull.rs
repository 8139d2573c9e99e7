//! Image pulls: one after another on each node, and the back-off of those that fail
//! (`pkg/kubelet/images`).

use super::event::PodStep;
use super::pod::{NodeId, PodId};
use super::world::World;
use crate::Span;
use crate::observe::{Observer, Stage};

/// First window of the image pull back-off; doubles with each failure up to [`LONGEST_PULL_BACKOFF`]
/// (`pkg/kubelet/kubelet.go`, `imageBackOffPeriod` and `MaxImageBackOff`).
const FIRST_PULL_BACKOFF: Span = Span::from_secs(10);
const LONGEST_PULL_BACKOFF: Span = Span::from_secs(300);

/// A pull that fails does so after this time. Assumed: one round trip to a registry and its answer.
const FAILED_PULL: Span = Span::from_millis(600);

/// A pull of an image that has come to the node while it was queued (or is only checked with the
/// registry). Assumed: one round trip.
const CHECKED_PULL: Span = Span::from_millis(200);

impl<O: Observer> World<O> {
    /// Pulls of one node run in the order in which they were asked for.
    pub(super) fn queue_pull(&mut self, id: PodId) {
        let Some(node) = self.node_of(id) else { return };
        self.enter(id, Stage::Pull);
        if let Some(site) = &mut self.site {
            site.nodes[node.index()].pull_queue.push_back(id);
        }
        self.begin_pulls(node);
    }

    fn begin_pulls(&mut self, node: NodeId) {
        loop {
            let Some(site) = &mut self.site else { return };
            let parallel = site.model.cluster.registry.parallel_pulls.max(1);
            let queue = &mut site.nodes[node.index()];
            if queue.pulling >= parallel {
                return;
            }
            let Some(id) = queue.pull_queue.pop_front() else { return };
            if self.api.pod(id).is_active() {
                queue.pulling += 1;
                self.begin_pull(id, node);
            }
        }
    }

    fn begin_pull(&mut self, id: PodId, node: NodeId) {
        let Some(part) = self.part(id) else { return };
        let fails = self.pull_is_hit(id, part.image);
        let Some(site) = &mut self.site else { return };
        let takes = if fails {
            FAILED_PULL
        } else if site.has_image(node, part.image) {
            CHECKED_PULL
        } else {
            let slots = self.streams.named_slots("pull", site.images.name(part.image), u64::from(node.0));
            site.images.behaviour(part.image).pull.at(slots.uniform(0))
        };
        site.lives[id.index()].pull_fails = fails;
        self.step_after(id, takes, PodStep::PullEnds);
    }

    pub(super) fn pull_ends(&mut self, id: PodId) {
        let (Some(node), Some(part)) = (self.node_of(id), self.part(id)) else { return };
        let alive = self.api.pod(id).is_active();
        let Some(site) = &mut self.site else { return };
        let failed = site.lives[id.index()].pull_fails;
        let host = &mut site.nodes[node.index()];
        host.pulling -= 1;
        if !failed {
            host.keep_image(part.image);
        }
        match (alive, failed) {
            (true, true) => self.back_off_pull(id),
            (true, false) => self.start_container(id),
            (false, _) => {}
        }
        self.begin_pulls(node);
    }

    /// Attempts within the window fail at once. The next one is the first sync of the pod outside of it: windows
    /// of 10, 20, 40 s and so on against syncs every 10 to 16 s, so attempts come at about 0, 10-16, 35, 80,
    /// 165 s.
    fn back_off_pull(&mut self, id: PodId) {
        let now = self.now();
        let Some(worker) = self.worker(id) else { return };
        let failures = worker.count_pull_failure();
        let doublings = u32::from(failures - 1).min(10);
        let window = Span::from_nanos(FIRST_PULL_BACKOFF.as_nanos() << doublings).min(LONGEST_PULL_BACKOFF);
        self.pull_failed(id, now + window);
    }
}
