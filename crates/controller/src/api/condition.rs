//! Conditions of a Deployment: reasons, messages and the rules for replacement.

use super::replica_set::{FailureReason, ReplicaSetName};
use crate::Timestamp;

/// Which aspect of a Deployment a condition describes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ConditionType {
    /// Enough pods are available.
    Available,
    /// The rollout progresses, or is complete.
    Progressing,
    /// Pods could not be created or deleted.
    ReplicaFailure,
}

impl ConditionType {
    /// Its name in the API.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Available => "Available",
            Self::Progressing => "Progressing",
            Self::ReplicaFailure => "ReplicaFailure",
        }
    }
}

/// Whether a condition holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ConditionStatus {
    /// It holds.
    True,
    /// It does not hold.
    False,
    /// Unknown, as the progress of a paused Deployment.
    Unknown,
}

impl ConditionStatus {
    /// Its name in the API.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::True => "True",
            Self::False => "False",
            Self::Unknown => "Unknown",
        }
    }
}

/// Why a condition has its status (`pkg/controller/deployment/util/deployment_util.go`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Reason {
    /// Available: enough pods are available.
    MinimumReplicasAvailable,
    /// Available: too few pods are available.
    MinimumReplicasUnavailable,
    /// Progressing: the new `ReplicaSet` was created.
    NewReplicaSetCreated,
    /// Progressing: a `ReplicaSet` with the template existed already.
    FoundNewReplicaSet,
    /// Progressing: counts moved towards the goal.
    ReplicaSetUpdated,
    /// Progressing: the rollout is complete.
    NewReplicaSetAvailable,
    /// Progressing: no progress within `progressDeadlineSeconds`.
    ProgressDeadlineExceeded,
    /// Progressing: the new `ReplicaSet` could not be created.
    ReplicaSetCreateError,
    /// Progressing: the Deployment is paused.
    DeploymentPaused,
    /// Progressing: the Deployment was resumed.
    DeploymentResumed,
    /// `ReplicaFailure`, with the reason of the `ReplicaSet`.
    Failed(FailureReason),
}

impl Reason {
    /// Its name in the API.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::MinimumReplicasAvailable => "MinimumReplicasAvailable",
            Self::MinimumReplicasUnavailable => "MinimumReplicasUnavailable",
            Self::NewReplicaSetCreated => "NewReplicaSetCreated",
            Self::FoundNewReplicaSet => "FoundNewReplicaSet",
            Self::ReplicaSetUpdated => "ReplicaSetUpdated",
            Self::NewReplicaSetAvailable => "NewReplicaSetAvailable",
            Self::ProgressDeadlineExceeded => "ProgressDeadlineExceeded",
            Self::ReplicaSetCreateError => "ReplicaSetCreateError",
            Self::DeploymentPaused => "DeploymentPaused",
            Self::DeploymentResumed => "DeploymentResumed",
            Self::Failed(reason) => reason.as_str(),
        }
    }
}

/// A handle to an API error. The API server can print it; for a controller only the identity of the text
/// matters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ErrorId(pub u32);

/// The text of a condition in structured form, because a condition is compared in every sync and rarely
/// printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Message {
    /// The fixed text that belongs to the condition's reason.
    OfReason,
    /// About this `ReplicaSet`.
    ReplicaSet(ReplicaSetName),
    /// About the Deployment itself, where there is no new `ReplicaSet`.
    Deployment,
    /// The text of an API error.
    Error(ErrorId),
    /// Creating this `ReplicaSet` failed with that error.
    CreateFailed(ReplicaSetName, ErrorId),
}

