//! Ranking of pods for deletion (`ActivePodsWithRanks`, `pkg/controller/controller_utils.go`).

use crate::Timestamp;
use crate::api::{PodPhase, Uid};
use std::cmp::{Ordering, Reverse};

/// A pod as a candidate for deletion.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RankedPod {
    /// Identity.
    pub uid: Uid,
    /// Whether it has a node.
    pub assigned: bool,
    /// Its phase.
    pub phase: PodPhase,
    /// Since when it has been Ready, in whole seconds; `None` if it is not.
    pub ready_since: Option<Timestamp>,
    /// Annotation `controller.kubernetes.io/pod-deletion-cost`; 0 if absent or malformed.
    pub deletion_cost: i32,
    /// Active pods on its node that belong to any `ReplicaSet` of the same owner, itself included.
    pub colocated: u32,
    /// Largest restart count over its regular containers.
    pub restarts: u32,
    /// Largest restart count over its sidecars.
    pub sidecar_restarts: u32,
    /// When it was created, in whole seconds.
    pub created: Timestamp,
}

/// Logarithmic class of an age: `floor(log2(nanoseconds))`, -1 for none. Ages of one class are equal: 20 s
/// and 30 s are, 30 s and 40 s are not (the boundary is 34.4 s).
#[must_use]
pub fn age_bucket(since: Timestamp, now: Timestamp) -> i32 {
    let age = now.since(since).as_nanos();
    if age <= 0 { -1 } else { age.ilog2() as i32 }
}

/// Compares two pods; the lesser is deleted first.
/// The relation is upstream's and is not transitive either: pods that became Ready at different times of one
/// class compare by UID, but pods that became Ready in the same second compare by restarts and creation time
/// first. [`rank`] defines a fixed order.
/// creation time first. [`rank`] makes a fixed order of it.
#[must_use]
pub fn compare(a: &RankedPod, b: &RankedPod, now: Timestamp) -> Ordering {
    let coarse = coarse_key(a).cmp(&coarse_key(b));
    coarse
        .then_with(|| match (a.ready_since, b.ready_since) {
            (Some(since_a), Some(since_b)) if since_a != since_b => {
                newer_class_first(since_a, since_b, a, b, now)
            }
            _ => Ordering::Equal,
        })
        .then_with(|| b.restarts.cmp(&a.restarts))
        .then_with(|| b.sidecar_restarts.cmp(&a.sidecar_restarts))
        .then_with(|| {
            if a.created == b.created {
                Ordering::Equal
            } else {
                newer_class_first(a.created, b.created, a, b, now)
            }
        })
        .then_with(|| a.uid.cmp(&b.uid))
}

/// The first five rules: not assigned, phase, not Ready, cost, many on one node.
fn coarse_key(pod: &RankedPod) -> (bool, PodPhase, bool, i32, Reverse<u32>) {
    (pod.assigned, pod.phase, pod.ready_since.is_some(), pod.deletion_cost, Reverse(pod.colocated))
}

fn newer_class_first(
    since_a: Timestamp,
    since_b: Timestamp,
    a: &RankedPod,
    b: &RankedPod,
    now: Timestamp,
) -> Ordering {
    age_bucket(since_a, now).cmp(&age_bucket(since_b, now)).then_with(|| a.uid.cmp(&b.uid))
}

