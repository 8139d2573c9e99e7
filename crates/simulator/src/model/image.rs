//! How pods of an image behave.

use crate::engine::Law;
use std::collections::BTreeMap;

/// Behaviour by image; images that are not listed behave like `default`.
#[derive(Debug, Clone, PartialEq)]
pub struct Images {
    /// For images that are not listed.
    pub default: ImageBehaviour,
    /// By image, as written in the manifest.
    pub by_name: BTreeMap<String, ImageBehaviour>,
}

/// The laws of one image.
#[derive(Debug, Clone, PartialEq)]
pub struct ImageBehaviour {
    /// Time to pull it on a node that does not have it, alone on the wire.
    pub pull: Law,
    /// Bytes that a pull transfers; where pulls share bandwidth they take the place of `pull`.
    pub size: Option<u64>,
    /// Time from the image being there to the container running (create and start).
    pub start: Law,
    /// Time from the container running to the application answering its probes.
    pub ready: Law,
    /// Time from then on until it answers its readiness probe too, if it takes any: caches to fill, say.
    pub warm_up: Option<Law>,
    /// Time from SIGTERM to the end of the process; cut off by the grace period.
    pub stop: Law,
    /// Time from the container running to a crash by itself, if it crashes; drawn anew for each start.
    pub crash_after: Option<Law>,
    /// How much memory it comes to need, where that can matter.
    pub memory: Option<Memory>,
    /// Whether the image is on every node at t = 0.
    pub cached: bool,
}

/// The memory that an application comes to need.
#[derive(Debug, Clone, PartialEq)]
pub struct Memory {
    /// The most it needs, in bytes.
    pub peak: i64,
    /// Time from the container running to that need, drawn anew for each start.
    pub after: Law,
}

impl Memory {
    /// Whether a container with this limit, in bytes, is killed for it.
    #[must_use]
    pub fn exceeds(&self, limit: Option<i64>) -> bool {
        limit.is_some_and(|limit| self.peak > limit)
    }
}

impl Images {
    /// The behaviour of an image.
    #[must_use]
    pub fn of(&self, image: &str) -> &ImageBehaviour {
        self.by_name.get(image).unwrap_or(&self.default)
    }
}
