//! Admission of new pods: denials, limit ranges, and quotas last (`plugin/pkg/admission/limitranger`,
//! `staging/src/k8s.io/apiserver/pkg/admission/plugin/resourcequota`, `pkg/quota/v1/evaluator/core`).

use super::api_server::Refusal;
use super::event::Event;
use super::pod::{Pod, PodId};
use super::site::{Blueprint, Site};
use super::world::World;
use crate::model::{Container, LimitRange, Model, PodTemplate, Quota, Resources};
use crate::observe::Observer;
use controller::api::TemplateId;

/// The quotas of the namespace.
#[derive(Debug, Clone, Default)]
pub(super) struct Quotas {
    all: Vec<Charged>,
    /// What the pods that exist are worth now; the quotas' stored usage follows.
    real: Usage,
    recalculating: bool,
}

#[derive(Debug, Clone)]
struct Charged {
    hard: Quota,
    /// `status.used`, as admission sees it.
    used: Usage,
}

/// What quotas count.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
struct Usage {
    pods: i64,
    objects: i64,
    requests: Resources,
    limits: Resources,
}

impl Usage {
    fn plus(self, pods: i64, objects: i64, requests: Resources, limits: Resources) -> Self {
        Self {
            pods: self.pods + pods,
            objects: self.objects + objects,
            requests: self.requests.plus(requests),
            limits: self.limits.plus(limits),
        }
    }
}

impl Quotas {
    pub(super) fn reset(&mut self, model: &Model) {
        let mut background = Usage::default();
        for load in model.background.iter().filter(|load| load.same_namespace) {
            for _ in 0..load.pods {
                background = background.plus(1, 1, load.requests, load.limits);
            }
        }
        self.real = background;
        self.recalculating = false;
        self.all.clear();
        self.all.extend(model.quotas.iter().map(|hard| Charged { hard: hard.clone(), used: background }));
    }

    /// A pod that exists from the start.
    pub(super) fn charge(&mut self, requests: Resources, limits: Resources) {
        self.real = self.real.plus(1, 1, requests, limits);
    }

    /// Brings the stored usage of every quota up to date.
    pub(super) fn recalculate(&mut self) {
        self.recalculating = false;
        for quota in &mut self.all {
            quota.used = self.real;
        }
    }

    pub(super) fn name(&self, quota: u32) -> &str {
        self.all.get(quota as usize).map_or("", |quota| &quota.hard.name)
    }

    /// Sets the hard limit on pods of the quota called `name`, creating it if there is none. Returns the
    /// limit before.
    pub(super) fn set_pods(&mut self, name: &str, pods: Option<i64>) -> Option<i64> {
        if let Some(quota) = self.all.iter_mut().find(|quota| quota.hard.name == name) {
            return std::mem::replace(&mut quota.hard.pods, pods);
        }
        let hard = Quota {
            name: name.to_owned(),
            pods,
            count_pods: None,
            requests: Resources::default(),
            limits: Resources::default(),
            count_replica_sets: None,
        };
        self.all.push(Charged { hard, used: self.real });
        None
    }

    /// The quota that does not let one more `ReplicaSet` in, beside so many that exist.
    pub(super) fn refuses_replica_set(&self, existing: i64) -> Option<Refusal> {
        let full = |quota: &Charged| quota.hard.count_replica_sets.is_some_and(|hard| existing >= hard);
        let index = self.all.iter().position(full)?;
        Some(Refusal::ResourceQuotaExceeded { quota: index as u32 })
    }

    /// The quota that does not let a pod in.
    fn refuses(&self, requests: Resources, limits: Resources) -> Option<Refusal> {
        self.all.iter().zip(0u32..).find_map(|(quota, index)| {
            let after = quota.used.plus(1, 1, requests, limits);
            let hard = &quota.hard;
            if let Some(pods) = hard.pods.filter(|pods| after.pods > *pods) {
                return Some(Refusal::QuotaExceeded { quota: index, used: quota.used.pods, hard: pods });
            }
            let objects_over = hard.count_pods.is_some_and(|count| after.objects > count);
            let over = objects_over
                || exceeds(requests, after.requests, hard.requests)
                || exceeds(limits, after.limits, hard.limits);
            over.then_some(Refusal::ResourceQuotaExceeded { quota: index })
        })
    }
}

