//! Every change and every Event on its own line, as `kubectl get --watch` prints them.

use super::command::{answer, command_line};
use super::line::{Line, Source};
use super::paint::Tone;
use super::rollout_status::{StatusLine, rollout_status};
use super::row;
use scenario::fault_in_words;
use simulator::Span;
use simulator::model::Model;
use simulator::story::{Entry, Event, EventKind, Involved, Story, What};

/// The kinds of lines to show.
#[derive(Debug, Clone, Copy, Default)]
#[expect(clippy::struct_excessive_bools, reason = "each is a word of `--only`")]
pub struct Wanted {
    /// Actions of the user.
    pub actions: bool,
    /// Faults.
    pub faults: bool,
    /// Kubernetes Events.
    pub events: bool,
    /// Rows of `kubectl get deployments --watch`.
    pub deployments: bool,
    /// Rows of `kubectl get replicasets --watch`.
    pub replica_sets: bool,
    /// Rows of `kubectl get pods --watch`.
    pub pods: bool,
    /// Lines of `kubectl rollout status`.
    pub status: bool,
}

/// The wanted lines, in order of time.
#[must_use]
pub fn stream(story: &Story, model: &Model, wanted: Wanted) -> Vec<Line> {
    let mut lines: Vec<Line> = Vec::new();
    let mut rows: Vec<(String, Vec<String>)> = Vec::new();
    for (index, entry) in story.entries.iter().enumerate() {
        match &entry.what {
            What::Action(_) if wanted.actions => lines.extend(action(story, model, index)),
            What::EvictionRefused { .. } if wanted.actions => lines.push(Line {
                at: entry.at,
                source: Source::User,
                text: refused_eviction(story, model, &entry.what),
                tone: Tone::Warning,
            }),
            What::FaultBegins(_) | What::FaultEnds(_) if wanted.faults => lines.extend(fault(entry, model)),
            What::Event(event) if wanted.events => lines.push(event_line(entry.at, event, story)),
            what if is_object(what, wanted) => {
                let Some((source, row)) = object_row(what, story) else { continue };
                // A write without a change in any column is left out.
                let known = rows.iter_mut().find(|(name, _)| *name == row[0]);
                match known {
                    Some((_, before)) if *before == row => continue,
                    Some((_, before)) => before.clone_from(&row),
                    None => rows.push((row[0].clone(), row.clone())),
                }
                lines.push(Line { at: entry.at, source, text: spread(&row), tone: Tone::Plain });
            }
            _ => {}
        }
    }
    if wanted.status {
        lines.extend(rollout_status(story).iter().flat_map(status_lines));
        lines.sort_by_key(|line| line.at);
    }
    lines
}

const fn is_object(what: &What, wanted: Wanted) -> bool {
    match what {
        What::Deployment(_) => wanted.deployments,
        What::ReplicaSet(..) | What::ReplicaSetGone(_) => wanted.replica_sets,
        What::Pod(..) | What::PodGone(_) => wanted.pods,
        _ => false,
    }
}

/// A row of `kubectl get`, with the names of columns for readers of several kinds.
fn object_row(what: &What, story: &Story) -> Option<(Source, Vec<String>)> {
    Some(match what {
        What::Deployment(view) => {
            let row = row::deployment(&format!("deployment.apps/{}", story.name), view, None);
            let [name, ready, updated, available] = row.try_into().ok()?;
            let cells = vec![
                name,
                format!("ready {ready}"),
                format!("up-to-date {updated}"),
                format!("available {available}"),
            ];
            (Source::Deployment, cells)
        }
        What::ReplicaSet(index, view) => {
            let name = format!("replicaset.apps/{}", story.replica_sets[*index]);
            let [name, desired, current, ready] = row::replica_set(&name, view, None).try_into().ok()?;
            let cells = vec![
                name,
                format!("desired {desired}"),
                format!("current {current}"),
                format!("ready {ready}"),
            ];
            (Source::ReplicaSet, cells)
        }
        What::ReplicaSetGone(index) => {
            let name = format!("replicaset.apps/{}", story.replica_sets[*index]);
            (Source::ReplicaSet, vec![name, "deleted".to_owned()])
        }
        What::Pod(index, view) => {
            let name = format!("pod/{}", story.pods[*index].name);
            let [name, ready, status, restarts, node] = row::pod(&name, view, None, story).try_into().ok()?;
            let cells = vec![name, ready, format!("{status:<17}"), format!("restarts {restarts}"), node];
            (Source::Pods, cells)
        }
        What::PodGone(index) => {
            (Source::Pods, vec![format!("pod/{}", story.pods[*index].name), "deleted".to_owned()])
        }
        _ => return None,
    })
}

