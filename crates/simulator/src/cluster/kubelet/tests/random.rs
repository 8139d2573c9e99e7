//! Invariants of pods with random templates and faults.

use super::*;
use crate::Simulator;
use crate::engine::Law;
use crate::model::{
    Configuration, End, ImageBehaviour, Memory, PodTarget, Probe, ReadinessFault, Side, StartSlowdown,
};
use controller::api::PodPhase;
use proptest::prelude::*;
use proptest::test_runner::RngSeed;

fn seconds_law(most: i64) -> impl Strategy<Value = Law> {
    prop_oneof![
        (0..most).prop_map(|seconds| Law::Constant(secs(seconds))),
        (1..most).prop_map(|mean| Law::Exponential { mean: secs(mean) }),
    ]
}

fn any_probe() -> impl Strategy<Value = Option<Probe>> {
    let times = (0i64..20, 1i64..20, 1i64..5);
    prop::option::of((times, 1i32..4, 1i32..4).prop_map(|(times, success_threshold, failure_threshold)| {
        let (delay, period, timeout) = times;
        Probe {
            initial_delay: secs(delay),
            period: secs(period),
            timeout: secs(timeout),
            success_threshold,
            failure_threshold,
            ..probe()
        }
    }))
}

fn spec(name: &'static str) -> impl Strategy<Value = Spec> {
    (any_probe(), any_probe(), any_probe(), any::<bool>(), 0i64..20).prop_map(
        move |(startup, readiness, liveness, limited, pre_stop)| {
            let mut spec = Spec { name: name.to_owned(), image: name.to_owned(), ..Spec::default() };
            (spec.startup, spec.readiness, spec.liveness) = (startup, readiness, liveness);
            spec.pre_stop = secs(pre_stop);
            spec.limits.memory_bytes = limited.then_some(100);
            spec
        },
    )
}

fn image() -> impl Strategy<Value = ImageBehaviour> {
    let laws = (seconds_law(20), seconds_law(5), seconds_law(60), seconds_law(40));
    (laws, prop::option::of(seconds_law(300)), prop::option::of(seconds_law(300))).prop_map(
        |((pull, start, ready, stop), crash_after, memory)| ImageBehaviour {
            pull,
            size: None,
            start,
            ready,
            stop,
            crash_after,
            warm_up: None,
            memory: memory.map(|after| Memory { peak: 200, after }),
            cached: false,
        },
    )
}

fn any_fault() -> impl Strategy<Value = Fault> {
    let target = (prop::option::of(prop_oneof![Just(Side::New), Just(Side::Old)]), 0.0..=1.0f64)
        .prop_map(|(side, fraction)| PodTarget { side, fraction, ..PodTarget::ALL });
    let kind = (target, seconds_law(100), 0..9).prop_map(|(target, law, kind)| match kind {
        0 => ApplicationFault::Readiness { target, failure: ReadinessFault::Never },
        1 => ApplicationFault::Readiness { target, failure: ReadinessFault::Late(law) },
        2 => {
            let failure = ReadinessFault::Flapping { up: law.clone(), down: constant(5.0) };
            ApplicationFault::Readiness { target, failure }
        }
        3 => {
            let failure = ReadinessFault::UnderLoad { factor: 1.1, recovery: law };
            ApplicationFault::Readiness { target, failure }
        }
        4 => ApplicationFault::Liveness { target },
        5 => ApplicationFault::Crash { target, after: law, end: End::Code(3) },
        6 => ApplicationFault::WrongPort { target },
        7 => ApplicationFault::MissingConfig { target, missing: Configuration::ConfigMap },
        _ => {
            ApplicationFault::SlowStart { target, slowness: StartSlowdown { factor: 4.0, extra: Some(law) } }
        }
    });
    (0i64..900, 1i64..600, kind).prop_map(|(from, lasting, kind)| fault(from, lasting, kind))
}

/// A rollout of pods with an init container, a sidecar and two containers, and some faults.
fn world() -> impl Strategy<Value = Model> {
    let specs = (spec("migrate"), spec("proxy"), spec("web"), spec("log"));
    let images = prop::collection::vec(image(), 4);
    (specs, images, prop::collection::vec(any_fault(), 0..4), any::<bool>()).prop_map(
        |((mut init, mut sidecar, web, log), images, faults, empty)| {
            let mut model = rolling_update(4, 2, foreseeable(true));
            (init.startup, init.readiness, init.liveness) = (None, None, None);
            sidecar.sidecar = true;
            model.subject.template.init_containers = vec![init, sidecar];
            model.subject.template.containers = vec![web, log];
            let names = ["migrate", "proxy", "web", "log"].map(str::to_owned);
            model.images.by_name = names.into_iter().zip(images).collect();
            if empty {
                model.start = Start::Empty;
            }
            model.faults = faults;
            for (number, fault) in model.faults.iter_mut().enumerate() {
                fault.name = format!("fault-{number}");
            }
            model.horizon = secs(1800);
            model
        },
    )
}

/// Violations of the invariants of any pod.
fn findings(log: &PodLog) -> Vec<String> {
    let mut last: std::collections::BTreeMap<PodId, Pod> = std::collections::BTreeMap::new();
    let mut findings = Vec::new();
    for (at, id, pod) in &log.pods {
        if pod.is_ready() && pod.phase != PodPhase::Running {
            findings.push(format!("{at:?}: {id:?} is Ready in phase {:?}", pod.phase));
        }
        if let Some(before) = last.insert(*id, *pod) {
            if before.phase == PodPhase::Running && pod.phase == PodPhase::Pending {
                findings.push(format!("{at:?}: {id:?} is Pending again"));
            }
            if pod.restarts < before.restarts || before.removed || before.phase.is_terminal() && !pod.removed
            {
                findings.push(format!("{at:?}: {id:?} {before:?} became {pod:?}"));
            }
        }
    }
    findings
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: 300,
        rng_seed: RngSeed::Fixed(1),
        failure_persistence: None,
        ..ProptestConfig::default()
    })]

    #[test]
    fn pods_keep_the_rules(model in world()) {
        let mut run = Run::of(&model, 0);
        let load = run.world.run_until(run.end);
        prop_assert!(load.events < 60_000, "{} events", load.events);
        prop_assert_eq!(findings(&run.world.into_parts().0), Vec::<String>::new());
        let mut simulator = Simulator::new(&model, 0);
        let first = simulator.run(1, 0);
        simulator.run(1, 1);
        prop_assert_eq!(simulator.run(1, 0), first);
    }

    /// After the faults end, all pods that have not crashed by themselves become Ready again.
    #[test]
    fn pods_recover(model in world()) {
        let mut model = model;
        for image in model.images.by_name.values_mut() {
            (image.crash_after, image.memory) = (None, None);
            // A slow start may never pass a liveness probe.
            image.ready = constant(1.0);
        }
        for container in &mut model.subject.template.containers {
            if let Some(probe) = &mut container.liveness {
                probe.initial_delay = secs(30);
                probe.failure_threshold = 3;
            }
            container.startup = None;
        }
        let sidecar = &mut model.subject.template.init_containers[1];
        (sidecar.startup, sidecar.liveness) = (None, None);
        // The longest fault ends at 1500 s; a back-off may last 331 s longer.
        model.horizon = secs(3600);
        let record = Simulator::new(&model, 3601).run(1, 0);
        prop_assert!(record.available_on_grid[3000..].iter().all(|available| *available >= 4), "{:?}", &record.available_on_grid[3000..3010]);
    }
}
