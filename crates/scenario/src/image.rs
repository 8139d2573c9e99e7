//! The section `images`: the behaviour of pods by image.

use super::cluster::quantity;
use super::reader::{Fields, boolean, mapping};
use super::settings::{Origin, Settings};
use super::yaml::Node;
use super::{defaults, law, registry};
use crate::diagnostic::{Diagnostics, Place};
use simulator::engine::Law;
use simulator::model::{ImageBehaviour, Images, Memory};
use std::collections::BTreeMap;

/// The behaviours, and the place of each image.
pub(crate) fn read(
    node: Option<&Node>,
    settings: &mut Settings,
    log: &mut Diagnostics,
) -> (Images, Vec<(String, Place)>) {
    let entries = node.map_or(&[][..], |node| mapping(node, "`images`", log));
    let stated = entries.iter().find(|entry| entry.key == "default");
    let stated = stated.map(|entry| ImageEntry::read(&entry.value, "default", log)).unwrap_or_default();
    let default = stated.or_built_in(settings);
    let mut by_name = BTreeMap::new();
    let mut places = Vec::new();
    for entry in entries.iter().filter(|entry| entry.key != "default") {
        let written = ImageEntry::read(&entry.value, &entry.key, log);
        by_name.insert(entry.key.clone(), written.or(&default, &entry.key, settings));
        places.push((entry.key.clone(), entry.key_place.clone()));
    }
    (Images { default, by_name }, places)
}

/// The entry of a scenario for one image.
#[derive(Default)]
struct ImageEntry {
    pull: Option<Law>,
    size: Option<u64>,
    start: Option<Law>,
    ready: Option<Law>,
    stop: Option<Law>,
    warm_up: Option<Law>,
    crash_after: Option<Law>,
    memory: Option<Memory>,
    cached: Option<bool>,
}

impl ImageEntry {
    fn read(node: &Node, image: &str, log: &mut Diagnostics) -> Self {
        if node.is_null() {
            return Self::default();
        }
        let Some(mut fields) = Fields::of(node, format!("image `{image}`"), log) else {
            return Self::default();
        };
        let mut law = |key: &'static str| {
            let node = fields.take(key)?;
            law::pod_law(node, &format!("`{key}`"), log)
        };
        let written = Self {
            pull: law("pull"),
            size: None,
            start: law("start"),
            ready: law("ready"),
            stop: law("stop"),
            warm_up: law("warmUp"),
            crash_after: law("crashAfter"),
            memory: None,
            cached: None,
        };
        let cached = fields.take("cached").and_then(|node| boolean(node, "`cached`", log));
        let size = fields.take("size").and_then(|node| registry::bytes(node, "`size`", log));
        let memory = fields.take("memory").and_then(|node| memory(node, log));
        fields.finish(log);
        Self { size, memory, cached, ..written }
    }

    /// The behaviour of images that are not listed.
    fn or_built_in(self, settings: &mut Settings) -> ImageBehaviour {
        let mut choose = |key: &str, stated: Option<Law>, default: defaults::Default<Law>| {
            settings.choose(format!("spec.images.default.{key}"), stated, default, law::format)
        };
        let behaviour = ImageBehaviour {
            pull: choose("pull", self.pull, defaults::PULL),
            size: self.size,
            start: choose("start", self.start, defaults::START),
            ready: choose("ready", self.ready, defaults::READY),
            stop: choose("stop", self.stop, defaults::STOP),
            warm_up: self.warm_up,
            crash_after: self.crash_after,
            memory: self.memory,
            cached: self.cached.unwrap_or(false),
        };
        behaviour.note_rest("default", self.cached.is_some(), settings);
        behaviour
    }

    /// The stated values, and the values of unlisted images for the rest.
    fn or(self, default: &ImageBehaviour, image: &str, settings: &mut Settings) -> ImageBehaviour {
        let mut choose = |key: &str, stated: Option<Law>, default: &Law| {
            let default = (default.clone(), "as `spec.images.default`");
            settings.choose(format!("spec.images[{image}].{key}"), stated, default, law::format)
        };
        let states_pull = self.pull.is_some();
        let behaviour = ImageBehaviour {
            pull: choose("pull", self.pull, &default.pull),
            // An image that states its pull time need not have the size of the default image.
            size: self.size.or(default.size.filter(|_| !states_pull)),
            start: choose("start", self.start, &default.start),
            ready: choose("ready", self.ready, &default.ready),
            stop: choose("stop", self.stop, &default.stop),
            warm_up: self.warm_up.or_else(|| default.warm_up.clone()),
            crash_after: self.crash_after.or_else(|| default.crash_after.clone()),
            memory: self.memory.or_else(|| default.memory.clone()),
            cached: self.cached.unwrap_or(default.cached),
        };
        behaviour.note_rest(&format!("[{image}]"), self.cached.is_some(), settings);
        behaviour
    }
}

/// The memory use of the application.
fn memory(node: &Node, log: &mut Diagnostics) -> Option<Memory> {
    let mut fields = Fields::of(node, "`memory`", log)?;
    let peak = fields.need("peak", log).and_then(|node| quantity(node, "`peak`", log));
    let after = fields.need("after", log).and_then(|node| law::law(node, "`after`", log));
    fields.finish(log);
    Some(Memory { peak: peak?.value(), after: after? })
}

/// Notes the settings that are not laws.
trait NoteRest {
    fn note_rest(&self, image: &str, cached_stated: bool, settings: &mut Settings);
}

impl NoteRest for ImageBehaviour {
    fn note_rest(&self, image: &str, cached_stated: bool, settings: &mut Settings) {
        let path = match image {
            "default" => "spec.images.default".to_owned(),
            image => format!("spec.images{image}"),
        };
        if let Some(bytes) = self.size {
            settings.add(format!("{path}.size"), &format!("{bytes} bytes"), Origin::Stated);
        }
        if let Some(law) = &self.warm_up {
            settings.add(format!("{path}.warmUp"), &law::format(law), Origin::Stated);
        }
        if let Some(memory) = &self.memory {
            settings.add(format!("{path}.memory.peak"), &memory.peak, Origin::Stated);
            settings.add(format!("{path}.memory.after"), &law::format(&memory.after), Origin::Stated);
        }
        if let Some(law) = &self.crash_after {
            settings.add(format!("{path}.crashAfter"), &law::format(law), Origin::Stated);
        }
        let origin = if cached_stated {
            Origin::Stated
        } else {
            Origin::Default("only images that run at t = 0 are on their nodes")
        };
        settings.add(format!("{path}.cached"), &self.cached, origin);
    }
}
