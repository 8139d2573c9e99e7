//! The scheduler: one pod after another gets the best node that takes it (`pkg/scheduler`).

mod affinity;
mod autoscaler;
mod choice;
mod nodes;
mod obstacle;
mod queue;
mod rules;
mod tally;

pub use affinity::admits;
pub use queue::Change;
pub(super) use rules::Rules;
pub(super) use tally::Tallies;

use crate::cluster::event::{Event, SchedulingEvent};
use crate::cluster::pod::{NodeId, PodId};
use crate::cluster::rate::TokenBucket;
use crate::cluster::world::World;
use crate::observe::{Observer, PodReport, PodsQueued, Report, Stage};
use crate::{Span, Timestamp};
use autoscaler::Autoscaler;
use controller::api::TemplateId;
use queue::{Helps, Queue};

/// Time of one scheduling cycle without its binding, which runs in the background. Assumed: the
/// published throughput benchmarks of the scheduler lie at some hundreds of pods per second.
const CYCLE: Span = Span::from_millis(2);

/// The queue is looked through for pods that have waited for very long once in this time
/// (`flushUnschedulablePodsLeftover`, `pkg/scheduler/backend/queue/scheduling_queue.go`).
const LEFT_OVER_PERIOD: Span = Span::from_secs(30);

/// The scheduler.
#[derive(Debug, Clone)]
pub(super) struct Scheduler {
    queue: Queue,
    busy: bool,
    /// 50 requests per second, burst 100 (`pkg/scheduler/apis/config/v1/defaults.go`).
    client: TokenBucket,
    /// A look for what is left over is on the calendar.
    flush_expected: bool,
    /// No node takes a pod of this template as long as nothing has changed (by the pools' version).
    hopeless: Option<(TemplateId, u64)>,
    autoscaler: Autoscaler,
}

impl Default for Scheduler {
    fn default() -> Self {
        Self {
            queue: Queue::default(),
            busy: false,
            client: TokenBucket::new(50.0, 100),
            flush_expected: false,
            hopeless: None,
            autoscaler: Autoscaler::default(),
        }
    }
}

impl Scheduler {
    pub(super) fn reset(&mut self) {
        self.queue.reset();
        self.busy = false;
        self.client.refill();
        self.flush_expected = false;
        self.hopeless = None;
        self.autoscaler.reset();
    }

    /// How many pods wait, and for what.
    pub(super) fn depth(&self) -> PodsQueued {
        self.queue.depth()
    }
}

impl<O: Observer> World<O> {
    pub(in super::super) fn scheduling_event(&mut self, event: SchedulingEvent) {
        match event {
            SchedulingEvent::Hears(change) => self.scheduler_hears(change),
            SchedulingEvent::LooksForLeftOver => self.flush_left_over(),
            SchedulingEvent::AutoscalerLooks => self.autoscaler_looks(),
            SchedulingEvent::NodeJoins(pool) => self.node_joins(usize::from(pool)),
        }
    }

    /// The scheduler's watch shows a pod without a node.
    pub(in super::super) fn scheduler_sees(&mut self, pod: PodId) {
        let now = self.now();
        let template = self.api.pod(pod).template;
        let Some(site) = &mut self.site else { return };
        let priority = site.blueprint(template).priority;
        site.scheduler.queue.add(pod, priority, now);
        self.wake_scheduler();
    }

    fn wake_scheduler(&mut self) {
        let Some(site) = &mut self.site else { return };
        if !site.scheduler.busy && site.scheduler.queue.has_work() {
            site.scheduler.busy = true;
            self.calendar.schedule(CYCLE, Event::SchedulingCycle);
        }
    }

    /// One cycle: choose a node and assume the pod there; the binding follows on its own.
    pub(in super::super) fn scheduling_cycle(&mut self) {
        let now = self.now();
        let Some(site) = &mut self.site else { return };
        site.scheduler.busy = false;
        if let Some(waiting) = site.scheduler.queue.pop(now) {
            let id = waiting.pod;
            let pod = self.api.pod(id);
            if pod.is_active() && pod.node.is_none() {
                let template = pod.template;
                if let Some(node) = site.find_node(template) {
                    site.occupy(id, template, node);
                    let sent = site.scheduler.client.reserve(now);
                    let takes = self.settings.scheduling.next(&mut self.latency.scheduler);
                    self.calendar.schedule_at(sent + takes, Event::Binding(id));
                } else {
                    let helped_by = site.what_helps(template);
                    site.scheduler.queue.fail(waiting, helped_by, now);
                    self.enter(id, Stage::NoRoom);
                    self.report_no_room(id, template);
                    self.expect_left_over();
                    self.call_autoscaler();
                }
            }
        }
        self.wake_scheduler();
    }

