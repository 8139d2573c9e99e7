//! Readiness: when probes begin to succeed or to fail (`pkg/kubelet/prober`).

use super::event::{Event, PodStep};
use super::kubelet::slot;
use super::pod::PodId;
use super::site::Part;
use super::world::World;
use crate::model::Probe;
use crate::observe::{Observer, Stage};
use crate::{Span, Timestamp};
use controller::api::PodPhase;

impl<O: Observer> World<O> {
    /// How long after its start the container at hand can answer a readiness probe, if it has one.
    pub(super) fn able_after_start(&self, id: PodId) -> Option<Span> {
        let part = self.part(id)?;
        part.readiness.or(part.startup)?;
        let site = self.site.as_ref()?;
        let life = &site.lives[id.index()];
        let own = site.images.behaviour(part.image).ready.at(life.draw(slot::READY, life.container));
        Some(own + self.readiness_delay(id, part.image))
    }

    /// All containers run. Without readiness probes the pod is Ready at once.
    pub(super) fn publish_running(&mut self, id: PodId) {
        let now = self.now();
        let probed = self.readiness_probe(id).is_some();
        let ready = (!probed).then_some(self.on_the_clock_of(id, now).stored());
        self.commit_pod(id, |pod| {
            if pod.is_active() {
                pod.phase = PodPhase::Running;
                pod.ready_since = ready;
            }
        });
        if !self.api.pod(id).is_active() {
            return;
        }
        if probed {
            self.enter(id, Stage::Probe);
            self.await_first_success(id);
        } else {
            self.enter(id, Stage::Ready);
        }
    }

    /// The probe of the container that counts: the last one with a readiness probe.
    pub(super) fn readiness_probe(&self, id: PodId) -> Option<(Option<Probe>, Option<Probe>)> {
        self.probed_part(id).map(|probed| (probed.startup, probed.readiness))
    }

    pub(super) fn probed_part(&self, id: PodId) -> Option<&Part> {
        let site = self.site.as_ref()?;
        let parts = &site.blueprint(self.api.pod(id).template).containers;
        parts.iter().rev().find(|part| part.readiness.is_some() || part.startup.is_some())
    }

    /// Finds the first probe that succeeds.
    ///
    /// The readiness worker is asked to probe when the kubelet notices the started container, 0 to 1 s
    /// later, and every period from then on; a startup probe runs in a phase of its own, and its success
    /// makes the readiness worker probe at once.
    fn await_first_success(&mut self, id: PodId) {
        let started = self.now();
        let Some((startup, readiness)) = self.readiness_probe(id) else { return };
        let Some(life) = self.life(id) else { return };
        let able = life.able.unwrap_or(started);
        let noticed = started + Span::from_secs_f64(life.slots.uniform(slot::DETECTION));
        let mut probed = noticed;
        if let Some(startup) = startup {
            let phase = startup.period.as_secs_f64() * life.slots.uniform(slot::STARTUP_PHASE);
            probed = first_tick(&startup, started + Span::from_secs_f64(phase), started, able);
        }
        let Some(life) = self.life_mut(id) else { return };
        life.probed = probed;
        let succeeds = match readiness {
            Some(readiness) => {
                let first = first_tick(&readiness, probed, started, able);
                first + times(readiness.period, readiness.success_threshold - 1)
            }
            None => probed,
        };
        self.calendar.schedule_at(succeeds, Event::Pod(id, PodStep::ProbeSucceeds));
    }

    /// A probe would succeed now, if nothing makes it fail.
    pub(super) fn probe_succeeds(&mut self, id: PodId) {
        let pod = self.api.pod(id);
        let able = self.life(id).and_then(|life| life.able).is_some_and(|able| able <= self.now());
        if !pod.is_active() || pod.is_ready() || !able || self.readiness_is_hit(id) {
            // Whoever ends the fault, or starts the container again, looks at the pod again.
            return;
        }
        self.note_change(id, PodStep::ReadyArrives);
    }

    /// Probes have failed often enough, if they still fail: a fault shorter than that goes unnoticed.
    pub(super) fn probe_fails(&mut self, id: PodId) {
        if self.readiness_is_hit(id) {
            self.lose_readiness(id);
        }
    }

    pub(super) fn lose_readiness(&mut self, id: PodId) {
        if self.api.pod(id).is_active() && self.api.pod(id).is_ready() {
            self.note_change(id, PodStep::NotReadyArrives);
        }
    }

