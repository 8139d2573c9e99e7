//! Effects of faults on the application in its containers.

use super::{FaultState, lot};
use crate::cluster::kubelet::{ProbeReply, slot};
use crate::cluster::pod::PodId;
use crate::cluster::site::ImageId;
use crate::cluster::world::World;
use crate::engine::mix;
use crate::model::{ApplicationFault, Configuration, FaultKind, ReadinessFault};
use crate::observe::Observer;
use crate::{Span, Timestamp};

/// Responses to probes of an application that has started.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in super::super) struct ProbeReplies {
    pub(in super::super) startup: ProbeReply,
    pub(in super::super) readiness: ProbeReply,
    pub(in super::super) liveness: ProbeReply,
}

impl ProbeReplies {
    const fn all(reply: ProbeReply) -> Self {
        Self { startup: reply, readiness: reply, liveness: reply }
    }
}

/// Extra time for a container that starts now.
#[derive(Debug, Clone, Copy)]
pub(in super::super) struct StartDelay {
    factor: f64,
    pub(in super::super) extra: Span,
}

impl StartDelay {
    pub(in super::super) fn stretch(self, span: Span) -> Span {
        // A factor of 1 must leave times unchanged to the nanosecond.
        let usual = (self.factor - 1.0).abs() < f64::EPSILON;
        if usual { span } else { Span::from_secs_f64(span.as_secs_f64() * self.factor) }
    }
}

impl<O: Observer> World<O> {
    /// Whether the model has any application fault.
    pub(in super::super) fn has_application_faults(&self) -> bool {
        self.site.as_ref().is_some_and(|site| site.faults.touch_applications)
    }

    /// The active faults that affect the containers of an image in a pod.
    pub(super) fn application_faults(
        &self,
        id: PodId,
        image: ImageId,
    ) -> impl Iterator<Item = (&ApplicationFault, &FaultState)> {
        let site = self.site.as_ref().filter(|site| site.faults.touch_applications);
        let active = site
            .into_iter()
            .flat_map(|site| site.faults.active(&site.model).map(move |(kind, state)| (site, kind, state)));
        active.filter_map(move |(site, kind, state)| {
            let FaultKind::Application(fault) = kind else { return None };
            let target = fault.target();
            let pod = site.lives[id.index()].bits(slot::FAULT);
            let hit = target.image.as_ref().is_none_or(|name| name == site.images.name(image))
                && self.target_hits(target, state.seed, id, pod);
            hit.then_some((fault, state))
        })
    }

    /// Probe responses of the application in the containers of an image.
    pub(in super::super) fn replies(&self, id: PodId, image: ImageId) -> ProbeReplies {
        let mut replies = ProbeReplies::all(ProbeReply::Answers);
        for (fault, state) in self.application_faults(id, image) {
            match fault {
                // No process listens on the port, so other faults make no difference.
                ApplicationFault::WrongPort { .. } => return ProbeReplies::all(ProbeReply::Refuses),
                ApplicationFault::Liveness { .. } => replies.liveness = ProbeReply::Hangs,
                ApplicationFault::Readiness { failure, .. } if self.keeps_unready(failure, state, id) => {
                    replies.readiness = ProbeReply::Hangs;
                }
                _ => {}
            }
        }
        replies
    }

    fn keeps_unready(&self, failure: &ReadinessFault, state: &FaultState, id: PodId) -> bool {
        match failure {
            ReadinessFault::Never => true,
            ReadinessFault::Late(_) => false,
            ReadinessFault::Flapping { .. } => self.life(id).is_some_and(|life| life.is_down),
            ReadinessFault::UnderLoad { .. } => state.overloaded && self.api.pod(id).is_ready(),
        }
    }

    /// When and with what exit code a fault ends a container that runs since `since` after `starts` earlier
    /// starts.
    pub(in super::super) fn crash_of(
        &self,
        id: PodId,
        image: ImageId,
        since: Timestamp,
        starts: u32,
    ) -> Option<(Timestamp, u8)> {
        let pod = self.life(id)?.bits(slot::FAULT);
        let crashes = self.application_faults(id, image).filter_map(|(fault, state)| match fault {
            ApplicationFault::Crash { after, end, .. } => {
                let number = lot(state.seed, mix(pod ^ mix(u64::from(starts))));
                Some((since.max(state.since) + after.at(number), end.code()))
            }
            _ => None,
        });
        crashes.min()
    }

