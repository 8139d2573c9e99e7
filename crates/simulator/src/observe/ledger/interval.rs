//! Records of the current interval, and the attribution of an interval to causes once its owner is known.
//!
//! Every function attributes exactly the interval that it gets, so the ledger adds up.

use super::history::History;
use super::pods::{LostPod, PodRecords};
use crate::Timestamp;
use crate::cluster::PodId;
use crate::observe::Stage;
use crate::record::{Cause, Ledger};

/// What blocks the decisions of the Deployment controller.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) enum DeploymentBlock {
    /// Nothing.
    #[default]
    Open,
    /// The user has paused the Deployment.
    Paused,
    /// Strategy Recreate: old pods are terminating.
    Draining,
    /// The creation of its `ReplicaSet` is refused.
    Refused,
    /// The rollout is complete.
    Complete,
}

/// What blocks the creation of pods.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) enum CreationBlock {
    /// No known refusal.
    #[default]
    Open,
    /// The last creation was refused, and the next one would be too.
    Refused,
    /// The same, but only because terminating pods still count.
    Held,
    /// The last creation was refused, but the next one would not be.
    Tail,
}

/// Owner of the time that has no other cause.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum DefaultOwner {
    /// The controllers: their write ended the interval.
    Controllers,
    /// The controllers up to the last activity of the cluster, a person after that.
    HumanSince(Timestamp),
}

/// Records of the current interval.
#[derive(Debug, Clone, Default)]
pub(super) struct IntervalRecords {
    pub(super) pods: PodRecords,
    pub(super) gate: History<DeploymentBlock>,
    pub(super) creation: History<CreationBlock>,
    /// Whether any pods terminate.
    pub(super) draining: History<bool>,
    /// The last loss of a new pod.
    pub(super) lost: Option<LostPod>,
}

impl IntervalRecords {
    pub(super) fn reset(&mut self) {
        self.pods.reset();
        self.gate.reset(DeploymentBlock::Open);
        self.creation.reset(CreationBlock::Open);
        self.draining.reset(false);
        self.lost = None;
    }

    /// A new interval begins.
    pub(super) fn forget(&mut self) {
        self.pods.forget();
        self.gate.forget();
        self.creation.forget();
        self.draining.forget();
        self.lost = None;
    }

    /// An interval that ended with progress of a pod: the stages of the pod, the cause of its creation, and
    /// the stages of the pod that it replaces.
    pub(super) fn book_pod(&self, ledger: &mut Ledger, id: PodId, from: Timestamp, to: Timestamp) {
        let (mut id, mut to) = (id, to);
        while from < to {
            let (born, replaces) = self.pods.birth(id);
            let born = born.clamp(from, to);
            self.book_stages(ledger, id, born, to);
            let wanted = replaces.map_or(from, |lost| lost.at.clamp(from, born));
            self.book_creation(ledger, wanted, born);
            match replaces.map(|lost| lost.awaited) {
                Some(Some(awaited)) => (id, to) = (awaited, wanted),
                Some(None) => {
                    return self.book_nothing_in_flight(ledger, from, wanted, DefaultOwner::Controllers);
                }
                None => return,
            }
        }
    }

    /// A Ready pod waits for `minReadySeconds`, unless it lost readiness again: then the time goes to the
    /// next stage.
    fn book_stages(&self, ledger: &mut Ledger, id: PodId, from: Timestamp, to: Timestamp) {
        let mut next = Cause::MinReady;
        self.pods.visit_stages(id, from, to, |stage, from, to| {
            if stage == Stage::NoRoom {
                next = Cause::Scheduling;
                return self.book_without_room(ledger, from, to);
            }
            if let Some(cause) = cause(stage) {
                next = cause;
            }
            ledger.book(next, to.since(from));
        });
    }

    /// Terminating pods keep their resources on the nodes.
    fn book_without_room(&self, ledger: &mut Ledger, from: Timestamp, to: Timestamp) {
        for (from, to, draining) in self.draining.pieces(from, to) {
            ledger.book(if draining { Cause::Terminating } else { Cause::Scheduling }, to.since(from));
        }
    }

