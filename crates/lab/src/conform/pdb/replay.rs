//! Replay of a script: the product's Deployment and `ReplicaSet` controllers make the pods, and the decisions of
//! `controller::disruption` keep the budget and answer evictions.

use super::script::{Answer, Budget, Op, Script, Step};
use crate::conform::case::int_or_percent;
use controller::Timestamp;
use controller::api::{DeploymentSpec, PodPhase, RollingUpdate, Strategy, TemplateId};
use controller::disruption::{
    BudgetCounts, BudgetSpec, BudgetStatus, EvictedPod, Judged, SEVERAL_BUDGETS, UNOBSERVED_RETRY, VIOLATES,
    Verdict, judge, lapses_at, violation_cause,
};
use simulator::Span;
use simulator::cluster::{self, ApiServer, ImageScript, Pod, PodId, ScriptedAction, World};
use simulator::observe::{Observation, Observer};
use std::collections::{BTreeMap, BTreeSet};

/// The Deployment is that old at t = 0, and complete. The world begins with it.
const AGE: Span = Span::from_secs(600);
/// When the budget is created.
pub(super) const CREATED_MS: i64 = 1050;
/// Actions and nodes act this long after the full tenth of a second.
const PHASE_MS: i64 = 50;
/// The pulse of the nodes.
const PULSE_MS: i64 = 100;
/// Storage calls before an eviction writes the budget, and before it deletes the pod.
const CHARGE_AFTER_MS: i64 = 2;
const DELETE_AFTER_MS: i64 = 4;
/// How often the controller looks for changes of pods.
const LOOK_MS: i64 = 1;
/// A burst of status writes ends with this much silence.
const SILENCE_MS: i64 = 90;
/// The name of the budget.
const NAME: &str = "web";

/// Notes whether a pod has changed.
#[derive(Default)]
pub(super) struct PodChanges(pub(super) u64);

impl Observer for PodChanges {
    fn observe(&mut self, _: Timestamp, seen: Observation<'_>, _: &ApiServer) {
        if let Observation::Pod(..) | Observation::PodCreated(_) | Observation::PodDeletionBegan(_) = seen {
            self.0 += 1;
        }
    }
}

/// The budget, the pods under it, and what was recorded.
pub(super) struct Replay {
    pub(super) world: World<PodChanges>,
    pub(super) now_ms: i64,
    /// Changes of pods that the controller has seen.
    pub(super) seen: u64,
    budget: Budget,
    pub(super) spec: BudgetSpec,
    pub(super) generation: i64,
    pub(super) status: BudgetStatus,
    /// Pods whose eviction was granted, and when their entries lapse.
    pub(super) disrupted: BTreeMap<PodId, Timestamp>,
    second: bool,
    denying_until_ms: i64,
    /// Number of writes of the status.
    pub(super) version: u64,
    writes: Vec<Step>,
    last_write_ms: i64,
    answers: Vec<Answer>,
}

/// The answers and steps of a script.
///
/// # Errors
/// Says what in the script is not understood.
pub(super) fn replay(script: &Script) -> Result<(Vec<Answer>, Vec<Step>), String> {
    let mut replay = Replay::new(script, 1)?;
    replay.advance(CREATED_MS);
    replay.generation = 1;
    replay.sync();
    for action in script.actions.iter().flatten() {
        replay.advance(action.at_ms + PHASE_MS);
        replay.act(&action.op)?;
    }
    replay.advance(script.until_ms);
    Ok((replay.answers, replay.writes))
}

fn world(script: &Script, nodes: u32) -> Result<World<PodChanges>, String> {
    let images = script.actions.iter().flatten().filter_map(|action| match &action.op {
        Op::SetImage { image } => Some(image.as_str()),
        _ => None,
    });
    let images: BTreeSet<&str> = images.chain(["v1"]).collect();
    let pulse = Span::from_millis(PULSE_MS);
    let life = |image: &str| {
        let running = (script.run_ms >= 0).then(|| pulse + Span::from_millis(script.run_ms));
        let ready = running.filter(|_| !script.never_ready_images.iter().any(|never| never == image));
        ImageScript {
            schedule: pulse,
            running_after: running,
            ready_after: vec![ready.map(|running| running + Span::from_millis(script.ready_ms))],
            terminate: Span::from_millis(script.terminate_ms),
            ..ImageScript::default()
        }
    };
    let script = cluster::Script {
        nodes,
        pod_quota: None,
        created: Timestamp::ZERO,
        deployment: DeploymentSpec {
            replicas: script.replicas,
            strategy: Strategy::RollingUpdate(RollingUpdate {
                max_surge: int_or_percent(&script.max_surge)?,
                max_unavailable: int_or_percent(&script.max_unavailable)?,
            }),
            min_ready_seconds: 0,
            progress_deadline_seconds: Some(600),
            revision_history_limit: Some(10),
            paused: false,
            // The world gives templates their identities; this one is replaced.
            template: TemplateId(0),
        },
        image: "v1".to_owned(),
        images: images.into_iter().map(|image| (image.to_owned(), life(image))).collect(),
        actions: Vec::new(),
        pulse,
        phase: Span::from_millis(PHASE_MS),
    };
    Ok(World::scripted(script, PodChanges::default()))
}

