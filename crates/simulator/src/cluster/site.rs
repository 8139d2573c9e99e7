//! What a modelled cluster consists of beside its control plane: nodes, images, templates made ready for
//! use, the lives of pods, quotas and faults.

use super::admission::{Quotas, Usage};
use super::fault::Faults;
use super::garbage_collector::GarbageCollector;
use super::kubelet::{Container, Lane, Life};
use super::node::{Node, Pools};
use super::node_lifecycle::NodeLifecycle;
use super::pod::{NodeId, Pod, PodId};
use super::pod_table::PodTable;
use super::registry::Pulls;
use super::room::Refused;
use super::scheduler::{Rules, Scheduler, Tallies};
use super::service::ServiceView;
use crate::engine::{Slots, Stream, Streams};
use crate::model::{
    Counted, ImageBehaviour, Images, Model, PodTemplate, Probe, PullPolicy, Resources, Toleration,
};
use crate::{Span, Timestamp};
use controller::api::TemplateId;
use std::sync::Arc;

/// Index of an image.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct ImageId(pub(super) u16);

/// The modelled part of a world. A replay of a recording has none.
pub(super) struct Site {
    pub(super) model: Arc<Model>,
    /// t = 0 on the API server's clock.
    pub(super) start: Timestamp,
    pub(super) images: ImageTable,
    pub(super) blueprints: Vec<Blueprint>,
    pub(super) pools: Pools,
    pub(super) nodes: Vec<Node>,
    pub(super) lifecycle: NodeLifecycle,
    pub(super) lives: PodTable<Life>,
    /// Those of all pods that a kubelet has had something to do with; each pod's lie together.
    pub(super) containers: PodTable<Container>,
    /// By node: the way of statuses to the API server.
    pub(super) lanes: Vec<Lane>,
    pub(super) scheduler: Scheduler,
    pub(super) tallies: Tallies,
    pub(super) pulls: Pulls,
    pub(super) quotas: Quotas,
    pub(super) faults: Faults,
    pub(super) triggers: Triggers,
    pub(super) collector: GarbageCollector,
    pub(super) chance: Stream,
    /// The Service, if the model has one.
    pub(super) service: Option<ServiceView>,
    /// Templates of which the last pod was refused.
    pub(super) refused: Vec<Refused>,
    /// The manifest that was applied last; `None` for the one with which the workload was created.
    pub(super) last_applied: Option<Arc<str>>,
    /// Pods that are deleted with another grace period than their template's.
    pub(super) graces: Vec<(PodId, Span)>,
}

/// Actions and faults that wait for something to happen.
#[derive(Debug, Clone, Default)]
pub(super) struct Triggers {
    /// Pods of each template that have become Ready, each counted once.
    pub(super) ready_once: Vec<u32>,
    /// What has not been triggered yet.
    pub(super) waiting: Vec<Waiting>,
    /// Changes of the template that are certain to come.
    pub(super) template_changes_to_come: u32,
}

/// Something that waits for its trigger.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Waiting {
    Action(u32),
    Fault(u32),
}

/// The images by number, so that nothing on the way of an event compares texts.
#[derive(Debug, Clone, Default)]
pub(super) struct ImageTable {
    names: Vec<String>,
    behaviours: Vec<ImageBehaviour>,
}

impl ImageTable {
    fn intern(&mut self, name: &str, images: &Images) -> ImageId {
        if let Some(known) = self.names.iter().position(|known| known == name) {
            return ImageId(known as u16);
        }
        self.names.push(name.to_owned());
        self.behaviours.push(images.of(name).clone());
        ImageId(self.names.len() as u16 - 1)
    }

    pub(super) fn behaviour(&self, image: ImageId) -> &ImageBehaviour {
        &self.behaviours[usize::from(image.0)]
    }

    pub(super) fn name(&self, image: ImageId) -> &str {
        &self.names[usize::from(image.0)]
    }
}

/// A template as nodes, scheduler and admission use it.
#[derive(Debug, Clone)]
pub(super) struct Blueprint {
    /// Init containers first, in the order in which they start.
    pub(super) containers: Vec<Part>,
    pub(super) requests: Resources,
    /// What a pod is worth to quotas.
    pub(super) usage: Usage,
    /// What some container leaves open although a quota could ask for it, with the containers.
    pub(super) unstated: Vec<(Counted, String)>,
    pub(super) grace: Span,
    pub(super) tolerations: Vec<Toleration>,
    /// Sorted by key.
    pub(super) labels: Vec<(String, String)>,
    pub(super) priority: i32,
    pub(super) rules: Rules,
    /// How pods of this template violate the limit ranges, which refuse them then.
    pub(super) limit_range_violations: Vec<String>,
}

/// One container of a template.
#[derive(Debug, Clone, Copy)]
pub(super) struct Part {
    pub(super) image: ImageId,
    pub(super) pull_policy: PullPolicy,
    /// Starts before the containers of the application do.
    pub(super) is_init: bool,
    /// Runs to its end before the next one starts: an init container that is no sidecar.
    pub(super) runs_to_end: bool,
    pub(super) startup: Option<Probe>,
    pub(super) readiness: Option<Probe>,
    pub(super) liveness: Option<Probe>,
    /// In bytes.
    pub(super) memory_limit: Option<i64>,
    pub(super) pre_stop: Span,
}

/// Containers of one pod that a kubelet looks at; a request with more would be too large for the API server.
const MOST_CONTAINERS: usize = u16::MAX as usize;

impl Part {
    /// Whether anything asks the application.
    pub(super) fn is_probed(&self) -> bool {
        self.startup.is_some() || self.readiness.is_some() || self.liveness.is_some()
    }
}

