//! Strategy `Recreate`.

use crate::support::{Bench, deployment, last_status, replica_set, sizes};
use controller::api::{ConditionType, Number, Reason, Strategy, TemplateId};
use controller::deployment::OnRefusal;

fn bench(sets: &[(u32, i32, i32)]) -> Bench {
    let mut deployment = deployment(5, Strategy::Recreate);
    deployment.spec.template = TemplateId(9);
    deployment.revision = Number::Value(9);
    let sets = sets.iter().map(|(template, size, available)| replica_set(*template, *size, *available, 5, 5));
    Bench::new(deployment, sets.collect())
}

#[test]
fn all_old_pods_go_before_the_first_new_one_comes() {
    let mut bench = bench(&[(1, 3, 3), (2, 2, 1)]);
    let decision = bench.pass().0;
    assert_eq!(sizes(&decision), [(1, 0), (2, 0)], "all in one pass");
    assert!(decision.steps[..2].iter().all(|step| step.on_refusal == OnRefusal::Fail));
    // First old pods are reported; then none are, but a terminating one still runs.
    assert_eq!(sizes(&bench.pass().0), []);
    bench.report(|_, size| size);
    bench.old_pods_running = true;
    assert_eq!(sizes(&bench.pass().0), []);
    bench.old_pods_running = false;
    let decision = bench.pass().0;
    assert_eq!(sizes(&decision), [(9, 5)], "all of them at once");
    bench.report(|_, _| 0);
    assert_eq!(sizes(&bench.pass().0), []);
}

#[test]
fn an_existing_new_one_is_given_its_size() {
    assert_eq!(sizes(&bench(&[(1, 0, 0), (9, 0, 0)]).decide()), [(9, 5)]);
    // Resized by hand.
    assert_eq!(sizes(&bench(&[(1, 0, 0), (9, 7, 7)]).decide()), [(9, 5)]);
    assert_eq!(sizes(&bench(&[(1, 0, 0), (9, 5, 5)]).decide()), []);
    // A new one with the desired size does not keep an old one.
    assert_eq!(sizes(&bench(&[(1, 2, 2), (9, 5, 5)]).decide()), [(1, 0)]);
}

#[test]
fn every_replica_is_promised() {
    let status = |available| {
        let decision = bench(&[(9, 5, available)]).decide();
        last_status(&decision).unwrap().conditions.get(ConditionType::Available).unwrap().reason
    };
    assert_eq!(status(5), Reason::MinimumReplicasAvailable);
    assert_eq!(status(4), Reason::MinimumReplicasUnavailable);
}
