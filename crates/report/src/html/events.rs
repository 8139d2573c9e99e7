//! What happened in a run, folded: what is said of many pods within a moment is said once, with a number.

use super::RunStory;
use super::course::millis;
use serde::Serialize;
use simulator::story::{Event, EventKind, Involved, What};
use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

/// More than these are folded further.
const MOST: usize = 320;
/// Columns of time within which the same thing is told once, at first.
const COLUMNS: i64 = 600;

/// What happened: when (milliseconds), the class of it, its reason, its words, and how often.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(super) struct Told(i64, Class, String, String, u32);

/// Who did or said it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
enum Class {
    User,
    Fault,
    Normal,
    Warning,
}

/// Something that happened, and the name under which it is folded.
struct Happening {
    told: Told,
    /// What is alike; `None` for what is never folded.
    fold: Option<Fold>,
}

/// What an event is about, without the names of single objects: the kind of object, and how its message
/// begins.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Fold {
    about: Involvement,
    beginning: String,
}

#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Involvement {
    Deployment,
    ReplicaSet(usize),
    /// By `ReplicaSet` of the pod.
    Pod(Option<usize>),
    Node,
}

/// In order of time, at most a few hundred.
pub(super) fn told(run: &RunStory, end: i64) -> Vec<Told> {
    let happenings: Vec<Happening> =
        run.story.entries.iter().filter_map(|entry| happening(run, millis(entry.at), &entry.what)).collect();
    let mut columns = COLUMNS;
    loop {
        let folded = folded(&happenings, end, columns);
        if folded.len() <= MOST || columns <= 1 {
            return folded;
        }
        columns /= 2;
    }
}

fn happening(run: &RunStory, at: i64, what: &What) -> Option<Happening> {
    let alone = |class, reason: &str, text: String| {
        Some(Happening { told: Told(at, class, reason.to_owned(), text, 1), fold: None })
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

fn of_event(run: &RunStory, at: i64, event: &Event) -> Happening {
    let story = &run.story;
    let (object, involvement) = match event.involved {
        Involved::Deployment => (story.name.clone(), Involvement::Deployment),
        Involved::ReplicaSet(index) => {
            (story.replica_sets.get(index).cloned().unwrap_or_default(), Involvement::ReplicaSet(index))
        }
        Involved::Pod(index) => {
            let pod = story.pods.get(index);
            let name = pod.map(|pod| pod.name.clone()).unwrap_or_default();
            (name, Involvement::Pod(pod.and_then(|pod| pod.replica_set)))
        }
        Involved::Node(index) => (story.nodes.get(index).cloned().unwrap_or_default(), Involvement::Node),
    };
    let is_warning = event.kind == EventKind::Warning;
    let class = if is_warning { Class::Warning } else { Class::Normal };
    let text = format!("{object}: {}", event.message);
    let beginning = event.message.split(' ').take(2).collect::<Vec<_>>().join(" ");
    Happening {
        told: Told(at, class, event.reason.to_owned(), text, 1),
        fold: Some(Fold { about: involvement, beginning }),
    }
}

/// What is alike is told once in each column of time. Each step of the Deployment is worth a line, unless there
/// are too many.
fn folded(happenings: &[Happening], end: i64, columns: i64) -> Vec<Told> {
    let column = |at: i64| at * columns / end;
    let folds = |fold: &Fold| fold.about != Involvement::Deployment || columns < COLUMNS;
    let mut kept: Vec<Told> = Vec::new();
    // Of the column at hand: where what is alike was told first, by its fold and its reason.
    let mut firsts: BTreeMap<(&Fold, &str), usize> = BTreeMap::new();
    let mut open = 0;
    for Happening { told, fold } in happenings {
        if kept.get(open).is_some_and(|first| column(first.0) < column(told.0)) {
            open = kept.len();
            firsts.clear();
        }
        if let Some(fold) = fold.as_ref().filter(|fold| folds(fold)) {
            match firsts.entry((fold, told.2.as_str())) {
                Entry::Occupied(first) => {
                    kept[*first.get()].4 += 1;
                    continue;
                }
                Entry::Vacant(first) => drop(first.insert(kept.len())),
            }
        }
        kept.push(told.clone());
    }
    kept
}
