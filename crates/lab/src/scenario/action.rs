//! The section `actions`: what the user does.

use super::fields::Stated;
use super::folder::Folder;
use super::law::span;
use super::manifest::{self, Workload};
use super::nodes::NodeNames;
use super::reader::{Fields, list, mapping, nearest, quoted, text, whole, word};
use super::validate::{self, Errors, Path};
use super::yaml::{Entry, Node, Value};
use super::{decode, defaulting, trigger};
use crate::diagnostic::{Diagnostic, Diagnostics};
use controller::api::UNLIMITED;
use k8s_openapi::api::apps::v1::DeploymentStrategy;
use simulator::Span;
use simulator::model::{Action, Change, Cluster, NodeChange, NodeSet, PodSelector, PodTemplate, Trigger};
use std::cell::RefCell;

/// More pods than any cluster has.
pub(crate) const MAX_REPLICAS: i64 = 10_000_000;

/// What an action can do; the first two go together.
const CHANGES: [&str; 21] = [
    "setImage",
    "scale",
    "pause",
    "resume",
    "undo",
    "restart",
    "apply",
    "setStrategy",
    "deletePod",
    "failPod",
    "relabelPod",
    "setMinReadySeconds",
    "setProgressDeadlineSeconds",
    "setRevisionHistoryLimit",
    "setPodQuota",
    "cordon",
    "uncordon",
    "drain",
    "outOfService",
    "forceDelete",
    "deleteNode",
];

/// Changes that only a Deployment knows.
const OF_DEPLOYMENTS: [&str; 7] = [
    "pause",
    "resume",
    "undo",
    "restart",
    "setStrategy",
    "setProgressDeadlineSeconds",
    "setRevisionHistoryLimit",
];

/// What reading an action needs to know.
pub(crate) struct Reader<'a> {
    /// The workload under test, if it could be read.
    pub(crate) subject: Option<&'a Workload>,
    /// Where the paths of manifests begin.
    pub(crate) folder: &'a Folder,
    /// The end of the observation.
    pub(crate) horizon: Span,
    /// Where the unused fields of manifests that are applied are gathered.
    pub(crate) applied: RefCell<Vec<Stated>>,
}

/// An action, and where a rule about several actions would point.
pub(crate) struct Written<'n> {
    pub(crate) action: Action,
    pub(crate) change: &'n Entry,
    /// The nodes that it names.
    pub(crate) nodes: NodeNames,
}

