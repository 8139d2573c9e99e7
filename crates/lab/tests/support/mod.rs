//! A stand-in for the simulator: records that look like rollouts, made from a hash of (seed, run).

#![allow(dead_code, reason = "each test uses its part")]

pub(crate) mod folders;

use analysis::results::BatchFacts;
use measures::Milli;
use rollout_lab::command::run::Replicator;
use simulator::Span;
use simulator::record::{
    AvailabilityRecord, Cause, DeadlineRecord, FootprintRecord, HelmWaitRecord, Ledger, Outcome, Record,
    RefusalCounts, ReplicaSetPoint, RolloutStatusRecord, ScalingRecord, Timeline, TimelinePoint,
};

pub(crate) const HORIZON: i64 = 1800;
pub(crate) const DEADLINE: i64 = 600;

/// A rollout of `replicas` pods at 25% surge and 25% unavailable, in batches.
#[derive(Clone, Copy)]
pub(crate) struct Fake {
    pub(crate) replicas: i32,
    /// Whether there is a change of template at all.
    pub(crate) has_rollout: bool,
    /// One run in this number never gets beyond its surge; 0 for none, 1 for all.
    pub(crate) stuck_one_in: u64,
    pub(crate) grid_points: usize,
}

impl Fake {
    pub(crate) fn facts(&self, scenario: &str, seed: u64) -> BatchFacts {
        BatchFacts {
            scenario: scenario.into(),
            description: "A stand-in for tests.".into(),
            seed,
            horizon: Milli::from_whole(HORIZON),
            deadline: Some(Milli::from_whole(DEADLINE)),
            replicas: self.replicas,
            promised: Some(self.promised()),
            variant: Vec::new(),
        }
    }

    fn quarter(&self) -> i32 {
        (self.replicas / 4).max(1)
    }

    fn promised(&self) -> i32 {
        self.replicas - self.quarter()
    }

    fn is_stuck(&self, seed: u64, run: u64) -> bool {
        self.stuck_one_in > 0 && hash(seed, run, 99).is_multiple_of(self.stuck_one_in)
    }

    /// The state over time: (since, old wanted, old available, new wanted, new available).
    fn course(&self, seed: u64, run: u64) -> Vec<(Span, [i32; 4])> {
        let (quarter, replicas) = (self.quarter(), self.replicas);
        let mut at = Span::from_millis(120 + (hash(seed, run, 0) % 300) as i64);
        let (mut old, mut new) = (replicas, 0);
        let mut course = vec![(Span::ZERO, [replicas, replicas, 0, 0])];
        course.push((at, [replicas, replicas, quarter, 0]));
        course.push((
            Span::from_nanos(at.as_nanos() + 200_000_000),
            [replicas - quarter, replicas - quarter, 2 * quarter, 0],
        ));
        old -= quarter;
        let mut step = 1;
        while !self.is_stuck(seed, run) && new < replicas {
            let pause = 6_000 + (hash(seed, run, step) % 9000) as i64;
            at = Span::from_nanos(at.as_nanos() + pause * 1_000_000);
            new = (new + quarter).min(replicas);
            old = (replicas - new - quarter).max(0).min(old);
            // Now and then a pod dies and comes back a little later.
            let lost = i32::from(hash(seed, run, step + 1000).is_multiple_of(40));
            course.push((at, [old, old, (new + 2 * quarter).min(replicas), new - lost]));
            if lost > 0 {
                at = Span::from_nanos(at.as_nanos() + 2_500_000_000);
                course.push((at, [old, old, (new + 2 * quarter).min(replicas), new]));
            }
            step += 1;
        }
        course
    }
}

/// Pods are pulled, started and probed; a stuck rollout cannot pull.
fn ledger(end: Span, is_stuck: bool) -> Ledger {
    let ran = if is_stuck { Span::from_secs(HORIZON) } else { end }.as_nanos();
    let (pull, probe) =
        if is_stuck { (Cause::PullBackOff, Cause::Pull) } else { (Cause::Pull, Cause::Probe) };
    let parts = [(pull, ran / 2), (probe, ran / 3), (Cause::ControlPlane, ran / 300)];
    let rest = ran - parts.iter().map(|(_, nanos)| nanos).sum::<i64>();
    let parts = parts.into_iter().chain([(Cause::Start, rest)]);
    parts.map(|(cause, nanos)| (cause, Span::from_nanos(nanos))).collect()
}

pub(crate) fn hash(seed: u64, run: u64, slot: u64) -> u64 {
    let mut z = seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) ^ run.wrapping_mul(0xD1B5_4A32_D192_ED03) ^ slot;
    for _ in 0..2 {
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^= z >> 31;
    }
    z
}

