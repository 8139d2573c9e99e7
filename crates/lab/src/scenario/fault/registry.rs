//! Faults of the registry.

use super::target::{Places, pod_target};
use crate::diagnostic::Diagnostics;
use crate::scenario::reader::{Fields, word};
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
    ];
    let failure = fields.take("failure");
    let failure = failure.map_or(Some(PullFailure::NotFound), |node| word(node, "`failure`", &failures, log));
    let target = pod_target(fields, places, log);
    Some(FaultKind::Registry(RegistryFault::Pull { target: target?, failure: failure? }))
}
