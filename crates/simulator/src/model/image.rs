//! Behaviour of pods by image.

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
    /// Time to pull it on a node that does not have it, without bandwidth sharing.
    pub pull: Law,
    /// Size in bytes; replaces `pull` if pulls share bandwidth.
    pub size: Option<u64>,
    /// Time from the image being present to the container running (create and start).
    pub start: Law,
    /// Time from the container running to the application answering its probes.
    pub ready: Law,
    /// Additional time until it answers its readiness probe, if any, for example to fill caches.
    pub warm_up: Option<Law>,
    /// Time from SIGTERM to the exit; limited by the grace period.
    pub stop: Law,
    /// Time from the container running to a crash, if it crashes; drawn for each start.
    pub crash_after: Option<Law>,
    /// Memory demand, if it matters.
    pub memory: Option<Memory>,
    /// Whether the image is on every node at t = 0.
    pub cached: bool,
}

/// Memory demand of an application.
#[derive(Debug, Clone, PartialEq)]
pub struct Memory {
    /// Maximum demand, in bytes.
    pub peak: i64,
    /// Time from the container running to this demand, drawn for each start.
    pub after: Law,
}

impl Memory {
    /// Whether a container with this limit, in bytes, is killed for exceeding it.
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
