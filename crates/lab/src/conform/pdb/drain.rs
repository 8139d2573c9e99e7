//! Drains: `kubectl drain` of one node, many times, compared as distributions.
//!
//! Two evictions collide if another write of the budget was committed between the read and the write of the
//! second: it waits half a second inside its request and looks again.

use super::super::kind::{Difference, Outcome, Wanted};
use super::replay::{CREATED_MS, Replay, asked};
use super::script::{Case, Drained};
use controller::disruption::{Verdict, judge};
use serde_json::{Map, json};
use simulator::cluster::PodId;
use simulator::engine::{Stream, Streams};
use std::collections::BTreeMap;

/// Repetitions that are compared with the recorded ones.
const REPETITIONS: u32 = 60;
/// The evictions begin this long after the creation of the budget.
const BEGINS_AFTER_MS: i64 = 5050;
/// Wait of `kubectl drain` after a refusal, and between looks at a terminating pod.
const RETRY_NS: i64 = 5_000_000_000;
const POLL_MS: i64 = 1000;
/// Looks of an eviction at a budget that others write (`EvictionsRetry`, `eviction.go`).
const MOST_LOOKS: u32 = 20;
/// Critical value of the two-sample Kolmogorov-Smirnov test at 0.1 % (`c(0.001)`).
const CRITICAL: f64 = 1.95;

#[derive(Debug, Clone, Copy)]
enum Stage {
    /// Reads the budgets of the pod.
    Reads,
    /// Writes the budget that was read at this version.
    Writes(u64),
    Deletes,
    /// The controller writes the status.
    Syncs,
}

#[derive(Debug, Clone, Copy)]
struct Pending {
    pod: PodId,
    stage: Stage,
    looks: u32,
}

struct DrainRun {
    replay: Replay,
    random: Stream,
    begins_ns: i64,
    queue: BTreeMap<(i64, u64), Pending>,
    sequence: u64,
    syncing: bool,
    granted: BTreeMap<PodId, i64>,
    drained: Drained,
}

impl DrainRun {
    fn uniform(&mut self, from_ms: f64, to_ms: f64) -> i64 {
        ((from_ms + (to_ms - from_ms) * self.random.uniform()) * 1e6) as i64
    }

    /// Storage calls one way.
    fn storage(&mut self, ways: u32) -> i64 {
        (0..ways).map(|_| self.uniform(0.3, 1.0)).sum()
    }

    fn schedule(&mut self, at: i64, pending: Pending) {
        self.queue.insert((at, self.sequence), pending);
        self.sequence += 1;
    }

    /// The controller hears of a change, and writes a status a call later.
    fn wake_controller(&mut self, now: i64) {
        if !std::mem::replace(&mut self.syncing, true) {
            let at = now + self.uniform(1.0, 10.0) + self.uniform(1.0, 5.0);
            self.schedule(at, Pending { pod: PodId(0), stage: Stage::Syncs, looks: 0 });
        }
    }

    /// Advances the world; changes of pods wake the controller.
    fn advance(&mut self, now: i64) {
        let now_ms = now / 1_000_000;
        if now_ms > self.replay.now_ms {
            self.replay.now_ms = now_ms;
            self.replay.world.run_until(super::replay::in_world(now_ms));
        }
        if self.replay.world.observer().0 != self.replay.seen {
            self.replay.seen = self.replay.world.observer().0;
            self.wake_controller(now);
        }
    }

    fn handle(&mut self, now: i64, pending: Pending) {
        let pod = self.replay.world.api().pods[pending.pod.0 as usize];
        match pending.stage {
            Stage::Syncs => {
                self.syncing = false;
                self.replay.sync();
            }
            Stage::Reads => {
                let budget = self.replay.judged();
                let stage = match judge(asked(&pod), &[budget]) {
                    Verdict::Charge => Stage::Writes(self.replay.version),
                    Verdict::Delete => Stage::Deletes,
                    _ => return self.refuse(now, pending),
                };
                let at = now + self.storage(2);
                self.schedule(at, Pending { stage, ..pending });
            }
            Stage::Writes(version) if version == self.replay.version => {
                self.replay.charge(pending.pod);
                self.wake_controller(now);
                let at = now + self.storage(6);
                self.schedule(at, Pending { stage: Stage::Deletes, ..pending });
            }
            Stage::Writes(..) if pending.looks < MOST_LOOKS => {
                let at = now + self.storage(1) + self.uniform(500.0, 550.0) + self.storage(1);
                self.schedule(at, Pending { stage: Stage::Reads, looks: pending.looks + 1, ..pending });
            }
            Stage::Writes(..) => self.refuse(now, pending),
            Stage::Deletes => {
                self.replay.delete(pending.pod);
                let granted = now + self.storage(1);
                self.granted.insert(pending.pod, (granted - self.begins_ns) / 1_000_000);
            }
        }
    }

    fn refuse(&mut self, now: i64, pending: Pending) {
        self.drained.refused += 1;
        let at = now + self.storage(1) + RETRY_NS + self.storage(3);
        self.schedule(at, Pending { stage: Stage::Reads, looks: 0, ..pending });
    }

