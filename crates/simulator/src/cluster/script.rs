//! Scripted nodes and actions: they replace kubelets, scheduler and user in the replay of a recording.
//!
//! All other parts are the same as in every replication: API server, watches, queues and controllers.

use super::control_plane::Disturbance;
use super::event::{Event, ScriptedChange};
use super::informer::ChangeKind;
use super::pod::{NodeId, Pod, PodId};
use super::refusal::Refusal;
use super::world::World;
use crate::model::{
    CallTarget, Container, ControlPlane, Latency, PodTemplate, Resource, Verb, VerbLatencies,
};
use crate::observe::{Observation, Observer};
use crate::{Span, Timestamp};
use controller::api::{DeploymentSpec, PodPhase, ReplicaSetId, Strategy, Uid};
use std::collections::BTreeMap;

/// A scripted replication: a Deployment, how pods of each image behave, and timed actions.
#[derive(Debug, Clone, PartialEq)]
pub struct Script {
    /// Number of nodes. The n-th pod goes to node n modulo this.
    pub nodes: u32,
    /// Hard limit on pods from the start.
    pub pod_quota: Option<i64>,
    /// When the Deployment is created.
    pub created: Timestamp,
    /// Its spec; `image` replaces the template field.
    pub deployment: DeploymentSpec,
    /// The image of its one container.
    pub image: String,
    /// Behaviour of pods by image.
    pub images: BTreeMap<String, ImageScript>,
    /// The actions, in order of time.
    pub actions: Vec<(Timestamp, ScriptedAction)>,
    /// Period of the nodes' clock: node events happen at multiples of this ...
    pub pulse: Span,
    /// ... plus this phase.
    pub phase: Span,
}

/// Behaviour of the pods of an image; lists are used cyclically, pod by pod.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ImageScript {
    /// Time from creation to binding.
    pub schedule: Span,
    /// Time from creation to Running, if that comes before Ready.
    pub running_after: Option<Span>,
    /// Time from creation to Running and Ready; `None` is never.
    pub ready_after: Vec<Option<Span>>,
    /// Time from Ready to not Ready.
    pub unready_after: Vec<Option<Span>>,
    /// Time from not Ready to Ready again.
    pub ready_again_after: Vec<Option<Span>>,
    /// Time from deletion to the removal of the object.
    pub terminate: Span,
}

/// One action.
#[derive(Debug, Clone, PartialEq)]
#[expect(missing_docs, reason = "the names are those of the recordings' format")]
pub enum ScriptedAction {
    SetImage(String),
    Scale(i32),
    SetImageAndScale(String, i32),
    Pause,
    Resume,
    SetStrategy(Strategy),
    SetMinReadySeconds(i32),
    SetProgressDeadlineSeconds(i32),
    SetRevisionHistoryLimit(i32),
    Rollback(i64),
    SetPodQuota(Option<i64>),
    DenyPods,
    AllowPods,
    DeletePod { ordinal: u32, image: Option<String> },
    FailPod { ordinal: u32, image: Option<String> },
    UnreadyPod { ordinal: u32, image: Option<String> },
    ReadyPod { ordinal: u32, image: Option<String> },
    HealImage { image: String, ready_after: Span },
    ApiErrors(ApiErrors),
    RestartControllers { down: Span },
    SetDeletionCost { ordinal: u32, image: Option<String>, cost: i32 },
    CreateBarePod,
}

/// For some time the API server answers matching writes of the controllers with an error.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ApiErrors {
    /// Writes to these objects; `None` is all.
    pub resource: Option<Resource>,
    /// Writes of this kind; `None` is all.
    pub verb: Option<Verb>,
    /// Duration.
    pub duration: Span,
}

/// How long after a commit the caches of the recorded controllers show it: much sooner than the answer, which
/// takes 1 ms. With half a round trip or more, events that the recorded controllers see one by one arrive
/// during the same pass, and fewer passes fail while writes are refused.
const RECORDED_WATCH: Span = Span::from_micros(100);

