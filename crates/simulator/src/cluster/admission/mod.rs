//! Admission of new objects, in the order of the API server: what needs only a look, what has to be asked
//! for and takes time, and quotas last (`pkg/kubeapiserver/options/plugins.go`).

mod limit_range;
mod quota;
mod review;
mod usage;

pub(super) use limit_range::with_limit_ranges;
pub(super) use quota::Quotas;
pub(super) use review::Chance;
pub(super) use usage::Usage;

use super::event::Event;
use super::pod::{Pod, PodId};
use super::refusal::Refusal;
use super::world::World;
use crate::Timestamp;
use crate::model::{Container, Counted, LimitRange, LimitRangeItem, PodTemplate, Resource, Verb};
use crate::observe::Observer;
use controller::api::TemplateId;

/// How a template violates an item that is added to the ranges in force, after the defaults of them all.
pub(super) fn violations_of(
    template: &PodTemplate,
    ranges: &[LimitRange],
    item: &LimitRangeItem,
) -> Vec<String> {
    let added = LimitRange { name: String::new(), items: vec![item.clone()] };
    let all: Vec<LimitRange> = ranges.iter().cloned().chain([added]).collect();
    limit_range::violations(&with_limit_ranges(template, &all).0, item)
}

/// What containers leave open although a quota could ask for it, with the names of those containers.
pub(super) fn unstated(template: &PodTemplate) -> Vec<(Counted, String)> {
    let lacking = |counted: Counted| {
        let all = template.init_containers.iter().chain(&template.containers);
        let lacks = |container: &&Container| counted.stated(&container.requests, &container.limits).is_none();
        let mut names: Vec<&str> = all.filter(lacks).map(|container| container.name.as_str()).collect();
        names.sort_unstable();
        (counted, names.join(","))
    };
    let asked = Counted::ALL.into_iter().filter(|counted| counted.must_be_stated());
    asked.map(lacking).filter(|(_, names)| !names.is_empty()).collect()
}

impl<O: Observer> World<O> {
    /// Why a new pod of this template would be refused at this moment, if it would be. What is left to chance is
    /// taken as it falls more often than not.
    pub(super) fn refusal_now(&mut self, template: TemplateId) -> Option<Refusal> {
        let received = self.calls.refusal_now(Resource::Pods, Verb::Create);
        let reviewed = received.or_else(|| self.review_pod(template, Chance::Even).verdict.err());
        reviewed.or_else(|| {
            let site = self.site.as_mut()?;
            let blueprint = &site.blueprints[template.0 as usize];
            site.quotas.refuses(&blueprint.usage, &blueprint.unstated)
        })
    }

    /// Whether the quotas let a pod of this template in. An accepted pod is charged before it is stored.
    pub(super) fn admit_to_quotas(&mut self, template: TemplateId) -> Result<(), Refusal> {
        if self.site.as_ref().is_none_or(|site| site.quotas.is_empty()) {
            // Nobody asks what is charged; only what exists is counted, for a quota that may come later.
            self.count_pod(template);
            return Ok(());
        }
        self.catch_up_with_quotas();
        let Some(site) = &mut self.site else { return Ok(()) };
        let blueprint = &site.blueprints[template.0 as usize];
        if let Some(refusal) = site.quotas.refuses(&blueprint.usage, &blueprint.unstated) {
            return Err(refusal);
        }
        site.quotas.charge(&blueprint.usage);
        Ok(())
    }

    fn count_pod(&mut self, template: TemplateId) {
        if let Some(site) = &mut self.site {
            site.quotas.count(&site.blueprints[template.0 as usize].usage);
        }
    }

    /// The quotas charge a pod that then cannot be stored: nobody takes that back before the next
    /// recalculation.
    pub(super) fn charge_for_nothing(&mut self, template: TemplateId) {
        let now = self.now();
        self.catch_up_with_quotas();
        let Some(site) = &mut self.site else { return };
        let blueprint = &site.blueprints[template.0 as usize];
        if site.quotas.refuses(&blueprint.usage, &blueprint.unstated).is_none() {
            site.quotas.leak(&blueprint.usage, now);
        }
    }

    /// Whether a new Deployment or `ReplicaSet` is let in, and charged.
    pub(super) fn admit_object(&mut self, usage: &Usage) -> Result<(), Refusal> {
        let Some(site) = &mut self.site else { return Ok(()) };
        if site.faults.namespace_terminating {
            return Err(Refusal::NamespaceTerminating);
        }
        if let Some(refusal) = site.quotas.refuses(usage, &[]) {
            return Err(refusal);
        }
        site.quotas.charge(usage);
        Ok(())
    }

    /// An object that quotas count is gone.
    pub(super) fn release_object(&mut self, usage: &Usage) {
        let Some(site) = &mut self.site else { return };
        site.quotas.discount(usage);
        if !site.quotas.is_empty() {
            self.recalculate_quotas_soon();
        }
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
        if ended && !site.quotas.was_let_go(id) {
            let usage = site.blueprints[after.template.0 as usize].usage.without_object();
            site.quotas.discount(&usage);
        }
        if removed {
            site.quotas.discount(&Usage::ENDED_POD);
        }
        if !site.quotas.is_empty() {
            self.recalculate_quotas_soon();
        }
    }

    /// A pod has begun to terminate. Quotas go on charging it, but not for ever.
    pub(super) fn note_termination(&mut self, id: PodId, deletion: Timestamp) {
        let pod = *self.api.pod(id);
        let Some(site) = &mut self.site else { return };
        if !site.quotas.is_empty() {
            let grace = site.grace_of(id, &pod);
            site.quotas.terminates(id, deletion, grace);
        }
    }

    fn catch_up_with_quotas(&mut self) {
        let now = self.now();
        let (api, Some(site)) = (&self.api, &mut self.site) else { return };
        let blueprints = &site.blueprints;
        site.quotas.catch_up(now, |id| {
            let pod = api.pod(id);
            let usage = blueprints[pod.template.0 as usize].usage.without_object();
            pod.is_charged().then_some(usage)
        });
    }

    /// The quota controller's new status has come to admission. Nobody recalculates while the controllers are
    /// down; they begin with it.
    pub(super) fn quotas_recalculated(&mut self) {
        if self.controllers_running {
            self.recalculate_quotas();
        } else if let Some(site) = &mut self.site {
            site.quotas.recalculating = false;
        }
    }

    pub(super) fn recalculate_quotas(&mut self) {
        let now = self.now();
        let (api, Some(site)) = (&self.api, &mut self.site) else { return };
        let blueprints = &site.blueprints;
        site.quotas.recalculate(now, |id| {
            let pod = api.pod(id);
            let usage = blueprints[pod.template.0 as usize].usage.without_object();
            pod.is_charged().then_some(usage)
        });
    }

    /// A quota has changed. What a fault does from the very beginning is in force from the very beginning.
    pub(super) fn quotas_changed(&mut self) {
        let at_start = self.site.as_ref().is_some_and(|site| site.start == self.now());
        if at_start { self.recalculate_quotas() } else { self.recalculate_quotas_soon() }
    }

    fn recalculate_quotas_soon(&mut self) {
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
