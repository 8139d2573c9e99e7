//! Faults in the admission of new objects.

use super::control_plane::call_target;
use super::target::{Places, pod_target};
use crate::cluster::quantity;
use crate::diagnostic::{Diagnostic, Diagnostics};
use crate::law::{law, span};
use crate::policy::{self, amount_of};
use crate::reader::{Fields, mapping, nearest, quoted, text, unknown_key, whole, word};
use crate::yaml::{Node, Value};
use crate::{defaulting, defaults};
use k8s_openapi::api::core::v1::LimitRangeItem as ApiItem;
use k8s_openapi::apimachinery::pkg::api::resource::Quantity as ApiQuantity;
use simulator::Span;
use simulator::engine::Law;
use simulator::model::{
    AdmissionFault, Amounts, Counted, FailurePolicy, FaultKind, Lot, PodTarget, Webhook, WebhookMode,
};
use std::collections::BTreeMap;

type Found = Option<FaultKind>;

/// `QuotaExhausted`
pub(super) fn quota_exhausted(fields: &mut Fields<'_>, _: &mut Places, log: &mut Diagnostics) -> Found {
    let quota = fields.need("quota", log).and_then(|node| text(node, "`quota`", log));
    if ["pods", "hard", "used"].iter().all(|key| fields.peek(key).is_none()) {
        // `pods` is the first key of the format and stays valid.
        fields.need("pods", log);
    }
    let pods = fields.take("pods").map(|node| whole(node, "`pods`", 0..=i64::MAX, log));
    let hard = fields.take("hard").map(|node| counted_amounts(node, "`hard`", log));
    let used = fields.take("used").map(|node| counted_amounts(node, "`used`", log));
    let mut all = hard.unwrap_or_else(|| Some(Amounts::new()))?;
    if let Some(pods) = pods {
        all.retain(|(counted, _)| *counted != Counted::Pods);
        all.push((Counted::Pods, pods?));
    }
    all.sort_unstable();
    let used = used.unwrap_or_else(|| Some(Amounts::new()))?;
    if all.is_empty() && used.is_empty() {
        return None;
    }
    Some(FaultKind::Admission(AdmissionFault::Quota { quota: quota?.to_owned(), hard: all, used }))
}

/// Counted resources with amounts, as in `spec.hard`.
fn counted_amounts(node: &Node, what: &str, log: &mut Diagnostics) -> Option<Amounts> {
    let names: Vec<&str> = Counted::ALL.into_iter().map(Counted::name).collect();
    let mut amounts = Amounts::new();
    for entry in mapping(node, what, log) {
        let Some(counted) = Counted::ALL.into_iter().find(|counted| counted.name() == entry.key) else {
            let error = Diagnostic::at(&entry.key_place, format!("a quota does not count `{}`", entry.key));
            log.push(match nearest(&entry.key, &names) {
                Some(near) => error.help(format!("did you mean `{near}`?")),
                None => error.help(format!("it counts {}", quoted(&names))),
            });
            return None;
        };
        let quantity = quantity(&entry.value, &format!("`{}`", entry.key), log)?;
        amounts.push((counted, amount_of(counted, quantity)));
    }
    amounts.sort_unstable();
    Some(amounts)
}

/// `DenyPods`
pub(super) fn deny_pods(fields: &mut Fields<'_>, _: &mut Places, log: &mut Diagnostics) -> Found {
    let message = fields.need("message", log).and_then(|node| text(node, "`message`", log))?;
    Some(FaultKind::Admission(AdmissionFault::Deny { message: message.to_owned() }))
}

/// `LimitRangeTooStrict`
pub(super) fn limit_range(fields: &mut Fields<'_>, _: &mut Places, log: &mut Diagnostics) -> Found {
    let kinds = [("Container", "Container"), ("Pod", "Pod")];
    let kind = fields.take("type");
    let kind = kind.map_or(Some("Container"), |node| word(node, "`type`", &kinds, log));
    let keys = ["min", "max", "maxLimitRequestRatio"];
    if keys.iter().all(|key| fields.peek(key).is_none()) {
        fields.one_of(&keys, log);
        return None;
    }
    let mut read = |key: &'static str| match fields.take(key) {
        Some(node) => resource_amounts(node, key, log).map(Some),
        None => Some(None),
    };
    let (min, max, max_limit_request_ratio) = (read("min"), read("max"), read("maxLimitRequestRatio"));
    let mut api = ApiItem {
        type_: kind?.to_owned(),
        min: min?,
        max: max?,
        max_limit_request_ratio: max_limit_request_ratio?,
        ..ApiItem::default()
    };
    // A range with a maximum also has defaults: a container without a limit gets the maximum.
    defaulting::limit_range_item(&mut api);
    Some(FaultKind::Admission(AdmissionFault::LimitRange(policy::item(&api))))
}

/// `PermissionDenied`
pub(super) fn permission_denied(fields: &mut Fields<'_>, _: &mut Places, log: &mut Diagnostics) -> Found {
    let target = call_target(fields, log)?;
    if target.resource.is_none() {
        fields.need("resource", log);
        return None;
    }
    Some(FaultKind::Admission(AdmissionFault::PermissionDenied(target)))
}

/// `ServiceAccountMissing`
pub(super) fn service_account(fields: &mut Fields<'_>, _: &mut Places, log: &mut Diagnostics) -> Found {
    let name = match fields.take("serviceAccount") {
        Some(node) => Some(text(node, "`serviceAccount`", log)?.to_owned()),
        None => None,
    };
    Some(FaultKind::Admission(AdmissionFault::ServiceAccountMissing { name }))
}

