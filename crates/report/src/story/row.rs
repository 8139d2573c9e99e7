//! Rows and tables of `kubectl get`.

use crate::columns::Columns;
use measures::units::age;
use simulator::Span;
use simulator::story::{DeploymentView, PodView, ReplicaSetView, Story};

/// Blanks between two columns of `kubectl`.
const GAP: usize = 3;

/// A table with columns as wide as their widest cell, as kubectl prints it.
pub(super) fn table(header: &[&str], rows: &[Vec<String>]) -> String {
    let columns = Columns::fitted(header, rows, GAP);
    let mut text = String::new();
    // Writing to a string cannot fail.
    let _ = columns.heading(&mut text, header);
    for row in rows {
        let cells: Vec<&str> = row.iter().map(String::as_str).collect();
        let _ = columns.heading(&mut text, &cells);
    }
    text
}

pub(super) fn deployment(name: &str, view: &DeploymentView, age_of: Option<Span>) -> Vec<String> {
    let ready = format!("{}/{}", view.ready, view.desired);
    let mut row = vec![name.to_owned(), ready, view.updated.to_string(), view.available.to_string()];
    row.extend(age_of.map(age));
    row
}

pub(super) fn replica_set(name: &str, view: &ReplicaSetView, age_of: Option<Span>) -> Vec<String> {
    let numbers = [view.desired, view.replicas, view.ready].map(|number| number.to_string());
    let mut row: Vec<String> = [name.to_owned()].into_iter().chain(numbers).collect();
    row.extend(age_of.map(age));
    row
}

pub(super) fn pod(name: &str, view: &PodView, age_of: Option<Span>, story: &Story) -> Vec<String> {
    let ready = format!("{}/{}", view.ready, view.containers);
    let mut row = vec![name.to_owned(), ready, view.status.clone(), view.restarts.to_string()];
    row.extend(age_of.map(age));
    row.push(node_name(view, story).to_owned());
    row
}

/// The name of a pod's node, `<none>` without one.
pub(super) fn node_name<'s>(view: &PodView, story: &'s Story) -> &'s str {
    view.node.and_then(|node| story.nodes.get(node)).map_or("<none>", String::as_str)
}

/// Images of a template as `kubectl get -o wide` lists them.
pub(super) fn images(pairs: &[(String, String)]) -> String {
    pairs.iter().map(|(_, image)| image.as_str()).collect::<Vec<_>>().join(",")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_aligned_and_nothing_trails() {
        let rows = [vec!["deployment.apps/web".to_owned(), "10/10".to_owned()]];
        let text = "NAME                  READY\ndeployment.apps/web   10/10\n";
        assert_eq!(table(&["NAME", "READY"], &rows), text);
    }
}
