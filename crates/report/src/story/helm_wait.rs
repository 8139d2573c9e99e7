//! When `helm upgrade --wait` is content
//! (`helm/helm`, `pkg/kube/ready.go`, `deploymentReady`; `pkg/kube/wait.go`).

use controller::api::{Deployment, DeploymentSpec, TemplateId};
use simulator::Span;
use simulator::story::{DeploymentView, ReplicaSetView, Story, What};
use std::collections::BTreeMap;

/// Time between two looks.
const POLL: Span = Span::from_secs(2);

/// `--timeout` if none is given.
const TIMEOUT: Span = Span::from_secs(300);

/// How `helm upgrade --wait` ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct HelmWait {
    /// When, counted from the change of the template.
    pub after: Span,
    /// Its exit code: 1 once the timeout of five minutes has passed.
    pub exit: u8,
}

/// What a user of `helm upgrade --wait` sees who makes the first change of the template; `None` without one, and where
/// the observation ends before the command does.
///
/// The command looks every two seconds, and is content with as many Ready pods of the new `ReplicaSet` as the Deployment
/// wants less maxUnavailable, whatever old pods there are; a paused Deployment counts as ready.
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

/// What is stored.
#[derive(Default)]
struct Cluster<'s> {
    deployment: Option<&'s DeploymentView>,
    replica_sets: BTreeMap<usize, &'s ReplicaSetView>,
}

impl<'s> Cluster<'s> {
    /// Takes in a change; whether the template is another one.
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
