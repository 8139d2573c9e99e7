//! From Node objects, as `kubectl get nodes -o yaml` prints them, to the pools of a cluster.

use super::cluster::quantity;
use super::placement::{HOSTNAME, ZONE};
use super::reader::{Fields, list, mapping, text};
use super::source;
use super::yaml::{self, Node, Value};
use crate::diagnostic::{Diagnostic, Diagnostics};
use measures::units::Quantity;
use serde_json::{Map, Value as Json, json};
use simulator::model::Unit;
use std::path::Path;

/// The taint of a node that was cordoned.
const UNSCHEDULABLE: &str = "node.kubernetes.io/unschedulable";

/// The nodes in a file as the items of a scenario's `pools`, one line of YAML for each group of equal nodes. It reads
/// allocatable amounts, labels, taints and `unschedulable`, but not the pods on the nodes.
///
/// # Errors
/// The file cannot be read or has no Node, or a Node has no allocatable amounts.
pub fn node_pools(path: &Path) -> Result<Vec<String>, Diagnostics> {
    let source = source::read(path, None)?;
    let mut log = Diagnostics::new();
    let mut pools: Vec<(Map<String, Json>, u32)> = Vec::new();
    for document in yaml::documents(&source, &mut log) {
        add(&document, &mut pools, &mut log);
    }
    if pools.is_empty() && log.is_empty() {
        let text = format!("{} has no Node: write what `kubectl get nodes -o yaml` prints", path.display());
        log.push(Diagnostic::without_place(text));
    }
    let lines = (1..).zip(pools).map(|(number, (mut pool, nodes))| {
        pool.insert("name".to_owned(), format!("pool-{number}").into());
        pool.insert("nodes".to_owned(), nodes.into());
        Json::Object(pool).to_string()
    });
    let lines = lines.collect();
    log.finish(lines)
}

/// Adds a Node, or the Nodes of a list. Other objects are skipped.
fn add(node: &Node, pools: &mut Vec<(Map<String, Json>, u32)>, log: &mut Diagnostics) {
    if let Some(Value::Seq(items)) = node.get("items").map(|items| &items.value) {
        for item in items {
            add(item, pools, log);
        }
        return;
    }
    if node.get("kind").and_then(Node::as_str) != Some("Node") {
        return;
    }
    let Some(pool) = pool(node, log) else { return };
    match pools.iter_mut().find(|(known, _)| *known == pool) {
        Some((_, nodes)) => *nodes += 1,
        None => pools.push((pool, 1)),
    }
}

/// The pool of a node: everything but its name.
fn pool(node: &Node, log: &mut Diagnostics) -> Option<Map<String, Json>> {
    let metadata = node.get("metadata");
    let name = metadata.and_then(|meta| meta.get("name")).and_then(Node::as_str).unwrap_or("without a name");
    let Some(allocatable) = node.get("status").and_then(|status| status.get("allocatable")) else {
        let text = format!("Node {name} has no `status.allocatable`");
        let help = "write the Nodes as `kubectl get nodes -o yaml` prints them";
        log.push(Diagnostic::at(&node.place, text).help(help));
        return None;
    };
    let mut pool = Map::new();
    pool.insert("allocatable".to_owned(), amounts(allocatable, log));
    let labels = metadata.and_then(|meta| meta.get("labels")).filter(|labels| !labels.is_null());
    let mut labels: Map<String, Json> = labels
        .map_or(&[][..], |labels| mapping(labels, "`labels`", log))
        .iter()
        .filter_map(|entry| Some((entry.key.clone(), entry.value.as_text()?.into())))
        .collect();
    // This label differs between nodes, and simulated nodes set it themselves.
    labels.remove(HOSTNAME);
    if let Some(zone) = labels.remove(ZONE) {
        pool.insert("zone".to_owned(), zone);
    }
    pool.insert("labels".to_owned(), Json::Object(labels));
    pool.insert("taints".to_owned(), Json::Array(taints(node, log)));
    Some(pool)
}

