//! A run on one or two screens: the same change of many pods is one line.

use super::group::{LineContent, LineGroup};
use super::line::{Line, Source};
use super::paint::Tone;
use super::rollout_status::{StatusLine, rollout_status};
use super::stream::{action, budget_status, fault, involved, source_of, status_lines, tone_of};
use controller::api::{ConditionType, Reason};
use simulator::Span;
use simulator::model::Model;
use simulator::story::{ConditionView, Entry, Event, EventKind, Involved, PodView, Story, What};
use std::collections::BTreeMap;

/// The usual number of lines of a whole run.
const SCREEN: i64 = 25;

/// The shortest and the longest window within which the same changes are one line.
const SHORTEST: Span = Span::from_secs(2);
const LONGEST: Span = Span::from_secs(15);

/// A window up to the next milestone.
const FOREVER: Span = Span::from_nanos(i64::MAX);

/// Errors that the status of a pod shows too.
const IN_STATUS: [&str; 3] = ["Error: ErrImagePull", "Error: ImagePullBackOff", "Error: ErrImageNeverPull"];

/// The story of a run with the same changes of many pods folded.
#[must_use]
pub fn digest(story: &Story, model: &Model) -> Vec<Line> {
    let mut digest = StoryDigest {
        story,
        window: window(story),
        groups: Vec::new(),
        open: BTreeMap::new(),
        pods: BTreeMap::new(),
        conditions: Vec::new(),
        template: None,
    };
    for (index, entry) in story.entries.iter().enumerate() {
        let opening = index < story.opening;
        match &entry.what {
            What::Action(_) => digest.milestones(action(story, model, index)),
            What::FaultBegins(_) | What::FaultEnds(_) => digest.milestones(fault(entry, model)),
            What::Deployment(view) => {
                // Another template begins another rollout.
                if digest.template.replace(view.template) != Some(view.template) {
                    digest.open.clear();
                }
                digest.conditions(entry.at, &view.conditions, opening);
            }
            What::Event(event) => digest.event(entry.at, event),
            What::Pod(index, view) => digest.pod(entry.at, *index, Some(view), opening),
            What::PodGone(index) => digest.pod(entry.at, *index, None, opening),
            What::ReplicaSetGone(index) => {
                let text = format!("{} deleted", story.replica_sets[*index]);
                digest.milestones([Line {
                    at: entry.at,
                    source: Source::ReplicaSet,
                    text,
                    tone: Tone::Plain,
                }]);
            }
            What::EvictionRefused { budget, healthy, desired, again, .. } => {
                let name = &model.disruption_budgets[*budget].name;
                let content = LineContent::Repeated {
                    object: if again.is_some() { "drain" } else { "eviction" }.to_owned(),
                    reason: Some("eviction refused"),
                    message: budget_status(name, *healthy, *desired),
                };
                let look = (Source::User, Tone::Warning);
                digest.add(format!("refused by {name}"), entry.at, FOREVER, look, None, content);
            }
            What::ActionDone { .. } | What::ReplicaSet(..) => {}
        }
    }
    let kept = digest.groups.into_iter().filter(|group| !group.is_usual());
    let mut lines: Vec<Line> = kept.map(LineGroup::into_line).collect();
    lines.extend(status(story).iter().flat_map(status_lines));
    lines.sort_by_key(|line| line.at);
    lines
}

/// The lines of `kubectl rollout status` without lines that soon after another only change a number.
fn status(story: &Story) -> Vec<StatusLine> {
    let mut lines: Vec<StatusLine> = Vec::new();
    let window = window(story).as_nanos();
    for line in rollout_status(story) {
        let counts_on = lines.last().is_some_and(|last| {
            line.at.as_nanos() - last.at.as_nanos() < window
                && shape(&line.text) == shape(&last.text)
                && line.exit.is_none()
        });
        if !counts_on {
            lines.push(line);
        }
    }
    lines
}

/// The text of a line without its numbers.
fn shape(text: &str) -> String {
    text.chars().filter(|c| !c.is_ascii_digit()).collect()
}

/// The window in which the same changes are one line: the longer a run, the longer.
fn window(story: &Story) -> Span {
    let acts = |entry: &&Entry| matches!(entry.what, What::Action(_) | What::FaultBegins(_));
    let first = story.entries.iter().find(acts).map_or(Span::ZERO, |entry| entry.at);
    let changes = |entry: &&Entry| matches!(entry.what, What::Deployment(_) | What::ReplicaSet(..));
    let last = story.entries.iter().rev().find(changes).map_or(first, |entry| entry.at);
    Span::from_nanos((last.as_nanos() - first.as_nanos()) / SCREEN).clamp(SHORTEST, LONGEST)
}

