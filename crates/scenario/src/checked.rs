//! A checked scenario: all references resolved, defaults filled in, ready to run.

use super::action::{self, MAX_REPLICAS};
use super::cluster;
use super::disruption;
use super::fault;
use super::fields::{self, LeftOut, Stated};
use super::fit::Demand;
use super::folder::{Folder, Inputs};
use super::image;
use super::ineffective;
use super::manifest::{Objects, Workload};
use super::note::Notes;
use super::objective::{self, Objective};
use super::policy;
use super::reader::{Fields, nearest};
use super::service;
use super::settings::{Setting, Settings};
use super::spec::{self, Spec};
use super::subject;
use super::surroundings::{background, bare_pods, daemons, demand, used_images};
use super::yaml::{self, Node, Value};
use crate::diagnostic::{Diagnostic, Diagnostics, Source};
use simulator::Span;
use simulator::model::{Action, AdmissionFault, Cluster, FaultKind, Images, Model, PodTemplate, Start};
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::sync::Arc;

/// A checked scenario.
#[derive(Debug, Clone, PartialEq)]
pub struct Scenario {
    /// Its name, a DNS label.
    pub name: String,
    /// A description in one line; may be empty.
    pub description: String,
    /// Labels; `group` is the heading under which the catalogue lists it.
    pub labels: BTreeMap<String, String>,
    /// How many runs.
    pub runs: u64,
    /// The seed of the batch.
    pub seed: u64,
    /// The objectives of its runs.
    pub objectives: Vec<Objective>,
    /// Notes about the interpretation of the input.
    pub notes: Vec<String>,
    /// Fields of the manifests that the model does not use.
    pub left_out: Vec<LeftOut>,
    /// The notes about manifests that limit the validity of a forecast.
    pub remarks: Vec<String>,
    /// The resolved values in order, with their origins.
    pub settings: Vec<Setting>,
    /// The model for the simulator.
    pub model: Model,
}

/// Checks the scenario in `source`, whose paths begin in `folder`, and returns the inputs that it was read from.
///
/// The values of the folder's variant replace those in the texts.
pub(crate) fn check(source: &Arc<Source>, folder: Folder) -> Result<(Scenario, Inputs), Diagnostics> {
    let mut log = Diagnostics::new();
    let mut documents = yaml::documents(source, &mut log);
    let node = match documents.as_mut_slice() {
        [one] => one,
        [] if log.is_empty() => {
            let text = format!("{} is empty: a scenario was expected", source.name());
            return Err(Diagnostic::without_place(text).into());
        }
        [] => return Err(log),
        [_, second, ..] => {
            let text = "a file holds one scenario; this is the beginning of another document";
            log.push(
                Diagnostic::at(&second.place, text).help("put Kubernetes manifests into files of their own"),
            );
            return Err(log);
        }
    };
    folder.variant().apply_to_scenario(node, &mut log);
    let mut checker =
        Checker { folder, settings: Settings::default(), notes: Notes::default(), remarks: Vec::new(), log };
    let scenario = checker.scenario(node);
    let inputs = checker.folder.into_inputs(source.text());
    match scenario {
        Some(scenario) => checker.log.finish((scenario, inputs)),
        None => Err(checker.log.finish(()).err().unwrap_or_default()),
    }
}

struct Checker {
    folder: Folder,
    settings: Settings,
    notes: Notes,
    remarks: Vec<String>,
    log: Diagnostics,
}

impl Checker {
    fn scenario(&mut self, node: &Node) -> Option<Scenario> {
        let spec = spec::read(node, &mut self.settings, &mut self.log)?;
        let objects = self.objects(&spec);
        let workload = subject::choose(&objects, &spec, &mut self.log);
        if let Some(workload) = workload {
            self.folder.variant().check_kind(workload.id.kind, &mut self.log);
        }
        let mut applied = Vec::new();
        let model = self.model(&spec, &objects, workload, &mut applied);
        let service = model.as_ref().and_then(|model| model.service.as_ref());
        let service = service.map(|service| service.name.as_str());
        let left_out = fields::left_out(workload, service, &objects, &applied);
        let log = &mut self.log;
        let objectives: Vec<_> =
            spec.objectives.iter().filter_map(|node| objective::read(node, log)).collect();
        Some(Scenario {
            name: spec.metadata.name,
            description: spec.metadata.description,
            labels: spec.metadata.labels,
            runs: spec.runs,
            seed: spec.seed,
            objectives,
            notes: std::mem::take(&mut self.notes).into_lines(),
            remarks: std::mem::take(&mut self.remarks),
            left_out,
            settings: std::mem::take(&mut self.settings).into_vec(),
            model: model?,
        })
    }

