//! A target that is a Deployment: the product's Deployment and `ReplicaSet` controllers make the pods, in the
//! world of the other replays.

use super::live::{LivePod, seen};
use super::script::{Follow, Op, Rollout, Script};
use super::target::{SeenPod, Target, requests};
use super::{PHASE, PULSE};
use crate::conform::case::int_or_percent;
use controller::Timestamp;
use controller::api::{DeploymentSpec, IntOrPercent, PodPhase, RollingUpdate, Strategy, TemplateId};
use controller::autoscaler::ContainerRequests;
use simulator::Span;
use simulator::cluster::{self, ApiServer, ImageScript, PodId, ScriptedAction, World};
use simulator::observe::{Observation, Observer};
use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

/// The Deployment is that old at t = 0, and complete. The world begins with it.
const AGE: Span = Span::from_secs(900);

/// Number of nodes. All pods of a `ReplicaSet` behave alike, so nothing depends on where they run.
const NODES: u32 = 1;

/// The Deployment in its world.
pub(super) struct RollingDeployment {
    law: Follow,
    containers: Rc<[ContainerRequests]>,
    world: World<RunningTimes>,
    now: Timestamp,
}

/// When pods began to run: their objects do not say it exactly.
#[derive(Default)]
struct RunningTimes(BTreeMap<PodId, Timestamp>);

impl Observer for RunningTimes {
    fn observe(&mut self, now: Timestamp, seen: Observation<'_>, api: &ApiServer) {
        if let Observation::Pod(id, before) = seen
            && before.phase == PodPhase::Pending
            && api.pod(id).phase == PodPhase::Running
        {
            self.0.insert(id, now);
        }
    }
}

impl RollingDeployment {
    /// The Deployment at t = 0.
    ///
    /// # Errors
    /// Says what in the script is not understood.
    pub(super) fn new(script: &Script, law: Follow, rollout: &Rollout) -> Result<Self, String> {
        let actions = script.actions.iter().flatten();
        let later = actions.filter_map(|action| match &action.op {
            Op::SetImage { image } => Some(image),
            _ => None,
        });
        let images: BTreeSet<&String> = later.chain([&rollout.image]).collect();
        let behaviour =
            |image: &String| (image.clone(), life(&law, rollout.never_ready_images.contains(image)));
        let cluster = cluster::Script {
            nodes: NODES,
            pod_quota: None,
            created: Timestamp::ZERO,
            deployment: DeploymentSpec {
                replicas: script.replicas,
                strategy: strategy(rollout)?,
                min_ready_seconds: rollout.min_ready_seconds,
                progress_deadline_seconds: Some(600),
                revision_history_limit: Some(10),
                paused: false,
                // The world gives templates their identities; this one is replaced.
                template: TemplateId(0),
            },
            image: rollout.image.clone(),
            images: images.into_iter().map(behaviour).collect(),
            actions: Vec::new(),
            pulse: PULSE,
            phase: PHASE,
        };
        Ok(Self {
            law,
            containers: requests(&script.containers, &BTreeMap::new())?,
            world: World::scripted(cluster, RunningTimes::default()),
            now: Timestamp::ZERO,
        })
    }

    fn act_now(&mut self, action: ScriptedAction) {
        self.world.act_at(in_world(self.now), action);
        self.world.run_until(in_world(self.now));
    }

    fn live(&self, id: PodId, pod: &cluster::Pod) -> LivePod {
        let running_since = self.world.observer().0.get(&id).map(|at| *at - AGE);
        LivePod {
            uid: pod.uid,
            running_since,
            ready_since: pod.ready_since.map(|at| at - AGE),
            being_deleted: pod.deletion.is_some(),
            is_initial: running_since.is_some_and(|since| since < Timestamp::ZERO),
        }
    }
}

impl Target for RollingDeployment {
    fn advance(&mut self, at: Timestamp) {
        self.world.run_until(in_world(at));
        self.now = at;
    }

    fn size(&self) -> (i32, i32) {
        let deployment = self.world.api().deployment;
        deployment.map_or((0, 0), |deployment| (deployment.spec.replicas, deployment.status.replicas))
    }

    fn scale(&mut self, replicas: i32) {
        self.act_now(ScriptedAction::Scale(replicas));
    }

    fn act(&mut self, op: &Op) -> Result<(), String> {
        match op {
            Op::Scale { replicas } => self.scale(*replicas),
            Op::SetImage { image } => self.act_now(ScriptedAction::SetImage(image.clone())),
            Op::Load { n } => self.law.load = *n,
            _ => return Err("the pods of a Deployment are not changed by the script".to_owned()),
        }
        Ok(())
    }

    fn pods(&self) -> Vec<SeenPod> {
        let pods = self.world.api().pods.iter().enumerate().filter(|(_, pod)| !pod.removed);
        let live: Vec<LivePod> = pods.map(|(index, pod)| self.live(PodId(index as u32), pod)).collect();
        seen(&live, &self.law, &self.containers, self.now)
    }
}

/// A moment of the script on the world's clock.
fn in_world(at: Timestamp) -> Timestamp {
    at + AGE
}

/// How the pods of an image live.
fn life(law: &Follow, never_ready: bool) -> ImageScript {
    let running = PULSE + Span::from_millis(law.run_ms);
    let ready = running + Span::from_millis(law.ready_ms);
    ImageScript {
        schedule: PULSE,
        running_after: Some(running),
        ready_after: vec![(!never_ready).then_some(ready)],
        terminate: Span::from_millis(law.terminate_ms),
        ..ImageScript::default()
    }
}

fn strategy(rollout: &Rollout) -> Result<Strategy, String> {
    match rollout.strategy.as_str() {
        "Recreate" => Ok(Strategy::Recreate),
        "" | "RollingUpdate" => Ok(Strategy::RollingUpdate(RollingUpdate {
            max_surge: limit(rollout.max_surge.as_deref())?,
            max_unavailable: limit(rollout.max_unavailable.as_deref())?,
        })),
        other => Err(format!("unknown strategy `{other}`")),
    }
}

/// An absent value is the API's default, 25%.
fn limit(text: Option<&str>) -> Result<IntOrPercent, String> {
    int_or_percent(text.unwrap_or("25%"))
}
