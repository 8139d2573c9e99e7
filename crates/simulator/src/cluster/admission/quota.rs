//! Resource quotas: what is charged to them, and when it is released (`pkg/quota/v1/evaluator/core`,
//! `staging/src/k8s.io/apiserver/pkg/admission/plugin/resourcequota`, `pkg/controller/resourcequota`).
//!
//! Admission looks at the quota's stored status, hard limits and usage alike. It adds what it lets in, and
//! takes nothing away: that is done by the quota controller, some milliseconds after a pod has ended or gone
//! and after a change of the quota, and every five minutes whatever has happened. The periodic
//! recalculation is no event here. It can change something only if a charge was made for nothing, or if a
//! pod has been terminating for more than twice its grace period; who asks a quota next catches up with it.

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
    all: Vec<Quota>,
    /// What the objects that exist are worth now; the quotas' stored usage follows.
    real: Usage,
    /// A recalculation is on its way.
    pub(super) recalculating: bool,
    /// A moment of the periodic recalculation, and up to when it has been taken into account.
    phase: Timestamp,
    caught_up: Timestamp,
    /// Charges without an object: when they were made.
    leaks: Vec<(Timestamp, Usage)>,
    /// Pods by the time from which they are no longer charged, even if they still exist.
    terminating: BinaryHeap<Reverse<(Timestamp, PodId)>>,
    /// Pods that exist and are no longer charged.
    let_go: Vec<PodId>,
    /// What was exceeded at each refusal; equal ones in a row once.
    shortages: Vec<Shortage>,
}

/// One quota.
#[derive(Debug, Clone)]
struct Quota {
    name: String,
    /// `spec.hard`
    hard: Amounts,
    /// Hard limits that faults put in their place.
    lowered: Vec<(u32, Amounts)>,
    /// What another tenant holds because of a fault.
    taken: Vec<(u32, Usage)>,
    /// `status`; `None` until the quota controller has computed it for the first time.
    status: Option<Status>,
}

#[derive(Debug, Clone)]
struct Status {
    hard: Amounts,
    used: Usage,
}

impl Quota {
    /// `spec.hard` as faults leave it, the latest one last.
    fn in_force(&self) -> Amounts {
        let mut hard = self.hard.clone();
        for (counted, amount) in self.lowered.iter().flat_map(|(_, lowered)| lowered) {
            set(&mut hard, *counted, Some(*amount));
        }
        hard
    }
}

/// Sets or removes one amount; the order is kept.
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
        self.all.extend(model.quotas.iter().map(|quota| Quota {
            name: quota.name.clone(),
            hard: quota.hard.clone(),
            lowered: Vec::new(),
            taken: Vec::new(),
            status: Some(Status { hard: quota.hard.clone(), used: self.real }),
        }));
    }

    /// Whether there is none.
    pub(in super::super) const fn is_empty(&self) -> bool {
        self.all.is_empty()
    }

    /// Something exists from now on.
    pub(in super::super) fn count(&mut self, usage: &Usage) {
        self.real.add(usage);
    }

    /// Something that was let in exists from now on: all quotas are charged.
    pub(super) fn charge(&mut self, usage: &Usage) {
        self.count(usage);
        self.charge_only(usage);
    }

    /// Something was let in, and then it could not be stored.
    pub(super) fn leak(&mut self, usage: &Usage, now: Timestamp) {
        self.charge_only(usage);
        self.leaks.push((now, *usage));
    }

    fn charge_only(&mut self, usage: &Usage) {
        for status in self.all.iter_mut().filter_map(|quota| quota.status.as_mut()) {
            status.used.add(usage);
        }
    }

    /// Something no longer exists, or no longer counts. The quotas' usage follows later.
    pub(super) fn discount(&mut self, usage: &Usage) {
        self.real.subtract(usage);
    }

    /// A pod is to be gone at `deletion`; `grace` later it is no longer charged, gone or not.
    pub(super) fn terminates(&mut self, id: PodId, deletion: Timestamp, grace: Span) {
        self.terminating.push(Reverse((deletion + grace, id)));
    }

    /// Whether a pod was let go while it still exists; asked once, when it ends after all.
    pub(super) fn was_let_go(&mut self, id: PodId) -> bool {
        let place = self.let_go.iter().position(|known| *known == id);
        place.map(|place| self.let_go.swap_remove(place)).is_some()
    }

    /// Brings the stored status of every quota up to date. `charged` tells what a pod is charged for, if it
    /// still is.
    pub(super) fn recalculate(&mut self, now: Timestamp, charged: impl Fn(PodId) -> Option<Usage>) {
        self.recalculating = false;
        self.leaks.clear();
        self.let_go_overdue(now, charged);
        for quota in &mut self.all {
            let hard = quota.in_force();
            quota.status = Some(Status { hard, used: self.real });
        }
    }

    /// The recalculations that were due since somebody asked last.
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

    /// The moment from which the periodic recalculation counts: a new controller begins with one.
    pub(in super::super) fn resync_from(&mut self, now: Timestamp) {
        self.phase = now;
        self.caught_up = now;
    }

    /// The quota that does not let something in; `unstated` are the things that some container leaves open.
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

    /// The things that a quota limits, in order.
    pub(in super::super) fn limited(&self, quota: u32) -> Vec<Counted> {
        let limited = self.all.get(quota as usize).map(Quota::in_force).unwrap_or_default();
        limited.into_iter().map(|(counted, _)| counted).collect()
    }

    fn index_of(&mut self, name: &str) -> usize {
        let known = self.all.iter().position(|quota| quota.name == name);
        known.unwrap_or_else(|| {
            self.all.push(Quota {
                name: name.to_owned(),
                hard: Amounts::new(),
                lowered: Vec::new(),
                taken: Vec::new(),
                status: None,
            });
            self.all.len() - 1
        })
    }

    /// The user sets a hard limit of the first quota, or removes it. What faults say of it no longer counts.
    pub(in super::super) fn set_pods(&mut self, pods: Option<i64>) {
        let name = self.name(0).to_owned();
        let index = self.index_of(&name);
        let quota = &mut self.all[index];
        set(&mut quota.hard, Counted::Pods, pods);
        for (_, lowered) in &mut quota.lowered {
            set(lowered, Counted::Pods, None);
        }
    }

    /// A fault begins: other hard limits, and what another tenant takes as far as there is room.
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

    /// It ends.
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

/// Another workload: its pods, and the objects that its kind stands for.
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

    /// A quota of ten pods, all of them there; recalculated at 200 s, 500 s, ...
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
        // Deleted at 100 s with 30 s of grace: the deletion timestamp is 130 s, and the charge ends after 160 s,
        // which the next periodic recalculation notices.
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
