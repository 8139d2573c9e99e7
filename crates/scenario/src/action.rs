//! The section `actions`: what the user does.

use super::fields::Stated;
use super::folder::Folder;
use super::law::span;
use super::manifest::{self, Objects, Workload};
use super::nodes::NodeNames;
use super::reader::{Fields, boolean, list_of_at_most, mapping, nearest, quoted, text, whole, word};
use super::validate::{self, Errors, FieldPath};
use super::yaml::{Entry, Node, Value};
use super::{apply, decode, defaulting, trigger};
use crate::diagnostic::{Diagnostic, Diagnostics};
use controller::api::UNLIMITED;
use k8s_openapi::api::apps::v1::DeploymentStrategy;
use simulator::Span;
use simulator::model::{
    Action, Apply, Cascade, Change, Cluster, NodeChange, NodeSet, PodSelector, PodTemplate,
    ReplicaSetSelector, Trigger, WorkloadSpec,
};
use std::cell::RefCell;
use std::sync::Arc;

/// More pods than any cluster has.
pub const MAX_REPLICAS: i64 = 10_000_000;

/// The most templates, in the history or from actions: the story of a run grows with the square of their number.
pub(crate) const MOST_TEMPLATES: usize = 1_000;

fn changes_template(change: &Change) -> bool {
    match change {
        Change::Edit(changes) => changes.iter().any(changes_template),
        Change::SetImage(_) | Change::Apply(_) | Change::Undo { .. } | Change::Restart => true,
        _ => false,
    }
}

/// The most actions of one scenario.
const MOST_ACTIONS: usize = 10_000;

/// Changes of the spec; an action may make several of them in one update.
const EDITS: [&str; 8] = [
    "setImage",
    "scale",
    "pause",
    "resume",
    "setStrategy",
    "setMinReadySeconds",
    "setProgressDeadlineSeconds",
    "setRevisionHistoryLimit",
];

/// The kinds of actions. Only edits can be combined in one action.
const CHANGES: [&str; 25] = [
    "setImage",
    "scale",
    "pause",
    "resume",
    "undo",
    "restart",
    "apply",
    "setStrategy",
    "deletePod",
    "evictPod",
    "failPod",
    "relabelPod",
    "setDeletionCost",
    "scaleReplicaSet",
    "deleteReplicaSet",
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

/// Changes that need a Deployment.
const OF_DEPLOYMENTS: [&str; 9] = [
    "pause",
    "resume",
    "undo",
    "restart",
    "setStrategy",
    "setProgressDeadlineSeconds",
    "setRevisionHistoryLimit",
    "scaleReplicaSet",
    "deleteReplicaSet",
];

/// The context in which actions are read.
pub(crate) struct Reader<'a> {
    /// The workload under test, if it could be read.
    pub(crate) subject: Option<&'a Workload>,
    /// The number of replicas at its creation.
    pub(crate) replicas: i32,
    /// The folder in which paths of manifests begin.
    pub(crate) folder: &'a Folder,
    /// The end of the observation.
    pub(crate) horizon: Span,
    /// The unused fields of applied manifests.
    pub(crate) applied: RefCell<Vec<Stated>>,
}

/// An action with the place for errors about several actions.
pub(crate) struct PlacedAction<'n> {
    pub(crate) action: Action,
    pub(crate) change: &'n Entry,
    /// The nodes that it names.
    pub(crate) nodes: NodeNames,
}

