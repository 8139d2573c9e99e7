//! Resource quotas: what is charged, and when a charge is released (`pkg/quota/v1/evaluator/core`,
//! `staging/src/k8s.io/apiserver/pkg/admission/plugin/resourcequota`, `pkg/controller/resourcequota`).
//!
//! Admission reads hard limits and usage from the quota's stored status. It adds what it admits and never
//! subtracts. The quota controller lowers the usage: some milliseconds after a pod ends or is deleted, after
//! a change of the quota, and every five minutes. The periodic recalculation is not an event here. It changes
//! something only after a charge without an object, or for a pod that has been terminating for more than
//! twice its grace period; the next reader of the quota applies it.

use super::usage::Usage;
use crate::cluster::pod::PodId;
use crate::cluster::refusal::{Refusal, Shortage};
use crate::engine::Streams;
use crate::model::{Amounts, Background, Counted, Model};
use crate::{Span, Timestamp};
use std::cmp::Reverse;
use std::collections::BinaryHeap;

/// Time between two recalculations of everything (`ResourceQuotaSyncPeriod`,
/// `pkg/controller/resourcequota/config/v1alpha1/defaults.go`).
pub(super) const RESYNC: Span = Span::from_secs(300);

/// The quotas of the namespace.
#[derive(Debug, Clone, Default)]
pub(in super::super) struct Quotas {
    all: Vec<QuotaState>,
    /// Usage of the objects that exist now; the stored usage of the quotas follows.
    real: Usage,
    /// A recalculation is scheduled.
    pub(super) recalculating: bool,
    /// One time of the periodic recalculation, and the time up to which it has been applied.
    phase: Timestamp,
    caught_up: Timestamp,
    /// Charges without an object: when they were made.
    leaks: Vec<(Timestamp, Usage)>,
    /// Pods by the time from which they are no longer charged, even if they still exist.
    terminating: BinaryHeap<Reverse<(Timestamp, PodId)>>,
    /// Pods that exist but are no longer charged.
    let_go: Vec<PodId>,
    /// The limits exceeded by refusals; consecutive equal ones are stored once.
    shortages: Vec<Shortage>,
}

/// One quota and its state.
#[derive(Debug, Clone)]
struct QuotaState {
    name: String,
    /// `spec.hard`
    hard: Amounts,
    /// Hard limits that faults override.
    lowered: Vec<(u32, Amounts)>,
    /// Usage that a fault adds on behalf of another tenant.
    taken: Vec<(u32, Usage)>,
    /// `status`; `None` until the quota controller has computed it for the first time.
    status: Option<QuotaStatus>,
}

#[derive(Debug, Clone)]
struct QuotaStatus {
    hard: Amounts,
    used: Usage,
}

impl QuotaState {
    /// `spec.hard` with the overrides of faults; the latest override wins.
    fn in_force(&self) -> Amounts {
        let mut hard = self.hard.clone();
        for (counted, amount) in self.lowered.iter().flat_map(|(_, lowered)| lowered) {
            set(&mut hard, *counted, Some(*amount));
        }
        hard
    }
}

/// Sets or removes one amount and keeps the order.
fn set(amounts: &mut Amounts, counted: Counted, amount: Option<i64>) {
    match (amounts.binary_search_by_key(&counted, |(known, _)| *known), amount) {
        (Ok(place), Some(amount)) => amounts[place].1 = amount,
        (Ok(place), None) => drop(amounts.remove(place)),
        (Err(place), Some(amount)) => amounts.insert(place, (counted, amount)),
        (Err(_), None) => {}
    }
}

