//! Delay laws in scenarios: `3s`, `{uniform: [2s, 5s]}`, `{lognormal: {median: 8s, p95: 30s}}`.

use super::reader::{Fields, list, number, wrong};
use super::yaml::{Entry, Node, Value};
use crate::diagnostic::{Diagnostic, Diagnostics};
use measures::units::{DurationError, go_duration};
use simulator::Span;
use simulator::engine::{Law, Shares};

/// A duration.
pub(crate) fn span(node: &Node, what: &str, log: &mut Diagnostics) -> Option<Span> {
    let parsed = match &node.value {
        Value::Str(text) => go_duration::parse(text).map_err(|error| error.to_string()),
        Value::Int(0) => Ok(Span::ZERO),
        Value::Int(value) if *value < 0 => Err(DurationError::Negative.to_string()),
        Value::Int(value) => Err(format!("`{value}` has no unit; write `{value}s` for seconds")),
        Value::Float(_, raw) => Err(format!("`{raw}` has no unit; write `{raw}s` for seconds")),
        _ => {
            log.push(wrong(node, &format!("{what} must be a duration such as `30s`")));
            return None;
        }
    };
    note(parsed, node, what, log)
}

/// The kinds of distributions in a mixture.
const SIMPLE_KINDS: [&str; 6] = ["uniform", "lognormal", "exponential", "weibull", "empirical", "constant"];
const KINDS: [&str; 7] =
    ["uniform", "lognormal", "exponential", "weibull", "empirical", "mixture", "constant"];

/// A delay law.
pub(crate) fn law(node: &Node, what: &str, log: &mut Diagnostics) -> Option<Law> {
    let Value::Map(_) = node.value else {
        return span(node, what, log).map(Law::Constant);
    };
    let mut fields = Fields::of(node, format!("{what} (a law)"), log)?;
    let kind = fields.one_of(&KINDS, log);
    fields.finish(log);
    checked(kind?, log)
}

/// A delay law of pods, which may have shares of chance common to a cluster or a node.
pub(crate) fn pod_law(node: &Node, what: &str, log: &mut Diagnostics) -> Option<Law> {
    let Value::Map(_) = node.value else {
        return span(node, what, log).map(Law::Constant);
    };
    let mut fields = Fields::of(node, format!("{what} (a law)"), log)?;
    let kind = fields.one_of(&KINDS, log);
    let shared = fields.take("shared");
    fields.finish(log);
    let law = checked(kind?, log)?;
    let Some(shared) = shared else { return Some(law) };
    let shared_law = Law::Shared { law: Box::new(law), shares: shares(shared, log)? };
    note(shared_law.check().map(|()| shared_law).map_err(|error| error.to_string()), shared, "shared", log)
}

/// `{cluster: 0.45, node: 0.19}`: a share that is not stated is 0.
fn shares(node: &Node, log: &mut Diagnostics) -> Option<Shares> {
    let mut fields = Fields::of(node, "`shared`", log)?;
    let mut share = |key: &'static str| match fields.take(key) {
        Some(node) => number(node, &format!("`{key}`"), log),
        None => Some(0.0),
    };
    let (cluster, node) = (share("cluster"), share("node"));
    fields.finish(log);
    Some(Shares { cluster: cluster?, node: node? })
}

fn checked(kind: &Entry, log: &mut Diagnostics) -> Option<Law> {
    let law = parameters(kind, log)?;
    note(law.check().map(|()| law).map_err(|error| error.to_string()), &kind.value, &kind.key, log)
}

fn parameters(kind: &Entry, log: &mut Diagnostics) -> Option<Law> {
    let name = format!("`{}`", kind.key);
    let node = &kind.value;
    match kind.key.as_str() {
        "constant" => span(node, &name, log).map(Law::Constant),
        "uniform" => uniform(node, log),
        "empirical" => {
            let items = list(node, &name, log).iter();
            let values: Vec<_> = items.map(|item| span(item, &name, log)).collect();
            values.into_iter().collect::<Option<_>>().map(Law::Empirical)
        }
        "mixture" => {
            let parts: Vec<_> =
                list(node, &name, log).iter().map(|part| part_of_mixture(part, log)).collect();
            parts.into_iter().collect::<Option<_>>().map(Law::Mixture)
        }
        _ => named(kind, &name, log),
    }
}

/// `{weight: 0.95, lognormal: {...}}`
fn part_of_mixture(node: &Node, log: &mut Diagnostics) -> Option<(f64, Law)> {
    let mut fields = Fields::of(node, "a part of a mixture", log)?;
    let weight = fields.need("weight", log).and_then(|node| number(node, "`weight`", log));
    let kind = fields.one_of(&SIMPLE_KINDS, log);
    fields.finish(log);
    Some((weight?, parameters(kind?, log)?))
}

fn uniform(node: &Node, log: &mut Diagnostics) -> Option<Law> {
    let items = list(node, "`uniform`", log);
    let [low, high] = items else {
        if !items.is_empty() {
            log.push(Diagnostic::at(&node.place, "`uniform` needs two bounds, as in `[2s, 5s]`"));
        }
        return None;
    };
    let (low, high) = (span(low, "the lower bound", log), span(high, "the upper bound", log));
    Some(Law::Uniform { low: low?, high: high? })
}

/// The laws whose parameters have names.
fn named(kind: &Entry, name: &str, log: &mut Diagnostics) -> Option<Law> {
    let mut fields = Fields::of(&kind.value, name, log)?;
    let mut read = |key: &'static str, log: &mut Diagnostics| {
        let node = fields.need(key, log)?;
        span(node, &format!("`{key}`"), log)
    };
    let law = match kind.key.as_str() {
        "lognormal" => {
            let (median, p95) = (read("median", log), read("p95", log));
            median.zip(p95).map(|(median, p95)| Law::Lognormal { median, p95 })
        }
        "exponential" => read("mean", log).map(|mean| Law::Exponential { mean }),
        _ => {
            let scale = read("scale", log);
            let shape = fields.need("shape", log).and_then(|node| number(node, "`shape`", log));
            scale.zip(shape).map(|(scale, shape)| Law::Weibull { scale, shape })
        }
    };
    fields.finish(log);
    law
}

