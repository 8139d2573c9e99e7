//! The queues of the scheduler (`pkg/scheduler/backend/queue`): active pods, pods in back-off, and
//! unschedulable pods.
//!
//! Only the flush of unschedulable pods is an event. Back-offs are checked when the scheduler takes the next
//! pod.

use crate::cluster::pod::PodId;
use crate::observe::PodsQueued;
use crate::{Span, Timestamp};
use std::cmp::Reverse;
use std::collections::BTreeSet;

/// Back-off after the first failed attempt; doubles up to [`LONGEST_BACKOFF`]
/// (`DefaultPodInitialBackoffDuration`, `DefaultPodMaxBackoffDuration`).
const FIRST_BACKOFF: Span = Span::from_secs(1);
const LONGEST_BACKOFF: Span = Span::from_secs(10);

/// Pods that have been unschedulable for this time are retried without any change
/// (`DefaultPodMaxInUnschedulablePodsDuration`).
const LEFT_OVER_AFTER: Span = Span::from_secs(300);

/// A pod to be scheduled. Ordered like the active queue: higher priority first, then earlier entry into the
/// queue, which each failure resets.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct QueuedPod {
    priority: Reverse<i32>,
    since: Timestamp,
    sequence: u64,
    pub(super) pod: PodId,
    /// Number of failed attempts.
    pub(super) attempts: u32,
    /// The changes that may help it, if it is unschedulable.
    pub(super) helped_by: HelpfulChanges,
}

/// The changes that may help an unschedulable pod.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub(super) struct HelpfulChanges {
    /// A pod releases its node.
    pub(super) pod_goes: bool,
    /// A pod is bound to a node.
    pub(super) pod_comes: bool,
}

/// A change that may help unschedulable pods.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ClusterChange {
    /// A pod has released its node: it is removed, or has ended.
    PodGone,
    /// A pod has been bound to a node.
    PodBound,
    /// A node is schedulable again, or has joined.
    NodeOpened,
}

/// The queues.
#[derive(Debug, Clone, Default)]
pub(super) struct Queue {
    active: BTreeSet<QueuedPod>,
    /// With the second at whose end the back-off ends.
    backing_off: BTreeSet<(Timestamp, QueuedPod)>,
    /// In order of failure.
    unschedulable: Vec<QueuedPod>,
    /// Number of them that a released, or a bound, pod may help.
    helped_by: (usize, usize),
    next_sequence: u64,
}

impl Queue {
    pub(super) fn reset(&mut self) {
        self.active.clear();
        self.backing_off.clear();
        self.unschedulable.clear();
        self.helped_by = (0, 0);
        self.next_sequence = 0;
    }

    /// Whether there is a pod to try.
    pub(super) fn has_work(&self) -> bool {
        !self.active.is_empty() || !self.backing_off.is_empty()
    }

    /// A new pod.
    pub(super) fn add(&mut self, pod: PodId, priority: i32, now: Timestamp) {
        let sequence = self.next();
        self.active.insert(QueuedPod {
            priority: Reverse(priority),
            since: now,
            sequence,
            pod,
            attempts: 0,
            helped_by: HelpfulChanges::default(),
        });
    }

    fn next(&mut self) -> u64 {
        self.next_sequence += 1;
        self.next_sequence
    }

    /// The next pod to try. An idle scheduler also takes pods in back-off (`SchedulerPopFromBackoffQ`).
    pub(super) fn pop(&mut self, now: Timestamp) -> Option<QueuedPod> {
        while let Some((_, waiting)) =
            self.backing_off.first().filter(|(ends, _)| *ends <= now.stored()).copied()
        {
            self.backing_off.pop_first();
            self.active.insert(waiting);
        }
        self.active.pop_first().or_else(|| self.backing_off.pop_first().map(|(_, waiting)| waiting))
    }

    /// No node fits the pod.
    pub(super) fn fail(&mut self, mut waiting: QueuedPod, helped_by: HelpfulChanges, now: Timestamp) {
        waiting.attempts = waiting.attempts.saturating_add(1);
        waiting.since = now;
        waiting.sequence = self.next();
        waiting.helped_by = helped_by;
        self.unschedulable.push(waiting);
        self.count_helped(helped_by);
    }

    fn count_helped(&mut self, helped_by: HelpfulChanges) {
        self.helped_by.0 += usize::from(helped_by.pod_goes);
        self.helped_by.1 += usize::from(helped_by.pod_comes);
    }

    /// Pods that have failed and have no node yet.
    pub(super) fn failed(&self) -> impl Iterator<Item = &QueuedPod> {
        let backing_off = self.backing_off.iter().map(|(_, waiting)| waiting);
        let all = self.unschedulable.iter().chain(backing_off).chain(&self.active);
        all.filter(|waiting| waiting.attempts > 0)
    }

    /// How many pods are in which queue.
    pub(super) fn depth(&self) -> PodsQueued {
        PodsQueued {
            active: self.active.len() as u32,
            backing_off: self.backing_off.len() as u32,
            unschedulable: self.unschedulable.len() as u32,
        }
    }

    /// Whether a change may help any pod.
    pub(super) fn waits_for(&self, change: ClusterChange) -> bool {
        match change {
            ClusterChange::PodGone => self.helped_by.0 > 0,
            ClusterChange::PodBound => self.helped_by.1 > 0,
            ClusterChange::NodeOpened => !self.unschedulable.is_empty(),
        }
    }

