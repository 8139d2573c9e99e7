//! Gaps between the end of a container and its next start.

use super::*;

fn crashing(after: f64) -> Model {
    let mut model = one_pod();
    model.images.default.crash_after = Some(constant(after));
    model.images.default.start = constant(0.0);
    model
}

/// The wait after each end, over many runs: `[end][run]`.
fn waits(model: &Model, ends: usize) -> Vec<Vec<f64>> {
    let mut waits = vec![Vec::new(); ends];
    for run in 0..60 {
        let Processes { started, ended } = processes(model, run, 0);
        for (end, waited) in ended.iter().zip(&started[1..]).zip(&mut waits) {
            waited.push(seconds(*end.0, *end.1));
        }
    }
    waits
}

/// The table of section 4.
#[test]
fn the_gaps_grow_as_the_specification_says() {
    let waits = waits(&crashing(2.0), 8);
    let table = [(0, 1), (10, 16), (20, 31), (40, 61), (80, 91), (160, 191), (300, 331), (300, 331)];
    for (waited, (low, high)) in waits.iter().zip(table) {
        let (least, most) = within(waited, f64::from(low), f64::from(high));
        assert!(most - least > 0.3 * f64::from(high - low), "{least} to {most}");
    }
}

/// After 400 s of running, the 600 s count from the last restart decision.
#[test]
fn a_long_run_shortens_the_wait() {
    let waits = waits(&crashing(400.0), 6);
    within(&waits[1], 10.0, 16.0);
    // The window exceeds the remaining 200 s only after five decisions.
    assert!(waits[4].iter().all(|wait| (80.0..92.0).contains(wait)), "{:?}", waits[4]);
}

#[test]
fn ten_quiet_minutes_begin_a_new_series() {
    for waited in waits(&crashing(650.0), 4) {
        assert!(waited.iter().all(|wait| *wait < 1.0), "{waited:?}");
    }
}

#[test]
fn each_container_has_a_series_of_its_own() {
    let mut model = crashing(1000.0);
    let other = Spec { name: "other".to_owned(), image: "other".to_owned(), ..web(&mut model).clone() };
    model.subject.template.containers.push(other);
    let mut quick = model.images.default.clone();
    quick.crash_after = Some(constant(2.0));
    model.images.by_name.insert("other".to_owned(), quick);
    model.horizon = secs(400);
    let steady = processes(&model, 0, 0);
    assert_eq!((steady.started.len(), steady.ended.len()), (1, 0), "{steady:?}");
    assert!(processes(&model, 0, 1).started.len() >= 6);
}

/// A pod in a crash loop stays Running, and is Ready only while its containers run.
#[test]
fn the_phase_stays_running() {
    let log = Run::of(&crashing(15.0), 3).until_end();
    let running = log.pods.iter().position(|(.., pod)| pod.phase == PodPhase::Running).unwrap();
    assert!(log.pods[running..].iter().all(|(.., pod)| pod.phase == PodPhase::Running));
    let flips = log.pods.windows(2).filter(|pair| pair[0].2.is_ready() != pair[1].2.is_ready()).count();
    assert!(flips > 8, "{flips} changes of readiness");
    let last = log.pods.last().unwrap().2;
    assert!(last.restarts >= 7, "{} restarts", last.restarts);
    assert!(log.stages.iter().any(|(.., stage)| *stage == Stage::CrashLoop));
}

use controller::api::PodPhase;
