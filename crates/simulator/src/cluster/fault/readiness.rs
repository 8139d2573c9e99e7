//! Pods that do not become Ready, do late, or now and then.

use super::lot;
use crate::Span;
use crate::cluster::event::Event;
use crate::cluster::kubelet::slot;
use crate::cluster::pod::PodId;
use crate::cluster::site::ImageId;
use crate::cluster::world::World;
use crate::engine::{Law, mix};
use crate::model::{ApplicationFault, FaultKind, ReadinessFault};
use crate::observe::Observer;
use controller::api::PodPhase;

impl<O: Observer> World<O> {
    fn readiness_fault_hits(&self, index: usize, id: PodId) -> bool {
        let Some(site) = &self.site else { return false };
        let FaultKind::Application(ApplicationFault::Readiness { target, .. }) =
            &site.model.faults[index].kind
        else {
            return false;
        };
        let pod = site.lives[id.index()].bits(slot::FAULT);
        self.target_hits(target, site.faults.states[index].seed, id, pod)
    }

    /// The active readiness faults that hit a pod.
    fn readiness_faults_of(&self, id: PodId) -> impl Iterator<Item = (usize, &ReadinessFault)> {
        let faults =
            self.site.iter().flat_map(|site| site.model.faults.iter().zip(&site.faults.states).enumerate());
        faults.filter_map(move |(index, (fault, state))| match &fault.kind {
            FaultKind::Application(ApplicationFault::Readiness { failure, .. })
                if state.active && self.readiness_fault_hits(index, id) =>
            {
                Some((index, failure))
            }
            _ => None,
        })
    }

    /// Whether an active fault keeps a pod's readiness probe from succeeding now.
    pub(in super::super) fn readiness_is_hit(&self, id: PodId) -> bool {
        self.readiness_faults_of(id).any(|(_, failure)| *failure == ReadinessFault::Never)
    }

    /// How much longer than usual a starting pod takes to become able to answer.
    pub(in super::super) fn readiness_delay(&self, id: PodId, _image: ImageId) -> Span {
        let Some(site) = &self.site else { return Span::ZERO };
        let pod = site.lives[id.index()].bits(slot::FAULT);
        let late = self.readiness_faults_of(id).filter_map(|(index, failure)| match failure {
            ReadinessFault::Late(law) => Some(law.at(lot(site.faults.states[index].seed, !pod))),
            _ => None,
        });
        late.fold(Span::ZERO, |sum, delay| sum + delay)
    }

    pub(super) fn readiness_fault_begins(&mut self, index: u32, failure: &ReadinessFault) {
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

    pub(super) fn readiness_fault_ends(&mut self, index: u32) {
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
    pub(in super::super) fn after_ready(&mut self, id: PodId) {
        if let Some(after) = self.next_flap(id, |up, _| up) {
            self.calendar.schedule(after, Event::Flaps(id, false));
        }
    }

    /// ... and gets it back some time after that.
    pub(in super::super) fn after_not_ready(&mut self, id: PodId) {
        if let Some(after) = self.next_flap(id, |_, down| down) {
            self.calendar.schedule(after, Event::Flaps(id, true));
        }
    }

    /// The pod changes its readiness, unless the fault is over.
    pub(in super::super) fn flap(&mut self, id: PodId, to_ready: bool) {
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