    /// All objects of all manifests.
    fn objects(&mut self, spec: &Spec<'_>) -> Objects {
        let mut objects = Objects::of(self.folder.variant(), spec.subject_name());
        for item in spec.manifests {
            self.folder.add_manifest(&mut objects, item, &mut self.log);
        }
        self.remarks = objects.remarks();
        self.notes.append(std::mem::take(&mut objects.notes));
        self.notes.extend(self.remarks.iter().cloned());
        objects.check_names(&mut self.log);
        objects
    }

    /// The model; `None` without a subject. All sections are read even then, to report their errors.
    fn model(
        &mut self,
        spec: &Spec<'_>,
        objects: &Objects,
        workload: Option<&Workload>,
        applied: &mut Vec<Stated>,
    ) -> Option<Model> {
        let subject =
            workload.map(|workload| subject::build(workload, objects, &mut self.settings, &mut self.notes));
        let (images, image_places) = image::read(spec.images, &mut self.settings, &mut self.log);
        let reader = action::Reader {
            subject: workload,
            replicas: subject.as_ref().map_or(1, |subject| subject.replicas),
            folder: &self.folder,
            horizon: spec.horizon,
            applied: RefCell::default(),
        };
        let history = history(spec, &reader, &mut self.log);
        let actions = reader.all(spec.actions, &mut self.log);
        *applied = reader.applied.take();
        let (mut actions, node_names): (Vec<Action>, Vec<_>) =
            actions.into_iter().map(|written| (written.action, written.nodes)).unzip();
        let faults = fault::all(spec.faults, spec.horizon, &mut self.log);
        let cluster = cluster::read(spec.cluster, &mut self.settings, &mut self.log);
        let service = service::read(spec, &mut self.log);
        let (workload, subject) = (workload?, subject?);

        let used = used_images(&subject, &history, &actions, objects);
        let names: Vec<&str> = used.iter().map(String::as_str).collect();
        self.note_unused_images(&image_places, &names);
        let mut background = background(workload, objects);
        let demand = demand(&subject, &history, &actions, &background, objects);
        self.check_total(workload, &demand);
        self.note_tight_cluster(&cluster, &demand);
        let cluster = cluster.build(&demand, &mut self.settings);
        background.extend(daemons(workload, objects, &cluster));
        self.note_unused_sizes(&images, &cluster);
        let service = service.build(workload, objects, &cluster, &mut self.settings, &mut self.notes);
        let faults = fault::resolve(faults, &names, &cluster, &mut self.log);
        action::resolve(&mut actions, &node_names, &cluster, &mut self.log);
        let mut model = Model {
            bare_pods: bare_pods(workload, objects),
            quotas: Vec::new(),
            limit_ranges: Vec::new(),
            disruption_budgets: Vec::new(),
            service,
            subject,
            history,
            background,
            start: spec.start,
            cluster,
            images,
            actions,
            faults,
            horizon: spec.horizon,
        };
        self.policies(&mut model, objects);
        self.notes.extend(ineffective::notes(&model));
        self.check_start(spec, &model);
        Some(model)
    }

    /// Quotas, limit ranges and disruption budgets of the subject's namespace.
    fn policies(&mut self, model: &mut Model, objects: &Objects) {
        let here = &model.subject.namespace;
        for (id, api) in &objects.quotas {
            if id.namespace == *here {
                model.quotas.extend(policy::quota(id, api, &mut self.notes));
            } else {
                self.note_elsewhere(id.kind, &id.name, &id.namespace);
            }
        }
        for (id, api) in &objects.limit_ranges {
            if id.namespace == *here {
                model.limit_ranges.push(policy::limit_range(id, api));
            } else {
                self.note_elsewhere(id.kind, &id.name, &id.namespace);
            }
        }
        for (id, api) in &objects.disruption_budgets {
            if id.namespace == *here {
                model.disruption_budgets.extend(disruption::budget(id, api, &mut self.notes));
            } else {
                self.note_elsewhere(id.kind, &id.name, &id.namespace);
            }
        }
        for fault in &model.faults {
            if let FaultKind::Admission(AdmissionFault::Quota { quota, .. }) = &fault.kind
                && model.quotas.iter().all(|known| known.name != *quota)
            {
                self.notes
                    .push(format!("fault {}: the quota {quota} is created without other limits", fault.name));
            }
        }
    }

    fn note_elsewhere(&mut self, kind: &str, name: &str, namespace: &str) {
        let [one, many] = ["it is", "they are"].map(|are| format!("{are} in the namespace {namespace}"));
        self.notes.ignored(kind, name, &one, &many);
    }