/// A target of pods that do not exist yet, so that it has neither node nor zone.
fn new_pods(fields: &mut Fields<'_>, places: &mut Places, log: &mut Diagnostics) -> Option<PodTarget> {
    let together = fields.peek("together");
    let target = pod_target(fields, places, log)?;
    if let Some(place) = places.of_node_or_zone().or(together.map(|node| &node.place)) {
        let text =
            "a pod that is being created is on no node yet: `target` takes `image` and `revision` here";
        log.push(Diagnostic::at(place, text));
        return None;
    }
    Some(PodTarget { lot: Lot::Each, ..target })
}

/// `PodSecurityViolation`
pub(super) fn pod_security(fields: &mut Fields<'_>, places: &mut Places, log: &mut Diagnostics) -> Found {
    let levels = [("baseline", "baseline:latest"), ("restricted", "restricted:latest")];
    let level = fields.take("level");
    let level = level.map_or(Some("restricted:latest"), |node| word(node, "`level`", &levels, log));
    let details = fields.take("details");
    let details = details.map_or(Some(defaults::POD_SECURITY.0), |node| text(node, "`details`", log));
    let target = new_pods(fields, places, log);
    Some(FaultKind::Admission(AdmissionFault::PodSecurity {
        target: target?,
        level: level?.to_owned(),
        details: details?.to_owned(),
    }))
}

/// `Webhook`
pub(super) fn webhook(fields: &mut Fields<'_>, places: &mut Places, log: &mut Diagnostics) -> Found {
    let name = fields.take("webhook");
    let name = name.map_or(Some("policy.example.com"), |node| text(node, "`webhook`", log));
    let mode = fields.need("mode", log).and_then(|node| mode(node, log));
    let policies = [("Fail", FailurePolicy::Fail), ("Ignore", FailurePolicy::Ignore)];
    let policy = fields.take("failurePolicy");
    let policy =
        policy.map_or(Some(FailurePolicy::Fail), |node| word(node, "`failurePolicy`", &policies, log));
    let timeout = fields.take("timeout");
    let timeout = timeout.map_or(Some(defaults::WEBHOOK_TIMEOUT.0), |node| timeout_of(node, log));
    let latency = fields.take("latency");
    let slow = mode == Some(WebhookMode::Slow);
    if latency.is_none() && slow {
        fields.need("latency", log);
        return None;
    }
    let latency =
        latency.map_or(Some(Law::Constant(defaults::WEBHOOK_LATENCY.0)), |node| law(node, "`latency`", log));
    let target = new_pods(fields, places, log);
    Some(FaultKind::Admission(AdmissionFault::Webhook(Webhook {
        name: name?.to_owned(),
        target: target?,
        mode: mode?,
        failure_policy: policy?,
        timeout: timeout?,
        latency: latency?,
    })))
}

/// `slow`, `unavailable`, or `{deny: text}`.
fn mode(node: &Node, log: &mut Diagnostics) -> Option<WebhookMode> {
    if let Value::Map(_) = node.value {
        let mut fields = Fields::of(node, "`mode`", log)?;
        let message = fields.need("deny", log).and_then(|node| text(node, "`deny`", log));
        fields.finish(log);
        return message.map(|message| WebhookMode::Deny(message.to_owned()));
    }
    if node.as_str() == Some("deny") {
        log.push(Diagnostic::at(&node.place, "`deny` needs a message: write `mode: {deny: no label team}`"));
        return None;
    }
    let down = word(node, "`mode`", &[("slow", false), ("unavailable", true)], log)?;
    Some(if down { WebhookMode::Unavailable } else { WebhookMode::Slow })
}

fn timeout_of(node: &Node, log: &mut Diagnostics) -> Option<Span> {
    let timeout = span(node, "`timeout`", log)?;
    let whole = timeout.as_nanos() % Span::SECOND.as_nanos() == 0;
    if !whole || !(Span::SECOND..=Span::from_secs(30)).contains(&timeout) {
        let text = "`timeout` must be between 1 and 30 whole seconds, as `timeoutSeconds` of a webhook";
        log.push(Diagnostic::at(&node.place, text));
        return None;
    }
    Some(timeout)
}

/// `NamespaceTerminating`
pub(super) fn namespace_terminating(fields: &mut Fields<'_>, _: &mut Places, log: &mut Diagnostics) -> Found {
    if let Some(node) = fields.peek("for") {
        let text = "the deletion of a namespace cannot be reverted: `for` has no meaning here";
        log.push(Diagnostic::at(&node.place, text));
        return None;
    }
    Some(FaultKind::Admission(AdmissionFault::NamespaceTerminating))
}

/// Amounts of resources, as in a limit range.
fn resource_amounts(node: &Node, key: &str, log: &mut Diagnostics) -> Option<BTreeMap<String, ApiQuantity>> {
    const KNOWN: [&str; 3] = ["cpu", "memory", "ephemeral-storage"];
    let mut amounts = BTreeMap::new();
    for entry in mapping(node, &format!("`{key}`"), log) {
        if !KNOWN.contains(&entry.key.as_str()) {
            log.push(unknown_key(entry, &format!("`{key}`"), &KNOWN));
            return None;
        }
        let amount = quantity(&entry.value, &format!("`{}`", entry.key), log)?;
        amounts.insert(entry.key.clone(), ApiQuantity(amount.canonical()));
    }
    Some(amounts)
}
