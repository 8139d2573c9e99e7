//! Selections of nodes: `{node: big-0}`, `{pool: big}`, `{zone: a}`.

use super::reader::{Fields, nearest, quoted, text};
use crate::diagnostic::{Diagnostic, Diagnostics, Place};
use simulator::model::{Cluster, NodeSet};

/// A name and its place.
pub(crate) type Named = (String, Place);

/// Names of nodes, pools and zones, which are resolved once the cluster is known.
#[derive(Debug, Default)]
pub(crate) struct NodeNames {
    node: Option<Named>,
    pool: Option<Named>,
    zone: Option<Named>,
}

impl NodeNames {
    /// Takes the three keys.
    pub(crate) fn take(fields: &mut Fields<'_>, log: &mut Diagnostics) -> Self {
        let mut named = |key: &'static str| {
            let node = fields.take(key)?;
            let name = text(node, &format!("`{key}`"), log)?;
            Some((name.to_owned(), node.place.clone()))
        };
        Self { node: named("node"), pool: named("pool"), zone: named("zone") }
    }

    /// Takes the zone alone.
    pub(crate) fn of_zone(fields: &mut Fields<'_>, log: &mut Diagnostics) -> Self {
        let zone = fields.take("zone");
        let name = zone.and_then(|node| Some((text(node, "`zone`", log)?.to_owned(), node.place.clone())));
        Self { zone: name, ..Self::default() }
    }

    /// Whether it names nothing.
    pub(crate) const fn is_empty(&self) -> bool {
        self.node.is_none() && self.pool.is_none() && self.zone.is_none()
    }

    /// The nodes with these names; reports unknown names.
    pub(crate) fn resolve(&self, cluster: &Cluster, log: &mut Diagnostics) -> NodeSet {
        let node = self.node.as_ref().and_then(|node| node_number(node, cluster, log));
        let pool = self.pool.as_ref().and_then(|(name, place)| {
            let index = cluster.pools.iter().position(|pool| pool.name == *name);
            if index.is_none() {
                let known: Vec<&str> = cluster.pools.iter().map(|pool| pool.name.as_str()).collect();
                let text = format!("there is no pool `{name}`");
                log.push(unknown(place, &text, name, &known, "pools of this cluster"));
            }
            index
        });
        if let Some(zone) = &self.zone {
            check_zone(zone, cluster, log);
        }
        NodeSet { node, pool, zone: self.zone.as_ref().map(|(zone, _)| zone.clone()) }
    }
}

/// Reports a zone without nodes.
pub(crate) fn check_zone((zone, place): &Named, cluster: &Cluster, log: &mut Diagnostics) {
    let zones: Vec<&str> = cluster.pools.iter().filter_map(|pool| pool.zone.as_deref()).collect();
    if !zones.contains(&zone.as_str()) {
        let text = format!("no node is in the zone `{zone}`");
        log.push(unknown(place, &text, zone, &zones, "zones of this cluster"));
    }
}

/// The number of a node; reports an unknown name.
pub(crate) fn node_number((node, place): &Named, cluster: &Cluster, log: &mut Diagnostics) -> Option<u32> {
    let number = number_of(node, cluster);
    if number.is_none() {
        let range = |name: &str, nodes: u32| format!("{name}-0 to {name}-{}", nodes.saturating_sub(1));
        let pools: Vec<String> = cluster.pools.iter().map(|pool| range(&pool.name, pool.nodes)).collect();
        let text = format!("there is no node `{node}`");
        log.push(Diagnostic::at(place, text).help(format!("nodes of this cluster: {}", pools.join(", "))));
    }
    number
}

/// The error for an unknown name, with the nearest known one or all of them as help.
pub(crate) fn unknown(place: &Place, text: &str, name: &str, known: &[&str], what: &str) -> Diagnostic {
    let error = Diagnostic::at(place, text);
    match nearest(name, known) {
        Some(near) => error.help(format!("did you mean `{near}`?")),
        None if known.is_empty() => error,
        None => error.help(format!("{what}: {}", quoted(known))),
    }
}

/// The number of the node called `name`, counted through the pools.
fn number_of(name: &str, cluster: &Cluster) -> Option<u32> {
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

/// The name of the node with this number.
pub(crate) fn name_of(number: u32, cluster: &Cluster) -> String {
    let mut before = 0;
    for pool in &cluster.pools {
        if number - before < pool.nodes {
            return format!("{}-{}", pool.name, number - before);
        }
        before += pool.nodes;
    }
    format!("number {number}")
}
