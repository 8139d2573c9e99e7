//! Times of the node controllers against `docs/spec/node.md` and `docs/spec/services.md`, over many runs.

mod budgets;
mod drains;
mod leader;
mod loss;
mod removal;
mod returns;
mod zones;

use crate::cluster::common::{constant, foreseeable, rolling_update};
use crate::cluster::pod::{NodeId, Pod, PodId};
use crate::cluster::world::World;
use crate::model::{
    Action, Change, Fault, FaultKind, Model, NodeChange, NodeFault, NodeTarget, Trigger, Window,
};
use crate::observe::{Observation, Observer};
use crate::{Span, Timestamp};
use std::sync::Arc;

/// Changes of the pods: time, state before and state after.
#[derive(Default)]
struct NodeLog {
    start: Timestamp,
    changes: Vec<(f64, PodId, Option<Pod>, Pod)>,
}

impl Observer for NodeLog {
    fn begin(&mut self, start: Timestamp, _: &crate::cluster::ApiServer) {
        self.start = start;
        self.changes.clear();
    }

    fn observe(&mut self, now: Timestamp, seen: Observation<'_>, api: &crate::cluster::ApiServer) {
        let at = now.since(self.start).as_secs_f64();
        match seen {
            Observation::Pod(id, before) => self.changes.push((at, id, Some(*before), *api.pod(id))),
            Observation::PodCreated(id) => self.changes.push((at, id, None, *api.pod(id))),
            _ => {}
        }
    }
}

impl NodeLog {
    /// When a condition became true for pods of a node.
    fn when(&self, node: u32, holds: impl Fn(&Pod) -> bool) -> Vec<f64> {
        let turned = self.changes.iter().filter(|(_, _, before, after)| {
            after.node == Some(NodeId(node)) && before.is_some_and(|before| !holds(&before)) && holds(after)
        });
        turned.map(|(at, ..)| *at).collect()
    }

    /// When pods of a node lost their readiness without being deleted.
    fn unready(&self, node: u32) -> Vec<f64> {
        self.when(node, |pod| !pod.is_ready() && pod.deletion.is_none() && !pod.phase.is_terminal())
    }

    fn ready(&self, node: u32) -> Vec<f64> {
        self.when(node, Pod::is_ready)
    }

    fn deleted(&self, node: u32) -> Vec<f64> {
        self.when(node, |pod| pod.deletion.is_some())
    }

    fn removed(&self, node: u32) -> Vec<f64> {
        self.when(node, |pod| pod.removed)
    }
}

/// Six pods on three nodes without a rollout; pods need 1 s to start and no pull.
fn quiet() -> Model {
    let mut model = rolling_update(6, 3, foreseeable(true));
    model.actions.clear();
    model.subject.min_ready_seconds = 0;
    model
}

fn fault(from: f64, lasting: Option<f64>, fault: NodeFault) -> Fault {
    Fault {
        name: "node".to_owned(),
        kind: FaultKind::Node(fault),
        window: Window { from: Trigger::At(Span::from_secs_f64(from)), duration: lasting.map(constant) },
        probability: 1.0,
    }
}

fn crash(node: u32) -> NodeFault {
    NodeFault::Crash { target: NodeTarget::node(node), returns: None, deleted: None }
}

fn cut(node: u32) -> NodeFault {
    NodeFault::Unreachable { target: NodeTarget::node(node), returns: None }
}

/// The user does something to nodes.
fn act(model: &mut Model, at: i64, change: NodeChange) {
    let trigger = Trigger::At(Span::from_secs(at));
    model.actions.push(Action { trigger, change: Change::Node(change) });
}

/// Run number `run` to its end.
fn play(model: &Model, run: u64) -> World<NodeLog> {
    let mut world = World::modelled(Arc::new(model.clone()), NodeLog::default());
    let start = world.begin(1, run);
    world.run_until(start + model.horizon);
    world
}

fn log(model: &Model, run: u64) -> NodeLog {
    play(model, run).into_parts().0
}

fn within(times: &[f64], low: f64, high: f64) -> bool {
    !times.is_empty() && times.iter().all(|at| (low..=high).contains(at))
}
