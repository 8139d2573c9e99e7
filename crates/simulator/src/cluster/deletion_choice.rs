//! Pods that a scale-down deletes: the first ones in the order of [`rank`], without ranking all pods.

use super::pod::PodId;
use crate::Timestamp;
use controller::api::PodPhase;
use controller::replica_set::{RankedPod, age_bucket, rank};
use std::cmp::Reverse;

/// A pod that may be deleted.
#[derive(Debug, Clone, Copy)]
pub(super) struct DeletionCandidate {
    pub(super) pod: RankedPod,
    pub(super) id: PodId,
}

/// Pods of one group are contiguous in the order of [`rank`]. Within a group, and only there, the comparison
/// is not transitive and the order depends on the whole group.
type RankGroup = (bool, PodPhase, bool, i32, Reverse<u32>, i32);

impl DeletionCandidate {
    fn group(&self, now: Timestamp) -> RankGroup {
        let pod = &self.pod;
        let class = pod.ready_since.map_or(-1, |since| age_bucket(since, now));
        let ready = pod.ready_since.is_some();
        (pod.assigned, pod.phase, ready, pod.deletion_cost, Reverse(pod.colocated), class)
    }

    /// Whether two pods of one group differ only in their UID.
    fn is_like(&self, other: &Self) -> bool {
        let rest = |pod: &RankedPod| (pod.ready_since, pod.restarts, pod.sidecar_restarts, pod.created);
        rest(&self.pod) == rest(&other.pod)
    }
}

/// Reused allocations of a choice.
#[derive(Debug, Clone, Default)]
pub(super) struct DeletionChoice {
    pub(super) candidates: Vec<DeletionCandidate>,
    ranking: Vec<RankedPod>,
}

impl DeletionChoice {
    /// Adds the first `count` of the candidates to `chosen`; at least one, and fewer than all.
    ///
    /// Takes linear time: only candidates that may be among the first are sorted, most are read once.
    pub(super) fn choose(&mut self, count: usize, now: Timestamp, chosen: &mut Vec<PodId>) {
        let contenders = contenders(&mut self.candidates, count, now);
        self.ranking.clear();
        self.ranking.extend(contenders.iter().map(|candidate| candidate.pod));
        rank(&mut self.ranking, now);
        contenders.sort_unstable_by_key(|candidate| candidate.pod.uid);
        for victim in &self.ranking[..count] {
            let place = contenders.binary_search_by_key(&victim.uid, |candidate| candidate.pod.uid);
            chosen.extend(place.map(|place| contenders[place].id));
        }
    }
}

/// Candidates whose ranking begins with the same `count` pods as the ranking of all: the first `count` by
/// group and UID, and the rest of the last group unless its pods are all alike.
fn contenders(
    candidates: &mut [DeletionCandidate],
    count: usize,
    now: Timestamp,
) -> &mut [DeletionCandidate] {
    let key = |candidate: &DeletionCandidate| (candidate.group(now), candidate.pod.uid);
    let (_, last, rest) = candidates.select_nth_unstable_by_key(count - 1, key);
    let last = *last;
    let mut tied = 0;
    for place in 0..rest.len() {
        if rest[place].group(now) == last.group(now) {
            rest.swap(place, tied);
            tied += 1;
        }
    }
    let all = &candidates[..count + tied];
    let mut group = all.iter().filter(|candidate| candidate.group(now) == last.group(now));
    let needed = if group.all(|candidate| candidate.is_like(&last)) { count } else { count + tied };
    &mut candidates[..needed]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Span;
    use controller::api::Uid;
    use proptest::prelude::*;

    const NOW: Timestamp = Timestamp::from_secs(1_000);

    fn ago(seconds: i64) -> Timestamp {
        NOW - Span::from_secs(seconds)
    }

    /// Few values of each property, so that ties of every length occur.
    fn pods() -> impl Strategy<Value = Vec<RankedPod>> {
        let phase = prop_oneof![1 => Just(PodPhase::Pending), 9 => Just(PodPhase::Running)];
        let ready = prop_oneof![1 => Just(None), 9 => (8i64..20).prop_map(Some), 9 => Just(Some(30))];
        let rest =
            (prop_oneof![9 => Just(0), 1 => -1i32..2], 1u32..3, prop_oneof![3 => Just(0u32), 1 => 0u32..3]);
        let pod = (any::<bool>(), phase, ready, rest, prop_oneof![Just(20i64), 30i64..40]);
        prop::collection::vec(pod, 2..60).prop_map(|pods| {
            let pod = |(index, pod): (usize, _)| {
                let (assigned, phase, ready, (deletion_cost, colocated, restarts), age) = pod;
                RankedPod {
                    // Distinct, and uncorrelated with the other properties.
                    uid: Uid((index as u64 * 37) % 61),
                    assigned,
                    phase,
                    ready_since: Option::map(ready, ago),
                    deletion_cost,
                    colocated,
                    restarts,
                    sidecar_restarts: 0,
                    created: ago(age),
                }
            };
            pods.into_iter().enumerate().map(pod).collect()
        })
    }

    fn chosen(pods: &[RankedPod], count: usize) -> Vec<Uid> {
        let candidates =
            (0..).zip(pods).map(|(id, pod)| DeletionCandidate { pod: *pod, id: PodId(id) }).collect();
        let mut chosen = Vec::new();
        DeletionChoice { candidates, ranking: Vec::new() }.choose(count, NOW, &mut chosen);
        chosen.iter().map(|id| pods[id.index()].uid).collect()
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(2_000))]

        /// The victims are the first pods of the ranking of all pods, in its order.
        #[test]
        fn agrees_with_ranking_all_pods(pods in pods()) {
            let mut ranking = pods.clone();
            rank(&mut ranking, NOW);
            for count in 1..pods.len() {
                let first: Vec<Uid> = ranking[..count].iter().map(|pod| pod.uid).collect();
                prop_assert_eq!(chosen(&pods, count), first);
            }
        }

        /// The same if all pods differ only in the times that make the comparison cyclic.
        #[test]
        fn agrees_within_one_group(times in prop::collection::vec((10i64..13, 10i64..40), 2..60)) {
            let settled = |(index, (ready, created)): (usize, &(i64, i64))| RankedPod {
                uid: Uid((index as u64 * 37) % 61),
                assigned: true,
                phase: PodPhase::Running,
                ready_since: Some(ago(*ready)),
                deletion_cost: 0,
                colocated: 1,
                restarts: 0,
                sidecar_restarts: 0,
                created: ago(*created),
            };
            let pods: Vec<RankedPod> = times.iter().enumerate().map(settled).collect();
            let mut ranking = pods.clone();
            rank(&mut ranking, NOW);
            for count in 1..pods.len() {
                let first: Vec<Uid> = ranking[..count].iter().map(|pod| pod.uid).collect();
                prop_assert_eq!(chosen(&pods, count), first);
            }
        }
    }
}
