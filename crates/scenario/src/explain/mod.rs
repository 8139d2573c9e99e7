//! A scenario in full: every value, and the reason for each default.

mod fault;
mod node;
mod service;

use super::checked::Scenario;
use super::settings::Origin;
use super::subject;
use controller::api::{Deployment, DeploymentSpec, Strategy, TemplateId, UNLIMITED};
use measures::units::go_duration;
use sha2::{Digest, Sha256};
use simulator::Span;
use simulator::cluster::quantity;
use simulator::model::{
    Cascade, Change, Cluster, Container, Model, NodeSet, Placement, PodSelector, PodTemplate,
    ReplicaSetSelector, Resources, Subject, Trigger, Unit,
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
    let subject = format!("{kind} {}/{}", model.subject.namespace, model.subject.name);
    section(&mut text, "subject", [subject].into_iter().chain(limits(&model.subject)));
    section(&mut text, "pod template", template_lines(&model.subject.template));
    section(&mut text, "history, oldest first", model.history.iter().map(images));
    section(&mut text, "other pods", others(model));
    section(&mut text, "disruption budgets", model.disruption_budgets.iter().map(node::budget));
    section(&mut text, "service", model.service.iter().map(|service| service::line(model, service)));
    settings(&mut text, scenario);
    section(
        &mut text,
        "actions",
        model.actions.iter().map(|action| {
            format!("{}: {}", trigger(&action.trigger), change(&action.change, &model.cluster))
        }),
    );
    section(&mut text, "faults", model.faults.iter().map(|fault| fault::line(fault, &model.cluster)));
    section(&mut text, "objectives", scenario.objectives.iter().map(ToString::to_string));
    section(&mut text, "notes", scenario.notes.iter().cloned());
    section(&mut text, "checked model, all of it", [model_digest(model)]);
    text
}

/// The limits of a rolling update in pods, as the controller computes them.
fn limits(subject: &Subject) -> Option<String> {
    let fields = subject.deployment.filter(|fields| fields.strategy != Strategy::Recreate)?;
    let deployment = Deployment::new(DeploymentSpec {
        replicas: subject.replicas,
        strategy: fields.strategy,
        min_ready_seconds: subject.min_ready_seconds,
        progress_deadline_seconds: fields.progress_deadline_seconds,
        revision_history_limit: fields.revision_history_limit,
        paused: fields.paused,
        template: TemplateId(0),
    });
    let (surge, unavailable) = (deployment.max_surge(), deployment.max_unavailable());
    let (most, fewest) = (deployment.max_replicas(), deployment.min_available());
    Some(format!(
        "with {} replicas maxSurge is {surge} and maxUnavailable {unavailable}: at most {most} pods, at least {fewest} available",
        subject.replicas
    ))
}

/// Whether a line of [`explain`] follows from other lines, so that it is neither a setting nor a difference.
#[must_use]
pub fn is_derived(line: &str) -> bool {
    line.trim_start().starts_with("with ") && line.contains(" replicas maxSurge is ")
}

/// A hash of everything that decides a run except seed and number, including what is not printed above.
fn model_digest(model: &Model) -> String {
    let mut digest = String::from("sha256:");
    for byte in Sha256::digest(format!("{model:?}")) {
        let _ = write!(digest, "{byte:02x}");
    }
    digest
}

/// The images of a template.
fn images(template: &PodTemplate) -> String {
    let pairs: Vec<_> = template.containers.iter().map(|c| format!("{}={}", c.name, c.image)).collect();
    pairs.join(" ")
}

/// The parts of a template that the model uses.
fn template_lines(template: &PodTemplate) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for container in &template.init_containers {
        let kind = if container.sidecar { "sidecar" } else { "init container" };
        lines.push(format!("{kind} {}", container_line(container)));
    }
    lines.extend(
        template.containers.iter().map(|container| format!("container {}", container_line(container))),
    );
    lines.push(format!("terminationGracePeriodSeconds {}", template.termination_grace.as_secs_f64()));
    lines.extend(placement_lines(&template.placement));
    lines
}

/// The rules about nodes and other pods.
fn placement_lines(placement: &Placement) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    if let Some(terms) = &placement.required_nodes {
        lines.push(format!("node affinity: required, {} terms", terms.len()));
    }
    if !placement.preferred_nodes.is_empty() {
        lines.push(format!("node affinity: preferred, {} terms", placement.preferred_nodes.len()));
    }
    lines.extend(placement.spread.iter().map(|constraint| {
        let action = if constraint.required { "DoNotSchedule" } else { "ScheduleAnyway" };
        format!("topology spread: {}, maxSkew {}, {action}", constraint.topology_key, constraint.max_skew)
    }));
    lines.extend(placement.apart.iter().map(|term| {
        let how = term.weight.map_or("required".to_owned(), |weight| format!("preferred, weight {weight}"));
        format!("pod anti-affinity: {}, {how}", term.topology_key)
    }));
    lines
}

fn container_line(container: &Container) -> String {
    let mut line = format!("{}: image {}", container.name, container.image);
    for (what, amounts) in [("requests", container.requests), ("limits", container.limits)] {
        if amounts != Resources::default() {
            let _ = write!(line, ", {what} {}", resources(amounts));
        }
    }
    let probes = [
        ("startup", container.startup),
        ("readiness", container.readiness),
        ("liveness", container.liveness),
    ];
    for (what, probe) in probes {
        if let Some(probe) = probe {
            let _ = write!(
                line,
                ", {what} probe after {} every {} ({} to succeed, {} to fail)",
                go_duration::format(probe.initial_delay),
                go_duration::format(probe.period),
                probe.success_threshold,
                probe.failure_threshold
            );
        }
    }
    if container.pre_stop > Span::ZERO {
        let _ = write!(line, ", preStop sleeps {}", go_duration::format(container.pre_stop));
    }
    line
}

