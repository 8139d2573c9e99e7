//! What clusters are like before anything is known of one: laws fitted to a public corpus.
//!
//! The corpus is `corpus/`: rollouts of 804 clusters, from logs of the Kubernetes conformance suite (see its README).
//! `cargo test -p rollout-lab-learn corpus -- --nocapture` fits it again and holds these numbers to it.

use crate::layers::Layers;

/// From `PodScheduled` to the start of the container, with the image present, in pods with a service account token.
///
/// `offset` is what the kubelet always takes: it notices the pod, and looks for mounted volumes again after 300 ms
/// (`pkg/kubelet/volumemanager`).
pub const START: Layers = Layers { offset: 0.32, mu: -0.463, sigma: 0.935, cluster: 0.478, node: 0.225 };
