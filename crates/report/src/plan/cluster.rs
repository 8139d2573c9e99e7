//! The nodes of a forecast.

use super::table::ended;
use analysis::plan::{ClusterView, LeastNodes, NodeSource, PoolView, allocatable, taint};
use measures::text::lines;
use measures::units::{count, percent_of};
use serde_json::{Map, Value, json};
use std::fmt;

/// The text for a terminal.
pub(super) fn cluster(f: &mut fmt::Formatter<'_>, view: &ClusterView) -> fmt::Result {
    let source = match &view.source {
        NodeSource::Assumed => "assumed; yours: --nodes N or --cluster FILE".to_owned(),
        NodeSource::Count => "their number is given, the rest assumed".to_owned(),
        NodeSource::File(path) => format!("of {path}"),
    };
    writeln!(f, "\nNodes ({source})")?;
    view.pools.iter().try_for_each(|pool| lines(f, "  ", &in_words(pool)))?;
    lines(f, "  ", &format!("the strategy asks for {} at once", pods(view.asked)))?;
    match view.least {
        None => Ok(()),
        Some(LeastNodes::Never) => lines(f, "  ", "no number of nodes was found with which the rollout ends"),
        Some(LeastNodes::Of(1)) => lines(f, "  ", "the rollout ends with a single node as well"),
        Some(LeastNodes::Of(least)) => {
            lines(f, "  ", &format!("the rollout ends with {} or more", nodes(least)))?;
            with_fewer(f, view)
        }
    }
}

/// The result with one node fewer, marked if the assumed number of nodes decides it.
fn with_fewer(f: &mut fmt::Formatter<'_>, view: &ClusterView) -> fmt::Result {
    let Some((fewer, summary)) = &view.fewer else { return Ok(()) };
    let fired = summary.deadline.fired;
    let deadline = match (summary.facts.deadline, fired.hits == fired.of) {
        (None, _) => String::new(),
        (Some(_), true) => ", and the deadline fires in every run".to_owned(),
        (Some(_), false) => format!(", and the deadline fires in {} of runs", percent_of(fired)),
    };
    let decides = if view.decides() { "; nothing says that there are more" } else { "" };
    let lead = if view.decides() { "! " } else { "" };
    let ends = ended(summary);
    lines(f, "  ", &format!("{lead}with {} it ends in {ends} of runs{deadline}{decides}", nodes(*fewer)))
}

fn in_words(view: &PoolView) -> String {
    let PoolView { pool, room } = view;
    let names = match pool.nodes {
        1 => format!("{}-0", pool.name),
        nodes => format!("{0}-0 to {0}-{1}", pool.name, nodes.saturating_sub(1)),
    };
    let size: Vec<String> =
        allocatable(pool).into_iter().map(|(name, amount)| format!("{name} {amount}")).collect();
    let mut parts = vec![size.join(", ")];
    parts.extend(pool.zone.as_ref().map(|zone| format!("zone {zone}")));
    if !pool.labels.is_empty() {
        let labels: Vec<String> = pool.labels.iter().map(|(key, value)| format!("{key}={value}")).collect();
        parts.push(format!("labels {}", labels.join(", ")));
    }
    if !pool.taints.is_empty() {
        parts.push(format!("taints {}", pool.taints.iter().map(taint).collect::<Vec<_>>().join(", ")));
    }
    parts.push(format!("room for {} on an empty one", pods(*room)));
    format!("{} ({names}): {}", nodes(pool.nodes), parts.join("; "))
}

fn nodes(number: u32) -> String {
    if number == 1 { "1 node".to_owned() } else { format!("{} nodes", count(number.into())) }
}

fn pods(number: i64) -> String {
    if number == 1 { "1 pod".to_owned() } else { format!("{} pods", count(number.max(0).unsigned_abs())) }
}

/// The JSON.
pub(super) fn cluster_json(
    view: &ClusterView,
    outlook: impl Fn(&analysis::results::Summary) -> Value,
) -> Value {
    let source = match &view.source {
        NodeSource::Assumed => "assumed",
        NodeSource::Count => "nodes",
        NodeSource::File(_) => "file",
    };
    let least = match view.least {
        Some(LeastNodes::Of(least)) => Some(least),
        Some(LeastNodes::Never) | None => None,
    };
    let fewer = view.fewer.as_ref().map(|(nodes, summary)| {
        let mut fewer = outlook(summary);
        fewer["nodes"] = (*nodes).into();
        fewer
    });
    json!({
        "source": source,
        "nodes": view.nodes(),
        "pools": view.pools.iter().map(pool_json).collect::<Vec<_>>(),
        "podsAskedFor": view.asked,
        "leastNodes": least,
        "oneNodeFewer": fewer,
        "decides": view.decides(),
    })
}

fn pool_json(view: &PoolView) -> Value {
    let PoolView { pool, room } = view;
    let amounts = allocatable(pool).into_iter().map(|(name, amount)| (name.to_owned(), amount.into()));
    json!({
        "name": pool.name,
        "nodes": pool.nodes,
        "allocatable": amounts.collect::<Map<_, Value>>(),
        "labels": pool.labels.iter().map(|(key, value)| (key.clone(), value.clone().into())).collect::<Map<_, Value>>(),
        "taints": pool.taints.iter().map(taint).collect::<Vec<_>>(),
        "zone": pool.zone,
        "roomOnEmptyNode": room,
    })
}