    fn run(mut self, until_ms: i64) -> Drained {
        let node = self.replay.world.api().pods.iter().map(|pod| pod.node).next().flatten();
        let pods: Vec<PodId> = self
            .replay
            .pods()
            .filter(|(_, pod)| pod.node == node && pod.node.is_some())
            .map(|(id, _)| id)
            .collect();
        for pod in &pods {
            let at = self.begins_ns + self.storage(3);
            self.schedule(at, Pending { pod: *pod, stage: Stage::Reads, looks: 0 });
        }
        let mut now_ms = self.replay.now_ms;
        let mut gone: BTreeMap<PodId, i64> = BTreeMap::new();
        while gone.len() < pods.len() && now_ms < until_ms {
            now_ms += 1;
            let end = now_ms * 1_000_000;
            while let Some(entry) = self.queue.first_entry().filter(|entry| entry.key().0 <= end) {
                let ((at, _), pending) = entry.remove_entry();
                self.advance(at);
                self.handle(at, pending);
            }
            self.advance(end);
            let since = now_ms - self.begins_ns / 1_000_000;
            for (pod, granted) in &self.granted {
                let polled = since >= *granted && (since - granted) % POLL_MS == 0;
                if polled && self.replay.world.api().pods[pod.0 as usize].removed {
                    gone.entry(*pod).or_insert(since);
                }
            }
        }
        let sorted = |times: &BTreeMap<PodId, i64>| {
            let mut times: Vec<i64> = times.values().copied().collect();
            times.sort_unstable();
            times
        };
        self.drained.granted_ms = sorted(&self.granted);
        self.drained.gone_ms = sorted(&gone);
        self.drained.end_ms = self.drained.gone_ms.last().copied().unwrap_or(0);
        self.drained
    }
}

/// Replays a drain many times and compares the distributions.
///
/// # Errors
/// Says what in the script is not understood.
pub(super) fn replay(case: Case, wanted: Wanted) -> Result<Outcome, String> {
    let mut ours = Vec::new();
    for repetition in 0..REPETITIONS {
        let mut replay = Replay::new(&case.script, case.nodes())?;
        replay.advance(CREATED_MS);
        replay.generation = 1;
        replay.sync();
        replay.advance(CREATED_MS + BEGINS_AFTER_MS);
        let random = Streams::new(1, repetition.into()).running("drain");
        let run = DrainRun {
            begins_ns: replay.now_ms * 1_000_000,
            replay,
            random,
            queue: BTreeMap::new(),
            sequence: 0,
            syncing: false,
            granted: BTreeMap::new(),
            drained: Drained::default(),
        };
        ours.push(run.run(case.script.until_ms));
    }
    let milestones = milestones(&case.samples, &ours);
    let worst = milestones.iter().max_by(|one, other| one.1.total_cmp(&other.1));
    let difference = worst.filter(|(_, distance)| *distance > 1.0).map(|(name, distance)| {
        let mut fields = Map::new();
        fields.insert("milestone".into(), json!(name));
        fields.insert("distance".into(), json!(distance));
        let lines = format!("  {name}: distance {distance:.2} of the critical value\n");
        Difference { severity: (distance * 100.0) as u64, lines, fields }
    });
    let lines = milestones.iter().map(|(name, distance)| format!("  {name:<12} {distance:.2}\n"));
    Ok(Outcome {
        compared: milestones.len(),
        difference,
        timeline: wanted.timeline.then(|| lines.collect()),
        written: wanted.written.then(|| json!({"name": case.name, "samples": ours})),
        name: case.name,
        about: case.about,
        family: case.family,
    })
}

/// The distance of each milestone's distributions, as a multiple of the critical value.
fn milestones(recorded: &[Drained], ours: &[Drained]) -> Vec<(String, f64)> {
    let times = |drained: &[Drained], read: &dyn Fn(&Drained) -> Option<i64>| {
        drained.iter().map(|one| read(one).unwrap_or(i64::MAX)).collect::<Vec<_>>()
    };
    let distance = |read: &dyn Fn(&Drained) -> Option<i64>| {
        let (one, other) = (times(recorded, read), times(ours, read));
        let (n, m) = (one.len() as f64, other.len() as f64);
        greatest_gap(&one, &other) / (CRITICAL * ((n + m) / (n * m)).sqrt())
    };
    let pods = recorded.iter().map(|one| one.granted_ms.len()).max().unwrap_or(0);
    let mut all = Vec::new();
    for pod in 0..pods {
        all.push((format!("granted {}", pod + 1), distance(&|one| one.granted_ms.get(pod).copied())));
        all.push((format!("gone {}", pod + 1), distance(&|one| one.gone_ms.get(pod).copied())));
    }
    all.push(("refused".to_owned(), distance(&|one| Some(one.refused.into()))));
    all.push(("end".to_owned(), distance(&|one| Some(one.end_ms))));
    all
}

/// The statistic of the two-sample Kolmogorov-Smirnov test; times within `TIE_MS` count as equal.
fn greatest_gap(one: &[i64], other: &[i64]) -> f64 {
    const TIE_MS: i64 = 10;
    let below = |times: &[i64], at: i64| {
        times.iter().filter(|time| **time <= at).count() as f64 / times.len().max(1) as f64
    };
    let gap = |from: &[i64], to: &[i64]| {
        from.iter().map(|at| below(from, *at) - below(to, at.saturating_add(TIE_MS))).fold(0.0, f64::max)
    };
    gap(one, other).max(gap(other, one))
}
