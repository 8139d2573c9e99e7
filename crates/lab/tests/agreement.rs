//! Numbers of one run that say the same thing agree, in every scenario of the catalogue.

use scenario::{find, load};
use simulator::record::{Record, RefusalCounts};
use simulator::story::Story;
use simulator::{Simulator, Span};
use std::fs;
use std::path::Path;

const RUNS: u64 = 2;

fn sum(refusals: &RefusalCounts) -> u32 {
    refusals.iter().map(|(_, count)| count).sum()
}

fn check(name: &str, record: &Record) {
    let run = record.run;
    for scaling in &record.scalings {
        assert_ne!(scaling.from, scaling.to, "{name}, run {run}: {scaling:?}");
    }
    let footprint = &record.footprint;
    assert!(
        footprint.creates_refused <= sum(&footprint.refusals),
        "{name}, run {run}: {} creations refused, {}",
        footprint.creates_refused,
        footprint.refusals
    );
    if let Some(service) = &record.service {
        let (failed, sent) = (service.failed.total(), service.requests_sent);
        assert!(failed <= sent * (1.0 + 1e-9), "{name}, run {run}: {failed} of {sent} requests failed");
    }
}

/// The turns of the story add up to the available pods of the timeline, at every moment.
fn check_availability(name: &str, story: &Story, points: &[(Span, i32)]) {
    let mut turns = story.availability.iter().peekable();
    let mut available = 0;
    for (place, (at, expected)) in points.iter().enumerate() {
        // The last point of a moment has the last word.
        if points.get(place + 1).is_some_and(|(next, _)| next == at) {
            continue;
        }
        while let Some(turn) = turns.next_if(|turn| turn.at <= *at) {
            available += if turn.is_available { 1 } else { -1 };
        }
        assert_eq!(available, *expected, "{name} at {at:?}");
    }
}

#[test]
fn what_is_counted_twice_is_the_same() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../scenarios");
    for file in find(&[folder]).unwrap_or_else(|errors| panic!("{errors}")) {
        let scenario = load(&file).unwrap_or_else(|errors| panic!("{errors}"));
        let mut simulator = Simulator::new(&scenario.model, 0);
        for run in 0..RUNS {
            let (record, timeline) = simulator.run_with_timeline(1, run);
            check(&scenario.name, &record);
            let points: Vec<_> = timeline.points.iter().map(|point| (point.at, point.available)).collect();
            check_availability(&scenario.name, &Story::of(&scenario.model, 1, run), &points);
        }
    }
}

/// Requests that last for minutes, and a Service that loses all its pods soon after t = 0; conflicts of creations.
#[test]
fn heavy_tails_and_conflicts_change_nothing_about_it() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("case.yaml");
    for (duration, at) in [
        ("{weibull: {scale: 1s, shape: 0.3}}", "1s"),
        ("{lognormal: {median: 30s, p95: 10m}}", "100ms"),
        ("20m", "3s"),
    ] {
        let text = format!(
            "apiVersion: rollout-lab/v1alpha1\nkind: Scenario\nmetadata: {{name: case}}\nspec:\n  manifests:\n  - {{apiVersion: apps/v1, kind: \
             Deployment, metadata: {{name: web}}, spec: {{replicas: 2, strategy: {{type: Recreate}}, selector: {{matchLabels: {{app: web}}}}, \
             template: {{metadata: {{labels: {{app: web}}}}, spec: {{containers: [{{name: web, image: 'web:1'}}]}}}}}}}}\n  - {{apiVersion: v1, \
             kind: Service, metadata: {{name: web}}, spec: {{selector: {{app: web}}, ports: [{{port: 80}}]}}}}\n  service: {{requestsPerSecond: \
             50, duration: {duration}}}\n  actions: [{{at: {at}, setImage: {{web: 'web:2'}}}}]\n  faults:\n  - {{name: lost, kind: ApiErrors, error: \
             conflict, fraction: 0.5}}\n  horizon: 1m\n"
        );
        fs::write(&file, text).unwrap();
        let scenario = match load(&file) {
            Ok(scenario) => scenario,
            Err(errors) => panic!("{errors}"),
        };
        let mut simulator = Simulator::new(&scenario.model, 0);
        let records: Vec<Record> = (0..20).map(|run| simulator.run(1, run)).collect();
        records.iter().for_each(|record| check(duration, record));
        let fail =
            records.iter().all(|record| record.service.is_some_and(|service| service.failed.total() > 1.0));
        assert!(fail, "{duration}: the case must lose requests");
        assert!(records.iter().any(|record| record.footprint.creates_refused > 0), "{duration}: no conflict");
    }
}