/// Sorts pods so that those to be deleted come first.
/// Upstream sorts a randomly ordered list with an unstable algorithm, so where [`compare`] is cyclic any
/// order is possible. Here the pods are first sorted by class and UID, and then moved forward past every
/// neighbour that they precede.
/// then moved forward past every neighbour they precede.
pub fn rank(pods: &mut [RankedPod], now: Timestamp) {
    let class = |pod: &RankedPod| pod.ready_since.map_or(-1, |since| age_bucket(since, now));
    pods.sort_unstable_by_key(|pod| (coarse_key(pod), class(pod), pod.uid));
    for next in 1..pods.len() {
        let mut at = next;
        while at > 0 && compare(&pods[at], &pods[at - 1], now) == Ordering::Less {
            pods.swap(at, at - 1);
            at -= 1;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Span;

    const NOW: Timestamp = Timestamp::from_secs(1_000);

    fn running(uid: u64) -> RankedPod {
        RankedPod {
            uid: Uid(uid),
            assigned: true,
            phase: PodPhase::Running,
            ready_since: Some(Timestamp::from_secs(900)),
            deletion_cost: 0,
            colocated: 1,
            restarts: 0,
            sidecar_restarts: 0,
            created: Timestamp::from_secs(890),
        }
    }

    /// The pod that is deleted first of two.
    fn first(a: RankedPod, b: RankedPod) -> u64 {
        let mut pods = [a, b];
        rank(&mut pods, NOW);
        let mut swapped = [b, a];
        rank(&mut swapped, NOW);
        assert_eq!(pods, swapped, "the order of the input must not matter");
        pods[0].uid.0
    }

    fn ready_for(uid: u64, seconds: i64) -> RankedPod {
        RankedPod { ready_since: Some(NOW - Span::from_secs(seconds)), ..running(uid) }
    }

    #[test]
    fn each_rule_decides_when_the_earlier_ones_tie() {
        let plain = running(1);
        assert_eq!(first(plain, RankedPod { assigned: false, ..running(2) }), 2);
        assert_eq!(first(plain, RankedPod { phase: PodPhase::Pending, ..running(2) }), 2);
        assert_eq!(first(plain, RankedPod { phase: PodPhase::Unknown, ..running(2) }), 2);
        assert_eq!(first(plain, RankedPod { ready_since: None, ..running(2) }), 2);
        assert_eq!(first(plain, RankedPod { deletion_cost: -5, ..running(2) }), 2);
        assert_eq!(first(plain, RankedPod { deletion_cost: 5, ..running(2) }), 1);
        assert_eq!(first(plain, RankedPod { colocated: 2, ..running(2) }), 2);
        assert_eq!(first(plain, RankedPod { restarts: 1, ..running(2) }), 2);
        assert_eq!(first(plain, RankedPod { sidecar_restarts: 1, ..running(2) }), 2);
        assert_eq!(first(plain, running(2)), 1);
    }

    #[test]
    fn ages_compare_by_class_and_then_by_uid() {
        assert_eq!(first(ready_for(1, 20), ready_for(2, 30)), 1, "one class: UID");
        assert_eq!(first(ready_for(1, 30), ready_for(2, 20)), 1, "one class: UID");
        assert_eq!(first(ready_for(1, 40), ready_for(2, 30)), 2, "the boundary is at 34.4 s");
        let newer = RankedPod { created: Timestamp::from_secs(995), ..running(2) };
        assert_eq!(first(running(1), newer), 2, "Ready in the same second: creation decides");
    }

    #[test]
    fn restarts_do_not_count_between_pods_ready_at_different_times() {
        let restarted = RankedPod { restarts: 9, ..ready_for(2, 30) };
        assert_eq!(first(ready_for(1, 20), restarted), 1);
    }

    #[test]
    fn the_one_to_go_passes_all_others() {
        let restarted = RankedPod { restarts: 5, ..running(3) };
        let mut pods = [running(1), running(2), restarted];
        rank(&mut pods, NOW);
        assert_eq!(pods.map(|pod| pod.uid), [Uid(3), Uid(1), Uid(2)]);
    }

    #[test]
    fn a_circle_is_put_in_a_fixed_order() {
        let older = RankedPod { created: NOW - Span::from_secs(19), ..ready_for(1, 10) };
        let between = RankedPod { created: NOW - Span::from_secs(15), ..ready_for(2, 11) };
        let newer = RankedPod { created: NOW - Span::from_secs(11), ..ready_for(3, 10) };
        assert_eq!(compare(&older, &between, NOW), Ordering::Less);
        assert_eq!(compare(&between, &newer, NOW), Ordering::Less);
        assert_eq!(compare(&newer, &older, NOW), Ordering::Less);
        let mut pods = [newer, older, between];
        rank(&mut pods, NOW);
        let mut again = [between, newer, older];
        rank(&mut again, NOW);
        assert_eq!(pods, again);
    }

    #[test]
    fn age_classes_have_the_documented_boundaries() {
        let class = |nanos| age_bucket(NOW - Span::from_nanos(nanos), NOW);
        assert_eq!(class(0), -1);
        assert_eq!(class(-5), -1);
        assert_eq!(class(1), 0);
        assert_eq!(class((1 << 35) - 1), 34, "34.4 s");
        assert_eq!(class(1 << 35), 35);
    }
}