fn spread(cells: &[String]) -> String {
    cells.join("  ").trim_end().to_owned()
}

/// An action of the user, and the output of its command.
pub(super) fn action(story: &Story, model: &Model, index: usize) -> Vec<Line> {
    let entry = &story.entries[index];
    let What::Action(number) = entry.what else { return Vec::new() };
    let change = &model.actions[number].change;
    let line = |text: String, tone| Line { at: entry.at, source: Source::User, text, tone };
    let mut lines = vec![line(command_line(change, story, index, model), Tone::User)];
    let printed = answer(change, story, index);
    if !printed.is_empty() {
        lines.push(line(printed, Tone::Plain));
    }
    lines
}

/// The output of `kubectl drain` for an eviction that a budget does not allow, with the cause of the API server
/// gives (`staging/src/k8s.io/kubectl/pkg/drain/drain.go`, `pkg/registry/core/pod/storage/eviction.go`).
pub(super) fn refused_eviction(story: &Story, model: &Model, what: &What) -> String {
    let What::EvictionRefused { pod, budget, healthy, desired, again } = what else { return String::new() };
    let (pod, namespace) = (&story.pods[*pod].name, &story.namespace);
    let retry = if again.is_some() { " (will retry after 5s)" } else { "" };
    let status = budget_status(&model.disruption_budgets[*budget].name, *healthy, *desired);
    format!(
        "error when evicting pods/{pod:?} -n {namespace:?}{retry}: Cannot evict pod as it would violate the pod's disruption \
         budget. {status}"
    )
}

/// Why a budget allows no eviction, in the words of the API server.
pub(super) fn budget_status(name: &str, healthy: i32, desired: i32) -> String {
    format!("The disruption budget {name} needs {desired} healthy pods and has {healthy} currently")
}

/// The beginning or the end of a fault.
pub(super) fn fault(entry: &Entry, model: &Model) -> Option<Line> {
    let (index, is_begin) = match entry.what {
        What::FaultBegins(index) => (index, true),
        What::FaultEnds(index) => (index, false),
        _ => return None,
    };
    let fault = &model.faults[index];
    let text = if is_begin {
        format!("{} begins: {}", fault.name, fault_in_words(fault, &model.cluster))
    } else {
        format!("{} ends", fault.name)
    };
    Some(Line { at: entry.at, source: Source::Fault, text, tone: Tone::Fault })
}

/// The name of the object of an Event, as `kubectl get events` prints it.
pub(super) fn involved(event: &Event, story: &Story) -> String {
    match event.involved {
        Involved::Deployment => format!("deployment/{}", story.name),
        Involved::ReplicaSet(index) => {
            format!("replicaset/{}", story.replica_sets.get(index).map_or("", String::as_str))
        }
        Involved::Pod(index) => format!("pod/{}", story.pods[index].name),
        Involved::Node(index) => format!("node/{}", story.nodes[index]),
    }
}

pub(super) const fn source_of(event: &Event) -> Source {
    match event.involved {
        Involved::Deployment => Source::Deployment,
        Involved::ReplicaSet(_) => Source::ReplicaSet,
        Involved::Pod(_) => Source::Pods,
        Involved::Node(_) => Source::Node,
    }
}

/// Type, reason, object and message.
fn event_line(at: Span, event: &Event, story: &Story) -> Line {
    let text = format!(
        "{:<7}  {:<17}  {}  {}",
        event.kind.as_str(),
        event.reason,
        involved(event, story),
        event.message
    );
    Line { at, source: source_of(event), text, tone: tone_of(event) }
}

pub(super) const fn tone_of(event: &Event) -> Tone {
    match event.kind {
        EventKind::Normal => Tone::Plain,
        EventKind::Warning => Tone::Warning,
    }
}

/// A line of `kubectl rollout status`, and its exit code when it ends.
#[must_use]
pub fn status_lines(line: &StatusLine) -> Vec<Line> {
    let tone = match line.exit {
        None => Tone::Quiet,
        Some(0) => Tone::Good,
        Some(_) => Tone::Bad,
    };
    let one = |text: String| Line { at: line.at, source: Source::Status, text, tone };
    let exit = line.exit.map(|code| one(format!("kubectl rollout status: exit code {code}")));
    [one(line.text.clone())].into_iter().chain(exit).collect()
}
