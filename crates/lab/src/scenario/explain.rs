//! A scenario in full: every value, and for each default why it is what it is.

use super::checked::Scenario;
use super::settings::Origin;
use super::{duration, law, subject};
use simulator::model::{
    Change, Fault, FaultKind, Model, PodSelector, PodTemplate, PullFailure, ReadinessFault, Trigger,
};
use std::fmt::Write as _;

/// The resolved scenario as text. The same scenario always gives the same text, on any machine.
pub fn explain(scenario: &Scenario) -> String {
    let mut text = format!("scenario {}\n", scenario.name);
    if !scenario.description.is_empty() {
        text += &scenario.description;
        text.push('\n');
    }
    let model = &scenario.model;
    let kind = if model.subject.deployment.is_some() { "Deployment" } else { "ReplicaSet" };
    section(&mut text, "subject", [format!("{kind} {}/{}", model.subject.namespace, model.subject.name)]);
    section(&mut text, "history, oldest first", model.history.iter().map(images));
    section(&mut text, "other pods", others(model));
    settings(&mut text, scenario);
    section(
        &mut text,
        "actions",
        model
            .actions
            .iter()
            .map(|action| format!("{}: {}", trigger(&action.trigger), change(&action.change))),
    );
    section(&mut text, "faults", model.faults.iter().map(fault));
    section(&mut text, "objectives", scenario.objectives.iter().map(ToString::to_string));
    section(&mut text, "notes", scenario.notes.iter().cloned());
    text
}

/// The images of a template.
fn images(template: &PodTemplate) -> String {
    let pairs: Vec<_> = template.containers.iter().map(|c| format!("{}={}", c.name, c.image)).collect();
    pairs.join(" ")
}

fn others(model: &Model) -> Vec<String> {
    let load = model.background.iter().map(|load| format!("{}, pods: {}", load.name, load.pods));
    let bare = model.bare_pods.iter().map(|pod| {
        let adopted = if pod.matches_subject { ", adopted by the subject" } else { "" };
        format!("Pod/{}{adopted}", pod.name)
    });
    load.chain(bare).collect()
}

fn section(text: &mut String, title: &str, lines: impl IntoIterator<Item = String>) {
    let mut lines = lines.into_iter().peekable();
    if lines.peek().is_some() {
        let _ = write!(text, "\n{title}\n");
    }
    for line in lines {
        let _ = writeln!(text, "  {line}");
    }
}

fn settings(text: &mut String, scenario: &Scenario) {
    let settings = &scenario.settings;
    let path_width = settings.iter().map(|setting| setting.path.len()).max().unwrap_or(0);
    let value_width = settings.iter().map(|setting| setting.value.len()).max().unwrap_or(0).min(48);
    section(
        text,
        "settings",
        settings.iter().map(|setting| {
            let source = match setting.origin {
                Origin::Stated => "stated".to_owned(),
                Origin::Default(source) => format!("default: {source}"),
            };
            format!("{:path_width$}  {:value_width$}  # {source}", setting.path, setting.value)
        }),
    );
}

/// When something happens, in words.
pub(crate) fn trigger(trigger: &Trigger) -> String {
    match trigger {
        Trigger::At(time) => format!("at {}", duration::format(*time)),
        Trigger::NewPodsReady { count, after } => {
            format!("{} after {count} new pods became ready", duration::format(*after))
        }
        Trigger::DeadlineExceeded { after } => {
            format!("{} after the progress deadline fired", duration::format(*after))
        }
    }
}

fn change(change: &Change) -> String {
    let images = |images: &[(String, String)]| {
        let pairs: Vec<_> = images.iter().map(|(name, image)| format!("{name}={image}")).collect();
        pairs.join(" ")
    };
    let limit = |value: &Option<i32>| value.map_or("unlimited".to_owned(), |value| value.to_string());
    match change {
        Change::SetImage(changes) => format!("set image {}", images(changes)),
        Change::Apply { .. } => "apply another manifest".to_owned(),
        Change::Scale(size) => format!("scale to {size}"),
        Change::SetImageAndScale(changes, size) => {
            format!("set image {} and scale to {size}", images(changes))
        }
        Change::Pause => "pause".to_owned(),
        Change::Resume => "resume".to_owned(),
        Change::Undo { to_revision: 0 } => "undo to the revision before".to_owned(),
        Change::Undo { to_revision } => format!("undo to revision {to_revision}"),
        Change::Restart => "restart".to_owned(),
        Change::SetStrategy(strategy) => format!("set strategy {}", subject::strategy(*strategy)),
        Change::SetMinReadySeconds(seconds) => format!("set minReadySeconds {seconds}"),
        Change::SetProgressDeadlineSeconds(seconds) => {
            format!("set progressDeadlineSeconds {}", limit(seconds))
        }
        Change::SetRevisionHistoryLimit(count) => format!("set revisionHistoryLimit {}", limit(count)),
        Change::DeletePod(selector) => format!("delete {}", pod(selector)),
        Change::FailPod(selector) => format!("fail {}", pod(selector)),
        Change::RelabelPod(selector) => format!("relabel {}", pod(selector)),
        Change::SetPodQuota(Some(pods)) => format!("set the pod quota to {pods}"),
        Change::SetPodQuota(None) => "remove the pod quota".to_owned(),
    }
}

fn pod(selector: &PodSelector) -> String {
    match &selector.image {
        Some(image) => format!("pod {} with image {image}", selector.ordinal),
        None => format!("pod {}", selector.ordinal),
    }
}

fn fault(fault: &Fault) -> String {
    let length = fault.window.duration.as_ref();
    let length = length.map_or("to the end".to_owned(), |law| format!("for {}", law::format(law)));
    let chance = if fault.probability < 1.0 {
        format!(", in a run with probability {}", fault.probability)
    } else {
        String::new()
    };
    let what = fault_kind(&fault.kind);
    format!("{}: {what}, {}, {length}{chance}", fault.name, trigger(&fault.window.from))
}

fn fault_kind(kind: &FaultKind) -> String {
    let of = |image: &Option<String>| image.clone().unwrap_or_else(|| "any image".to_owned());
    match kind {
        FaultKind::ImagePull { image, failure, fraction } => {
            let how = match failure {
                PullFailure::NotFound => "not found",
                PullFailure::Unauthorised => "unauthorised",
                PullFailure::RegistryDown => "registry down",
            };
            format!("pulls of {} fail ({how}, fraction {fraction})", of(image))
        }
        FaultKind::Quota { quota, pods } => format!("quota {quota} allows {pods} pods"),
        FaultKind::Readiness { image, failure, fraction } => {
            let how = match failure {
                ReadinessFault::Never => "never ready".to_owned(),
                ReadinessFault::Late(late) => format!("ready later by {}", law::format(late)),
                ReadinessFault::Flapping { up, down } => {
                    format!("ready for {}, not for {}", law::format(up), law::format(down))
                }
            };
            format!("pods of {} are {how} (fraction {fraction})", of(image))
        }
        FaultKind::DeletePods { every } => format!("a pod is deleted every {}", law::format(every)),
        FaultKind::FailPods { every } => format!("a pod fails every {}", law::format(every)),
        FaultKind::DenyPods { message } => format!("pods are refused: {message}"),
    }
}
