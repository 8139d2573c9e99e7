//! The figures as a table and as JSON.

use crate::bare::BareResult;
use crate::batch::{Conform, Threads};
use crate::goals::Goal;
use crate::hold::HoldResult;
use crate::program::{Batch, EndToEnd, Execution};
use crate::rollout::RolloutCost;
use crate::trace::Trace;
use serde::Serialize;
use std::fmt;

/// All figures of one execution.
#[derive(Debug, Serialize)]
pub(crate) struct BenchReport {
    /// Of the machine at the start: above the number of processors, threads share them.
    pub(crate) load_average: Option<f64>,
    pub(crate) processors: usize,
    pub(crate) hold: Vec<HoldResult>,
    pub(crate) bare: Vec<BareResult>,
    pub(crate) rollouts: Vec<RolloutCost>,
    pub(crate) traces: Vec<Trace>,
    pub(crate) threads: Threads,
    pub(crate) conform: Conform,
    /// `None` if the program was not built.
    pub(crate) program: Option<EndToEnd>,
    pub(crate) goals: Vec<Goal>,
}

impl fmt::Display for BenchReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.write_machine(f)?;
        self.write_hold(f)?;
        self.write_bare(f)?;
        self.write_rollouts(f)?;
        self.write_traces(f)?;
        self.write_batch(f)?;
        self.write_program(f)?;
        self.write_goals(f)
    }
}

impl BenchReport {
    fn write_machine(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Some(load) = self.load_average else { return Ok(()) };
        let processors = self.processors;
        writeln!(f, "{processors} processors, load average {load:.1} at the start")?;
        if load > 0.3 * processors as f64 {
            writeln!(
                f,
                "The machine is not idle: what is said of threads and of the time on the wall is worth little"
            )?;
        }
        writeln!(f)
    }

    fn write_hold(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "HOLD: take the earliest event, schedule one more (CPU time; median, quartiles)")?;
        writeln!(f, "{:>8}  {:<15}{:>10}{:>18}{:>14}", "pending", "engine", "ns/event", "", "/ bare heap")?;
        for row in &self.hold {
            let time = row.ns_per_event;
            let spread = format!("{:.1} .. {:.1}", time.lower, time.upper);
            writeln!(
                f,
                "{:>8}  {:<15}{:>10.1}{spread:>18}{:>14.2}",
                row.pending, row.engine, time.median, row.ratio_to_bare_heap.median
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
            let (engine, ratio) = (row.engine, row.ratio_to_bare_heap.median);
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
                row.hold_ns_per_event.median,
                row.ratio_to_hold.median,
                row.ns_per_run.median / 1e3,
                row.ratio_to_bare.median,
                row.allocations_per_event,
                row.peak_bytes / 1024,
                row.peak_bytes_per_replica,
                row.outcome,
                row.digest
            )?;
        }
        Ok(())
    }

    fn write_traces(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "\nLooking at a run, in times of the run alone")?;
        writeln!(
            f,
            "{:>8}{:>12}{:>10}{:>11}{:>9}{:>8}",
            "replicas", "off us", "timeline", "records", "story", "text"
        )?;
        for row in &self.traces {
            writeln!(
                f,
                "{:>8}{:>12.1}{:>10.2}{:>11.2}{:>9.2}{:>8.2}",
                row.replicas,
                row.off_ns.median / 1e3,
                row.timeline.median,
                row.records.median,
                row.story.median,
                row.text.median
            )?;
        }
        Ok(())
    }

    fn write_batch(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Threads { runs, one_ms, two_ms, speed_up, of_machine } = &self.threads;
        writeln!(
            f,
            "\nthreads 1 -> 2, {runs} runs: {:.2} ({:.2} .. {:.2}), {one_ms:.0} ms -> {two_ms:.0} ms; a loop that \
             needs nothing but a processor: {:.2} ({:.2} .. {:.2})",
            speed_up.median,
            speed_up.lower,
            speed_up.upper,
            of_machine.median,
            of_machine.lower,
            of_machine.upper
        )?;
        let Conform { cases, matching, read_ms, replay_ms } = &self.conform;
        writeln!(
            f,
            "conform on one core: {matching} of {cases} recordings match, {read_ms:.0} ms to read, {:.0} ms to \
             replay and compare",
            replay_ms.median
        )
    }

    fn write_program(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "\nEnd to end by the program")?;
        let Some(EndToEnd { first_replication_ms: first, batches, speed_up }) = &self.program else {
            return writeln!(f, "not measured: it is not built");
        };
        let spread = format!("{:.0} .. {:.0}", first.lower, first.upper);
        writeln!(
            f,
            "run image-pull-error --runs 1: {:.0} ms ({spread}), charts and report included",
            first.median
        )?;
        writeln!(f, "{:>8}{:>9}{:>10}{:>10}{:>10}", "runs", "threads", "wall ms", "CPU ms", "peak MiB")?;
        for Batch { runs, threads, execution } in batches {
            let Execution { wall_ms, cpu_ms, peak_mib } = execution;
            writeln!(f, "{runs:>8}{threads:>9}{wall_ms:>10.0}{cpu_ms:>10.0}{peak_mib:>10.1}")?;
        }
        writeln!(f, "threads 1 -> 2: {speed_up:.2}")
    }

    fn write_goals(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(
            f,
            "\n{:<48}{:>10}{:>10}{:>10}{:>10}  reached",
            "figure", "value", "gate", "goal", "stretch"
        )?;
        for Goal { figure, value, limits: [gate, goal, stretch], reached } in &self.goals {
            let reached = reached.as_str();
            writeln!(f, "{figure:<48}{value:>10.3}{gate:>10}{goal:>10}{stretch:>10}  {reached}")?;
        }
        Ok(())
    }
}
