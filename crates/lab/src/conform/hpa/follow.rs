//! A target whose pods follow its size without a controller of their own.

use super::live::{LivePod, seen};
use super::script::{Follow, Op, Script};
use super::target::{SeenPod, Target, requests};
use super::{PULSE, base};
use controller::Timestamp;
use controller::api::Uid;
use controller::autoscaler::ContainerRequests;
use simulator::Span;
use simulator::engine::Calendar;
use std::collections::BTreeMap;
use std::rc::Rc;

/// Pods of t = 0 run since, and are ready since, these times.
const RUNNING_SINCE: Timestamp = Timestamp::from_secs(-3600);
const READY_SINCE: Timestamp = Timestamp::from_secs(-3590);

/// The target and its pods, the highest number last.
pub(super) struct FollowingPods {
    law: Follow,
    containers: Rc<[ContainerRequests]>,
    pods: Vec<LivePod>,
    calendar: Calendar<Change>,
    spec_replicas: i32,
    status_replicas: i32,
    next_uid: u64,
    now: Timestamp,
}

#[derive(Debug, Clone, Copy)]
enum Change {
    /// Pods are made or deleted until there are as many as wanted.
    Adjust,
    Running(Uid),
    Ready(Uid),
    Removed(Uid),
}

impl FollowingPods {
    /// The pods at t = 0.
    ///
    /// # Errors
    /// A request that is no quantity.
    pub(super) fn new(script: &Script, law: Follow) -> Result<Self, String> {
        let initial = |number: i32| LivePod {
            uid: Uid(number as u64),
            running_since: Some(RUNNING_SINCE),
            ready_since: Some(READY_SINCE),
            being_deleted: false,
            is_initial: true,
        };
        Ok(Self {
            law,
            containers: requests(&script.containers, &BTreeMap::new())?,
            pods: (0..script.replicas).map(initial).collect(),
            calendar: Calendar::new(Timestamp::ZERO),
            spec_replicas: script.replicas,
            status_replicas: script.status_replicas,
            next_uid: script.replicas as u64,
            now: Timestamp::ZERO,
        })
    }

    fn happen(&mut self, change: Change) {
        let now = self.calendar.now();
        match change {
            Change::Adjust => self.adjust(),
            Change::Running(uid) => {
                if let Some(pod) = self.pod(uid) {
                    pod.running_since = Some(now);
                    let ready = Span::from_millis(self.law.ready_ms);
                    self.calendar.schedule(ready, Change::Ready(uid));
                }
            }
            Change::Ready(uid) => {
                if let Some(pod) = self.pod(uid) {
                    pod.ready_since = Some(now);
                }
            }
            Change::Removed(uid) => self.pods.retain(|pod| pod.uid != uid),
        }
    }

    fn pod(&mut self, uid: Uid) -> Option<&mut LivePod> {
        self.pods.iter_mut().find(|pod| pod.uid == uid)
    }

    fn adjust(&mut self) {
        let active = self.pods.iter().filter(|pod| !pod.being_deleted).count();
        let wanted = self.spec_replicas.max(0) as usize;
        for _ in active..wanted {
            self.create();
        }
        for _ in wanted..active {
            self.delete_one();
        }
        self.status_replicas = self.spec_replicas;
    }

    fn create(&mut self) {
        let uid = Uid(self.next_uid);
        self.next_uid += 1;
        self.pods.push(LivePod {
            uid,
            running_since: None,
            ready_since: None,
            being_deleted: false,
            is_initial: false,
        });
        self.calendar.schedule(Span::from_millis(self.law.run_ms), Change::Running(uid));
    }

    /// Deletes a pod that is not ready, or else a ready one, in either case the one with the highest number.
    fn delete_one(&mut self) {
        let active = self.pods.iter_mut().filter(|pod| !pod.being_deleted);
        if let Some(victim) = active.max_by_key(|pod| (!pod.is_ready(), pod.uid)) {
            victim.being_deleted = true;
            let removed = Change::Removed(victim.uid);
            self.calendar.schedule(Span::from_millis(self.law.terminate_ms), removed);
        }
    }
}

impl Target for FollowingPods {
    fn advance(&mut self, at: Timestamp) {
        while let Some(change) = self.calendar.pop_until(at) {
            self.happen(change);
        }
        self.now = at;
    }

    fn size(&self) -> (i32, i32) {
        (self.spec_replicas, self.status_replicas)
    }

    fn scale(&mut self, replicas: i32) {
        if replicas != self.spec_replicas {
            self.spec_replicas = replicas;
            self.calendar.schedule_at(base(self.now) + PULSE, Change::Adjust);
        }
    }

    fn act(&mut self, op: &Op) -> Result<(), String> {
        match op {
            Op::Scale { replicas } => self.scale(*replicas),
            Op::StatusReplicas { replicas } => self.status_replicas = *replicas,
            Op::Load { n } => self.law.load = *n,
            Op::SetImage { .. } => return Err("`set_image` needs `rollout`".to_owned()),
            _ => return Err("pods that follow the scale are not changed by the script".to_owned()),
        }
        Ok(())
    }

    fn pods(&self) -> Vec<SeenPod> {
        seen(&self.pods, &self.law, &self.containers, self.now)
    }
}
