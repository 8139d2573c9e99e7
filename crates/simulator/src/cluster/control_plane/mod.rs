//! The control plane under faults: calls that fail or take long, a leader that goes, watches that fall
//! behind, controllers with less to work with.
//!
//! All calls of the two controllers come through here on their way to the API server, whether a scenario or
//! the script of a recording disturbs them. Without a disturbance that costs a look at an empty list.

mod call;
mod disturbance;
mod leader;
mod slow;

pub(super) use call::{Call, Fate, Treatment};
pub(super) use disturbance::{Calls, Disturbance, Effect, Stale};

use super::event::Incarnation;
use super::pod::PodId;
use super::world::World;
use crate::observe::Observer;
use controller::api::ReplicaSetId;

/// What happens in the control plane beside the ordinary ways of calls.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ControlPlaneEvent {
    /// A client that was told to wait calls again: index of the call that is kept.
    CallsAgain(Incarnation, u32),
    /// Such a call arrives.
    ArrivesAgain(Incarnation, u32),
    /// Admission has found out what it had to ask for: index of the call that is kept.
    Reviewed(Incarnation, u32),
    /// The garbage collector deletes a pod.
    Collected(PodId),
    /// The garbage collector begins to take the pods of a `ReplicaSet` from it.
    Orphans(ReplicaSetId),
    /// It has taken one.
    Orphaned(PodId, ReplicaSetId),
    /// It has taken all.
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
            // The client is gone.
            ControlPlaneEvent::CallsAgain(..)
            | ControlPlaneEvent::ArrivesAgain(..)
            | ControlPlaneEvent::Reviewed(..) => {}
        }
    }
}
