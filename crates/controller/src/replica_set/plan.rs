//! How many pods to create or delete (`manageReplicas`, `pkg/controller/replicaset/replica_set.go`).

/// Maximum number of pods that one sync creates or deletes (`BurstReplicas`).
pub const BURST_REPLICAS: i32 = 500;

/// Action of one sync on the number of pods.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Plan {
    /// Nothing.
    Keep,
    /// Create this number.
    Create(i32),
    /// Delete this number, in the order of [rank](super::rank).
    Delete(i32),
}

/// Compares the number of active pods with the desired number.
///
/// Returns `Keep` while earlier creations or deletions are [expected](super::Expectations), and for a
/// `ReplicaSet` that is being deleted.
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