pub(super) fn in_world(millis: i64) -> Timestamp {
    Timestamp::ZERO + AGE + Span::from_millis(millis)
}

pub(super) fn asked(pod: &Pod) -> EvictedPod {
    EvictedPod { phase: pod.phase, terminating: pod.deletion.is_some(), ready: pod.is_ready() }
}

impl Replay {
    pub(super) fn judged(&self) -> Judged {
        Judged { spec: self.spec, generation: self.generation, status: self.status }
    }

    pub(super) fn new(script: &Script, nodes: u32) -> Result<Self, String> {
        let mut world = world(script, nodes)?;
        world.run_until(in_world(0));
        Ok(Self {
            world,
            now_ms: 0,
            seen: 0,
            budget: script.pdb.clone(),
            spec: script.pdb.spec()?,
            generation: 0,
            status: BudgetStatus::default(),
            disrupted: BTreeMap::new(),
            second: false,
            denying_until_ms: 0,
            version: 0,
            writes: Vec::new(),
            last_write_ms: i64::MIN / 2,
            answers: Vec::new(),
        })
    }

    /// Runs on to a time; the controller sees every change of a pod on the way.
    pub(super) fn advance(&mut self, until_ms: i64) {
        while self.now_ms < until_ms {
            self.now_ms += LOOK_MS;
            self.world.run_until(in_world(self.now_ms));
            let now = in_world(self.now_ms);
            let lapsed = self.disrupted.values().any(|lapses| *lapses <= now);
            if self.world.observer().0 != self.seen || lapsed {
                self.sync();
            }
        }
    }

    pub(super) fn pods(&self) -> impl Iterator<Item = (PodId, &Pod)> {
        let pods = (0u32..).zip(&self.world.api().pods).map(|(id, pod)| (PodId(id), pod));
        pods.filter(|(_, pod)| !pod.removed)
    }

    /// A granted eviction is charged to the budget.
    pub(super) fn charge(&mut self, id: PodId) {
        self.status.allowed -= 1;
        self.disrupted.insert(id, lapses_at(in_world(self.now_ms)));
        self.write();
    }

    /// A sync of the controller; it writes the status if that has changed.
    pub(super) fn sync(&mut self) {
        self.seen = self.world.observer().0;
        if self.generation == 0 {
            return;
        }
        let now = in_world(self.now_ms);
        let deletable = |id: &PodId| {
            let pod = &self.world.api().pods[id.0 as usize];
            !pod.removed && pod.deletion.is_none()
        };
        let mut disrupted = self.disrupted.clone();
        disrupted.retain(|id, lapses| deletable(id) && *lapses > now);
        let mut counts = BudgetCounts::default();
        for (id, pod) in self.pods() {
            counts.pods += 1;
            let healthy = pod.is_ready() && pod.deletion.is_none() && !disrupted.contains_key(&id);
            counts.healthy += i32::from(healthy);
            if pod.owner.is_some()
                && let Some(deployment) = self.world.api().deployment
            {
                counts.scale = deployment.spec.replicas;
            }
        }
        let status = self.spec.status(counts, self.generation);
        if status != self.status || disrupted.keys().ne(self.disrupted.keys()) {
            (self.status, self.disrupted) = (status, disrupted);
            self.write();
        }
    }

    /// The status is stored: the first write of a burst gives its time, the last one its content.
    pub(super) fn write(&mut self) {
        self.version += 1;
        let BudgetStatus { observed_generation, healthy, desired, expected, allowed } = self.status;
        let goes_on = self.now_ms - self.last_write_ms < SILENCE_MS;
        let first = if goes_on { self.writes.pop().map(|step| step.t_ms) } else { None };
        self.last_write_ms = self.now_ms;
        let (condition, reason) =
            if allowed > 0 { ("True", "SufficientPods") } else { ("False", "InsufficientPods") };
        self.writes.push(Step {
            t_ms: first.unwrap_or(self.now_ms),
            observed_generation,
            current_healthy: healthy,
            desired_healthy: desired,
            expected_pods: expected,
            disruptions_allowed: allowed,
            disrupted_pods: self.disrupted.keys().map(|id| id.0).collect(),
            disruption_allowed: condition.to_owned(),
            reason: reason.to_owned(),
        });
    }

