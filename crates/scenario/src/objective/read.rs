//! Reads objectives: one key names the measure; the others state its range and the share of runs.

use super::{Objective, ReplicaSetRef, RequiredShare, RunEvent, Since};
use crate::diagnostic::{Diagnostic, Diagnostics};
use crate::law::span;
use crate::reader::{Fields, list, number, text, whole, word, wrong};
use crate::yaml::{Node, Value};
use measures::stats::Level;
use measures::units::parse_percent;
use measures::{Measure, Milli, Range, Register, Unit};
use simulator::record::Outcome;

/// What can be true of a run, other than a number in a range.
const EVENTS: [&str; 5] = ["outcome", "deadlineFired", "rolledBack", "rolloutStatus", "scaling"];

/// Reads one objective.
pub(crate) fn read(node: &Node, log: &mut Diagnostics) -> Option<Objective> {
    let mut fields = Fields::of(node, "an objective", log)?;
    let keys: Vec<_> =
        EVENTS.into_iter().chain(Register::standard().numbers().map(|measure| measure.key)).collect();
    let kind = fields.one_of(&keys, log);
    fields.finish(log);
    let kind = kind?;
    let mut fields = Fields::of(&kind.value, format!("`{}`", kind.key), log)?;
    let measure = Register::standard().number(&kind.key);
    let objective = match (measure, measure.and_then(|_| fields.take("quantile"))) {
        (Some(measure), Some(quantile)) => of_quantile(measure, quantile, &kind.value, &mut fields, log),
        (Some(measure), None) => {
            let range = range(measure, &kind.value, &mut fields, log);
            let event = range.map(|range| RunEvent::Within { measure, range });
            of_runs(event, &kind.value, &mut fields, log)
        }
        // A condition has no quantiles.
        (None, _) => {
            let event = event(&kind.key, &kind.value, &mut fields, log);
            of_runs(event, &kind.value, &mut fields, log)
        }
    };
    fields.finish(log);
    objective
}

fn of_runs(
    event: Option<RunEvent>,
    node: &Node,
    fields: &mut Fields<'_>,
    log: &mut Diagnostics,
) -> Option<Objective> {
    let share = share(fields, node, log);
    event.zip(share).map(|(event, share)| Objective::Share { event, share })
}

fn of_quantile(
    measure: &'static Measure,
    quantile: &Node,
    node: &Node,
    fields: &mut Fields<'_>,
    log: &mut Diagnostics,
) -> Option<Objective> {
    let range = range(measure, node, fields, log);
    for key in ["runs", "probability"] {
        if let Some(other) = fields.entry(key) {
            let text = format!("a quantile is about the whole batch; leave `{key}` out");
            log.push(Diagnostic::at(&other.key_place, text));
        }
    }
    let level = number(quantile, "`quantile`", log)?;
    if !(level > 0.0 && level < 1.0) {
        log.push(Diagnostic::at(&quantile.place, "`quantile` must lie between 0 and 1, as in 0.95"));
        return None;
    }
    Some(Objective::Quantile { measure, range: range?, level: Level::nearest(level) })
}

/// `atLeast`, `atMost` or both, `is`, or `between: [2, 5]`.
fn range(measure: &Measure, node: &Node, fields: &mut Fields<'_>, log: &mut Diagnostics) -> Option<Range> {
    let at_least = fields.entry("atLeast");
    let at_most = fields.entry("atMost");
    let (is, between) = (fields.entry("is"), fields.entry("between"));
    let mut end = |node, key| amount(measure, node, key, log).map(Some);
    match (at_least, at_most, is, between) {
        (None, None, None, None) => {
            let text = format!("`{}` needs one of `atLeast`, `atMost`, `is`, `between`", measure.key);
            log.push(Diagnostic::at(&node.place, text));
            None
        }
        (low, high, None, None) => {
            let low = low.map_or(Some(None), |low| end(&low.value, "`atLeast`"));
            let high_end = high.map_or(Some(None), |high| end(&high.value, "`atMost`"));
            in_order(Range { low: low?, high: high_end? }, &high.or(at_least)?.value, log)
        }
        (None, None, Some(is), None) => {
            let value = end(&is.value, "`is`")?;
            Some(Range { low: value, high: value })
        }
        (None, None, None, Some(between)) => {
            let [low, high] = list(&between.value, "`between`", log) else {
                let text = "`between` needs two values, the lower one first, as in `[2, 5]`";
                log.push(Diagnostic::at(&between.value.place, text));
                return None;
            };
            let low = amount(measure, low, "`between`", log);
            let high = amount(measure, high, "`between`", log);
            in_order(Range { low: Some(low?), high: Some(high?) }, &between.value, log)
        }
        (.., is, between) => {
            let second = between.or(is)?;
            let text = format!("`{}` cannot be combined with another bound: it states both ends", second.key);
            log.push(Diagnostic::at(&second.key_place, text));
            None
        }
    }
}

fn in_order(range: Range, node: &Node, log: &mut Diagnostics) -> Option<Range> {
    if range.low.zip(range.high).is_some_and(|(low, high)| low > high) {
        let text = "this range is empty: its lower end is above its upper end";
        log.push(Diagnostic::at(&node.place, text));
        return None;
    }
    Some(range)
}

