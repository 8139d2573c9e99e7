//! Actions of the user as command lines, and the output of the commands.

use controller::deployment::UndoRefusal;
use scenario::change_in_words;
use simulator::Span;
use simulator::model::{Cascade, Change, Model};
use simulator::story::{Refused, Story, What};

/// The command line of the action of the entry at `index`; an action that no single command does is described in
/// words.
pub(super) fn command_line(change: &Change, story: &Story, index: usize, model: &Model) -> String {
    let subject = subject(story);
    let pairs = |images: &[(String, String)]| {
        let pairs: Vec<_> = images.iter().map(|(name, image)| format!(" {name}={image}")).collect();
        pairs.concat()
    };
    match change {
        Change::SetImage(images) => format!("$ kubectl set image {subject}{}", pairs(images)),
        Change::Apply(_) => format!("$ kubectl apply -f {}.yaml", story.name),
        Change::Scale(size) => format!("$ kubectl scale {subject} --replicas={size}"),
        Change::Edit(_) => {
            format!("$ kubectl edit {subject}  # {}", change_in_words(change, &model.cluster))
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
        Change::DeletePod(_) | Change::DeletePodWithin(..) => match deleted(&effects(story, index)) {
            Some(pod) => format!("$ kubectl delete pod {}{}", story.pods[pod].name, grace_flags(change)),
            None => change_in_words(change, &model.cluster),
        },
        Change::ScaleReplicaSet(_, size) => match touched_set(&effects(story, index)) {
            Some(set) => format!("$ kubectl scale replicaset/{} --replicas={size}", story.replica_sets[set]),
            None => change_in_words(change, &model.cluster),
        },
        Change::DeleteReplicaSet(_, cascade) => match touched_set(&effects(story, index)) {
            Some(set) => {
                let flag = if *cascade == Cascade::Orphan { " --cascade=orphan" } else { "" };
                format!("$ kubectl delete replicaset {}{flag}", story.replica_sets[set])
            }
            None => change_in_words(change, &model.cluster),
        },
        other => change_in_words(other, &model.cluster),
    }
}

fn patch(subject: &str, field: &str, value: &str) -> String {
    format!("$ kubectl patch {subject} -p '{{\"spec\":{{\"{field}\":{value}}}}}'")
}

fn grace_flags(change: &Change) -> String {
    match change {
        Change::DeletePodWithin(_, Span::ZERO) => " --force".to_owned(),
        Change::DeletePodWithin(_, grace) => format!(" --grace-period={}", grace.as_secs_f64()),
        _ => String::new(),
    }
}

fn number_or_null(number: Option<i32>) -> String {
    number.map_or_else(|| "null".to_owned(), |number| number.to_string())
}

fn subject(story: &Story) -> String {
    format!("{}/{}", if story.is_deployment { "deployment" } else { "replicaset" }, story.name)
}

/// The output of the command of the entry at `index`; empty if it is not a command.
pub(super) fn answer(change: &Change, story: &Story, index: usize) -> String {
    let kind = if story.is_deployment { "deployment.apps" } else { "replicaset.apps" };
    let object = format!("{kind}/{}", story.name);
    let effects = effects(story, index);
    let changed = effects.iter().any(|what| matches!(what, What::Deployment(_) | What::ReplicaSet(..)));
    let refused = story.entries[index..].iter().find_map(|entry| match &entry.what {
        What::ActionDone { refused } => Some(refused.as_ref()),
        _ => None,
    });
    let refused = match refused.flatten() {
        Some(Refused::Error(why)) => return format!("error: {why}"),
        Some(Refused::Undo(why)) => Some(*why),
        None => None,
    };
    let unless = |word: &str, same: &str| format!("{object} {}", if changed { word } else { same });
    match change {
        // kubectl prints nothing if nothing changes.
        Change::SetImage(_) if !changed => String::new(),
        Change::SetImage(_) => format!("{object} image updated"),
        Change::Apply(_) => unless("configured", "unchanged"),
        Change::Edit(_) => unless("edited", "edited (no change)"),
        Change::Scale(_) => format!("{object} scaled"),
        Change::Pause if changed => format!("{object} paused"),
        Change::Pause => format!("error: deployments.apps \"{}\" is already paused", story.name),
        Change::Resume if changed => format!("{object} resumed"),
        Change::Resume => format!("error: deployments.apps \"{}\" is not paused", story.name),
        Change::Undo { .. } => match refused {
            None => format!("{object} rolled back"),
            Some(UndoRefusal::AlreadyMatches(_)) => {
                format!("{object} {}", refused.map_or(String::new(), |why| why.to_string()))
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
        Change::DeletePod(_) | Change::DeletePodWithin(..) => {
            deleted(&effects).map_or(String::new(), |pod| {
                let forced = matches!(change, Change::DeletePodWithin(_, Span::ZERO));
                let deleted = if forced { "force deleted" } else { "deleted" };
                format!("pod \"{}\" {deleted} from {} namespace", story.pods[pod].name, story.namespace)
            })
        }
        Change::EvictPod(_) => {
            deleted(&effects).map_or(String::new(), |pod| format!("pod/{} evicted", story.pods[pod].name))
        }
        Change::ScaleReplicaSet(..) => touched_set(&effects)
            .map_or(String::new(), |set| format!("replicaset.apps/{} scaled", story.replica_sets[set])),
        Change::DeleteReplicaSet(..) => touched_set(&effects).map_or(String::new(), |set| {
            let name = &story.replica_sets[set];
            format!("replicaset.apps \"{name}\" deleted from {} namespace", story.namespace)
        }),
        _ => String::new(),
    }
}

/// The entries between the beginning and the end of the action of the entry at `index`.
fn effects(story: &Story, index: usize) -> Vec<&What> {
    let is_going_on = |what: &&What| !matches!(what, What::ActionDone { .. });
    story.entries[index + 1..].iter().map(|entry| &entry.what).take_while(is_going_on).collect()
}

/// The `ReplicaSet` that the action changes or deletes.
fn touched_set(effects: &[&What]) -> Option<usize> {
    effects.iter().find_map(|what| match what {
        What::ReplicaSet(index, _) | What::ReplicaSetGone(index) => Some(*index),
        _ => None,
    })
}

/// The pod that the action deletes.
fn deleted(effects: &[&What]) -> Option<usize> {
    effects.iter().find_map(|what| match what {
        What::Pod(index, view) if view.deletion.is_some() => Some(*index),
        What::PodGone(index) => Some(*index),
        _ => None,
    })
}
