//! The state at a moment, as `kubectl get` and `kubectl describe deployment` print it.

use super::paint::{Paint, Tone};
use super::row::{self, images, table};
use super::stream::involved;
use controller::api::Strategy;
use measures::units::age;
use simulator::Span;
use simulator::story::{
    DeploymentView, Event, EventKind, Involved, PodView, ReplicaSetView, Story, What, percent_or_number,
};
use std::collections::BTreeMap;
use std::fmt::Write as _;

/// Events listed at most; of more, the last ones.
const LISTED: usize = 12;

/// The objects at a moment.
#[derive(Debug, Clone)]
pub struct Moment<'a> {
    /// The run.
    pub story: &'a Story,
    /// The moment.
    pub at: Span,
    /// The Deployment.
    pub deployment: Option<&'a DeploymentView>,
    /// By index.
    pub replica_sets: BTreeMap<usize, &'a ReplicaSetView>,
    /// By index.
    pub pods: BTreeMap<usize, &'a PodView>,
    /// Events so far, with their times.
    pub events: Vec<(Span, &'a Event)>,
    /// When the Deployment was created.
    created: Span,
}

impl<'a> Moment<'a> {
    /// The state at `at`, including all changes of that moment.
    #[must_use]
    pub fn of(story: &'a Story, at: Span) -> Self {
        let mut moment = Self {
            story,
            at,
            deployment: None,
            replica_sets: BTreeMap::new(),
            pods: BTreeMap::new(),
            events: Vec::new(),
            created: Span::ZERO,
        };
        for entry in story.entries.iter().take_while(|entry| entry.at <= at) {
            match &entry.what {
                What::Deployment(view) => moment.deployment = Some(view),
                What::ReplicaSet(index, view) => drop(moment.replica_sets.insert(*index, view)),
                What::ReplicaSetGone(index) => drop(moment.replica_sets.remove(index)),
                What::Pod(index, view) => drop(moment.pods.insert(*index, view)),
                What::PodGone(index) => drop(moment.pods.remove(index)),
                What::Event(event) => moment.events.push((entry.at, event)),
                _ => {}
            }
        }
        let first = story.entries[..story.opening].iter().filter_map(|entry| match &entry.what {
            What::ReplicaSet(_, view) => Some(view.created),
            _ => None,
        });
        moment.created = first.min().unwrap_or(Span::ZERO);
        moment
    }

    fn since(&self, then: Span) -> Span {
        Span::from_nanos(self.at.as_nanos() - then.as_nanos())
    }

    /// The text for a terminal.
    #[must_use]
    pub fn to_text(&self, paint: Paint) -> String {
        let kinds =
            if self.deployment.is_some() { "deployments,replicasets,pods" } else { "replicasets,pods" };
        let mut text = paint.text(Tone::User, &format!("$ kubectl get {kinds} -o wide"));
        text.push('\n');
        self.get(&mut text);
        if let Some(deployment) = self.deployment {
            let command = format!("\n$ kubectl describe deployment {}", self.story.name);
            let _ = writeln!(text, "{}", paint.text(Tone::User, &command));
            self.describe(&mut text, deployment);
        }
        self.warnings(&mut text, paint);
        text
    }

    fn get(&self, text: &mut String) {
        if let Some(view) = self.deployment {
            let name = format!("deployment.apps/{}", self.story.name);
            let rows = [row::deployment(&name, view, Some(self.since(self.created)))];
            text.push_str(&table(&["NAME", "READY", "UP-TO-DATE", "AVAILABLE", "AGE"], &rows));
            text.push('\n');
        }
        let set = |(index, view): (&usize, &&ReplicaSetView)| {
            let name = format!("replicaset.apps/{}", self.story.replica_sets[*index]);
            let mut row = row::replica_set(&name, view, Some(self.since(view.created)));
            row.push(images(&view.images));
            row
        };
        let rows: Vec<_> = self.replica_sets.iter().map(set).collect();
        text.push_str(&table(&["NAME", "DESIRED", "CURRENT", "READY", "AGE", "IMAGES"], &rows));
        if self.pods.is_empty() {
            return;
        }
        let pod = |(index, view): (&usize, &&PodView)| {
            let name = format!("pod/{}", self.story.pods[*index].name);
            row::pod(&name, view, Some(self.since(view.created)), self.story)
        };
        let mut rows: Vec<_> = self.pods.iter().map(pod).collect();
        rows.sort();
        text.push('\n');
        text.push_str(&table(&["NAME", "READY", "STATUS", "RESTARTS", "AGE", "NODE"], &rows));
    }

