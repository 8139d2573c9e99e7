//! The control plane under faults: failing or slow calls, leader changes, delayed watches, slow controllers.
//!
//! All calls of the two controllers pass through this module on their way to the API server, both with faults
//! and with the script of a recording. Without a disturbance the cost is one check of an empty list.

mod call;
mod disturbance;
mod leader;
mod slow;

pub(super) use call::{Call, CallHandling, CallResult};
pub(super) use disturbance::{Calls, Disturbance, Effect, StaleWatch};

use super::event::Incarnation;
use super::pod::PodId;
use super::world::World;
use crate::observe::Observer;
use controller::api::ReplicaSetId;

/// Events of the control plane other than normal calls.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ControlPlaneEvent {
    /// A client retries after `Retry-After`: index of the waiting call.
    CallsAgain(Incarnation, u32),
    /// The retried call arrives.
    ArrivesAgain(Incarnation, u32),
    /// The reviews of a new pod are complete: index of the waiting call.
    Reviewed(Incarnation, u32),
    /// The garbage collector deletes a pod.
    Collected(PodId),
    /// The garbage collector begins to orphan the pods of a `ReplicaSet`.
    Orphans(ReplicaSetId),
    /// It has orphaned one.
    Orphaned(PodId, ReplicaSetId),
    /// It has orphaned all.
    OrphaningEnds(ReplicaSetId),
}

impl<O: Observer> World<O> {
    pub(super) fn control_plane_event(&mut self, event: ControlPlaneEvent) {
        match event {
            ControlPlaneEvent::CallsAgain(life, kept) if life == self.incarnation => self.call_again(kept),
            ControlPlaneEvent::ArrivesAgain(life, kept) if life == self.incarnation => {
                self.arrive_again(kept);
            }
            ControlPlaneEvent::Reviewed(life, kept) if life == self.incarnation => self.reviewed(kept),
            ControlPlaneEvent::Collected(pod) => self.collect_dependent(pod),
            ControlPlaneEvent::Orphans(owner) => self.orphan_pods(owner),
            ControlPlaneEvent::Orphaned(pod, owner) => self.orphan_pod(pod, owner),
            ControlPlaneEvent::OrphaningEnds(owner) => self.orphaning_ends(owner),
            // The client has stopped.
            ControlPlaneEvent::CallsAgain(..)
            | ControlPlaneEvent::ArrivesAgain(..)
            | ControlPlaneEvent::Reviewed(..) => {}
        }
    }
}
