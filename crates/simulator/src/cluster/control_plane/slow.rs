//! Controllers with fewer workers or a lower rate limit than configured.

use crate::cluster::world::World;
use crate::model::{ControlPlaneFault, ControllerName, FaultKind};
use crate::observe::Observer;

impl<O: Observer> World<O> {
    /// Applies the faults in force to workers and rate limits of the controllers.
    pub(in super::super) fn apply_slow_controllers(&mut self) {
        let Some(site) = &self.site else { return };
        let model = std::sync::Arc::clone(&site.model);
        for name in [ControllerName::Deployment, ControllerName::ReplicaSet] {
            let (mut workers, mut limit) = (self.settings.workers, self.settings.client_limit);
            let Some(site) = &self.site else { return };
            for kind in site.faults.active_kinds(&model) {
                let FaultKind::ControlPlane(ControlPlaneFault::SlowController {
                    controller,
                    workers: fewer,
                    client_limit: tighter,
                }) = kind
                else {
                    continue;
                };
                if controller.is_none_or(|controller| controller == name) {
                    workers = fewer.unwrap_or(workers);
                    limit = tighter.or(limit);
                }
            }
            self.set_controller(name, workers, limit);
        }
    }

    fn set_controller(&mut self, name: ControllerName, workers: u32, limit: Option<(f64, u32)>) {
        let now = self.now();
        let (queue, client) = match name {
            ControllerName::Deployment => {
                (&mut self.deployment_controller.queue, &mut self.deployment_controller.client)
            }
            ControllerName::ReplicaSet => {
                (&mut self.replica_set_controller.queue, &mut self.replica_set_controller.client)
            }
        };
        queue.set_workers(workers);
        match (client.as_mut(), limit) {
            (Some(bucket), Some((rate, burst))) => bucket.set_rate(rate, burst, now),
            (None, Some((rate, burst))) => *client = Some(super::super::rate::TokenBucket::new(rate, burst)),
            (_, None) => *client = None,
        }
        match name {
            ControllerName::Deployment => self.start_deployment_pass(),
            ControllerName::ReplicaSet => self.start_replica_set_passes(),
        }
    }
}
