//! Image pulls: the queue of each node, duration and result of a pull (`pkg/kubelet/images`).
//!
//! The kubelet calls [`queue_pull`](World::queue_pull) for the image of a pod's current container. The end of
//! the pull calls [`start_container`](World::start_container) or, with the end of the back-off,
//! [`pull_failed`](World::pull_failed).

mod back_off;
mod bandwidth;
mod limits;
mod slow;

use back_off::BackOffs;
use bandwidth::SharedBandwidth;
use limits::Limits;

use super::event::PodEvent;
use super::pod::{NodeId, PodId};
use super::rate::TokenBucket;
use super::site::ImageId;
use super::world::World;
use crate::model::{Model, PullFailure};
use crate::observe::{Observer, PodReport, PullTrouble, PullsQueued, Stage};
use crate::{Span, Timestamp};
use std::collections::VecDeque;

/// Time until the registry refuses a pull. Assumed: one round trip to the registry and one to its token
/// issuer.
const REFUSED: Span = Span::from_millis(600);

/// Duration of a pull of an image that became present while it was queued, or that is only checked with the
/// registry; also of a refused connection. Assumed: one round trip.
const CHECKED: Span = Span::from_millis(200);

/// Time until the dial of an unresponsive registry fails: the dial timeout of container runtimes (containerd,
/// `core/remotes/docker/config/hosts.go`).
const DIAL_TIMEOUT: Span = Span::from_secs(30);

/// Shared state of the pulls of all nodes.
#[derive(Debug, Clone, Default)]
pub(super) struct Pulls {
    pub(super) back_offs: BackOffs,
    pub(super) limits: Limits,
    pub(super) wire: SharedBandwidth,
}

impl Pulls {
    pub(super) fn reset(&mut self, model: &Model, start: Timestamp) {
        let registry = &model.cluster.registry;
        self.back_offs.reset();
        self.limits.reset(registry.rate_limit, start);
        self.wire.reset(registry.bandwidth);
    }
}

/// The pulls of one node.
#[derive(Debug, Clone, Default)]
pub(super) struct NodePulls {
    under_way: Vec<Pull>,
    /// Pods with a queued pull, and the image of each.
    queue: VecDeque<(PodId, ImageId)>,
    /// `registryPullQPS` and `registryBurst` of the kubelet; created at the first pull.
    qps: Option<TokenBucket>,
}

impl NodePulls {
    pub(super) fn reset(&mut self) {
        self.under_way.clear();
        self.queue.clear();
        self.qps = None;
    }

    /// Number of pulls that wait, and that are in progress.
    pub(super) fn depth(&self) -> PullsQueued {
        PullsQueued { waiting: self.queue.len() as u32, under_way: self.under_way.len() as u32 }
    }
}

/// A pull in progress.
#[derive(Debug, Clone, Copy)]
struct Pull {
    pod: PodId,
    image: ImageId,
    begun: Timestamp,
    /// Its predicted end; [`Timestamp::MAX`] if it is unknown.
    ends: Timestamp,
    how: PullCourse,
}

#[derive(Debug, Clone, Copy, PartialEq)]
enum PullCourse {
    /// It fails.
    Fails(PullTrouble),
    /// The image is present: the registry only confirms it.
    Checks,
    /// It downloads the image; `slowed` multiplies the usual time.
    Downloads { slowed: f64 },
    /// Another pull of the node downloads the same image.
    Follows,
}

impl<O: Observer> World<O> {
    /// Queues a pull. The pulls of one node run in order of request.
    pub(super) fn queue_pull(&mut self, id: PodId) {
        let (Some(node), Some(part)) = (self.node_of(id), self.part(id)) else { return };
        self.enter(id, Stage::Pull);
        self.report_on_container(id, PodReport::Pulling);
        if let Some(site) = &mut self.site {
            site.nodes[node.index()].puller.queue.push_back((id, part.image));
        }
        self.begin_pulls(node);
    }

    fn begin_pulls(&mut self, node: NodeId) {
        loop {
            let Some(site) = &mut self.site else { return };
            let parallel = site.model.cluster.registry.parallel_pulls.max(1) as usize;
            let puller = &mut site.nodes[node.index()].puller;
            if puller.under_way.len() >= parallel {
                return;
            }
            let Some((id, image)) = puller.queue.pop_front() else { return };
            if self.api.pod(id).is_active() {
                self.begin_pull(id, image, node);
            }
        }
    }

    fn begin_pull(&mut self, id: PodId, image: ImageId, node: NodeId) {
        let now = self.now();
        let (how, takes) = self.course_of_pull(id, image, node);
        let shared = matches!(how, PullCourse::Downloads { .. })
            && self.site.as_ref().is_some_and(|site| site.pulls.wire.is_shared());
        let known = how != PullCourse::Follows && !shared;
        let ends = if known { now + takes } else { Timestamp::MAX };
        if let Some(site) = &mut self.site {
            site.nodes[node.index()].puller.under_way.push(Pull { pod: id, image, begun: now, ends, how });
        }
        if known {
            self.step_after(id, takes, PodEvent::PullEnds);
        } else if shared {
            self.begin_transfer(id, image, node, takes);
        }
    }

