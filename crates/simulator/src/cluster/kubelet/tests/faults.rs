//! Faults of applications: times, exits, and the pods they do not affect.

use super::*;
use crate::Simulator;
use crate::cluster::common::usual;
use crate::model::{ApplicationFault, End, Lot, Memory, PodTarget, ReadinessFault, StartSlowdown};

fn crash(after: f64, end: End) -> ApplicationFault {
    ApplicationFault::Crash { target: PodTarget::ALL, after: constant(after), end }
}

#[test]
fn a_crash_lasts_as_long_as_its_fault() {
    let mut model = one_pod();
    model.faults = vec![fault(0, 60, crash(0.0, End::Code(1)))];
    let Processes { started, ended } = processes(&model, 0, 0);
    // Exits at about 1, 2, 14 and 37 s; a container that starts after a minute keeps running.
    assert!((3..=5).contains(&ended.len()), "{ended:?}");
    assert_eq!(started.len(), ended.len() + 1);
    assert!(seconds(Run::of(&model, 0).start, *started.last().unwrap()) > 60.0);
}

/// A fault in mid run ends running containers: here the settled pods of a Deployment, all at the same time.
#[test]
fn running_containers_end_too() {
    let mut model = rolling_update(10, 3, foreseeable(true));
    model.actions.clear();
    model.faults = vec![fault(60, 600, crash(5.0, End::OutOfMemory))];
    let record = Simulator::new(&model, 0).run(1, 0);
    assert_eq!(record.availability.min, 0);
    assert!(record.footprint.restarts >= 60, "{} restarts", record.footprint.restarts);
}

/// Memory demand of a container against its limit.
#[test]
fn memory_above_the_limit_is_fatal() {
    let mut model = one_pod();
    let after = constant(30.0);
    model.images.default.memory = Some(Memory { peak: 300 << 20, after });
    assert_eq!(processes(&model, 0, 0).ended, [], "without a limit there is nothing to exceed");
    web(&mut model).limits.memory_bytes = Some(300 << 20);
    assert_eq!(processes(&model, 0, 0).ended, []);
    web(&mut model).limits.memory_bytes = Some(256 << 20);
    let Processes { started, ended } = processes(&model, 0, 0);
    assert!(ended.iter().zip(&started).all(|(end, start)| (seconds(*start, *end) - 30.0).abs() < 1e-6));
    assert!(ended.len() >= 10);
}

#[test]
fn a_wrong_port_fails_every_probe_until_it_is_mended() {
    let mut model = one_pod();
    model.faults = vec![fault(0, 400, ApplicationFault::WrongPort { target: PodTarget::ALL })];
    let log = Run::of(&model, 0).until_end();
    let ready = log.pods.iter().find(|(.., pod)| pod.is_ready()).expect("it is mended");
    let after = seconds(Run::of(&model, 0).start, ready.0);
    assert!((400.0..410.1).contains(&after), "Ready at the next tick, at {after}");
    web(&mut model).liveness = Some(probe());
    assert!(!processes(&model, 0, 0).ended.is_empty(), "and the liveness probe restarts it meanwhile");
}

#[test]
fn a_slow_start_takes_longer_by_factor_and_by_time() {
    let mut model = one_pod();
    model.images.default.ready = constant(4.0);
    let slowness = StartSlowdown { factor: 3.0, extra: Some(constant(20.0)) };
    model.faults = vec![fault(0, 60, ApplicationFault::SlowStart { target: PodTarget::ALL, slowness })];
    let mut run = Run::of(&model, 0);
    while run.container(0).is_none_or(|container| container.starts == 0) {
        run.step().unwrap();
    }
    let container = run.container(0).unwrap();
    let started = seconds(run.start, container.since);
    assert!((3.0..3.2).contains(&started), "three times a second: {started}");
    assert!((seconds(container.since, container.able) - 32.0).abs() < 1e-6, "3 x 4 + 20 s");
}

/// Ten pods share the load of ten; two of them fail, and the other eight cannot take the load.
#[test]
fn too_much_load_takes_one_pod_after_another() {
    let mut model = rolling_update(10, 3, foreseeable(true));
    model.actions.clear();
    let under_load = ReadinessFault::UnderLoad { factor: 1.2, recovery: constant(20.0) };
    let failing = |from, lasting, failure, fraction| {
        let target = PodTarget { fraction, ..PodTarget::ALL };
        fault(from, lasting, ApplicationFault::Readiness { target, failure })
    };
    model.faults = vec![failing(0, 3000, under_load, 1.0)];
    let lowest = |model: &Model| {
        (0..20).map(|run| Simulator::new(model, 0).run(1, run).availability.min).collect::<Vec<_>>()
    };
    assert_eq!(lowest(&model), [10; 20], "ten bear the load of ten");
    let mut spark = failing(100, 120, ReadinessFault::Never, 0.3);
    spark.name = "spark".to_owned();
    model.faults.push(spark.clone());
    let cascade = lowest(&model);
    model.faults = vec![spark];
    for (alone, with_load) in lowest(&model).into_iter().zip(cascade) {
        // 10 / 9 is less than 1.2, 10 / 8 is more.
        if alone == 9 || alone == 10 {
            assert_eq!(with_load, alone);
        } else {
            assert_eq!(with_load, 0, "{alone} without load");
        }
    }
}

/// A fault that affects no pod, or some, leaves the random numbers of the others unchanged.
#[test]
fn streams_are_undisturbed() {
    let model = rolling_update(10, 3, usual());
    let quiet = Simulator::new(&model, 11).run(1, 5);
    let target = PodTarget { fraction: 0.0, ..PodTarget::ALL };
    let slowness = StartSlowdown { factor: 9.0, extra: None };
    let missing = crate::model::Configuration::ConfigMap;
    for kind in [
        ApplicationFault::Readiness { target: target.clone(), failure: ReadinessFault::Never },
        ApplicationFault::Liveness { target: target.clone() },
        ApplicationFault::Crash { target: target.clone(), after: constant(3.0), end: End::Code(1) },
        ApplicationFault::WrongPort { target: target.clone() },
        ApplicationFault::MissingConfig { target: target.clone(), missing },
        ApplicationFault::SlowStart { target: target.clone(), slowness },
    ] {
        let mut other = model.clone();
        other.faults = vec![fault(20, 100, kind)];
        assert_eq!(Simulator::new(&other, 11).run(1, 5), quiet);
    }
}

/// All pods of a node share one draw.
#[test]
fn pods_of_a_node_fail_together() {
    let mut model = rolling_update(9, 3, foreseeable(true));
    model.actions.clear();
    let target = PodTarget { fraction: 0.4, lot: Lot::Node, ..PodTarget::ALL };
    let failure = ReadinessFault::Never;
    model.faults = vec![fault(60, 3000, ApplicationFault::Readiness { target, failure })];
    for run in 0..20 {
        let lowest = Simulator::new(&model, 0).run(1, run).availability.min;
        assert_eq!(lowest % 3, 0, "three pods on each of three nodes");
    }
}
