//! Faults of nodes.

use crate::engine::Law;
use crate::model::node::NodeSet;

/// What goes wrong with nodes.
#[derive(Debug, Clone, PartialEq)]
pub enum NodeFault {
    /// Nodes go down with everything that runs on them.
    Crash {
        /// Which.
        target: NodeTarget,
        /// After how long each is up again; `None`: when the fault ends.
        returns: Option<Law>,
        /// After how long down the cloud deletes the Node object; `None`: never.
        deleted: Option<Law>,
    },
    /// Nodes are cut off from the control plane; what runs on them goes on.
    Unreachable {
        /// Which.
        target: NodeTarget,
        /// After how long each is reachable again; `None`: when the fault ends.
        returns: Option<Law>,
    },
    /// The cloud takes nodes back: they are cordoned and drained when it says so, and go down for good
    /// when the notice has run out.
    SpotReclaim {
        /// Which.
        target: NodeTarget,
        /// Time from the notice to the end of the machine.
        notice: Law,
        /// Time from there to the deletion of the Node object.
        deleted: Law,
    },
    /// Somebody else drains nodes, one after another; they are uncordoned when the fault ends.
    Drain {
        /// Which.
        target: NodeTarget,
    },
    /// The clocks of nodes are wrong.
    ClockSkew {
        /// Which.
        target: NodeTarget,
        /// By how much, drawn for each node.
        offset: Law,
        /// Whether they are fast rather than slow.
        ahead: bool,
    },
}

impl NodeFault {
    /// The nodes it is aimed at.
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

    /// The same, to be changed.
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

/// Which nodes a fault hits, and when each.
#[derive(Debug, Clone, PartialEq)]
pub struct NodeTarget {
    /// Those it chooses among.
    pub nodes: NodeSet,
    /// Probability in [0, 1] that it hits what the lot is drawn for.
    pub fraction: f64,
    /// All nodes of a zone share one lot.
    pub by_zone: bool,
    /// Of those that the lot hits, at most so many nodes (or zones), chosen by lot; `None`: all.
    pub count: Option<u32>,
    /// How long after the beginning of the fault each node is hit, drawn for each; `None`: at once.
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