    /// Retries the pods that a change may help; pods in back-off wait for its end.
    pub(super) fn wake(&mut self, change: ClusterChange, now: Timestamp) {
        self.requeue(now, |waiting| change.helps(waiting.helped_by));
    }

    /// Retries pods that have been unschedulable for long.
    pub(super) fn flush_left_over(&mut self, now: Timestamp) {
        self.requeue(now, |waiting| now.since(waiting.since) > LEFT_OVER_AFTER);
    }

    /// When the oldest unschedulable pod is due for the flush.
    pub(super) fn left_over_at(&self) -> Option<Timestamp> {
        self.unschedulable.first().map(|waiting| waiting.since + LEFT_OVER_AFTER)
    }

    fn requeue(&mut self, now: Timestamp, chosen: impl Fn(&QueuedPod) -> bool) {
        let (active, backing_off) = (&mut self.active, &mut self.backing_off);
        self.unschedulable.retain(|waiting| {
            if !chosen(waiting) {
                return true;
            }
            let ends = waiting.backoff_ends();
            if now.stored() < ends {
                backing_off.insert((ends, *waiting));
            } else {
                active.insert(*waiting);
            }
            false
        });
        self.helped_by = (0, 0);
        for index in 0..self.unschedulable.len() {
            self.count_helped(self.unschedulable[index].helped_by);
        }
    }
}

impl QueuedPod {
    /// The second in which its back-off ends.
    fn backoff_ends(&self) -> Timestamp {
        let doublings = self.attempts.saturating_sub(1).min(10);
        let backoff = Span::from_nanos(FIRST_BACKOFF.as_nanos() << doublings).min(LONGEST_BACKOFF);
        (self.since + backoff).stored()
    }
}

impl ClusterChange {
    const fn helps(self, helped_by: HelpfulChanges) -> bool {
        match self {
            Self::PodGone => helped_by.pod_goes,
            Self::PodBound => helped_by.pod_comes,
            Self::NodeOpened => true,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ROOM: HelpfulChanges = HelpfulChanges { pod_goes: true, pod_comes: false };

    fn at(millis: i64) -> Timestamp {
        Timestamp::from_nanos(millis * 1_000_000)
    }

    /// Takes the next pod, which does not fit.
    fn fail_next(queue: &mut Queue, now: Timestamp) -> u32 {
        let waiting = queue.pop(now).expect("a pod");
        queue.fail(waiting, ROOM, now);
        waiting.pod.0
    }

    #[test]
    fn higher_priority_comes_first_and_then_who_is_longer_there() {
        let mut queue = Queue::default();
        for (pod, priority) in [(0, 0), (1, 10), (2, 0), (3, 10)] {
            queue.add(PodId(pod), priority, at(0));
        }
        let order: Vec<u32> = std::iter::from_fn(|| queue.pop(at(1))).map(|waiting| waiting.pod.0).collect();
        assert_eq!(order, [1, 3, 0, 2]);
    }

    /// Back-offs of 1, 2, 4, 8, 10, 10 s, rounded up to the whole second.
    #[test]
    fn the_back_off_doubles_up_to_ten_seconds() {
        let mut queue = Queue::default();
        queue.add(PodId(0), 0, at(500));
        let mut now = at(500);
        for seconds in [1, 2, 4, 8, 10, 10] {
            fail_next(&mut queue, now);
            assert_eq!(queue.unschedulable[0].backoff_ends(), (now + Span::from_secs(seconds)).stored());
            now += Span::from_secs(60);
            queue.wake(ClusterChange::PodGone, now);
        }
    }

    /// Behind other pods a pod waits for its back-off; alone it does not.
    #[test]
    fn a_back_off_matters_only_under_load() {
        let mut queue = Queue::default();
        queue.add(PodId(0), 0, at(300));
        fail_next(&mut queue, at(300));
        queue.wake(ClusterChange::PodGone, at(400));
        queue.add(PodId(1), 0, at(410));
        assert_eq!(queue.pop(at(450)).unwrap().pod, PodId(1), "the other is within its back-off");
        assert_eq!(queue.pop(at(460)).unwrap().pod, PodId(0), "nothing else is to be done");

        queue.add(PodId(2), 0, at(500));
        fail_next(&mut queue, at(500));
        queue.wake(ClusterChange::PodGone, at(600));
        queue.add(PodId(3), 0, at(610));
        assert_eq!(queue.pop(at(1_000)).unwrap().pod, PodId(2), "its second is over: it came first");
    }

    #[test]
    fn only_what_may_help_wakes_a_pod() {
        let mut queue = Queue::default();
        for (pod, helped_by) in
            [(0, ROOM), (1, HelpfulChanges { pod_comes: true, ..ROOM }), (2, HelpfulChanges::default())]
        {
            queue.add(PodId(pod), 0, at(0));
            let waiting = queue.pop(at(0)).unwrap();
            queue.fail(waiting, helped_by, at(0));
        }
        let left = |queue: &Queue| queue.unschedulable.iter().map(|w| w.pod.0).collect::<Vec<_>>();
        queue.wake(ClusterChange::PodBound, at(20_000));
        assert_eq!(left(&queue), [0, 2]);
        queue.wake(ClusterChange::PodGone, at(20_000));
        assert_eq!(left(&queue), [2]);
        queue.flush_left_over(at(300_000));
        assert_eq!(left(&queue), [2], "exactly five minutes are not more than five");
        queue.flush_left_over(at(300_001));
        assert!(left(&queue).is_empty());
    }
}
