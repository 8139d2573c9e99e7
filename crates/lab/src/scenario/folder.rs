//! The folder that the paths in a scenario begin in.

use super::manifest::Objects;
use super::reader::text;
use super::source;
use super::yaml::{self, Node};
use crate::diagnostic::Diagnostics;
use std::path::PathBuf;

/// The folder of the scenario file.
#[derive(Debug, Clone)]
pub(crate) struct Folder(pub(crate) PathBuf);

impl Folder {
    /// The objects of the manifest whose path stands at `node`.
    pub(crate) fn objects(&self, node: &Node, log: &mut Diagnostics) -> Option<Objects> {
        let mut objects = Objects::default();
        self.add_to(&mut objects, node, log).then_some(objects)
    }

    /// Adds the objects of the manifest whose path stands at `node`; whether it could be read.
    pub(crate) fn add_to(&self, objects: &mut Objects, node: &Node, log: &mut Diagnostics) -> bool {
        let Some(path) = text(node, "the path of a manifest", log) else {
            return false;
        };
        match source::read(&self.0.join(path), Some(&node.place)) {
            Ok(source) => {
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
