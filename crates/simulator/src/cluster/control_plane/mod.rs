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
            // The client is gone.
            ControlPlaneEvent::CallsAgain(..)
            | ControlPlaneEvent::ArrivesAgain(..)
            | ControlPlaneEvent::Reviewed(..) => {}
        }
    }
}