impl Reader<'_> {
    /// Reads all actions, in order of writing.
    pub(crate) fn all<'n>(&self, node: Option<&'n Node>, log: &mut Diagnostics) -> Vec<Written<'n>> {
        let items = node.map_or(&[][..], |node| list(node, "`actions`", log));
        let actions: Vec<_> = items.iter().filter_map(|item| self.one(item, log)).collect();
        if let Some(subject) = self.subject {
            check_deadlines(subject, &actions, log);
        }
        actions
    }

    fn one<'n>(&self, node: &'n Node, log: &mut Diagnostics) -> Option<Written<'n>> {
        let mut fields = Fields::of(node, "an action", log)?;
        let timed = node.get("at").is_some() || node.get("when").is_some();
        if !timed {
            log.push(Diagnostic::at(&node.place, "when? an action needs `at` or `when`"));
        }
        let trigger = trigger::read(&mut fields, self.horizon, log);
        let entry = change_key(&mut fields, log);
        let size = fields.take("scale");
        fields.finish(log);
        let entry = entry?;
        let mut nodes = NodeNames::default();
        let change = match (self.change(entry, &mut nodes, log), size) {
            (Some(Change::SetImage(images)), Some(size)) => match self.scale(size, log)? {
                Change::Scale(size) => Some(Change::SetImageAndScale(images, size)),
                _ => None,
            },
            (change, _) => change,
        };
        let action = Action { trigger: trigger?, change: change? };
        Some(Written { action, change: entry, nodes })
    }

    fn change(&self, entry: &Entry, nodes: &mut NodeNames, log: &mut Diagnostics) -> Option<Change> {
        let node = &entry.value;
        let key = entry.key.as_str();
        if self.subject.is_some_and(|subject| subject.deployment.is_none()) && OF_DEPLOYMENTS.contains(&key) {
            let text = format!("`{key}` needs a Deployment, but the subject is a bare ReplicaSet");
            log.push(Diagnostic::at(&entry.key_place, text));
            return None;
        }
        match key {
            "setImage" => self.set_image(node, log).map(Change::SetImage),
            "scale" => self.scale(node, log),
            "pause" => must_be_true(entry, log).then_some(Change::Pause),
            "resume" => must_be_true(entry, log).then_some(Change::Resume),
            "restart" => must_be_true(entry, log).then_some(Change::Restart),
            "undo" => undo(node, log),
            "apply" => self.apply(node, log),
            "setStrategy" => self.set_strategy(node, log),
            "deletePod" => pod(entry, log).map(Change::DeletePod),
            "failPod" => pod(entry, log).map(Change::FailPod),
            "relabelPod" => pod(entry, log).map(Change::RelabelPod),
            "setPodQuota" => pod_quota(node, log),
            "cordon" | "uncordon" | "drain" | "outOfService" | "forceDelete" | "deleteNode" => {
                node_change(entry, nodes, log).map(Change::Node)
            }
            _ => self.set_number(entry, log),
        }
    }

    fn scale(&self, node: &Node, log: &mut Diagnostics) -> Option<Change> {
        if let Value::Int(count) = node.value
            && count < 0
        {
            self.refuse(node, "spec.replicas", count, log);
            return None;
        }
        whole(node, "`scale`", 0..=MAX_REPLICAS, log).map(|count| Change::Scale(count as i32))
    }

    /// The API's error for a negative number.
    fn refuse(&self, node: &Node, path: &str, value: i64, log: &mut Diagnostics) {
        let text = format!("{path}: Invalid value: {value}: must be greater than or equal to 0");
        log.push(Diagnostic::at(&node.place, self.invalid(&text)));
    }

    fn invalid(&self, text: &str) -> String {
        match self.subject {
            Some(subject) => format!("{}.apps {:?} is invalid: {text}", subject.id.kind, subject.id.name),
            None => text.to_owned(),
        }
    }

    /// Containers with their new images; `*` stands for all containers, as in kubectl.
    pub(crate) fn set_image(&self, node: &Node, log: &mut Diagnostics) -> Option<Vec<(String, String)>> {
        let entries = mapping(node, "`setImage`", log);
        if entries.is_empty() {
            log.push(Diagnostic::at(
                &node.place,
                "`setImage` needs a container and its image, as in `web: nginx:1.28`",
            ));
            return None;
        }
        let names = self.subject.map(|subject| container_names(&subject.template));
        let mut images = Vec::new();
        for entry in entries {
            let image = text(&entry.value, "an image", log).filter(|image| !image.trim().is_empty());
            let Some(image) = image else {
                log.push(Diagnostic::at(&entry.value.place, "an image must not be empty"));
                continue;
            };
            match &names {
                Some(names) if entry.key == "*" => {
                    images.extend(names.iter().map(|name| ((*name).to_owned(), image.to_owned())));
                }
                Some(names) if !names.contains(&entry.key.as_str()) => log.push(no_container(entry, names)),
                _ => images.push((entry.key.clone(), image.to_owned())),
            }
        }
        (!images.is_empty()).then_some(images)
    }

    fn apply(&self, node: &Node, log: &mut Diagnostics) -> Option<Change> {
        let objects = self.folder.objects(node, self.subject.map(|subject| subject.id.name.as_str()), log)?;
        let subject = self.subject?;
        let same = |other: &&Workload| {
            other.id.kind == subject.id.kind
                && other.id.name == subject.id.name
                && other.id.namespace == subject.id.namespace
        };
        let Some(new) = objects.workloads.iter().find(same) else {
            let id = &subject.id;
            let text = format!("this manifest has no {} {}/{}", id.kind, id.namespace, id.name);
            log.push(Diagnostic::at(&node.place, text));
            return None;
        };
        let stated = objects.stated.iter().filter(|stated| stated.is_of(&new.id));
        self.applied.borrow_mut().extend(stated.cloned());
        if new.selector != subject.selector {
            let text = self.invalid("spec.selector: Invalid value: field is immutable");
            log.push(Diagnostic::at(&new.id.place, text));
        }
        Some(Change::Apply {
            replicas: new.replicas,
            min_ready_seconds: new.min_ready_seconds,
            template: Box::new(new.template.clone()),
            deployment: new.deployment,
        })
    }

    fn set_strategy(&self, node: &Node, log: &mut Diagnostics) -> Option<Change> {
        let mut api: DeploymentStrategy = decode::object(node, log)?;
        defaulting::strategy(&mut api);
        let mut errors = Errors::default();
        validate::strategy(&api, &Path::default(), &mut errors);
        let name = self.subject.map_or("", |subject| subject.id.name.as_str());
        errors.report("Deployment.apps", name, node).into_iter().for_each(|error| log.push(error));
        Some(Change::SetStrategy(manifest::strategy(&api)))
    }

    fn set_number(&self, entry: &Entry, log: &mut Diagnostics) -> Option<Change> {
        let node = &entry.value;
        let field = entry.key.trim_start_matches("set");
        let (first, rest) = field.split_at(1);
        let field = first.to_lowercase() + rest;
        if let Value::Int(value) = node.value
            && value < 0
        {
            self.refuse(node, &format!("spec.{field}"), value, log);
            return None;
        }
        let unlimited = node.as_str() == Some("unlimited") && field != "minReadySeconds";
        let value = if unlimited {
            UNLIMITED
        } else {
            whole(node, &format!("`{}`", entry.key), 0..=i64::from(i32::MAX), log)? as i32
        };
        Some(match field.as_str() {
            "minReadySeconds" => Change::SetMinReadySeconds(value),
            "progressDeadlineSeconds" => Change::SetProgressDeadlineSeconds(Some(value)),
            _ => Change::SetRevisionHistoryLimit(Some(value)),
        })
    }
}

