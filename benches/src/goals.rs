//! Limits of the figures, and which limit each figure meets.

use crate::report::BenchReport;
use serde::Serialize;

/// The best limit that a figure meets.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum GoalLevel {
    /// Misses the gate.
    Missed,
    /// Required.
    Gate,
    /// Target.
    Goal,
    /// Better than the target.
    Stretch,
}

impl GoalLevel {
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Missed => "MISSED",
            Self::Gate => "gate",
            Self::Goal => "goal",
            Self::Stretch => "stretch",
        }
    }
}

/// A figure with its limits.
#[derive(Debug, Serialize)]
pub(crate) struct Goal {
    pub(crate) figure: String,
    pub(crate) value: f64,
    /// Gate, goal, stretch: upper limits, or lower limits if they grow.
    pub(crate) limits: [f64; 3],
    pub(crate) reached: GoalLevel,
}

impl Goal {
    fn new(figure: impl Into<String>, value: f64, limits: [f64; 3]) -> Self {
        let more_is_better = limits[2] > limits[0];
        let holds = |limit: &&f64| if more_is_better { value >= **limit } else { value <= **limit };
        let reached = match limits.iter().take_while(holds).count() {
            0 => GoalLevel::Missed,
            1 => GoalLevel::Gate,
            2 => GoalLevel::Goal,
            _ => GoalLevel::Stretch,
        };
        Self { figure: figure.into(), value, limits, reached }
    }
}

/// All measured figures that have limits. A figure with several sizes has one line for each.
pub(crate) fn goals(report: &BenchReport) -> Vec<Goal> {
    let mut goals = Vec::new();
    let product = report.hold.iter().filter(|row| row.engine == crate::hold::PRODUCT);
    for row in product.filter(|row| row.pending <= 1_000) {
        let figure = format!("engine against the bare heap, {} pending", row.pending);
        goals.push(Goal::new(figure, row.ratio_to_bare_heap.median, [1.6, 1.35, 1.2]));
    }
    for row in &report.rollouts {
        let figure = format!("event against HOLD, {} replicas", row.replicas);
        goals.push(Goal::new(figure, row.ratio_to_hold.median, [4.0, 3.0, 2.0]));
    }
    for row in report.rollouts.iter().filter(|row| row.replicas == 10) {
        let figure = "10-replica run against the bare replication";
        goals.push(Goal::new(figure, row.ratio_to_bare.median, [8.0, 5.0, 3.0]));
    }
    goals.extend(growth(report, 100, 1_000, [18.0, 15.0, 13.0]));
    goals.extend(growth(report, 1_000, 5_000, [7.5, 6.5, 5.8]));
    for row in report.rollouts.iter().filter(|row| row.replicas == 50_000) {
        let figure = "50,000 replicas, one run, seconds";
        goals.push(Goal::new(figure, row.ns_per_run.median / 1e9, [1.0, 0.4, 0.2]));
    }
    for row in &report.rollouts {
        let replicas = f64::from(row.replicas);
        let limits = [(64.0, 2.0), (32.0, 1.0), (16.0, 0.5)].map(|(run, replica)| run + replica * replicas);
        let figure = format!("peak heap, {} replicas, KiB", row.replicas);
        goals.push(Goal::new(figure, row.peak_bytes as f64 / 1024.0, limits));
    }
    for row in &report.rollouts {
        let figure = format!("allocations per event, {} replicas", row.replicas);
        goals.push(Goal::new(figure, row.allocations_per_event, [0.5, 0.05, 0.0]));
    }
    for row in &report.traces {
        for (what, ratio) in [("trace records", row.records.median), ("timeline", row.timeline.median)] {
            let figure = format!("{what} on / off, {} replicas", row.replicas);
            goals.push(Goal::new(figure, ratio, [1.25, 1.1, 1.05]));
        }
    }
    goals.push(Goal::new("1 -> 2 threads", report.threads.speed_up.median, [1.8, 1.9, 1.95]));
    let conform = (report.conform.read_ms + report.conform.replay_ms.median) / 1e3;
    goals.push(Goal::new("conform, all cases, one core, seconds", conform, [1.5, 0.5, 0.2]));
    if let Some(program) = &report.program {
        let first = program.first_replication_ms.median;
        goals.push(Goal::new("command with one run, ms", first, [50.0; 3]));
        goals.push(Goal::new("1 -> 2 threads, the program", program.speed_up, [1.8, 1.9, 1.95]));
    }
    goals
}

fn growth(report: &BenchReport, from: i32, to: i32, limits: [f64; 3]) -> Option<Goal> {
    let time = |replicas: i32| {
        let row = report.rollouts.iter().find(|row| row.replicas == replicas);
        row.map(|row| row.ns_per_run.median)
    };
    Some(Goal::new(format!("growth {from} -> {to} replicas"), time(to)? / time(from)?, limits))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn limits_may_fall_or_grow() {
        let reached = |value, limits| Goal::new("figure", value, limits).reached;
        assert_eq!(reached(1.7, [1.6, 1.35, 1.2]), GoalLevel::Missed);
        assert_eq!(reached(1.6, [1.6, 1.35, 1.2]), GoalLevel::Gate);
        assert_eq!(reached(1.1, [1.6, 1.35, 1.2]), GoalLevel::Stretch);
        assert_eq!(reached(1.7, [1.8, 1.9, 1.95]), GoalLevel::Missed);
        assert_eq!(reached(1.92, [1.8, 1.9, 1.95]), GoalLevel::Goal);
        assert_eq!(reached(f64::NAN, [1.8, 1.9, 1.95]), GoalLevel::Missed);
    }
}
