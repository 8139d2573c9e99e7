//! The sections `cluster`, `controlPlane` and `registry`.

use super::fit::{self, Demand};
use super::reader::{Fields, list, mapping, number, text, whole, word};
use super::settings::{Origin, Settings};
use super::validate::is_dns_label;
use super::yaml::{Node, Value};
use super::{defaults, law, registry};
use crate::diagnostic::{Diagnostic, Diagnostics};
use measures::units::Quantity;
use simulator::engine::Law;
use simulator::model::{
    Autoscale, Cluster, ControlPlane, Latency, NodePool, Registry, Resources, Taint, TaintEffect,
    VerbLatencies,
};

/// The most nodes, more than the limit of a Kubernetes cluster.
const MAX_NODES: i64 = 100_000;

/// The section `cluster`, read but not yet sized for the workload.
pub(crate) struct ClusterSection {
    pools: StatedPools,
    control_plane: ControlPlane,
    registry: Registry,
}

enum StatedPools {
    Fitted(Option<u32>),
    Stated(Vec<NodePool>),
}

/// Reads the section.
pub(crate) fn read(node: Option<&Node>, settings: &mut Settings, log: &mut Diagnostics) -> ClusterSection {
    let mut fields = node.and_then(|node| Fields::of(node, "`cluster`", log));
    let mut take = |key| fields.as_mut().and_then(|fields| fields.take(key));
    let (nodes, pools) = (take("nodes"), take("pools"));
    let (control_plane, images) = (take("controlPlane"), take("registry"));
    // `service::read` reads this key.
    take("service");
    if let Some(fields) = fields {
        fields.finish(log);
    }
    if let (Some(_), Some(pools)) = (nodes, pools) {
        log.push(Diagnostic::at(&pools.place, "`cluster` takes `nodes` or `pools`, not both"));
    }
    let count = nodes.and_then(|node| whole(node, "`nodes`", 1..=MAX_NODES, log));
    let pools = match pools {
        Some(node) => StatedPools::Stated(read_pools(node, log)),
        None => StatedPools::Fitted(count.map(|count| count as u32)),
    };
    ClusterSection {
        pools,
        control_plane: read_control_plane(control_plane, settings, log),
        registry: registry::read(images, settings, log),
    }
}

impl ClusterSection {
    /// The cluster. What the scenario does not state is chosen so that the workloads fit.
    pub(crate) fn build(self, demand: &Demand, settings: &mut Settings) -> Cluster {
        let shaped = matches!(self.pools, StatedPools::Stated(_));
        let counted = shaped || matches!(self.pools, StatedPools::Fitted(Some(_)));
        let pools = match self.pools {
            StatedPools::Stated(pools) => pools,
            StatedPools::Fitted(count) => fit::pools(count, demand),
        };
        for pool in &pools {
            note_pool(pool, pools.len() == 1, counted, shaped, settings);
        }
        Cluster { pools, control_plane: self.control_plane, registry: self.registry }
    }

    /// Whether the pods may find room, as far as the scenario states the size of the cluster. It decides about a note
    /// only, so pools of several sizes are judged by the best one.
    pub(crate) fn fits(&self, demand: &Demand) -> bool {
        match &self.pools {
            StatedPools::Fitted(None) => true,
            StatedPools::Fitted(Some(count)) => {
                let pool = fit::pool(Some(*count), demand);
                demand.fits(i64::from(*count), pool.allocatable, i64::from(pool.max_pods))
            }
            // Optimistic with several pools: every node counts with the size of the pool that fits best.
            StatedPools::Stated(pools) => {
                let most = |pool: &NodePool| pool.autoscale.as_ref().map_or(pool.nodes, |grows| grows.max);
                let nodes: i64 = pools.iter().map(|pool| i64::from(most(pool))).sum();
                let fits = |pool: &NodePool| demand.fits(nodes, pool.allocatable, i64::from(pool.max_pods));
                pools.iter().any(fits)
            }
        }
    }
}

