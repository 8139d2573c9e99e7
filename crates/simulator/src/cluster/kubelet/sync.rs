//! Syncs of a pod: one at a time; a change during a sync requests another one right after.

use super::container::NEVER;
use super::worker::Task;
use crate::Timestamp;
use crate::cluster::event::{Event, PodEvent};
use crate::cluster::pod::PodId;
use crate::cluster::world::World;
use crate::observe::{Observer, Stage};

impl<O: Observer> World<O> {
    pub(super) fn sync_is_due(&mut self, id: PodId) {
        let now = self.now();
        if self.life(id).is_some_and(|life| life.due <= now) {
            self.sync(id);
        }
    }

    /// Schedules a sync at `at`, unless an earlier one is due.
    pub(super) fn sync_by(&mut self, id: PodId, at: Timestamp) {
        let Some(life) = self.life_mut(id) else { return };
        if at < life.due {
            life.due = at;
            self.calendar.schedule_at(at, Event::Pod(id, PodEvent::Sync));
        }
    }

    /// Runs a sync of the pod.
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
        if worker.refresh_status(now) {
            self.send_status(id);
        }
        self.go_on(id);
        if self.life(id).is_some_and(|life| life.busy) {
            self.plan_probes(id);
        }
    }

    /// The current sync continues with its next task, which may take time.
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

    /// Ends the sync. If it changed something without an error, the runtime state is read at once and another
    /// sync follows; otherwise a periodic relist shows the change within a second.
    fn end_sync(&mut self, id: PodId) {
        let now = self.now();
        let Some(mut worker) = self.worker(id) else { return };
        // The regular period restarts here, because a pull may have taken long.
        (worker.life.busy, worker.life.synced) = (false, now);
        if worker.life.worked && !worker.life.failed {
            worker.notice_starts(now);
            return self.sync(id);
        }
        let relist = worker.next_relist(now);
        worker.notice_starts(relist);
        let (again, in_crash_loop) = (worker.life.again, worker.is_in_crash_loop());
        let due = if again { worker.next_sync().min(relist) } else { worker.next_sync() };
        self.sync_by(id, due);
        if in_crash_loop {
            self.enter(id, Stage::CrashLoop);
        }
        self.report_back_off(id);
        self.plan_probes(id);
    }
}