fn resources(amounts: Resources) -> String {
    let cpu = amounts.cpu_milli.map(|milli| format!("cpu {}", quantity(milli, Unit::MilliCores)));
    let memory = amounts.memory_bytes.map(|bytes| format!("memory {}", quantity(bytes, Unit::Bytes)));
    let ephemeral =
        amounts.ephemeral_bytes.map(|bytes| format!("ephemeral-storage {}", quantity(bytes, Unit::Bytes)));
    [cpu, memory, ephemeral].into_iter().flatten().collect::<Vec<_>>().join(" ")
}

fn others(model: &Model) -> Vec<String> {
    let load = model.background.iter().map(|load| format!("{}, pods: {}", load.name, load.pods));
    let bare = model.bare_pods.iter().map(|pod| {
        let adopts = pod.matches_subject && model.subject.deployment.is_none();
        let adopted = if adopts { ", adopted by the subject" } else { "" };
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

/// The text of a trigger that waits for the progress deadline.
pub const AFTER_DEADLINE: &str = "after the progress deadline fired";

/// A trigger in words.
pub(crate) fn trigger(trigger: &Trigger) -> String {
    match trigger {
        Trigger::At(time) => format!("at {}", go_duration::format(*time)),
        Trigger::NewPodsReady { count, after } => {
            format!("{} after {count} new pods became ready", go_duration::format(*after))
        }
        Trigger::DeadlineExceeded { after } => {
            format!("{} {AFTER_DEADLINE}", go_duration::format(*after))
        }
    }
}

pub use fault::what as fault_in_words;

/// An action of the user in words.
pub fn change(change: &Change, cluster: &Cluster) -> String {
    let images = |images: &[(String, String)]| {
        let pairs: Vec<_> = images.iter().map(|(name, image)| format!("{name}={image}")).collect();
        pairs.join(" ")
    };
    let limit = |value: &Option<i32>| {
        let limited = value.filter(|value| *value != UNLIMITED);
        limited.map_or("unlimited".to_owned(), |value| value.to_string())
    };
    match change {
        Change::SetImage(changes) => format!("set image {}", images(changes)),
        Change::Apply(apply) => {
            let spec = &apply.foreseen;
            let strategy = spec.deployment.as_ref().map(|fields| subject::strategy(fields.strategy));
            let strategy = strategy.map_or(String::new(), |strategy| format!(", strategy {strategy}"));
            let containers = template_lines(&spec.template).join("; ");
            format!(
                "apply: replicas {}, minReadySeconds {}{strategy}; {containers}",
                spec.replicas, spec.min_ready_seconds
            )
        }
        Change::Scale(size) => format!("scale to {size}"),
        Change::Edit(edits) => {
            let edits: Vec<_> = edits.iter().map(|edit| self::change(edit, cluster)).collect();
            edits.join(" and ")
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
        Change::DeletePodWithin(selector, Span::ZERO) => format!("delete {} by force", pod(selector)),
        Change::DeletePodWithin(selector, grace) => {
            format!("delete {} within {}", pod(selector), go_duration::format(*grace))
        }
        Change::EvictPod(selector) => format!("evict {}", pod(selector)),
        Change::SetDeletionCost(selector, cost) => {
            format!("set the deletion cost of {} to {cost}", pod(selector))
        }
        Change::ScaleReplicaSet(which, size) => format!("scale {} to {size}", replica_set(which)),
        Change::DeleteReplicaSet(which, Cascade::Background) => format!("delete {}", replica_set(which)),
        Change::DeleteReplicaSet(which, Cascade::Orphan) => {
            format!("delete {} and orphan its pods", replica_set(which))
        }
        Change::FailPod(selector) => format!("fail {}", pod(selector)),
        Change::RelabelPod(selector) => format!("relabel {}", pod(selector)),
        Change::Node(change) => node::change(change, cluster),
        Change::SetPodQuota(Some(pods)) => format!("set the pod quota to {pods}"),
        Change::SetPodQuota(None) => "remove the pod quota".to_owned(),
    }
}

/// A set of nodes in words.
fn of_nodes(nodes: &NodeSet, cluster: &Cluster) -> String {
    let node = nodes.node.map(|number| format!("node {}", super::nodes::name_of(number, cluster)));
    let pool = nodes.pool.map(|index| format!("pool {}", cluster.pools[index].name));
    let zone = nodes.zone.as_ref().map(|zone| format!("zone {zone}"));
    let parts: Vec<_> = [node, pool, zone].into_iter().flatten().collect();
    if parts.is_empty() { "all nodes".to_owned() } else { parts.join(" in ") }
}

fn replica_set(which: &ReplicaSetSelector) -> String {
    match (which.revision, &which.image) {
        (None, None) => "the current ReplicaSet".to_owned(),
        (Some(revision), None) => format!("the ReplicaSet of revision {revision}"),
        (None, Some(image)) => format!("the newest ReplicaSet with image {image}"),
        (Some(revision), Some(image)) => format!("the ReplicaSet of revision {revision} with image {image}"),
    }
}

fn pod(selector: &PodSelector) -> String {
    match &selector.image {
        Some(image) => format!("pod {} with image {image}", selector.ordinal),
        None => format!("pod {}", selector.ordinal),
    }
}
