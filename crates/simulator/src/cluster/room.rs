//! Whether a creation that was refused would be refused again: nobody in the cluster is told, but whoever
//! looks wants to know how long a controller waits for nothing.

use super::site::Site;
use super::world::World;
use crate::observe::{Observation, Observer};
use controller::api::TemplateId;

/// The last refusal of a pod, until a pod is created.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Refused {
    template: TemplateId,
    would_admit: bool,
}

impl Site {
    pub(super) fn note_refusal(&mut self, template: TemplateId) {
        self.refused = Some(Refused { template, would_admit: false });
    }
}

impl<O: Observer> World<O> {
    /// Something has changed that admission looks at: quotas, faults, what the user has done.
    pub(super) fn look_for_room(&mut self) {
        let Some(site) = &mut self.site else { return };
        let Some(Refused { template, would_admit }) = site.refused else { return };
        let admits = site.refusal(template).is_none();
        if admits != would_admit {
            site.refused = Some(Refused { template, would_admit: admits });
            self.see(Observation::WouldAdmit(admits));
        }
    }
}
