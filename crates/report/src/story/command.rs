//! What the user does, as a command line, and what the command prints.

use controller::deployment::UndoRefusal;
use scenario::change_in_words;
use simulator::model::{Change, Model};
use simulator::story::{Story, What};

/// The command line of the action that the entry at `index` tells; what no single command does is told in
/// words.
pub(super) fn command_line(change: &Change, story: &Story, index: usize, model: &Model) -> String {
    let subject = subject(story);
    let pairs = |images: &[(String, String)]| {
        let pairs: Vec<_> = images.iter().map(|(name, image)| format!(" {name}={image}")).collect();
        pairs.concat()
    };
    match change {
        Change::SetImage(images) => format!("$ kubectl set image {subject}{}", pairs(images)),
        Change::Apply { .. } => format!("$ kubectl apply -f {}.yaml", story.name),
        Change::Scale(size) => format!("$ kubectl scale {subject} --replicas={size}"),
        Change::SetImageAndScale(images, size) => {
            format!("$ kubectl apply -f {}.yaml  #{}, {size} replicas", story.name, pairs(images))
        }
        Change::Pause => format!("$ kubectl rollout pause {subject}"),
        Change::Resume => format!("$ kubectl rollout resume {subject}"),
        Change::Undo { to_revision: 0 } => format!("$ kubectl rollout undo {subject}"),
        Change::Undo { to_revision } => {
            format!("$ kubectl rollout undo {subject} --to-revision={to_revision}")
        }
        Change::Restart => format!("$ kubectl rollout restart {subject}"),
        Change::SetMinReadySeconds(seconds) => patch(&subject, "minReadySeconds", &seconds.to_string()),
        Change::SetProgressDeadlineSeconds(seconds) => {
            patch(&subject, "progressDeadlineSeconds", &number_or_null(*seconds))
        }
        Change::SetRevisionHistoryLimit(limit) => {
            patch(&subject, "revisionHistoryLimit", &number_or_null(*limit))
        }
        Change::DeletePod(_) => match deleted(&effects(story, index)) {
            Some(pod) => format!("$ kubectl delete pod {}", story.pods[pod].name),
            None => change_in_words(change, &model.cluster),
        },
        other => change_in_words(other, &model.cluster),
    }
}

fn patch(subject: &str, field: &str, value: &str) -> String {
    format!("$ kubectl patch {subject} -p '{{\"spec\":{{\"{field}\":{value}}}}}'")
}

fn number_or_null(number: Option<i32>) -> String {
    number.map_or_else(|| "null".to_owned(), |number| number.to_string())
}

fn subject(story: &Story) -> String {
    format!("{}/{}", if story.is_deployment { "deployment" } else { "replicaset" }, story.name)
}

/// What the command that the entry at `index` begins prints; empty if it is no command.
pub(super) fn answer(change: &Change, story: &Story, index: usize) -> String {
    let kind = if story.is_deployment { "deployment.apps" } else { "replicaset.apps" };
    let object = format!("{kind}/{}", story.name);
    let effects = effects(story, index);
    let changed = effects.iter().any(|what| matches!(what, What::Deployment(_) | What::ReplicaSet(..)));
    let refused = story.entries[index..].iter().find_map(|entry| match entry.what {
        What::ActionDone { refused } => Some(refused),
        _ => None,
    });
    let unless = |word: &str, same: &str| format!("{object} {}", if changed { word } else { same });
    match change {
        // kubectl says nothing where nothing changes.
        Change::SetImage(_) if !changed => String::new(),
        Change::SetImage(_) => format!("{object} image updated"),
        Change::Apply { .. } | Change::SetImageAndScale(..) => unless("configured", "unchanged"),
        Change::Scale(_) => format!("{object} scaled"),
        Change::Pause if changed => format!("{object} paused"),
        Change::Pause => format!("error: deployments.apps \"{}\" is already paused", story.name),
        Change::Resume if changed => format!("{object} resumed"),
        Change::Resume => format!("error: deployments.apps \"{}\" is not paused", story.name),
        Change::Undo { .. } => match refused.flatten() {
            None => format!("{object} rolled back"),
            Some(UndoRefusal::AlreadyMatches(_)) => {
                format!("{object} {}", refused.flatten().map_or(String::new(), |why| why.to_string()))
            }
            Some(UndoRefusal::NoPreviousRevision) => {
                format!("error: no rollout history found for deployment \"{}\"", story.name)
            }
            Some(why) => format!("error: {why}"),
        },
        Change::Restart => format!("{object} restarted"),
        Change::SetMinReadySeconds(_)
        | Change::SetProgressDeadlineSeconds(_)
        | Change::SetRevisionHistoryLimit(_) => unless("patched", "patched (no change)"),
        Change::DeletePod(_) => deleted(&effects).map_or(String::new(), |pod| {
            format!("pod \"{}\" deleted from {} namespace", story.pods[pod].name, story.namespace)
        }),
        _ => String::new(),
    }
}

/// What happens between the beginning and the end of the action that the entry at `index` tells.
fn effects(story: &Story, index: usize) -> Vec<&What> {
    let is_going_on = |what: &&What| !matches!(what, What::ActionDone { .. });
    story.entries[index + 1..].iter().map(|entry| &entry.what).take_while(is_going_on).collect()
}

/// The pod that goes.
fn deleted(effects: &[&What]) -> Option<usize> {
    effects.iter().find_map(|what| match what {
        What::Pod(index, view) if view.deletion.is_some() => Some(*index),
        What::PodGone(index) => Some(*index),
        _ => None,
    })
}
