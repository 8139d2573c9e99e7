//! Faults at work: which are active, whom they hit, and what their beginning and end set in motion.

use super::event::Event;
use super::kubelet::slot;
use super::pod::PodId;
use super::site::{ImageId, Waiting};
use super::world::World;
use crate::Span;
use crate::engine::{Law, Streams, mix, to_unit};
use crate::model::{FaultKind, Model, ReadinessFault, Trigger};
use crate::observe::Observer;
use controller::api::PodPhase;

/// The state of every fault of the model, by index.
#[derive(Debug, Clone, Default)]
pub(super) struct Faults {
    states: Vec<State>,
}

#[derive(Debug, Clone, Copy)]
struct State {
    /// It strikes in this run at all.
    strikes: bool,
    active: bool,
    /// What its own draws derive from.
    seed: u64,
    /// How long it lasts, as a uniform number.
    lasts: f64,
    /// A setting that its end restores.
    before: Option<i64>,
    /// How many times it has struck.
    count: u64,
}

impl Faults {
    pub(super) fn reset(&mut self, model: &Model, streams: &Streams) {
        self.states.clear();
        self.states.extend(model.faults.iter().map(|fault| {
            let slots = streams.named_slots("fault", &fault.name, 0);
            State {
                strikes: slots.uniform(0) < fault.probability,
                active: false,
                seed: slots.bits(1),
                lasts: slots.uniform(2),
                before: None,
                count: 0,
            }
        }));
    }

    fn active<'m>(&'m self, model: &'m Model) -> impl Iterator<Item = (&'m FaultKind, &'m State)> {
        let pairs = model.faults.iter().zip(&self.states);
        pairs.filter(|(_, state)| state.active).map(|(fault, state)| (&fault.kind, state))
    }

    /// The active fault that denies every pod.
    pub(super) fn denying(&self, model: &Model) -> Option<u32> {
        let denies = |(kind, _): &(&FaultKind, &State)| matches!(kind, FaultKind::DenyPods { .. });
        let (_, state) = self.active(model).find(denies)?;
        self.states.iter().position(|known| std::ptr::eq(known, state)).map(|index| index as u32)
    }
}

/// A number in (0, 1) for one thing that a fault may hit.
fn lot(seed: u64, thing: u64) -> f64 {
    to_unit(mix(seed ^ mix(thing)))
}

impl<O: Observer> World<O> {
    /// Puts the beginnings of the faults on the calendar, or among those that wait for a trigger.
    pub(super) fn arm_faults(&mut self) {
        let Some(site) = &mut self.site else { return };
        for index in 0..site.model.faults.len() {
            if !site.faults.states[index].strikes {
                continue;
            }
            match site.model.faults[index].window.from {
                Trigger::At(at) => {
                    self.calendar.schedule_at(site.start + at, Event::FaultBegins(index as u32));
                }
                _ => site.triggers.waiting.push(Waiting::Fault(index as u32)),
            }
        }
    }

    pub(super) fn fault_begins(&mut self, index: u32) {
        let Some(site) = &mut self.site else { return };
        let model = std::sync::Arc::clone(&site.model);
        let fault = &model.faults[index as usize];
        let state = &mut site.faults.states[index as usize];
        state.active = true;
        if let Some(duration) = &fault.window.duration {
            self.calendar.schedule(duration.at(state.lasts), Event::FaultEnds(index));
        }
        match &fault.kind {
            FaultKind::ImagePull { .. } | FaultKind::DenyPods { .. } => {}
            FaultKind::Quota { quota, pods } => {
                state.before = site.quotas.set_pods(quota, Some(*pods));
            }
            FaultKind::Readiness { failure, .. } => self.readiness_fault_begins(index, failure),
            FaultKind::DeletePods { every } | FaultKind::FailPods { every } => self.next_strike(index, every),
        }
    }

    pub(super) fn fault_ends(&mut self, index: u32) {
        let Some(site) = &mut self.site else { return };
        let model = std::sync::Arc::clone(&site.model);
        let state = &mut site.faults.states[index as usize];
        state.active = false;
        match &model.faults[index as usize].kind {
            FaultKind::Quota { quota, .. } => {
                let before = state.before;
                site.quotas.set_pods(quota, before);
            }
            FaultKind::Readiness { .. } => self.readiness_fault_ends(index),
            _ => {}
        }
    }

    fn next_strike(&mut self, index: u32, every: &Law) {
        let Some(site) = &mut self.site else { return };
        let state = &mut site.faults.states[index as usize];
        let after = every.at(lot(state.seed, state.count));
        state.count += 1;
        self.calendar.schedule(after, Event::FaultStrikes(index));
    }

    /// A pod is deleted, or fails for good.
    pub(super) fn fault_strikes(&mut self, index: u32) {
        let Some(site) = &self.site else { return };
        let model = std::sync::Arc::clone(&site.model);
        let state = site.faults.states[index as usize];
        if !state.active {
            return;
        }
        let fault = &model.faults[index as usize].kind;
        let running =
            |id: &PodId| self.api.pod(*id).is_active() && self.api.pod(*id).phase == PodPhase::Running;
        let candidates: Vec<PodId> = (0..self.api.pods.len() as u32).map(PodId).filter(running).collect();
        let place = (lot(state.seed, !state.count) * candidates.len() as f64) as usize;
        let victim = candidates.get(place).copied();
        match (fault, victim) {
            (FaultKind::DeletePods { .. }, Some(id)) => drop(self.commit_pod_deletion(id)),
            (FaultKind::FailPods { .. }, Some(id)) => self.fail_pod(id),
            _ => {}
        }
        if let FaultKind::DeletePods { every } | FaultKind::FailPods { every } = fault {
            self.next_strike(index, every);
        }
    }