fn note_pool(pool: &NodePool, only: bool, counted: bool, shaped: bool, settings: &mut Settings) {
    let origin = |stated, source| {
        if stated { Origin::Stated } else { Origin::Default(source) }
    };
    let path = if only { "spec.cluster".to_owned() } else { format!("spec.cluster.pools[{}]", pool.name) };
    let bytes = |amount: Option<i64>| match amount.unwrap_or(0) {
        bytes if bytes % (1 << 30) == 0 => format!("{}Gi", bytes >> 30),
        bytes => bytes.to_string(),
    };
    settings.add(format!("{path}.nodes"), &pool.nodes, origin(counted, defaults::NODES.1));
    let size = format!(
        "{{cpu: {}m, memory: {}, ephemeral-storage: {}, pods: {}}}",
        pool.allocatable.cpu_milli.unwrap_or(0),
        bytes(pool.allocatable.memory_bytes),
        bytes(pool.allocatable.ephemeral_bytes),
        pool.max_pods
    );
    settings.add(format!("{path}.allocatable"), &size, origin(shaped, defaults::NODE_SIZE));
    if let Some(autoscale) = &pool.autoscale {
        let grows = format!("{{max: {}, delay: {}}}", autoscale.max, law::format(&autoscale.delay));
        settings.add(format!("{path}.autoscale"), &grows, Origin::Stated);
    }
}

fn read_pools(node: &Node, log: &mut Diagnostics) -> Vec<NodePool> {
    let items = list(node, "`pools`", log);
    if items.is_empty() {
        log.push(Diagnostic::at(&node.place, "`pools` needs at least one pool"));
    }
    let mut pools: Vec<NodePool> = Vec::new();
    for item in items {
        let Some(pool) = read_pool(item, log) else {
            continue;
        };
        if pools.iter().any(|other| other.name == pool.name) {
            log.push(Diagnostic::at(&item.place, format!("two pools are called `{}`", pool.name)));
        }
        pools.push(pool);
    }
    let total: i64 = pools.iter().map(|pool| i64::from(pool.nodes)).sum();
    if total > MAX_NODES {
        log.push(Diagnostic::at(&node.place, format!("more than {MAX_NODES} nodes in total")));
    }
    pools
}

fn read_pool(node: &Node, log: &mut Diagnostics) -> Option<NodePool> {
    let mut fields = Fields::of(node, "a pool", log)?;
    let name_node = fields.take("name");
    let name = name_node.map_or(Some("node"), |node| text(node, "`name`", log));
    let written = fields.take("autoscale");
    let autoscale = written.and_then(|node| read_autoscale(node, log));
    let nodes = match &autoscale {
        Some((min, _)) => {
            fields.take("nodes").map_or(Some(*min), |node| whole(node, "`nodes`", 0..=MAX_NODES, log))
        }
        // The error of `autoscale` is enough.
        None if written.is_some() => fields.take("nodes").and(Some(1)),
        None => fields.need("nodes", log).and_then(|node| whole(node, "`nodes`", 1..=MAX_NODES, log)),
    };
    let (allocatable, max_pods) = read_allocatable(fields.take("allocatable"), log);
    let labels = fields.take("labels").map(|node| read_labels(node, log)).unwrap_or_default();
    let taints = fields.take("taints").map_or(&[][..], |node| list(node, "`taints`", log));
    let taints = taints.iter().filter_map(|node| read_taint(node, log)).collect();
    let zone = fields.take("zone").and_then(|node| text(node, "`zone`", log));
    fields.finish(log);
    if let (Some((min, autoscale)), Some(nodes), Some(node)) = (&autoscale, nodes, written)
        && !(*min..=i64::from(autoscale.max)).contains(&nodes)
    {
        let text =
            format!("a pool with {nodes} nodes is outside its `autoscale`, {min} to {}", autoscale.max);
        log.push(Diagnostic::at(&node.place, text));
    }
    let name = name?;
    if !is_dns_label(name) {
        let place = name_node.map_or(&node.place, |node| &node.place);
        log.push(Diagnostic::at(
            place,
            "the name of a pool must be a DNS label (lower case letters, digits, `-`)",
        ));
    }
    Some(NodePool {
        name: name.to_owned(),
        nodes: nodes? as u32,
        allocatable,
        max_pods,
        labels,
        taints,
        zone: zone.map(str::to_owned),
        autoscale: autoscale.map(|(_, autoscale)| autoscale),
    })
}

