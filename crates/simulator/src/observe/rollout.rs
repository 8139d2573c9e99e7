//! The rollout clock, the outcome of the rollout, and the progress deadline.

use super::rollout_status::{RolloutStatus, exit_code};
use crate::cluster::ApiServer;
use crate::record::{DeadlineRecord, Outcome, RolloutStatusRecord};
use crate::{Span, Timestamp};
use controller::api::{ConditionStatus, ConditionType, Deployment, Reason, TemplateId};

/// Tracks the Deployment from write to write.
#[derive(Debug, Clone, Default)]
pub(super) struct RolloutClock {
    start: Timestamp,
    template: Option<TemplateId>,
    began: Option<Timestamp>,
    ended: Option<Timestamp>,
    template_change_to_come: bool,
    superseded: u32,
    rolled_back: bool,
    deadline: DeadlineRecord,
    status: RolloutStatus,
    /// Reason and status of condition Progressing and the begin of its deadline, as last observed.
    progressing: Option<(Reason, ConditionStatus, Timestamp)>,
    /// Time since the last progress, on the progress clock. An exceeded deadline does not reset it.
    without_progress_since: Option<Timestamp>,
}

/// Effect of an observation of the Deployment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum RolloutChange {
    Nothing,
    Began,
    Ended,
}

impl RolloutClock {
    pub(super) fn begin(&mut self, start: Timestamp, api: &ApiServer) {
        *self = Self { start, ..Self::default() };
        if let Some(deployment) = &api.deployment {
            self.template = Some(deployment.spec.template);
            self.progressing = progressing(deployment);
            self.without_progress_since = self.clock_runs_since();
        }
    }

    pub(super) fn user_acts(&mut self, template_change_to_come: bool) {
        self.template_change_to_come = template_change_to_come;
    }

    pub(super) fn rolled_back(&mut self) {
        self.rolled_back = true;
    }

    /// Whether the clock runs.
    pub(super) const fn is_under_way(&self) -> bool {
        self.began.is_some() && self.ended.is_none()
    }

    /// Start and end of the clock.
    pub(super) const fn clock(&self) -> (Option<Timestamp>, Option<Timestamp>) {
        (self.began, self.ended)
    }

    pub(super) const fn superseded(&self) -> u32 {
        self.superseded
    }

    pub(super) const fn was_rolled_back(&self) -> bool {
        self.rolled_back
    }

    pub(super) const fn rollout_status(&self) -> RolloutStatusRecord {
        self.status.finish()
    }

    /// The Deployment was written.
    pub(super) fn deployment(&mut self, now: Timestamp, deployment: &Deployment) -> RolloutChange {
        self.watch_deadline(now, deployment);
        let template = deployment.spec.template;
        if self.template != Some(template) {
            self.template = Some(template);
            return self.template_changed(now);
        }
        self.status.deployment(deployment);
        if self.is_under_way() && !self.template_change_to_come && exit_code(deployment) == Some(0) {
            self.ended = Some(now);
            return RolloutChange::Ended;
        }
        RolloutChange::Nothing
    }

    fn template_changed(&mut self, now: Timestamp) -> RolloutChange {
        self.status.template_changed();
        if self.began.is_none() {
            self.began = Some(now);
            return RolloutChange::Began;
        }
        // An action after the end restarts the same clock, not a second one.
        if self.ended.take().is_none() {
            self.superseded += 1;
        }
        RolloutChange::Nothing
    }

    fn watch_deadline(&mut self, now: Timestamp, deployment: &Deployment) {
        let current = progressing(deployment);
        if current == self.progressing {
            return;
        }
        self.note_margin(now, deployment);
        let was_exceeded = self.is_exceeded();
        self.progressing = current;
        self.note_progress(now);
        match (was_exceeded, self.is_exceeded()) {
            (false, true) => {
                self.deadline.first_fired.get_or_insert(now.since(self.start));
                self.deadline.margin = Some(Span::ZERO);
            }
            (true, false) => self.deadline.recovered += 1,
            _ => {}
        }
    }

    fn is_exceeded(&self) -> bool {
        self.progressing.is_some_and(|(reason, ..)| reason == Reason::ProgressDeadlineExceeded)
    }

    /// Ends the interval without progress, unless only the deadline was exceeded.
    fn note_progress(&mut self, now: Timestamp) {
        if self.is_exceeded() {
            return;
        }
        if let Some(since) = self.without_progress_since.take() {
            let stretch = now.since(since).at_least_zero();
            let longest =
                self.deadline.longest_without_progress.map_or(stretch, |longest| longest.max(stretch));
            self.deadline.longest_without_progress = Some(longest);
        }
        self.without_progress_since = self.clock_runs_since();
    }

    /// Start of the progress clock; `None` if it is stopped.
    fn clock_runs_since(&self) -> Option<Timestamp> {
        self.progressing.filter(|(reason, ..)| !stands(*reason)).map(|(.., since)| since)
    }

    /// Records the time left on the deadline when it was reset or stopped.
    fn note_margin(&mut self, now: Timestamp, deployment: &Deployment) {
        let Some(deadline) = deployment.progress_deadline() else { return };
        let Some((reason, _, since)) = self.progressing else { return };
        if !stands(reason) {
            let left = (since + deadline).since(now).at_least_zero();
            self.deadline.margin = Some(self.deadline.margin.map_or(left, |least| least.min(left)));
        }
    }

    pub(super) fn finish(
        &mut self,
        end: Timestamp,
        api: &ApiServer,
    ) -> (Outcome, Option<Span>, DeadlineRecord) {
        if let Some(deployment) = &api.deployment {
            self.note_margin(end, deployment);
        }
        let fired = self.deadline.first_fired.is_some();
        let outcome = match (self.began, self.ended, fired) {
            (None, ..) => Outcome::NoRollout,
            (Some(_), Some(_), false) => Outcome::Complete,
            (Some(_), Some(_), true) => Outcome::CompleteAfterDeadline,
            (Some(_), None, true) => Outcome::DeadlineExceeded,
            (Some(_), None, false) => Outcome::Unfinished,
        };
        if let (Some(began), None, Some(since)) = (self.began, self.ended, self.without_progress_since) {
            self.deadline.last_progress = Some(since.since(began).at_least_zero());
            self.deadline.stalled = Some(end.since(since));
        }
        let took = self.began.zip(self.ended).map(|(began, ended)| ended.since(began));
        (outcome, took, self.deadline)
    }
}

/// Whether this reason stops the progress clock.
const fn stands(reason: Reason) -> bool {
    matches!(
        reason,
        Reason::NewReplicaSetAvailable | Reason::ProgressDeadlineExceeded | Reason::DeploymentPaused
    )
}

fn progressing(deployment: &Deployment) -> Option<(Reason, ConditionStatus, Timestamp)> {
    let condition = deployment.status.conditions.get(ConditionType::Progressing)?;
    Some((condition.reason, condition.status, condition.last_update))
}

/// Whether the Deployment reports that its progress deadline is exceeded.
pub(super) fn is_exceeded(deployment: &Deployment) -> bool {
    progressing(deployment).is_some_and(|(reason, ..)| reason == Reason::ProgressDeadlineExceeded)
}
