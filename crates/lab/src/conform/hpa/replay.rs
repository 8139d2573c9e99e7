//! Playing a case: the scripted world, and one evaluation after the other.

use super::follow::FollowingPods;
use super::metrics::MetricsApis;
use super::record::{Sync, sync_to_json};
use super::rollout::RollingDeployment;
use super::script::{Case, Op, Script, TimedAction, check_size};
use super::scripted_pods::ScriptedPods;
use super::target::{SeenPod, Target};
use super::{PHASE, at};
use crate::scenario::autoscaler::autoscaler;
use controller::Timestamp;
use controller::autoscaler::{
    ApiEvent, AutoscalerSpec, AutoscalerStatus, ErrorText, Evaluation, Memory, Scale, Selector, Settings,
    View, evaluate,
};
use k8s_openapi::api::autoscaling::v2::HorizontalPodAutoscalerSpec;
use serde_json::Value;
use simulator::Span;

/// The autoscaler is created this long after t = 0, and evaluated first a period later.
const CREATED: Span = Span::from_millis(1050);
const PERIOD: Span = Span::from_secs(15);
/// By so much an evaluation delays the next one, until a restart ties it to the clock of the controller: without
/// a write of the scale, and with one.
const LENGTH: Span = Span::from_millis(1);
const LENGTH_WITH_WRITE: Span = Span::from_millis(3);
/// A scale is written, and its answer is back, this long after an evaluation has begun.
const SCALE_WRITTEN: Span = Span::from_millis(1);
const SCALE_ANSWERED: Span = Span::from_millis(2);
/// How often the controller tries to write the scale against conflicts.
const TRIES: u32 = 5;

/// Plays a case and returns our evaluations in the recordings' format.
///
/// # Errors
/// Says what in the script is not understood.
pub(super) fn replay(case: &Case) -> Result<Vec<Value>, String> {
    let script = &case.script;
    let mut actions: Vec<&TimedAction> = script.actions.iter().flatten().collect();
    actions.sort_by_key(|action| action.at_ms);
    let mut actions = actions.into_iter().peekable();
    let mut stage = Stage::new(script)?;
    let mut syncs = Vec::new();
    loop {
        while let Some(action) = actions.next_if(|action| at(action.at_ms) + PHASE <= stage.due) {
            stage.act(&action.op, at(action.at_ms) + PHASE)?;
        }
        if stage.due > at(script.until_ms) {
            return Ok(syncs);
        }
        syncs.push(sync_to_json(&stage.evaluate()));
    }
}

/// The scripted world and the autoscaler in it.
struct Stage<'s> {
    target: Box<dyn Target + 's>,
    metrics: MetricsApis,
    spec: AutoscalerSpec,
    makes_pods: bool,
    status: AutoscalerStatus,
    memory: Memory,
    settings: Settings,
    /// When the next evaluation begins.
    due: Timestamp,
    /// Since a restart evaluations follow each other in exactly a period.
    is_locked: bool,
    is_gone: bool,
    conflicts: u32,
    refusals: u32,
    status_refusals: u32,
}

impl<'s> Stage<'s> {
    fn new(script: &'s Script) -> Result<Self, String> {
        let target: Box<dyn Target> = match (script.follow, &script.rollout) {
            (None, None) => Box::new(ScriptedPods::new(script)?),
            (Some(law), None) => Box::new(FollowingPods::new(script, law)?),
            (Some(law), Some(rollout)) => Box::new(RollingDeployment::new(script, law, rollout)?),
            (None, Some(_)) => return Err("`rollout` needs `follow`".to_owned()),
        };
        Ok(Self {
            target,
            metrics: MetricsApis::new(script),
            spec: spec(&script.hpa, script.makes_pods())?,
            makes_pods: script.makes_pods(),
            status: AutoscalerStatus::default(),
            memory: Memory::default(),
            settings: Settings::default(),
            due: Timestamp::ZERO + CREATED + PERIOD,
            is_locked: false,
            is_gone: false,
            conflicts: 0,
            refusals: 0,
            status_refusals: 0,
        })
    }

    fn act(&mut self, op: &Op, now: Timestamp) -> Result<(), String> {
        self.target.advance(now);
        if self.metrics.act(op) {
            return Ok(());
        }
        match op {
            Op::Hpa { hpa } => self.spec = spec(hpa, self.makes_pods)?,
            Op::TargetGone {} => self.is_gone = true,
            Op::TargetBack {} => self.is_gone = false,
            Op::ScaleConflicts { n } => self.conflicts = *n,
            Op::ScaleRefused { n } => self.refusals = *n,
            Op::StatusRefused { n } => self.status_refusals = *n,
            Op::RestartController {} => {
                self.memory = Memory::default();
                self.is_locked = true;
                self.due = now + PERIOD;
            }
            op => return self.target.act(op),
        }
        Ok(())
    }

