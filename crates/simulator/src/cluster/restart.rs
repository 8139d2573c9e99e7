//! Containers that end by themselves, and the crash loop that follows (`pkg/kubelet/kuberuntime`,
//! `pkg/kubelet/kubelet.go`).

use super::event::PodStep;
use super::kubelet::{Life, slot};
use super::pod::PodId;
use super::world::World;
use crate::observe::{Observer, Serving, Stage};
use crate::{Span, Timestamp};

/// First window of the restart back-off; doubles up to [`LONGEST_WINDOW`] (`pkg/kubelet/kubelet.go`,
/// `MaxCrashLoopBackOff`).
const FIRST_WINDOW: Span = Span::from_secs(10);
const LONGEST_WINDOW: Span = Span::from_secs(300);

/// An exit so long after the previous restart begins a new series.
const RESET_AFTER: Span = Span::from_secs(600);

/// A sync that finds the window open comes back after at most this, stretched by up to a half.
const LONGEST_STEP: Span = Span::from_secs(60);

/// The crashes of a pod's containers, taken together.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Crashes {
    /// Exits so far, for draws.
    count: u32,
    /// Exits of the present series.
    in_series: u32,
    /// When the last restart was decided.
    last_restart: Option<Timestamp>,
}

impl Crashes {
    /// Notes an exit and returns the window before the next start: none after the first of a series, then
    /// 10, 20, 40, 80, 160, 300, 300 s...
    fn exit(&mut self, now: Timestamp) -> Span {
        if self.last_restart.is_some_and(|last| now.since(last) > RESET_AFTER) {
            self.in_series = 0;
        }
        self.count += 1;
        self.in_series += 1;
        match self.in_series {
            1 => Span::ZERO,
            exits => Span::from_nanos(FIRST_WINDOW.as_nanos() << (exits - 2).min(10)).min(LONGEST_WINDOW),
        }
    }
}

impl Life {
    /// The number for the time until the application can answer, after the last exit.
    fn draw_after_restart(&self) -> f64 {
        self.derived(slot::CRASH, 1 << 60 | u64::from(self.crashes.count))
    }
}

impl<O: Observer> World<O> {
    /// Settles when the containers that were just started end, if any of them does.
    pub(super) fn await_crash(&mut self, id: PodId) {
        let Some(site) = &self.site else { return };
        let life = &site.lives[id.index()];
        let parts = site.blueprint(self.api.pod(id).template).containers.iter().zip(0u64..);
        let ends = parts.filter(|(part, _)| !part.runs_to_end).filter_map(|(part, place)| {
            let law = site.images.behaviour(part.image).crash_after.as_ref()?;
            Some(law.at(life.derived(slot::CRASH, place << 32 | u64::from(life.crashes.count))))
        });
        if let Some(after) = ends.min() {
            self.step_after(id, after, PodStep::Crashes);
        }
    }

    /// A container has ended. The kubelet notices within a second, reports it, and starts it again when
    /// the back-off allows: gaps of about 0-1, 10-16, 20-31, 40-61, 80-91, 160-191, then 300-331 s.
    pub(super) fn crash(&mut self, id: PodId) {
        if !self.api.pod(id).is_active() {
            return;
        }
        let now = self.now();
        let Some(life) = self.life_mut(id) else { return };
        life.able = None;
        let window = life.crashes.exit(now);
        let draws = u64::from(life.crashes.count) << 16;
        let mut wait = Span::from_secs_f64(life.derived(slot::CRASH, 1 << 62 | draws));
        let noticed = wait;
        let mut step = 0;
        if window > Span::ZERO {
            wait = Span::ZERO;
        }
        while wait < window {
            let left = (window - wait).min(LONGEST_STEP).as_secs_f64();
            let stretch = 1.0 + 0.5 * life.derived(slot::CRASH, 2 << 62 | draws | step);
            let tick = life.derived(slot::CRASH, 3 << 62 | draws | step);
            wait += Span::from_secs_f64(left * stretch + tick);
            step += 1;
        }
        let reported = noticed + self.status_delay();
        self.step_after(id, reported, PodStep::CrashArrives);
        self.step_after(id, wait, PodStep::Restarts);
        self.application_is(id, Serving::Gone);
    }

    /// The pod is not Ready while a container is down; its phase stays Running.
    pub(super) fn publish_crash(&mut self, id: PodId) {
        self.commit_pod(id, |pod| {
            if pod.is_active() {
                pod.ready_since = None;
            }
        });
        self.enter(id, Stage::CrashLoop);
    }

    pub(super) fn restart_containers(&mut self, id: PodId) {
        if !self.api.pod(id).is_active() {
            return;
        }
        self.enter(id, Stage::Start);
        let now = self.now();
        let Some(site) = &mut self.site else { return };
        let blueprint = &site.blueprints[self.api.pod(id).template.0 as usize];
        let life = &mut site.lives[id.index()];
        life.crashes.last_restart = Some(now);
        let draw = life.derived(slot::CRASH, 1 << 61 | u64::from(life.crashes.count));
        let crashing = |part: &&super::site::Part| site.images.behaviour(part.image).crash_after.is_some();
        let takes = blueprint.containers.iter().find(crashing);
        let takes = takes.map_or(Span::ZERO, |part| site.images.behaviour(part.image).start.at(draw));
        self.step_after(id, takes, PodStep::Restarted);
    }

    /// The container runs again, and its probes begin anew.
    pub(super) fn restarted(&mut self, id: PodId) {
        if !self.api.pod(id).is_active() {
            return;
        }
        self.commit_pod(id, |pod| pod.restarts += 1);
        let now = self.now();
        let ready = self.able_after_restart(id);
        if let Some(life) = self.life_mut(id) {
            life.able = ready.map(|after| now + after);
            let draw = life.draw_after_restart();
            self.application_restarts(id, draw);
        }
        self.all_started(id);
    }

    /// How long the restarted container takes to answer its probe, if it has one.
    fn able_after_restart(&self, id: PodId) -> Option<Span> {
        let probed = self.probed_part(id)?;
        let site = self.site.as_ref()?;
        let life = &site.lives[id.index()];
        let draw = life.draw_after_restart();
        Some(site.images.behaviour(probed.image).ready.at(draw))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn windows_double_and_begin_anew_after_ten_quiet_minutes() {
        let mut crashes = Crashes::default();
        let mut now = Timestamp::ZERO;
        let mut exit = |after: i64| {
            now += Span::from_secs(after);
            let window = crashes.exit(now);
            crashes.last_restart = Some(now + window);
            window.as_nanos() / 1_000_000_000
        };
        let windows: Vec<i64> = (0..8).map(|_| exit(400)).collect();
        assert_eq!(windows, [0, 10, 20, 40, 80, 160, 300, 300]);
        assert_eq!(exit(901), 0, "601 s after the last restart");
    }
}
