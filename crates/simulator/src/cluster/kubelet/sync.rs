//! Syncs of a pod: one at a time; what happens meanwhile asks for another one right after.

use super::container::{NEVER, Process};
use super::worker::Task;
use crate::cluster::event::{Event, PodStep};
use crate::cluster::pod::PodId;
use crate::cluster::world::World;
use crate::observe::{Observer, Stage};
use crate::{Span, Timestamp};

impl<O: Observer> World<O> {
    pub(super) fn sync_is_due(&mut self, id: PodId) {
        let now = self.now();
        if self.life(id).is_some_and(|life| life.due <= now) {
            self.sync(id);
        }
    }

    /// Makes sure that a sync comes at `at` at the latest.
    pub(super) fn sync_by(&mut self, id: PodId, at: Timestamp) {
        let Some(life) = self.life_mut(id) else { return };
        if at < life.due {
            life.due = at;
            self.calendar.schedule_at(at, Event::Pod(id, PodStep::Sync));
        }
    }

    /// The worker looks at the pod, and does what is to be done.
    pub(super) fn sync(&mut self, id: PodId) {
        let now = self.now();
        if !self.api.pod(id).is_active() {
            return;
        }
        let Some(mut worker) = self.worker(id) else { return };
        if worker.life.busy {
            worker.life.again = true;
            return;
        }
        worker.catch_up(now);
        worker.begin_sync(now);
        let life = &mut *worker.life;
        (life.busy, life.worked, life.failed, life.again) = (true, false, false, false);
        (life.due, life.container) = (NEVER, 0);
        worker.look(now);
        self.refresh_status(id);
        self.go_on(id);
        if self.life(id).is_some_and(|life| life.busy) {
            self.plan_probes(id);
        }
    }

    /// The sync under way goes on with the next thing to do, which may take time.
    pub(super) fn go_on(&mut self, id: PodId) {
        let now = self.now();
        loop {
            let task = self.worker(id).map_or(Task::End, |mut worker| worker.next_task(now));
            match task {
                Task::Kill(container) => return self.kill_container(id, container),
                Task::Start(container) => {
                    if self.begin_container(id, container) {
                        return;
                    }
                }
                Task::End => return self.end_sync(id),
            }
        }
    }

    /// The sync is over. If it changed something without an error, the runtime is asked at once how things
    /// are, and another sync follows; otherwise a periodic relist shows it within a second.
    fn end_sync(&mut self, id: PodId) {
        let now = self.now();
        let Some(worker) = self.worker(id) else { return };
        let relist = Span::from_secs_f64(
            worker.life.derived(super::slot::SYNC, OF_RELISTS | u64::from(worker.life.syncs)),
        );
        let life = worker.life;
        life.busy = false;
        let at_once = life.worked && !life.failed;
        let noticed = if at_once { now } else { now + relist };
        for container in worker.containers.iter_mut() {
            if container.process == Process::Running && !container.seen {
                container.noticed = container.noticed.min(noticed);
            }
        }
        if at_once {
            return self.sync(id);
        }
        let again = life.again;
        let due = self.worker(id).map_or(NEVER, |worker| worker.next_sync());
        self.sync_by(id, if again { due.min(now + relist) } else { due });
        self.tell_what_it_waits_for(id);
        self.plan_probes(id);
    }

    /// Containers that are held back after their end keep the pod waiting.
    fn tell_what_it_waits_for(&mut self, id: PodId) {
        let loops = |worker: super::Worker<'_>| {
            worker.containers.iter().any(|container| {
                container.is_known_to_have_exited()
                    && container.judged.is_some()
                    && container.obstacle.is_none()
            })
        };
        if self.worker(id).is_some_and(loops) {
            self.enter(id, Stage::CrashLoop);
        }
    }
}

/// Keeps the draws for relists apart from those for syncs.
const OF_RELISTS: u64 = 1 << 62;
