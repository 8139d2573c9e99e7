//! What is remembered of the interval at hand, and how a stretch of it is booked once its owner is known.
//!
//! Every function here books exactly the stretch it is given: that the ledger adds up rests on it.

use super::history::History;
use super::pods::{Lost, Pods};
use crate::Timestamp;
use crate::cluster::PodId;
use crate::observe::Stage;
use crate::record::{Cause, Ledger};

/// What keeps the Deployment from deciding.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) enum Gate {
    /// Nothing.
    #[default]
    Open,
    /// The user wants it so.
    Paused,
    /// Strategy Recreate: old pods that terminate.
    Draining,
    /// The `ReplicaSet` it wants to create is refused.
    Refused,
    /// It has reached its goal.
    Complete,
}

/// What keeps pods from being created.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) enum Making {
    /// Nothing that the API server would have said.
    #[default]
    Open,
    /// The last creation was refused, and the next one would be.
    Refused,
    /// The same, but only because pods that terminate still count.
    Held,
    /// The last creation was refused, the next one would not be.
    Tail,
}

/// Who owns what is left of a stretch when nobody else does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Rest {
    /// The controllers: a write of theirs ended it.
    Controllers,
    /// The controllers up to the last sign of life in the cluster, a person after that.
    HumanSince(Timestamp),
}

/// The interval at hand.
#[derive(Debug, Clone, Default)]
pub(super) struct Scene {
    pub(super) pods: Pods,
    pub(super) gate: History<Gate>,
    pub(super) making: History<Making>,
    /// Whether any pods terminate.
    pub(super) draining: History<bool>,
    /// The last loss of a new pod.
    pub(super) lost: Option<Lost>,
}

impl Scene {
    pub(super) fn reset(&mut self) {
        self.pods.reset();
        self.gate.reset(Gate::Open);
        self.making.reset(Making::Open);
        self.draining.reset(false);
        self.lost = None;
    }

    /// A new interval begins.
    pub(super) fn forget(&mut self) {
        self.pods.forget();
        self.gate.forget();
        self.making.forget();
        self.draining.forget();
        self.lost = None;
    }

    /// A stretch that ended when a pod had got where it is: the stages of the pod, what it was created
    /// for, and the stages of the pod that it replaces.
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
                Some(None) => return self.book_nothing_in_flight(ledger, from, wanted, Rest::Controllers),
                None => return,
            }
        }
    }

    /// A Ready pod waits for `minReadySeconds`, unless it was to lose its readiness again: then that time
    /// was lost to whatever came next.
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

    /// Pods that terminate keep their room on the nodes.
    fn book_without_room(&self, ledger: &mut Ledger, from: Timestamp, to: Timestamp) {
        for (from, to, draining) in self.draining.pieces(from, to) {
            ledger.book(if draining { Cause::Terminating } else { Cause::Scheduling }, to.since(from));
        }
    }

    /// A stretch that ended with the creation of a pod.
    pub(super) fn book_creation(&self, ledger: &mut Ledger, from: Timestamp, to: Timestamp) {
        for (from, to, making) in self.making.pieces(from, to) {
            match making {
                Making::Refused => ledger.book(Cause::QuotaWait, to.since(from)),
                Making::Held => ledger.book(Cause::Terminating, to.since(from)),
                Making::Tail => ledger.book(Cause::RetryTail, to.since(from)),
                Making::Open => self.book_write(ledger, from, to),
            }
        }
    }

    /// A stretch that ended with a write of the Deployment controller.
    pub(super) fn book_write(&self, ledger: &mut Ledger, from: Timestamp, to: Timestamp) {
        for (from, to, gate) in self.gate.pieces(from, to) {
            ledger.book(gate_cause(gate).unwrap_or(Cause::ControlPlane), to.since(from));
        }
    }

    /// A stretch whose end nobody in the cluster worked for, or that never ended: what the rollout waited
    /// for then.
    pub(super) fn book_waiting(&self, ledger: &mut Ledger, from: Timestamp, to: Timestamp, rest: Rest) {
        for (from, to, gate) in self.gate.pieces(from, to) {
            match (gate_cause(gate), self.pods.furthest_ahead()) {
                (Some(cause), _) => ledger.book(cause, to.since(from)),
                (None, Some(pod)) => self.book_pod(ledger, pod, from, to),
                (None, None) => self.book_without_pods(ledger, from, to, rest),
            }
        }
    }

    /// No pod is in flight any more; up to the last loss there was one, or not.
    fn book_without_pods(&self, ledger: &mut Ledger, from: Timestamp, to: Timestamp, rest: Rest) {
        let lost = self.lost.map_or(from, |lost| lost.at.clamp(from, to));
        match self.lost.and_then(|lost| lost.awaited) {
            Some(awaited) => self.book_pod(ledger, awaited, from, lost),
            None => self.book_nothing_in_flight(ledger, from, lost, Rest::Controllers),
        }
        self.book_nothing_in_flight(ledger, lost, to, rest);
    }

    fn book_nothing_in_flight(&self, ledger: &mut Ledger, from: Timestamp, to: Timestamp, rest: Rest) {
        for (from, to, making) in self.making.pieces(from, to) {
            match rest {
                Rest::HumanSince(quiet) if making == Making::Open => {
                    let quiet = quiet.clamp(from, to);
                    ledger.book(Cause::ControlPlane, quiet.since(from));
                    ledger.book(Cause::Human, to.since(quiet));
                }
                _ => self.book_creation(ledger, from, to),
            }
        }
    }

    /// A stretch at whose end a person changed the template, after the deadline had fired.
    pub(super) fn book_human(&self, ledger: &mut Ledger, from: Timestamp, to: Timestamp) {
        for (from, to, gate) in self.gate.pieces(from, to) {
            let cause = match gate {
                Gate::Paused => Cause::Paused,
                Gate::Complete => Cause::NothingLeft,
                Gate::Open | Gate::Draining | Gate::Refused => Cause::Human,
            };
            ledger.book(cause, to.since(from));
        }
    }
}

const fn gate_cause(gate: Gate) -> Option<Cause> {
    match gate {
        Gate::Open => None,
        Gate::Paused => Some(Cause::Paused),
        Gate::Draining => Some(Cause::Terminating),
        Gate::Refused => Some(Cause::QuotaWait),
        Gate::Complete => Some(Cause::NothingLeft),
    }
}

/// The cause of a stage; `None` if that depends on what comes next.
const fn cause(stage: Stage) -> Option<Cause> {
    match stage {
        // Nobody asks for the pod to be replaced before the controllers have missed the node for long
        // enough: their periods of grace are the wait, and no other setting would shorten it.
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