/// The scripted part of a world.
#[derive(Debug, Clone)]
pub(super) struct ScriptedNodes {
    script: Script,
    denying: bool,
}

impl ScriptedNodes {
    /// The last tick of the nodes' clock at or before `at`.
    fn base(&self, at: Timestamp) -> Timestamp {
        let (pulse, phase) = (self.script.pulse.as_nanos(), self.script.phase.as_nanos());
        Timestamp::from_nanos((at.as_nanos() - phase).div_euclid(pulse) * pulse + phase)
    }
}

/// The entry of a cyclic list for the `ordinal`-th pod.
fn turn(list: &[Option<Span>], ordinal: u32) -> Option<Span> {
    let index = (ordinal as usize).checked_rem(list.len())?;
    list[index]
}

impl<O: Observer> World<O> {
    /// A world that replays a script, with constant latencies.
    pub fn scripted(script: Script, observer: O) -> Self {
        let settings = ControlPlane {
            request: Latency::Constant(Span::ZERO),
            response: Latency::Constant(Span::from_millis(1)),
            watch: Latency::Constant(RECORDED_WATCH),
            client_limit: None,
            workers: 1,
            scheduling: Latency::Constant(Span::ZERO),
            verbs: VerbLatencies::default(),
        };
        let mut world = Self::new(settings, observer);
        world.script = Some(ScriptedNodes { script, denying: false });
        world.begin_script();
        world
    }

    /// Adds an action to the script. One that is due in the past happens next.
    pub fn act_at(&mut self, at: Timestamp, action: ScriptedAction) {
        let Some(nodes) = &mut self.script else { return };
        let index = nodes.script.actions.len() as u32;
        nodes.script.actions.push((at, action));
        self.calendar.schedule_at(at, Event::Action(index));
    }

    fn begin_script(&mut self) {
        let Some(nodes) = &self.script else { return };
        self.calendar.schedule_at(nodes.script.created, Event::Action(u32::MAX));
        for (index, (at, _)) in nodes.script.actions.iter().enumerate() {
            self.calendar.schedule_at(*at, Event::Action(index as u32));
        }
    }

    fn create_scripted_deployment(&mut self) {
        let Some(nodes) = &self.script else { return };
        let (image, spec) = (nodes.script.image.clone(), nodes.script.deployment);
        let container = Container { name: "app".to_owned(), image, ..Container::default() };
        let template =
            self.templates.intern(&PodTemplate { containers: vec![container], ..PodTemplate::default() });
        // A script has no quota on Deployments.
        let _ = self.commit_new_deployment(DeploymentSpec { template, ..spec });
    }

    /// Whether a pod may be created.
    pub(super) fn admit_by_script(&self) -> Result<(), Refusal> {
        let Some(nodes) = &self.script else { return Ok(()) };
        if nodes.denying {
            return Err(Refusal::Denied { fault: None });
        }
        let Some(hard) = nodes.script.pod_quota else {
            return Ok(());
        };
        let used = self.api.pods.iter().filter(|pod| pod.is_charged()).count() as i64;
        if used >= hard {
            Err(Refusal::QuotaExceeded { quota: 0, shortage: 0, room: Some(0) })
        } else {
            Ok(())
        }
    }

    fn image_script(&self, nodes: &ScriptedNodes, pod: &Pod) -> ImageScript {
        let image = &self.templates.get(pod.template).containers[0].image;
        nodes.script.images.get(image).cloned().unwrap_or_default()
    }

    /// Schedules the events of a new pod.
    pub(super) fn script_new_pod(&mut self, id: PodId) {
        let Some(nodes) = &self.script else { return };
        let pod = *self.api.pod(id);
        let script = self.image_script(nodes, &pod);
        let base = nodes.base(self.now());
        let mut at = |at: Timestamp, change| self.calendar.schedule_at(at, Event::Scripted(id, change));
        at(base + script.schedule, ScriptedChange::Scheduled);
        if let Some(running) = script.running_after {
            at(base + running, ScriptedChange::Running);
        }
        let Some(ready) = turn(&script.ready_after, pod.ordinal) else {
            return;
        };
        at(base + ready, ScriptedChange::Ready);
        let Some(unready) = turn(&script.unready_after, pod.ordinal) else {
            return;
        };
        at(base + ready + unready, ScriptedChange::NotReady);
        let Some(again) = turn(&script.ready_again_after, pod.ordinal) else {
            return;
        };
        at(base + ready + unready + again, ScriptedChange::Ready);
    }