fn note<T>(
    result: Result<T, impl std::fmt::Display>,
    node: &Node,
    what: &str,
    log: &mut Diagnostics,
) -> Option<T> {
    match result {
        Ok(value) => Some(value),
        Err(reason) => {
            log.push(Diagnostic::at(&node.place, format!("{}: {reason}", what.trim_matches('`'))));
            None
        }
    }
}

/// The law as a scenario writes it.
pub(crate) fn format(law: &Law) -> String {
    let text = go_duration::format;
    match law {
        Law::Constant(span) => text(*span),
        Law::Uniform { low, high } => format!("{{uniform: [{}, {}]}}", text(*low), text(*high)),
        Law::Lognormal { median, p95 } => {
            format!("{{lognormal: {{median: {}, p95: {}}}}}", text(*median), text(*p95))
        }
        Law::Exponential { mean } => format!("{{exponential: {{mean: {}}}}}", text(*mean)),
        Law::Weibull { scale, shape } => {
            format!("{{weibull: {{scale: {}, shape: {shape}}}}}", text(*scale))
        }
        Law::Empirical(values) => {
            let values: Vec<_> = values.iter().map(|value| text(*value)).collect();
            format!("{{empirical: [{}]}}", values.join(", "))
        }
        Law::Mixture(parts) => {
            let part = |(weight, law): &(f64, Law)| match law {
                Law::Constant(span) => format!("{{weight: {weight}, constant: {}}}", text(*span)),
                law => format!("{{weight: {weight}, {}", &format(law)[1..]),
            };
            format!("{{mixture: [{}]}}", parts.iter().map(part).collect::<Vec<_>>().join(", "))
        }
        Law::Shared { law, shares: Shares { cluster, node } } => {
            let law = match &**law {
                Law::Constant(span) => format!("{{constant: {}}}", text(*span)),
                law => format(law),
            };
            let law = law.strip_suffix('}').unwrap_or(&law);
            format!("{law}, shared: {{cluster: {cluster}, node: {node}}}}}")
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diagnostic::Source;
    use crate::yaml;

    fn parse(text: &str) -> Result<Law, String> {
        let mut log = Diagnostics::new();
        let nodes = yaml::documents(&Source::new("law", text), &mut log);
        let law = nodes.first().and_then(|node| super::pod_law(node, "`pull`", &mut log));
        match law {
            Some(law) if log.is_empty() => Ok(law),
            _ => Err(log.iter().map(Diagnostic::message).collect::<Vec<_>>().join("; ")),
        }
    }

    #[test]
    fn laws_are_read_and_written_back() {
        for text in [
            "3s",
            "{uniform: [2s, 5s]}",
            "{lognormal: {median: 8s, p95: 30s}}",
            "{exponential: {mean: 10s}}",
            "{weibull: {scale: 10s, shape: 1.5}}",
            "{empirical: [1s, 2s, 500ms]}",
            "{mixture: [{weight: 0.95, lognormal: {median: 1s, p95: 2s}}, {weight: 0.05, constant: 9s}]}",
            "{lognormal: {median: 1s, p95: 2s}, shared: {cluster: 0.45, node: 0.19}}",
            "{constant: 3s, shared: {cluster: 0.5, node: 0}}",
        ] {
            assert_eq!(parse(text).map(|law| format(&law)), Ok(text.to_owned()));
        }
        assert_eq!(parse("0"), Ok(Law::Constant(Span::ZERO)));
        assert_eq!(parse("{constant: 1s}"), Ok(Law::Constant(Span::SECOND)));
    }

    #[test]
    fn senseless_laws_are_refused_with_a_reason() {
        let table = [
            ("3", "pull: `3` has no unit; write `3s` for seconds"),
            ("-3s", "pull: a duration must not be negative"),
            ("{uniform: [5s, 2s]}", "uniform: the lower bound must not exceed the upper bound"),
            ("{uniform: [5s]}", "`uniform` needs two bounds, as in `[2s, 5s]`"),
            ("{lognormal: {median: 8s}}", "`lognormal` needs `p95`"),
            ("{lognormal: {median: 8s, p95: 2s}}", "lognormal: `p95` must not be below `median`"),
            ("{lognormal: {median: 0, p95: 2s}}", "lognormal: `median` must be greater than zero"),
            ("{exponential: {mean: 0s}}", "exponential: `mean` must be greater than zero"),
            ("{weibull: {scale: 1s, shape: 0}}", "weibull: `shape` must be greater than zero"),
            ("{weibull: {scale: 1s, shape: .nan}}", "`shape` must be a number"),
            ("{empirical: []}", "empirical: at least one value is needed"),
            ("{normal: [1s, 2s]}", "unknown key `normal` in `pull` (a law)"),
            (
                "{uniform: [1s, 2s], exponential: {mean: 1s}}",
                "`pull` (a law) takes one of `uniform`, `exponential`, not both",
            ),
            ("[1s]", "`pull` must be a duration such as `30s`"),
        ];
        for (text, reason) in table {
            assert_eq!(parse(text), Err(reason.to_owned()), "{text}");
        }
    }

    #[test]
    fn any_text_is_read_or_refused() {
        bolero::check!().with_iterations(2000).with_type::<String>().for_each(|text| {
            let _ = parse(text);
            let _ = parse(&format!("{{uniform: [{text}]}}"));
        });
    }
}
