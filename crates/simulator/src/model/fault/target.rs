//! Selection of the pods of a fault.

/// Selects the affected pods: all stated conditions must hold.
#[derive(Debug, Clone, PartialEq)]
pub struct PodTarget {
    /// A container has this image.
    pub image: Option<String>,
    /// The pod is on this side of the rollout.
    pub side: Option<Side>,
    /// The pod is on the node with this number, counted through the pools.
    pub node: Option<u32>,
    /// The pod is on a node of this zone.
    pub zone: Option<String>,
    /// Probability in [0, 1] for each draw.
    pub fraction: f64,
    /// Scope of one draw.
    pub lot: Lot,
}

/// Side of a rollout.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Side {
    /// Pods of the template in force.
    New,
    /// Pods of any other template.
    Old,
}

/// Scope of one draw: independent or correlated effects.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Lot {
    /// Each pod (or pull, or call) has its own draw.
    #[default]
    Each,
    /// All pods of a node share one draw.
    Node,
    /// All pods of a zone share one draw.
    Zone,
}

impl PodTarget {
    /// Every pod.
    pub const ALL: Self =
        Self { image: None, side: None, node: None, zone: None, fraction: 1.0, lot: Lot::Each };

    /// Every pod with a container of this image.
    #[must_use]
    pub fn image(image: &str) -> Self {
        Self { image: Some(image.to_owned()), ..Self::ALL }
    }
}