/// The one key that says what an action does. `setImage` may bring `scale` along: one update with a new
/// image and a new size, as an edited manifest would make it.
fn change_key<'n>(fields: &mut Fields<'n>, log: &mut Diagnostics) -> Option<&'n Entry> {
    let image = fields.entry("setImage");
    if image.is_none() || fields.entry("scale").is_none() {
        return fields.one_of(&CHANGES, log);
    }
    for key in &CHANGES[2..] {
        if let Some(other) = fields.entry(key) {
            let text = "`setImage` and `scale` together take nothing else";
            log.push(Diagnostic::at(&other.key_place, text));
        }
    }
    image
}

/// The names of all containers of a template.
pub(crate) fn container_names(template: &PodTemplate) -> Vec<&str> {
    let all = template.containers.iter().chain(&template.init_containers);
    all.map(|container| container.name.as_str()).collect()
}

fn no_container(entry: &Entry, names: &[&str]) -> Diagnostic {
    let error = Diagnostic::at(&entry.key_place, format!("unable to find container named {:?}", entry.key));
    match nearest(&entry.key, names) {
        Some(near) => error.help(format!("did you mean `{near}`?")),
        None => error.help(format!("containers of the subject: {}", quoted(names))),
    }
}

fn must_be_true(entry: &Entry, log: &mut Diagnostics) -> bool {
    if entry.value.value == Value::Bool(true) {
        return true;
    }
    let text = format!("write `{}: true`", entry.key);
    log.push(Diagnostic::at(&entry.value.place, text));
    false
}

fn undo(node: &Node, log: &mut Diagnostics) -> Option<Change> {
    if node.value == Value::Bool(true) {
        return Some(Change::Undo { to_revision: 0 });
    }
    let mut fields = Fields::of(node, "`undo`", log)?;
    let revision = fields.take("toRevision");
    let to_revision = revision.map_or(Some(0), |node| whole(node, "`toRevision`", 0..=i64::MAX, log));
    fields.finish(log);
    to_revision.map(|to_revision| Change::Undo { to_revision })
}

