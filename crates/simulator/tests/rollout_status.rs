//! Results of `kubectl rollout status`, and the number of `ReplicaSet`s at the end of a run.

use crate::common::{foreseeable, image_pull_error, rolling_update, set_image, usual};
use simulator::model::{Action, Change, Model, Trigger};
use simulator::record::{Outcome, Record, RolloutStatusRecord};
use simulator::{Simulator, Span};

fn run(model: &Model) -> Record {
    Simulator::new(model, 0).run(1, 0)
}

fn exits(first: Option<u8>, last: Option<u8>) -> RolloutStatusRecord {
    RolloutStatusRecord { after_first_change: first, after_last_change: last }
}

fn at(seconds: i64, change: Change) -> Action {
    Action { trigger: Trigger::At(Span::from_secs(seconds)), change }
}

#[test]
fn a_rollout_that_completes_exits_0() {
    let record = run(&rolling_update(10, 3, usual()));
    assert_eq!(record.rollout_status, exits(Some(0), Some(0)));
    assert_eq!(record.replica_sets_left, 2);
}

#[test]
fn a_rollout_that_times_out_exits_1() {
    assert_eq!(run(&image_pull_error()).rollout_status, exits(Some(1), Some(1)));
}

/// The command waits while neither the last pod is available nor the deadline is exceeded.
#[test]
fn without_a_deadline_it_waits_for_ever() {
    let mut model = image_pull_error();
    if let Some(fields) = &mut model.subject.deployment {
        fields.progress_deadline_seconds = None;
    }
    assert_eq!(run(&model).rollout_status, exits(None, None));
}

#[test]
fn without_a_change_of_the_template_there_is_no_watch() {
    let mut model = rolling_update(10, 3, usual());
    model.actions = vec![at(10, Change::Scale(12))];
    let record = run(&model);
    assert_eq!((record.outcome, record.rollout_status), (Outcome::NoRollout, exits(None, None)));
    assert_eq!(record.replica_sets_left, 1);
}

/// A command started at the first change ends with the deadline; one started at the rollback reports its
/// completion.
#[test]
fn a_rollback_is_watched_again() {
    let mut model = image_pull_error();
    model.actions.push(at(900, Change::Undo { to_revision: 0 }));
    let record = run(&model);
    assert_eq!(record.rollout_status, exits(Some(1), Some(0)));
    assert_eq!(record.outcome, Outcome::CompleteAfterDeadline);
}

/// A paused Deployment neither completes nor times out, and the command waits.
#[test]
fn a_pause_makes_it_wait() {
    let mut model = rolling_update(10, 3, foreseeable(true));
    model.actions.push(at(12, Change::Pause));
    assert_eq!(run(&model).rollout_status, exits(None, None));
}

#[test]
fn the_history_limit_decides_what_is_left() {
    let mut model = rolling_update(3, 3, foreseeable(true));
    let images = ["web:2", "web:3", "web:4", "web:5"];
    model.actions = (1..).zip(images).map(|(nth, image)| at(nth * 120, set_image(image))).collect();
    for (limit, left) in [(None, 5), (Some(10), 5), (Some(2), 3), (Some(0), 1)] {
        if let Some(fields) = &mut model.subject.deployment {
            fields.revision_history_limit = limit;
        }
        assert_eq!(run(&model).replica_sets_left, left, "limit {limit:?}");
    }
}