    fn note_change(&mut self, id: PodId, arrives: PodStep) {
        let now = self.now();
        if let Some(life) = self.life_mut(id) {
            life.changed = now;
        }
        let delay = self.status_delay();
        self.step_after(id, delay, arrives);
    }

    pub(super) fn publish_ready(&mut self, id: PodId) {
        let Some(changed) = self.life(id).map(|life| life.changed) else { return };
        let changed = self.on_the_clock_of(id, changed).stored();
        self.commit_pod(id, |pod| {
            if pod.is_active() {
                pod.ready_since = pod.ready_since.or(Some(changed));
            }
        });
        self.enter(id, Stage::Ready);
        self.after_ready(id);
    }

    pub(super) fn publish_not_ready(&mut self, id: PodId) {
        self.commit_pod(id, |pod| {
            if pod.is_active() {
                pod.ready_since = None;
            }
        });
        self.enter(id, Stage::Probe);
        self.after_not_ready(id);
    }

    /// The next probe of a running pod at or after `at`, and so many rounds later.
    pub(super) fn probe_round_after(&self, id: PodId, at: Timestamp, rounds: i32) -> Timestamp {
        let Some((_, Some(probe))) = self.readiness_probe(id) else { return at };
        let Some(life) = self.life(id) else { return at };
        next_round(&probe, life.probed, at) + times(probe.period, rounds - 1)
    }

    /// Rounds in a row that make the pod's readiness fail and succeed.
    pub(super) fn probe_thresholds(&self, id: PodId) -> (i32, i32) {
        match self.readiness_probe(id) {
            Some((_, Some(probe))) => (probe.failure_threshold, probe.success_threshold),
            _ => (1, 1),
        }
    }

    /// Schedules the change of readiness that follows from probes changing their answer now.
    pub(super) fn probes_turn(&mut self, id: PodId, to_success: bool) {
        let (failures, successes) = self.probe_thresholds(id);
        let (rounds, step) =
            if to_success { (successes, PodStep::ProbeSucceeds) } else { (failures, PodStep::ProbeFails) };
        let at = self.probe_round_after(id, self.now(), rounds);
        self.calendar.schedule_at(at, Event::Pod(id, step));
    }
}

fn times(span: Span, count: i32) -> Span {
    Span::from_nanos(span.as_nanos() * i64::from(count.max(0)))
}

/// The first probe at or after `able` that is not within the initial delay. Probes are at `phase` and whole
/// periods after it; the delay counts from the whole second of the start.
fn first_tick(probe: &Probe, phase: Timestamp, started: Timestamp, able: Timestamp) -> Timestamp {
    let earliest = able.max(started.stored() + probe.initial_delay);
    next_round(probe, phase, earliest)
}

/// The first probe at or after `at`.
fn next_round(probe: &Probe, phase: Timestamp, at: Timestamp) -> Timestamp {
    let period = probe.period.as_nanos().max(1);
    let behind = at.since(phase).as_nanos();
    phase + Span::from_nanos(-(-behind).div_euclid(period) * period)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::ProbeHandler;

    fn probe(initial_delay: i64, period: i64) -> Probe {
        Probe {
            handler: ProbeHandler::Http,
            initial_delay: Span::from_secs(initial_delay),
            period: Span::from_secs(period),
            timeout: Span::from_secs(1),
            success_threshold: 1,
            failure_threshold: 3,
            termination_grace: None,
        }
    }

    #[test]
    fn the_first_probe_that_counts_is_a_tick_of_the_worker() {
        let at = |millis: i64| Timestamp::from_nanos(millis * 1_000_000);
        // Started at 0.4 s, noticed at 0.9 s.
        let first = |probe: &Probe, able| first_tick(probe, at(900), at(400), at(able));
        assert_eq!(first(&probe(0, 10), 500), at(900), "no delay: as soon as it is noticed");
        assert_eq!(first(&probe(0, 10), 901), at(10_900), "just missed: a whole period later");
        assert_eq!(first(&probe(5, 10), 500), at(10_900), "a delay of 5 s ends between two ticks");
        assert_eq!(first(&probe(10, 10), 500), at(10_900));
        assert_eq!(first(&probe(12, 10), 500), at(20_900));
    }
}
