//! What the kubelet thinks of its pods, and how the API server hears of it (`pkg/kubelet/status`).

use super::Worker;
use super::container::{Container, Process};
use crate::Timestamp;
use crate::cluster::event::{Event, PodStep};
use crate::cluster::pod::{NodeId, Pod, PodId};
use crate::cluster::rate::TokenBucket;
use crate::cluster::site::Part;
use crate::cluster::world::World;
use crate::model::{Resource, Verb};
use crate::observe::{Observer, PodReport, Report, Stage};
use controller::api::PodPhase;

/// Requests per second and burst of a kubelet's client (`kubeAPIQPS`, `kubeAPIBurst`;
/// `pkg/kubelet/apis/config/v1beta1/defaults.go`).
const CLIENT_LIMIT: (f64, u32) = (50.0, 100);

/// The part of a pod's status that the simulation knows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Status {
    pub(super) phase: PodPhase,
    /// When the kubelet saw the pod become Ready, if it is.
    pub(super) ready_since: Option<Timestamp>,
    pub(super) restarts: u32,
    /// It waits to be sent, or is on its way.
    pub(super) is_queued: bool,
}

impl Default for Status {
    fn default() -> Self {
        Self { phase: PodPhase::Pending, ready_since: None, restarts: 0, is_queued: false }
    }
}

impl Status {
    pub(super) const fn of(pod: &Pod) -> Self {
        Self { phase: pod.phase, ready_since: pod.ready_since, restarts: pod.restarts, is_queued: false }
    }
}

/// One status after another goes from a node to the API server.
#[derive(Debug, Clone)]
pub(in super::super) struct Lane {
    /// When the answer to the last one is back.
    free: Timestamp,
    client: TokenBucket,
}

impl Default for Lane {
    fn default() -> Self {
        Self { free: super::container::LONG_AGO, client: TokenBucket::new(CLIENT_LIMIT.0, CLIENT_LIMIT.1) }
    }
}

impl<O: Observer> World<O> {
    /// What a sync or a probe has changed is sent; what is unchanged is not.
    pub(super) fn refresh_status(&mut self, id: PodId) {
        let now = self.now();
        if self.worker(id).is_some_and(|mut worker| worker.refresh_status(now)) {
            self.send_status(id);
        }
    }

    /// A status update is a GET and a PATCH. The next pod's turn comes when the answer is back.
    pub(in super::super) fn send_status(&mut self, id: PodId) {
        let Some(node) = self.node_of(id) else { return };
        self.note_unheard(id);
        let Some(life) = self.life_mut(id) else { return };
        if std::mem::replace(&mut life.status.is_queued, true) {
            // It has not left yet; what it will say is what is true then.
            return;
        }
        let [get, patch] = [Verb::Get, Verb::Patch]
            .map(|verb| (self.way_there(Resource::Pods, verb), self.way_back(Resource::Pods, verb)));
        let now = self.now();
        let Some(lane) = self.lane(node) else { return };
        let asked = lane.client.reserve(now.max(lane.free));
        let written = lane.client.reserve(asked + get.0 + get.1) + patch.0;
        lane.free = written + patch.1;
        self.calendar.schedule_at(written, Event::Pod(id, PodStep::StatusArrives));
    }

    /// A pod that is Ready waits for its node, if nobody can hear that.
    fn note_unheard(&mut self, id: PodId) {
        let ready = self.life(id).is_some_and(|life| life.status.ready_since.is_some());
        if ready && !self.api.pod(id).is_ready() && self.is_out_of_contact(id) {
            self.enter(id, Stage::NodeLost);
        }
    }

    fn lane(&mut self, node: NodeId) -> Option<&mut Lane> {
        let lanes = &mut self.site.as_mut()?.lanes;
        if node.index() >= lanes.len() {
            lanes.resize_with(node.index() + 1, Lane::default);
        }
        lanes.get_mut(node.index())
    }

    pub(super) fn status_arrives(&mut self, id: PodId) {
        let Some(worker) = self.worker(id) else { return };
        worker.life.status.is_queued = false;
        let status = worker.life.status;
        let all_run = worker
            .containers
            .iter()
            .zip(worker.parts)
            .all(|(container, part)| part.runs_to_end || container.shown);
        if O::LISTENS {
            let ready = worker.ready_containers();
            self.report(Report::Pod(id, PodReport::Containers { ready }));
        }
        let before = *self.api.pod(id);
        if before.phase.is_terminal() {
            return;
        }
        let ready_since = status.ready_since.map(|since| self.on_the_clock_of(id, since).stored());
        self.commit_pod(id, |pod| {
            pod.phase = status.phase;
            pod.ready_since = ready_since;
            pod.restarts = status.restarts;
        });
        let ready = status.ready_since.is_some();
        if self.api.pod(id).is_active() {
            if ready {
                self.enter(id, Stage::Ready);
            } else if all_run {
                self.enter(id, Stage::Probe);
            }
        }
        if ready != before.is_ready() {
            self.readiness_published(id, ready);
        }
    }

    /// All containers have ended for good.
    pub(super) fn publish_stopped(&mut self, id: PodId) {
        let failed = self.life(id).is_some_and(|life| life.ends_badly);
        self.commit_pod(id, |pod| {
            pod.phase = if failed { PodPhase::Failed } else { PodPhase::Succeeded };
            pod.ready_since = None;
        });
    }
}

impl Worker<'_> {
    /// Brings the status up to date; returns whether anything changed.
    pub(super) fn refresh_status(&mut self, now: Timestamp) -> bool {
        let status = self.status(now);
        std::mem::replace(&mut self.life.status, status) != status
    }

    /// Containers of the application, and sidecars, that are ready.
    fn ready_containers(&self) -> u16 {
        let is_ready = |(container, part): &(&Container, &Part)| {
            !part.runs_to_end
                && container.shown
                && container.started
                && (container.ready || part.readiness.is_none())
        };
        self.containers.iter().zip(self.parts).filter(|pair| is_ready(&(pair.0, pair.1))).count() as u16
    }

    /// What the kubelet thinks of the pod.
    fn status(&self, now: Timestamp) -> Status {
        let apps = || self.containers.iter().zip(self.parts).filter(|(_, part)| !part.runs_to_end);
        let ready = apps().all(|(container, part)| {
            container.shown && container.started && (container.ready || part.readiness.is_none())
        });
        let ran = apps().all(|(container, part)| part.is_init || container.ran);
        let restarts = self.containers.iter().map(|container| {
            let hidden = container.process == Process::Running && !container.seen;
            (container.starts - u32::from(hidden && container.starts > 0)).saturating_sub(1)
        });
        Status {
            phase: if ran { PodPhase::Running } else { PodPhase::Pending },
            ready_since: ready.then(|| self.life.status.ready_since.unwrap_or(now)),
            restarts: restarts.sum(),
            ..self.life.status
        }
    }
}