impl Message {
    /// The message as the API shows it, given the reason it belongs to and a way to print names and errors.
    #[must_use]
    pub fn text(
        self,
        reason: Reason,
        deployment: &str,
        replica_set: impl Fn(ReplicaSetName) -> String,
        error: impl Fn(ErrorId) -> String,
    ) -> String {
        let subject = match self {
            Self::OfReason => return reason.fixed_text().to_owned(),
            Self::Error(id) => return error(id),
            Self::CreateFailed(name, id) => {
                return format!("Failed to create new replica set \"{}\": {}", replica_set(name), error(id));
            }
            Self::ReplicaSet(name) => format!("ReplicaSet \"{}\"", replica_set(name)),
            Self::Deployment => format!("Deployment \"{deployment}\""),
        };
        match reason {
            Reason::NewReplicaSetAvailable => format!("{subject} has successfully progressed."),
            Reason::ProgressDeadlineExceeded => format!("{subject} has timed out progressing."),
            Reason::NewReplicaSetCreated => {
                format!("Created new replica set{}", &subject["ReplicaSet".len()..])
            }
            Reason::FoundNewReplicaSet => format!("Found new replica set{}", &subject["ReplicaSet".len()..]),
            _ => format!("{subject} is progressing."),
        }
    }
}

impl Reason {
    /// The text of reasons whose message never varies.
    const fn fixed_text(self) -> &'static str {
        match self {
            Self::MinimumReplicasAvailable => "Deployment has minimum availability.",
            Self::MinimumReplicasUnavailable => "Deployment does not have minimum availability.",
            Self::DeploymentPaused => "Deployment is paused",
            Self::DeploymentResumed => "Deployment is resumed",
            _ => "",
        }
    }
}

/// One condition of a Deployment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Condition {
    /// Which aspect.
    pub kind: ConditionType,
    /// Whether it holds.
    pub status: ConditionStatus,
    /// Why.
    pub reason: Reason,
    /// Why, for people.
    pub message: Message,
    /// When the condition was last written; the progress deadline counts from here.
    pub last_update: Timestamp,
    /// When the status last changed.
    pub last_transition: Timestamp,
}

impl Condition {
    /// A condition that takes effect now. Its times are truncated to whole seconds, as in storage.
    #[must_use]
    pub fn new(
        kind: ConditionType,
        status: ConditionStatus,
        reason: Reason,
        message: Message,
        now: Timestamp,
    ) -> Self {
        Self { kind, status, reason, message, last_update: now.stored(), last_transition: now.stored() }
    }
}

/// The conditions of a Deployment in the order in which they are stored: at most one of each type.
#[derive(Debug, Clone, Copy, Default)]
pub struct Conditions {
    slots: [Option<Condition>; 3],
}

impl PartialEq for Conditions {
    /// Equal in content and order, as in the deep comparison before a status write.
    fn eq(&self, other: &Self) -> bool {
        self.slots == other.slots
    }
}

impl Eq for Conditions {}

impl Conditions {
    /// The conditions in stored order.
    pub fn iter(&self) -> impl Iterator<Item = &Condition> {
        self.slots.iter().flatten()
    }

    /// The condition of that type.
    #[must_use]
    pub fn get(&self, kind: ConditionType) -> Option<&Condition> {
        self.iter().find(|condition| condition.kind == kind)
    }

    /// Stores a condition like `SetDeploymentCondition`: if one with the same status **and** the same reason
    /// exists, nothing changes (its message and times stay); otherwise the old one is removed and the new one
    /// goes to the end, keeping the transition time if the status stays the same.
    pub fn set(&mut self, mut condition: Condition) {
        if let Some(current) = self.get(condition.kind) {
            if current.status == condition.status && current.reason == condition.reason {
                return;
            }
            if current.status == condition.status {
                condition.last_transition = current.last_transition;
            }
        }
        self.replace(condition);
    }

    /// Stores a condition at the end and replaces an existing one of its type.
    pub fn replace(&mut self, condition: Condition) {
        self.remove(condition.kind);
        // There are as many slots as types, so one is free.
        if let Some(free) = self.slots.iter_mut().find(|slot| slot.is_none()) {
            *free = Some(condition);
        }
    }