impl Quotas {
    pub(in super::super) fn reset(&mut self, model: &Model, streams: &Streams, start: Timestamp) {
        self.real = model.background.iter().filter(|load| load.same_namespace).fold(
            Usage::default(),
            |mut sum, load| {
                sum.add(&of_background(load));
                sum
            },
        );
        self.recalculating = false;
        let phase = streams.slots("quota-resync", 0, 0).uniform(0);
        self.phase = start - Span::from_secs_f64(phase * RESYNC.as_secs_f64());
        self.caught_up = start;
        self.leaks.clear();
        self.terminating.clear();
        self.let_go.clear();
        self.shortages.clear();
        self.all.clear();
        self.all.extend(model.quotas.iter().map(|quota| QuotaState {
            name: quota.name.clone(),
            hard: quota.hard.clone(),
            lowered: Vec::new(),
            taken: Vec::new(),
            status: Some(QuotaStatus { hard: quota.hard.clone(), used: self.real }),
        }));
    }

    /// Whether there are no quotas.
    pub(in super::super) const fn is_empty(&self) -> bool {
        self.all.is_empty()
    }

    /// Adds an object to the real usage.
    pub(in super::super) fn count(&mut self, usage: &Usage) {
        self.real.add(usage);
    }

    /// Adds an admitted object to the real usage and charges all quotas.
    pub(super) fn charge(&mut self, usage: &Usage) {
        self.count(usage);
        self.charge_only(usage);
    }

    /// Charges an admitted object that is not stored afterwards.
    pub(super) fn leak(&mut self, usage: &Usage, now: Timestamp) {
        self.charge_only(usage);
        self.leaks.push((now, *usage));
    }

    fn charge_only(&mut self, usage: &Usage) {
        for status in self.all.iter_mut().filter_map(|quota| quota.status.as_mut()) {
            status.used.add(usage);
        }
    }

    /// Removes an object from the real usage. The quotas' stored usage follows later.
    pub(super) fn discount(&mut self, usage: &Usage) {
        self.real.subtract(usage);
    }

    /// Records a terminating pod. It is no longer charged `grace` after its deletion timestamp.
    pub(super) fn terminates(&mut self, id: PodId, deletion: Timestamp, grace: Span) {
        self.terminating.push(Reverse((deletion + grace, id)));
    }

    /// Whether the charge of an existing pod was released. The call forgets the pod; it is made once, when
    /// the pod ends.
    pub(super) fn was_let_go(&mut self, id: PodId) -> bool {
        let place = self.let_go.iter().position(|known| *known == id);
        place.map(|place| self.let_go.swap_remove(place)).is_some()
    }

    /// Updates the stored status of every quota. `charged` returns the usage of a pod that still counts.
    pub(super) fn recalculate(&mut self, now: Timestamp, charged: impl Fn(PodId) -> Option<Usage>) {
        self.recalculating = false;
        self.leaks.clear();
        self.let_go_overdue(now, charged);
        for quota in &mut self.all {
            let hard = quota.in_force();
            quota.status = Some(QuotaStatus { hard, used: self.real });
        }
    }

    /// Applies the periodic recalculations that were due since the last call.
    pub(super) fn catch_up(&mut self, now: Timestamp, charged: impl Fn(PodId) -> Option<Usage>) {
        if self.leaks.is_empty() && self.terminating.is_empty() {
            return;
        }
        let periods = now.since(self.phase).as_nanos().div_euclid(RESYNC.as_nanos());
        let last = self.phase + Span::from_nanos(periods * RESYNC.as_nanos());
        if last <= self.caught_up {
            return;
        }
        self.caught_up = last;
        let mut too_much = Usage::default();
        self.leaks.retain(|(at, usage)| {
            if *at < last {
                too_much.add(usage);
            }
            *at >= last
        });
        let before = self.real;
        self.let_go_overdue(last, charged);
        too_much.add(&before);
        too_much.subtract(&self.real);
        for status in self.all.iter_mut().filter_map(|quota| quota.status.as_mut()) {
            status.used.subtract(&too_much);
        }
    }

    fn let_go_overdue(&mut self, now: Timestamp, charged: impl Fn(PodId) -> Option<Usage>) {
        while let Some(Reverse((due, id))) = self.terminating.peek().copied()
            && due < now
        {
            self.terminating.pop();
            if let Some(usage) = charged(id) {
                self.real.subtract(&usage);
                self.let_go.push(id);
            }
        }
    }

