//! Whether the pods at the peak fit into the quotas.

use simulator::model::{Model, PodTemplate, Resources};

/// How many pods a quota has room for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct QuotaRoom {
    /// Its name.
    pub quota: String,
    /// Pods of the workload that it allows beside the others of the namespace, as far as its limits go
    /// by pods, cpu and memory.
    pub pods: i64,
}

/// The room in each quota that limits pods at all, by the template in force at the start.
pub fn quota_rooms(model: &Model) -> Vec<QuotaRoom> {
    let template = &model.subject.template;
    let (requests, limits) =
        (total(template, |container| container.requests), total(template, |container| container.limits));
    let others = model.background.iter().filter(|other| other.same_namespace);
    let rooms = model.quotas.iter().filter_map(|quota| {
        let (mut used, mut used_requests, mut used_limits) = (0, Resources::default(), Resources::default());
        for other in others.clone() {
            used += i64::from(other.pods);
            used_requests = plus(used_requests, other.requests, other.pods.into());
            used_limits = plus(used_limits, other.limits, other.pods.into());
        }
        let by_count = [quota.pods, quota.count_pods].into_iter().flatten().map(|hard| hard - used);
        let rooms = by_count.chain(rooms(quota.requests, used_requests, requests)).chain(rooms(
            quota.limits,
            used_limits,
            limits,
        ));
        Some(QuotaRoom { quota: quota.name.clone(), pods: rooms.min()?.max(0) })
    });
    rooms.collect()
}

fn rooms(hard: Resources, used: Resources, each: Resources) -> impl Iterator<Item = i64> {
    let room = |hard: Option<i64>, used: Option<i64>, each: Option<i64>| match (hard, each) {
        (Some(hard), Some(each)) if each > 0 => Some((hard - used.unwrap_or(0)) / each),
        _ => None,
    };
    let rooms = [
        room(hard.cpu_milli, used.cpu_milli, each.cpu_milli),
        room(hard.memory_bytes, used.memory_bytes, each.memory_bytes),
    ];
    rooms.into_iter().flatten()
}

/// What the containers of a pod ask for together.
fn total(template: &PodTemplate, of: impl Fn(&simulator::model::Container) -> Resources) -> Resources {
    template.containers.iter().fold(Resources::default(), |sum, container| plus(sum, of(container), 1))
}

fn plus(sum: Resources, more: Resources, times: i64) -> Resources {
    let add = |one: Option<i64>, other: Option<i64>| match (one, other) {
        (one, None) => one,
        (one, Some(other)) => Some(one.unwrap_or(0) + other * times),
    };
    Resources {
        cpu_milli: add(sum.cpu_milli, more.cpu_milli),
        memory_bytes: add(sum.memory_bytes, more.memory_bytes),
        ephemeral_bytes: add(sum.ephemeral_bytes, more.ephemeral_bytes),
    }
}