/// Whether a requested amount goes beyond a hard limit; what is not asked for does not matter, but what a
/// limit constrains must be stated.
fn exceeds(asked: Resources, after: Resources, hard: Resources) -> bool {
    let over = |asked: Option<i64>, after: Option<i64>, hard: Option<i64>| match (asked, hard) {
        (_, None) => false,
        (None, Some(_)) => true,
        (Some(asked), Some(hard)) => asked > 0 && after.unwrap_or(0) > hard,
    };
    over(asked.cpu_milli, after.cpu_milli, hard.cpu_milli)
        || over(asked.memory_bytes, after.memory_bytes, hard.memory_bytes)
        || (asked.ephemeral_bytes.is_some()
            && over(asked.ephemeral_bytes, after.ephemeral_bytes, hard.ephemeral_bytes))
}

impl Site {
    /// Why a new pod of this template is refused at this moment, if it is.
    pub(super) fn refusal(&self, template: TemplateId) -> Option<Refusal> {
        if let Some(fault) = self.faults.denying(&self.model) {
            return Some(Refusal::Denied { fault: Some(fault) });
        }
        let blueprint = self.blueprint(template);
        if blueprint.refused_by_limit_range {
            return Some(Refusal::LimitRange);
        }
        self.quotas.refuses(blueprint.requests, blueprint.limits)
    }
}

impl<O: Observer> World<O> {
    /// Whether a modelled cluster lets a new pod of this template in. An accepted pod is charged to the
    /// quotas before it is stored.
    pub(super) fn admit_to_site(&mut self, template: TemplateId) -> Result<(), Refusal> {
        let Some(site) = &mut self.site else { return Ok(()) };
        if let Some(refusal) = site.refusal(template) {
            return Err(refusal);
        }
        let Blueprint { requests, limits, .. } = *site.blueprint(template);
        for quota in &mut site.quotas.all {
            quota.used = quota.used.plus(1, 1, requests, limits);
        }
        site.quotas.real = site.quotas.real.plus(1, 1, requests, limits);
        Ok(())
    }

    /// A pod that has ended or is gone is released from the quotas: not by the API server, but by the quota
    /// controller, which hears of it, recalculates, and whose write has to come back to admission.
    pub(super) fn release_quota(&mut self, id: PodId, before: &Pod) {
        let after = *self.api.pod(id);
        let ended = !before.phase.is_terminal() && (after.phase.is_terminal() || after.removed);
        let removed = after.removed && !before.removed;
        let Some(site) = &mut self.site else { return };
        if !(ended || removed) {
            return;
        }
        let blueprint = &site.blueprints[after.template.0 as usize];
        let (requests, limits) = if ended {
            (negative(blueprint.requests), negative(blueprint.limits))
        } else {
            Default::default()
        };
        site.quotas.real = site.quotas.real.plus(-i64::from(ended), -i64::from(removed), requests, limits);
        if !site.quotas.all.is_empty() {
            self.recalculate_quotas_soon();
        }
    }

    pub(super) fn quotas_recalculated(&mut self) {
        if let Some(site) = &mut self.site {
            site.quotas.recalculate();
        }
    }

    pub(super) fn recalculate_quotas_soon(&mut self) {
        let Some(site) = &mut self.site else { return };
        if std::mem::replace(&mut site.quotas.recalculating, true) {
            return;
        }
        let heard = self.settings.watch.next(&mut self.latency.watch);
        let written = self.request_delay();
        let back = self.settings.watch.next(&mut self.latency.watch);
        self.calendar.schedule(heard + written + back, Event::QuotasRecalculated);
    }
}

fn negative(resources: Resources) -> Resources {
    let minus = |amount: Option<i64>| amount.map(|amount| -amount);
    Resources {
        cpu_milli: minus(resources.cpu_milli),
        memory_bytes: minus(resources.memory_bytes),
        ephemeral_bytes: minus(resources.ephemeral_bytes),
    }
}

