//! The folder that the paths in a scenario begin in.

use super::manifest::Objects;
use super::reader::text;
use super::source;
use super::variant::Variant;
use super::yaml::{self, Node};
use crate::diagnostic::{Diagnostic, Diagnostics, Place, Source};
use sha2::{Digest, Sha256};
use std::cell::RefCell;
use std::path::{Path, PathBuf};
use std::rc::Rc;
use std::sync::Arc;

/// The folder of the scenario file, and what is changed in the manifests that lie there.
#[derive(Debug, Clone)]
pub(crate) struct Folder {
    path: PathBuf,
    variant: Arc<Variant>,
    /// What the path `-` means; without it, it is the name of a file.
    stdin: Option<Arc<Source>>,
    /// Hash of every text that was read, one after another.
    texts: Rc<RefCell<Sha256>>,
}

impl Folder {
    pub(crate) fn new(path: &Path, variant: &Variant) -> Self {
        Self {
            path: path.to_owned(),
            variant: Arc::new(variant.clone()),
            stdin: None,
            texts: Rc::new(RefCell::new(Sha256::new())),
        }
    }

    /// The same, where the path `-` means this text.
    pub(crate) fn with_stdin(self, text: Option<&str>) -> Self {
        Self { stdin: text.map(|text| Source::new("<stdin>", text)), ..self }
    }

    fn read(&self, path: &str, asked_at: &Place) -> Result<Arc<Source>, Diagnostic> {
        match &self.stdin {
            Some(given) if path == "-" => Ok(given.clone()),
            _ => source::read(&self.path.join(path), Some(asked_at)),
        }
    }

    /// Notes a text that was read.
    pub(crate) fn note(&self, text: &str) {
        let mut texts = self.texts.borrow_mut();
        texts.update((text.len() as u64).to_be_bytes());
        texts.update(text.as_bytes());
    }

    /// `sha256:` and the hash of the scenario file and of all manifests that were read so far.
    pub(crate) fn digest_of_texts(&self) -> String {
        crate::write::provenance::digest_words(self.texts.borrow().clone())
    }

    /// What is changed in the manifests.
    pub(crate) fn variant(&self) -> &Arc<Variant> {
        &self.variant
    }

    /// The objects of the manifest whose path stands at `node`, with the changes for the subject.
    pub(crate) fn objects(
        &self,
        node: &Node,
        subject: Option<&str>,
        log: &mut Diagnostics,
    ) -> Option<Objects> {
        let mut objects = Objects::of(&self.variant, subject);
        self.add_to(&mut objects, node, log).then_some(objects)
    }

    /// The objects of the manifest whose path stands at `node`.
    pub(crate) fn objects_as_written(&self, node: &Node, log: &mut Diagnostics) -> Option<Objects> {
        let mut objects = Objects::default();
        self.add_to(&mut objects, node, log).then_some(objects)
    }

    /// Adds the objects of the manifest whose path stands at `node`; whether it could be read.
    pub(crate) fn add_to(&self, objects: &mut Objects, node: &Node, log: &mut Diagnostics) -> bool {
        let Some(path) = text(node, "the path of a manifest", log) else {
            return false;
        };
        match self.read(path, &node.place) {
            Ok(source) => {
                self.note(source.text());
                for document in yaml::documents(&source, log) {
                    objects.add(&document, log);
                }
                true
            }
            Err(error) => {
                log.push(error.help("paths of manifests begin in the folder of the scenario file"));
                false
            }
        }
    }
}
