//! Cost of observing a run: the run alone, with its timeline, with its recorded notes, and with its story.

use crate::measure::{ComparedWork, Sample, rounds_of};
use crate::rollout::{SEED, ScenarioSize, model};
use report::story::{Lines, Paint, digest};
use serde::Serialize;
use simulator::Simulator;
use simulator::model::Model;
use simulator::story::{Story, StoryRecorder};
use std::hint::black_box;
use std::io::{self, Write};

/// The ways of observing runs of one size, as multiples of the runs alone.
#[derive(Debug, Serialize)]
pub(crate) struct Trace {
    pub(crate) replicas: i32,
    /// A run without observers, by a worker that has made some.
    pub(crate) off_ns: Sample,
    /// The timeline: the data of charts.
    pub(crate) timeline: Sample,
    /// The recorded notes, as values.
    pub(crate) records: Sample,
    /// The same with names, Events and lines of `rollout status`.
    pub(crate) story: Sample,
    /// The same with the text of `show`.
    pub(crate) text: Sample,
}

/// Runs the same runs in all ways, alternately.
pub(crate) fn compare(size: ScenarioSize, runs: u64, rounds: usize) -> Result<Trace, String> {
    let model = &model(size)?;
    let [mut alone, mut watched] = [0; 2].map(|grid_points| Simulator::new(model, grid_points));
    let [mut noting, mut telling, mut printing] = [0; 3].map(|_| StoryRecorder::new(model));
    let mut contestants: Vec<ComparedWork<'_>> = vec![
        ("off", each(runs, move |run| alone.run(SEED, run))),
        ("timeline", each(runs, move |run| watched.run_with_timeline(SEED, run))),
        ("records", each(runs, move |run| noting.run(SEED, run))),
        ("story", each(runs, move |run| told(&mut telling, run))),
        ("text", each(runs, move |run| tell(&told(&mut printing, run), model))),
    ];
    let times = rounds_of(rounds, &mut contestants);
    let to_off = |which: usize| Sample::of_ratios(&times[which], &times[0]);
    Ok(Trace {
        replicas: size.replicas,
        off_ns: Sample::of(times[0].clone()).divided_by(runs as f64),
        timeline: to_off(1),
        records: to_off(2),
        story: to_off(3),
        text: to_off(4),
    })
}

fn each<'a, T>(runs: u64, mut look: impl FnMut(u64) -> T + 'a) -> Box<dyn FnMut() + 'a> {
    Box::new(move || (0..runs).for_each(|run| drop(black_box(look(run)))))
}

fn told(recorder: &mut StoryRecorder, run: u64) -> Story {
    recorder.run(SEED, run);
    recorder.story()
}

/// Into a sink: the cost of the terminal is not measured.
fn tell(story: &Story, model: &Model) -> io::Result<()> {
    let lines = digest(story, model);
    let text = Lines { lines: &lines, actions: &[], paint: Paint::PLAIN }.to_text();
    io::sink().write_all(black_box(text.as_bytes()))
}
