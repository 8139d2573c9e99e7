//! Faults in the admission of new objects: begin, end, and the pods they select.

use super::lot;
use crate::cluster::control_plane::{Disturbance, Effect};
use crate::cluster::pod::PodId;
use crate::cluster::world::World;
use crate::model::{AdmissionFault, PodTarget, Side};
use crate::observe::Observer;
use controller::api::TemplateId;

/// Position of a fault's plugin in the order of admission; `None` if it does not review pods.
const fn place(fault: &AdmissionFault) -> Option<u8> {
    match fault {
        AdmissionFault::LimitRange(_) => Some(0),
        AdmissionFault::ServiceAccountMissing { .. } => Some(1),
        AdmissionFault::PodSecurity { .. } => Some(2),
        AdmissionFault::Deny { .. } => Some(3),
        AdmissionFault::Webhook(_) => Some(4),
        AdmissionFault::Quota { .. }
        | AdmissionFault::PermissionDenied(_)
        | AdmissionFault::NamespaceTerminating => None,
    }
}

impl<O: Observer> World<O> {
    pub(super) fn admission_fault_begins(&mut self, index: u32, fault: &AdmissionFault) {
        let Some(site) = &mut self.site else { return };
        if let Some(place) = place(fault) {
            let model = &site.model;
            let place_of = |index: &u32| match &model.faults[*index as usize].kind {
                crate::model::FaultKind::Admission(fault) => self::place(fault),
                _ => None,
            };
            let at = site.faults.reviewers.partition_point(|other| place_of(other) <= Some(place));
            site.faults.reviewers.insert(at, index);
        }
        match fault {
            AdmissionFault::Quota { quota, hard, used } => {
                site.quotas.squeeze(index, quota, hard, used);
                self.quotas_changed();
            }
            AdmissionFault::PermissionDenied(target) => {
                let seed = site.faults.numbers_of(index).0;
                self.calls.disturb(Disturbance::of_fault(index, *target, Effect::Forbid, seed));
            }
            AdmissionFault::NamespaceTerminating => {
                site.faults.namespace_terminating = true;
                self.empty_namespace();
            }
            _ => {}
        }
    }

    pub(super) fn admission_fault_ends(&mut self, index: u32, fault: &AdmissionFault) {
        let Some(site) = &mut self.site else { return };
        site.faults.reviewers.retain(|other| *other != index);
        match fault {
            AdmissionFault::Quota { .. } => {
                site.quotas.relax(index);
                self.quotas_changed();
            }
            AdmissionFault::PermissionDenied(_) => self.calls.remove_fault(index),
            _ => {}
        }
    }

    /// The namespace controller deletes all pods at once, and everything else only after they are gone
    /// (`pkg/controller/namespace/deletion`, feature `OrderedNamespaceDeletion`).
    fn empty_namespace(&mut self) {
        for index in 0..self.api.pods.len() as u32 {
            let id = PodId(index);
            if !self.api.pod(id).removed {
                // The deletion of an existing pod is never refused.
                let _ = self.commit_pod_deletion(id);
            }
        }
    }

    /// The next uniform number in (0, 1) of a fault.
    pub(in super::super) fn fault_lot(&mut self, index: u32) -> f64 {
        let Some(site) = &mut self.site else { return 0.5 };
        let state = &mut site.faults.states[index as usize];
        state.count += 1;
        lot(state.seed, state.count)
    }

    /// Whether a fault selects a new pod of this template. The pod has no node yet.
    pub(in super::super) fn template_is_hit(&self, target: &PodTarget, id: TemplateId, lot: f64) -> bool {
        let template = self.templates.get(id);
        let has = |image: &String| {
            let mut all = template.containers.iter().chain(&template.init_containers);
            all.any(|container| container.image == *image)
        };
        let in_force = self.api.deployment.as_ref().map(|deployment| deployment.spec.template);
        let side = if in_force.is_none_or(|in_force| in_force == id) { Side::New } else { Side::Old };
        target.image.as_ref().is_none_or(has)
            && target.side.is_none_or(|wanted| wanted == side)
            && lot < target.fraction
    }
}
