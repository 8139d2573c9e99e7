//! The figures, for people and for programs.

use crate::bare::Bare;
use crate::batch::{Conform, Threads};
use crate::hold::Hold;
use crate::rollout::{Rollout, Timeline};
use serde::Serialize;
use std::fmt;

/// All figures of one execution.
#[derive(Debug, Serialize)]
pub(crate) struct Report {
    pub(crate) hold: Vec<Hold>,
    pub(crate) bare: Vec<Bare>,
    pub(crate) rollouts: Vec<Rollout>,
    pub(crate) timelines: Vec<Timeline>,
    pub(crate) threads: Threads,
    pub(crate) conform: Conform,
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.write_hold(f)?;
        self.write_bare(f)?;
        self.write_rollouts(f)?;
        self.write_growth(f)?;
        self.write_batch(f)
    }
}

impl Report {
    fn write_hold(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "HOLD: take the earliest event, schedule one more (CPU time; median, quartiles)")?;
        writeln!(f, "{:>8}  {:<15}{:>10}{:>18}{:>14}", "pending", "engine", "ns/event", "", "/ bare heap")?;
        for row in &self.hold {
            let time = row.ns_per_event;
            let spread = format!("{:.1} .. {:.1}", time.lower, time.upper);
            writeln!(
                f,
                "{:>8}  {:<15}{:>10.1}{spread:>18}{:>14.2}",
                row.pending, row.engine, time.median, row.ratio_to_bare_heap
            )?;
        }
        Ok(())
    }

    fn write_bare(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "\nBare replication: 20 components, 282 events, from nothing")?;
        writeln!(f, "{:<15}{:>10}{:>18}{:>14}", "engine", "us", "", "/ bare heap")?;
        for row in &self.bare {
            let time = row.ns.divided_by(1e3);
            let spread = format!("{:.1} .. {:.1}", time.lower, time.upper);
            let (engine, ratio) = (row.engine, row.ratio_to_bare_heap);
            writeln!(f, "{engine:<15}{:>10.1}{spread:>18}{ratio:>14.2}", time.median)?;
        }
        Ok(())
    }

    fn write_rollouts(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "\nFull rules: rolling-update")?;
        writeln!(
            f,
            "{:>8}{:>7}{:>10}{:>10}{:>10}{:>10}{:>8}{:>12}{:>9}{:>13}{:>12}{:>11}  {:<12}digest",
            "replicas",
            "nodes",
            "events",
            "pending",
            "ns/event",
            "HOLD ns",
            "/ HOLD",
            "us/run",
            "/ bare",
            "allocs/event",
            "peak KiB",
            "B/replica",
            "outcome"
        )?;
        for row in &self.rollouts {
            writeln!(
                f,
                "{:>8}{:>7}{:>10}{:>10.1}{:>10.1}{:>10.1}{:>8.2}{:>12.1}{:>9.1}{:>13.4}{:>12}{:>11.0}  {:<12}{}",
                row.replicas,
                row.nodes,
                row.events,
                row.mean_pending,
                row.ns_per_event.median,
                row.hold_ns_per_event,
                row.ratio_to_hold,
                row.ns_per_run.median / 1e3,
                row.ns_per_run.median / self.bare_heap(),
                row.allocations_per_event,
                row.peak_bytes / 1024,
                row.peak_bytes_per_replica,
                row.outcome,
                row.digest
            )?;
        }
        Ok(())
    }

    /// The bare replication that runs are compared with.
    fn bare_heap(&self) -> f64 {
        self.bare.first().map_or(f64::NAN, |bare| bare.ns.median)
    }

    fn write_growth(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f)?;
        for pair in self.rollouts.windows(2) {
            let growth = pair[1].ns_per_run.median / pair[0].ns_per_run.median;
            writeln!(f, "growth {} -> {} replicas: {growth:.2}", pair[0].replicas, pair[1].replicas)?;
        }
        for row in &self.timelines {
            writeln!(f, "timeline on / off, {} replicas: {:.2}", row.replicas, row.ratio)?;
        }
        Ok(())
    }

    fn write_batch(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Threads { runs, one_ms, two_ms, speed_up } = &self.threads;
        writeln!(
            f,
            "threads 1 -> 2, {runs} runs: {:.2} ({:.2} .. {:.2}), {one_ms:.0} ms -> {two_ms:.0} ms",
            speed_up.median, speed_up.lower, speed_up.upper
        )?;
        let Conform { cases, matching, read_ms, replay_ms } = &self.conform;
        writeln!(
            f,
            "conform on one core: {matching} of {cases} recordings match, {read_ms:.0} ms to read, {:.0} ms to \
             replay and compare",
            replay_ms.median
        )
    }
}
