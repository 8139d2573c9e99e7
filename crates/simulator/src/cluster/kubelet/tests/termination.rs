//! Time that a pod takes to terminate.

use super::*;
use crate::model::{Action, Change, PodSelector};
use controller::api::PodPhase;

/// Seconds from the deletion at 100 s to the terminal phase and to the removal of the first pod, and its last
/// phase.
fn gone(model: &Model, run: u64) -> (Option<f64>, f64, PodPhase) {
    let mut model = model.clone();
    let selector = PodSelector { ordinal: 0, image: None };
    model.actions = vec![Action { trigger: Trigger::At(secs(100)), change: Change::DeletePod(selector) }];
    model.horizon = secs(400);
    let run = Run::of(&model, run);
    let deleted = run.start + secs(100);
    let log = run.until_end();
    let of_first = || log.pods.iter().filter(|(_, id, _)| *id == FIRST);
    let terminal = of_first().find(|(.., pod)| pod.phase.is_terminal());
    let removed = of_first().find(|(.., pod)| pod.removed).expect("it is gone");
    (terminal.map(|(at, ..)| seconds(deleted, *at)), seconds(deleted, removed.0), removed.2.phase)
}

#[test]
fn a_pod_goes_soon_after_its_containers() {
    let (mut terminal, mut removed) = (Vec::new(), Vec::new());
    for run in 0..60 {
        let (ended, gone, phase) = gone(&one_pod(), run);
        terminal.extend(ended.map(|at| at - 1.0));
        removed.push(gone - 1.0);
        assert!(phase == PodPhase::Succeeded || ended.is_none());
    }
    // Stopping takes a second; the watch some milliseconds.
    spread_over(&terminal, 0.0, 1.01);
    spread_over(&removed, 0.5, 2.01);
}

#[test]
fn an_application_that_ignores_sigterm_is_killed() {
    let mut model = one_pod();
    model.images.default.stop = constant(1000.0);
    for run in 0..20 {
        let (terminal, removed, phase) = gone(&model, run);
        assert!((30.5..32.1).contains(&removed), "{removed}");
        assert!(phase == PodPhase::Failed || terminal.is_none());
    }
    web(&mut model).pre_stop = secs(20);
    assert!((30.5..32.1).contains(&gone(&model, 0).1), "the hook uses up the same grace");
    model.subject.template.termination_grace = secs(1);
    assert!((3.4..5.1).contains(&gone(&model, 0).1), "a hook of 1 s, then 2 s at least");
}

#[test]
fn a_hook_delays_sigterm() {
    let mut model = one_pod();
    web(&mut model).pre_stop = secs(10);
    assert!((11.5..13.1).contains(&gone(&model, 0).1));
}

#[test]
fn sidecars_stop_after_the_application_in_reverse_order() {
    let mut model = one_pod();
    let sidecar =
        |name: &str| Spec { name: name.to_owned(), image: name.to_owned(), sidecar: true, ..Spec::default() };
    model.subject.template.init_containers = vec![sidecar("a"), sidecar("b")];
    let stopping = |seconds| {
        let mut image = foreseeable(true);
        image.stop = constant(seconds);
        image
    };
    model.images.by_name.insert("web:1".to_owned(), stopping(5.0));
    model.images.by_name.insert("a".to_owned(), stopping(3.0));
    model.images.by_name.insert("b".to_owned(), stopping(4.0));
    let (_, removed, _) = gone(&model, 0);
    assert!((12.5..14.1).contains(&removed), "5 + 4 + 3 s, and {removed} in all");
    model.images.by_name.insert("a".to_owned(), stopping(1000.0));
    let (_, removed, _) = gone(&model, 0);
    assert!((30.5..32.1).contains(&removed), "one grace period for all: {removed}");
}

/// A pod that waits for its image has no running process.
#[test]
fn a_pod_that_never_ran_goes_at_once() {
    let mut model = one_pod();
    model.images.default.cached = false;
    model.images.default.pull = constant(1000.0);
    assert!((0.5..2.1).contains(&gone(&model, 0).1));
}

/// Readiness is still probed while the containers stop: here it fails before they have stopped.
#[test]
fn a_terminating_pod_stays_ready_until_its_probe_fails() {
    use crate::model::{ApplicationFault, PodTarget, ReadinessFault};
    let mut model = one_pod();
    web(&mut model).pre_stop = secs(25);
    model.images.default.stop = constant(5.0);
    let of_first = |model: &Model| {
        let mut model = model.clone();
        let selector = PodSelector { ordinal: 0, image: None };
        model.actions = vec![Action { trigger: Trigger::At(secs(100)), change: Change::DeletePod(selector) }];
        let log = Run::of(&model, 0).until_end();
        log.pods.into_iter().filter(|(_, id, _)| *id == FIRST).map(|(.., pod)| pod).collect::<Vec<_>>()
    };
    let is_unready_at_work =
        |pod: &Pod| pod.deletion.is_some() && !pod.is_ready() && !pod.phase.is_terminal();
    assert!(!of_first(&model).iter().any(|pod| is_unready_at_work(pod) && !pod.removed));
    let failure = ReadinessFault::Never;
    model.faults = vec![fault(75, 1000, ApplicationFault::Readiness { target: PodTarget::ALL, failure })];
    assert!(of_first(&model).iter().any(is_unready_at_work));
}
