//! Calls of the controllers, from request to answer.

use super::ControlPlaneEvent;
use super::disturbance::CallEffect;
use crate::Span;
use crate::Timestamp;
use crate::cluster::admission::Sampling;
use crate::cluster::event::{Controller, Event};
use crate::cluster::pod::PodId;
use crate::cluster::refusal::{Refusal, RefusedCall};
use crate::cluster::world::World;
use crate::model::{ApiError, Resource, Verb};
use crate::observe::{Observation, Observer};
use controller::api::ReplicaSetId;

/// Maximum number of retries after `Retry-After` (`staging/src/k8s.io/client-go/rest/request.go`,
/// `maxRetries`).
const MOST_RETRIES: u8 = 10;

/// A call of a controller.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in super::super) enum Call {
    /// The next write of the sync of the Deployment.
    DeploymentWrite,
    /// A patch that adopts or releases a pod.
    Claim(ReplicaSetId, PodId),
    CreatePod(ReplicaSetId),
    DeletePod(ReplicaSetId, PodId),
    ReplicaSetStatus(ReplicaSetId),
}

/// How the API server handles a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in super::super) struct CallHandling {
    pub(in super::super) result: CallResult,
    /// Extra time before the answer is sent.
    pub(in super::super) answer_after: Span,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in super::super) enum CallResult {
    /// Handled normally.
    Served,
    /// Refused before it is processed.
    Refused(Refusal),
    /// Passes admission; the store then fails.
    NotStored,
    /// Stored, but the client receives an error.
    AnswerLost,
}

impl CallHandling {
    const SERVED: Self = Self { result: CallResult::Served, answer_after: Span::ZERO };

    const fn refused(refusal: Refusal) -> Self {
        Self { result: CallResult::Refused(refusal), answer_after: Span::ZERO }
    }
}

/// A call that waits.
#[derive(Debug, Clone, Copy)]
pub(super) struct WaitingCall {
    call: Call,
    tries: u8,
    handling: CallHandling,
    verdict: Result<(), Refusal>,
}

/// The API server's first response to an arriving call.
enum Arrival {
    Treats(CallHandling),
    AsksToWait(Span),
}

impl Call {
    const fn by(self) -> Controller {
        match self {
            Self::DeploymentWrite => Controller::Deployment,
            _ => Controller::ReplicaSet,
        }
    }
}

impl<O: Observer> World<O> {
    /// The object kind and verb of a call.
    fn subject_of(&self, call: Call) -> (Resource, Verb) {
        match call {
            Call::DeploymentWrite => self.next_deployment_write(),
            Call::Claim(..) => (Resource::Pods, Verb::Patch),
            Call::CreatePod(_) => (Resource::Pods, Verb::Create),
            Call::DeletePod(..) => (Resource::Pods, Verb::Delete),
            Call::ReplicaSetStatus(_) => (Resource::ReplicaSets, Verb::Status),
        }
    }

    /// Arrival time of a call that is made now: the client's rate limit, then the request delay.
    pub(in super::super) fn call_arrives_at(&mut self, call: Call) -> Timestamp {
        let now = self.now();
        let client = match call.by() {
            Controller::Deployment => self.deployment_controller.client.as_mut(),
            Controller::ReplicaSet => self.replica_set_controller.client.as_mut(),
        };
        let sent = client.map_or(now, |client| client.reserve(now));
        let (resource, verb) = self.subject_of(call);
        sent + self.way_there(resource, verb)
    }

    /// Delay from a request to its commit.
    pub(in super::super) fn way_there(&mut self, resource: Resource, verb: Verb) -> Span {
        let law = self.settings.verbs.of(verb).unwrap_or(&self.settings.request);
        let delay = law.next(&mut self.latency.api);
        if self.calls.are_undisturbed() { delay } else { self.calls.stretched(resource, verb, true, delay) }
    }

    /// Delay of a response.
    pub(in super::super) fn way_back(&mut self, resource: Resource, verb: Verb) -> Span {
        let delay = self.response_delay();
        if self.calls.are_undisturbed() { delay } else { self.calls.stretched(resource, verb, false, delay) }
    }

    /// Delay of the answer to a call.
    pub(in super::super) fn answer_delay(&mut self, call: Call, handling: CallHandling) -> Span {
        let (resource, verb) = self.subject_of(call);
        self.way_back(resource, verb) + handling.answer_after
    }

    /// A call arrives at the API server.
    pub(in super::super) fn call_arrives(&mut self, call: Call) {
        if self.calls.are_undisturbed() {
            return self.handle_call(call, CallHandling::SERVED);
        }
        self.arrive(call, 0);
    }

