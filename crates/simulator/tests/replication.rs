//! Whole replications: outcomes, determinism, and the initial state of a settled run.

use crate::common::{constant, foreseeable, image_pull_error, rolling_update, set_image, template, usual};
use simulator::model::{
    Action, AdmissionFault, ApplicationFault, BarePod, Change, Counted, Fault, FaultKind, ImageBehaviour,
    Model, PodSelector, PodTarget, ReadinessFault, Start, Trigger, Window,
};
use simulator::record::Outcome;
use simulator::{Simulator, Span};

#[test]
fn a_quiet_rolling_update_completes_and_keeps_its_promise() {
    let model = rolling_update(10, 3, usual());
    let mut simulator = Simulator::new(&model, 61);
    for run in 0..50 {
        let record = simulator.run(1, run);
        assert_eq!(record.outcome, Outcome::Complete, "run {run}");
        assert!(record.availability.min >= 8, "run {run}: {:?}", record.availability);
        assert_eq!(record.availability.below_promised, Span::ZERO);
        assert_eq!(record.footprint.pods_created, 10, "run {run}");
        // At most 13 pods are desired. The two ReplicaSets are synced in parallel, so for some milliseconds
        // new pods can exist before surplus old ones are deleted.
        assert!(record.footprint.pods_peak <= 15, "run {run}: {:?}", record.footprint);
        let took = record.rollout.unwrap().as_secs_f64();
        assert!((20.0..400.0).contains(&took), "run {run} took {took} s");
        assert_eq!(record.available_on_grid.len(), 61);
        assert_eq!(record.available_on_grid.last(), Some(&10));
    }
}

#[test]
fn an_image_that_cannot_be_pulled_fires_the_deadline_once() {
    let mut simulator = Simulator::new(&image_pull_error(), 0);
    for run in 0..20 {
        let record = simulator.run(1, run);
        assert_eq!(record.outcome, Outcome::DeadlineExceeded, "run {run}");
        let fired = record.deadline.first_fired.unwrap().as_secs_f64();
        // The last progress is the scale-down right after the update at 10 s: 600 s after its truncated
        // second, plus one.
        assert!((610.0..613.0).contains(&fired), "run {run} fired at {fired} s");
        assert_eq!(record.deadline.margin, Some(Span::ZERO));
        assert_eq!(record.availability.min, 8);
        assert_eq!(record.footprint.pods_created, 5);
    }
}

#[test]
fn a_run_depends_on_seed_and_number_only() {
    let model = rolling_update(10, 3, usual());
    let mut simulator = Simulator::new(&model, 0);
    let batch: Vec<_> = (0..20).map(|run| simulator.run(7, run)).collect();
    for run in [13, 2, 19] {
        assert_eq!(Simulator::new(&model, 0).run(7, run), batch[run as usize], "alone and in a batch");
    }
    assert_ne!(batch[0].digest, batch[1].digest);
    assert_ne!(Simulator::new(&model, 0).run(8, 0).digest, batch[0].digest);
}

#[test]
fn a_foreseeable_rollout_has_the_waves_one_expects() {
    let model = rolling_update(10, 3, foreseeable(false));
    let (record, timeline) = Simulator::new(&model, 0).run_with_timeline(1, 0);
    assert_eq!(record.outcome, Outcome::Complete);
    let sizes: Vec<(i32, i32)> = timeline
        .points
        .iter()
        .filter(|point| point.replica_sets.len() == 2)
        .map(|point| (point.replica_sets[0].wanted, point.replica_sets[1].wanted))
        .collect();
    assert_eq!(sizes.first(), Some(&(10, 3)), "the new one is created with the surge");
    assert!(sizes.contains(&(8, 3)) && sizes.contains(&(8, 5)), "{sizes:?}");
    assert_eq!(sizes.last(), Some(&(0, 10)));
}

/// A bare `ReplicaSet` of 5 that starts empty with two bare pods; one of them matches.
fn bare_replica_set() -> Model {
    let mut model = rolling_update(5, 3, foreseeable(true));
    model.subject.deployment = None;
    model.start = Start::Empty;
    model.actions.clear();
    model.bare_pods = [("stray", true), ("stranger", false)]
        .map(|(name, matches_subject)| BarePod {
            name: name.to_owned(),
            matches_subject,
            template: template("web:0"),
        })
        .to_vec();
    model
}

