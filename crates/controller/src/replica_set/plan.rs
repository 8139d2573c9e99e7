//! How many pods to create or delete (`manageReplicas`, `pkg/controller/replicaset/replica_set.go`).

/// Most pods that one pass creates or deletes (`BurstReplicas`).
pub const BURST_REPLICAS: i32 = 500;

/// What one pass does about the number of pods.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Plan {
    /// Nothing.
    Keep,
    /// Create so many.
    Create(i32),
    /// Delete the so many that [rank](super::rank) first.
    Delete(i32),
}

/// Compares the active pods with the wanted ones.
///
/// Nothing is done while earlier creations or deletions are still [expected](super::Expectations) to
/// show up, nor on behalf of a `ReplicaSet` that is being deleted.
#[must_use]
pub fn plan(wanted: i32, active: i32, expectations_met: bool, being_deleted: bool) -> Plan {
    if !expectations_met || being_deleted {
        return Plan::Keep;
    }
    match wanted - active {
        0 => Plan::Keep,
        missing if missing > 0 => Plan::Create(missing.min(BURST_REPLICAS)),
        surplus => Plan::Delete((-surplus).min(BURST_REPLICAS)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_difference_is_made_up_in_bursts() {
        assert_eq!(plan(3, 3, true, false), Plan::Keep);
        assert_eq!(plan(5, 3, true, false), Plan::Create(2));
        assert_eq!(plan(2000, 3, true, false), Plan::Create(500));
        assert_eq!(plan(0, 501, true, false), Plan::Delete(500));
        assert_eq!(plan(5, 3, false, false), Plan::Keep);
        assert_eq!(plan(5, 3, true, true), Plan::Keep);
    }
}
