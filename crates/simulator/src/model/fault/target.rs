//! Which pods a fault hits.

/// Which pods a fault hits: those for which everything holds that is stated.
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
    /// Probability in [0, 1] that the fault hits what the lot is drawn for.
    pub fraction: f64,
    /// What the lot is drawn for.
    pub lot: Lot,
}

/// A side of a rollout.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Side {
    /// Pods of the template in force.
    New,
    /// Pods of any other template.
    Old,
}

/// What shares one lot: whether strikes are independent or come together.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Lot {
    /// Each pod (or pull, or call) has its own: strikes are independent.
    #[default]
    Each,
    /// All pods of a node share one.
    Node,
    /// All pods of a zone share one.
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
