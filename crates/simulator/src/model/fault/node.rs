//! Faults of nodes.

use crate::engine::Law;
use crate::model::node::NodeSet;

/// Faults of nodes.
#[derive(Debug, Clone, PartialEq)]
pub enum NodeFault {
    /// Nodes crash with everything that runs on them.
    Crash {
        /// Affected nodes.
        target: NodeTarget,
        /// Time until each is up again; `None`: when the fault ends.
        returns: Option<Law>,
        /// Time until the cloud deletes the Node object; `None`: never.
        deleted: Option<Law>,
    },
    /// Nodes are partitioned from the control plane; their containers keep running.
    Unreachable {
        /// Affected nodes.
        target: NodeTarget,
        /// Time until each is reachable again; `None`: when the fault ends.
        returns: Option<Law>,
    },
    /// The cloud reclaims nodes: they are cordoned and drained at the notice, and go down permanently when it
    /// expires.
    SpotReclaim {
        /// Affected nodes.
        target: NodeTarget,
        /// Time from the notice to the end of the machine.
        notice: Law,
        /// Time from the removal to the deletion of the Node object.
        deleted: Law,
    },
    /// Another user drains nodes, one after another; they are uncordoned when the fault ends.
    Drain {
        /// Affected nodes.
        target: NodeTarget,
    },
    /// The clocks of nodes are wrong.
    ClockSkew {
        /// Affected nodes.
        target: NodeTarget,
        /// Absolute offset, drawn for each node.
        offset: Law,
        /// Whether the clocks are fast; otherwise they are slow.
        ahead: bool,
    },
}

impl NodeFault {
    /// The affected nodes.
    #[must_use]
    pub const fn target(&self) -> &NodeTarget {
        match self {
            Self::Crash { target, .. }
            | Self::Unreachable { target, .. }
            | Self::SpotReclaim { target, .. }
            | Self::Drain { target }
            | Self::ClockSkew { target, .. } => target,
        }
    }

    /// The affected nodes, mutably.
    pub const fn target_mut(&mut self) -> &mut NodeTarget {
        match self {
            Self::Crash { target, .. }
            | Self::Unreachable { target, .. }
            | Self::SpotReclaim { target, .. }
            | Self::Drain { target }
            | Self::ClockSkew { target, .. } => target,
        }
    }
}

/// Selects the affected nodes and the time for each.
#[derive(Debug, Clone, PartialEq)]
pub struct NodeTarget {
    /// Candidate nodes.
    pub nodes: NodeSet,
    /// Probability in [0, 1] for each draw.
    pub fraction: f64,
    /// Whether all nodes of a zone share one draw.
    pub by_zone: bool,
    /// Maximum number of nodes (or zones), chosen at random; `None`: all.
    pub count: Option<u32>,
    /// Delay of each node after the begin of the fault, drawn for each; `None`: none.
    pub stagger: Option<Law>,
}

impl NodeTarget {
    /// Every node, at once.
    pub const ALL: Self =
        Self { nodes: NodeSet::ALL, fraction: 1.0, by_zone: false, count: None, stagger: None };

    /// One node.
    #[must_use]
    pub const fn node(number: u32) -> Self {
        Self { nodes: NodeSet::node(number), ..Self::ALL }
    }
}
