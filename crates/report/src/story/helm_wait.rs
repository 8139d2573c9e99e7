//! The result of `helm upgrade --wait`
//! (`helm/helm`, `pkg/kube/ready.go`, `deploymentReady`; `pkg/kube/wait.go`).

use controller::api::{Deployment, DeploymentSpec, TemplateId};
use simulator::Span;
use simulator::story::{DeploymentView, ReplicaSetView, Story, What};
use std::collections::BTreeMap;

/// Time between two polls.
const POLL: Span = Span::from_secs(2);

/// The default of `--timeout`.
const TIMEOUT: Span = Span::from_secs(300);

/// The result of `helm upgrade --wait`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct HelmWait {
    /// The end of the command, counted from the change of the template.
    pub after: Span,
    /// Its exit code: 1 once the timeout of five minutes has passed.
    pub exit: u8,
}

/// The result for a user of `helm upgrade --wait` who makes the first change of the template; `None` without a change,
/// and if the observation ends before the command.
///
/// The command polls every two seconds. It waits for as many Ready pods of the new `ReplicaSet` as the Deployment wants
/// less maxUnavailable, for any number of old pods; a paused Deployment counts as ready.
#[must_use]
pub fn helm_wait(story: &Story) -> Option<HelmWait> {
    let mut cluster = Cluster::default();
    let mut next: Option<Span> = None;
    let mut began = Span::ZERO;
    for (index, entry) in story.entries.iter().enumerate() {
        while let Some(look) = next.filter(|look| *look < entry.at) {
            if let Some(end) = cluster.look(look, began) {
                return Some(end);
            }
            next = Some(look + POLL);
        }
        let changed = cluster.follow(&entry.what);
        if changed && index >= story.opening && next.is_none() {
            (next, began) = (Some(entry.at), entry.at);
        }
    }
    let mut look = next?;
    while look <= story.horizon {
        if let Some(end) = cluster.look(look, began) {
            return Some(end);
        }
        look += POLL;
    }
    None
}

/// The stored objects.
#[derive(Default)]
struct Cluster<'s> {
    deployment: Option<&'s DeploymentView>,
    replica_sets: BTreeMap<usize, &'s ReplicaSetView>,
}

impl<'s> Cluster<'s> {
    /// Applies a change; returns whether the template has changed.
    fn follow(&mut self, what: &'s What) -> bool {
        match what {
            What::Deployment(view) => {
                let before = self.deployment.replace(view);
                return before.is_none_or(|before| before.template != view.template);
            }
            What::ReplicaSet(index, view) => drop(self.replica_sets.insert(*index, view)),
            What::ReplicaSetGone(index) => drop(self.replica_sets.remove(index)),
            _ => {}
        }
        false
    }

    fn look(&self, at: Span, began: Span) -> Option<HelmWait> {
        let after = Span::from_nanos(at.as_nanos() - began.as_nanos());
        let exit = if self.is_ready() { Some(0) } else { (after >= TIMEOUT).then_some(1) };
        exit.map(|exit| HelmWait { after, exit })
    }

    fn is_ready(&self) -> bool {
        let Some(view) = self.deployment else { return false };
        if view.paused {
            return true;
        }
        let mut sets = self.replica_sets.values();
        let Some(new) = sets.find(|set| set.template == view.template) else { return false };
        view.observed_generation == view.generation && new.ready >= view.desired - max_unavailable(view)
    }
}

fn max_unavailable(view: &DeploymentView) -> i32 {
    let spec = DeploymentSpec {
        replicas: view.desired,
        strategy: view.strategy,
        min_ready_seconds: view.min_ready_seconds,
        progress_deadline_seconds: view.progress_deadline_seconds,
        revision_history_limit: None,
        paused: view.paused,
        template: TemplateId(view.template),
    };
    Deployment::new(spec).max_unavailable()
}