/// A template as limit ranges leave it (defaults filled in), and whether they refuse it.
pub(super) fn with_limit_ranges(template: &PodTemplate, ranges: &[LimitRange]) -> (PodTemplate, bool) {
    let mut effective = template.clone();
    for container in effective.init_containers.iter_mut().chain(&mut effective.containers) {
        default_requests_to_limits(container);
        for item in ranges.iter().flat_map(|range| &range.items).filter(|item| !item.per_pod) {
            container.limits = filled(container.limits, item.default);
            container.requests = filled(container.requests, item.default_request);
        }
    }
    let refused = ranges.iter().flat_map(|range| &range.items).any(|item| {
        let amounts: Vec<(Resources, Resources)> = if item.per_pod {
            vec![(effective.requests(), effective.limits())]
        } else {
            let all = effective.init_containers.iter().chain(&effective.containers);
            all.map(|container| (container.requests, container.limits)).collect()
        };
        amounts
            .iter()
            .any(|(requests, limits)| violates(*requests, *limits, item.min, item.max, item.max_ratio_milli))
    });
    (effective, refused)
}

/// A request that is not stated is the limit.
fn default_requests_to_limits(container: &mut Container) {
    container.requests = filled(container.requests, container.limits);
}

fn filled(stated: Resources, default: Resources) -> Resources {
    Resources {
        cpu_milli: stated.cpu_milli.or(default.cpu_milli),
        memory_bytes: stated.memory_bytes.or(default.memory_bytes),
        ephemeral_bytes: stated.ephemeral_bytes.or(default.ephemeral_bytes),
    }
}

fn violates(
    requests: Resources,
    limits: Resources,
    min: Resources,
    max: Resources,
    ratio: Resources,
) -> bool {
    let one =
        |request: Option<i64>, limit: Option<i64>, min: Option<i64>, max: Option<i64>, ratio: Option<i64>| {
            let below =
                min.is_some_and(|min| request.is_none_or(|r| r < min) || limit.is_some_and(|l| l < min));
            let above =
                max.is_some_and(|max| limit.is_none_or(|l| l > max) || request.is_some_and(|r| r > max));
            let steep = ratio.is_some_and(|ratio| match (request, limit) {
                (Some(request), Some(limit)) if request > 0 => {
                    i128::from(limit) * 1000 > i128::from(request) * i128::from(ratio)
                }
                _ => true,
            });
            below || above || steep
        };
    one(requests.cpu_milli, limits.cpu_milli, min.cpu_milli, max.cpu_milli, ratio.cpu_milli)
        || one(
            requests.memory_bytes,
            limits.memory_bytes,
            min.memory_bytes,
            max.memory_bytes,
            ratio.memory_bytes,
        )
        || one(
            requests.ephemeral_bytes,
            limits.ephemeral_bytes,
            min.ephemeral_bytes,
            max.ephemeral_bytes,
            ratio.ephemeral_bytes,
        )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::LimitRangeItem;

    fn cpu(milli: i64) -> Resources {
        Resources { cpu_milli: Some(milli), ..Resources::default() }
    }

    fn refused(container: Container, item: LimitRangeItem) -> bool {
        let template = PodTemplate { containers: vec![container], ..PodTemplate::default() };
        let range = LimitRange { name: "r".to_owned(), items: vec![item] };
        with_limit_ranges(&template, &[range]).1
    }

    fn item() -> LimitRangeItem {
        LimitRangeItem {
            per_pod: false,
            min: Resources::default(),
            max: Resources::default(),
            default: Resources::default(),
            default_request: Resources::default(),
            max_ratio_milli: Resources::default(),
        }
    }

    #[test]
    fn limit_ranges_default_and_then_refuse() {
        let plain = Container::default;
        let max = LimitRangeItem { max: cpu(500), ..item() };
        assert!(refused(plain(), max.clone()), "no limit is specified");
        assert!(!refused(
            plain(),
            LimitRangeItem { default: cpu(500), default_request: cpu(100), ..max.clone() }
        ));
        assert!(refused(Container { limits: cpu(600), ..plain() }, max));
        let min = LimitRangeItem { min: cpu(100), ..item() };
        assert!(refused(Container { requests: cpu(50), ..plain() }, min.clone()));
        assert!(
            !refused(Container { limits: cpu(100), ..plain() }, min),
            "the request is copied from the limit"
        );
        let ratio = LimitRangeItem { max_ratio_milli: cpu(2000), ..item() };
        assert!(!refused(Container { requests: cpu(100), limits: cpu(200), ..plain() }, ratio.clone()));
        assert!(refused(Container { requests: cpu(100), limits: cpu(201), ..plain() }, ratio));
    }
}
