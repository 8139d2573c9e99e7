//! What an entry of a story holds: objects as `kubectl` shows them.

use super::event::Event;
use crate::Span;
use crate::observe::Stage;
use controller::api::{ConditionStatus, ConditionType, IntOrPercent, Reason, Strategy};
use controller::deployment::UndoRefusal;

/// Something that happened.
#[derive(Debug, Clone, PartialEq)]
pub struct Entry {
    /// When.
    pub at: Span,
    /// What.
    pub what: What,
}

/// What happened. Objects are shown as they are afterwards.
#[derive(Debug, Clone, PartialEq)]
#[expect(missing_docs, reason = "fields say what they are")]
pub enum What {
    /// The user does something: index into the model's actions. Its effects follow.
    Action(usize),
    /// The user has done it; why it was refused.
    ActionDone { refused: Option<Refused> },
    /// The eviction API has refused to evict a pod, by index: the budget, by its index in the model, wants `desired`
    /// healthy pods and has `healthy`. A drain asks again later.
    EvictionRefused { pod: usize, budget: usize, healthy: i32, desired: i32, again: Option<Span> },
    /// A fault begins: index into the model's faults.
    FaultBegins(usize),
    /// A fault ends.
    FaultEnds(usize),
    /// The Deployment was created or changed.
    Deployment(Box<DeploymentView>),
    /// A `ReplicaSet`, by index, was created or changed.
    ReplicaSet(usize, Box<ReplicaSetView>),
    /// A `ReplicaSet` was deleted.
    ReplicaSetGone(usize),
    /// A pod, by index, was created or has changed.
    Pod(usize, Box<PodView>),
    /// A pod's object is gone.
    PodGone(usize),
    /// A Kubernetes Event was posted.
    Event(Box<Event>),
}

/// Why what the user asked for changed nothing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Refused {
    /// `kubectl rollout undo` has no revision to go back to.
    Undo(UndoRefusal),
    /// The message of an error.
    Error(String),
}

/// The Deployment.
#[derive(Debug, Clone, PartialEq)]
#[expect(missing_docs, reason = "the API's own fields")]
pub struct DeploymentView {
    pub generation: i64,
    pub observed_generation: i64,
    pub revision: i64,
    /// `spec.replicas`
    pub desired: i32,
    pub paused: bool,
    pub strategy: Strategy,
    pub min_ready_seconds: i32,
    pub progress_deadline_seconds: Option<i32>,
    /// Init containers of the template with their images.
    pub init_images: Vec<(String, String)>,
    /// Ordinary containers of the template with their images.
    pub images: Vec<(String, String)>,
    /// Number of the template, in order of first appearance.
    pub template: u32,
    pub replicas: i32,
    pub updated: i32,
    pub ready: i32,
    pub available: i32,
    pub unavailable: i32,
    /// In stored order.
    pub conditions: Vec<ConditionView>,
}

/// A condition of the Deployment.
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(missing_docs, reason = "the API's own fields")]
pub struct ConditionView {
    pub kind: ConditionType,
    pub status: ConditionStatus,
    pub reason: Reason,
    pub message: String,
    pub last_update: Span,
    pub last_transition: Span,
}

/// A `ReplicaSet`.
#[derive(Debug, Clone, PartialEq)]
#[expect(missing_docs, reason = "the API's own fields")]
pub struct ReplicaSetView {
    pub created: Span,
    pub revision: i64,
    /// Number of the template, in order of first appearance.
    pub template: u32,
    /// Ordinary containers of the template with their images.
    pub images: Vec<(String, String)>,
    /// `spec.replicas`
    pub desired: i32,
    /// `status.replicas`
    pub replicas: i32,
    pub ready: i32,
    pub available: i32,
    /// Reason and message of its condition `ReplicaFailure`.
    pub failure: Option<(&'static str, String)>,
}

/// What of a pod never changes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PodIdentity {
    /// Its name.
    pub name: String,
    /// Index of the `ReplicaSet` that made it; `None` for a bare pod.
    pub replica_set: Option<usize>,
    /// Number of its template, in order of first appearance.
    pub template: u32,
}

/// A pod as `kubectl get pods -o wide` shows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PodView {
    /// When it was created, in whole seconds of the API server's clock.
    pub created: Span,
    /// Containers that are ready.
    pub ready: u16,
    /// All containers of the application, and its sidecars.
    pub containers: u16,
    /// The column STATUS.
    pub status: String,
    /// Restarts of its containers.
    pub restarts: u32,
    /// Index of its node.
    pub node: Option<usize>,
    /// Its condition Ready is True.
    pub is_ready: bool,
    /// When it is to be gone at the latest.
    pub deletion: Option<Span>,
    /// What it waits for.
    pub stage: Stage,
}

/// A number of pods as written in a manifest: `25%` or `3`.
#[must_use]
pub fn percent_or_number(value: IntOrPercent) -> String {
    match value {
        IntOrPercent::Int(number) => number.to_string(),
        IntOrPercent::Percent(percent) => format!("{percent}%"),
    }
}
