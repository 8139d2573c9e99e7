//! Containers whose configuration is missing.

use super::*;
use crate::model::{ApplicationFault, Configuration, PodTarget};

fn missing(for_seconds: i64) -> Model {
    let mut model = one_pod();
    let missing = Configuration::Secret;
    model.faults =
        vec![fault(0, for_seconds, ApplicationFault::MissingConfig { target: PodTarget::ALL, missing })];
    model
}

/// A failed sync is repeated after 10 to 15 s, rounded up to a tick of one second.
#[test]
fn it_is_tried_again_every_10_to_16_seconds() {
    let mut waits = Vec::new();
    for run in 0..60 {
        let model = missing(1);
        let begin = Run::of(&model, run).start;
        waits.push(seconds(begin, processes(&model, run, 0).started[0]) - 1.0);
    }
    // The first attempt comes some milliseconds after the creation.
    spread_over(&waits, 10.0, 16.2);
}

#[test]
fn the_pod_recovers_within_a_retry_of_the_end() {
    for run in 0..40 {
        let model = missing(500);
        let end = Run::of(&model, run).start + secs(500);
        let after = seconds(end, processes(&model, run, 0).started[0]) - 1.0;
        assert!((0.0..=16.0).contains(&after), "{after}");
    }
}

#[test]
fn waiting_costs_no_events() {
    let mut world = Run::of(&missing(3000), 0).world;
    world.run_until(Timestamp::from_secs(700));
    let load = world.run_until(Timestamp::from_secs(2900));
    assert_eq!(load.events, 0, "the progress deadline was the last to stir");
}

#[test]
fn the_pod_is_in_its_start() {
    let log = Run::of(&missing(3000), 0).until_end();
    assert_eq!(log.stages.first().map(|(.., stage)| *stage), Some(Stage::Start));
}

/// A running container has its configuration; one that must be restarted does not.
#[test]
fn only_starts_are_hindered() {
    let mut model = missing(1000);
    model.faults[0].window.from = crate::model::Trigger::At(secs(60));
    assert_eq!(processes(&model, 0, 0).started.len(), 1);
    model.images.default.crash_after = Some(constant(100.0));
    let Processes { started, ended } = processes(&model, 0, 0);
    assert!(seconds(ended[0], started[1]) > 900.0);
}
