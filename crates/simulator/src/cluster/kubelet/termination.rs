//! Termination of a pod: `preStop` hooks, SIGTERM, SIGKILL, and removal
//! (`pkg/kubelet/kuberuntime/kuberuntime_container.go`).

use super::slot;
use crate::Span;
use crate::cluster::event::PodEvent;
use crate::cluster::pod::PodId;
use crate::cluster::world::World;
use crate::observe::{Observer, PodReport, Report};

/// Least time between SIGTERM and SIGKILL (`minimumGracePeriodInSeconds`,
/// `pkg/kubelet/kuberuntime/kuberuntime_container.go`).
const SHORTEST_KILL_GRACE: Span = Span::from_secs(2);

/// How one container stops.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Stop {
    /// Time from the begin to SIGTERM.
    pub(super) term: Span,
    /// Time from the begin to the exit.
    pub(super) takes: Span,
    /// Whether SIGKILL ends it.
    pub(super) is_killed: bool,
}

impl Stop {
    /// `hook` runs first, uses up the grace period, and is abandoned at its end. The container then waits
    /// until `turn`. Then SIGTERM, and SIGKILL at the end of the remaining grace period. Used time counts in
    /// whole seconds.
    pub(super) fn of(hook: Span, needs: Span, grace: Span, turn: Span) -> Self {
        let hook = hook.min(grace);
        let term = hook.max(turn.min(grace));
        let used = Span::from_secs(term.as_nanos() / Span::SECOND.as_nanos());
        let left = (grace - used).max(SHORTEST_KILL_GRACE);
        Self { term, takes: term + needs.min(left), is_killed: needs > left }
    }
}

impl<O: Observer> World<O> {
    /// A deletion with grace has been stored and reaches the kubelet. The removal follows the exit of the
    /// last container by 0.5 to 2 s.
    pub(in super::super) fn begin_termination(&mut self, id: PodId) {
        let heard = self.settings.watch.next(&mut self.latency.watch);
        self.report(Report::Pod(id, PodReport::Stops));
        let (takes, application) = self.stop_containers(id);
        if let Some((term, end)) = application {
            self.application_stops(id, heard + term, Some(heard + end));
        }
        let Some(life) = self.life(id) else { return };
        let stopped = heard + takes;
        let terminal = stopped + Span::from_secs_f64(life.slots.uniform(slot::TERMINAL));
        let removed = stopped + Span::from_secs_f64(0.5 + 1.5 * life.slots.uniform(slot::REMOVAL));
        if terminal < removed {
            self.step_after(id, terminal, PodEvent::Stopped);
        }
        self.step_after(id, removed, PodEvent::Removed);
    }

    /// Time that the containers of a pod take to stop: all application containers in parallel, then the
    /// sidecars in reverse order within the same grace period. Records the final phase. Also returns the
    /// times to SIGTERM and to the exit of the container behind the Service.
    fn stop_containers(&mut self, id: PodId) -> (Span, Option<(Span, Span)>) {
        let now = self.now();
        let pod = *self.api.pod(id);
        let template = pod.template;
        let with_clients = self.container_with_clients(template);
        let Some(site) = &self.site else { return (Span::ZERO, None) };
        let grace = site.grace_of(id, &pod);
        let blueprint = &site.blueprints[template.0 as usize];
        let life = &site.lives[id.index()];
        if !life.is_at_work() {
            return (Span::ZERO, None);
        }
        // All containers run in a pod that existed at t = 0 and has had no event.
        let containers = site.containers_of(life);
        let (mut turn, mut ends_badly, mut application) = (Span::ZERO, false, None);
        let mut stop = |place: usize, turn: Span| {
            let part = &blueprint.containers[place];
            let container = containers.get(place);
            let starts = container.map_or(0, |container| container.starts.saturating_sub(1));
            if container.is_some_and(|container| !container.is_running()) {
                ends_badly |=
                    container.is_some_and(|container| container.starts > 0 && container.exit_code != 0);
                return Span::ZERO;
            }
            let uniform = life.draw_again(slot::STOP, place as u16, starts);
            let needs = &site.images.behaviour(part.image).stop;
            let needs = needs.at_layered(uniform, || self.shared_draw("stop", id, uniform));
            let stop = Stop::of(part.pre_stop, needs, grace, turn);
            ends_badly |= stop.is_killed;
            let by_itself = container.map_or(stop.takes, |container| container.ends.since(now));
            let takes = stop.takes.min(by_itself);
            if with_clients == Some(place) {
                application = Some((stop.term, takes));
            }
            takes
        };
        let parts = || blueprint.containers.iter().enumerate().filter(|(_, part)| !part.runs_to_end);
        for (place, _) in parts().filter(|(_, part)| !part.is_init) {
            turn = turn.max(stop(place, Span::ZERO));
        }
        for (place, _) in parts().filter(|(_, part)| part.is_init).rev() {
            turn = turn.max(stop(place, turn));
        }
        if let Some(site) = &mut self.site {
            site.lives[id.index()].ends_badly = ends_badly;
        }
        (turn, application)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn secs(seconds: f64) -> Span {
        Span::from_secs_f64(seconds)
    }

    #[test]
    fn a_hook_uses_up_the_grace_period() {
        let stop = |hook, needs, grace| {
            let stop = Stop::of(secs(hook), secs(needs), secs(grace), Span::ZERO);
            (stop.takes.as_secs_f64(), stop.is_killed)
        };
        assert_eq!(stop(0.0, 1.5, 30.0), (1.5, false));
        assert_eq!(stop(0.0, 99.0, 30.0), (30.0, true));
        assert_eq!(stop(10.0, 5.0, 30.0), (15.0, false), "SIGTERM after the hook");
        assert_eq!(stop(29.0, 99.0, 30.0), (31.0, true), "at least 2 s between SIGTERM and SIGKILL");
        assert_eq!(stop(60.0, 99.0, 30.0), (32.0, true), "a hook that outlasts the grace is abandoned");
        assert_eq!(stop(10.5, 99.0, 30.0), (30.5, true), "whole seconds count");
        assert_eq!(stop(0.0, 99.0, 1.0), (2.0, true));
    }

    #[test]
    fn a_sidecar_waits_for_its_turn() {
        let stop = |turn, needs| Stop::of(Span::ZERO, secs(needs), secs(30.0), secs(turn)).takes;
        assert_eq!(stop(12.3, 1.0), secs(13.3));
        assert_eq!(stop(12.3, 99.0), secs(30.3), "30 s less 12 whole seconds");
        assert_eq!(stop(45.0, 99.0), secs(32.0), "its turn never came within the grace period");
    }
}