    /// `staging/src/k8s.io/kubectl/pkg/describe/describe.go`, `describeDeployment`
    fn describe(&self, text: &mut String, view: &DeploymentView) {
        let mut field = |name: &str, value: &str| {
            let _ = writeln!(text, "{:<24}{value}", format!("{name}:"));
        };
        field("Name", &self.story.name);
        field("Namespace", &self.story.namespace);
        field("Annotations", &format!("deployment.kubernetes.io/revision: {}", view.revision));
        let replicas = [
            (view.desired, "desired"),
            (view.updated, "updated"),
            (view.replicas, "total"),
            (view.available, "available"),
            (view.unavailable, "unavailable"),
        ];
        let replicas: Vec<String> = replicas.iter().map(|(count, word)| format!("{count} {word}")).collect();
        field("Replicas", &replicas.join(" | "));
        match view.strategy {
            Strategy::Recreate => field("StrategyType", "Recreate"),
            Strategy::RollingUpdate(limits) => {
                field("StrategyType", "RollingUpdate");
                field("MinReadySeconds", &view.min_ready_seconds.to_string());
                let unavailable = percent_or_number(limits.max_unavailable);
                let surge = percent_or_number(limits.max_surge);
                field("RollingUpdateStrategy", &format!("{unavailable} max unavailable, {surge} max surge"));
            }
        }
        if view.paused {
            field("Paused", "true");
        }
        text.push_str("Pod Template:\n");
        for (heading, containers) in [("Init Containers", &view.init_images), ("Containers", &view.images)] {
            if !containers.is_empty() {
                let _ = writeln!(text, "  {heading}:");
            }
            for (name, image) in containers {
                let _ = writeln!(text, "   {name}:\n    Image:              {image}");
            }
        }
        self.conditions(text, view);
        self.sets(text, view);
        let own = self.events.iter().filter(|(_, event)| event.involved == Involved::Deployment);
        let own: Vec<_> = own.copied().collect();
        if own.is_empty() {
            text.push_str("Events:                 <none>\n");
            return;
        }
        text.push_str("Events:\n");
        self.list(text, &own, false);
    }

    fn conditions(&self, text: &mut String, view: &DeploymentView) {
        let mut rows = vec![["----", "------", "------", "-----", "-------"].map(str::to_owned).to_vec()];
        rows.extend(view.conditions.iter().map(|condition| {
            let since = age(self.since(condition.last_update));
            let words = [condition.kind.as_str(), condition.status.as_str(), condition.reason.as_str()];
            words.map(str::to_owned).into_iter().chain([since, condition.message.clone()]).collect()
        }));
        text.push_str("Conditions:\n");
        indent(text, &table(&["Type", "Status", "Reason", "Since", "Message"], &rows));
    }

    /// The old and the new `ReplicaSet`s.
    fn sets(&self, text: &mut String, view: &DeploymentView) {
        let in_words = |(index, set): (&usize, &&ReplicaSetView)| {
            let name = &self.story.replica_sets[*index];
            format!("{name} ({}/{} replicas created)", set.replicas, set.desired)
        };
        let is_new = |set: &ReplicaSetView| set.template == view.template;
        let old: Vec<String> =
            self.replica_sets.iter().filter(|(_, set)| !is_new(set)).map(in_words).collect();
        let new: Vec<String> =
            self.replica_sets.iter().filter(|(_, set)| is_new(set)).map(in_words).collect();
        let or_none = |sets: Vec<String>| if sets.is_empty() { "<none>".to_owned() } else { sets.join(", ") };
        let _ = writeln!(text, "OldReplicaSets:         {}", or_none(old));
        let _ = writeln!(text, "NewReplicaSet:          {}", or_none(new));
        for (index, set) in &self.replica_sets {
            if let Some((reason, message)) = &set.failure {
                let name = &self.story.replica_sets[*index];
                let _ = writeln!(text, "ReplicaFailure of {name}: {reason}: {message}");
            }
        }
    }

    /// Warnings about objects other than the Deployment.
    fn warnings(&self, text: &mut String, paint: Paint) {
        let is_warning = |(_, event): &&(Span, &Event)| {
            event.kind == EventKind::Warning && event.involved != Involved::Deployment
        };
        let warnings: Vec<_> = self.events.iter().filter(is_warning).copied().collect();
        if warnings.is_empty() {
            return;
        }
        let command = "\n$ kubectl get events --field-selector type=Warning";
        let _ = writeln!(text, "{}", paint.text(Tone::User, command));
        self.list(text, &warnings, true);
    }

    /// Events with the same text about one object are one row with a count.
    fn list(&self, text: &mut String, events: &[(Span, &Event)], with_object: bool) {
        let mut rows: Vec<(Span, Span, u32, &Event)> = Vec::new();
        for (at, event) in events {
            let same = |row: &(Span, Span, u32, &Event)| {
                (row.3.involved, row.3.reason, &row.3.message)
                    == (event.involved, event.reason, &event.message)
            };
            match rows.iter_mut().find(|row| same(row)) {
                Some((_, last, count, _)) => (*last, *count) = (*at, *count + 1),
                None => rows.push((*at, *at, 1, event)),
            }
        }
        rows.sort_by_key(|(_, last, ..)| *last);
        let hidden = rows.len().saturating_sub(LISTED);
        let cells = |(first, last, count, event): &(Span, Span, u32, &Event)| {
            let seen = age(self.since(*last));
            let seen = match count {
                1 => seen,
                _ => format!("{seen} (x{count} over {})", age(self.since(*first))),
            };
            let place = if with_object { involved(event, self.story) } else { event.from.to_string() };
            vec![event.kind.as_str().to_owned(), event.reason.to_owned(), seen, place, event.message.clone()]
        };
        let rows: Vec<_> = rows[hidden..].iter().map(cells).collect();
        let place = if with_object { "Object" } else { "From" };
        if hidden > 0 {
            let _ = writeln!(text, "  ({hidden} earlier ones are not shown)");
        }
        indent(text, &table(&["Type", "Reason", "Age", place, "Message"], &rows));
    }
}

fn indent(text: &mut String, lines: &str) {
    for line in lines.lines() {
        let _ = writeln!(text, "  {line}");
    }
}