    /// The pods that are neither terminating nor finished, in order of creation.
    fn active(&self) -> Vec<PodId> {
        self.pods()
            .filter(|(_, pod)| pod.deletion.is_none() && !pod.phase.is_terminal())
            .map(|(id, _)| id)
            .collect()
    }

    fn chosen(&self, ordinals: &[usize]) -> Vec<PodId> {
        let active = self.active();
        ordinals
            .iter()
            .filter_map(|ordinal| active.get(ordinal.checked_rem(active.len())?).copied())
            .collect()
    }

    fn world_acts(&mut self, action: ScriptedAction) {
        self.world.act_at(in_world(self.now_ms), action);
        self.world.run_until(in_world(self.now_ms));
        self.sync();
    }

    /// Applies an action of the world to pods that are still active.
    pub(super) fn on_pods(&mut self, pods: Vec<PodId>, action: fn(u32) -> ScriptedAction) {
        for pod in pods {
            if let Some(place) = self.active().iter().position(|active| *active == pod) {
                self.world_acts(action(place as u32));
            }
        }
    }

    /// A granted eviction deletes its pod.
    pub(super) fn delete(&mut self, id: PodId) {
        if let Some(place) = self.active().iter().position(|active| *active == id) {
            let action = ScriptedAction::DeletePod { ordinal: place as u32, image: None };
            self.world.act_at(in_world(self.now_ms), action);
            self.world.run_until(in_world(self.now_ms));
        }
    }

    fn act(&mut self, op: &Op) -> Result<(), String> {
        use ScriptedAction as A;
        match op {
            Op::Evict { ordinals } => {
                for pod in self.chosen(ordinals) {
                    self.evict(pod);
                }
            }
            Op::EvictAgain => {
                let terminating = self.pods().find(|(_, pod)| pod.deletion.is_some()).map(|(id, _)| id);
                if let Some(pod) = terminating {
                    self.evict(pod);
                }
            }
            Op::SetImage { image } => self.world_acts(A::SetImage(image.clone())),
            Op::Scale { replicas } => self.world_acts(A::Scale(*replicas)),
            Op::UnreadyPod { ordinals } => {
                self.on_pods(self.chosen(ordinals), |ordinal| A::UnreadyPod { ordinal, image: None });
            }
            Op::ReadyPod { ordinals } => {
                self.on_pods(self.chosen(ordinals), |ordinal| A::ReadyPod { ordinal, image: None });
            }
            Op::FailPod { ordinals } => {
                self.on_pods(self.chosen(ordinals), |ordinal| A::FailPod { ordinal, image: None });
            }
            Op::DeletePod { ordinals } => {
                self.on_pods(self.chosen(ordinals), |ordinal| A::DeletePod { ordinal, image: None });
            }
            Op::BarePod => self.world_acts(A::CreateBarePod),
            Op::SetPdb { pdb } => {
                if *pdb != self.budget {
                    (self.spec, self.budget) = (pdb.spec()?, pdb.clone());
                    self.generation += 1;
                    self.sync();
                }
            }
            Op::SecondPdb {} => self.second = true,
            Op::RemoveSecondPdb => self.second = false,
            Op::DenyDeletes { for_ms } => self.denying_until_ms = self.now_ms + for_ms,
        }
        Ok(())
    }

    /// A request to evict a pod.
    fn evict(&mut self, id: PodId) {
        let asked_ms = self.now_ms;
        let pod = self.world.api().pods[id.0 as usize];
        let budgets = vec![self.judged(); 1 + usize::from(self.second)];
        let asked = asked(&pod);
        let mut answer = Answer::new(asked_ms, id.0, 201);
        match judge(asked, &budgets) {
            Verdict::SeveralBudgets => {
                (answer.code, answer.message) = (500, Some(SEVERAL_BUDGETS.to_owned()));
            }
            Verdict::Unobserved => {
                (answer.code, answer.message) = (429, Some(VIOLATES.to_owned()));
                answer.retry_after_s = Some(UNOBSERVED_RETRY.as_nanos() / 1_000_000_000);
            }
            Verdict::Violates => {
                (answer.code, answer.message) = (429, Some(VIOLATES.to_owned()));
                answer.cause = Some(violation_cause(NAME, &self.status));
            }
            verdict => {
                if verdict == Verdict::Charge {
                    self.advance(asked_ms + CHARGE_AFTER_MS);
                    self.charge(id);
                    self.sync();
                }
                if asked_ms < self.denying_until_ms {
                    let text = format!("pods \"pod-{}\" is forbidden: denied by script", id.0);
                    (answer.code, answer.message) = (403, Some(text));
                } else {
                    self.advance(asked_ms + DELETE_AFTER_MS);
                    if asked.phase == PodPhase::Pending || !asked.terminating {
                        self.on_pods(vec![id], |ordinal| ScriptedAction::DeletePod { ordinal, image: None });
                    }
                }
            }
        }
        self.answers.push(answer);
    }
}
