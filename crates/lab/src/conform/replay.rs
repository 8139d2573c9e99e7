//! Playing a case in our world.

use super::case::{Case, CaseDeployment, IntOrText, Op, StrategyName};
use super::steps::steps_to_json;
use controller::api::{DeploymentSpec, IntOrPercent, RollingUpdate, Strategy, TemplateId};
use serde_json::Value;
use simulator::cluster::{ApiErrors, ImageScript, Resource, Script, ScriptedAction, Verb, World};
use simulator::observe::StepRecorder;
use simulator::{Span, Steps, Timestamp};

/// The name of the Deployment in the recordings.
const DEPLOYMENT: &str = "web";
/// The Deployment is created this long after t = 0.
const CREATED_AT_MS: i64 = 1050;
/// Actions and nodes act this long after the full tenth of a second.
const PHASE_MS: i64 = 50;
/// The pulse of the nodes.
const PULSE_MS: i64 = 100;

/// Plays a case and returns our steps in the recordings' format.
///
/// # Errors
/// Says what in the script is not understood.
pub fn replay(case: &Case) -> Result<Vec<Value>, String> {
    let script = script(case)?;
    let mut world = World::scripted(script, StepRecorder::default());
    world.run_until(at(case.until_ms));
    let images = world.template_images();
    let (recorder, api) = world.into_parts();
    let (steps, first_used) = recorder.finish(&api);
    Ok(steps_to_json(&Steps { steps, start: Timestamp::ZERO, first_used, images }, DEPLOYMENT))
}

fn at(millis: i64) -> Timestamp {
    Timestamp::ZERO + Span::from_millis(millis)
}

fn script(case: &Case) -> Result<Script, String> {
    let mut actions = Vec::new();
    for action in &case.actions {
        actions.push((at(action.at_ms + PHASE_MS), scripted(&action.op)?));
    }
    Ok(Script {
        nodes: case.nodes,
        pod_quota: case.pod_quota,
        created: at(CREATED_AT_MS),
        deployment: spec(&case.deployment)?,
        image: case.deployment.image.clone(),
        images: case
            .images
            .iter()
            .map(|(name, image)| {
                let spans =
                    |list: &[Option<i64>]| list.iter().map(|entry| entry.map(Span::from_millis)).collect();
                let behaviour = ImageScript {
                    schedule: Span::from_millis(image.schedule_ms),
                    running_after: None,
                    ready_after: spans(&image.ready_after_ms),
                    unready_after: spans(&image.unready_after_ms),
                    ready_again_after: spans(&image.ready_again_after_ms),
                    terminate: Span::from_millis(image.terminate_ms),
                };
                (name.clone(), behaviour)
            })
            .collect(),
        actions,
        pulse: Span::from_millis(PULSE_MS),
        phase: Span::from_millis(PHASE_MS),
    })
}

fn spec(deployment: &CaseDeployment) -> Result<DeploymentSpec, String> {
    Ok(DeploymentSpec {
        replicas: deployment.replicas,
        strategy: strategy(
            deployment.strategy,
            deployment.max_surge.as_ref(),
            deployment.max_unavailable.as_ref(),
        )?,
        min_ready_seconds: deployment.min_ready_seconds,
        progress_deadline_seconds: Some(deployment.progress_deadline_seconds),
        revision_history_limit: Some(deployment.revision_history_limit),
        paused: false,
        // The world gives templates their identities; this one is replaced.
        template: TemplateId(0),
    })
}

fn strategy(
    name: StrategyName,
    max_surge: Option<&IntOrText>,
    max_unavailable: Option<&IntOrText>,
) -> Result<Strategy, String> {
    Ok(match name {
        StrategyName::Recreate => Strategy::Recreate,
        StrategyName::RollingUpdate => Strategy::RollingUpdate(RollingUpdate {
            max_surge: int_or_percent(max_surge)?,
            max_unavailable: int_or_percent(max_unavailable)?,
        }),
    })
}

/// An absent value is the API's default, 25%.
fn int_or_percent(value: Option<&IntOrText>) -> Result<IntOrPercent, String> {
    match value {
        None => Ok(IntOrPercent::Percent(25)),
        Some(IntOrText::Int(count)) => Ok(IntOrPercent::Int(*count)),
        Some(IntOrText::Text(text)) => {
            let percent = text.strip_suffix('%').and_then(|digits| digits.parse().ok());
            percent.map(IntOrPercent::Percent).ok_or_else(|| format!("`{text}` is not a percentage"))
        }
    }
}

fn scripted(op: &Op) -> Result<ScriptedAction, String> {
    use ScriptedAction as A;
    Ok(match op.clone() {
        Op::SetImage { image } => A::SetImage(image),
        Op::Scale { replicas } => A::Scale(replicas),
        Op::SetImageAndScale { image, replicas } => A::SetImageAndScale(image, replicas),
        Op::Pause {} => A::Pause,
        Op::Resume {} => A::Resume,
        Op::SetStrategy { strategy: name, max_surge, max_unavailable } => {
            A::SetStrategy(strategy(name, max_surge.as_ref(), max_unavailable.as_ref())?)
        }
        Op::SetMinReadySeconds { seconds } => A::SetMinReadySeconds(seconds),
        Op::SetProgressDeadlineSeconds { seconds } => A::SetProgressDeadlineSeconds(seconds),
        Op::SetRevisionHistoryLimit { limit } => A::SetRevisionHistoryLimit(limit),
        Op::Rollback { revision } => A::Rollback(revision),
        Op::SetPodQuota { pod_quota } => A::SetPodQuota(pod_quota),
        Op::DenyPods {} => A::DenyPods,
        Op::AllowPods {} => A::AllowPods,
        Op::DeletePod { ordinal, image } => A::DeletePod { ordinal, image },
        Op::FailPod { ordinal, image } => A::FailPod { ordinal, image },
        Op::UnreadyPod { ordinal, image } => A::UnreadyPod { ordinal, image },
        Op::ReadyPod { ordinal, image } => A::ReadyPod { ordinal, image },
        Op::HealImage { image, ready_after_ms } => {
            A::HealImage { image, ready_after: Span::from_millis(ready_after_ms) }
        }
        Op::ApiErrors { resource, verb, for_ms } => A::ApiErrors(ApiErrors {
            resource: self::resource(&resource)?,
            verb: self::verb(&verb)?,
            duration: Span::from_millis(for_ms),
        }),
        Op::RestartControllers { for_ms } => A::RestartControllers { down: Span::from_millis(for_ms) },
        Op::SetDeletionCost { ordinal, image, cost } => A::SetDeletionCost { ordinal, image, cost },
    })
}

fn resource(name: &str) -> Result<Option<Resource>, String> {
    match name {
        "*" => Ok(None),
        "pods" => Ok(Some(Resource::Pods)),
        "replicasets" => Ok(Some(Resource::ReplicaSets)),
        "deployments" => Ok(Some(Resource::Deployments)),
        other => Err(format!("unknown resource `{other}`")),
    }
}

fn verb(name: &str) -> Result<Option<Verb>, String> {
    match name {
        "*" => Ok(None),
        "create" => Ok(Some(Verb::Create)),
        "update" => Ok(Some(Verb::Update)),
        "status" => Ok(Some(Verb::Status)),
        "delete" => Ok(Some(Verb::Delete)),
        other => Err(format!("unknown verb `{other}`")),
    }
}