impl Replicator for Fake {
    fn run(&mut self, seed: u64, run: u64) -> Record {
        let course = self.course(seed, run);
        let end = course.last().unwrap().0;
        let is_stuck = self.is_stuck(seed, run);
        let available = |state: &[i32; 4]| state[1] + state[3];
        let held = |index: usize| {
            let until = course.get(index + 1).map_or(Span::from_secs(HORIZON), |next| next.0);
            until.as_nanos() - course[index].0.as_nanos()
        };
        let missing = |index: usize, target: i32| i128::from((target - available(&course[index].1)).max(0));
        let below =
            |target: i32| (0..course.len()).filter(|&i| missing(i, target) > 0).map(held).sum::<i64>();
        let missing_area = |target: i32| -> i128 {
            (0..course.len()).map(|i| missing(i, target) * i128::from(held(i))).sum()
        };
        let moment = |i: usize| HORIZON * 1_000_000_000 * i as i64 / (self.grid_points as i64 - 1).max(1);
        let at = |nanos: i64| course.iter().rev().find(|point| point.0.as_nanos() <= nanos).unwrap();
        Record {
            run,
            digest: hash(seed, run, 7),
            outcome: if !self.has_rollout {
                Outcome::NoRollout
            } else if is_stuck {
                Outcome::DeadlineExceeded
            } else {
                Outcome::Complete
            },
            rollout: (self.has_rollout && !is_stuck).then_some(end),
            deadline: DeadlineRecord {
                first_fired: is_stuck
                    .then(|| Span::from_millis(600_200 + (hash(seed, run, 3) % 3000) as i64)),
                recovered: 0,
                margin: Some(if is_stuck {
                    Span::ZERO
                } else {
                    Span::from_millis(585_000 + (hash(seed, run, 4) % 9000) as i64)
                }),
                longest_without_progress: Some(Span::from_millis(6_000 + (hash(seed, run, 4) % 9000) as i64)),
                last_progress: is_stuck.then_some(Span::from_secs(3)),
                stalled: is_stuck.then_some(Span::from_secs(HORIZON - 3)),
            },
            availability: AvailabilityRecord {
                min: course.iter().map(|point| available(&point.1)).min().unwrap(),
                mean: self
                    .has_rollout
                    .then_some(f64::from(self.replicas) - 0.001 * (hash(seed, run, 5) % 1000) as f64),
                below_promised: Span::from_nanos(below(self.promised())),
                below_promised_pod_nanos: missing_area(self.promised()),
                below_replicas: Span::from_nanos(below(self.replicas)),
                longest_below_promised: Span::from_nanos(below(self.promised())),
                below_replicas_pod_nanos: missing_area(self.replicas),
                longest_below_replicas: Span::from_nanos(below(self.replicas)),
                end: course.last().map_or(0, |point| available(&point.1)),
                promised_end: self.promised(),
            },
            footprint: FootprintRecord {
                pods_peak: self.replicas + self.quarter(),
                pods_peak_with_terminating: self.replicas + 2 * self.quarter(),
                pods_created: self.replicas as u32,
                restarts: (hash(seed, run, 6) % 3) as u32,
                creates_refused: 0,
                refusals: RefusalCounts::default(),
                api_writes: 100,
                surge_pod_nanos: i128::from(self.quarter()) * 1_000_000_000,
            },
            ledger: self.has_rollout.then(|| ledger(end, is_stuck)),
            revisions_superseded: 0,
            rolled_back: false,
            rollout_status: RolloutStatusRecord {
                after_first_change: self.has_rollout.then_some(u8::from(is_stuck)),
                after_last_change: self.has_rollout.then_some(u8::from(is_stuck)),
            },
            helm_wait: HelmWaitRecord {
                after: self.has_rollout.then_some(Span::from_secs(if is_stuck { 300 } else { 12 })),
                exit: self.has_rollout.then_some(u8::from(is_stuck)),
            },
            replica_sets_left: 2,
            service: None,
            scalings: vec![ScalingRecord {
                at: Span::from_secs(20),
                replica_set: "web-5d9c".into(),
                revision: 1,
                is_new: false,
                from: 8,
                to: 11,
                ideal: 11.25,
                leftover: 1,
                replicas_from: 10,
                replicas_to: 15,
                new_share_from: 0.375,
                new_share_to: 0.4,
            }],
            available_on_grid: (0..self.grid_points).map(|i| available(&at(moment(i)).1)).collect(),
        }
    }

    fn run_with_timeline(&mut self, seed: u64, run: u64) -> (Record, Timeline) {
        let set = |name: &str, revision, wanted, available| ReplicaSetPoint {
            name: name.into(),
            revision,
            wanted,
            pods: wanted,
            available,
        };
        let point = |(at, [old, old_available, new, new_available]): (Span, [i32; 4])| TimelinePoint {
            at,
            available: old_available + new_available,
            promised: self.promised(),
            desired: self.replicas,
            replica_sets: vec![
                set("web-5d9c7f4b8", 1, old, old_available),
                set("web-7b6f9d5c4", 2, new, new_available),
            ],
        };
        let points = self.course(seed, run).into_iter().map(point).collect();
        (self.run(seed, run), Timeline { points })
    }
}
