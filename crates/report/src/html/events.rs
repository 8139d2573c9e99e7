//! Events of a run for the report: events of many pods within a column of time are folded into one, with a count.

use super::RunStory;
use super::course::millis;
use serde::Serialize;
use simulator::story::{Event, EventKind, Involved, What};
use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

/// If there are more events, they are folded further.
const MOST: usize = 320;
/// Columns of time for the first folding.
const COLUMNS: i64 = 600;

/// An event: time (milliseconds), class, reason, text, and count.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(super) struct ReportEvent(i64, Class, String, String, u32);

/// The source of an event.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
enum Class {
    User,
    Fault,
    Normal,
    Warning,
}

/// An event with the key for its folding.
struct KeyedEvent {
    shown: ReportEvent,
    /// Events with the same key are folded; `None` is never folded.
    fold: Option<FoldKey>,
}

/// The key of an event without the names of single objects: the kind of object, and the beginning of its
/// message.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
struct FoldKey {
    about: ObjectKind,
    beginning: String,
}

#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum ObjectKind {
    Deployment,
    ReplicaSet(usize),
    /// The `ReplicaSet` of the pod.
    Pod(Option<usize>),
    Node,
}

/// The events in order of time, a few hundred at most.
pub(super) fn events(run: &RunStory, end: i64) -> Vec<ReportEvent> {
    let keyed_events: Vec<KeyedEvent> = run
        .story
        .entries
        .iter()
        .filter_map(|entry| keyed_event(run, millis(entry.at), &entry.what))
        .collect();
    let mut columns = COLUMNS;
    loop {
        let folded = folded(&keyed_events, end, columns);
        if folded.len() <= MOST || columns <= 1 {
            return folded;
        }
        columns /= 2;
    }
}

fn keyed_event(run: &RunStory, at: i64, what: &What) -> Option<KeyedEvent> {
    let alone = |class, reason: &str, text: String| {
        Some(KeyedEvent { shown: ReportEvent(at, class, reason.to_owned(), text, 1), fold: None })
    };
    match what {
        What::Action(index) => alone(Class::User, "user", run.actions.get(*index)?.clone()),
        What::FaultBegins(index) => {
            alone(Class::Fault, "fault", format!("begins: {}", run.faults.get(*index)?))
        }
        What::FaultEnds(index) => alone(Class::Fault, "fault", format!("ends: {}", run.faults.get(*index)?)),
        What::Event(event) => Some(of_event(run, at, event)),
        _ => None,
    }
}

fn of_event(run: &RunStory, at: i64, event: &Event) -> KeyedEvent {
    let story = &run.story;
    let (object, involvement) = match event.involved {
        Involved::Deployment => (story.name.clone(), ObjectKind::Deployment),
        Involved::ReplicaSet(index) => {
            (story.replica_sets.get(index).cloned().unwrap_or_default(), ObjectKind::ReplicaSet(index))
        }
        Involved::Pod(index) => {
            let pod = story.pods.get(index);
            let name = pod.map(|pod| pod.name.clone()).unwrap_or_default();
            (name, ObjectKind::Pod(pod.and_then(|pod| pod.replica_set)))
        }
        Involved::Node(index) => (story.nodes.get(index).cloned().unwrap_or_default(), ObjectKind::Node),
    };
    let is_warning = event.kind == EventKind::Warning;
    let class = if is_warning { Class::Warning } else { Class::Normal };
    let text = format!("{object}: {}", event.message);
    let beginning = event.message.split(' ').take(2).collect::<Vec<_>>().join(" ");
    KeyedEvent {
        shown: ReportEvent(at, class, event.reason.to_owned(), text, 1),
        fold: Some(FoldKey { about: involvement, beginning }),
    }
}

/// Folds events with the same key in each column of time. Events of the Deployment are not folded unless there are
/// too many.
fn folded(keyed_events: &[KeyedEvent], end: i64, columns: i64) -> Vec<ReportEvent> {
    let column = |at: i64| at * columns / end;
    let folds = |fold: &FoldKey| fold.about != ObjectKind::Deployment || columns < COLUMNS;
    let mut kept: Vec<ReportEvent> = Vec::new();
    // The current column: the index of the first event by its key and its reason.
    let mut firsts: BTreeMap<(&FoldKey, &str), usize> = BTreeMap::new();
    let mut open = 0;
    for KeyedEvent { shown, fold } in keyed_events {
        if kept.get(open).is_some_and(|first| column(first.0) < column(shown.0)) {
            open = kept.len();
            firsts.clear();
        }
        if let Some(fold) = fold.as_ref().filter(|fold| folds(fold)) {
            match firsts.entry((fold, shown.2.as_str())) {
                Entry::Occupied(first) => {
                    kept[*first.get()].4 += 1;
                    continue;
                }
                Entry::Vacant(first) => drop(first.insert(kept.len())),
            }
        }
        kept.push(shown.clone());
    }
    kept
}
