//! The scheduler: one pod after another gets the emptiest node that takes it (`pkg/scheduler`).

use super::event::Event;
use super::pod::{NodeId, PodId};
use super::rate::TokenBucket;
use super::world::World;
use crate::Span;
use crate::observe::{Observer, Stage};
use std::collections::VecDeque;

/// Time of one scheduling cycle without its binding, which runs in the background. Assumed: the
/// published throughput benchmarks of the scheduler lie at some hundreds of pods per second.
const CYCLE: Span = Span::from_millis(2);

/// Queue of the scheduler.
#[derive(Debug, Clone)]
pub(super) struct Scheduler {
    active: VecDeque<PodId>,
    unschedulable: Vec<PodId>,
    busy: bool,
    /// 50 requests per second, burst 100 (`pkg/scheduler/apis/config/v1/defaults.go`).
    client: TokenBucket,
}

impl Default for Scheduler {
    fn default() -> Self {
        let client = TokenBucket::new(50.0, 100);
        Self { active: VecDeque::new(), unschedulable: Vec::new(), busy: false, client }
    }
}

impl Scheduler {
    pub(super) fn reset(&mut self) {
        self.active.clear();
        self.unschedulable.clear();
        self.busy = false;
        self.client.refill();
    }
}

impl<O: Observer> World<O> {
    /// The scheduler's watch shows a pod without a node.
    pub(super) fn scheduler_sees(&mut self, pod: PodId) {
        let Some(site) = &mut self.site else { return };
        site.scheduler.active.push_back(pod);
        self.wake_scheduler();
    }

    fn wake_scheduler(&mut self) {
        let Some(site) = &mut self.site else { return };
        if !site.scheduler.busy && !site.scheduler.active.is_empty() {
            site.scheduler.busy = true;
            self.calendar.schedule(CYCLE, Event::SchedulingCycle);
        }
    }

    /// One cycle: choose a node and assume the pod there; the binding follows on its own.
    pub(super) fn scheduling_cycle(&mut self) {
        let now = self.now();
        let Some(site) = &mut self.site else { return };
        site.scheduler.busy = false;
        if let Some(id) = site.scheduler.active.pop_front() {
            let pod = self.api.pod(id);
            if pod.is_active() && pod.node.is_none() {
                let blueprint = &site.blueprints[pod.template.0 as usize];
                match site.pools.choose(&site.model, &site.nodes, blueprint) {
                    Some(node) => {
                        let requests = blueprint.requests;
                        site.pools.change(&site.model, &mut site.nodes, node, requests, 1, &mut site.chance);
                        site.lives[id.index()].assumed_on = Some(node);
                        let sent = site.scheduler.client.reserve(now);
                        let takes = self.settings.scheduling.next(&mut self.latency.scheduler);
                        self.calendar.schedule_at(sent + takes, Event::Binding(id));
                    }
                    None => self.found_no_room(id),
                }
            }
        }
        self.wake_scheduler();
    }

    /// The pod is tried again when room has become free somewhere.
    fn found_no_room(&mut self, id: PodId) {
        if let Some(site) = &mut self.site {
            site.scheduler.unschedulable.push(id);
        }
        self.enter(id, Stage::NoRoom);
    }

    /// The binding reaches the API server.
    pub(super) fn bind(&mut self, id: PodId) {
        let Some(site) = &self.site else { return };
        let Some(node) = site.lives[id.index()].assumed_on else { return };
        if !self.api.pod(id).is_active() {
            return self.leave_node(id);
        }
        self.commit_pod(id, |pod| pod.node = Some(node));
        let heard = self.settings.watch.next(&mut self.latency.watch);
        self.calendar.schedule(heard, Event::KubeletSees(id));
    }

    /// A pod no longer takes room on its node: it is gone or has ended. Pods that found no place are
    /// tried again when the scheduler hears of it.
    pub(super) fn leave_node(&mut self, id: PodId) {
        let template = self.api.pod(id).template;
        let Some(site) = &mut self.site else { return };
        let Some(node) = site.lives[id.index()].assumed_on.take() else { return };
        let requests = site.blueprints[template.0 as usize].requests;
        site.pools.change(&site.model, &mut site.nodes, node, requests, -1, &mut site.chance);
        if !site.scheduler.unschedulable.is_empty() {
            let heard = self.settings.watch.next(&mut self.latency.watch);
            self.calendar.schedule(heard, Event::RoomOnNode);
        }
    }

    pub(super) fn retry_unschedulable(&mut self) {
        let Some(site) = &mut self.site else { return };
        let scheduler = &mut site.scheduler;
        scheduler.active.extend(scheduler.unschedulable.drain(..));
        self.wake_scheduler();
    }

    /// The node a pod was given, for the nodes' own affairs.
    pub(super) fn node_of(&self, id: PodId) -> Option<NodeId> {
        self.api.pod(id).node
    }
}