#[test]
fn a_replica_set_adopts_matching_pods_and_lets_relabelled_ones_go() {
    let mut model = bare_replica_set();
    let adopted = Simulator::new(&model, 0).run(1, 0);
    assert_eq!(adopted.footprint.pods_created, 4, "the matching bare pod counts as the fifth");
    assert_eq!(adopted.outcome, Outcome::NoRollout);
    let relabelled = PodSelector { ordinal: 3, image: None };
    model.actions =
        vec![Action { trigger: Trigger::At(Span::from_secs(60)), change: Change::RelabelPod(relabelled) }];
    let released = Simulator::new(&model, 2).run(1, 0);
    assert_eq!(released.footprint.pods_created, 5, "a relabelled pod is let go and replaced");
    assert_eq!(released.available_on_grid.last(), Some(&5));
}

#[test]
fn a_deployment_adopts_no_bare_pods() {
    let mut model = rolling_update(4, 3, foreseeable(true));
    model.bare_pods = bare_replica_set().bare_pods;
    let record = Simulator::new(&model, 0).run(1, 0);
    assert_eq!(record.footprint.pods_created, 4);
    assert_eq!(record.outcome, Outcome::Complete);
}

#[test]
fn a_container_that_exits_restarts_with_growing_gaps() {
    let mut model = rolling_update(1, 1, foreseeable(true));
    model
        .images
        .by_name
        .insert("web:2".to_owned(), ImageBehaviour { crash_after: Some(constant(2.5)), ..foreseeable(true) });
    let record = Simulator::new(&model, 0).run(1, 0);
    // Not even a timeout: each short time in which the container is Ready counts as progress, and the gaps of
    // at most 331 s are shorter than the deadline.
    assert_eq!(record.outcome, Outcome::Unfinished);
    // Half an hour contains exits with gaps of about 0, 10, 20, 40, 80, 160 and then 300 s.
    assert!((8..=11).contains(&record.footprint.restarts), "{} restarts", record.footprint.restarts);
    assert_eq!(record.availability.min, 1, "the old pod stays");
}

/// The order of template changes differs between runs: some are by time, some by trigger.
#[test]
fn a_reused_world_forgets_the_templates_of_the_run_before() {
    let mut model = rolling_update(10, 3, usual());
    let trigger = Trigger::NewPodsReady { count: 1, after: Span::ZERO };
    model.actions.push(Action { trigger, change: set_image("web:triggered") });
    model.actions.push(Action { trigger: Trigger::At(Span::from_secs(45)), change: set_image("web:late") });
    let slow = ImageBehaviour { ready: constant(90.0), ..usual() };
    model.images.by_name.insert("web:late".to_owned(), slow);
    let mut reused = Simulator::new(&model, 0);
    for run in 0..40 {
        assert_eq!(reused.run(1, run), Simulator::new(&model, 0).run(1, run), "run {run}");
    }
}

/// All pods lose readiness for good only if the fault outlasts failureThreshold periods, 30 s here.
#[test]
fn a_short_readiness_fault_goes_unnoticed_and_a_long_one_heals() {
    let lowest = |seconds: i64| {
        let mut model = rolling_update(10, 3, foreseeable(true));
        model.actions.clear();
        model.faults.push(Fault {
            name: "database".to_owned(),
            kind: FaultKind::Application(ApplicationFault::Readiness {
                target: PodTarget::ALL,
                failure: ReadinessFault::Never,
            }),
            window: Window {
                from: Trigger::At(Span::from_secs(60)),
                duration: Some(constant(seconds as f64)),
            },
            probability: 1.0,
        });
        let record = Simulator::new(&model, 2).run(1, 0);
        assert_eq!(record.available_on_grid.last(), Some(&10), "healed after {seconds} s");
        record.availability.min
    };
    assert_eq!(lowest(3), 10);
    assert_eq!(lowest(15), 10);
    assert_eq!(lowest(60), 0);
}