    /// An interval that ended with the creation of a pod.
    pub(super) fn book_creation(&self, ledger: &mut Ledger, from: Timestamp, to: Timestamp) {
        for (from, to, creation) in self.creation.pieces(from, to) {
            match creation {
                CreationBlock::Refused => ledger.book(Cause::QuotaWait, to.since(from)),
                CreationBlock::Held => ledger.book(Cause::Terminating, to.since(from)),
                CreationBlock::Tail => ledger.book(Cause::RetryTail, to.since(from)),
                CreationBlock::Open => self.book_write(ledger, from, to),
            }
        }
    }

    /// An interval that ended with a write of the Deployment controller.
    pub(super) fn book_write(&self, ledger: &mut Ledger, from: Timestamp, to: Timestamp) {
        for (from, to, gate) in self.gate.pieces(from, to) {
            ledger.book(gate_cause(gate).unwrap_or(Cause::ControlPlane), to.since(from));
        }
    }

    /// An interval that did not end with an action of the cluster, or never ended: attributed to what the
    /// rollout waited for.
    pub(super) fn book_waiting(
        &self,
        ledger: &mut Ledger,
        from: Timestamp,
        to: Timestamp,
        rest: DefaultOwner,
    ) {
        for (from, to, gate) in self.gate.pieces(from, to) {
            match (gate_cause(gate), self.pods.furthest_ahead()) {
                (Some(cause), _) => ledger.book(cause, to.since(from)),
                (None, Some(pod)) => self.book_pod(ledger, pod, from, to),
                (None, None) => self.book_without_pods(ledger, from, to, rest),
            }
        }
    }

    /// No pod is in flight now; there may have been one up to the last loss.
    fn book_without_pods(&self, ledger: &mut Ledger, from: Timestamp, to: Timestamp, rest: DefaultOwner) {
        let lost = self.lost.map_or(from, |lost| lost.at.clamp(from, to));
        match self.lost.and_then(|lost| lost.awaited) {
            Some(awaited) => self.book_pod(ledger, awaited, from, lost),
            None => self.book_nothing_in_flight(ledger, from, lost, DefaultOwner::Controllers),
        }
        self.book_nothing_in_flight(ledger, lost, to, rest);
    }

    fn book_nothing_in_flight(
        &self,
        ledger: &mut Ledger,
        from: Timestamp,
        to: Timestamp,
        rest: DefaultOwner,
    ) {
        for (from, to, creation) in self.creation.pieces(from, to) {
            match rest {
                DefaultOwner::HumanSince(quiet) if creation == CreationBlock::Open => {
                    let quiet = quiet.clamp(from, to);
                    ledger.book(Cause::ControlPlane, quiet.since(from));
                    ledger.book(Cause::Human, to.since(quiet));
                }
                _ => self.book_creation(ledger, from, to),
            }
        }
    }

    /// An interval that ended with a user's change of the template, after the deadline was exceeded.
    pub(super) fn book_human(&self, ledger: &mut Ledger, from: Timestamp, to: Timestamp) {
        for (from, to, gate) in self.gate.pieces(from, to) {
            let cause = match gate {
                DeploymentBlock::Paused => Cause::Paused,
                DeploymentBlock::Complete => Cause::NothingLeft,
                DeploymentBlock::Open | DeploymentBlock::Draining | DeploymentBlock::Refused => Cause::Human,
            };
            ledger.book(cause, to.since(from));
        }
    }
}

const fn gate_cause(gate: DeploymentBlock) -> Option<Cause> {
    match gate {
        DeploymentBlock::Open => None,
        DeploymentBlock::Paused => Some(Cause::Paused),
        DeploymentBlock::Draining => Some(Cause::Terminating),
        DeploymentBlock::Refused => Some(Cause::QuotaWait),
        DeploymentBlock::Complete => Some(Cause::NothingLeft),
    }
}

/// The cause of a stage; `None` if it depends on the next stage.
const fn cause(stage: Stage) -> Option<Cause> {
    match stage {
        // The pod is replaced only after the controllers' grace periods for the node, and no other setting
        // shortens them.
        Stage::NodeLost => Some(Cause::ControlPlane),
        Stage::Scheduling | Stage::NoRoom => Some(Cause::Scheduling),
        Stage::Pull => Some(Cause::Pull),
        Stage::PullBackOff => Some(Cause::PullBackOff),
        Stage::Start => Some(Cause::Start),
        Stage::Probe => Some(Cause::Probe),
        Stage::CrashLoop => Some(Cause::CrashLoop),
        Stage::Ready => None,
    }
}