    fn arrive(&mut self, call: Call, tries: u8) {
        match self.receive(call) {
            Arrival::Treats(handling) => self.handle_call(call, handling),
            Arrival::AsksToWait(_) if tries == MOST_RETRIES => {
                self.handle_call(call, CallHandling::refused(Refusal::TooManyRequests));
            }
            Arrival::AsksToWait(wait) => {
                let (resource, verb) = self.subject_of(call);
                let back = self.way_back(resource, verb);
                let kept =
                    self.keep(WaitingCall { call, tries, handling: CallHandling::SERVED, verdict: Ok(()) });
                let event = ControlPlaneEvent::CallsAgain(self.incarnation, kept);
                self.calendar.schedule(back + wait, Event::ControlPlane(event));
            }
        }
        if let Some((fault, ending)) = self.calls.leader_ends() {
            self.leader_ends(fault, &ending);
        }
    }

    fn keep(&mut self, kept: WaitingCall) -> u32 {
        self.calls.kept.push(kept);
        self.calls.kept.len() as u32 - 1
    }

    /// The client retries after `Retry-After`; its rate limit applies again.
    pub(super) fn call_again(&mut self, kept: u32) {
        let arrives = self.call_arrives_at(self.calls.kept[kept as usize].call);
        let event = ControlPlaneEvent::ArrivesAgain(self.incarnation, kept);
        self.calendar.schedule_at(arrives, Event::ControlPlane(event));
    }

    pub(super) fn arrive_again(&mut self, kept: u32) {
        let WaitingCall { call, tries, .. } = self.calls.kept[kept as usize];
        self.arrive(call, tries + 1);
    }

    fn receive(&mut self, call: Call) -> Arrival {
        let (resource, verb) = self.subject_of(call);
        let now = self.now();
        let Some(effect_on_call) = self.calls.effect_on_call(resource, verb, now) else {
            return Arrival::Treats(CallHandling::SERVED);
        };
        let refused = |refusal| Arrival::Treats(CallHandling::refused(refusal));
        match effect_on_call {
            CallEffect::Forbidden(fault) => refused(Refusal::PermissionDenied { fault }),
            CallEffect::Fails(ApiError::TooManyRequests { retry_after }, _) => {
                Arrival::AsksToWait(*retry_after)
            }
            CallEffect::Fails(ApiError::TimeoutBeforeCommit { after }, time) => {
                Arrival::Treats(CallHandling { result: CallResult::NotStored, answer_after: after.at(time) })
            }
            CallEffect::Fails(ApiError::TimeoutAfterCommit { after }, time) => {
                Arrival::Treats(CallHandling { result: CallResult::AnswerLost, answer_after: after.at(time) })
            }
            CallEffect::Fails(error, _) => refused(Refusal::of_error(error)),
        }
    }

    /// The API server handles a call; the review of a new pod may take time.
    fn handle_call(&mut self, call: Call, handling: CallHandling) {
        let Call::CreatePod(owner) = call else { return self.serve(call, handling) };
        if matches!(handling.result, CallResult::Refused(_)) {
            return self.serve_creation(owner, handling, Ok(()));
        }
        let Some(template) = self.replica_set_controller.template_in_work(owner) else { return };
        let review = self.review_pod(template, Sampling::Drawn);
        if review.takes <= Span::ZERO {
            return self.serve_creation(owner, handling, review.verdict);
        }
        let kept = self.keep(WaitingCall { call, tries: 0, handling, verdict: review.verdict });
        let event = ControlPlaneEvent::Reviewed(self.incarnation, kept);
        self.calendar.schedule(review.takes, Event::ControlPlane(event));
    }

    pub(super) fn reviewed(&mut self, kept: u32) {
        let WaitingCall { call, handling, verdict, .. } = self.calls.kept[kept as usize];
        if let Call::CreatePod(owner) = call {
            self.serve_creation(owner, handling, verdict);
        }
    }

    fn serve(&mut self, call: Call, handling: CallHandling) {
        match call {
            Call::DeploymentWrite => self.serve_deployment_write(handling),
            Call::Claim(id, pod) => self.serve_claim(id, pod, handling),
            Call::CreatePod(id) => self.serve_creation(id, handling, Ok(())),
            Call::DeletePod(id, pod) => self.serve_deletion(id, pod, handling),
            Call::ReplicaSetStatus(id) => self.serve_replica_set_status(id, handling),
        }
    }

    /// Commits a write unless it must fail; returns the result that the client receives.
    pub(in super::super) fn commit_under<T>(
        &mut self,
        handling: CallHandling,
        commit: impl FnOnce(&mut Self) -> Result<T, Refusal>,
    ) -> Result<T, Refusal> {
        match handling.result {
            CallResult::Served => commit(self),
            CallResult::Refused(refusal) => Err(refusal),
            CallResult::NotStored => Err(Refusal::Timeout),
            CallResult::AnswerLost => commit(self).and(Err(Refusal::Timeout)),
        }
    }

    /// Reports a refused call other than the creation of a pod to observers. `about` describes the call,
    /// unless the controller stores the error itself.
    pub(in super::super) fn see_refused_call(&mut self, refusal: Refusal, about: Option<RefusedCall>) {
        if refusal.kind().is_none() {
            return;
        }
        self.see(Observation::CallRefused(refusal));
        if let Some(about) = about {
            self.note_error(refusal, about);
        }
    }
}
