//! Nodes and budgets in one line each.

use super::of_nodes;
use crate::law;
use measures::units::go_duration;
use simulator::engine::Law;
use simulator::model::{Cluster, DisruptionBudget, LabelRequirement, NodeChange, NodeFault, NodeTarget};
use std::fmt::Write as _;

/// The effect of a fault on nodes.
pub(super) fn fault(fault: &NodeFault, cluster: &Cluster) -> String {
    let whom = target(fault.target(), cluster);
    let back = |returns: &Option<Law>| {
        returns.as_ref().map_or(String::new(), |law| format!(", back after {}", law::format(law)))
    };
    match fault {
        NodeFault::Crash { returns, deleted, .. } => {
            let gone = deleted
                .as_ref()
                .map_or(String::new(), |law| format!(", Node object deleted after {}", law::format(law)));
            format!("{whom} crash{}{gone}", back(returns))
        }
        NodeFault::Unreachable { returns, .. } => format!("{whom} are cut off{}", back(returns)),
        NodeFault::SpotReclaim { notice, deleted, .. } => format!(
            "{whom} are reclaimed with a notice of {}, Node object deleted {} after that",
            law::format(notice),
            law::format(deleted)
        ),
        NodeFault::Drain { .. } => format!("{whom} are drained one after another"),
        NodeFault::ClockSkew { offset, ahead, .. } => {
            let way = if *ahead { "fast" } else { "slow" };
            format!("clocks of {whom} are {way} by {}", law::format(offset))
        }
    }
}

fn target(target: &NodeTarget, cluster: &Cluster) -> String {
    let mut text = of_nodes(&target.nodes, cluster);
    let what = if target.by_zone { "zones" } else { "nodes" };
    match target.count {
        Some(count) => text = format!("{count} of the {what} among {text}"),
        None if target.fraction < 1.0 => {
            text = format!("a fraction {} of the {what} among {text}", target.fraction);
        }
        None => {}
    }
    if let Some(stagger) = &target.stagger {
        let _ = write!(text, ", each after {},", law::format(stagger));
    }
    text
}

/// An action of the user on nodes.
pub(super) fn change(change: &NodeChange, cluster: &Cluster) -> String {
    let nodes = of_nodes(change.nodes(), cluster);
    match change {
        NodeChange::Cordon(_) => format!("cordon {nodes}"),
        NodeChange::Uncordon(_) => format!("uncordon {nodes}"),
        NodeChange::Drain { timeout: None, .. } => format!("drain {nodes}"),
        NodeChange::Drain { timeout: Some(timeout), .. } => {
            format!("drain {nodes} for {} at most", go_duration::format(*timeout))
        }
        NodeChange::OutOfService(_) => format!("taint {nodes} as out of service"),
        NodeChange::ForceDelete(_) => format!("delete the terminating pods on {nodes} by force"),
        NodeChange::Delete(_) => format!("delete the Node object of {nodes}"),
    }
}

/// A budget with the pods that it selects.
pub(super) fn budget(budget: &DisruptionBudget) -> String {
    let rule = match (budget.min_available, budget.max_unavailable) {
        (Some(least), _) => format!("minAvailable {least}"),
        (None, Some(most)) => format!("maxUnavailable {most}"),
        (None, None) => "allows no eviction".to_owned(),
    };
    let labels = budget.selector.labels.iter().map(|(key, value)| format!("{key}={value}"));
    let selected: Vec<_> = labels.chain(budget.selector.requirements.iter().map(requirement)).collect();
    let selected = if selected.is_empty() { "all".to_owned() } else { selected.join(", ") };
    let unhealthy = if budget.always_evicts_unhealthy { ", pods that are not Ready always" } else { "" };
    format!("{}: {rule} of the pods {selected}{unhealthy}", budget.name)
}

fn requirement(requirement: &LabelRequirement) -> String {
    let LabelRequirement { key, values, negated } = requirement;
    match (values, negated) {
        (Some(values), false) => format!("{key} in ({})", values.join(", ")),
        (Some(values), true) => format!("{key} not in ({})", values.join(", ")),
        (None, false) => key.clone(),
        (None, true) => format!("!{key}"),
    }
}
