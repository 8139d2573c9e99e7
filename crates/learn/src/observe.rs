//! Delays that a dump shows.

use crate::dump::{Condition, Container, Event, Object, Pod};
use measures::units::go_duration;
use simulator::Span;
use std::collections::BTreeMap;

/// What one pod shows.
#[derive(Debug, Clone, PartialEq)]
pub struct PodDelays {
    /// The image of its first container.
    pub image: String,
    /// Its node.
    pub node: String,
    /// Seconds from creation to `PodScheduled`; both times are cut to whole seconds, as in all delays.
    pub scheduling: i64,
    /// Seconds from `PodScheduled` to the start of the last application container, pulls included.
    pub start: i64,
    /// Seconds from there to Ready.
    pub ready: i64,
    /// The pull of its images.
    pub pull: Pull,
    /// The period of its readiness probe; `None` without one.
    pub probe_period: Option<u32>,
}

/// What Events say about the pull of a pod's image.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Pull {
    /// The image was on the node, and the registry was not asked.
    Present,
    /// It was pulled, or checked, within this time.
    Took(Span),
    /// Events are kept for an hour: nothing is known.
    Unknown,
}

/// All that dumps of one cluster show.
#[derive(Debug, Clone, Default)]
pub struct Observations {
    pods: BTreeMap<String, Pod>,
    pulls: BTreeMap<(String, String), Pull>,
    /// Attempts to pull that ended well.
    pub pulls_done: u64,
    /// Attempts to pull that failed.
    pub pulls_failed: u64,
    /// Objects that say nothing about delays, by kind.
    pub other: BTreeMap<String, u64>,
}

/// Why pods are left out.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct LeftOut {
    /// Not scheduled, not started or not ready at the dump.
    pub unready: u64,
    /// Containers that were restarted: their start is not the first one.
    pub restarted: u64,
    /// On nodes whose clock differs from the API server's: times run backwards there.
    pub skewed: u64,
    /// Nodes with such a clock.
    pub skewed_nodes: u64,
}

/// A delay longer than this is a clock or a person, not a cluster.
const LONGEST: i64 = 3600;

impl Observations {
    /// Takes in an object. Of a pod that occurs again the latest state counts.
    pub fn add(&mut self, object: Object) {
        match object {
            Object::Pod(pod) => {
                self.pods.insert(pod.metadata.uid.clone(), *pod);
            }
            Object::Event(event) => self.add_event(&event),
            Object::Other(kind) => *self.other.entry(kind).or_default() += 1,
        }
    }

    fn add_event(&mut self, event: &Event) {
        if event.involved_object.kind != "Pod" {
            return;
        }
        let times = u64::from(event.count.unwrap_or(1).max(1));
        let pull = match event.reason.as_str() {
            "Pulled" if event.message.contains("already present on machine") => Pull::Present,
            "Pulled" => {
                self.pulls_done += times;
                took(&event.message)
            }
            "Failed" if event.message.starts_with("Failed to pull image") => {
                self.pulls_failed += times;
                return;
            }
            _ => return,
        };
        let container = container_name(&event.involved_object.field_path).to_owned();
        self.pulls.insert((event.involved_object.uid.clone(), container), pull);
    }

    /// The delays of all pods that can be used, and how many cannot.
    #[must_use]
    pub fn delays(&self) -> (Vec<PodDelays>, LeftOut) {
        let mut left_out = LeftOut::default();
        let mut delays = Vec::new();
        for pod in self.pods.values() {
            if pod.status.container_statuses.iter().any(|status| status.restart_count > 0) {
                left_out.restarted += 1;
            } else if let Some(found) = self.delays_of(pod) {
                delays.push(found);
            } else {
                left_out.unready += 1;
            }
        }
        let is_skewed = |found: &PodDelays| {
            [found.scheduling, found.start, found.ready].iter().any(|delay| !(0..=LONGEST).contains(delay))
        };
        let mut skewed: Vec<String> =
            delays.iter().filter(|found| is_skewed(found)).map(|found| found.node.clone()).collect();
        skewed.sort_unstable();
        skewed.dedup();
        let before = delays.len();
        delays.retain(|found| skewed.binary_search(&found.node).is_err());
        left_out.skewed = (before - delays.len()) as u64;
        left_out.skewed_nodes = skewed.len() as u64;
        (delays, left_out)
    }

    fn delays_of(&self, pod: &Pod) -> Option<PodDelays> {
        let created = second(pod.metadata.creation_timestamp.as_deref())?;
        let scheduled = since(&pod.status.conditions, "PodScheduled")?;
        let ready = since(&pod.status.conditions, "Ready")?;
        let statuses = &pod.status.container_statuses;
        let started =
            statuses.iter().map(|status| second(status.state.running.as_ref()?.started_at.as_deref()));
        let started: Vec<i64> = started.collect::<Option<_>>()?;
        let started = started.into_iter().max()?;
        let first: &Container = pod.spec.containers.first()?;
        // With init containers the start of the application says nothing about the node.
        if !pod.spec.init_containers.is_empty() {
            return None;
        }
        let pulls: Vec<Pull> = pod
            .spec
            .containers
            .iter()
            .map(|container| {
                let key = (pod.metadata.uid.clone(), container.name.clone());
                self.pulls.get(&key).copied().unwrap_or(Pull::Unknown)
            })
            .collect();
        let period = |container: &Container| {
            container.readiness_probe.as_ref().map(|probe| probe.period_seconds.unwrap_or(10))
        };
        Some(PodDelays {
            image: first.image.clone(),
            node: pod.spec.node_name.clone(),
            scheduling: scheduled - created,
            start: started - scheduled,
            ready: ready - started,
            pull: all(&pulls),
            probe_period: pod.spec.containers.iter().filter_map(period).max(),
        })
    }
}

/// The pull of a pod with several containers is known if the pull of each is.
fn all(pulls: &[Pull]) -> Pull {
    match pulls {
        [one] => *one,
        several if several.iter().all(|pull| *pull == Pull::Present) => Pull::Present,
        _ => Pull::Unknown,
    }
}

/// When a condition turned True.
fn since(conditions: &[Condition], kind: &str) -> Option<i64> {
    let condition =
        conditions.iter().find(|condition| condition.kind == kind && condition.status == "True")?;
    second(condition.last_transition_time.as_deref())
}

fn second(text: Option<&str>) -> Option<i64> {
    Some(text?.parse::<jiff::Timestamp>().ok()?.as_second())
}

/// `spec.containers{web}`
fn container_name(field_path: &str) -> &str {
    field_path.split_once('{').map_or("", |(_, name)| name.trim_end_matches('}'))
}

/// `Successfully pulled image "web:1" in 1.234s (2.5s including waiting). Image size: 123 bytes.`
/// (`pkg/kubelet/images/image_manager.go`).
fn took(message: &str) -> Pull {
    let duration = message.rsplit_once("\" in ").and_then(|(_, rest)| rest.split(' ').next());
    let span = duration.and_then(|text| go_duration::parse(text.trim_end_matches('.')).ok());
    span.map_or(Pull::Unknown, Pull::Took)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pulls_in_the_words_of_the_kubelet() {
        let message =
            "Successfully pulled image \"web:1\" in 1.234s (2.5s including waiting). Image size: 123 bytes.";
        assert_eq!(took(message), Pull::Took(Span::from_millis(1234)));
        assert_eq!(took("Successfully pulled image \"w\" in 345ms."), Pull::Took(Span::from_millis(345)));
        assert_eq!(took("something else"), Pull::Unknown);
        assert_eq!(container_name("spec.containers{web}"), "web");
    }
}