/// The least number of nodes, and how the pool grows.
fn read_autoscale(node: &Node, log: &mut Diagnostics) -> Option<(i64, Autoscale)> {
    let mut fields = Fields::of(node, "`autoscale`", log)?;
    let min = fields.take("min").map_or(Some(0), |node| whole(node, "`min`", 0..=MAX_NODES, log));
    let max = fields.need("max", log).and_then(|node| whole(node, "`max`", 1..=MAX_NODES, log));
    let delay =
        fields.take("delay").map_or(Some(defaults::NODE_DELAY.0), |node| law::law(node, "`delay`", log));
    fields.finish(log);
    let (min, max) = (min?, max?);
    if min > max {
        let text = format!("`min` must not exceed `max`, which is {max}");
        log.push(Diagnostic::at(&node.place, text));
        return None;
    }
    Some((min, Autoscale { max: max as u32, delay: delay? }))
}

fn read_allocatable(node: Option<&Node>, log: &mut Diagnostics) -> (Resources, u32) {
    let mut fields = node.and_then(|node| Fields::of(node, "`allocatable`", log));
    let mut amount = |key| {
        let node = fields.as_mut()?.take(key)?;
        quantity(node, &format!("`{key}`"), log)
    };
    let size = Resources {
        cpu_milli: Some(amount("cpu").map_or(defaults::NODE_CPU_MILLI, Quantity::milli)),
        memory_bytes: Some(amount("memory").map_or(defaults::NODE_MEMORY, Quantity::value)),
        ephemeral_bytes: Some(amount("ephemeral-storage").map_or(defaults::NODE_EPHEMERAL, Quantity::value)),
    };
    let pods = fields.as_mut().and_then(|fields| fields.take("pods"));
    let pods = pods.and_then(|node| whole(node, "`pods`", 1..=100_000, log));
    if let Some(fields) = fields {
        fields.finish(log);
    }
    (size, pods.unwrap_or(defaults::MAX_PODS.0) as u32)
}

/// An amount of a resource that is not negative.
pub(crate) fn quantity(node: &Node, what: &str, log: &mut Diagnostics) -> Option<Quantity> {
    let written = match &node.value {
        Value::Str(text) => text.clone(),
        Value::Int(value) => value.to_string(),
        Value::Float(_, raw) => raw.clone(),
        _ => String::new(),
    };
    match Quantity::parse(&written) {
        Ok(quantity) if quantity.is_negative() => {
            log.push(Diagnostic::at(&node.place, format!("{what} must be greater than or equal to 0")));
            None
        }
        Ok(quantity) => Some(quantity),
        Err(reason) => {
            log.push(
                Diagnostic::at(&node.place, format!("{what}: {reason}")).help("write `500m`, `2` or `1.5Gi`"),
            );
            None
        }
    }
}

fn read_labels(node: &Node, log: &mut Diagnostics) -> Vec<(String, String)> {
    let entries = mapping(node, "`labels`", log).iter();
    let pairs = entries.filter_map(|entry| {
        let value = text(&entry.value, &format!("label `{}`", entry.key), log)?;
        Some((entry.key.clone(), value.to_owned()))
    });
    let mut labels: Vec<_> = pairs.collect();
    labels.sort();
    labels
}

fn read_taint(node: &Node, log: &mut Diagnostics) -> Option<Taint> {
    let effects = [
        ("NoSchedule", TaintEffect::NoSchedule),
        ("PreferNoSchedule", TaintEffect::PreferNoSchedule),
        ("NoExecute", TaintEffect::NoExecute),
    ];
    let mut fields = Fields::of(node, "a taint", log)?;
    let key = fields.need("key", log).and_then(|node| text(node, "`key`", log));
    let value = fields.take("value").map_or(Some(""), |node| text(node, "`value`", log));
    let effect = fields.need("effect", log).and_then(|node| word(node, "`effect`", &effects, log));
    fields.finish(log);
    Some(Taint { key: key?.to_owned(), value: value?.to_owned(), effect: effect? })
}

