//! Faults of the application in its containers.

use super::target::{Places, pod_target};
use crate::diagnostic::{Diagnostic, Diagnostics};
use crate::scenario::law::law;
use crate::scenario::reader::{Fields, word};
use crate::scenario::yaml::{Node, Value};
use simulator::Span;
use simulator::model::{ApplicationFault, FaultKind, ReadinessFault};

/// `ReadinessFailure`
pub(super) fn readiness_failure(
    fields: &mut Fields<'_>,
    places: &mut Places,
    log: &mut Diagnostics,
) -> Option<FaultKind> {
    let failure = fields.take("readiness");
    let failure = failure.map_or(Some(ReadinessFault::Never), |node| readiness(node, log));
    let target = pod_target(fields, places, log);
    Some(FaultKind::Application(ApplicationFault::Readiness { target: target?, failure: failure? }))
}

fn readiness(node: &Node, log: &mut Diagnostics) -> Option<ReadinessFault> {
    if let Value::Str(_) = node.value {
        return word(node, "`readiness`", &[("never", ())], log).map(|()| ReadinessFault::Never);
    }
    let mut fields = Fields::of(node, "`readiness`", log)?;
    let kind = fields.one_of(&["late", "flapping"], log);
    fields.finish(log);
    let kind = kind?;
    if kind.key == "late" {
        return law(&kind.value, "`late`", log).map(ReadinessFault::Late);
    }
    let mut fields = Fields::of(&kind.value, "`flapping`", log)?;
    let up = fields.need("up", log).and_then(|node| law(node, "`up`", log));
    let down = fields.need("down", log).and_then(|node| law(node, "`down`", log));
    fields.finish(log);
    let (up, down) = (up?, down?);
    if up.at(0.5) + down.at(0.5) < Span::from_millis(1) {
        log.push(Diagnostic::at(
            &kind.value.place,
            "flapping: one round must take at least 1ms at the median",
        ));
        return None;
    }
    Some(ReadinessFault::Flapping { up, down })
}