    /// Evaluates, carries out what is decided, and sets the time of the next evaluation.
    fn evaluate(&mut self) -> Sync {
        let now = self.due;
        self.target.advance(now);
        let scale = self.read_scale();
        let pods = self.target.pods();
        let evaluation = self.decide(&scale, &pods, now);
        let mut sync = Sync::new(now, scale.as_ref().ok());
        let evaluation = self.write_scale(evaluation, now, &mut sync);
        self.write_status(evaluation, &mut sync);
        let length = if self.is_locked {
            Span::ZERO
        } else if sync.written.is_some() {
            LENGTH_WITH_WRITE
        } else {
            LENGTH
        };
        self.due = now + PERIOD + length;
        sync
    }

    fn read_scale(&self) -> Result<Scale, ErrorText> {
        if self.is_gone {
            return Err("deployments.apps \"web\" not found".into());
        }
        let (spec_replicas, status_replicas) = self.target.size();
        Ok(Scale { spec_replicas, status_replicas, selector: Selector::Valid })
    }

    fn decide(&mut self, scale: &Result<Scale, ErrorText>, pods: &[SeenPod], now: Timestamp) -> Evaluation {
        let seen: Vec<_> = pods.iter().map(SeenPod::view).collect();
        let view = View {
            settings: &self.settings,
            spec: &self.spec,
            status: &self.status,
            scale: scale.as_ref(),
            pods: &seen,
            metrics: &self.metrics.answers(pods, now),
        };
        evaluate(&view, &mut self.memory, now)
    }

    fn write_scale(&mut self, evaluation: Evaluation, now: Timestamp, sync: &mut Sync) -> Evaluation {
        let Some(rescale) = &evaluation.rescale else { return evaluation };
        let replicas = rescale.to;
        let mut answer = Err(CONFLICT);
        while sync.tries < TRIES && answer == Err(CONFLICT) {
            sync.tries += 1;
            answer = self.answer_to_write();
        }
        match answer {
            Ok(()) => {
                sync.written = Some(replicas);
                self.target.advance(now + SCALE_WRITTEN);
                self.target.scale(replicas);
                let behavior = self.spec.behavior.as_ref();
                evaluation.written(behavior, &mut self.memory, now + SCALE_ANSWERED)
            }
            Err(error) => evaluation.refused(error.into(), now + SCALE_ANSWERED),
        }
    }

    /// Of the writes that are to fail, conflicts come first.
    fn answer_to_write(&mut self) -> Result<(), &'static str> {
        if self.conflicts > 0 {
            self.conflicts -= 1;
            Err(CONFLICT)
        } else if self.refusals > 0 {
            self.refusals -= 1;
            Err("deployments.apps \"web\" is forbidden: denied by script")
        } else {
            Ok(())
        }
    }

    fn write_status(&mut self, evaluation: Evaluation, sync: &mut Sync) {
        sync.events = evaluation.events;
        if evaluation.status != self.status {
            if self.status_refusals > 0 {
                self.status_refusals -= 1;
                let error = "Internal error occurred: script";
                sync.events.push(ApiEvent::FailedUpdateStatus(error.into()));
            } else {
                self.status = evaluation.status;
            }
        }
        sync.events.extend(evaluation.last_event);
        sync.status = self.status.clone();
    }
}

const CONFLICT: &str = "Operation cannot be fulfilled on deployments.apps \"web\": the object has been modified; please apply your changes to the latest version and try again";

/// Reads a spec as the API server stores it.
fn spec(written: &Value, makes_pods: bool) -> Result<AutoscalerSpec, String> {
    let spec: HorizontalPodAutoscalerSpec =
        serde_json::from_value(written.clone()).map_err(|cause| format!("hpa: {cause}"))?;
    let stored = serde_json::to_value(&spec).map_err(|cause| format!("hpa: {cause}"))?;
    if let Some(path) = unknown_field(written, &stored) {
        return Err(format!("hpa: unknown field `{path}`"));
    }
    let spec = autoscaler(&spec).map_err(|cause| format!("hpa: {cause}"))?.defaulted();
    if makes_pods {
        check_size("maxReplicas", spec.max_replicas)?;
        check_size("minReplicas", spec.min_replicas)?;
    }
    Ok(spec)
}

/// The path of a field that was lost in reading.
fn unknown_field(written: &Value, stored: &Value) -> Option<String> {
    match (written, stored) {
        (Value::Object(written), Value::Object(stored)) => written
            .iter()
            .filter(|(_, value)| !value.is_null())
            .find_map(|(key, value)| match stored.get(key) {
                None => Some(key.clone()),
                Some(stored) => unknown_field(value, stored).map(|path| format!("{key}.{path}")),
            }),
        (Value::Array(written), Value::Array(stored)) => {
            let mut items = written.iter().zip(stored).enumerate();
            items.find_map(|(index, (written, stored))| {
                unknown_field(written, stored).map(|path| format!("{index}.{path}"))
            })
        }
        _ => None,
    }
}
