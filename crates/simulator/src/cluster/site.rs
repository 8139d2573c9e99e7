//! What a modelled cluster consists of beside its control plane: nodes, images, templates made ready for
//! use, the lives of pods, quotas and faults.

use super::admission::{Quotas, Usage};
use super::fault::Faults;
use super::garbage_collector::GarbageCollector;
use super::kubelet::Life;
use super::node::{Node, Pools};
use super::pod::NodeId;
use super::scheduler::Scheduler;
use crate::engine::{Slots, Stream, Streams};
use crate::model::{Counted, ImageBehaviour, Images, Model, PodTemplate, Probe, PullPolicy, Resources};
use crate::{Span, Timestamp};
use controller::api::TemplateId;
use std::sync::Arc;

/// Index of an image.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
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
    pub(super) lives: Vec<Life>,
    pub(super) scheduler: Scheduler,
    pub(super) quotas: Quotas,
    pub(super) faults: Faults,
    pub(super) triggers: Triggers,
    pub(super) collector: GarbageCollector,
    pub(super) chance: Stream,
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
    /// By pool: whether labels and taints let the pod in.
    pub(super) fits_pool: Vec<bool>,
    /// How pods of this template violate the limit ranges, which refuse them then.
    pub(super) limit_range_violations: Vec<String>,
}

/// One container of a template.
#[derive(Debug, Clone, Copy)]
pub(super) struct Part {
    pub(super) image: ImageId,
    pub(super) pull_policy: PullPolicy,
    /// Runs to its end before the next one starts.
    pub(super) runs_to_end: bool,
    pub(super) startup: Option<Probe>,
    pub(super) readiness: Option<Probe>,
    pub(super) pre_stop: Span,
}

impl Blueprint {
    pub(super) fn of(template: &PodTemplate, site_images: &mut ImageTable, model: &Model) -> Self {
        let (effective, limit_range_violations) =
            super::admission::with_limit_ranges(template, &model.limit_ranges);
        let inits = effective.init_containers.iter().map(|container| (container, !container.sidecar));
        let apps = effective.containers.iter().map(|container| (container, false));
        let containers = inits
            .chain(apps)
            .map(|(container, runs_to_end)| Part {
                image: site_images.intern(&container.image, &model.images),
                pull_policy: container.pull_policy,
                runs_to_end,
                startup: container.startup,
                readiness: container.readiness,
                pre_stop: container.pre_stop,
            })
            .collect();
        Self {
            containers,
            requests: effective.requests(),
            usage: Usage::of_pod(&effective.requests(), &effective.limits()),
            unstated: super::admission::unstated(&effective),
            grace: effective.termination_grace,
            fits_pool: model.cluster.pools.iter().map(|pool| super::node::admits(pool, template)).collect(),
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
            lives: Vec::new(),
            scheduler: Scheduler::default(),
            quotas: Quotas::default(),
            faults: Faults::default(),
            triggers: Triggers::default(),
            collector: GarbageCollector::new(&model.cluster.control_plane),
            chance: streams.running("chance"),
            model,
        }
    }

    /// Makes everything as it is before anything has happened.
    pub(super) fn reset(&mut self, streams: &Streams) {
        self.start = Timestamp::ZERO + fraction_of_a_second(streams);
        self.chance = streams.running("chance");
        self.lives.clear();
        self.blueprints.truncate(self.lasting_templates());
        self.scheduler.reset();
        self.pools.reset(&self.model, &mut self.nodes, &mut self.chance);
        self.quotas.reset(&self.model, streams, self.start);
        self.collector.reset();
        self.faults.reset(&self.model, streams);
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
            self.blueprints.push(Blueprint::of(template, &mut self.images, &model));
        }
        if id.0 as usize >= self.triggers.ready_once.len() {
            self.triggers.ready_once.resize(id.0 as usize + 1, 0);
        }
    }

    /// Whether a node has an image: pulled, or there from the start.
    pub(super) fn has_image(&self, node: NodeId, image: ImageId) -> bool {
        self.images.behaviour(image).cached || self.nodes[node.index()].has_image(image)
    }

    pub(super) fn blueprint(&self, id: TemplateId) -> &Blueprint {
        &self.blueprints[id.0 as usize]
    }
}

/// t = 0 falls anywhere in a second of the API server's clock: times that are cut to whole seconds are
/// up to a second old when they are stored.
fn fraction_of_a_second(streams: &Streams) -> Span {
    let slots: Slots = streams.slots("clock", 0, 0);
    Span::from_secs_f64(slots.uniform(0))
}