    /// Removes the condition of that type and keeps the order of the others.
    pub fn remove(&mut self, kind: ConditionType) {
        let Some(at) = self.slots.iter().position(|slot| slot.is_some_and(|c| c.kind == kind)) else {
            return;
        };
        self.slots[at] = None;
        self.slots[at..].rotate_left(1);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn progressing(status: ConditionStatus, reason: Reason, second: i64) -> Condition {
        Condition::new(
            ConditionType::Progressing,
            status,
            reason,
            Message::OfReason,
            Timestamp::from_secs(second),
        )
    }

    #[test]
    fn a_condition_with_the_same_status_and_reason_stays_frozen() {
        let mut conditions = Conditions::default();
        conditions.set(progressing(ConditionStatus::True, Reason::ReplicaSetUpdated, 1));
        conditions.set(progressing(ConditionStatus::True, Reason::ReplicaSetUpdated, 9));
        assert_eq!(conditions.get(ConditionType::Progressing).unwrap().last_update, Timestamp::from_secs(1));
    }

    #[test]
    fn a_new_reason_keeps_the_transition_time_and_goes_to_the_end() {
        let mut conditions = Conditions::default();
        conditions.set(progressing(ConditionStatus::True, Reason::ReplicaSetUpdated, 1));
        conditions.set(Condition::new(
            ConditionType::Available,
            ConditionStatus::True,
            Reason::MinimumReplicasAvailable,
            Message::OfReason,
            Timestamp::from_secs(2),
        ));
        conditions.set(progressing(ConditionStatus::True, Reason::NewReplicaSetAvailable, 5));
        let order: Vec<_> = conditions.iter().map(|c| c.kind).collect();
        assert_eq!(order, [ConditionType::Available, ConditionType::Progressing]);
        let stored = conditions.get(ConditionType::Progressing).unwrap();
        assert_eq!(
            (stored.last_update, stored.last_transition),
            (Timestamp::from_secs(5), Timestamp::from_secs(1))
        );
    }

    #[test]
    fn messages_read_as_kubectl_shows_them() {
        let name = ReplicaSetName::new(super::super::TemplateId(0), 7);
        let text = |message: Message, reason| {
            message.text(reason, "web", |_| "web-7".to_owned(), |_| "pods \"x\" is forbidden".to_owned())
        };
        let about = Message::ReplicaSet(name);
        assert_eq!(text(about, Reason::ReplicaSetUpdated), "ReplicaSet \"web-7\" is progressing.");
        assert_eq!(text(about, Reason::NewReplicaSetCreated), "Created new replica set \"web-7\"");
        assert_eq!(text(about, Reason::FoundNewReplicaSet), "Found new replica set \"web-7\"");
        assert_eq!(
            text(about, Reason::ProgressDeadlineExceeded),
            "ReplicaSet \"web-7\" has timed out progressing."
        );
        assert_eq!(
            text(Message::Deployment, Reason::ReplicaSetUpdated),
            "Deployment \"web\" is progressing."
        );
        assert_eq!(
            text(about, Reason::NewReplicaSetAvailable),
            "ReplicaSet \"web-7\" has successfully progressed."
        );
        assert_eq!(text(Message::OfReason, Reason::DeploymentPaused), "Deployment is paused");
        assert_eq!(text(Message::OfReason, Reason::DeploymentResumed), "Deployment is resumed");
        assert_eq!(
            text(Message::OfReason, Reason::MinimumReplicasAvailable),
            "Deployment has minimum availability."
        );
        assert_eq!(
            text(Message::OfReason, Reason::MinimumReplicasUnavailable),
            "Deployment does not have minimum availability."
        );
        assert_eq!(
            text(Message::Error(ErrorId(0)), Reason::Failed(FailureReason::FailedCreate)),
            "pods \"x\" is forbidden"
        );
        assert_eq!(
            text(Message::CreateFailed(name, ErrorId(0)), Reason::ReplicaSetCreateError),
            "Failed to create new replica set \"web-7\": pods \"x\" is forbidden"
        );
    }
}