    /// Sets the reference time of the periodic recalculation; a new controller starts its own.
    pub(in super::super) fn resync_from(&mut self, now: Timestamp) {
        self.phase = now;
        self.caught_up = now;
    }

    /// Checks a request against the quotas. `unstated` lists values that some container does not state.
    pub(super) fn refuses(&mut self, asked: &Usage, unstated: &[(Counted, String)]) -> Option<Refusal> {
        for index in 0..self.all.len() {
            let quota = &self.all[index];
            let Some(status) = &quota.status else {
                let concerned = quota.hard.iter().chain(quota.lowered.iter().flat_map(|(_, hard)| hard));
                if concerned.into_iter().any(|(counted, _)| asked.of(*counted) > 0) {
                    return Some(Refusal::QuotaStatusUnknown { quota: index as u32 });
                }
                continue;
            };
            let limited = |wanted: Counted| status.hard.iter().any(|(counted, _)| *counted == wanted);
            if asked.is_pod() && unstated.iter().any(|(counted, _)| limited(*counted)) {
                return Some(Refusal::QuotaUnspecified { quota: index as u32 });
            }
            let over = |counted: Counted, hard: i64| {
                let asked = asked.of(counted);
                asked > 0 && status.used.of(counted) + asked > hard
            };
            if status.hard.iter().any(|(counted, hard)| over(*counted, *hard)) {
                let exceeded = status.hard.iter().filter(|(counted, hard)| over(*counted, *hard));
                let exceeded = exceeded
                    .map(|(counted, hard)| (*counted, asked.of(*counted), status.used.of(*counted), *hard));
                let shortage = Shortage { exceeded: exceeded.collect() };
                let room = shortage.room();
                let shortage = self.keep(shortage);
                return Some(Refusal::QuotaExceeded { quota: index as u32, shortage, room });
            }
        }
        None
    }

    fn keep(&mut self, shortage: Shortage) -> u32 {
        if self.shortages.last() != Some(&shortage) {
            self.shortages.push(shortage);
        }
        self.shortages.len() as u32 - 1
    }

    pub(in super::super) fn name(&self, quota: u32) -> &str {
        self.all.get(quota as usize).map_or("", |quota| &quota.name)
    }

    pub(in super::super) fn shortage(&self, index: u32) -> Option<&Shortage> {
        self.shortages.get(index as usize)
    }

    /// The resources that a quota limits, in order.
    pub(in super::super) fn limited(&self, quota: u32) -> Vec<Counted> {
        let limited = self.all.get(quota as usize).map(QuotaState::in_force).unwrap_or_default();
        limited.into_iter().map(|(counted, _)| counted).collect()
    }

    fn index_of(&mut self, name: &str) -> usize {
        let known = self.all.iter().position(|quota| quota.name == name);
        known.unwrap_or_else(|| {
            self.all.push(QuotaState {
                name: name.to_owned(),
                hard: Amounts::new(),
                lowered: Vec::new(),
                taken: Vec::new(),
                status: None,
            });
            self.all.len() - 1
        })
    }

    /// The user sets or removes a hard limit of the first quota. This discards the overrides of faults.
    pub(in super::super) fn set_pods(&mut self, pods: Option<i64>) {
        let name = self.name(0).to_owned();
        let index = self.index_of(&name);
        let quota = &mut self.all[index];
        set(&mut quota.hard, Counted::Pods, pods);
        for (_, lowered) in &mut quota.lowered {
            set(lowered, Counted::Pods, None);
        }
    }

