//! `kubectl rollout history`, with the images of each revision.

use super::row::{images, table};
use simulator::story::{ReplicaSetView, Story, What};
use std::collections::BTreeMap;

/// The history at the end of the run: revisions in ascending order. Objects here have no change cause, so the images
/// of each revision are shown in its column.
#[must_use]
pub fn history(story: &Story) -> String {
    let mut sets: BTreeMap<usize, &ReplicaSetView> = BTreeMap::new();
    for entry in &story.entries {
        match &entry.what {
            What::ReplicaSet(index, view) => drop(sets.insert(*index, view)),
            What::ReplicaSetGone(index) => drop(sets.remove(index)),
            _ => {}
        }
    }
    let mut revisions: Vec<(i64, &ReplicaSetView, &str)> = sets
        .iter()
        .filter(|(_, view)| view.revision > 0)
        .map(|(index, view)| (view.revision, *view, story.replica_sets[*index].as_str()))
        .collect();
    revisions.sort_by_key(|(revision, ..)| *revision);
    if revisions.is_empty() {
        return "No rollout history found.\n".to_owned();
    }
    let row = |(revision, view, name): &(i64, &ReplicaSetView, &str)| {
        vec![revision.to_string(), "<none>".to_owned(), (*name).to_owned(), images(&view.images)]
    };
    let rows: Vec<_> = revisions.iter().map(row).collect();
    format!(
        "deployment.apps/{} \n{}",
        story.name,
        table(&["REVISION", "CHANGE-CAUSE", "REPLICASET", "IMAGES"], &rows)
    )
    .replace(" \n", "\n")
}
