//! Sets of nodes.

/// Selects nodes: all stated conditions must hold.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct NodeSet {
    /// The node with this number, counted through the pools.
    pub node: Option<u32>,
    /// Nodes of the pool with this index.
    pub pool: Option<usize>,
    /// Nodes of this zone.
    pub zone: Option<String>,
}

impl NodeSet {
    /// Every node.
    pub const ALL: Self = Self { node: None, pool: None, zone: None };

    /// One node.
    #[must_use]
    pub const fn node(number: u32) -> Self {
        Self { node: Some(number), ..Self::ALL }
    }

    /// Whether it contains a node, given by its number and by the index and zone of its pool.
    #[must_use]
    pub fn includes(&self, number: u32, pool: usize, zone: Option<&str>) -> bool {
        self.node.is_none_or(|node| node == number)
            && self.pool.is_none_or(|index| index == pool)
            && self.zone.as_deref().is_none_or(|name| Some(name) == zone)
    }
}
