//! The section `cluster.registry`, and amounts of bytes.

use super::cluster::{client_limit, quantity, show_limit};
use super::reader::{Fields, whole};
use super::settings::{Origin, Settings};
use super::yaml::Node;
use super::{defaults, law};
use crate::diagnostic::{Diagnostic, Diagnostics};
use measures::units::go_duration;
use simulator::Span;
use simulator::model::{Bandwidth, RateLimit, Registry};

const PATH: &str = "spec.cluster.registry";

/// Reads the section.
pub(super) fn read(node: Option<&Node>, settings: &mut Settings, log: &mut Diagnostics) -> Registry {
    let mut fields = node.and_then(|node| Fields::of(node, "`registry`", log));
    let mut take = |key| fields.as_mut().and_then(|fields| fields.take(key));
    let pulls = take("parallelPulls").and_then(|node| whole(node, "`parallelPulls`", 1..=1000, log));
    let qps = take("qps").and_then(|node| client_limit(node, "`qps`", log));
    let total = take("bandwidth").and_then(|node| bytes(node, "`bandwidth`", log));
    let single_node = take("bandwidthPerPull");
    let single = single_node.and_then(|node| bytes(node, "`bandwidthPerPull`", log));
    let limit = take("rateLimit").and_then(|node| self::rate_limit(node, log));
    if let Some(fields) = fields {
        fields.finish(log);
    }
    if let (Some(node), None) = (single_node, total) {
        let text = "`bandwidthPerPull` needs `bandwidth`: the share of one pull depends on the total";
        log.push(Diagnostic::at(&node.place, text));
    }
    let pulls =
        settings.choose(format!("{PATH}.parallelPulls"), pulls, defaults::PARALLEL_PULLS, i64::to_string);
    let qps = settings.choose(format!("{PATH}.qps"), qps, defaults::PULL_QPS, show_limit);
    let bandwidth = total.map(|total| bandwidth(total, single, settings));
    if bandwidth.is_none() {
        settings.add(format!("{PATH}.bandwidth"), &"unlimited", Origin::Default(defaults::BANDWIDTH));
    }
    note_rate_limit(limit, settings);
    Registry { parallel_pulls: pulls as u32, qps, bandwidth, rate_limit: limit }
}

fn bandwidth(total: u64, single: Option<u64>, settings: &mut Settings) -> Bandwidth {
    settings.add(format!("{PATH}.bandwidth"), &format!("{total} bytes per second"), Origin::Stated);
    let origin = single.map_or(Origin::Default("a pull alone gets all of it"), |_| Origin::Stated);
    let single = single.unwrap_or(total);
    settings.add(format!("{PATH}.bandwidthPerPull"), &format!("{single} bytes per second"), origin);
    Bandwidth { total: total as f64, per_pull: single as f64 }
}

fn note_rate_limit(limit: Option<RateLimit>, settings: &mut Settings) {
    let path = format!("{PATH}.rateLimit");
    match limit {
        Some(limit) => settings.add(path, &show(&limit), Origin::Stated),
        None => settings.add(path, &"unlimited", Origin::Default(defaults::RATE_LIMIT)),
    }
}

/// The limit as a scenario writes it.
pub(crate) fn show(limit: &RateLimit) -> String {
    let RateLimit { pulls, per, used } = limit;
    format!("{{pulls: {pulls}, per: {}, used: {used}}}", go_duration::format(*per))
}

/// `{pulls, per, used}`
pub(crate) fn rate_limit(node: &Node, log: &mut Diagnostics) -> Option<RateLimit> {
    let mut fields = Fields::of(node, "`rateLimit`", log)?;
    let limit = rate_limit_of(&mut fields, log);
    fields.finish(log);
    limit
}

/// The keys of a rate limit inside a mapping with other keys.
pub(crate) fn rate_limit_of(fields: &mut Fields<'_>, log: &mut Diagnostics) -> Option<RateLimit> {
    let pulls = fields.need("pulls", log).and_then(|node| whole(node, "`pulls`", 0..=1_000_000, log));
    let per = fields.need("per", log).and_then(|node| {
        let per = law::span(node, "`per`", log)?;
        if per <= Span::ZERO {
            log.push(Diagnostic::at(&node.place, "`per` must be greater than zero"));
            return None;
        }
        Some(per)
    });
    let used_node = fields.take("used");
    let used = used_node.map_or(Some(0), |node| whole(node, "`used`", 0..=1_000_000, log));
    let (pulls, per, used) = (pulls?, per?, used?);
    if let Some(node) = used_node.filter(|_| used > pulls) {
        log.push(Diagnostic::at(&node.place, format!("`used` must not exceed `pulls`, which is {pulls}")));
    }
    Some(RateLimit { pulls: pulls as u32, per, used: used as u32 })
}

/// A number of bytes, at least one.
pub(crate) fn bytes(node: &Node, what: &str, log: &mut Diagnostics) -> Option<u64> {
    let bytes = quantity(node, what, log)?.value();
    if bytes < 1 {
        log.push(Diagnostic::at(&node.place, format!("{what} must be at least 1 byte")));
        return None;
    }
    Some(bytes as u64)
}
