//! What a fault hits: `target`, `fraction` and `together`.

use super::Written;
use crate::diagnostic::{Diagnostic, Diagnostics, Place};
use crate::scenario::reader::{Fields, nearest, probability, quoted, text, word};
use simulator::model::{Cluster, Fault, Lot, PodTarget, Side};

/// Where a fault names something that must exist, with the name.
#[derive(Default)]
pub(crate) struct Places {
    image: Option<(String, Place)>,
    node: Option<(String, Place)>,
    zone: Option<(String, Place)>,
}

impl Places {
    /// Where a node or a zone is named.
    pub(super) fn of_node_or_zone(&self) -> Option<&Place> {
        self.node.as_ref().or(self.zone.as_ref()).map(|(_, place)| place)
    }
}

/// Reads which pods a fault hits.
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
        *places = Places { image: named("image"), node: named("node"), zone: named("zone") };
        let sides = [("new", Side::New), ("old", Side::Old)];
        side = target.take("revision").and_then(|node| word(node, "`revision`", &sides, log));
        target.finish(log);
    }
    Some(PodTarget {
        image: places.image.as_ref().map(|(image, _)| image.clone()),
        side,
        // The number is looked up once the cluster is known.
        node: None,
        zone: places.zone.as_ref().map(|(zone, _)| zone.clone()),
        fraction: fraction?,
        lot: lot?,
    })
}

/// Looks up what faults name: images that some pod of the scenario has, nodes and zones of its cluster.
pub(crate) fn resolve(
    written: Vec<Written>,
    images: &[&str],
    cluster: &Cluster,
    log: &mut Diagnostics,
) -> Vec<Fault> {
    let zones: Vec<&str> = cluster.pools.iter().filter_map(|pool| pool.zone.as_deref()).collect();
    let resolve = |Written { mut fault, places }: Written| {
        if let Some((image, place)) = &places.image
            && !images.contains(&image.as_str())
        {
            let text = format!("no pod of this scenario ever has the image `{image}`");
            log.push(unknown(place, &text, image, images, "images of this scenario"));
        }
        if let Some((zone, place)) = &places.zone
            && !zones.contains(&zone.as_str())
        {
            let text = format!("no node is in the zone `{zone}`");
            log.push(unknown(place, &text, zone, &zones, "zones of this cluster"));
        }
        if let Some((node, place)) = &places.node {
            let number = number_of(node, cluster);
            if number.is_none() {
                let pools: Vec<String> = cluster
                    .pools
                    .iter()
                    .map(|pool| format!("{}-0 to {}-{}", pool.name, pool.name, pool.nodes - 1))
                    .collect();
                let text = format!("there is no node `{node}`");
                log.push(
                    Diagnostic::at(place, text).help(format!("nodes of this cluster: {}", pools.join(", "))),
                );
            }
            if let Some(target) = fault.kind.target_mut() {
                target.node = number;
            }
        }
        fault
    };
    written.into_iter().map(resolve).collect()
}

fn unknown(place: &Place, text: &str, name: &str, known: &[&str], what: &str) -> Diagnostic {
    let error = Diagnostic::at(place, text);
    match nearest(name, known) {
        Some(near) => error.help(format!("did you mean `{near}`?")),
        None if known.is_empty() => error,
        None => error.help(format!("{what}: {}", quoted(known))),
    }
}

/// The number of the node called `name`, counted through the pools.
pub(super) fn number_of(name: &str, cluster: &Cluster) -> Option<u32> {
    let mut before = 0;
    for pool in &cluster.pools {
        let index = name.strip_prefix(pool.name.as_str()).and_then(|rest| rest.strip_prefix('-'));
        if let Some(index) =
            index.and_then(|index| index.parse::<u32>().ok()).filter(|index| *index < pool.nodes)
        {
            return Some(before + index);
        }
        before += pool.nodes;
    }
    None
}
