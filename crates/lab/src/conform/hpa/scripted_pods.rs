//! A target whose pods are changed by the script alone.

use super::script::{Container, Op, Phase, PodFields, Ready, Script};
use super::target::{SeenPod, Target, requests, usage};
use controller::Timestamp;
use controller::api::{ConditionStatus, PodPhase, Uid};
use controller::autoscaler::{ContainerUsage, Readiness};
use std::collections::BTreeMap;
use std::rc::Rc;

/// The target and its pods.
pub(super) struct ScriptedPods<'s> {
    containers: &'s [Container],
    pods: Vec<ScriptedPod>,
    spec_replicas: i32,
    status_replicas: i32,
    now: Timestamp,
    next_uid: u64,
}

struct ScriptedPod {
    name: String,
    seen: SeenPod,
    usage: Option<Rc<[ContainerUsage]>>,
    no_sample: bool,
    custom: Rc<BTreeMap<String, i64>>,
}

impl<'s> ScriptedPods<'s> {
    /// The pods at t = 0.
    ///
    /// # Errors
    /// A request that is no quantity, or a pod without a name.
    pub(super) fn new(script: &'s Script) -> Result<Self, String> {
        let mut target = Self {
            containers: &script.containers,
            pods: Vec::new(),
            spec_replicas: script.replicas,
            status_replicas: script.status_replicas,
            now: Timestamp::ZERO,
            next_uid: 0,
        };
        script.pods.iter().try_for_each(|pod| target.add(pod))?;
        Ok(target)
    }

    fn add(&mut self, fields: &PodFields) -> Result<(), String> {
        let name = fields.name.clone().ok_or("a pod without a name")?;
        let start = (fields.no_start_time != Some(true)).then(|| self.now.stored());
        let none = Rc::new(BTreeMap::new());
        let seen = SeenPod {
            uid: Uid(self.next_uid),
            phase: PodPhase::Pending,
            being_deleted: false,
            start,
            ready: None,
            containers: requests(self.containers, &BTreeMap::new())?,
            usage: None,
            custom: Rc::clone(&none),
        };
        self.next_uid += 1;
        let mut pod = ScriptedPod { name, seen, usage: None, no_sample: false, custom: none };
        pod.change(fields, self.containers, self.now)?;
        self.pods.push(pod);
        Ok(())
    }
}

impl ScriptedPod {
    fn change(&mut self, fields: &PodFields, containers: &[Container], now: Timestamp) -> Result<(), String> {
        if let Some(phase) = fields.phase {
            self.seen.phase = pod_phase(phase);
        }
        let since = fields.ready_since_s.map(Timestamp::from_secs);
        if let Some(ready) = fields.ready {
            self.seen.ready = condition_status(ready).map(|status| {
                let unchanged = self.seen.ready.filter(|before| before.status == status);
                let since = since.or(unchanged.map(|before| before.since)).unwrap_or(now.stored());
                Readiness { status, since }
            });
        } else if let (Some(ready), Some(since)) = (&mut self.seen.ready, since) {
            ready.since = since;
        }
        if let Some(start) = fields.start_s {
            self.seen.start = Some(Timestamp::from_secs(start));
        }
        if fields.no_start_time == Some(true) {
            self.seen.start = None;
        }
        if let Some(replaced) = &fields.requests {
            self.seen.containers = requests(containers, replaced)?;
        }
        if let Some(containers) = &fields.usage {
            self.usage = Some(usage(containers));
            self.no_sample = false;
        }
        self.no_sample = fields.no_sample.unwrap_or(self.no_sample);
        if let Some(custom) = &fields.custom {
            self.custom = Rc::new(custom.clone());
        }
        let listed = !self.no_sample;
        self.seen.usage = self.usage.clone().filter(|_| listed);
        self.seen.custom = if listed { Rc::clone(&self.custom) } else { Rc::default() };
        Ok(())
    }
}

impl Target for ScriptedPods<'_> {
    fn advance(&mut self, at: Timestamp) {
        self.now = at;
    }

    fn size(&self) -> (i32, i32) {
        (self.spec_replicas, self.status_replicas)
    }

    fn scale(&mut self, replicas: i32) {
        self.spec_replicas = replicas;
    }

    fn act(&mut self, op: &Op) -> Result<(), String> {
        match op {
            Op::PodAdd { pod } => self.add(pod)?,
            Op::PodSet { pods, pod: fields } => {
                for pod in self.pods.iter_mut().filter(|pod| pods.contains(&pod.name)) {
                    pod.change(fields, self.containers, self.now)?;
                }
            }
            Op::PodTerminate { pods } => {
                self.pods.retain(|pod| !(pods.contains(&pod.name) && pod.seen.phase.is_terminal()));
                for pod in self.pods.iter_mut().filter(|pod| pods.contains(&pod.name)) {
                    pod.seen.being_deleted = true;
                }
            }
            Op::PodRemove { pods } => self.pods.retain(|pod| !pods.contains(&pod.name)),
            Op::Scale { replicas } => self.spec_replicas = *replicas,
            Op::StatusReplicas { replicas } => self.status_replicas = *replicas,
            _ => return Err("`load` and `set_image` are for pods that follow the scale".to_owned()),
        }
        Ok(())
    }

    fn pods(&self) -> Vec<SeenPod> {
        self.pods.iter().map(|pod| pod.seen.clone()).collect()
    }
}

fn pod_phase(phase: Phase) -> PodPhase {
    match phase {
        Phase::Pending => PodPhase::Pending,
        Phase::Running => PodPhase::Running,
        Phase::Succeeded => PodPhase::Succeeded,
        Phase::Failed => PodPhase::Failed,
        Phase::Unknown => PodPhase::Unknown,
    }
}

fn condition_status(ready: Ready) -> Option<ConditionStatus> {
    match ready {
        Ready::True => Some(ConditionStatus::True),
        Ready::False => Some(ConditionStatus::False),
        Ready::Unknown => Some(ConditionStatus::Unknown),
        Ready::Absent => None,
    }
}
