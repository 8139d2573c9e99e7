//! Leader election: the time without a leader (`staging/src/k8s.io/client-go/tools/leaderelection`).
//!
//! The garbage collector and the quota controller run in the same process and stop as well.

use crate::Span;
use crate::cluster::event::Event;
use crate::cluster::pod_cache::PodCache;
use crate::cluster::world::{Caches, World};
use crate::engine::{mix, to_unit};
use crate::model::{LeaderEnding, Resource, Verb};
use crate::observe::Observer;

/// A standby takes the lease this long after it last observed a renewal (`LeaseDuration`,
/// `staging/src/k8s.io/component-base/config/v1alpha1/defaults.go`).
const LEASE: Span = Span::from_secs(15);

/// Renewal period of the leader, and shortest check period of a standby (`RetryPeriod`, the same file).
const RETRY: Span = Span::from_secs(2);

/// A standby waits longer by up to this share of the retry period (`JitterFactor`, `leaderelection.go`).
const JITTER: f64 = 1.2;

/// Time between two checks of a standby: 2 to 4.4 s.
fn between_looks(uniform: f64) -> Span {
    RETRY + Span::from_secs_f64(RETRY.as_secs_f64() * JITTER * uniform)
}

/// Time from the last observed renewal to the takeover: 15 s and up to one more check.
fn after_last_sight(seed: u64) -> Span {
    let mut waited = Span::ZERO;
    let mut look = 0;
    while waited <= LEASE {
        look += 1;
        waited += between_looks(to_unit(mix(seed ^ mix(look))));
    }
    waited
}

/// Time from the leader's end to the start of the standby. The leader dies up to one period after its last
/// renewal, which the standby observes at its next check.
pub(super) fn gap(ending: &LeaderEnding, seed: u64, lasts: f64) -> Span {
    let number = |slot: u64| to_unit(mix(seed ^ mix(u64::MAX - slot)));
    let part = |of: Span, uniform: f64| Span::from_secs_f64(of.as_secs_f64() * uniform);
    let next_look = part(between_looks(number(0)), number(1));
    match ending {
        LeaderEnding::Graceful => next_look,
        LeaderEnding::Dead => next_look - part(RETRY, number(2)) + after_last_sight(seed),
        LeaderEnding::Restart { down } => down.at(lasts),
    }
}

impl<O: Observer> World<O> {
    /// A fault ends the leader.
    pub(in super::super) fn leader_ends(&mut self, fault: u32, ending: &LeaderEnding) {
        let Some(site) = &self.site else { return };
        let (seed, lasts) = site.faults.numbers_of(fault);
        let gap = gap(ending, seed, lasts);
        // The new leader lists all objects before it starts.
        let reading = self.way_there(Resource::Pods, Verb::Get) + self.way_back(Resource::Pods, Verb::Get);
        self.restart_controllers(gap + reading);
        self.apply_slow_controllers();
    }

    /// Both controllers stop. After `down` they start again from the state of the API server.
    pub(in super::super) fn restart_controllers(&mut self, down: Span) {
        self.incarnation.0 = self.incarnation.0.wrapping_add(1);
        self.controllers_running = false;
        self.syncs_are_lost();
        self.deployment_controller.restart(&self.settings);
        self.replica_set_controller.restart(&self.settings);
        let mut pods = std::mem::take(&mut self.caches.pods);
        PodCache::reset(&mut pods);
        self.caches = Caches { pods, ..Caches::default() };
        self.start_due = self.now() + down;
        self.calendar.schedule(down, Event::ControllersStart);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::Law;

    #[test]
    fn a_lease_is_taken_15_to_19_seconds_after_it_was_last_seen_renewed() {
        let waits: Vec<f64> = (0..2000).map(|seed| after_last_sight(mix(seed)).as_secs_f64()).collect();
        assert!(waits.iter().all(|wait| (15.0..19.4).contains(wait)));
        assert!(waits.iter().any(|wait| *wait < 15.2) && waits.iter().any(|wait| *wait > 18.8));
    }

    #[test]
    fn a_dead_leader_leaves_a_longer_gap_than_one_that_gives_its_lease_back() {
        let gaps = |ending: &LeaderEnding| -> Vec<f64> {
            (0..2000).map(|seed| gap(ending, mix(seed), 0.5).as_secs_f64()).collect()
        };
        let graceful = gaps(&LeaderEnding::Graceful);
        assert!(graceful.iter().all(|gap| (0.0..4.4).contains(gap)));
        let dead = gaps(&LeaderEnding::Dead);
        assert!(dead.iter().all(|gap| (13.0..23.8).contains(gap)));
        let mean = dead.iter().sum::<f64>() / dead.len() as f64;
        // 15 s, plus half a check period before the last observation and half after the lease's end, minus
        // half a renewal period.
        assert!((mean - 17.2).abs() < 0.3, "{mean}");
        let restart = LeaderEnding::Restart { down: Law::Constant(Span::from_secs(30)) };
        assert!((gaps(&restart)[7] - 30.0).abs() < f64::EPSILON);
    }
}
