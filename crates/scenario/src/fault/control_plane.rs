//! Faults of the control plane.

use super::target::Places;
use crate::cluster::client_limit;
use crate::defaults;
use crate::diagnostic::{Diagnostic, Diagnostics};
use crate::law::{law, span};
use crate::reader::{Fields, number, probability, whole, word};
use crate::yaml::Node;
use simulator::Span;
use simulator::engine::Law;
use simulator::model::{
    ApiError, CallSelection, CallTarget, ControlPlaneFault, ControllerName, FaultKind, LeaderEnding,
    Resource, Slowdown, Staleness, Verb,
};

type Found = Option<FaultKind>;

const RESOURCES: [(&str, (Resource, bool)); 5] = [
    ("pods", (Resource::Pods, false)),
    ("replicasets", (Resource::ReplicaSets, false)),
    ("deployments", (Resource::Deployments, false)),
    ("replicasets/status", (Resource::ReplicaSets, true)),
    ("deployments/status", (Resource::Deployments, true)),
];

const VERBS: [(&str, Verb); 4] =
    [("create", Verb::Create), ("update", Verb::Update), ("patch", Verb::Patch), ("delete", Verb::Delete)];

/// `resource` and `verb`, as RBAC writes them. The only call on a status is an update.
pub(super) fn call_target(fields: &mut Fields<'_>, log: &mut Diagnostics) -> Option<CallTarget> {
    let resource_node = fields.take("resource");
    let resource = if_given(resource_node, |node| word(node, "`resource`", &RESOURCES, log));
    let verb_node = fields.take("verb");
    let verb = if_given(verb_node, |node| word(node, "`verb`", &VERBS, log));
    let (resource, verb) = (resource.ok()?, verb.ok()?);
    let Some((resource, status)) = resource else { return Some(CallTarget { resource: None, verb }) };
    if !status {
        let target = CallTarget { resource: Some(resource), verb };
        return is_made(target).then_some(target).or_else(|| never_made(verb_node?, log));
    }
    if verb.is_some_and(|verb| verb != Verb::Update) {
        let text = "the controllers only update a status";
        log.push(Diagnostic::at(&verb_node?.place, text).help("write `verb: update`"));
        return None;
    }
    Some(CallTarget { resource: Some(resource), verb: Some(Verb::Status) })
}

/// An error that is already in the log.
struct Reported;

/// The value of an optional place.
fn if_given<T>(node: Option<&Node>, read: impl FnOnce(&Node) -> Option<T>) -> Result<Option<T>, Reported> {
    node.map_or(Ok(None), |node| read(node).map(Some).ok_or(Reported))
}

/// Whether one of the two controllers makes such a call.
fn is_made(target: CallTarget) -> bool {
    !matches!(
        (target.resource, target.verb),
        (Some(Resource::Pods), Some(Verb::Update))
            | (Some(Resource::ReplicaSets), Some(Verb::Patch))
            | (Some(Resource::Deployments), Some(Verb::Create | Verb::Patch | Verb::Delete))
    )
}

fn never_made(verb: &Node, log: &mut Diagnostics) -> Option<CallTarget> {
    let text = "the controllers never make this call";
    let help = "they create, patch and delete pods; create, update and delete replicasets; update deployments and statuses";
    log.push(Diagnostic::at(&verb.place, text).help(help));
    None
}

/// `ApiErrors`
pub(super) fn api_errors(fields: &mut Fields<'_>, _: &mut Places, log: &mut Diagnostics) -> Found {
    let target = call_target(fields, log);
    let fraction = fields.take("fraction").map_or(Some(1.0), |node| probability(node, "`fraction`", log));
    let most_calls = 0..=i64::from(u32::MAX);
    let skip = fields.take("skip").map_or(Some(0), |node| whole(node, "`skip`", most_calls.clone(), log));
    let most = if_given(fields.take("most"), |node| whole(node, "`most`", most_calls, log));
    let error = error(fields, log);
    let lot =
        CallSelection { fraction: fraction?, skip: skip? as u32, most: most.ok()?.map(|most| most as u32) };
    Some(FaultKind::ControlPlane(ControlPlaneFault::ApiErrors { target: target?, lot, error: error? }))
}

