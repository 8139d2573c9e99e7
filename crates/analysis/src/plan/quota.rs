//! Whether the pods at the peak fit into the quotas.

use super::demand::asked_peak;
use simulator::model::{Counted, Model, PodTemplate, Resources};

/// The room of a quota, and the demand on it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct QuotaRoom {
    /// Its name.
    pub quota: String,
    /// Pods of the workload that it admits in addition to the other pods of the namespace.
    pub pods: i64,
    /// Pods that the strategy requests at the same time.
    pub asked: i64,
    /// Why it refuses every pod, in the words of the API; `None` if it does not.
    pub refusal: Option<String>,
}

impl QuotaRoom {
    /// Whether a rollout with this peak of existing or requested pods fits.
    pub fn is_enough(&self, peak: i64) -> bool {
        self.refusal.is_none() && peak.max(self.asked) <= self.pods
    }

    /// Stores that the quota refuses pods that do not specify a resource, if one of these refusals says so
    /// (`checkRequest`, `plugin/pkg/admission/resourcequota/controller.go`).
    pub fn hear(&mut self, refusals: &[String]) {
        let marker = format!("failed quota: {}: must specify ", self.quota);
        let said = refusals.iter().find_map(|text| text.split_once(&marker));
        self.refusal = said.map(|(_, what)| format!("must specify {what}"));
    }
}

/// The room in each quota that limits pods, by the template at the start. Init containers are assumed to need no
/// more than the other containers, which is usual.
pub fn quota_rooms(model: &Model) -> Vec<QuotaRoom> {
    let template = &model.subject.template;
    let of_pod = (total(template, |c| c.requests), total(template, |c| c.limits));
    let rooms = model.quotas.iter().filter_map(|quota| {
        let room = |&(counted, hard): &(Counted, i64)| {
            let each = amount(counted, of_pod).filter(|each| *each > 0)?;
            let others = model.background.iter().filter(|other| other.same_namespace);
            let used: i64 = others
                .map(|other| {
                    i64::from(other.pods) * amount(counted, (other.requests, other.limits)).unwrap_or(0)
                })
                .sum();
            Some((hard - used).max(0) / each)
        };
        let pods = quota.hard.iter().filter_map(room).min()?;
        Some(QuotaRoom { quota: quota.name.clone(), pods, asked: asked_peak(model), refusal: None })
    });
    rooms.collect()
}

/// The charge of a pod with these requests and limits; `None` if it is not counted.
fn amount(counted: Counted, (requests, limits): (Resources, Resources)) -> Option<i64> {
    match counted {
        Counted::CountPods | Counted::Pods => Some(1),
        Counted::Cpu | Counted::RequestsCpu => requests.cpu_milli,
        Counted::Memory | Counted::RequestsMemory => requests.memory_bytes,
        Counted::Ephemeral | Counted::RequestsEphemeral => requests.ephemeral_bytes,
        Counted::LimitsCpu => limits.cpu_milli,
        Counted::LimitsMemory => limits.memory_bytes,
        Counted::LimitsEphemeral => limits.ephemeral_bytes,
        Counted::CountDeployments | Counted::CountReplicaSets => None,
    }
}

/// The sum over the containers of a pod.
fn total(template: &PodTemplate, of: impl Fn(&simulator::model::Container) -> Resources) -> Resources {
    let add = |one: Option<i64>, other: Option<i64>| match (one, other) {
        (None, None) => None,
        (one, other) => Some(one.unwrap_or(0) + other.unwrap_or(0)),
    };
    template.containers.iter().map(of).fold(Resources::default(), |sum, each| Resources {
        cpu_milli: add(sum.cpu_milli, each.cpu_milli),
        memory_bytes: add(sum.memory_bytes, each.memory_bytes),
        ephemeral_bytes: add(sum.ephemeral_bytes, each.ephemeral_bytes),
    })
}
