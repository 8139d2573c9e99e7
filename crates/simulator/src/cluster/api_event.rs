//! Kubernetes Events that the controllers post. The simulation stores no Events, but each post uses the
//! client's rate limit (`staging/src/k8s.io/client-go/tools/record`).
//!
//! Example: 100 creations take 3.5 s at 20 requests per second with burst 30, and would take 4.75 s with all
//! 25 posts before the last creation. The real effect is smaller: a batch of creations reserves all of its
//! tokens at once, while the Event sender reserves one token per post, after the post before.

use super::event::{Controller, Event};
use super::rate::TokenBucket;
use super::world::World;
use crate::observe::{Observer, Report, SetReport};
use controller::api::ReplicaSetId;
use controller::deployment::ApiEvent;

/// Events of one kind on one object that are posted at once; then one per five minutes
/// (`events_cache.go`, `maxBurst` and `defaultSpamQPS`).
const BURST: u32 = 25;
const PER_SECOND: f64 = 1.0 / 300.0;

/// Capacity of the sender's queue; further Events are dropped (`maxQueuedEvents`, `event.go`).
const MOST_WAITING: u32 = 1000;

/// Posts the events of one controller, one after another.
#[derive(Debug, Clone, Default)]
pub(super) struct EventSender {
    waiting: u32,
    busy: bool,
    filters: EventFilters,
}

/// Spam filters per object, separate for Normal and Warning.
#[derive(Debug, Clone, Default)]
pub(super) struct EventFilters {
    normal: Option<TokenBucket>,
    warning: Option<TokenBucket>,
}

impl EventFilters {
    fn pass(&mut self, warning: bool, now: crate::Timestamp) -> bool {
        let filter = if warning { &mut self.warning } else { &mut self.normal };
        filter.get_or_insert_with(|| TokenBucket::new(PER_SECOND, BURST)).try_take(now)
    }
}

impl<O: Observer> World<O> {
    /// Posts an Event on the Deployment.
    pub(super) fn report_on_deployment(&mut self, event: ApiEvent) {
        let now = self.now();
        if self.deployment_controller.events.filters.pass(event.is_warning(), now) {
            self.report(Report::Deployment(event));
            self.post_event(Controller::Deployment);
        }
    }

    /// Posts an Event on a `ReplicaSet`.
    pub(super) fn report_on_replica_set(&mut self, id: ReplicaSetId, event: SetReport) {
        let now = self.now();
        if self.replica_set_controller.work(id).filters.pass(event.is_warning(), now) {
            self.report(Report::ReplicaSet(id, event));
            self.post_event(Controller::ReplicaSet);
        }
    }

    fn sender(&mut self, controller: Controller) -> (&mut EventSender, Option<&mut TokenBucket>) {
        match controller {
            Controller::Deployment => {
                let working = &mut self.deployment_controller;
                (&mut working.events, working.client.as_mut())
            }
            Controller::ReplicaSet => {
                let working = &mut self.replica_set_controller;
                (&mut working.events, working.client.as_mut())
            }
        }
    }

    fn post_event(&mut self, controller: Controller) {
        let (sender, client) = self.sender(controller);
        if client.is_none() {
            // Without a client limit a post delays nothing.
            return;
        }
        sender.waiting = (sender.waiting + 1).min(MOST_WAITING);
        self.send_next_event(controller);
    }

    fn send_next_event(&mut self, controller: Controller) {
        let now = self.now();
        let (sender, client) = self.sender(controller);
        let Some(client) = client else { return };
        if sender.busy || sender.waiting == 0 {
            return;
        }
        sender.waiting -= 1;
        sender.busy = true;
        let sent = client.reserve(now);
        let posted = sent + self.request_delay() + self.response_delay();
        self.calendar.schedule_at(posted, Event::EventPosted(self.incarnation, controller));
    }

    pub(super) fn event_posted(&mut self, controller: Controller) {
        self.sender(controller).0.busy = false;
        self.send_next_event(controller);
    }
}
