//! The lines of `kubectl rollout status`
//! (`staging/src/k8s.io/kubectl/pkg/polymorphichelpers/rollout_status.go`).

use controller::api::{ConditionType, Reason};
use simulator::Span;
use simulator::story::{DeploymentView, Story, What};

/// A line, and the exit code if it is the last one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StatusLine {
    /// The time at which it is printed.
    pub at: Span,
    /// The text.
    pub text: String,
    /// The exit code of the command, if this is its last line.
    pub exit: Option<u8>,
}

/// The output for a user who watches from the first change of the template on, and starts the command again at the
/// next change after it has ended. A line equal to the one before is left out.
#[must_use]
pub fn rollout_status(story: &Story) -> Vec<StatusLine> {
    let mut lines: Vec<StatusLine> = Vec::new();
    let (mut template, mut watching) = (None, false);
    for (index, entry) in story.entries.iter().enumerate() {
        let What::Deployment(view) = &entry.what else { continue };
        let changed = template.replace(view.template) != Some(view.template);
        if index < story.opening {
            continue;
        }
        let starts = changed && !watching;
        watching |= changed;
        if !watching {
            continue;
        }
        let (text, exit) = answer(&story.name, view);
        let repeats = !starts && lines.last().is_some_and(|last| last.text == text);
        if !repeats || exit.is_some() {
            lines.push(StatusLine { at: entry.at, text, exit });
        }
        watching = exit.is_none();
    }
    lines
}

/// The output for a user who starts the command at a moment. Without `watch` (`--watch=false`) it prints one line and
/// ends, with exit code 1 only if the progress deadline is exceeded.
#[must_use]
pub fn rollout_status_at(story: &Story, at: Span, watch: bool) -> Vec<StatusLine> {
    let mut versions = story.entries.iter().filter_map(|entry| match &entry.what {
        What::Deployment(view) => Some((entry.at, view)),
        _ => None,
    });
    let mut stored = None;
    let mut later = None;
    for (when, view) in versions.by_ref() {
        if when > at {
            later = Some((when, view));
            break;
        }
        stored = Some((at, view));
    }
    let mut lines: Vec<StatusLine> = Vec::new();
    for (at, view) in stored.into_iter().chain(later).chain(versions) {
        let (text, exit) = answer(&story.name, view);
        let exit = if watch { exit } else { Some(exit.unwrap_or(0)) };
        if lines.last().is_none_or(|last| last.text != text) || exit.is_some() {
            lines.push(StatusLine { at, text, exit });
        }
        if exit.is_some() {
            break;
        }
    }
    lines
}

/// The line of the command for one version of the Deployment.
fn answer(name: &str, view: &DeploymentView) -> (String, Option<u8>) {
    if view.generation > view.observed_generation {
        return ("Waiting for deployment spec update to be observed...".to_owned(), None);
    }
    let exceeded = view.conditions.iter().any(|condition| {
        condition.kind == ConditionType::Progressing && condition.reason == Reason::ProgressDeadlineExceeded
    });
    let waiting =
        |what: String| (format!("Waiting for deployment \"{name}\" rollout to finish: {what}..."), None);
    if exceeded {
        (format!("error: deployment \"{name}\" exceeded its progress deadline"), Some(1))
    } else if view.updated < view.desired {
        waiting(format!("{} out of {} new replicas have been updated", view.updated, view.desired))
    } else if view.replicas > view.updated {
        waiting(format!("{} old replicas are pending termination", view.replicas - view.updated))
    } else if view.available < view.updated {
        waiting(format!("{} of {} updated replicas are available", view.available, view.updated))
    } else {
        (format!("deployment \"{name}\" successfully rolled out"), Some(0))
    }
}