    pub(super) fn script_deleted_pod(&mut self, id: PodId) {
        let Some(nodes) = &self.script else { return };
        let terminate = self.image_script(nodes, self.api.pod(id)).terminate;
        let at = nodes.base(self.now()) + terminate;
        self.calendar.schedule_at(at, Event::Scripted(id, ScriptedChange::Removed));
    }

    pub(super) fn scripted_change(&mut self, id: PodId, change: ScriptedChange) {
        match change {
            ScriptedChange::Scheduled => {
                let Some(nodes) = &self.script else { return };
                let node = NodeId(id.0 % nodes.script.nodes.max(1));
                self.commit_pod(id, |pod| {
                    if !pod.phase.is_terminal() {
                        pod.node = Some(node);
                    }
                });
            }
            ScriptedChange::Running => self.commit_pod(id, |pod| {
                if pod.is_active() {
                    pod.phase = PodPhase::Running;
                }
            }),
            ScriptedChange::Ready => self.turn_ready(id),
            ScriptedChange::NotReady => self.turn_not_ready(id),
            ScriptedChange::Removed => self.commit_pod_removal(id),
        }
    }

    fn turn_ready(&mut self, id: PodId) {
        let now = self.now().stored();
        self.commit_pod(id, |pod| {
            if pod.is_active() {
                pod.phase = PodPhase::Running;
                pod.ready_since = pod.ready_since.or(Some(now));
            }
        });
    }

    fn turn_not_ready(&mut self, id: PodId) {
        self.commit_pod(id, |pod| {
            if pod.is_active() {
                pod.ready_since = None;
            }
        });
    }

    pub(super) fn scripted_action(&mut self, index: u32) {
        let Some(nodes) = &self.script else { return };
        let Some((_, action)) = nodes.script.actions.get(index as usize).cloned() else {
            return self.create_scripted_deployment();
        };
        self.act(action);
    }

    fn act(&mut self, action: ScriptedAction) {
        use ScriptedAction as A;
        let now = self.now();
        let Some(nodes) = &mut self.script else { return };
        match action {
            A::SetImage(image) => self.set_scripted_image(&image, None),
            A::SetImageAndScale(image, replicas) => self.set_scripted_image(&image, Some(replicas)),
            A::Scale(replicas) => self.commit_deployment(|d| d.spec.replicas = replicas),
            A::Pause => self.commit_deployment(|d| d.spec.paused = true),
            A::Resume => self.commit_deployment(|d| d.spec.paused = false),
            A::SetStrategy(strategy) => self.commit_deployment(|d| d.spec.strategy = strategy),
            A::SetMinReadySeconds(seconds) => self.commit_deployment(|d| d.spec.min_ready_seconds = seconds),
            A::SetProgressDeadlineSeconds(seconds) => {
                self.commit_deployment(|d| d.spec.progress_deadline_seconds = Some(seconds));
            }
            A::SetRevisionHistoryLimit(limit) => {
                self.commit_deployment(|d| d.spec.revision_history_limit = Some(limit));
            }
            A::Rollback(revision) => self.undo_rollout(revision),
            A::SetPodQuota(quota) => nodes.script.pod_quota = quota,
            A::DenyPods => nodes.denying = true,
            A::AllowPods => nodes.denying = false,
            A::DeletePod { ordinal, image } => {
                if let Some(id) = self.selected_pod(ordinal, image.as_deref()) {
                    // The deletion of an existing pod is never refused.
                    let _ = self.commit_pod_deletion(id);
                }
            }
            A::FailPod { ordinal, image } => self.on_pod(ordinal, image.as_deref(), |pod, _| {
                pod.phase = PodPhase::Failed;
                pod.ready_since = None;
            }),
            A::UnreadyPod { ordinal, image } => {
                self.on_pod(ordinal, image.as_deref(), |pod, _| pod.ready_since = None);
            }
            A::ReadyPod { ordinal, image } => self.on_pod(ordinal, image.as_deref(), |pod, now| {
                pod.phase = PodPhase::Running;
                pod.ready_since = pod.ready_since.or(Some(now));
            }),
            A::SetDeletionCost { ordinal, image, cost } => {
                self.on_pod(ordinal, image.as_deref(), |pod, _| pod.deletion_cost = cost);
            }
            A::CreateBarePod => self.create_bare_pod(),
            A::HealImage { image, ready_after } => self.heal_image(&image, ready_after),
            A::ApiErrors(errors) => {
                let target = CallTarget { resource: errors.resource, verb: errors.verb };
                self.calls.disturb(Disturbance::of_script(now + errors.duration, target));
            }
            A::RestartControllers { down } => self.restart_controllers(down),
        }
    }

