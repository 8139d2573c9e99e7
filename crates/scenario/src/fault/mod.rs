//! The section `faults`.

mod admission;
mod application;
mod control_plane;
mod node;
mod pods;
mod registry;
mod target;

pub(crate) use target::resolve;

use super::law::law;
use super::reader::{Fields, list_of_at_most, probability, text, word};
use super::trigger;
use super::validate::is_dns_label;
use super::yaml::Node;
use crate::diagnostic::{Diagnostic, Diagnostics};
use simulator::Span;
use simulator::model::{Fault, FaultKind, Window};
use std::collections::BTreeSet;
use target::Places;

/// The most faults of one scenario.
const MOST_FAULTS: usize = 10_000;

/// A fault with the places of its targets.
pub(crate) struct PlacedFault {
    pub(crate) fault: Fault,
    places: Places,
}

/// Reads the keys of one kind of fault.
type Read = fn(&mut Fields<'_>, &mut Places, &mut Diagnostics) -> Option<FaultKind>;

const KINDS: [(&str, Read); 31] = [
    ("ImagePullError", registry::image_pull_error),
    ("RegistrySlow", registry::slow),
    ("RegistryRateLimit", registry::rate_limit),
    ("QuotaExhausted", admission::quota_exhausted),
    ("ReadinessFailure", application::readiness_failure),
    ("LivenessFailure", application::liveness_failure),
    ("ApplicationCrash", application::application_crash),
    ("WrongPort", application::wrong_port),
    ("MissingConfig", application::missing_config),
    ("SlowStart", application::slow_start),
    ("PodDeletions", pods::deletions),
    ("PodFailures", pods::failures),
    ("DenyPods", admission::deny_pods),
    ("LimitRangeTooStrict", admission::limit_range),
    ("PermissionDenied", admission::permission_denied),
    ("ServiceAccountMissing", admission::service_account),
    ("PodSecurityViolation", admission::pod_security),
    ("Webhook", admission::webhook),
    ("NamespaceTerminating", admission::namespace_terminating),
    ("ApiErrors", control_plane::api_errors),
    ("ApiLatency", control_plane::api_latency),
    ("LeaderChange", control_plane::leader_change),
    ("ControllersRestart", control_plane::controllers_restart),
    ("StaleWatch", control_plane::stale_watch),
    ("SlowController", control_plane::slow_controller),
    ("NodeCrash", node::crash),
    ("NodeUnreachable", node::unreachable),
    ("ZoneLoss", node::zone_loss),
    ("SpotReclaim", node::spot_reclaim),
    ("NodeDrain", node::drain),
    ("ClockSkew", node::clock_skew),
];

/// Reads all faults, in order of writing.
pub(crate) fn all(node: Option<&Node>, horizon: Span, log: &mut Diagnostics) -> Vec<PlacedFault> {
    let mut faults: Vec<PlacedFault> = Vec::new();
    let mut names = BTreeSet::new();
    for item in node.map_or(&[][..], |node| list_of_at_most(node, "`faults`", MOST_FAULTS, log)) {
        let Some(written) = one(item, horizon, log) else {
            continue;
        };
        if !names.insert(written.fault.name.clone()) {
            let place = item.get("name").map_or(&item.place, |name| &name.place);
            let text = format!("two faults are called `{}`", written.fault.name);
            log.push(Diagnostic::at(place, text).help("a fault's name is the name of its random stream"));
        }
        faults.push(written);
    }
    faults
}

fn one(node: &Node, horizon: Span, log: &mut Diagnostics) -> Option<PlacedFault> {
    let mut fields = Fields::of(node, "a fault", log)?;
    let name = fields.need("name", log).and_then(|node| self::name(node, log));
    let kind = fields.need("kind", log).and_then(|node| word(node, "`kind`", &KINDS, log));
    let timed = node.get("at").is_some() || node.get("when").is_some();
    let from = trigger::read(&mut fields, horizon, log);
    let from = if timed { from } else { Some(Window::ALWAYS.from) };
    let duration = fields.take("for");
    let lasting = duration.is_some();
    let duration = duration.and_then(|node| law(node, "`for`", log));
    let chance = fields.take("probability").map_or(Some(1.0), |node| probability(node, "`probability`", log));
    // Which other keys belong to a fault depends on its kind.
    let mut places = Places::default();
    let kind = kind?(&mut fields, &mut places, log);
    fields.finish(log);
    if lasting && duration.is_none() {
        return None;
    }
    let fault =
        Fault { name: name?, kind: kind?, window: Window { from: from?, duration }, probability: chance? };
    Some(PlacedFault { fault, places })
}

fn name(node: &Node, log: &mut Diagnostics) -> Option<String> {
    let name = text(node, "`name`", log)?;
    if !is_dns_label(name) {
        let text = "the name of a fault must be a DNS label (lower case letters, digits, `-`)";
        log.push(Diagnostic::at(&node.place, text));
    }
    Some(name.to_owned())
}

#[cfg(test)]
mod tests {
    use super::KINDS;

    #[test]
    fn every_kind_is_in_the_table_of_clocks() {
        let table = include_str!("../../docs/faults.md");
        for (kind, _) in KINDS {
            assert!(
                table.contains(&format!("| `{kind}`")) || table.contains(&format!(", `{kind}`")),
                "{kind}"
            );
        }
    }
}
