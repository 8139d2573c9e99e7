//! The story of a run against the record of the same run, over the whole catalogue.

use report::story::rollout_status;
use scenario::{Scenario, load};
use simulator::Simulator;
use simulator::record::Record;
use simulator::story::{EventKind, Story, What};
use std::collections::BTreeSet;
use std::path::Path;

fn catalogue() -> Vec<Scenario> {
    let folder = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../../scenarios"));
    let mut files: Vec<_> = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.retain(|file| file.extension().is_some_and(|extension| extension == "yaml"));
    files.sort();
    files.iter().map(|file| load(file).unwrap()).collect()
}

/// Whoever watches from the first change of the template on reads the exit code that the record has, and
/// exactly the pods that the record counts are told.
fn compare(scenario: &Scenario, story: &Story, record: &Record) {
    let name = &scenario.name;
    let first_exit = rollout_status(story).iter().find_map(|line| line.exit);
    assert_eq!(first_exit, record.rollout_status.after_first_change, "{name}: exit code");
    let opening: BTreeSet<usize> = pods(&story.entries[..story.opening]).collect();
    let all: BTreeSet<usize> = pods(&story.entries).collect();
    assert_eq!(all.len() - opening.len(), record.footprint.pods_created as usize, "{name}: pods");
    assert!(story.entries.is_sorted_by_key(|entry| entry.at), "{name}: order");
}

fn pods(entries: &[simulator::story::Entry]) -> impl Iterator<Item = usize> {
    entries.iter().filter_map(|entry| match entry.what {
        What::Pod(index, _) => Some(index),
        _ => None,
    })
}

#[test]
fn stories_agree_with_records_and_change_nothing() {
    let mut reasons = BTreeSet::new();
    for scenario in catalogue() {
        let mut simulator = Simulator::new(&scenario.model, 0);
        let record = simulator.run(scenario.seed, 0);
        let story = Story::of(&scenario.model, scenario.seed, 0);
        assert_eq!(simulator.run(scenario.seed, 0), record, "{}", scenario.name);
        compare(&scenario, &story, &record);
        for entry in &story.entries {
            if let What::Event(event) = &entry.what {
                assert!(!event.message.is_empty(), "{}: {}", scenario.name, event.reason);
                reasons.insert((event.kind == EventKind::Warning, event.reason));
            }
        }
    }
    // Each kind of trouble of the catalogue has its Event.
    for reason in ["FailedCreate", "FailedScheduling", "Failed", "BackOff", "Unhealthy", "NodeNotReady"] {
        assert!(reasons.contains(&(true, reason)), "no warning {reason}");
    }
    for reason in [
        "ScalingReplicaSet",
        "SuccessfulCreate",
        "SuccessfulDelete",
        "Scheduled",
        "Pulling",
        "Pulled",
        "Created",
        "Started",
        "Killing",
        "NodeNotReady",
        "NodeReady",
        "TaintManagerEviction",
    ] {
        assert!(reasons.contains(&(false, reason)), "no event {reason}");
    }
}

#[test]
fn a_story_is_the_same_each_time() {
    let scenario =
        catalogue().into_iter().find(|scenario| scenario.name == "node-lost-in-mid-rollout").unwrap();
    let tell = |run| Story::of(&scenario.model, 7, run);
    assert_eq!(tell(3), tell(3));
    assert_ne!(tell(3), tell(4));
}