fn read_control_plane(node: Option<&Node>, settings: &mut Settings, log: &mut Diagnostics) -> ControlPlane {
    const PATH: &str = "spec.cluster.controlPlane";
    let mut fields = node.and_then(|node| Fields::of(node, "`controlPlane`", log));
    let mut take = |key| fields.as_mut().and_then(|fields| fields.take(key));
    let mut latency = |key: &'static str, default: defaults::Default<Law>, log: &mut Diagnostics| {
        let stated = take(key).and_then(|node| law::law(node, &format!("`{key}`"), log));
        latency_of(settings.choose(format!("{PATH}.{key}"), stated, default, law::format))
    };
    let request = latency("request", defaults::REQUEST, log);
    let general = law_of(&request);
    let response = latency("response", defaults::RESPONSE, log);
    let watch = latency("watch", defaults::WATCH, log);
    let scheduling = latency("scheduling", defaults::SCHEDULING, log);
    let mut verb = |key: &'static str, log: &mut Diagnostics| {
        let stated = take(key).and_then(|node| law::law(node, &format!("`{key}`"), log));
        let origin = stated.as_ref().map_or(Origin::Default(defaults::OF_VERB), |_| Origin::Stated);
        settings.add(format!("{PATH}.{key}"), &law::format(stated.as_ref().unwrap_or(&general)), origin);
        stated.map(latency_of)
    };
    let verbs = VerbLatencies {
        create: verb("create", log),
        update: verb("update", log),
        patch: verb("patch", log),
        delete: verb("delete", log),
        get: verb("get", log),
    };
    let limit = take("clientLimit").and_then(|node| client_limit(node, "`clientLimit`", log));
    let workers = take("workers").and_then(|node| whole(node, "`workers`", 1..=1000, log));
    if let Some(fields) = fields {
        fields.finish(log);
    }
    ControlPlane {
        request,
        response,
        watch,
        scheduling,
        verbs,
        client_limit: settings.choose(
            format!("{PATH}.clientLimit"),
            limit,
            defaults::CLIENT_LIMIT,
            show_limit,
        ),
        workers: settings.choose(format!("{PATH}.workers"), workers, defaults::WORKERS, i64::to_string)
            as u32,
    }
}

fn latency_of(law: Law) -> Latency {
    match law {
        Law::Constant(span) => Latency::Constant(span),
        law => Latency::Law(law),
    }
}

fn law_of(latency: &Latency) -> Law {
    match latency {
        Latency::Constant(span) => Law::Constant(*span),
        Latency::Law(law) => law.clone(),
    }
}

/// Requests per second and burst; `None` is unlimited.
pub(super) type ClientLimit = Option<(f64, u32)>;

/// The limit as a scenario writes it.
pub(super) fn show_limit(limit: &ClientLimit) -> String {
    match limit {
        Some((rate, burst)) => format!("{{perSecond: {rate}, burst: {burst}}}"),
        None => "unlimited".to_owned(),
    }
}

/// `unlimited`, or a rate with a burst.
pub(super) fn client_limit(node: &Node, what: &str, log: &mut Diagnostics) -> Option<ClientLimit> {
    if node.as_str().is_some() {
        return word(node, what, &[("unlimited", None)], log);
    }
    let mut fields = Fields::of(node, what, log)?;
    let rate = fields.need("perSecond", log).and_then(|node| {
        let rate = number(node, "`perSecond`", log)?;
        if !(0.001..=1e6).contains(&rate) {
            let text = "`perSecond` must be a number from 0.001 to 1000000";
            log.push(Diagnostic::at(&node.place, text));
        }
        Some(rate)
    });
    let burst = fields.need("burst", log).and_then(|node| whole(node, "`burst`", 1..=1_000_000, log));
    fields.finish(log);
    Some(Some((rate?, burst? as u32)))
}