/// A quota that is added in mid run counts the existing pods, not all pods ever created.
#[test]
fn a_quota_that_comes_late_counts_the_pods_that_exist() {
    let mut model = rolling_update(10, 3, foreseeable(true));
    model.faults.push(Fault {
        name: "late-quota".to_owned(),
        kind: FaultKind::Admission(AdmissionFault::Quota {
            quota: "late".to_owned(),
            hard: vec![(Counted::Pods, 25)],
            used: Vec::new(),
        }),
        window: Window { from: Trigger::At(Span::from_secs(200)), duration: None },
        probability: 1.0,
    });
    model.actions.push(Action { trigger: Trigger::At(Span::from_secs(300)), change: set_image("web:3") });
    let record = Simulator::new(&model, 0).run(1, 0);
    assert_eq!((record.outcome, record.footprint.creates_refused), (Outcome::Complete, 0));
}

/// A cluster without room for all pods at the start.
#[test]
fn pods_without_room_wait_for_the_scheduler() {
    let mut model = rolling_update(10, 3, foreseeable(true));
    model.cluster.pools[0].max_pods = 3;
    model.actions[0].change = Change::Scale(9);
    let record = Simulator::new(&model, 2).run(1, 0);
    assert_eq!(record.available_on_grid, [9, 9], "the one without a node is the one to go");
    assert_eq!(record.footprint.pods_created, 0);
}

/// 100 creations alone take (100 - 30) / 20 = 3.5 s; with all 25 posted events in between it would be 4.75 s.
/// A batch reserves its tokens at once, so only some of the events come in between.
#[test]
fn the_client_limit_is_shared_by_creations_and_events() {
    let mut model = rolling_update(100, 10, foreseeable(true));
    model.subject.deployment = None;
    model.start = Start::Empty;
    model.actions.clear();
    let (_, timeline) = Simulator::new(&model, 0).run_with_timeline(1, 0);
    let pods =
        |point: &&simulator::record::TimelinePoint| point.replica_sets.iter().any(|set| set.pods == 100);
    let created = timeline.points.iter().find(pods).expect("all are created").at.as_secs_f64();
    assert!((3.6..4.75).contains(&created), "created after {created} s");
}

#[test]
fn a_pull_whose_pod_is_gone_does_not_block_the_node() {
    let mut model = rolling_update(2, 1, ImageBehaviour { pull: constant(60.0), ..foreseeable(false) });
    model.actions.push(Action { trigger: Trigger::At(Span::from_secs(20)), change: set_image("web:3") });
    let record = Simulator::new(&model, 0).run(1, 0);
    assert_eq!(record.outcome, Outcome::Complete);
    assert_eq!(record.revisions_superseded, 1);
}

/// The last action may have no effect: the same image again, or an undo without an earlier revision.
#[test]
fn an_action_that_changes_nothing_does_not_keep_the_clock_running() {
    for nothing in [set_image("web:2"), Change::Undo { to_revision: 99 }] {
        let mut model = rolling_update(10, 3, foreseeable(true));
        model.actions.push(Action { trigger: Trigger::At(Span::from_secs(300)), change: nothing });
        let record = Simulator::new(&model, 0).run(1, 0);
        assert_eq!(record.outcome, Outcome::Complete);
        assert_eq!(record.rollout.map(|took| took.as_secs_f64().round()), Some(290.0));
    }
}

#[test]
fn moments_lead_to_the_digest_of_the_run() {
    for model in [rolling_update(10, 3, usual()), image_pull_error()] {
        let mut simulator = Simulator::new(&model, 0);
        for run in 0..5 {
            let moments = simulator::moments(&model, 1, run);
            assert!(moments.is_sorted_by(|one, next| one.millis < next.millis));
            assert_eq!(moments.last().unwrap().digest, simulator.run(1, run).digest, "run {run}");
        }
    }
}

/// A run that diverges from another at some time has the same moments until then.
#[test]
fn moments_part_where_the_runs_part() {
    let later = |at| {
        let mut model = rolling_update(10, 3, usual());
        model.actions.push(Action { trigger: Trigger::At(Span::from_secs(at)), change: Change::Scale(7) });
        simulator::moments(&model, 1, 0)
    };
    let (one, other) = (later(20), later(25));
    let parted = one.iter().zip(&other).position(|(one, other)| one != other).unwrap();
    assert!(parted > 0);
    assert!((20_000..20_100).contains(&one[parted].millis), "{:?}", one[parted]);
}
