//! Replay of a recording of the `EndpointSlice` controller: scripted pods, constant latencies, and the very
//! component of a replication.

use super::controller::{EndpointController, SliceContext, SliceEvent, SliceWrite};
use crate::cluster::pod::PodId;
use crate::engine::Calendar;
use crate::model::{ControlPlane, Latency, VerbLatencies};
use crate::observe::SyncEnd;
use crate::{Span, Timestamp};
use ::controller::api::PodPhase;
use ::controller::endpoint_slices::{Endpoint, Operation, PodState};

/// Workers of the controller (`--concurrent-service-endpoint-syncs`).
const WORKERS: u32 = 5;

/// A script of pod changes in front of one Service.
#[derive(Debug, Clone)]
pub struct ScriptedSlices {
    /// Ready pods at the start.
    pub pods: u32,
    /// `publishNotReadyAddresses` of the Service.
    pub publish_not_ready: bool,
    /// Delay of a request.
    pub request: Span,
    /// Delay of an answer.
    pub response: Span,
    /// Delay from a commit to a watcher.
    pub watch: Span,
    /// Limit of a slice.
    pub most_endpoints: u32,
    /// When the Service is created.
    pub created: Timestamp,
    /// The actions in order of time.
    pub actions: Vec<(Timestamp, SliceAction)>,
    /// End of the recording.
    pub until: Timestamp,
}

/// One action of a script.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SliceAction {
    /// A pod is created, Pending and without an IP.
    Create,
    /// Pods change.
    Change(PodChange, Vec<u32>),
    /// Another client takes the first endpoint out of the first slice.
    SliceChanged,
    /// Another client deletes the first slice.
    SliceDeleted,
}

/// A change of a pod.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PodChange {
    /// Running with an IP, not Ready.
    Run,
    /// Ready.
    Ready,
    /// Not Ready.
    Unready,
    /// Deletion timestamp; a finished pod is removed at once.
    Terminate,
    /// The object is removed.
    Gone,
    /// Phase Failed, not Ready.
    Fail,
    /// Phase Succeeded, not Ready.
    Succeed,
    /// The Service selects it no longer.
    Relabel,
}

/// A write that reached the API server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SliceRecord {
    /// When.
    pub at: Timestamp,
    /// What was done.
    pub operation: Operation,
    /// Number of the slice, in order of creation.
    pub slice: u32,
    /// HTTP status code of a refusal.
    pub refused: Option<u16>,
    /// The written endpoints, by pod.
    pub endpoints: Vec<(u32, Endpoint)>,
}

#[derive(Debug, Clone, Copy)]
enum ReplayEvent {
    ServiceSeen,
    Action(u32),
    /// The cache shows a version of a pod.
    PodSeen(u32),
    Slices(SliceEvent),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct ScriptedPod {
    phase: PodPhase,
    state: PodState,
    gone: bool,
}

impl ScriptedPod {
    fn new(phase: PodPhase) -> Self {
        let running = phase == PodPhase::Running;
        let state = PodState { selected: true, has_address: running, ready: running, ..PodState::default() };
        Self { phase, state, gone: false }
    }

    fn change(&mut self, change: PodChange) {
        let state = &mut self.state;
        match change {
            PodChange::Run => {
                self.phase = PodPhase::Running;
                (state.has_address, state.ready) = (true, false);
            }
            PodChange::Ready => state.ready = true,
            PodChange::Unready => state.ready = false,
            PodChange::Terminate if self.phase.is_terminal() => self.gone = true,
            PodChange::Terminate => state.terminating = true,
            PodChange::Gone => self.gone = true,
            PodChange::Fail => (self.phase, state.ready) = (PodPhase::Failed, false),
            PodChange::Succeed => (self.phase, state.ready) = (PodPhase::Succeeded, false),
            PodChange::Relabel => state.selected = false,
        }
        state.terminal = self.phase.is_terminal();
    }
}

/// The surroundings of the controller in a replay.
struct Surroundings<'a> {
    script: &'a ScriptedSlices,
    calendar: Calendar<ReplayEvent>,
    records: Vec<SliceRecord>,
    /// The endpoints of each stored slice; `None` once it is gone.
    slices: Vec<Option<Vec<u32>>>,
}

