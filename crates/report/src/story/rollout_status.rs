//! The lines of `kubectl rollout status`
//! (`staging/src/k8s.io/kubectl/pkg/polymorphichelpers/rollout_status.go`).

use controller::api::{ConditionType, Reason};
use simulator::Span;
use simulator::story::{DeploymentView, Story, What};

/// A line, and the exit code if it is the last one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StatusLine {
    /// When it is printed.
    pub at: Span,
    /// What it says.
    pub text: String,
    /// The command ends with this exit code.
    pub exit: Option<u8>,
}

/// What a user reads who watches from the first change of the template on, and, whenever the command has
/// ended, again from the next change on. A line that says the same as the one before is left out.
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

/// What the command says of one version of the Deployment.
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
