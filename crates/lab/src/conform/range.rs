//! Numbers of a script that a simulation can do something with. The recordings lie far within.

use super::case::{Case, CaseImage, Op};

/// Latest moment, in milliseconds: about eleven days.
const LATEST_MS: i64 = 1_000_000_000;
/// Most pods that a script may ask for.
const MOST_PODS: i64 = 100_000;

/// Checks every number of a script.
///
/// # Errors
/// Names the first field that is out of range, its value and the range.
pub(super) fn check(case: &Case) -> Result<(), String> {
    let deployment = &case.deployment;
    within("nodes", case.nodes.into(), 1, MOST_PODS)?;
    within("until_ms", case.until_ms, 0, LATEST_MS)?;
    within("deployment.replicas", deployment.replicas.into(), 0, MOST_PODS)?;
    within("deployment.min_ready_seconds", deployment.min_ready_seconds.into(), 0, i32::MAX.into())?;
    let deadline = deployment.progress_deadline_seconds;
    within("deployment.progress_deadline_seconds", deadline.into(), 0, i32::MAX.into())?;
    within(
        "deployment.revision_history_limit",
        deployment.revision_history_limit.into(),
        0,
        i32::MAX.into(),
    )?;
    case.images.values().try_for_each(image)?;
    for action in &case.actions {
        within("at_ms", action.at_ms, 0, LATEST_MS)?;
        op(&action.op)?;
    }
    Ok(())
}

fn image(image: &CaseImage) -> Result<(), String> {
    within("schedule_ms", image.schedule_ms, 0, LATEST_MS)?;
    within("terminate_ms", image.terminate_ms, 0, LATEST_MS)?;
    let lists = [&image.ready_after_ms, &image.unready_after_ms, &image.ready_again_after_ms];
    let mut spans = lists.into_iter().flatten().flatten();
    spans.try_for_each(|millis| within("a time of an image", *millis, 0, LATEST_MS))
}

fn op(op: &Op) -> Result<(), String> {
    match op {
        Op::Scale { replicas } | Op::SetImageAndScale { replicas, .. } => {
            within("replicas", (*replicas).into(), 0, MOST_PODS)
        }
        Op::SetMinReadySeconds { seconds } | Op::SetProgressDeadlineSeconds { seconds } => {
            within("seconds", (*seconds).into(), 0, i32::MAX.into())
        }
        Op::SetRevisionHistoryLimit { limit } => within("limit", (*limit).into(), 0, i32::MAX.into()),
        Op::HealImage { ready_after_ms, .. } => within("ready_after_ms", *ready_after_ms, 0, LATEST_MS),
        Op::ApiErrors { for_ms, .. } | Op::RestartControllers { for_ms } => {
            within("for_ms", *for_ms, 0, LATEST_MS)
        }
        _ => Ok(()),
    }
}

fn within(field: &str, value: i64, least: i64, most: i64) -> Result<(), String> {
    if (least..=most).contains(&value) {
        Ok(())
    } else {
        Err(format!("{field} is {value}, which is not between {least} and {most}"))
    }
}