    /// The pod has ended for good: its `ReplicaSet` replaces it, its object stays.
    pub(super) fn fail_pod(&mut self, id: PodId) {
        self.commit_pod(id, |pod| {
            pod.phase = PodPhase::Failed;
            pod.ready_since = None;
        });
    }

    /// Whether an active fault makes this pull of an image fail.
    pub(super) fn pull_is_hit(&self, id: PodId, image: ImageId) -> bool {
        let Some(site) = &self.site else { return false };
        let name = site.images.name(image);
        let attempt = site.lives[id.index()].bits(slot::FAULT) ^ self.now().as_nanos() as u64;
        site.faults.active(&site.model).any(|(kind, state)| match kind {
            FaultKind::ImagePull { image, fraction, .. } => {
                image.as_ref().is_none_or(|image| image == name) && lot(state.seed, attempt) < *fraction
            }
            _ => false,
        })
    }

    fn readiness_fault_hits(&self, index: usize, id: PodId) -> bool {
        let Some(site) = &self.site else { return false };
        let FaultKind::Readiness { image, fraction, .. } = &site.model.faults[index].kind else {
            return false;
        };
        let template = self.templates.get(self.api.pod(id).template);
        let has_image =
            |image: &String| template.containers.iter().any(|container| container.image == *image);
        let pod = site.lives[id.index()].bits(slot::FAULT);
        image.as_ref().is_none_or(has_image) && lot(site.faults.states[index].seed, pod) < *fraction
    }

    /// The active readiness faults that hit a pod.
    fn readiness_faults_of(&self, id: PodId) -> impl Iterator<Item = (usize, &ReadinessFault)> {
        let faults =
            self.site.iter().flat_map(|site| site.model.faults.iter().zip(&site.faults.states).enumerate());
        faults.filter_map(move |(index, (fault, state))| match &fault.kind {
            FaultKind::Readiness { failure, .. } if state.active && self.readiness_fault_hits(index, id) => {
                Some((index, failure))
            }
            _ => None,
        })
    }

    /// Whether an active fault keeps a pod's readiness probe from succeeding now.
    pub(super) fn readiness_is_hit(&self, id: PodId) -> bool {
        self.readiness_faults_of(id).any(|(_, failure)| *failure == ReadinessFault::Never)
    }

    /// How much longer than usual a starting pod takes to become able to answer.
    pub(super) fn readiness_delay(&self, id: PodId, _image: ImageId) -> Span {
        let Some(site) = &self.site else { return Span::ZERO };
        let pod = site.lives[id.index()].bits(slot::FAULT);
        let late = self.readiness_faults_of(id).filter_map(|(index, failure)| match failure {
            ReadinessFault::Late(law) => Some(law.at(lot(site.faults.states[index].seed, !pod))),
            _ => None,
        });
        late.fold(Span::ZERO, |sum, delay| sum + delay)
    }

    fn readiness_fault_begins(&mut self, index: u32, failure: &ReadinessFault) {
        match failure {
            ReadinessFault::Never => self.turn_probes(index, false),
            // Only pods that start from now on are late.
            ReadinessFault::Late(_) => {}
            ReadinessFault::Flapping { .. } => {
                for id in
                    self.pods_hit_by(index).filter(|id| self.api.pod(*id).is_ready()).collect::<Vec<_>>()
                {
                    self.after_ready(id);
                }
            }
        }
    }

    fn readiness_fault_ends(&mut self, index: u32) {
        self.turn_probes(index, true);
    }

    fn pods_hit_by(&self, index: u32) -> impl Iterator<Item = PodId> {
        let running =
            |id: &PodId| self.api.pod(*id).is_active() && self.api.pod(*id).phase == PodPhase::Running;
        (0..self.api.pods.len() as u32)
            .map(PodId)
            .filter(running)
            // A pod without a probe is Ready as long as it runs, whatever the application does.
            .filter(|id| self.readiness_probe(*id).is_some())
            .filter(move |id| self.readiness_fault_hits(index as usize, *id))
    }

    fn turn_probes(&mut self, index: u32, to_success: bool) {
        for id in self.pods_hit_by(index).collect::<Vec<_>>() {
            if self.api.pod(id).is_ready() != to_success {
                self.probes_turn(id, to_success);
            }
        }
    }

    /// A flapping pod loses its readiness some time after it got it ...
    pub(super) fn after_ready(&mut self, id: PodId) {
        if let Some(after) = self.next_flap(id, |up, _| up) {
            self.calendar.schedule(after, Event::Flaps(id, false));
        }
    }

    /// ... and gets it back some time after that.
    pub(super) fn after_not_ready(&mut self, id: PodId) {
        if let Some(after) = self.next_flap(id, |_, down| down) {
            self.calendar.schedule(after, Event::Flaps(id, true));
        }
    }

    /// The pod changes its readiness, unless the fault is over.
    pub(super) fn flap(&mut self, id: PodId, to_ready: bool) {
        if self.next_flap(id, |up, _| up).is_none() {
            return;
        }
        if to_ready { self.probe_succeeds(id) } else { self.lose_readiness(id) }
    }

    /// How long a flapping pod stays as it is; `None` if it does not flap.
    fn next_flap(&self, id: PodId, choose: impl for<'l> Fn(&'l Law, &'l Law) -> &'l Law) -> Option<Span> {
        let now = self.now().as_nanos() as u64;
        let site = self.site.as_ref()?;
        let pod = site.lives[id.index()].bits(slot::FAULT);
        let mut flapping = self.readiness_faults_of(id);
        flapping.find_map(|(index, failure)| match failure {
            ReadinessFault::Flapping { up, down } => {
                Some(choose(up, down).at(lot(site.faults.states[index].seed, pod ^ mix(now))))
            }
            _ => None,
        })
    }
}
