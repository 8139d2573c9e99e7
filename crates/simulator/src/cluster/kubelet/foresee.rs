//! Predicted kubelet reports. Syncs within a back-off and repeated probe failures are not simulated;
//! observers receive their times in advance.

use super::container::{NEVER, StartFailure};
use super::probe::{NANOSECOND, ProbeCount, ProbeReply, Ticks};
use super::worker::Worker;
use crate::Timestamp;
use crate::cluster::pod::PodId;
use crate::cluster::world::World;
use crate::observe::{Observer, PodReport, ProbeKind, Report};

/// Events of one kind on one pod that pass the kubelet's filter
/// (`staging/src/k8s.io/client-go/tools/record/events_cache.go`); later ones are not predicted.
const MOST: usize = 40;

impl<O: Observer> World<O> {
    /// Reports the future syncs that will only record a back-off.
    pub(super) fn report_back_off(&mut self, id: PodId) {
        if O::TAKES_REPORTS
            && let Some(worker) = self.worker(id)
        {
            for report in worker.back_offs() {
                self.report(Report::Pod(id, report));
            }
        }
    }

    /// Reports when the probes of a pod will fail, up to the next result.
    pub(super) fn report_failing_probes(&mut self, id: PodId) {
        let now = self.calendar.now();
        if O::TAKES_REPORTS
            && let Some(worker) = self.worker(id)
        {
            for report in worker.failures(now) {
                self.report(Report::Pod(id, report));
            }
        }
    }
}

impl Worker<'_> {
    fn back_offs(&self) -> Vec<PodReport> {
        let in_crash_loop = self.is_in_crash_loop();
        let held =
            self.containers.iter().zip(0u16..).find_map(|(container, index)| match container.obstacle {
                Some(StartFailure::Pull { .. }) => Some((index, true)),
                None if in_crash_loop && container.is_known_to_have_exited() && !container.is_done() => {
                    Some((index, false))
                }
                _ => None,
            });
        let Some((container, of_pull)) = held else { return Vec::new() };
        let due = self.life.due.min(self.end);
        let now = self.life.synced;
        let first = (!of_pull).then_some(now);
        let future_syncs = self.future_syncs().take_while(|look| *look < due).take(MOST);
        first
            .into_iter()
            .chain(future_syncs)
            .map(|at| PodReport::WillBackOff { at, container, of_pull })
            .collect()
    }

    fn failures(&self, now: Timestamp) -> Vec<PodReport> {
        let mut reports = Vec::new();
        let pairs = self.containers.iter().zip(self.parts).zip(0u16..);
        for ((container, part), index) in pairs.filter(|((c, _), _)| c.is_running() && c.seen) {
            let (kind, guard) = if container.started {
                (ProbeKind::Liveness, &part.liveness)
            } else {
                (ProbeKind::Startup, &part.startup)
            };
            let phase = self.life.workers_since;
            reports.extend(guard.as_ref().map(|probe| {
                let ticks = Ticks::of(probe, phase, container.since);
                self.failing(index, kind, &ticks, (&container.guard, container.able), now)
            }));
            reports.extend(part.readiness.as_ref().filter(|_| container.started).map(|probe| {
                let ticks = Ticks::of(probe, container.phase, container.since);
                let worker = (&container.readiness, container.serves);
                self.failing(index, ProbeKind::Readiness, &ticks, worker, now)
            }));
        }
        reports
    }

    /// The failing ticks of one probe, given when the application answers.
    fn failing(
        &self,
        container: u16,
        probe: ProbeKind,
        ticks: &Ticks,
        (tally, able): (&ProbeCount, Timestamp),
        now: Timestamp,
    ) -> PodReport {
        let answers = tally.reply == ProbeReply::Answers;
        let until = if answers { able } else { NEVER };
        PodReport::WillFail {
            container,
            probe,
            first: ticks.at_or_after(now),
            period: ticks.period,
            until: until.min(tally.due + NANOSECOND).min(self.end),
            hangs: tally.reply == ProbeReply::Hangs && able <= now,
        }
    }
}