impl Reader<'_> {
    /// Reads all actions, in order of writing.
    pub(crate) fn all<'n>(&self, node: Option<&'n Node>, log: &mut Diagnostics) -> Vec<PlacedAction<'n>> {
        let items = node.map_or(&[][..], |node| list_of_at_most(node, "`actions`", MOST_ACTIONS, log));
        let actions: Vec<_> = items.iter().filter_map(|item| self.one(item, log)).collect();
        let mut templates = actions.iter().filter(|written| changes_template(&written.action.change));
        if let Some(beyond) = templates.nth(MOST_TEMPLATES) {
            let text = format!("more than {MOST_TEMPLATES} actions change the template");
            let help = "each creates a ReplicaSet, and the story of a run shows all of them at every step";
            log.push(Diagnostic::at(&beyond.change.key_place, text).help(help));
        }
        if let Some(subject) = self.subject {
            check_order(subject, self.replicas, &actions, log);
        }
        actions
    }

    fn one<'n>(&self, node: &'n Node, log: &mut Diagnostics) -> Option<PlacedAction<'n>> {
        let mut fields = Fields::of(node, "an action", log)?;
        let timed = node.get("at").is_some() || node.get("when").is_some();
        if !timed {
            log.push(Diagnostic::at(
                &node.place,
                "an action needs `at` or `when`: the time or the condition",
            ));
        }
        let trigger = trigger::read(&mut fields, self.horizon, log);
        let entries = change_keys(&mut fields, log);
        fields.finish(log);
        let mut nodes = NodeNames::default();
        let changes: Vec<_> = entries.iter().map(|entry| self.change(entry, &mut nodes, log)).collect();
        let mut changes = changes.into_iter().collect::<Option<Vec<Change>>>()?;
        let change = if changes.len() > 1 { Change::Edit(changes) } else { changes.pop()? };
        let action = Action { trigger: trigger?, change };
        Some(PlacedAction { action, change: entries.first()?, nodes })
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
            "deletePod" => delete_pod(entry, log),
            "evictPod" => pod(entry, log).map(Change::EvictPod),
            "setDeletionCost" => set_deletion_cost(entry, log),
            "scaleReplicaSet" => scale_replica_set(entry, log),
            "deleteReplicaSet" => delete_replica_set(entry, log),
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

    /// Containers with their new images; `*` means all containers, as in kubectl.
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
        let name = self.subject.map(|subject| subject.id.name.as_str());
        let mut objects = Objects::of(self.folder.variant(), name);
        if !self.folder.add_manifest(&mut objects, node, log) {
            return None;
        }
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
        let created = apply::spec_of(subject, self.replicas);
        // An earlier edit can make a merge possible that fails here, so the run decides.
        let foreseen = apply::merge(&subject.manifest, &new.manifest, &created);
        let foreseen = foreseen.unwrap_or_else(|_| apply::spec_of(new, new.replicas.unwrap_or(1)));
        Some(Change::Apply(Box::new(Apply {
            manifest: Arc::clone(&new.manifest),
            created_with: Arc::clone(&subject.manifest),
            foreseen,
            merge: apply::merge,
        })))
    }

    fn set_strategy(&self, node: &Node, log: &mut Diagnostics) -> Option<Change> {
        let mut api: DeploymentStrategy = decode::object(node, log)?;
        defaulting::strategy(&mut api);
        let mut errors = Errors::default();
        validate::strategy(&api, &FieldPath::default(), &mut errors);
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

/// The keys of the change. Several are allowed if they form one update of the spec, like an edited manifest.
fn change_keys<'n>(fields: &mut Fields<'n>, log: &mut Diagnostics) -> Vec<&'n Entry> {
    let edits: Vec<_> = EDITS.iter().filter_map(|key| fields.entry(key)).collect();
    if edits.len() < 2 {
        return fields.one_of(&CHANGES, log).into_iter().collect();
    }
    for key in CHANGES.iter().filter(|key| !EDITS.contains(key)) {
        if let Some(other) = fields.entry(key) {
            let text = format!("`{key}` cannot be combined with other changes");
            let help = format!("one update of the spec can combine several of {}", quoted(&EDITS));
            log.push(Diagnostic::at(&other.key_place, text).help(help));
        }
    }
    if let (Some(_), Some(resume)) = (fields.entry("pause"), fields.entry("resume")) {
        log.push(Diagnostic::at(&resume.key_place, "an action takes one of `pause`, `resume`, not both"));
    }
    edits
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
    let pod = pod_choice(&mut fields, log);
    fields.finish(log);
    pod
}

fn pod_choice(fields: &mut Fields<'_>, log: &mut Diagnostics) -> Option<PodSelector> {
    let ordinal = fields.take("ordinal");
    let ordinal = ordinal.map_or(Some(0), |node| whole(node, "`ordinal`", 0..=i64::from(u32::MAX), log));
    let image = fields.take("image").and_then(|node| text(node, "`image`", log));
    Some(PodSelector { ordinal: ordinal? as u32, image: image.map(str::to_owned) })
}

/// With `force` the object is deleted at once, with `gracePeriod` after that time at the latest.
fn delete_pod(entry: &Entry, log: &mut Diagnostics) -> Option<Change> {
    let mut fields = Fields::of(&entry.value, "`deletePod`", log)?;
    let pod = pod_choice(&mut fields, log);
    let (grace, force) = (fields.take("gracePeriod"), fields.take("force"));
    fields.finish(log);
    let forced = force.map(|node| boolean(node, "`force`", log));
    let is_forced = match forced {
        Some(forced) => forced?,
        None => false,
    };
    let grace = match (grace, is_forced) {
        (None, false) => return pod.map(Change::DeletePod),
        (None, true) => Span::ZERO,
        (Some(node), true) => {
            let text = "--force and --grace-period greater than 0 cannot be specified together";
            log.push(Diagnostic::at(&node.place, text));
            return None;
        }
        (Some(node), false) => {
            let grace = span(node, "`gracePeriod`", log)?;
            if grace < Span::SECOND || grace.as_nanos() % Span::SECOND.as_nanos() != 0 {
                let error = Diagnostic::at(&node.place, "`gracePeriod` takes whole seconds, at least one");
                log.push(error.help("write `force: true` for a deletion without grace"));
                return None;
            }
            grace
        }
    };
    pod.map(|pod| Change::DeletePodWithin(pod, grace))
}

