//! The target of a fault: `target`, `fraction` and `together`.

use super::PlacedFault;
use crate::diagnostic::{Diagnostics, Place};
use crate::nodes::{Named, NodeNames, check_zone, node_number, unknown};
use crate::reader::{Fields, probability, text, word};
use simulator::model::{Cluster, Fault, FaultKind, Lot, PodTarget, Side};

/// The names in a fault that must exist, with their places.
#[derive(Default)]
pub(crate) struct Places {
    image: Option<Named>,
    node: Option<Named>,
    zone: Option<Named>,
    /// The names of nodes, pools and zones.
    pub(super) nodes: NodeNames,
}

impl Places {
    /// The place of a node's or a zone's name.
    pub(super) fn of_node_or_zone(&self) -> Option<&Place> {
        self.node.as_ref().or(self.zone.as_ref()).map(|(_, place)| place)
    }
}

/// Reads the pods that a fault hits.
pub(super) fn pod_target(
    fields: &mut Fields<'_>,
    places: &mut Places,
    log: &mut Diagnostics,
) -> Option<PodTarget> {
    let fraction = fields.take("fraction").map_or(Some(1.0), |node| probability(node, "`fraction`", log));
    let lots = [("node", Lot::Node), ("zone", Lot::Zone)];
    let together = fields.take("together");
    let lot = together.map_or(Some(Lot::Each), |node| word(node, "`together`", &lots, log));
    let mut side = None;
    if let Some(node) = fields.take("target") {
        let mut target = Fields::of(node, "`target`", log)?;
        let mut named = |key: &'static str| {
            let node = target.take(key)?;
            let name = text(node, &format!("`{key}`"), log)?;
            Some((name.to_owned(), node.place.clone()))
        };
        (places.image, places.node, places.zone) = (named("image"), named("node"), named("zone"));
        let sides = [("new", Side::New), ("old", Side::Old)];
        side = target.take("revision").and_then(|node| word(node, "`revision`", &sides, log));
        target.finish(log);
    }
    Some(PodTarget {
        image: places.image.as_ref().map(|(image, _)| image.clone()),
        side,
        // The number is resolved once the cluster is known.
        node: None,
        zone: places.zone.as_ref().map(|(zone, _)| zone.clone()),
        fraction: fraction?,
        lot: lot?,
    })
}

/// Resolves the names in faults: images of the scenario's pods, nodes and zones of its cluster. `images` are
/// sorted.
pub(crate) fn resolve(
    written: Vec<PlacedFault>,
    images: &[&str],
    cluster: &Cluster,
    log: &mut Diagnostics,
) -> Vec<Fault> {
    let resolve = |PlacedFault { mut fault, places }: PlacedFault| {
        if let Some((image, place)) = &places.image
            && images.binary_search(&image.as_str()).is_err()
        {
            let text = format!("no pod of this scenario uses the image `{image}`");
            log.push(unknown(place, &text, image, images, "images of this scenario"));
        }
        if let Some(zone) = &places.zone {
            check_zone(zone, cluster, log);
        }
        if let Some(node) = &places.node {
            let number = node_number(node, cluster, log);
            if let Some(target) = fault.kind.target_mut() {
                target.node = number;
            }
        }
        if let FaultKind::Node(of_nodes) = &mut fault.kind {
            of_nodes.target_mut().nodes = places.nodes.resolve(cluster, log);
        }
        fault
    };
    written.into_iter().map(resolve).collect()
}