    /// The configuration that a container's environment refers to and that is missing, if any.
    pub(in super::super) fn config_is_missing(&self, id: PodId, image: ImageId) -> Option<Configuration> {
        self.application_faults(id, image).find_map(|(fault, _)| match fault {
            ApplicationFault::MissingConfig { missing, .. } => Some(*missing),
            _ => None,
        })
    }

    /// Extra time for a container that starts now.
    pub(in super::super) fn slowness(&self, id: PodId, image: ImageId) -> StartDelay {
        let mut slow = StartDelay { factor: 1.0, extra: Span::ZERO };
        for (fault, state) in self.application_faults(id, image) {
            if let ApplicationFault::SlowStart { slowness, .. } = fault {
                let pod = self.life(id).map_or(0, |life| life.bits(slot::FAULT));
                let number = lot(state.seed, pod ^ mix(self.now().as_nanos() as u64));
                slow.factor *= slowness.factor;
                slow.extra += slowness.extra.as_ref().map_or(Span::ZERO, |law| law.at(number));
            }
        }
        slow
    }

    /// Extra time until a starting pod answers its readiness probe.
    pub(in super::super) fn readiness_delay(&self, id: PodId, image: ImageId) -> Span {
        let pod = self.life(id).map_or(0, |life| life.bits(slot::FAULT));
        let late = self.application_faults(id, image).filter_map(|(fault, state)| match fault {
            ApplicationFault::Readiness { failure: ReadinessFault::Late(law), .. } => {
                Some(law.at(lot(state.seed, !pod)))
            }
            _ => None,
        });
        late.fold(Span::ZERO, |sum, delay| sum + delay)
    }

    pub(super) fn application_fault_begins(&mut self, fault: &ApplicationFault) {
        match fault {
            ApplicationFault::Readiness { failure: ReadinessFault::UnderLoad { .. }, .. } => {
                self.weigh_load();
            }
            ApplicationFault::Readiness { failure: ReadinessFault::Flapping { .. }, .. } => {
                for id in self.pods_at_work().filter(|id| self.api.pod(*id).is_ready()).collect::<Vec<_>>() {
                    self.after_ready(id);
                }
            }
            // These faults are checked when a container starts.
            ApplicationFault::Readiness { failure: ReadinessFault::Late(_), .. }
            | ApplicationFault::MissingConfig { .. }
            | ApplicationFault::SlowStart { .. } => {}
            ApplicationFault::Readiness { failure: ReadinessFault::Never, .. }
            | ApplicationFault::Liveness { .. }
            | ApplicationFault::WrongPort { .. }
            | ApplicationFault::Crash { .. } => self.reconsider_applications(),
        }
    }

    pub(super) fn application_fault_ends(&mut self, fault: &ApplicationFault) {
        match fault {
            ApplicationFault::MissingConfig { .. } => self.configuration_appears(),
            ApplicationFault::SlowStart { .. } => {}
            _ => self.reconsider_applications(),
        }
    }

    /// The template in force has changed, so faults may affect other pods.
    pub(in super::super) fn sides_have_changed(&mut self) {
        let chooses =
            |kind: &FaultKind| matches!(kind, FaultKind::Application(fault) if fault.target().side.is_some());
        let sided = self.site.as_ref().is_some_and(|site| {
            site.faults.touch_applications && site.faults.active(&site.model).any(|(kind, _)| chooses(kind))
        });
        if sided {
            self.reconsider_applications();
            self.configuration_appears();
        }
    }

    /// Faults have begun or ended: applies the change to running containers.
    pub(super) fn reconsider_applications(&mut self) {
        for id in self.pods_at_work().collect::<Vec<_>>() {
            self.plan_probes(id);
            let containers = self.worker(id).map_or(0, |worker| worker.containers.len() as u16);
            for index in 0..containers {
                self.plan_exit(id, index);
            }
        }
    }

    /// Pods that a kubelet runs and that have not ended.
    pub(super) fn pods_at_work(&self) -> impl Iterator<Item = PodId> {
        let at_work = |id: &PodId| {
            self.api.pod(*id).is_charged()
                && self.life(*id).is_some_and(crate::cluster::kubelet::PodRuntime::is_at_work)
        };
        (0..self.api.pods.len() as u32).map(PodId).filter(at_work)
    }
}