type ErrorReader = fn(&mut Fields<'_>, &mut Diagnostics) -> Option<ApiError>;

/// `error`, with the keys of some errors.
fn error(fields: &mut Fields<'_>, log: &mut Diagnostics) -> Option<ApiError> {
    const ERRORS: [(&str, ErrorReader); 6] = [
        ("conflict", |_, _| Some(ApiError::Conflict)),
        ("tooManyRequests", |fields, log| {
            let node = fields.take("retryAfter");
            let retry_after = node.map_or(Some(defaults::RETRY_AFTER.0), |node| seconds(node, log))?;
            Some(ApiError::TooManyRequests { retry_after })
        }),
        ("internal", |_, _| Some(ApiError::Internal)),
        ("unavailable", |_, _| Some(ApiError::Unavailable)),
        ("timeoutBeforeCommit", |fields, log| {
            Some(ApiError::TimeoutBeforeCommit { after: timeout(fields, log)? })
        }),
        ("timeoutAfterCommit", |fields, log| {
            Some(ApiError::TimeoutAfterCommit { after: timeout(fields, log)? })
        }),
    ];
    let read = fields.need("error", log).and_then(|node| word(node, "`error`", &ERRORS, log))?;
    read(fields, log)
}

/// The time until the client gets a timeout.
fn timeout(fields: &mut Fields<'_>, log: &mut Diagnostics) -> Option<Law> {
    let default = Law::Constant(defaults::REQUEST_TIMEOUT.0);
    fields.take("after").map_or(Some(default), |node| law(node, "`after`", log))
}

/// A header `Retry-After` has whole seconds.
fn seconds(node: &Node, log: &mut Diagnostics) -> Option<Span> {
    let span = span(node, "`retryAfter`", log)?;
    if span < Span::SECOND || span.as_nanos() % Span::SECOND.as_nanos() != 0 {
        log.push(Diagnostic::at(
            &node.place,
            "`retryAfter` must be a number of whole seconds, at least `1s`",
        ));
        return None;
    }
    Some(span)
}

/// `ApiLatency`
pub(super) fn api_latency(fields: &mut Fields<'_>, _: &mut Places, log: &mut Diagnostics) -> Found {
    let target = call_target(fields, log);
    let fraction = fields.take("fraction").map_or(Some(1.0), |node| probability(node, "`fraction`", log));
    let how = fields.one_of(&["added", "factor"], log)?;
    let slower = if how.key == "added" {
        law(&how.value, "`added`", log).map(Slowdown::By)
    } else {
        let factor = number(&how.value, "`factor`", log)?;
        if !(1.0..=1e6).contains(&factor) {
            log.push(Diagnostic::at(&how.value.place, "`factor` must be a number from 1 to 1000000"));
            return None;
        }
        Some(Slowdown::Times(factor))
    };
    Some(FaultKind::ControlPlane(ControlPlaneFault::ApiLatency {
        target: target?,
        fraction: fraction?,
        slower: slower?,
    }))
}

fn after_writes(fields: &mut Fields<'_>, log: &mut Diagnostics) -> Option<u32> {
    let node = fields.take("afterWrites");
    let writes = node.map_or(Some(0), |node| whole(node, "`afterWrites`", 0..=i64::from(u32::MAX), log));
    writes.map(|writes| writes as u32)
}

/// `LeaderChange`
pub(super) fn leader_change(fields: &mut Fields<'_>, _: &mut Places, log: &mut Diagnostics) -> Found {
    let endings = [("graceful", LeaderEndingWord::Graceful), ("dead", LeaderEndingWord::Dead)];
    let ending = fields.need("ending", log).and_then(|node| word(node, "`ending`", &endings, log));
    let after_writes = after_writes(fields, log);
    let ending = match ending? {
        LeaderEndingWord::Graceful => LeaderEnding::Graceful,
        LeaderEndingWord::Dead => LeaderEnding::Dead,
    };
    Some(FaultKind::ControlPlane(ControlPlaneFault::LeaderChange { ending, after_writes: after_writes? }))
}

#[derive(Clone, Copy)]
enum LeaderEndingWord {
    Graceful,
    Dead,
}

/// `ControllersRestart`
pub(super) fn controllers_restart(fields: &mut Fields<'_>, _: &mut Places, log: &mut Diagnostics) -> Found {
    let down = fields.need("down", log).and_then(|node| law(node, "`down`", log));
    let after_writes = after_writes(fields, log);
    let ending = LeaderEnding::Restart { down: down? };
    Some(FaultKind::ControlPlane(ControlPlaneFault::LeaderChange { ending, after_writes: after_writes? }))
}

/// `StaleWatch`
pub(super) fn stale_watch(fields: &mut Fields<'_>, _: &mut Places, log: &mut Diagnostics) -> Found {
    const WATCHED: [(&str, Resource); 3] = [
        ("pods", Resource::Pods),
        ("replicasets", Resource::ReplicaSets),
        ("deployments", Resource::Deployments),
    ];
    let resource = if_given(fields.take("resource"), |node| word(node, "`resource`", &WATCHED, log));
    let delay = fields.need("delay", log)?;
    let staleness = match delay.as_str() {
        Some("frozen") => Some(Staleness::Frozen),
        _ => law(delay, "`delay`", log).map(Staleness::By),
    };
    Some(FaultKind::ControlPlane(ControlPlaneFault::StaleWatch {
        resource: resource.ok()?,
        staleness: staleness?,
    }))
}

/// `SlowController`
pub(super) fn slow_controller(fields: &mut Fields<'_>, _: &mut Places, log: &mut Diagnostics) -> Found {
    let names = [("deployment", ControllerName::Deployment), ("replicaset", ControllerName::ReplicaSet)];
    let controller = if_given(fields.take("controller"), |node| word(node, "`controller`", &names, log));
    let workers = if_given(fields.take("workers"), |node| whole(node, "`workers`", 1..=1000, log));
    let limit = if_given(fields.take("clientLimit"), |node| limit(node, log));
    let (workers, limit) = (workers.ok()?, limit.ok()?);
    if workers.is_none() && limit.is_none() {
        fields.one_of(&["workers", "clientLimit"], log);
        return None;
    }
    Some(FaultKind::ControlPlane(ControlPlaneFault::SlowController {
        controller: controller.ok()?,
        workers: workers.map(|workers| workers as u32),
        client_limit: limit,
    }))
}

fn limit(node: &Node, log: &mut Diagnostics) -> Option<(f64, u32)> {
    let limit = client_limit(node, "`clientLimit`", log)?;
    if limit.is_none() {
        let text = "`clientLimit` of a slow controller must be a limit";
        log.push(Diagnostic::at(&node.place, text));
    }
    limit
}
