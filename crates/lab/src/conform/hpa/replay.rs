//! Playing a case: the scripted world, and one evaluation after the other.

use super::follow::FollowingPods;
use super::metrics::MetricsApis;
use super::record::{Sync, sync_to_json};
use super::rollout::RollingDeployment;
use super::script::{Case, Op, Script, TimedAction, check_size};
use super::scripted_pods::ScriptedPods;
use super::target::{SeenPod, Target};
use super::{PHASE, at};
use controller::Timestamp;
use controller::autoscaler::{
    ApiEvent, AutoscalerSpec, AutoscalerStatus, ErrorText, Evaluation, Memory, Rounds, Scale, ScaleTries,
    Selector, Settings, View, evaluate,
};
use k8s_openapi::api::autoscaling::v2::HorizontalPodAutoscalerSpec;
use scenario::autoscaler::autoscaler;
use serde_json::Value;
use simulator::Span;

/// The autoscaler is created this long after t = 0.
const CREATED: Span = Span::from_millis(1050);
/// The answer of a call comes back this long after the API server has carried it out.
const CALL: Span = Span::from_millis(1);
/// The controller sees its own status this long after it was stored.
const WATCH: Span = Span::from_micros(500);

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
        let due = stage.rounds.due().unwrap_or(Timestamp::MAX);
        // An action at the moment of an evaluation comes first, and may move it.
        if let Some(action) = actions.next_if(|action| at(action.at_ms) + PHASE <= due) {
            stage.act(&action.op, at(action.at_ms) + PHASE)?;
        } else if due > at(script.until_ms) {
            return Ok(syncs);
        } else {
            syncs.push(sync_to_json(&stage.evaluate(due)));
        }
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
    rounds: Rounds,
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
        let mut rounds = Rounds::new(Timestamp::ZERO, Rounds::PERIOD);
        rounds.seen(Timestamp::ZERO + CREATED);
        Ok(Self {
            target,
            metrics: MetricsApis::new(script),
            spec: spec(&script.hpa, script.makes_pods())?,
            makes_pods: script.makes_pods(),
            status: AutoscalerStatus::default(),
            memory: Memory::default(),
            settings: Settings::default(),
            rounds,
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
            Op::Hpa { hpa } => {
                self.spec = spec(hpa, self.makes_pods)?;
                self.rounds.seen(now);
            }
            Op::TargetGone {} => self.is_gone = true,
            Op::TargetBack {} => self.is_gone = false,
            Op::ScaleConflicts { n } => self.conflicts = *n,
            Op::ScaleRefused { n } => self.refusals = *n,
            Op::StatusRefused { n } => self.status_refusals = *n,
            Op::RestartController {} => {
                self.memory = Memory::default();
                self.rounds = Rounds::new(now, Rounds::PERIOD);
                self.rounds.seen(now);
            }
            op => return self.target.act(op),
        }
        Ok(())
    }

    /// Evaluates at `now` and carries out what is decided.
    fn evaluate(&mut self, now: Timestamp) -> Sync {
        self.rounds.begin(now);
        self.target.advance(now);
        let scale = self.read_scale();
        let pods = self.target.pods();
        let evaluation = self.decide(&scale, &pods, now);
        let mut sync = Sync::new(now, scale.as_ref().ok());
        let mut clock = now + CALL;
        let evaluation = self.write_scale(evaluation, &mut clock, &mut sync);
        self.write_status(evaluation, &mut clock, &mut sync);
        self.rounds.end(clock);
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

    fn write_scale(&mut self, evaluation: Evaluation, clock: &mut Timestamp, sync: &mut Sync) -> Evaluation {
        let Some(rescale) = &evaluation.rescale else { return evaluation };
        let replicas = rescale.to;
        let mut tries = ScaleTries::default();
        let answer = loop {
            let answer = self.answer_to_write();
            tries.count();
            if answer.is_ok() {
                self.target.advance(*clock);
                self.target.scale(replicas);
            }
            *clock += CALL;
            match tries.pause_after_conflict() {
                // The scale is read again before the next try.
                Some(pause) if answer == Err(CONFLICT) => *clock += pause + CALL,
                _ => break answer,
            }
        };
        sync.tries = tries.made();
        match answer {
            Ok(()) => {
                sync.written = Some(replicas);
                evaluation.written(self.spec.behavior.as_ref(), &mut self.memory, *clock)
            }
            Err(error) => evaluation.refused(error.into(), *clock),
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

    fn write_status(&mut self, evaluation: Evaluation, clock: &mut Timestamp, sync: &mut Sync) {
        sync.events = evaluation.events;
        if evaluation.status != self.status {
            if self.status_refusals > 0 {
                self.status_refusals -= 1;
                let error = "Internal error occurred: script";
                sync.events.push(ApiEvent::FailedUpdateStatus(error.into()));
            } else {
                self.status = evaluation.status;
                self.rounds.seen(*clock + WATCH);
            }
            *clock += CALL;
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
