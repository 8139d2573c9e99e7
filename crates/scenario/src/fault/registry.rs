//! Faults of the registry.

use super::target::{Places, pod_target};
use crate::diagnostic::{Diagnostic, Diagnostics};
use crate::law::law;
use crate::reader::{Fields, number, word};
use crate::registry::rate_limit_of;
use crate::yaml::Node;
use simulator::model::{FaultKind, PullFailure, RegistryFault};

/// `ImagePullError`
pub(super) fn image_pull_error(
    fields: &mut Fields<'_>,
    places: &mut Places,
    log: &mut Diagnostics,
) -> Option<FaultKind> {
    let failures = [
        ("notFound", PullFailure::NotFound),
        ("unauthorised", PullFailure::Unauthorised),
        ("registryDown", PullFailure::RegistryDown),
        ("connectionRefused", PullFailure::ConnectionRefused),
    ];
    let failure = fields.take("failure");
    let failure = failure.map_or(Some(PullFailure::NotFound), |node| word(node, "`failure`", &failures, log));
    let target = pod_target(fields, places, log);
    Some(FaultKind::Registry(RegistryFault::Pull { target: target?, failure: failure? }))
}

/// `RegistrySlow`
pub(super) fn slow(fields: &mut Fields<'_>, places: &mut Places, log: &mut Diagnostics) -> Option<FaultKind> {
    let (factor, extra) = (fields.take("factor"), fields.take("extra"));
    let target = pod_target(fields, places, log);
    if factor.is_none() && extra.is_none() {
        fields.one_of(&["factor", "extra"], log);
        return None;
    }
    let factor = factor.map_or(Some(1.0), |node| self::factor(node, log));
    let extra = match extra {
        Some(node) => Some(law(node, "`extra`", log)?),
        None => None,
    };
    Some(FaultKind::Registry(RegistryFault::Slow { target: target?, factor: factor?, extra }))
}

fn factor(node: &Node, log: &mut Diagnostics) -> Option<f64> {
    let factor = number(node, "`factor`", log)?;
    if !(1.0..=1e6).contains(&factor) {
        log.push(Diagnostic::at(&node.place, "`factor` must be a number from 1 to 1000000"));
        return None;
    }
    Some(factor)
}

/// `RegistryRateLimit`
pub(super) fn rate_limit(
    fields: &mut Fields<'_>,
    _: &mut Places,
    log: &mut Diagnostics,
) -> Option<FaultKind> {
    rate_limit_of(fields, log).map(|limit| FaultKind::Registry(RegistryFault::RateLimited(limit)))
}
