//! Detects whether a refused creation would be admitted now. The controllers do not know this; observers use
//! it to measure how long a controller waits without need.

use super::refusal::Refusal;
use super::world::World;
use crate::observe::{Observation, Observer};
use controller::api::TemplateId;

/// A template whose last creation was refused, until a pod is created.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct RefusedTemplate {
    template: TemplateId,
    /// Whether the next creation would be admitted.
    would_admit: bool,
}

impl<O: Observer> World<O> {
    /// The API server has admitted or refused a pod.
    pub(super) fn note_admission(&mut self, template: TemplateId, outcome: Result<(), Refusal>) {
        let Some(site) = &mut self.site else { return };
        if outcome.is_ok() && site.refused.is_empty() {
            return;
        }
        site.refused.retain(|refused| refused.template != template);
        if outcome.is_err() {
            site.refused.push(RefusedTemplate { template, would_admit: false });
        }
        self.recheck_admission();
    }

    /// Quotas, faults or user settings have changed that admission depends on.
    pub(super) fn recheck_admission(&mut self) {
        let templates = self.site.as_ref().map_or(0, |site| site.refused.len());
        for place in 0..templates {
            let Some(site) = &self.site else { return };
            let RefusedTemplate { template, would_admit } = site.refused[place];
            let refusal = self.refusal_now(template);
            if refusal.is_none() == would_admit {
                continue;
            }
            if let Some(site) = &mut self.site {
                site.refused[place].would_admit = refusal.is_none();
            }
            self.see(Observation::Admission(template, refusal));
        }
    }
}