impl SliceContext for Surroundings<'_> {
    const WANTS_CONTENT: bool = true;

    fn now(&self) -> Timestamp {
        self.calendar.now()
    }

    fn schedule_at(&mut self, at: Timestamp, event: SliceEvent) {
        self.calendar.schedule_at(at, ReplayEvent::Slices(event));
    }

    fn is_running(&self) -> bool {
        true
    }

    fn request(&mut self) -> Span {
        self.script.request
    }

    fn response(&mut self) -> Span {
        self.script.response
    }

    fn watch(&mut self) -> Span {
        self.script.watch
    }

    fn sync_begins(&mut self) {}

    fn sync_ends(&mut self, _: SyncEnd) {}

    fn wrote(&mut self, write: &SliceWrite<'_>) {
        let endpoints: Vec<_> = write.content.iter().map(|(id, endpoint)| (id.0, *endpoint)).collect();
        if write.refused.is_none() {
            let index = write.slice.0 as usize;
            self.slices.resize(self.slices.len().max(index + 1), None);
            let stays = !matches!(write.operation, Operation::Delete(_));
            self.slices[index] = stays.then(|| endpoints.iter().map(|(pod, _)| *pod).collect());
        }
        self.records.push(SliceRecord {
            at: self.now(),
            operation: write.operation,
            slice: write.slice.0,
            refused: write.refused,
            endpoints,
        });
    }
}

/// The writes of the controller under a script.
#[must_use]
pub fn replay_slices(script: &ScriptedSlices) -> Vec<SliceRecord> {
    let settings = ControlPlane {
        request: Latency::Constant(script.request),
        response: Latency::Constant(script.response),
        watch: Latency::Constant(script.watch),
        client_limit: None,
        workers: WORKERS,
        scheduling: Latency::Constant(Span::ZERO),
        verbs: VerbLatencies::default(),
    };
    let mut controller = EndpointController::new(&settings, script.publish_not_ready, script.most_endpoints);
    let mut pods = vec![ScriptedPod::new(PodPhase::Running); script.pods as usize];
    let mut versions: Vec<(u32, ScriptedPod)> = Vec::new();
    let mut cx = Surroundings {
        script,
        calendar: Calendar::new(Timestamp::ZERO),
        records: Vec::new(),
        slices: Vec::new(),
    };
    controller.await_service();
    for index in 0..script.pods {
        controller.see_pod(PodId(index), Some(pods[index as usize].state), &mut cx);
    }
    cx.calendar.schedule_at(script.created + script.watch, ReplayEvent::ServiceSeen);
    for (index, (at, _)) in (0u32..).zip(&script.actions) {
        cx.calendar.schedule_at(*at, ReplayEvent::Action(index));
    }
    while let Some(event) = cx.calendar.pop_until(script.until) {
        match event {
            ReplayEvent::ServiceSeen => controller.service_appears(&mut cx),
            ReplayEvent::Slices(event) => controller.handle(event, &mut cx),
            ReplayEvent::PodSeen(version) => {
                let (index, pod) = versions[version as usize];
                controller.see_pod(PodId(index), (!pod.gone).then_some(pod.state), &mut cx);
            }
            ReplayEvent::Action(index) => {
                let changed = match &script.actions[index as usize].1 {
                    SliceAction::Create => {
                        pods.push(ScriptedPod::new(PodPhase::Pending));
                        vec![pods.len() as u32 - 1]
                    }
                    SliceAction::Change(change, which) => {
                        which.iter().copied().filter(|pod| change_pod(&mut pods, *pod, *change)).collect()
                    }
                    SliceAction::SliceChanged => {
                        write_first_slice(&mut controller, &mut cx, false);
                        Vec::new()
                    }
                    SliceAction::SliceDeleted => {
                        write_first_slice(&mut controller, &mut cx, true);
                        Vec::new()
                    }
                };
                for pod in changed {
                    versions.push((pod, pods[pod as usize]));
                    cx.calendar.schedule(script.watch, ReplayEvent::PodSeen(versions.len() as u32 - 1));
                }
            }
        }
    }
    cx.records
}

/// Changes a pod; returns whether it is another object then.
fn change_pod(pods: &mut [ScriptedPod], pod: u32, change: PodChange) -> bool {
    let Some(pod) = pods.get_mut(pod as usize).filter(|pod| !pod.gone) else { return false };
    let before = *pod;
    pod.change(change);
    *pod != before
}

/// Another client deletes the first slice, or takes its first endpoint.
fn write_first_slice(controller: &mut EndpointController, cx: &mut Surroundings<'_>, deleted: bool) {
    let Some(index) = cx.slices.iter().position(Option::is_some) else { return };
    let Some(content) = &mut cx.slices[index] else { return };
    let count = if deleted { content.len() } else { content.len().min(1) };
    if count == 0 && !deleted {
        return;
    }
    let removed: Vec<PodId> = content.drain(..count).map(PodId).collect();
    if deleted {
        cx.slices[index] = None;
    }
    controller.foreign_write(::controller::endpoint_slices::SliceId(index as u32), &removed, deleted, cx);
}
