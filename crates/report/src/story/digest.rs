//! A run on one or two screens: what many pods do alike is one line.

use super::group::{Group, Telling};
use super::line::{Line, Source};
use super::paint::Tone;
use super::rollout_status::{StatusLine, rollout_status};
use super::stream::{action, budget_status, fault, involved, source_of, status_lines, tone_of};
use controller::api::{ConditionType, Reason};
use simulator::Span;
use simulator::model::Model;
use simulator::story::{ConditionView, Entry, Event, EventKind, Involved, PodView, Story, What};
use std::collections::BTreeMap;

/// Lines that a whole run should not need many more of.
const SCREEN: i64 = 25;

/// The shortest and the longest time within which the same is one line.
const SHORTEST: Span = Span::from_secs(2);
const LONGEST: Span = Span::from_secs(15);

/// Whatever is told so is one line up to the next milestone.
const FOREVER: Span = Span::from_nanos(i64::MAX);

/// Errors that the status of a pod names as well.
const IN_STATUS: [&str; 3] = ["Error: ErrImagePull", "Error: ImagePullBackOff", "Error: ErrImageNeverPull"];

/// The story of a run with what many pods do alike folded.
#[must_use]
pub fn digest(story: &Story, model: &Model) -> Vec<Line> {
    let mut digest = Digest {
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
                // Another template is another rollout.
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
                let telling = Telling::Repeated {
                    object: if again.is_some() { "drain" } else { "eviction" }.to_owned(),
                    reason: Some("eviction refused"),
                    message: budget_status(name, *healthy, *desired),
                };
                let look = (Source::User, Tone::Warning);
                digest.tell(format!("refused by {name}"), entry.at, FOREVER, look, None, telling);
            }
            What::ActionDone { .. } | What::ReplicaSet(..) => {}
        }
    }
    let told = digest.groups.into_iter().filter(|group| !group.is_usual());
    let mut lines: Vec<Line> = told.map(Group::into_line).collect();
    lines.extend(status(story).iter().flat_map(status_lines));
    lines.sort_by_key(|line| line.at);
    lines
}

/// The lines of `kubectl rollout status` without those that soon after another only count on.
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

/// What a line says apart from its numbers.
fn shape(text: &str) -> String {
    text.chars().filter(|c| !c.is_ascii_digit()).collect()
}

/// How long the same stays one line: the longer a run, the longer.
fn window(story: &Story) -> Span {
    let acts = |entry: &&Entry| matches!(entry.what, What::Action(_) | What::FaultBegins(_));
    let first = story.entries.iter().find(acts).map_or(Span::ZERO, |entry| entry.at);
    let changes = |entry: &&Entry| matches!(entry.what, What::Deployment(_) | What::ReplicaSet(..));
    let last = story.entries.iter().rev().find(changes).map_or(first, |entry| entry.at);
    Span::from_nanos((last.as_nanos() - first.as_nanos()) / SCREEN).clamp(SHORTEST, LONGEST)
}

/// Lines in the making.
struct Digest<'a> {
    story: &'a Story,
    window: Span,
    groups: Vec<Group>,
    /// Groups that may still grow, by what is told in them.
    open: BTreeMap<String, usize>,
    pods: BTreeMap<usize, PodView>,
    conditions: Vec<(ConditionType, Reason)>,
    /// The template in force.
    template: Option<u32>,
}