    /// Creates a Running and Ready pod that no `ReplicaSet` selects.
    fn create_bare_pod(&mut self) {
        let Some(nodes) = &self.script else { return };
        let Some(template) = self.api.deployment.map(|deployment| deployment.spec.template) else { return };
        let now = self.now().stored();
        let number = self.api.pods.len() as u32;
        let node = Some(NodeId(number % nodes.script.nodes.max(1)));
        let ordinal = self.templates.next_ordinal(template);
        let id = self.api.create_pod(Pod {
            uid: Uid(u64::from(number)),
            owner: None,
            template,
            ordinal,
            matches: false,
            created: now,
            node,
            phase: PodPhase::Running,
            ready_since: Some(now),
            deletion: None,
            deletion_cost: 0,
            restarts: 0,
            resource_version: 0,
            removed: false,
        });
        self.publish_pod(ChangeKind::Added, id);
        self.see(Observation::PodCreated(id));
    }

    fn set_scripted_image(&mut self, image: &str, replicas: Option<i32>) {
        let Some(template) = self.template_with_image(None, image) else {
            return;
        };
        self.commit_deployment(|deployment| {
            deployment.spec.template = template;
            deployment.spec.replicas = replicas.unwrap_or(deployment.spec.replicas);
        });
    }

    fn on_pod(&mut self, ordinal: u32, image: Option<&str>, change: impl FnOnce(&mut Pod, Timestamp)) {
        let now = self.now().stored();
        if let Some(id) = self.selected_pod(ordinal, image) {
            self.commit_pod(id, |pod| change(pod, now));
        }
    }

    fn heal_image(&mut self, image: &str, ready_after: Span) {
        let Some(nodes) = &mut self.script else { return };
        if let Some(script) = nodes.script.images.get_mut(image) {
            script.ready_after = vec![Some(ready_after)];
        }
        let at = nodes.base(self.calendar.now()) + ready_after;
        for index in 0..self.api.pods.len() {
            let pod = &self.api.pods[index];
            let has_image = self.templates.get(pod.template).containers[0].image == image;
            if has_image && pod.is_active() && !pod.is_ready() {
                let event = Event::Scripted(PodId(index as u32), ScriptedChange::Ready);
                self.calendar.schedule_at(at, event);
            }
        }
    }

    pub(super) fn controllers_start(&mut self) {
        if self.now() < self.start_due {
            return;
        }
        self.controllers_running = true;
        self.watches.deployments.reset();
        self.watches.replica_sets.reset();
        self.watches.pods.reset();
        self.fill_caches();
        if self.caches.deployment.is_some() {
            self.enqueue_deployment();
        }
        let ids: Vec<ReplicaSetId> = self.caches.replica_sets.iter().map(|known| known.id).collect();
        for id in ids {
            self.enqueue_replica_set(id);
        }
        let now = self.now();
        if let Some(site) = &mut self.site {
            site.quotas.resync_from(now);
        }
        self.collect_what_is_left();
        self.list_endpoints();
        self.node_controllers_start();
    }
}