fn amount(measure: &Measure, node: &Node, what: &str, log: &mut Diagnostics) -> Option<Milli> {
    match measure.unit {
        Unit::Count | Unit::Flag => whole(node, what, 0..=i64::from(i32::MAX), log).map(Milli::from_whole),
        Unit::Time => span(node, what, log).map(Milli::from),
        Unit::Percent => percentage(node, what, log),
        Unit::Pods | Unit::PodSeconds => decimal(node, what, log),
    }
}

/// A number that is not negative, in thousandths.
fn decimal(node: &Node, what: &str, log: &mut Diagnostics) -> Option<Milli> {
    let number = number(node, what, log)?;
    if !(0.0..=1e12).contains(&number) {
        log.push(Diagnostic::at(&node.place, format!("{what} must be a number of at least 0, such as 12.5")));
        return None;
    }
    Some(Milli::from_f64(number))
}

/// A text such as `0.5%`, in thousandths of a percent.
fn percentage(node: &Node, what: &str, log: &mut Diagnostics) -> Option<Milli> {
    let written = node.as_str().and_then(|text| parse_percent(text.trim()));
    let percent = written.filter(|percent| (0.0..=100.0).contains(percent)).map(Milli::from_f64);
    if percent.is_none() {
        log.push(Diagnostic::at(
            &node.place,
            format!("{what} must be a percentage from 0% to 100%, such as `0.5%`"),
        ));
    }
    percent
}

fn event(kind: &str, node: &Node, fields: &mut Fields<'_>, log: &mut Diagnostics) -> Option<RunEvent> {
    match kind {
        "deadlineFired" => Some(RunEvent::DeadlineFired),
        "rolledBack" => Some(RunEvent::RolledBack),
        "rolloutStatus" => rollout_status(fields, log),
        "scaling" => scaling(node, fields, log),
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

/// `exitCode: 0`, `1` or `none`, and `since`.
fn rollout_status(fields: &mut Fields<'_>, log: &mut Diagnostics) -> Option<RunEvent> {
    let choices = [("firstChange", Since::FirstChange), ("lastChange", Since::LastChange)];
    let since =
        fields.take("since").map_or(Some(Since::FirstChange), |node| word(node, "`since`", &choices, log));
    let node = fields.need("exitCode", log)?;
    let exit_code = match &node.value {
        Value::Int(code @ 0..=1) => Some(*code as u8),
        Value::Str(word) if word == "none" => None,
        _ => {
            log.push(wrong(
                node,
                "`exitCode` must be `0`, `1`, or `none` for a command that waits to the end",
            ));
            return None;
        }
    };
    Some(RunEvent::RolloutStatus { since: since?, exit_code })
}

/// `replicaSet: old`, `new` or a revision, with `from` or `to` or both.
fn scaling(node: &Node, fields: &mut Fields<'_>, log: &mut Diagnostics) -> Option<RunEvent> {
    let replica_set = fields.need("replicaSet", log).and_then(|node| replica_set(node, log));
    let mut size = |key| {
        let Some(node) = fields.take(key) else { return Some(None) };
        whole(node, &format!("`{key}`"), 0..=i64::from(i32::MAX), log).map(|size| Some(size as i32))
    };
    let (from, to) = (size("from"), size("to"));
    if from == Some(None) && to == Some(None) {
        let text = "`scaling` needs `from` or `to`: the size before or after";
        log.push(Diagnostic::at(&node.place, text));
        return None;
    }
    Some(RunEvent::Scaling { replica_set: replica_set?, from: from?, to: to? })
}

fn replica_set(node: &Node, log: &mut Diagnostics) -> Option<ReplicaSetRef> {
    if let Value::Int(_) = node.value {
        return whole(node, "`replicaSet`", 1..=i64::MAX, log).map(ReplicaSetRef::Revision);
    }
    word(node, "`replicaSet`", &[("old", ReplicaSetRef::Old), ("new", ReplicaSetRef::New)], log)
}

/// `probability: ">= 0.95"`, `runs: every` or `runs: none`.
fn share(fields: &mut Fields<'_>, node: &Node, log: &mut Diagnostics) -> Option<RequiredShare> {
    let (runs, probability) = (fields.take("runs"), fields.take("probability"));
    match (runs, probability) {
        (Some(runs), None) => {
            word(runs, "`runs`", &[("every", RequiredShare::Every), ("none", RequiredShare::None)], log)
        }
        (None, Some(probability)) => bound(probability, log),
        (None, None) => {
            let text = "an objective needs a share of runs: write `probability: \">= 0.95\"`, `runs: every` or `runs: none`";
            log.push(Diagnostic::at(&node.place, text));
            None
        }
        (Some(_), Some(probability)) => {
            log.push(Diagnostic::at(&probability.place, "give `runs` or `probability`, not both"));
            None
        }
    }
}

fn bound(node: &Node, log: &mut Diagnostics) -> Option<RequiredShare> {
    let written = text(node, "`probability`", log)?;
    let parsed = [(">=", RequiredShare::AtLeast as fn(f64) -> RequiredShare), ("<=", RequiredShare::AtMost)]
        .into_iter();
    let parsed = parsed.filter_map(|(sign, share)| Some((share, written.trim().strip_prefix(sign)?)));
    let mut parsed = parsed.filter_map(|(share, value)| Some((share, value.trim().parse::<f64>().ok()?)));
    match parsed.next() {
        Some((share, value)) if (0.0..=1.0).contains(&value) => Some(share(value)),
        _ => {
            let text =
                format!("`{written}` is not a bound for a probability; write `\">= 0.95\"` or `\"<= 0.01\"`");
            log.push(Diagnostic::at(&node.place, text));
            None
        }
    }
}
