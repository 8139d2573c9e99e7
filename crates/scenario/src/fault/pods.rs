//! Faults of running pods.

use super::target::Places;
use crate::diagnostic::{Diagnostic, Diagnostics};
use crate::law::law;
use crate::reader::Fields;
use simulator::Span;
use simulator::engine::Law;
use simulator::model::{FaultKind, PodFault};

/// `PodDeletions`
pub(super) fn deletions(fields: &mut Fields<'_>, _: &mut Places, log: &mut Diagnostics) -> Option<FaultKind> {
    every(fields, log).map(|every| FaultKind::Pods(PodFault::Delete { every }))
}

/// `PodFailures`
pub(super) fn failures(fields: &mut Fields<'_>, _: &mut Places, log: &mut Diagnostics) -> Option<FaultKind> {
    every(fields, log).map(|every| FaultKind::Pods(PodFault::Fail { every }))
}

fn every(fields: &mut Fields<'_>, log: &mut Diagnostics) -> Option<Law> {
    let node = fields.need("every", log)?;
    let every = law(node, "`every`", log)?;
    // Checked at the median: with gaps of 0 virtual time would stop.
    if every.at(0.5) < Span::from_millis(1) {
        let text = "every: the time between two faults must be at least 1ms at the median";
        log.push(Diagnostic::at(&node.place, text));
        return None;
    }
    Some(every)
}