/// The lines of a digest while it is built.
struct StoryDigest<'a> {
    story: &'a Story,
    window: Span,
    groups: Vec<LineGroup>,
    /// Groups that can still grow, by key.
    open: BTreeMap<String, usize>,
    pods: BTreeMap<usize, PodView>,
    conditions: Vec<(ConditionType, Reason)>,
    /// The current template.
    template: Option<u32>,
}

impl StoryDigest<'_> {
    /// Adds lines that end all open groups.
    fn milestones(&mut self, lines: impl IntoIterator<Item = Line>) {
        self.open.clear();
        for Line { at, source, text, tone } in lines {
            self.groups.push(LineGroup::new(at, source, tone, LineContent::Line(text)));
        }
    }

    /// Adds conditions whose status or reason has changed. Further new pods are not reported.
    fn conditions(&mut self, at: Span, conditions: &[ConditionView], opening: bool) {
        for condition in conditions {
            let known = self.conditions.iter_mut().find(|(kind, _)| *kind == condition.kind);
            let before = known.as_ref().map(|(_, reason)| *reason);
            match known {
                Some((_, reason)) => *reason = condition.reason,
                None => self.conditions.push((condition.kind, condition.reason)),
            }
            // After an exceeded deadline, available pods are reported: the rollout recovers.
            let recovers = before == Some(Reason::ProgressDeadlineExceeded);
            let news = before != Some(condition.reason)
                && (condition.reason != Reason::ReplicaSetUpdated || recovers);
            if !news || opening {
                continue;
            }
            if condition.kind == ConditionType::ReplicaFailure {
                // This condition changes with every refused creation; the Events have its text.
                let message = format!("ReplicaFailure={}", condition.status.as_str());
                let (object, reason) = ("condition".to_owned(), condition.reason.as_str());
                let content =
                    LineContent::Repeated { object, reason: None, message: format!("{message} {reason}") };
                let look = (Source::Deployment, Tone::Warning);
                self.add("condition".to_owned(), at, FOREVER, look, None, content);
            } else {
                let mut line = condition_line(at, condition);
                if recovers {
                    line.text += " (the progress deadline had been exceeded: it recovers)";
                    line.tone = Tone::Good;
                }
                self.milestones([line]);
            }
        }
        self.conditions.retain(|(kind, _)| conditions.iter().any(|condition| condition.kind == *kind));
    }

    fn event(&mut self, at: Span, event: &Event) {
        match (event.involved, event.reason, event.kind) {
            (Involved::Deployment, "ScalingReplicaSet", _) => self.scaled(at, event),
            (Involved::Pod(_), _, EventKind::Warning) if IN_STATUS.contains(&event.message.as_str()) => {}
            (Involved::Pod(index), _, EventKind::Warning) => self.warned(at, index, event),
            // The status of the pod shows its changes.
            (Involved::Pod(_), "Killing", _) if event.message.ends_with("will be restarted") => {
                let Involved::Pod(index) = event.involved else { return };
                self.warned(at, index, event);
            }
            (Involved::Pod(_), ..) => {}
            // The status also shows its creation and deletion.
            (Involved::ReplicaSet(_), ..) if event.names_pod.is_some() => {}
            _ => {
                let object = involved(event, self.story);
                let object = object.split_once('/').map_or("", |(_, name)| name).to_owned();
                // The name of a pod that could not be created differs each time.
                let key = format!("{object} {}", event.reason);
                let content = LineContent::Repeated {
                    object,
                    reason: Some(event.reason),
                    message: event.message.clone(),
                };
                let look = (source_of(event), tone_of(event));
                self.add(key, at, FOREVER, look, None, content);
            }
        }
    }

    /// Folds several steps of one `ReplicaSet` in the same direction.
    fn scaled(&mut self, at: Span, event: &Event) {
        let sizes = event.message.rsplit_once(" from ").and_then(|(head, sizes)| {
            let (from, to) = sizes.split_once(" to ")?;
            Some((head.to_owned(), from.to_owned(), to.to_owned()))
        });
        let Some((head, from, to)) = sizes else { return };
        if let Some(group) = self.open.get(&head).map(|index| &mut self.groups[*index])
            && at.as_nanos() - group.at.as_nanos() <= self.window.as_nanos()
            && let LineContent::Scaled { to: last, .. } = &mut group.what
            // A step in the other direction belongs to another rollout.
            && *last == from
        {
            *last = to;
            group.until = at;
            return;
        }
        let key = head.clone();
        let group =
            LineGroup::new(at, Source::Deployment, Tone::Plain, LineContent::Scaled { head, from, to });
        self.open.insert(key, self.groups.len());
        self.groups.push(group);
    }

    /// Warnings about pods: one line for all pods of a `ReplicaSet` with the same warning.
    fn warned(&mut self, at: Span, index: usize, event: &Event) {
        let pod = &self.story.pods[index];
        let of = self.owner(index);
        let message = event.message.replace(&pod.name, "<pod>");
        let key = format!("{of} {} {message}", event.reason);
        let content = LineContent::Pods { of, what: format!("{}: {message}", event.reason) };
        let look = (Source::Pods, Tone::Warning);
        self.add(key, at, FOREVER, look, Some(index), content);
    }

    /// Adds a pod whose row in `kubectl get pods` has changed.
    fn pod(&mut self, at: Span, index: usize, view: Option<&PodView>, opening: bool) {
        let before = match view {
            Some(view) => self.pods.insert(index, view.clone()),
            None => self.pods.remove(&index),
        };
        let Some(before) = before.filter(|_| !opening) else { return };
        // Changes of a pod being deleted are not reported.
        if before.deletion.is_some() {
            return;
        }
        let (from, to) =
            (shown(&before, view), view.map_or("gone".to_owned(), |after| shown(after, Some(&before))));
        if from == to {
            return;
        }
        let of = self.owner(index);
        let key = format!("{of} {from} {to}");
        let tone = if view.is_some_and(is_in_trouble) { Tone::Warning } else { Tone::Quiet };
        let within = if tone == Tone::Warning || is_in_trouble(&before) { FOREVER } else { self.window };
        let content = LineContent::Pods { of, what: format!("{from} -> {to}") };
        self.add(key, at, within, (Source::Pods, tone), Some(index), content);
    }

    /// The `ReplicaSet` of a pod, or a bare pod itself.
    fn owner(&self, index: usize) -> String {
        let pod = &self.story.pods[index];
        match pod.replica_set {
            Some(set) => self.story.replica_sets[set].clone(),
            None => pod.name.clone(),
        }
    }

    /// Adds to an open group with this key, or begins one.
    fn add(
        &mut self,
        key: String,
        at: Span,
        within: Span,
        (source, tone): (Source, Tone),
        object: Option<usize>,
        what: LineContent,
    ) {
        let open = self.open.get(&key).copied();
        let index = match open {
            Some(index) if at.as_nanos() - self.groups[index].at.as_nanos() <= within.as_nanos() => index,
            _ => {
                self.groups.push(LineGroup::new(at, source, tone, what));
                self.open.insert(key, self.groups.len() - 1);
                self.groups.len() - 1
            }
        };
        let group = &mut self.groups[index];
        group.objects.extend(object);
        group.times += 1;
        group.until = at;
    }
}

/// The part of a pod's row for its line: its status, and the ready containers if needed.
fn shown(view: &PodView, other: Option<&PodView>) -> String {
    // If the status is the same, the ready containers differ.
    let counts = other.is_none_or(|other| other.status == view.status) || view.status == "Running";
    if counts { format!("{}/{} {}", view.ready, view.containers, view.status) } else { view.status.clone() }
}

fn is_in_trouble(view: &PodView) -> bool {
    let status = view.status.as_str();
    ["Err", "BackOff", "OOM"].iter().any(|word| status.contains(word))
}

fn condition_line(at: Span, condition: &ConditionView) -> Line {
    let (kind, status) = (condition.kind.as_str(), condition.status.as_str());
    let text = format!("condition {kind}={status} {}: {}", condition.reason.as_str(), condition.message);
    let tone = match condition.reason {
        Reason::ProgressDeadlineExceeded => Tone::Bad,
        Reason::NewReplicaSetAvailable => Tone::Good,
        Reason::MinimumReplicasUnavailable | Reason::Failed(_) | Reason::ReplicaSetCreateError => {
            Tone::Warning
        }
        _ => Tone::Plain,
    };
    Line { at, source: Source::Deployment, text, tone }
}