    /// A fault begins: it overrides hard limits, and another tenant takes what is available.
    pub(in super::super) fn squeeze(&mut self, fault: u32, name: &str, hard: &Amounts, used: &Amounts) {
        let index = self.index_of(name);
        self.all[index].lowered.push((fault, hard.clone()));
        let in_force = self.all[index].in_force();
        let room = |counted: Counted| {
            let hard = in_force.iter().find(|(limited, _)| *limited == counted);
            hard.map_or(i64::MAX, |(_, hard)| (hard - self.real.of(counted)).max(0))
        };
        let taken =
            Usage::of_amounts(used.iter().map(|(counted, amount)| (*counted, (*amount).min(room(*counted)))));
        self.charge(&taken);
        self.all[index].taken.push((fault, taken));
    }

    /// The fault ends.
    pub(in super::super) fn relax(&mut self, fault: u32) {
        for index in 0..self.all.len() {
            let quota = &mut self.all[index];
            quota.lowered.retain(|(other, _)| *other != fault);
            let taken = quota.taken.iter().position(|(other, _)| *other == fault);
            if let Some((_, usage)) = taken.map(|place| quota.taken.swap_remove(place)) {
                self.discount(&usage);
            }
        }
    }
}

/// Usage of another workload: its pods, and the objects of its kind.
fn of_background(load: &Background) -> Usage {
    let mut usage = Usage::default();
    let pod = Usage::of_pod(&load.requests, &load.limits);
    for _ in 0..load.pods {
        usage.add(&pod);
    }
    if load.name.starts_with("Deployment/") {
        usage.add(&Usage::DEPLOYMENT);
    }
    if load.name.starts_with("Deployment/") || load.name.starts_with("ReplicaSet/") {
        usage.add(&Usage::REPLICA_SET);
    }
    usage
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Resources;

    fn pod() -> Usage {
        Usage::of_pod(&Resources::default(), &Resources::default())
    }

    /// A quota of ten pods that is used up; periodic recalculation at 200 s, 500 s, ...
    fn full() -> Quotas {
        let mut quotas = Quotas { phase: Timestamp::from_secs(200), ..Quotas::default() };
        quotas.set_pods(Some(10));
        (0..10).for_each(|_| quotas.count(&pod()));
        quotas.recalculate(Timestamp::ZERO, |_| None);
        quotas
    }

    fn has_room(quotas: &mut Quotas, seconds: i64) -> bool {
        quotas.catch_up(Timestamp::from_secs(seconds), |_| Some(pod().without_object()));
        quotas.refuses(&pod(), &[]).is_none()
    }

    #[test]
    fn a_pod_on_a_dead_node_is_charged_for_twice_its_grace_period() {
        let mut quotas = full();
        // Deleted at 100 s with a grace period of 30 s: the deletion timestamp is 130 s, and the charge ends
        // after 160 s. The next periodic recalculation applies it.
        quotas.terminates(PodId(0), Timestamp::from_secs(130), Span::from_secs(30));
        assert!(!has_room(&mut quotas, 199));
        assert!(has_room(&mut quotas, 200));
        assert!(quotas.was_let_go(PodId(0)), "so that its end is not counted again");
        let mut quotas = full();
        quotas.terminates(PodId(0), Timestamp::from_secs(190), Span::from_secs(30));
        assert!(!has_room(&mut quotas, 499), "still charged at 200 s");
        assert!(has_room(&mut quotas, 500));
        let mut quotas = full();
        quotas.terminates(PodId(0), Timestamp::from_secs(130), Span::from_secs(30));
        quotas.recalculate(Timestamp::from_secs(161), |_| Some(pod().without_object()));
        assert!(has_room(&mut quotas, 161), "any other recalculation notices it as well");
    }

    #[test]
    fn a_charge_for_nothing_lasts_until_the_next_recalculation() {
        let mut quotas = full();
        quotas.discount(&pod());
        quotas.recalculate(Timestamp::from_secs(100), |_| None);
        assert!(has_room(&mut quotas, 100));
        quotas.leak(&pod(), Timestamp::from_secs(210));
        assert!(!has_room(&mut quotas, 499));
        assert!(has_room(&mut quotas, 500));
    }
}