    /// Says why no node takes a pod: of each node the first thing that keeps the pod away.
    fn report_no_room(&mut self, id: PodId, template: TemplateId) {
        if O::LISTENS
            && let Some(site) = &self.site
        {
            let reasons = site.obstacles(template);
            self.report(Report::Pod(id, PodReport::Unschedulable { reasons }));
        }
    }

    /// The binding reaches the API server.
    pub(in super::super) fn bind(&mut self, id: PodId) {
        let Some(site) = &self.site else { return };
        let Some(node) = site.lives[id.index()].assumed_on else { return };
        if !self.api.pod(id).is_active() {
            return self.leave_node(id);
        }
        self.commit_pod(id, |pod| pod.node = Some(node));
        self.report(Report::Pod(id, PodReport::Scheduled(node)));
        self.pod_comes_to_node(id, node);
        let heard = self.settings.watch.next(&mut self.latency.watch);
        self.calendar.schedule(heard, Event::KubeletSees(id));
        self.tell_scheduler_of(Change::PodBound);
    }

    /// A pod no longer takes room on its node: it is gone or has ended. Pods that found no place are
    /// tried again when the scheduler hears of it.
    pub(in super::super) fn leave_node(&mut self, id: PodId) {
        let pod = *self.api.pod(id);
        let Some(site) = &mut self.site else { return };
        if site.vacate(id, pod.template, pod.deletion.is_some()) {
            self.tell_scheduler_of(Change::PodGone);
        }
    }

    /// A pod begins to terminate: it keeps its room, but no longer counts where pods are spread.
    pub(in super::super) fn pod_terminates(&mut self, id: PodId) {
        let template = self.api.pod(id).template;
        let Some(site) = &mut self.site else { return };
        if !site.tallies.is_empty()
            && let Some(node) = site.lives[id.index()].assumed_on
        {
            site.tallies.terminates(template, node, site.nodes[node.index()].pool);
            site.pools.version += 1;
        }
    }

    /// The scheduler hears of a change one watch delay later, if it can help any pod.
    fn tell_scheduler_of(&mut self, change: Change) {
        if self.site.as_ref().is_some_and(|site| site.scheduler.queue.waits_for(change)) {
            let heard = self.settings.watch.next(&mut self.latency.watch);
            self.calendar.schedule(heard, Event::Scheduling(SchedulingEvent::Hears(change)));
        }
    }

    fn scheduler_hears(&mut self, change: Change) {
        let now = self.now();
        let Some(site) = &mut self.site else { return };
        site.scheduler.queue.wake(change, now);
        self.wake_scheduler();
    }

    /// Makes sure that pods which have waited for very long are looked for.
    fn expect_left_over(&mut self) {
        let Some(site) = &mut self.site else { return };
        let scheduler = &mut site.scheduler;
        if let Some(due) = scheduler.queue.left_over_at().filter(|_| !scheduler.flush_expected) {
            scheduler.flush_expected = true;
            let phase = self.streams.named_slots("loop", "scheduler", 0).uniform(0);
            let look = next_round(site.start, LEFT_OVER_PERIOD, phase, due);
            self.calendar.schedule_at(look, Event::Scheduling(SchedulingEvent::LooksForLeftOver));
        }
    }

    fn flush_left_over(&mut self) {
        let now = self.now();
        let Some(site) = &mut self.site else { return };
        site.scheduler.flush_expected = false;
        site.scheduler.queue.flush_left_over(now);
        self.expect_left_over();
        self.wake_scheduler();
    }

    /// The node a pod was given, for the nodes' own affairs.
    pub(in super::super) fn node_of(&self, id: PodId) -> Option<NodeId> {
        self.api.pod(id).node
    }
}

impl super::site::Site {
    /// The best node for a pod of the template. That there is none need not be found out twice.
    fn find_node(&mut self, template: TemplateId) -> Option<NodeId> {
        let version = self.pools.version;
        if self.scheduler.hopeless == Some((template, version)) {
            return None;
        }
        let node = self.choose_node(template);
        if node.is_none() {
            self.scheduler.hopeless = Some((template, version));
        }
        node
    }

    /// What may help a pod of the template that no node takes.
    fn what_helps(&self, template: TemplateId) -> Helps {
        Helps {
            pod_goes: self.some_node_is_open(template),
            pod_comes: self.blueprint(template).rules.spread_matters(),
        }
    }
}

/// The first round after `at` of a loop whose phase is drawn once in a run.
fn next_round(start: Timestamp, period: Span, phase: f64, at: Timestamp) -> Timestamp {
    let first = start + Span::from_secs_f64(period.as_secs_f64() * phase);
    let rounds = at.since(first).as_nanos().div_euclid(period.as_nanos()) + 1;
    first + Span::from_nanos(period.as_nanos() * rounds)
}

#[cfg(test)]
mod tests;
