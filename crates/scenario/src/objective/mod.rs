//! The section `objectives`: the required results of a scenario, also undesirable ones that it demonstrates.

mod read;

pub(crate) use read::read;

use measures::stats::Level;
use measures::units::{go_duration, percentage, plain};
use measures::{Measure, Milli, Range, Unit};
use simulator::Span;
use simulator::record::Outcome;
use std::fmt;

/// Something that must hold for a batch of runs.
#[derive(Debug, Clone, PartialEq)]
pub enum Objective {
    /// The share of runs for which something is true must lie in a range.
    Share {
        /// The condition on a run.
        event: RunEvent,
        /// The required share of runs.
        share: RequiredShare,
    },
    /// A quantile of a measure must lie in a range, over the runs to which it applies.
    Quantile {
        /// The measure.
        measure: &'static Measure,
        /// Its required range.
        range: Range,
        /// The quantile.
        level: Level,
    },
}

/// A condition on a run.
#[derive(Debug, Clone, PartialEq)]
pub enum RunEvent {
    /// The run ended in one of these ways.
    Outcome(Vec<Outcome>),
    /// The progress deadline fired.
    DeadlineFired,
    /// The Deployment went back to an earlier template.
    RolledBack,
    /// A number lies in a range.
    Within {
        /// The number.
        measure: &'static Measure,
        /// The range.
        range: Range,
    },
    /// `kubectl rollout status` ended with an exit code.
    RolloutStatus {
        /// The change of the template after which it was started.
        since: Since,
        /// Its exit code; `None` if it still waited at the horizon.
        exit_code: Option<u8>,
    },
    /// A scaling event during the rollout resized a `ReplicaSet` from one size to another.
    Scaling {
        /// Which `ReplicaSet`.
        replica_set: ReplicaSetRef,
        /// Its size before; `None` for any.
        from: Option<i32>,
        /// Its size after; `None` for any.
        to: Option<i32>,
    },
}

/// A change of the template in a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Since {
    /// The first one.
    FirstChange,
    /// The last one.
    LastChange,
}

/// A `ReplicaSet` at a moment of the rollout.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ReplicaSetRef {
    /// Any `ReplicaSet` without the current template.
    Old,
    /// The one with the current template.
    New,
    /// The one with this revision.
    Revision(i64),
}

/// The required share of runs.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum RequiredShare {
    /// Every run of the batch.
    Every,
    /// No run of the batch.
    None,
    /// The probability is at least this, judged by its interval.
    AtLeast(f64),
    /// The probability is at most this, judged by its interval.
    AtMost(f64),
}

impl fmt::Display for Objective {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Share { event, share } => write!(f, "{event} {share}"),
            Self::Quantile { measure, range, level } => {
                write!(f, "{level} of {} {}", measure.label, bounds(measure, range))
            }
        }
    }
}

impl fmt::Display for RunEvent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Outcome(outcomes) => {
                let names: Vec<_> = outcomes.iter().map(|outcome| outcome.as_str()).collect();
                write!(f, "outcome {}", names.join(" or "))
            }
            Self::DeadlineFired => f.write_str("deadline fired"),
            Self::RolledBack => f.write_str("rolled back"),
            Self::Within { measure, range } => write!(f, "{} {}", measure.label, bounds(measure, range)),
            Self::RolloutStatus { since, exit_code } => {
                write!(f, "`kubectl rollout status` since the {since} change of the template ")?;
                match exit_code {
                    Some(code) => write!(f, "exits {code}"),
                    None => f.write_str("waits to the end"),
                }
            }
            Self::Scaling { replica_set, from, to } => {
                write!(f, "{replica_set} scaled")?;
                from.map_or(Ok(()), |from| write!(f, " from {from}"))?;
                to.map_or(Ok(()), |to| write!(f, " to {to}"))
            }
        }
    }
}

/// The range as the scenario writes it.
fn bounds(measure: &Measure, range: &Range) -> String {
    range.describe(|end: Milli| match measure.unit {
        Unit::Count | Unit::Flag => (end.thousandths() / 1000).to_string(),
        Unit::Time => go_duration::format(Span::from_millis(end.thousandths())),
        Unit::Percent => percentage(end),
        Unit::Pods | Unit::PodSeconds => plain(end),
    })
}

impl fmt::Display for Since {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::FirstChange => "first",
            Self::LastChange => "last",
        })
    }
}

impl fmt::Display for ReplicaSetRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Old => f.write_str("an old ReplicaSet"),
            Self::New => f.write_str("the new ReplicaSet"),
            Self::Revision(revision) => write!(f, "the ReplicaSet of revision {revision}"),
        }
    }
}

impl fmt::Display for RequiredShare {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Every => f.write_str("in every run"),
            Self::None => f.write_str("in no run"),
            Self::AtLeast(bound) => write!(f, "with probability >= {bound}"),
            Self::AtMost(bound) => write!(f, "with probability <= {bound}"),
        }
    }
}
