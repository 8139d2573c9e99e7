//! Merges predicted reports into the notes by time: syncs that only record a back-off, and repeated probe
//! failures.

use super::recorder::Note;
use crate::Timestamp;
use crate::cluster::PodId;
use crate::observe::{PodReport, ProbeKind, Report};
use std::collections::BTreeMap;

/// A note or a predicted report.
pub(super) enum TimedNote {
    Note(Note),
    /// A predicted report, valid if no other report on the pod came before.
    Foreseen(PodId, u32, PodReport),
    Fails(PodId, PodReport),
}

/// The notes and predicted reports in order of time.
pub(super) fn in_order_of_time(notes: Vec<(Timestamp, Note)>) -> Vec<(Timestamp, TimedNote)> {
    let mut turns: BTreeMap<u32, u32> = BTreeMap::new();
    let mut failing = PredictedFailures::default();
    let mut moments = Vec::with_capacity(notes.len());
    let mut gone: BTreeMap<u32, Option<Timestamp>> = BTreeMap::new();
    for (now, note) in notes {
        match &note {
            Note::Pod(id, pod) => {
                let before = gone.insert(id.0, pod.deletion);
                if pod.removed || before.is_some_and(|before| before != pod.deletion) {
                    *turns.entry(id.0).or_default() += 1;
                    failing.end(id.0, now, &mut moments);
                }
            }
            Note::Report(Report::Pod(id, report)) => match report {
                PodReport::Containers { .. } => {}
                PodReport::WillBackOff { at, .. } => {
                    let turn = turns.get(&id.0).copied().unwrap_or(0);
                    moments.push((*at, TimedNote::Foreseen(*id, turn, report.clone())));
                    continue;
                }
                PodReport::WillFail { .. } => {
                    failing.replace(*id, now, report, &mut moments);
                    continue;
                }
                PodReport::Exited { .. } | PodReport::Stops => {
                    failing.end(id.0, now, &mut moments);
                    *turns.entry(id.0).or_default() += 1;
                }
                _ => *turns.entry(id.0).or_default() += 1,
            },
            _ => {}
        }
        moments.push((now, TimedNote::Note(note)));
    }
    failing.end_all(&mut moments);
    // A stable sort keeps the order within one time.
    moments.sort_by_key(|(at, _)| *at);
    moments
}

/// Predicted probe failures.
#[derive(Default)]
struct PredictedFailures {
    /// By pod, container and probe: the prediction, and the time up to which it is applied.
    foreseen: BTreeMap<(u32, u16, ProbeKind), (PodReport, Timestamp)>,
}

impl PredictedFailures {
    fn replace(
        &mut self,
        id: PodId,
        now: Timestamp,
        report: &PodReport,
        moments: &mut Vec<(Timestamp, TimedNote)>,
    ) {
        let PodReport::WillFail { container, probe, .. } = report else { return };
        let key = (id.0, *container, *probe);
        let up_to = match self.foreseen.remove(&key) {
            Some((before, up_to)) => come_true(id, &before, up_to, now, moments),
            None => Timestamp::from_nanos(i64::MIN),
        };
        self.foreseen.insert(key, (report.clone(), up_to));
    }

    /// The predictions of a pod end.
    fn end(&mut self, id: u32, now: Timestamp, moments: &mut Vec<(Timestamp, TimedNote)>) {
        let keys: Vec<_> = self.foreseen.range((id, 0, ProbeKind::Startup)..).map(|(key, _)| *key).collect();
        for key in keys.into_iter().take_while(|key| key.0 == id) {
            if let Some((report, up_to)) = self.foreseen.remove(&key) {
                come_true(PodId(id), &report, up_to, now, moments);
            }
        }
    }

    fn end_all(&mut self, moments: &mut Vec<(Timestamp, TimedNote)>) {
        for ((id, ..), (report, up_to)) in std::mem::take(&mut self.foreseen) {
            come_true(PodId(id), &report, up_to, Timestamp::MAX, moments);
        }
    }
}

/// Adds the failures after `up_to` and up to `end`. Returns the last of them.
fn come_true(
    id: PodId,
    report: &PodReport,
    mut up_to: Timestamp,
    end: Timestamp,
    moments: &mut Vec<(Timestamp, TimedNote)>,
) -> Timestamp {
    let PodReport::WillFail { first, period, until, .. } = report else { return up_to };
    let mut at = *first;
    while at < *until && at <= end {
        if at > up_to {
            moments.push((at, TimedNote::Fails(id, report.clone())));
            up_to = at;
        }
        at += *period;
    }
    up_to
}
