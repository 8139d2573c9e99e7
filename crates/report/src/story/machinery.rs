//! The part of a trace that is not in objects: the syncs of the controllers, and their queues.

use super::trace::{CONTROLLERS, QUEUES, TraceSlice, TraceWriter, Track};
use serde_json::{Value, json};
use simulator::Span;
use simulator::cluster::Refusal;
use simulator::observe::{KeysQueued, Machinery, Queues, SyncEnd, SyncKey, SyncStep};
use std::collections::BTreeMap;

/// A queue: its name, and the numbers of its keys.
type Depth = (&'static str, Value);

impl TraceWriter<'_> {
    /// Names the tracks of the keys in work: several workers share the `ReplicaSet`s.
    pub(super) fn name_controllers(&mut self, machinery: &Machinery) {
        let key = |(_, step): &(Span, SyncStep)| match step {
            SyncStep::Begins(key) => Some(*key),
            _ => None,
        };
        let mut keys: Vec<SyncKey> = machinery.syncs.iter().filter_map(key).collect();
        keys.sort_unstable();
        keys.dedup();
        for key in keys {
            let name = match key {
                SyncKey::Deployment => "deployment controller".to_owned(),
                SyncKey::ReplicaSet(id) => format!("replicaset controller: {}", self.set_name(id.0)),
                SyncKey::Endpoints => "endpointslice controller".to_owned(),
            };
            self.name_track(track(key), &name);
        }
    }

    /// The syncs as slices, and the queues as counters.
    pub(super) fn machinery(&mut self, machinery: &Machinery) {
        self.syncs(&machinery.syncs);
        let mut known: Vec<Depth> = Vec::new();
        for (at, queues) in &machinery.queues {
            let depths = depths(queues);
            for depth in depths.iter().filter(|depth| !known.contains(depth)) {
                self.counter(QUEUES, *at, depth.0, &depth.1);
            }
            known = depths;
        }
    }

    fn syncs(&mut self, steps: &[(Span, SyncStep)]) {
        let mut open: BTreeMap<SyncKey, Span> = BTreeMap::new();
        for &(at, step) in steps {
            match step {
                SyncStep::Begins(key) => {
                    open.insert(key, at);
                }
                SyncStep::Ends(key, end) => {
                    if let Some(since) = open.remove(&key) {
                        self.sync(key, (since, at), &outcome(end, since == at));
                    }
                }
                SyncStep::Lost => {
                    // The sync of the slice controller ends without an event.
                    let all = std::mem::take(&mut open).into_iter();
                    let (rest, lost): (BTreeMap<_, _>, BTreeMap<_, _>) =
                        all.partition(|(key, _)| *key == SyncKey::Endpoints);
                    open = rest;
                    for (key, since) in lost {
                        self.sync(key, (since, at), &("lost".to_owned(), json!({})));
                    }
                }
            }
        }
        for (key, since) in open {
            self.sync(key, (since, self.story.horizon), &("under way at the end".to_owned(), json!({})));
        }
    }

    fn sync(&mut self, key: SyncKey, (since, until): (Span, Span), (outcome, more): &(String, Value)) {
        let name = if outcome == "done" { "sync".to_owned() } else { format!("sync: {outcome}") };
        let mut args = json!({"key": self.key(key), "outcome": outcome});
        if let (Value::Object(args), Value::Object(more)) = (&mut args, more) {
            args.extend(more.clone());
        }
        self.slice(track(key), &TraceSlice { since, name, args }, until);
    }

    /// Namespace and name, as in the controllers' queues.
    fn key(&self, key: SyncKey) -> String {
        let service = self.model.service.as_ref().map_or("", |service| service.name.as_str());
        let name = match key {
            SyncKey::Deployment => &self.story.name,
            SyncKey::ReplicaSet(id) => self.set_name(id.0),
            SyncKey::Endpoints => service,
        };
        format!("{}/{name}", self.story.namespace)
    }

    fn set_name(&self, index: u32) -> &str {
        self.story.replica_sets.get(index as usize).map_or("", String::as_str)
    }
}

const fn track(key: SyncKey) -> Track {
    match key {
        SyncKey::Deployment => (CONTROLLERS, 1),
        SyncKey::Endpoints => (CONTROLLERS, 2),
        SyncKey::ReplicaSet(id) => (CONTROLLERS, 3 + id.0 as usize),
    }
}

/// The outcome in words, and further arguments. A sync that ends at once has found that its cache does not show its
/// own writes yet.
fn outcome(end: SyncEnd, is_over_at_once: bool) -> (String, Value) {
    let SyncEnd::Failed { again, refusal } = end else { return ("done".to_owned(), json!({})) };
    let because = match refusal {
        Some(refusal) => format!(", {}", word(refusal)),
        None if is_over_at_once => ", stale cache".to_owned(),
        None => String::new(),
    };
    match again {
        Some(again) => {
            let millis = again.as_nanos() as f64 / 1e6;
            (format!("failed{because}"), json!({"tries again after (ms)": millis}))
        }
        None => (format!("gives up{because}"), json!({})),
    }
}

fn word(refusal: Refusal) -> &'static str {
    match (refusal, refusal.kind()) {
        (_, Some(kind)) => kind.as_str(),
        (Refusal::NotFound, None) => "not-found",
        (Refusal::AlreadyExists, None) => "already-exists",
        (_, None) => "conflict",
    }
}

fn depths(queues: &Queues) -> Vec<Depth> {
    let keys =
        |keys: KeysQueued| json!({"waiting": keys.waiting, "in work": keys.in_work, "delayed": keys.delayed});
    let Queues { deployment, replica_set, endpoints, scheduler, pulls } = queues;
    let mut depths =
        vec![("work queue deployment", keys(*deployment)), ("work queue replicaset", keys(*replica_set))];
    depths.extend(endpoints.map(|endpoints| ("work queue endpointslice", keys(endpoints))));
    let pods = json!({
        "active": scheduler.active,
        "back-off": scheduler.backing_off,
        "unschedulable": scheduler.unschedulable,
    });
    depths.push(("scheduler queue", pods));
    depths.push(("image pulls", json!({"waiting": pulls.waiting, "under way": pulls.under_way})));
    depths
}