fn pod(entry: &Entry, log: &mut Diagnostics) -> Option<PodSelector> {
    let mut fields = Fields::of(&entry.value, format!("`{}`", entry.key), log)?;
    let ordinal = fields.take("ordinal");
    let ordinal = ordinal.map_or(Some(0), |node| whole(node, "`ordinal`", 0..=i64::from(u32::MAX), log));
    let image = fields.take("image").and_then(|node| text(node, "`image`", log));
    fields.finish(log);
    Some(PodSelector { ordinal: ordinal? as u32, image: image.map(str::to_owned) })
}

fn pod_quota(node: &Node, log: &mut Diagnostics) -> Option<Change> {
    if node.as_str().is_some() {
        return word(node, "`setPodQuota`", &[("unlimited", ())], log).map(|()| Change::SetPodQuota(None));
    }
    whole(node, "`setPodQuota`", 0..=i64::MAX, log).map(|pods| Change::SetPodQuota(Some(pods)))
}

/// Which nodes, and for a drain how long it tries.
fn node_change(entry: &Entry, names: &mut NodeNames, log: &mut Diagnostics) -> Option<NodeChange> {
    let mut fields = Fields::of(&entry.value, format!("`{}`", entry.key), log)?;
    *names = NodeNames::take(&mut fields, log);
    let drains = entry.key == "drain";
    let timeout = if drains { fields.take("timeout") } else { None };
    let limited = timeout.is_some();
    let timeout = timeout.and_then(|node| span(node, "`timeout`", log));
    fields.finish(log);
    if names.is_empty() {
        let text = format!("`{}` needs `node`, `pool` or `zone`", entry.key);
        log.push(Diagnostic::at(&entry.value.place, text));
        return None;
    }
    if limited && timeout.is_none() {
        return None;
    }
    // The names are looked up once the cluster is known.
    let nodes = NodeSet::ALL;
    Some(match entry.key.as_str() {
        "cordon" => NodeChange::Cordon(nodes),
        "uncordon" => NodeChange::Uncordon(nodes),
        "drain" => NodeChange::Drain { nodes, timeout },
        "outOfService" => NodeChange::OutOfService(nodes),
        "forceDelete" => NodeChange::ForceDelete(nodes),
        _ => NodeChange::Delete(nodes),
    })
}

/// Looks up the nodes that actions name.
pub(crate) fn resolve(actions: &mut [Action], names: &[NodeNames], cluster: &Cluster, log: &mut Diagnostics) {
    for (action, names) in actions.iter_mut().zip(names) {
        if let Change::Node(change) = &mut action.change {
            *change.nodes_mut() = names.resolve(cluster, log);
        }
    }
}

/// A deadline must stay longer than minReadySeconds, whatever the actions set. Only checked where the
/// order of the actions is certain.
fn check_deadlines(subject: &Workload, actions: &[Written<'_>], log: &mut Diagnostics) {
    let Some(fields) = subject.deployment else { return };
    let time = |written: &Written<'_>| match written.action.trigger {
        Trigger::At(time) => Some(time),
        _ => None,
    };
    if actions.iter().any(|written| time(written).is_none()) {
        return;
    }
    let mut order: Vec<_> = actions.iter().collect();
    order.sort_by_key(|written| time(written));
    let mut ready = subject.min_ready_seconds;
    let mut deadline = fields.progress_deadline_seconds.unwrap_or(UNLIMITED);
    for written in order {
        match &written.action.change {
            Change::SetMinReadySeconds(seconds) => ready = *seconds,
            Change::SetProgressDeadlineSeconds(seconds) => deadline = seconds.unwrap_or(UNLIMITED),
            Change::Apply { min_ready_seconds, deployment: Some(fields), .. } => {
                ready = *min_ready_seconds;
                deadline = fields.progress_deadline_seconds.unwrap_or(UNLIMITED);
            }
            _ => continue,
        }
        if deadline <= ready {
            let text = format!(
                "Deployment.apps {:?} is invalid: spec.progressDeadlineSeconds: Invalid value: {deadline}: must be greater than \
                 minReadySeconds",
                subject.id.name
            );
            log.push(Diagnostic::at(&written.change.value.place, text));
        }
    }
}