/// The amounts that are simulated.
fn amounts(node: &Node, log: &mut Diagnostics) -> Json {
    let mut amounts = Map::new();
    for (key, unit) in
        [("cpu", Unit::MilliCores), ("memory", Unit::Bytes), ("ephemeral-storage", Unit::Bytes)]
    {
        let Some(written) = node.get(key) else { continue };
        let Some(amount) = quantity(written, &format!("`{key}`"), log) else { continue };
        let amount = if unit == Unit::MilliCores { amount.milli() } else { amount.value() };
        amounts.insert(key.to_owned(), simulator::cluster::quantity(amount, unit).into());
    }
    let pods = node.get("pods").and_then(|pods| quantity(pods, "`pods`", log));
    amounts.extend(pods.map(|pods| ("pods".to_owned(), Json::from(Quantity::value(pods)))));
    Json::Object(amounts)
}

fn taints(node: &Node, log: &mut Diagnostics) -> Vec<Json> {
    let spec = node.get("spec");
    let written = spec.and_then(|spec| spec.get("taints")).filter(|taints| !taints.is_null());
    let mut taints: Vec<Json> = Vec::new();
    for item in written.map_or(&[][..], |taints| list(taints, "`taints`", log)) {
        let Some(mut fields) = Fields::of(item, "a taint", log) else { continue };
        let key = fields.need("key", log).and_then(|key| text(key, "`key`", log));
        let effect = fields.need("effect", log).and_then(|effect| text(effect, "`effect`", log));
        let value = fields.take("value").and_then(Node::as_text).unwrap_or_default();
        if let (Some(key), Some(effect)) = (key, effect) {
            taints.push(json!({"key": key, "value": value, "effect": effect}));
        }
    }
    let cordoned = spec.and_then(|spec| spec.get("unschedulable")).map(|node| &node.value);
    if cordoned == Some(&Value::Bool(true)) && taints.iter().all(|taint| taint["key"] != UNSCHEDULABLE) {
        taints.push(json!({"key": UNSCHEDULABLE, "value": "", "effect": "NoSchedule"}));
    }
    taints
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<Vec<String>, String> {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), text).unwrap();
        node_pools(file.path()).map_err(|log| log.to_string())
    }

    const NODES: &str = "apiVersion: v1\nkind: List\nitems:\n- kind: Node\n  metadata: {name: a, labels: \
                         {kubernetes.io/hostname: a, disk: ssd, topology.kubernetes.io/zone: z}}\n  status: {allocatable: \
                         {cpu: 3920m, memory: 7Gi, pods: \"29\", nvidia.com/gpu: \"1\"}, images: []}\n- kind: Node\n  metadata: \
                         {name: b, labels: {kubernetes.io/hostname: b, disk: ssd, topology.kubernetes.io/zone: z}}\n  \
                         status: {allocatable: {cpu: 3920m, memory: 7Gi, pods: \"29\"}}\n- kind: Node\n  metadata: {name: \
                         c}\n  spec: {unschedulable: true, taints: [{key: k, effect: NoExecute, timeAdded: null}]}\n  \
                         status: {allocatable: {cpu: 4}}\n";

    #[test]
    fn alike_nodes_are_one_pool() {
        let alike = r#"{"allocatable":{"cpu":"3920m","memory":"7Gi","pods":29},"labels":{"disk":"ssd"},"taints":[],"zone":"z","name":"pool-1","nodes":2}"#;
        let cordoned = r#"{"allocatable":{"cpu":"4"},"labels":{},"taints":[{"effect":"NoExecute","key":"k","value":""},{"effect":"NoSchedule","key":"node.kubernetes.io/unschedulable","value":""}],"name":"pool-2","nodes":1}"#;
        let parse = |line: &str| serde_json::from_str::<Json>(line).unwrap();
        let pools: Vec<Json> = read(NODES).unwrap().iter().map(|line| parse(line)).collect();
        assert_eq!(pools, [parse(alike), parse(cordoned)]);
    }

    #[test]
    fn what_is_no_node_is_refused() {
        assert!(read("kind: Pod\n").unwrap_err().contains("has no Node"));
        assert!(read("kind: Node\nmetadata: {name: a}\n").unwrap_err().contains("`status.allocatable`"));
        assert!(read("kind: Node\nstatus: {allocatable: {cpu: many}}\n").is_err());
    }
}
