//! Scaling in mid rollout: how the change was spread over the `ReplicaSet`s.

use crate::cluster::ApiServer;
use crate::record::ScalingRecord;
use crate::{Span, Timestamp};
use controller::api::{Deployment, ReplicaSet, ReplicaSetId};

/// Watches for a change of `replicas` while a rollout is under way, and then for the sizes that follow.
#[derive(Debug, Clone, Default)]
pub(super) struct Scalings {
    start: Timestamp,
    replicas: Option<i32>,
    open: Option<Event>,
    done: Vec<ScalingRecord>,
}

#[derive(Debug, Clone)]
struct Event {
    replicas_from: i32,
    replicas_to: i32,
    waiting: Vec<Waiting>,
    /// Share of the wanted pods that had the template in force.
    new_share: f64,
    /// Index of its first record.
    first: usize,
}

/// A `ReplicaSet` that has not been resized yet.
#[derive(Debug, Clone)]
struct Waiting {
    id: ReplicaSetId,
    size: i32,
    max_before: Option<i32>,
    is_largest: bool,
}

impl Scalings {
    pub(super) fn begin(&mut self, start: Timestamp, api: &ApiServer) {
        self.start = start;
        self.replicas = api.deployment.map(|deployment| deployment.spec.replicas);
        self.open = None;
        self.done.clear();
    }

    pub(super) fn deployment(&mut self, deployment: &Deployment, under_way: bool, api: &ApiServer) {
        let to = deployment.spec.replicas;
        let Some(from) = self.replicas.replace(to).filter(|from| *from != to) else { return };
        let active: Vec<&ReplicaSet> = api.existing_replica_sets().filter(|set| set.is_active()).collect();
        let proportional = under_way && deployment.rolling_update().is_some() && active.len() > 1;
        let largest = active.iter().map(|set| set.replicas).max();
        self.open = proportional.then(|| Event {
            replicas_from: from,
            replicas_to: to,
            new_share: new_share(api),
            first: self.done.len(),
            waiting: active
                .iter()
                .map(|set| Waiting {
                    id: set.id,
                    size: set.replicas,
                    max_before: set.annotations.max.replicas().filter(|max| *max > 0),
                    is_largest: Some(set.replicas) == largest,
                })
                .collect(),
        });
    }

    /// A `ReplicaSet` was written: the one that carries the new number of replicas has been resized.
    pub(super) fn replica_set(&mut self, now: Timestamp, id: ReplicaSetId, from: i32, api: &ApiServer) {
        let (Some(event), Some(deployment)) = (&mut self.open, &api.deployment) else { return };
        let Some(set) = api.replica_set(id) else { return };
        if set.annotations.desired.replicas() != Some(event.replicas_to) {
            return;
        }
        let Some(place) = event.waiting.iter().position(|waiting| waiting.id == id) else { return };
        let waiting = event.waiting.remove(place);
        let ideal = ideal(deployment, &waiting);
        let record = ScalingRecord {
            at: now.since(self.start).max(Span::ZERO),
            replica_set: set.name.suffix(),
            revision: set.annotations.revision.value().unwrap_or(0),
            is_new: set.template == deployment.spec.template,
            from,
            to: set.replicas,
            ideal,
            leftover: if waiting.is_largest { set.replicas - ideal.round() as i32 } else { 0 },
            replicas_from: event.replicas_from,
            replicas_to: event.replicas_to,
            new_share_from: event.new_share,
            new_share_to: event.new_share,
        };
        // One that keeps its size takes part in the event, but is not resized.
        if record.from != record.to {
            self.done.push(record);
        }
        // Of the whole event, as far as it has come: the last resize has the last word.
        let share = new_share(api);
        self.done[event.first..].iter_mut().for_each(|record| record.new_share_to = share);
    }

    pub(super) fn finish(&mut self) -> Vec<ScalingRecord> {
        std::mem::take(&mut self.done)
    }
}

/// The size that keeps the share exactly: size x (replicas + surge) / what they were before.
fn ideal(deployment: &Deployment, waiting: &Waiting) -> f64 {
    let before = waiting.max_before.unwrap_or(deployment.status.replicas).max(1);
    f64::from(waiting.size) * f64::from(deployment.max_replicas()) / f64::from(before)
}

/// Share of the wanted pods of all `ReplicaSet`s that have the template in force; 0 without any.
fn new_share(api: &ApiServer) -> f64 {
    let Some(deployment) = &api.deployment else { return 0.0 };
    let (mut new, mut all) = (0, 0);
    for set in api.existing_replica_sets() {
        all += set.replicas;
        new += if set.template == deployment.spec.template { set.replicas } else { 0 };
    }
    if all == 0 { 0.0 } else { f64::from(new) / f64::from(all) }
}
