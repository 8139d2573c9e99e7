//! The section `objectives`: what must happen in a scenario, bad things included.

use super::duration;
use super::law::span;
use super::reader::{Fields, number, text, whole, word};
use super::yaml::{Node, Value};
use crate::diagnostic::{Diagnostic, Diagnostics};
use simulator::Span;
use simulator::record::Outcome;
use std::fmt;

/// Something that must hold for a batch of runs.
#[derive(Debug, Clone, PartialEq)]
pub enum Objective {
    /// Runs of which something is true must have such a share of all runs.
    Share {
        /// What is true of a run.
        event: RunEvent,
        /// How many runs.
        share: Share,
    },
    /// A quantile of the rollout time must not exceed a limit. Rollouts that do not end count as longer
    /// than any.
    RolloutTime {
        /// The quantile in (0, 1).
        quantile: f64,
        /// The limit.
        at_most: Span,
    },
}

/// Something that is true or false of a run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RunEvent {
    /// The run ended in one of these ways.
    Outcome(Vec<Outcome>),
    /// The progress deadline fired.
    DeadlineFired,
    /// The Deployment went back to an earlier template.
    RolledBack,
    /// Never were fewer pods available.
    AvailableMin {
        /// The fewest that are allowed.
        at_least: i32,
    },
    /// The time with fewer pods available than promised had a limit.
    BelowPromised {
        /// The limit.
        at_most: Span,
    },
    /// Never did more pods exist that were neither terminating nor terminal.
    PodsPeak {
        /// The most that are allowed.
        at_most: i32,
    },
}

/// A share of all runs.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Share {
    /// Every run of the batch.
    Every,
    /// No run of the batch.
    None,
    /// The probability is at least this, judged by its interval.
    AtLeast(f64),
    /// The probability is at most this, judged by its interval.
    AtMost(f64),
}

/// Reads one objective.
pub(crate) fn read(node: &Node, log: &mut Diagnostics) -> Option<Objective> {
    let mut fields = Fields::of(node, "an objective", log)?;
    let kinds = [
        "outcome",
        "deadlineFired",
        "rolledBack",
        "rolloutTime",
        "availableMin",
        "belowPromised",
        "podsPeak",
    ];
    let kind = fields.one_of(&kinds, log);
    fields.finish(log);
    let kind = kind?;
    let mut fields = Fields::of(&kind.value, format!("`{}`", kind.key), log)?;
    let objective = if kind.key == "rolloutTime" {
        rollout_time(&mut fields, log)
    } else {
        let event = event(&kind.key, &mut fields, log);
        let share = share(&mut fields, &kind.value, log);
        event.zip(share).map(|(event, share)| Objective::Share { event, share })
    };
    fields.finish(log);
    objective
}

fn rollout_time(fields: &mut Fields<'_>, log: &mut Diagnostics) -> Option<Objective> {
    let quantile_node = fields.need("quantile", log);
    let quantile = quantile_node.and_then(|node| number(node, "`quantile`", log));
    let at_most = fields.need("atMost", log).and_then(|node| span(node, "`atMost`", log));
    let quantile = quantile?;
    if !(quantile > 0.0 && quantile < 1.0) {
        log.push(Diagnostic::at(&quantile_node?.place, "`quantile` must lie between 0 and 1, as in 0.95"));
        return None;
    }
    Some(Objective::RolloutTime { quantile, at_most: at_most? })
}

fn event(kind: &str, fields: &mut Fields<'_>, log: &mut Diagnostics) -> Option<RunEvent> {
    let mut count = |fields: &mut Fields<'_>, key: &'static str| {
        let node = fields.need(key, log)?;
        whole(node, &format!("`{key}`"), 0..=i64::from(i32::MAX), log).map(|count| count as i32)
    };
    match kind {
        "deadlineFired" => Some(RunEvent::DeadlineFired),
        "rolledBack" => Some(RunEvent::RolledBack),
        "availableMin" => count(fields, "atLeast").map(|at_least| RunEvent::AvailableMin { at_least }),
        "podsPeak" => count(fields, "atMost").map(|at_most| RunEvent::PodsPeak { at_most }),
        "belowPromised" => {
            let node = fields.need("atMost", log)?;
            span(node, "`atMost`", log).map(|at_most| RunEvent::BelowPromised { at_most })
        }
        _ => outcomes(fields.need("is", log)?, log).map(RunEvent::Outcome),
    }
}

/// One outcome or several.
fn outcomes(node: &Node, log: &mut Diagnostics) -> Option<Vec<Outcome>> {
    let choices = Outcome::ALL.map(|outcome| (outcome.as_str(), outcome));
    match &node.value {
        Value::Seq(items) if !items.is_empty() => {
            let outcomes: Vec<_> = items.iter().map(|item| word(item, "an outcome", &choices, log)).collect();
            outcomes.into_iter().collect()
        }
        _ => word(node, "`is`", &choices, log).map(|outcome| vec![outcome]),
    }
}

/// `probability: ">= 0.95"`, `runs: every` or `runs: none`.
fn share(fields: &mut Fields<'_>, node: &Node, log: &mut Diagnostics) -> Option<Share> {
    let (runs, probability) = (fields.take("runs"), fields.take("probability"));
    match (runs, probability) {
        (Some(runs), None) => word(runs, "`runs`", &[("every", Share::Every), ("none", Share::None)], log),
        (None, Some(probability)) => bound(probability, log),
        (None, None) => {
            let text = "how many runs? write `probability: \">= 0.95\"`, `runs: every` or `runs: none`";
            log.push(Diagnostic::at(&node.place, text));
            None
        }
        (Some(_), Some(probability)) => {
            log.push(Diagnostic::at(&probability.place, "give `runs` or `probability`, not both"));
            None
        }
    }
}

fn bound(node: &Node, log: &mut Diagnostics) -> Option<Share> {
    let written = text(node, "`probability`", log)?;
    let parsed = [(">=", Share::AtLeast as fn(f64) -> Share), ("<=", Share::AtMost)].into_iter();
    let parsed = parsed.filter_map(|(sign, share)| Some((share, written.trim().strip_prefix(sign)?)));
    let mut parsed = parsed.filter_map(|(share, value)| Some((share, value.trim().parse::<f64>().ok()?)));
    match parsed.next() {
        Some((share, value)) if (0.0..=1.0).contains(&value) => Some(share(value)),
        _ => {
            let text =
                format!("`{written}` is no bound for a probability; write `\">= 0.95\"` or `\"<= 0.01\"`");
            log.push(Diagnostic::at(&node.place, text));
            None
        }
    }
}

impl fmt::Display for Objective {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Share { event, share } => write!(f, "{event} {share}"),
            Self::RolloutTime { quantile, at_most } => {
                write!(f, "rollout time p{} at most {}", quantile * 100.0, duration::format(*at_most))
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
            Self::AvailableMin { at_least } => write!(f, "at least {at_least} pods available throughout"),
            Self::BelowPromised { at_most } => {
                write!(f, "below the promise for at most {}", duration::format(*at_most))
            }
            Self::PodsPeak { at_most } => write!(f, "at most {at_most} pods at once"),
        }
    }
}

impl fmt::Display for Share {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Every => f.write_str("in every run"),
            Self::None => f.write_str("in no run"),
            Self::AtLeast(bound) => write!(f, "with probability >= {bound}"),
            Self::AtMost(bound) => write!(f, "with probability <= {bound}"),
        }
    }
}