    /// The course of a pull that begins now, and its duration without further changes; with shared bandwidth,
    /// the time before its download begins.
    fn course_of_pull(&mut self, id: PodId, image: ImageId, node: NodeId) -> (PullCourse, Span) {
        if self.kubelet_throttles(node) {
            return (PullCourse::Fails(PullTrouble::Throttled), Span::ZERO);
        }
        if let Some(failure) = self.pull_is_hit(id, image) {
            return (PullCourse::Fails(PullTrouble::Registry(failure)), time_to_fail(failure));
        }
        let Some(site) = &self.site else { return (PullCourse::Fails(PullTrouble::Throttled), Span::ZERO) };
        if site.has_image(node, image) {
            return (PullCourse::Checks, CHECKED);
        }
        let downloads = |pull: &Pull| pull.image == image && matches!(pull.how, PullCourse::Downloads { .. });
        if site.nodes[node.index()].puller.under_way.iter().any(downloads) {
            return (PullCourse::Follows, CHECKED);
        }
        if self.registry_is_exhausted() {
            return (PullCourse::Fails(PullTrouble::TooManyRequests), REFUSED);
        }
        let slowed = self.slowing_factor(id, image, self.now());
        let delay = self.pull_delay(id, image);
        let how = PullCourse::Downloads { slowed };
        if self.site.as_ref().is_some_and(|site| site.pulls.wire.is_shared()) {
            return (how, delay);
        }
        (how, delay + stretched(self.time_alone(image, node), slowed))
    }

    /// Duration of a download that has the whole bandwidth.
    fn time_alone(&self, image: ImageId, node: NodeId) -> Span {
        let Some(site) = &self.site else { return Span::ZERO };
        let number = site.nodes[node.index()].number;
        let slots = self.streams.named_slots("pull", site.images.name(image), number);
        let own = slots.uniform(0);
        site.images.behaviour(image).pull.at_layered(own, || self.shared_draw_on("pull", number, own))
    }

    /// A pull ends, unless it was postponed meanwhile.
    pub(super) fn pull_ends(&mut self, id: PodId) {
        let now = self.now();
        let Some(node) = self.node_of(id) else { return };
        let alive = self.api.pod(id).is_active();
        let Some(site) = &mut self.site else { return };
        let host = &mut site.nodes[node.index()];
        let due = |pull: &Pull| pull.pod == id && pull.ends <= now;
        let Some(place) = host.puller.under_way.iter().position(due) else { return };
        let pull = host.puller.under_way.remove(place);
        let trouble = match pull.how {
            PullCourse::Fails(trouble) => Some(trouble),
            _ => None,
        };
        if trouble.is_none() {
            host.keep_image(pull.image);
            self.end_followers(node, pull.image);
        }
        match (alive, trouble) {
            (true, Some(trouble)) => {
                self.report_on_container(id, |container| PodReport::PullFailed { container, trouble });
                self.back_off_pull(id, pull.image);
            }
            (true, None) => {
                let took = now.since(pull.begun);
                self.report_on_container(id, |container| PodReport::Pulled { container, took });
                self.start_container(id);
            }
            (false, _) => {}
        }
        self.begin_pulls(node);
    }

    /// A node goes down and loses all of its pulls.
    pub(super) fn forget_pulls(&mut self, node: NodeId) {
        let now = self.now();
        let Some(site) = &mut self.site else { return };
        let puller = &mut site.nodes[node.index()].puller;
        for pull in &puller.under_way {
            site.pulls.wire.remove(now, pull.pod);
        }
        puller.reset();
        if site.pulls.wire.is_shared() {
            self.expect_next_end();
        }
    }

    /// Pulls that waited for another download of their image only need a check.
    fn end_followers(&mut self, node: NodeId, image: ImageId) {
        let ends = self.now() + CHECKED;
        let Some(site) = &mut self.site else { return };
        let under_way = &mut site.nodes[node.index()].puller.under_way;
        let follows = |pull: &&mut Pull| pull.image == image && pull.how == PullCourse::Follows;
        for pull in under_way.iter_mut().filter(follows) {
            (pull.how, pull.ends) = (PullCourse::Checks, ends);
            let event = super::event::Event::Pod(pull.pod, PodEvent::PullEnds);
            self.calendar.schedule_at(ends, event);
        }
    }
}

/// Time until a pull fails.
const fn time_to_fail(failure: PullFailure) -> Span {
    match failure {
        PullFailure::NotFound | PullFailure::Unauthorised => REFUSED,
        PullFailure::ConnectionRefused => CHECKED,
        PullFailure::RegistryDown => DIAL_TIMEOUT,
    }
}

fn stretched(span: Span, factor: f64) -> Span {
    if factor > 1.0 { Span::from_secs_f64(span.as_secs_f64() * factor) } else { span }
}

#[cfg(test)]
mod tests;
