//! Reports syncs and queue lengths to observers that [count](crate::observe::Observer::TAKES_QUEUES) them. Other
//! observers compile to nothing here.

use super::service::ServiceState;
use super::world::World;
use crate::observe::{Observer, PullsQueued, Queues, SyncEnd, SyncKey, SyncStep};

impl<O: Observer> World<O> {
    pub(super) fn sync_begins(&mut self, key: SyncKey) {
        if O::TAKES_QUEUES {
            self.observer.sync(self.calendar.now(), SyncStep::Begins(key));
        }
    }

    pub(super) fn sync_ends(&mut self, key: SyncKey, end: SyncEnd) {
        if O::TAKES_QUEUES {
            self.observer.sync(self.calendar.now(), SyncStep::Ends(key, end));
        }
    }

    pub(super) fn syncs_are_lost(&mut self) {
        if O::TAKES_QUEUES {
            self.observer.sync(self.calendar.now(), SyncStep::Lost);
        }
    }

    pub(super) fn count_queues(&mut self) {
        if O::TAKES_QUEUES {
            let queues = self.queues();
            self.observer.count(self.calendar.now(), queues);
        }
    }

    fn queues(&self) -> Queues {
        let controllers = Queues {
            deployment: self.deployment_controller.queue.depth(),
            replica_set: self.replica_set_controller.queue.depth(),
            ..Queues::default()
        };
        let Some(site) = &self.site else { return controllers };
        let pulls = site.nodes.iter().fold(PullsQueued::default(), |sum, node| {
            let pulls = node.puller.depth();
            PullsQueued { waiting: sum.waiting + pulls.waiting, under_way: sum.under_way + pulls.under_way }
        });
        Queues {
            endpoints: site.service.as_ref().map(ServiceState::controller_depth),
            scheduler: site.scheduler.depth(),
            pulls,
            ..controllers
        }
    }
}
