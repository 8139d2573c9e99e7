//! Faults of nodes.

use super::target::Places;
use crate::defaults;
use crate::diagnostic::{Diagnostic, Diagnostics};
use crate::law::law;
use crate::nodes::NodeNames;
use crate::reader::{Fields, probability, whole, word};
use simulator::engine::Law;
use simulator::model::{FaultKind, NodeFault, NodeTarget};

/// `NodeCrash`
pub(super) fn crash(
    fields: &mut Fields<'_>,
    places: &mut Places,
    log: &mut Diagnostics,
) -> Option<FaultKind> {
    let returns = optional_law(fields, "returnsAfter", log);
    let deleted = optional_law(fields, "deletedAfter", log);
    let target = node_target(fields, places, log);
    Some(FaultKind::Node(NodeFault::Crash { target: target?, returns, deleted }))
}

/// `ZoneLoss`: all nodes of one zone stop together.
#[expect(clippy::unnecessary_wraps, reason = "one of the readers in the table of kinds")]
pub(super) fn zone_loss(
    fields: &mut Fields<'_>,
    places: &mut Places,
    log: &mut Diagnostics,
) -> Option<FaultKind> {
    let returns = optional_law(fields, "returnsAfter", log);
    let deleted = optional_law(fields, "deletedAfter", log);
    places.nodes = NodeNames::of_zone(fields, log);
    let count = places.nodes.is_empty().then_some(1);
    let target = NodeTarget { by_zone: true, count, ..NodeTarget::ALL };
    Some(FaultKind::Node(NodeFault::Crash { target, returns, deleted }))
}

/// `NodeUnreachable`
pub(super) fn unreachable(
    fields: &mut Fields<'_>,
    places: &mut Places,
    log: &mut Diagnostics,
) -> Option<FaultKind> {
    let returns = optional_law(fields, "returnsAfter", log);
    let target = node_target(fields, places, log);
    Some(FaultKind::Node(NodeFault::Unreachable { target: target?, returns }))
}

/// `SpotReclaim`
pub(super) fn spot_reclaim(
    fields: &mut Fields<'_>,
    places: &mut Places,
    log: &mut Diagnostics,
) -> Option<FaultKind> {
    let notice = optional_law(fields, "notice", log);
    let deleted = optional_law(fields, "deletedAfter", log);
    let target = node_target(fields, places, log);
    Some(FaultKind::Node(NodeFault::SpotReclaim {
        target: target?,
        notice: notice.unwrap_or(defaults::SPOT_NOTICE.0),
        deleted: deleted.unwrap_or(defaults::SPOT_DELETION.0),
    }))
}

/// `NodeDrain`
pub(super) fn drain(
    fields: &mut Fields<'_>,
    places: &mut Places,
    log: &mut Diagnostics,
) -> Option<FaultKind> {
    if let Some(stagger) = fields.entry("stagger") {
        let text = "nodes are drained one after another, so `stagger` has no meaning here";
        log.push(Diagnostic::at(&stagger.key_place, text));
    }
    let target = node_target(fields, places, log)?;
    Some(FaultKind::Node(NodeFault::Drain { target }))
}

/// `ClockSkew`
pub(super) fn clock_skew(
    fields: &mut Fields<'_>,
    places: &mut Places,
    log: &mut Diagnostics,
) -> Option<FaultKind> {
    let entry = fields.one_of(&["ahead", "behind"], log);
    let offset = entry.and_then(|entry| law(&entry.value, &format!("`{}`", entry.key), log));
    let target = node_target(fields, places, log);
    let ahead = entry?.key == "ahead";
    Some(FaultKind::Node(NodeFault::ClockSkew { target: target?, offset: offset?, ahead }))
}

/// An optional law. A wrong law counts as absent: its error is in the log and prevents the run.
fn optional_law(fields: &mut Fields<'_>, key: &'static str, log: &mut Diagnostics) -> Option<Law> {
    let node = fields.take(key)?;
    law(node, &format!("`{key}`"), log)
}

/// Reads the nodes that a fault hits, and the time of each.
fn node_target(fields: &mut Fields<'_>, places: &mut Places, log: &mut Diagnostics) -> Option<NodeTarget> {
    let fraction = fields.take("fraction").map_or(Some(1.0), |node| probability(node, "`fraction`", log));
    let together = fields.take("together");
    let by_zone = together.map_or(Some(false), |node| word(node, "`together`", &[("zone", true)], log));
    let count = fields.take("count");
    let count = count.map(|node| whole(node, "`count`", 1..=100_000, log));
    let stagger = optional_law(fields, "stagger", log);
    if let Some(node) = fields.take("target") {
        let mut target = Fields::of(node, "`target`", log)?;
        places.nodes = NodeNames::take(&mut target, log);
        target.finish(log);
    }
    let count = match count {
        None => None,
        Some(count) => Some(count? as u32),
    };
    Some(NodeTarget { fraction: fraction?, by_zone: by_zone?, count, stagger, ..NodeTarget::ALL })
}