impl Blueprint {
    pub(super) fn of(
        template: &PodTemplate,
        rules: Rules,
        site_images: &mut ImageTable,
        model: &Model,
    ) -> Self {
        let (effective, limit_range_violations) =
            super::admission::with_limit_ranges(template, &model.limit_ranges);
        let inits = effective.init_containers.iter().map(|container| (container, true));
        let apps = effective.containers.iter().map(|container| (container, false));
        let containers = inits
            .chain(apps)
            .take(MOST_CONTAINERS)
            .map(|(container, is_init)| Part {
                image: site_images.intern(&container.image, &model.images),
                pull_policy: container.pull_policy,
                is_init,
                runs_to_end: is_init && !container.sidecar,
                startup: container.startup,
                readiness: container.readiness,
                liveness: container.liveness,
                memory_limit: container.limits.memory_bytes,
                pre_stop: container.pre_stop,
            })
            .collect();
        Self {
            containers,
            requests: effective.requests(),
            usage: Usage::of_pod(&effective.requests(), &effective.limits()),
            unstated: super::admission::unstated(&effective),
            grace: effective.termination_grace,
            tolerations: template.tolerations.clone(),
            labels: template.labels.clone(),
            priority: template.priority,
            rules,
            limit_range_violations,
        }
    }
}

impl Site {
    pub(super) fn new(model: Arc<Model>, streams: &Streams) -> Self {
        Self {
            start: Timestamp::ZERO,
            images: ImageTable::default(),
            blueprints: Vec::new(),
            pools: Pools::default(),
            nodes: Vec::new(),
            lifecycle: NodeLifecycle::new(streams),
            lives: PodTable::default(),
            containers: PodTable::default(),
            lanes: Vec::new(),
            scheduler: Scheduler::default(),
            tallies: Tallies::default(),
            pulls: Pulls::default(),
            quotas: Quotas::default(),
            faults: Faults::default(),
            triggers: Triggers::default(),
            collector: GarbageCollector::new(&model.cluster.control_plane),
            chance: streams.running("chance"),
            service: ServiceView::of(&model, streams),
            refused: Vec::new(),
            last_applied: None,
            graces: Vec::new(),
            model,
        }
    }

    /// Makes everything as it is before anything has happened.
    pub(super) fn reset(&mut self, streams: &Streams) {
        self.start = Timestamp::ZERO + fraction_of_a_second(streams);
        self.chance = streams.running("chance");
        self.lives.clear();
        self.refused.clear();
        self.last_applied = None;
        self.graces.clear();
        self.containers.clear();
        self.lanes.clear();
        // Tallies begin anew, and what refers to them. Without any, what the templates are stays known.
        let lasting = if self.tallies.is_empty() { self.lasting_templates() } else { 0 };
        self.blueprints.truncate(lasting);
        self.tallies.reset(self.blueprints.len());
        self.scheduler.reset();
        self.pulls.reset(&self.model, self.start);
        self.pools.reset(&self.model, &mut self.nodes, &mut self.chance);
        self.lifecycle.reset(&self.model, self.start, streams);
        self.quotas.reset(&self.model, streams, self.start);
        self.collector.reset();
        self.faults.reset(&self.model, streams);
        let lasting = self.lasting_templates();
        if let Some(service) = &mut self.service {
            service.reset(streams, lasting);
        }
        self.triggers.ready_once.clear();
        self.triggers.waiting.clear();
        self.triggers.template_changes_to_come = 0;
    }

    /// The templates that every run begins with, in the same order: those of the history and the subject's.
    /// Later ones come in the order of what happens, which differs from run to run.
    pub(super) fn lasting_templates(&self) -> usize {
        let mut distinct: Vec<&PodTemplate> = Vec::with_capacity(self.model.history.len() + 1);
        for template in self.model.history.iter().chain([&self.model.subject.template]) {
            if !distinct.contains(&template) {
                distinct.push(template);
            }
        }
        distinct.len()
    }

    /// Makes the blueprint of a template that has just appeared.
    pub(super) fn add_template(&mut self, id: TemplateId, template: &PodTemplate) {
        if id.0 as usize == self.blueprints.len() {
            let model = Arc::clone(&self.model);
            let rules = Rules::of(id, template, &model, &mut self.tallies);
            self.blueprints.push(Blueprint::of(template, rules, &mut self.images, &model));
        }
        if let Some(service) = &mut self.service {
            service.add_template(id.0 as usize, template);
        }
        if id.0 as usize >= self.triggers.ready_once.len() {
            self.triggers.ready_once.resize(id.0 as usize + 1, 0);
        }
    }

    /// Whether a node has an image: pulled, or there from the start.
    pub(super) fn has_image(&self, node: NodeId, image: ImageId) -> bool {
        self.images.behaviour(image).cached || self.nodes[node.index()].has_image(image)
    }

    /// The containers of a pod that a kubelet has had something to do with; otherwise none.
    pub(super) fn containers_of(&self, life: &Life) -> &[Container] {
        life.place().and_then(|place| self.containers.get(place)).unwrap_or_default()
    }

    pub(super) fn blueprint(&self, id: TemplateId) -> &Blueprint {
        &self.blueprints[id.0 as usize]
    }

    /// The grace period with which a pod is deleted: its template's, unless its deletion asked for another one.
    pub(super) fn grace_of(&self, id: PodId, pod: &Pod) -> Span {
        let asked = self.graces.iter().find(|(other, _)| *other == id);
        asked.map_or_else(|| self.blueprint(pod.template).grace, |(_, grace)| *grace)
    }
}

/// t = 0 falls anywhere in a second of the API server's clock: times that are cut to whole seconds are
/// up to a second old when they are stored.
fn fraction_of_a_second(streams: &Streams) -> Span {
    let slots: Slots = streams.slots("clock", 0, 0);
    Span::from_secs_f64(slots.uniform(0))
}
