//! Names and texts of everything that a story may speak of.

use super::view::PodIdentity;
use crate::cluster::{PodId, World};
use crate::model::{Container, PodTemplate};
use crate::observe::Observer;
use controller::api::{ReplicaSetName, TemplateId};

/// The letters and digits of generated names, without those that make words
/// (`staging/src/k8s.io/apimachinery/pkg/util/rand/rand.go`).
const ALPHANUMS: &[u8; 27] = b"bcdfghjklmnpqrstvwxz2456789";

/// Most bytes of a generated name before its five random characters
/// (`staging/src/k8s.io/apiserver/pkg/storage/names/generate.go`).
const LONGEST_PREFIX: usize = 58;

/// Names and texts.
pub(super) struct Lexicon {
    /// The subject's name.
    pub(super) subject: String,
    pub(super) namespace: String,
    pub(super) is_deployment: bool,
    pub(super) templates: Vec<PodTemplate>,
    pub(super) nodes: Vec<String>,
    pub(super) pods: Vec<PodIdentity>,
    /// Texts of refusals, by the handle that the controllers have on them.
    pub(super) errors: Vec<String>,
}

impl Lexicon {
    pub(super) fn of<O: Observer>(world: &World<O>) -> Self {
        let model = world.model();
        let mut lexicon = Self {
            subject: model.map_or_else(String::new, |model| model.subject.name.clone()),
            namespace: model.map_or_else(String::new, |model| model.subject.namespace.clone()),
            is_deployment: world.api().deployment.is_some(),
            templates: world.templates().to_vec(),
            nodes: world.node_names(),
            pods: Vec::new(),
            errors: world.error_texts(),
        };
        let bare = model.map_or(&[][..], |model| &model.bare_pods);
        lexicon.pods = world
            .api()
            .pods
            .iter()
            .enumerate()
            .map(|(index, pod)| {
                // Bare pods are there before any other.
                let name = match bare.get(index) {
                    Some(bare) => bare.name.clone(),
                    None => lexicon.pod_name(pod.template, pod.uid.0),
                };
                let owner = if index < bare.len() { None } else { pod.owner };
                PodIdentity { name, replica_set: owner.map(|id| id.0 as usize), template: pod.template.0 }
            })
            .collect();
        lexicon
    }

    /// The name of a `ReplicaSet`: a bare one is the subject itself.
    pub(super) fn replica_set(&self, name: ReplicaSetName) -> String {
        if self.is_deployment { format!("{}-{}", self.subject, name.suffix()) } else { self.subject.clone() }
    }

    /// The name of a pod: that of its `ReplicaSet` and five characters, which its identity decides.
    fn pod_name(&self, template: TemplateId, mut uid: u64) -> String {
        let mut name = format!("{}-", self.replica_set(crate::cluster::name_of(template, None)));
        name.truncate(LONGEST_PREFIX);
        for _ in 0..5 {
            name.push(char::from(ALPHANUMS[(uid % 27) as usize]));
            uid /= 27;
        }
        name
    }

    /// Namespace and name of a pod.
    pub(super) fn full_name(&self, id: PodId) -> String {
        format!("{}/{}", self.namespace, self.pods[id.0 as usize].name)
    }

    pub(super) fn template(&self, number: u32) -> &PodTemplate {
        &self.templates[number as usize]
    }

    /// Ordinary containers of a template with their images.
    pub(super) fn images(&self, number: u32) -> Vec<(String, String)> {
        names_and_images(&self.template(number).containers)
    }

    /// Init containers of a template with their images.
    pub(super) fn init_images(&self, number: u32) -> Vec<(String, String)> {
        names_and_images(&self.template(number).init_containers)
    }

    pub(super) fn error(&self, id: controller::api::ErrorId) -> String {
        self.errors.get(id.0 as usize).cloned().unwrap_or_default()
    }

    pub(super) fn node(&self, index: u32) -> &str {
        self.nodes.get(index as usize).map_or("", String::as_str)
    }
}

fn names_and_images(containers: &[Container]) -> Vec<(String, String)> {
    containers.iter().map(|container| (container.name.clone(), container.image.clone())).collect()
}