fn set_deletion_cost(entry: &Entry, log: &mut Diagnostics) -> Option<Change> {
    let mut fields = Fields::of(&entry.value, "`setDeletionCost`", log)?;
    let pod = pod_choice(&mut fields, log);
    let cost = fields.need("cost", log);
    fields.finish(log);
    let cost = whole(cost?, "`cost`", i64::from(i32::MIN)..=i64::from(i32::MAX), log)?;
    pod.map(|pod| Change::SetDeletionCost(pod, cost as i32))
}

fn replica_set_choice(fields: &mut Fields<'_>, log: &mut Diagnostics) -> Option<ReplicaSetSelector> {
    let revision = fields.take("revision");
    let revision = revision.map(|node| whole(node, "`revision`", 1..=i64::MAX, log));
    let image = fields.take("image").and_then(|node| text(node, "`image`", log));
    let revision = match revision {
        Some(revision) => Some(revision?),
        None => None,
    };
    Some(ReplicaSetSelector { revision, image: image.map(str::to_owned) })
}

fn scale_replica_set(entry: &Entry, log: &mut Diagnostics) -> Option<Change> {
    let mut fields = Fields::of(&entry.value, "`scaleReplicaSet`", log)?;
    let which = replica_set_choice(&mut fields, log);
    let replicas = fields.need("replicas", log);
    fields.finish(log);
    let replicas = whole(replicas?, "`replicas`", 0..=MAX_REPLICAS, log)?;
    which.map(|which| Change::ScaleReplicaSet(which, replicas as i32))
}

fn delete_replica_set(entry: &Entry, log: &mut Diagnostics) -> Option<Change> {
    let mut fields = Fields::of(&entry.value, "`deleteReplicaSet`", log)?;
    let which = replica_set_choice(&mut fields, log);
    let cascade = fields.take("cascade");
    fields.finish(log);
    let words = [("background", Cascade::Background), ("orphan", Cascade::Orphan)];
    let cascade = cascade.map_or(Some(Cascade::Background), |node| word(node, "`cascade`", &words, log));
    which.zip(cascade).map(|(which, cascade)| Change::DeleteReplicaSet(which, cascade))
}

fn pod_quota(node: &Node, log: &mut Diagnostics) -> Option<Change> {
    if node.as_str().is_some() {
        return word(node, "`setPodQuota`", &[("unlimited", ())], log).map(|()| Change::SetPodQuota(None));
    }
    whole(node, "`setPodQuota`", 0..=i64::MAX, log).map(|pods| Change::SetPodQuota(Some(pods)))
}

/// The nodes of a change, and the timeout of a drain.
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

/// Applies the actions to the spec in order: each applied manifest must merge with it, and the deadline must stay
/// longer than minReadySeconds. Checked only where the order of the actions is certain.
fn check_order(subject: &Workload, replicas: i32, actions: &[PlacedAction<'_>], log: &mut Diagnostics) {
    let time = |written: &PlacedAction<'_>| match written.action.trigger {
        Trigger::At(time) => Some(time),
        _ => None,
    };
    if actions.iter().any(|written| time(written).is_none()) {
        return;
    }
    let mut order: Vec<_> = actions.iter().collect();
    order.sort_by_key(|written| time(written));
    let (mut spec, mut last) = (apply::spec_of(subject, replicas), None);
    for written in order {
        let place = &written.change.value.place;
        let before = times(&spec);
        for edit in written.action.change.edits() {
            match edit {
                Change::Apply(apply) => match apply.merge_into(last, &spec) {
                    Ok(merged) => (spec, last) = (merged, Some(apply.manifest.as_ref())),
                    Err(why) => log.push(Diagnostic::at(place, why)),
                },
                other => follow(&mut spec, other),
            }
        }
        let after @ (ready, deadline) = times(&spec);
        if spec.deployment.is_some() && after != before && deadline <= ready {
            let text = format!(
                "Deployment.apps {:?} is invalid: spec.progressDeadlineSeconds: Invalid value: {deadline}: must be greater than \
                 minReadySeconds",
                subject.id.name
            );
            log.push(Diagnostic::at(place, text));
        }
    }
}

/// `minReadySeconds` and the deadline of a Deployment.
fn times(spec: &WorkloadSpec) -> (i32, i32) {
    let deadline = spec.deployment.and_then(|fields| fields.progress_deadline_seconds);
    (spec.min_ready_seconds, deadline.unwrap_or(UNLIMITED))
}

/// Applies an edit to the fields that other rules check. Images are irrelevant here.
fn follow(spec: &mut WorkloadSpec, edit: &Change) {
    match edit {
        Change::Scale(replicas) => spec.replicas = *replicas,
        Change::SetMinReadySeconds(seconds) => spec.min_ready_seconds = *seconds,
        _ => {}
    }
    let Some(fields) = &mut spec.deployment else { return };
    match edit {
        Change::Pause => fields.paused = true,
        Change::Resume => fields.paused = false,
        Change::SetStrategy(strategy) => fields.strategy = *strategy,
        Change::SetProgressDeadlineSeconds(seconds) => fields.progress_deadline_seconds = *seconds,
        Change::SetRevisionHistoryLimit(limit) => fields.revision_history_limit = *limit,
        _ => {}
    }
}
