//! The folder in which the paths of a scenario begin.

use super::manifest::Objects;
use super::reader::text;
use super::source;
use super::spec::{self, Manifest};
use super::unrendered;
use super::variant::Variant;
use super::yaml::{self, Node};
use crate::diagnostic::{Diagnostic, Diagnostics, Place, Source};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Everything from which a scenario is read: enough to read it again on any machine.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Inputs {
    /// The text of the scenario file.
    pub scenario: String,
    /// The texts of the manifests, by the paths with which the scenario names them.
    pub manifests: BTreeMap<String, String>,
    /// Values that replace those in the texts, as `--set` takes them.
    pub set: Vec<String>,
}

impl Inputs {
    /// `sha256:` and the hash of all texts with the paths of the manifests. What `--set` replaces is not in it.
    pub fn digest(&self) -> String {
        let mut hash = Sha256::new();
        let mut add = |text: &str| {
            hash.update((text.len() as u64).to_be_bytes());
            hash.update(text.as_bytes());
        };
        add(&self.scenario);
        for (path, text) in &self.manifests {
            add(path);
            add(text);
        }
        measures::digest::digest_words(hash)
    }
}

/// The origin of the texts of manifests.
#[derive(Debug, Clone)]
enum ManifestTexts {
    /// Files; paths begin in this folder.
    Disk(PathBuf),
    /// From [`Inputs`].
    Kept(BTreeMap<String, String>),
}

/// The folder of the scenario file, with the changes to its manifests.
#[derive(Debug, Clone)]
pub(crate) struct Folder {
    texts_of: ManifestTexts,
    variant: Arc<Variant>,
    /// The text of the path `-`; `None` if `-` is the name of a file.
    stdin: Option<Arc<Source>>,
    /// The texts of all manifests that were read, by path.
    read: RefCell<BTreeMap<String, String>>,
    /// Bytes that may still be read: a manifest is read again for each action that applies it.
    left: Cell<usize>,
}

/// Bytes that the manifests of one scenario have together, counting each time that one is read.
const MOST_BYTES: usize = 128 << 20;

impl Folder {
    pub(crate) fn new(path: &Path, variant: &Variant) -> Self {
        Self::of(ManifestTexts::Disk(path.to_owned()), variant)
    }

    /// Texts by path in place of a folder.
    pub(crate) fn kept(texts: &BTreeMap<String, String>, variant: &Variant) -> Self {
        Self::of(ManifestTexts::Kept(texts.clone()), variant)
    }

    fn of(texts_of: ManifestTexts, variant: &Variant) -> Self {
        Self {
            texts_of,
            variant: Arc::new(variant.clone()),
            stdin: None,
            read: RefCell::default(),
            left: Cell::new(MOST_BYTES),
        }
    }

    /// The same folder, with this text for the path `-`.
    pub(crate) fn with_stdin(self, text: Option<&str>) -> Self {
        Self { stdin: text.map(|text| Source::new("<stdin>", text)), ..self }
    }

    /// The inputs of the scenario with this text, as far as it was read.
    pub(crate) fn into_inputs(self, scenario: &str) -> Inputs {
        Inputs {
            scenario: scenario.to_owned(),
            manifests: self.read.into_inner(),
            set: self.variant.assignments().iter().map(ToString::to_string).collect(),
        }
    }

    fn read(&self, path: &str, asked_at: &Place) -> Result<Arc<Source>, Diagnostic> {
        let source = match (&self.stdin, &self.texts_of) {
            (Some(given), _) if path == "-" => given.clone(),
            (_, ManifestTexts::Disk(folder)) => source::read(&folder.join(path), Some(asked_at))?,
            (_, ManifestTexts::Kept(texts)) => match texts.get(path) {
                Some(text) => Source::new(path, text.as_str()),
                None => return Err(Diagnostic::at(asked_at, format!("the text of {path} was not kept"))),
            },
        };
        let Some(left) = self.left.get().checked_sub(source.text().len()) else {
            let text = format!(
                "the manifests have more than {} MiB, counting each time that one is read",
                MOST_BYTES >> 20
            );
            return Err(Diagnostic::at(asked_at, text));
        };
        self.left.set(left);
        self.read.borrow_mut().insert(path.to_owned(), source.text().to_owned());
        Ok(source)
    }

    /// The changes to the manifests.
    pub(crate) fn variant(&self) -> &Arc<Variant> {
        &self.variant
    }

    /// The objects of the manifest whose path is at `node`.
    pub(crate) fn objects_as_written(&self, node: &Node, log: &mut Diagnostics) -> Option<Objects> {
        let mut objects = Objects::default();
        self.add_to(&mut objects, node, log).then_some(objects)
    }

    /// Adds the objects of a manifest: a path, a stream in a block text, or an object; returns whether it could be read.
    pub(crate) fn add_manifest(&self, objects: &mut Objects, item: &Node, log: &mut Diagnostics) -> bool {
        match spec::manifest(item, log) {
            Some(Manifest::Path(node)) => return self.add_to(objects, node, log),
            Some(Manifest::Stream(node)) => {
                for document in yaml::embedded(node, &mut objects.notes, log) {
                    objects.add(&document, log);
                }
            }
            Some(Manifest::Object(node)) => objects.add(node, log),
            None => return false,
        }
        true
    }

    /// Adds the objects of the manifest whose path is at `node`; returns whether it could be read.
    pub(crate) fn add_to(&self, objects: &mut Objects, node: &Node, log: &mut Diagnostics) -> bool {
        let Some(path) = text(node, "the path of a manifest", log) else {
            return false;
        };
        match self.read(path, &node.place) {
            Ok(source) => {
                unrendered::add(&source, objects, log);
                true
            }
            Err(error) => {
                log.push(error.help("paths of manifests begin in the folder of the scenario file"));
                false
            }
        }
    }
}