impl Digest<'_> {
    /// Lines that begin a new chapter: nothing is folded across them.
    fn milestones(&mut self, lines: impl IntoIterator<Item = Line>) {
        self.open.clear();
        for Line { at, source, text, tone } in lines {
            self.groups.push(Group::new(at, source, tone, Telling::Line(text)));
        }
    }

    /// Conditions whose status or reason has changed. That pods go on coming is no news.
    fn conditions(&mut self, at: Span, conditions: &[ConditionView], opening: bool) {
        for condition in conditions {
            let known = self.conditions.iter_mut().find(|(kind, _)| *kind == condition.kind);
            let before = known.as_ref().map(|(_, reason)| *reason);
            match known {
                Some((_, reason)) => *reason = condition.reason,
                None => self.conditions.push((condition.kind, condition.reason)),
            }
            // After a deadline that was exceeded, that pods come is news: it recovers.
            let recovers = before == Some(Reason::ProgressDeadlineExceeded);
            let news = before != Some(condition.reason)
                && (condition.reason != Reason::ReplicaSetUpdated || recovers);
            if !news || opening {
                continue;
            }
            if condition.kind == ConditionType::ReplicaFailure {
                // It comes and goes with every creation that is refused; the Events have its text.
                let message = format!("ReplicaFailure={}", condition.status.as_str());
                let (object, reason) = ("condition".to_owned(), condition.reason.as_str());
                let telling =
                    Telling::Repeated { object, reason: None, message: format!("{message} {reason}") };
                let look = (Source::Deployment, Tone::Warning);
                self.tell("condition".to_owned(), at, FOREVER, look, None, telling);
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
            // What changes in a pod shows in its status.
            (Involved::Pod(_), "Killing", _) if event.message.ends_with("will be restarted") => {
                let Involved::Pod(index) = event.involved else { return };
                self.warned(at, index, event);
            }
            (Involved::Pod(_), ..) => {}
            // So does that it was created, and that it goes.
            (Involved::ReplicaSet(_), ..) if event.names_pod.is_some() => {}
            _ => {
                let object = involved(event, self.story);
                let object = object.split_once('/').map_or("", |(_, name)| name).to_owned();
                // The name of a pod that could not be created is another one each time.
                let key = format!("{object} {}", event.reason);
                let telling =
                    Telling::Repeated { object, reason: Some(event.reason), message: event.message.clone() };
                let look = (source_of(event), tone_of(event));
                self.tell(key, at, FOREVER, look, None, telling);
            }
        }
    }

    /// Several steps of one `ReplicaSet` in the same direction are one.
    fn scaled(&mut self, at: Span, event: &Event) {
        let sizes = event.message.rsplit_once(" from ").and_then(|(head, sizes)| {
            let (from, to) = sizes.split_once(" to ")?;
            Some((head.to_owned(), from.to_owned(), to.to_owned()))
        });
        let Some((head, from, to)) = sizes else { return };
        if let Some(group) = self.open.get(&head).map(|index| &mut self.groups[*index])
            && at.as_nanos() - group.at.as_nanos() <= self.window.as_nanos()
            && let Telling::Scaled { to: last, .. } = &mut group.what
            // What went the other way in between belongs to another rollout.
            && *last == from
        {
            *last = to;
            group.until = at;
            return;
        }
        let key = head.clone();
        let group = Group::new(at, Source::Deployment, Tone::Plain, Telling::Scaled { head, from, to });
        self.open.insert(key, self.groups.len());
        self.groups.push(group);
    }

    /// Warnings about pods: one line for all pods of a `ReplicaSet` that have the same trouble.
    fn warned(&mut self, at: Span, index: usize, event: &Event) {
        let pod = &self.story.pods[index];
        let of = self.owner(index);
        let message = event.message.replace(&pod.name, "<pod>");
        let key = format!("{of} {} {message}", event.reason);
        let telling = Telling::Pods { of, what: format!("{}: {message}", event.reason) };
        let look = (Source::Pods, Tone::Warning);
        self.tell(key, at, FOREVER, look, Some(index), telling);
    }

    /// A pod whose row in `kubectl get pods` has changed.
    fn pod(&mut self, at: Span, index: usize, view: Option<&PodView>, opening: bool) {
        let before = match view {
            Some(view) => self.pods.insert(index, view.clone()),
            None => self.pods.remove(&index),
        };
        let Some(before) = before.filter(|_| !opening) else { return };
        // How a pod goes once it is to go is no news.
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
        let telling = Telling::Pods { of, what: format!("{from} -> {to}") };
        self.tell(key, at, within, (Source::Pods, tone), Some(index), telling);
    }

    /// The `ReplicaSet` of a pod, or a bare pod itself.
    fn owner(&self, index: usize) -> String {
        let pod = &self.story.pods[index];
        match pod.replica_set {
            Some(set) => self.story.replica_sets[set].clone(),
            None => pod.name.clone(),
        }
    }

    /// Adds to an open line about the same, or begins one.
    fn tell(
        &mut self,
        key: String,
        at: Span,
        within: Span,
        (source, tone): (Source, Tone),
        object: Option<usize>,
        what: Telling,
    ) {
        let open = self.open.get(&key).copied();
        let index = match open {
            Some(index) if at.as_nanos() - self.groups[index].at.as_nanos() <= within.as_nanos() => index,
            _ => {
                self.groups.push(Group::new(at, source, tone, what));
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

/// What of a pod is worth a word: its status, and whether it is ready.
fn shown(view: &PodView, other: Option<&PodView>) -> String {
    // Where nothing else tells the two apart, the ready containers do.
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
