//! Times of the kubelet against the numbers of `docs/spec/node.md`, over many runs.

mod config;
mod crash_loop;
mod faults;
mod probes;
mod random;
mod start;
mod termination;

use super::ContainerState;
use crate::cluster::common::{constant, foreseeable, probe, rolling_update};
use crate::cluster::pod::{Pod, PodId};
use crate::cluster::world::World;
use crate::model::{ApplicationFault, Container as Spec, Fault, FaultKind, Model, Start, Trigger, Window};
use crate::observe::{Observation, Observer, Stage};
use crate::{Span, Timestamp};
use std::sync::Arc;

/// Records the state of the pods at each change.
#[derive(Debug, Default)]
struct PodLog {
    pods: Vec<(Timestamp, PodId, Pod)>,
    stages: Vec<(Timestamp, PodId, Stage)>,
}

impl Observer for PodLog {
    fn observe(&mut self, now: Timestamp, seen: Observation<'_>, api: &crate::cluster::ApiServer) {
        match seen {
            Observation::Pod(id, _) => self.pods.push((now, id, *api.pod(id))),
            Observation::PodEnters(id, stage) => self.stages.push((now, id, stage)),
            _ => {}
        }
    }
}

/// One pod that is created at t = 0 on one node that has its images. All laws are constants, and the
/// application answers at once.
fn one_pod() -> Model {
    let mut model = rolling_update(1, 1, foreseeable(true));
    model.start = Start::Empty;
    model.actions.clear();
    model.horizon = Span::from_secs(3600);
    model
}

/// The only container of the subject.
fn web(model: &mut Model) -> &mut Spec {
    &mut model.subject.template.containers[0]
}

fn secs(seconds: i64) -> Span {
    Span::from_secs(seconds)
}

/// An application fault of every pod, from `from` on, for `lasting` seconds.
fn fault(from: i64, lasting: i64, fault: ApplicationFault) -> Fault {
    Fault {
        name: "fault".to_owned(),
        kind: FaultKind::Application(fault),
        window: Window { from: Trigger::At(secs(from)), duration: Some(constant(lasting as f64)) },
        probability: 1.0,
    }
}

const FIRST: PodId = PodId(0);

/// A run that stops after each event.
struct Run {
    world: World<PodLog>,
    start: Timestamp,
    end: Timestamp,
}

impl Run {
    fn of(model: &Model, run: u64) -> Self {
        let mut world = World::modelled(Arc::new(model.clone()), PodLog::default());
        let start = world.begin(1, run);
        Self { world, start, end: start + model.horizon }
    }

    /// Runs to the next event; `None` at the end of the run.
    fn step(&mut self) -> Option<Timestamp> {
        let next = self.world.calendar.next_time().filter(|next| *next <= self.end)?;
        self.world.run_until(next);
        Some(next)
    }

    fn until_end(mut self) -> PodLog {
        self.world.run_until(self.end);
        self.world.into_parts().0
    }

    /// A container of the first pod, once there is one.
    fn container(&self, index: usize) -> Option<&ContainerState> {
        let site = self.world.site.as_ref()?;
        site.containers_of(site.lives.first()?).get(index)
    }
}

/// Starts and ends of the processes of one container, in order of time.
#[derive(Debug, Default, PartialEq)]
struct Processes {
    started: Vec<Timestamp>,
    ended: Vec<Timestamp>,
}

fn processes(model: &Model, run: u64, index: usize) -> Processes {
    let mut run = Run::of(model, run);
    let mut found = Processes::default();
    while run.step().is_some() {
        let Some(container) = run.container(index) else { continue };
        if container.starts as usize > found.started.len() {
            found.started.push(container.since);
        }
        if container.finished > super::container::LONG_AGO && found.ended.last() != Some(&container.finished)
        {
            found.ended.push(container.finished);
        }
    }
    found
}

/// Seconds from `from` to `to`.
fn seconds(from: Timestamp, to: Timestamp) -> f64 {
    to.since(from).as_secs_f64()
}

/// All values are in the range. Returns the least and the greatest.
#[track_caller]
fn within(values: &[f64], low: f64, high: f64) -> (f64, f64) {
    let (least, most) = values.iter().fold((f64::MAX, f64::MIN), |(a, b), v| (a.min(*v), b.max(*v)));
    assert!(least >= low && most <= high, "{least} to {most} instead of {low} to {high}");
    (least, most)
}

/// All values are in the range, and together they cover most of it.
#[track_caller]
fn spread_over(values: &[f64], low: f64, high: f64) {
    let (least, most) = within(values, low, high);
    let (width, margin) = (high - low, 0.2 * (high - low));
    assert!(least <= low + margin && most >= high - margin, "{least} to {most} is little of {width}");
}