    /// `used` are sorted.
    fn note_unused_images(&mut self, listed: &[(String, crate::diagnostic::Place)], used: &[&str]) {
        // Each hint compares with every image, so the number of hints is bounded.
        const MOST_HINTS: usize = 100;
        let is_unused = |image: &str| used.binary_search(&image).is_err();
        for (index, (image, _)) in listed.iter().filter(|(image, _)| is_unused(image)).enumerate() {
            let near = if index < MOST_HINTS { nearest(image, used) } else { None };
            let hint = near.map_or(String::new(), |near| format!(" (did you mean {near}?)"));
            self.notes.push(format!("images: no pod of this scenario uses the image {image}{hint}"));
        }
    }

    fn note_unused_sizes(&mut self, images: &Images, cluster: &Cluster) {
        let sized = images.by_name.values().chain([&images.default]).any(|image| image.size.is_some());
        if sized && cluster.registry.bandwidth.is_none() {
            let text = "images: `size` has no effect without `cluster.registry.bandwidth`";
            self.notes.push(text.to_owned());
        }
    }

    fn check_total(&mut self, workload: &Workload, demand: &Demand) {
        if demand.pods() > MAX_REPLICAS {
            let text = format!("more than {MAX_REPLICAS} pods in total: no cluster holds that many");
            self.log.push(Diagnostic::at(&workload.replicas_place, text));
        }
    }

    /// Notes a cluster without room for all pods. It is legitimate, but seldom intended.
    fn note_tight_cluster(&mut self, cluster: &cluster::ClusterSection, demand: &Demand) {
        if !cluster.fits(demand) {
            self.notes
                .push("the cluster may be too small: some pods may wait for room until the end".to_owned());
        }
    }

    fn check_start(&mut self, spec: &Spec<'_>, model: &Model) {
        if model.start == Start::Empty
            && let Some(first) = spec.history.first()
        {
            let text = "with `start: empty` nothing exists at t = 0, so there is no history";
            self.log.push(Diagnostic::at(&first.place, text));
        }
        if let Start::Settled { age } = model.start
            && self.log.is_empty()
        {
            self.note_incomplete(age, model);
        }
    }

    /// Notes a settled workload that is nevertheless not complete at t = 0.
    fn note_incomplete(&mut self, age: Span, model: &Model) {
        if age < Span::from_secs(model.subject.min_ready_seconds.into()) {
            let text = "start: the workload is younger than minReadySeconds, so no pod is available at t = 0";
            self.notes.push(text.to_owned());
        }
        let homeless = simulator::pods_without_room(model);
        if homeless > 0 {
            self.notes.push(format!(
                "start: {homeless} pods find no node at t = 0 (room, labels or taints of the cluster); they wait"
            ));
        }
    }
}

/// Earlier templates, oldest first.
fn history(spec: &Spec<'_>, reader: &action::Reader<'_>, log: &mut Diagnostics) -> Vec<PodTemplate> {
    let mut templates: Vec<PodTemplate> = Vec::new();
    for item in spec.history {
        let Some(subject) = reader.subject else { break };
        if subject.deployment.is_none() {
            log.push(Diagnostic::at(&item.place, "a bare ReplicaSet has no history"));
            break;
        }
        let template = match item.value {
            Value::Map(_) => override_images(item, reader, subject, log),
            _ => older_manifest(item, reader, subject, log),
        };
        let Some(template) = template else { continue };
        if template == subject.template || templates.contains(&template) {
            let text = "this template is in the history twice or is the current one";
            let help = "Kubernetes keeps one ReplicaSet for each template";
            log.push(Diagnostic::at(&item.place, text).help(help));
        }
        templates.push(template);
    }
    templates
}

fn override_images(
    item: &Node,
    reader: &action::Reader<'_>,
    subject: &Workload,
    log: &mut Diagnostics,
) -> Option<PodTemplate> {
    let mut fields = Fields::of(item, "an item of `history`", log)?;
    let images = fields.need("setImage", log).and_then(|node| reader.set_image(node, log));
    fields.finish(log);
    let mut template = subject.template.clone();
    for (name, image) in images? {
        let all = template.containers.iter_mut().chain(&mut template.init_containers);
        all.filter(|container| container.name == name)
            .for_each(|container| container.image.clone_from(&image));
    }
    Some(template)
}

fn older_manifest(
    item: &Node,
    reader: &action::Reader<'_>,
    subject: &Workload,
    log: &mut Diagnostics,
) -> Option<PodTemplate> {
    let objects = reader.folder.objects_as_written(item, log)?;
    let same = |other: &&Workload| other.id.kind == subject.id.kind && other.id.name == subject.id.name;
    let found = objects.workloads.iter().find(same);
    if found.is_none() {
        let text = format!("this manifest has no {} {}", subject.id.kind, subject.id.name);
        log.push(Diagnostic::at(&item.place, text));
    }
    found.map(|workload| workload.template.clone())
}
