//! Delays that a dump shows.

use crate::dump::{Condition, Container, Event, Object, Pod};
use std::collections::BTreeMap;

/// A delay between two moments that are each known to the whole second.
pub type WholeSeconds = i64;

/// What one pod shows.
#[derive(Debug, Clone, PartialEq)]
pub struct PodDelays {
    /// The image of its first container.
    pub image: String,
    /// Its node.
    pub node: String,
    /// From creation to `PodScheduled`.
    pub scheduling: WholeSeconds,
    /// From `PodScheduled` to the start of the last application container; with the pull, if there was one.
    pub start: WholeSeconds,
    /// From there to Ready.
    pub ready: WholeSeconds,
    /// Whether it started without a pull, waited for one of so many seconds, or whether that is not known.
    pub pull: Pull,
    /// The period of its readiness probe; `None` without one.
    pub probe_period: Option<u32>,
}

/// What Events say about the pull of a pod's image.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Pull {
    /// The image was on the node, and the registry was not asked.
    Present,
    /// It was pulled, or checked, in so many seconds.
    Took {
        /// Seconds, to the millisecond.
        seconds: f64,
        /// Bytes of the image, if the Event states them.
        bytes: Option<u64>,
    },
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
const LONGEST: WholeSeconds = 3600;

impl Observations {
    /// Takes in an object. Of a pod that occurs again the latest state counts.
    pub fn add(&mut self, object: Object) {
        match object {
            Object::Pod(pod) => {
                self.pods.insert(pod.metadata.uid.clone(), *pod);
            }
            Object::Event(event) => self.add_event(&event),
            Object::ReplicaSet(_) => *self.other.entry("ReplicaSet".into()).or_default() += 1,
            Object::Deployment(_) => *self.other.entry("Deployment".into()).or_default() += 1,
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

/// The pull of a pod with several containers is known if that of each is.
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
    let parsed = (|| {
        let (_, rest) = message.rsplit_once("\" in ")?;
        let seconds = go_duration(rest.split(' ').next()?)?;
        let bytes =
            rest.split_once("Image size: ").and_then(|(_, size)| size.split(' ').next()?.parse().ok());
        Some(Pull::Took { seconds, bytes })
    })();
    parsed.unwrap_or(Pull::Unknown)
}

/// A duration as Go prints it: `1m2.5s`, `345ms`, `20.1µs`.
fn go_duration(text: &str) -> Option<f64> {
    let mut rest = text.trim_end_matches('.');
    let mut nanoseconds = 0.0;
    while !rest.is_empty() {
        let digits = rest.find(|c: char| !c.is_ascii_digit() && c != '.')?;
        let number: f64 = rest[..digits].parse().ok()?;
        let end = rest[digits..].find(|c: char| c.is_ascii_digit()).map_or(rest.len(), |end| digits + end);
        nanoseconds += number
            * match &rest[digits..end] {
                "h" => 3600e9,
                "m" => 60e9,
                "s" => 1e9,
                "ms" => 1e6,
                "µs" | "us" => 1e3,
                "ns" => 1.0,
                _ => return None,
            };
        rest = &rest[end..];
    }
    Some(nanoseconds / 1e9)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_of_go() {
        for (text, seconds) in [("1m2.5s", 62.5), ("345ms", 0.345), ("1.234s", 1.234), ("1h0m1s", 3601.0)] {
            assert_eq!(go_duration(text), Some(seconds));
        }
        assert_eq!(go_duration("soon"), None);
    }

    #[test]
    fn pulls_in_the_words_of_the_kubelet() {
        let message =
            "Successfully pulled image \"web:1\" in 1.234s (2.5s including waiting). Image size: 123 bytes.";
        assert_eq!(took(message), Pull::Took { seconds: 1.234, bytes: Some(123) });
        assert_eq!(
            took("Successfully pulled image \"w\" in 345ms"),
            Pull::Took { seconds: 0.345, bytes: None }
        );
        assert_eq!(took("something else"), Pull::Unknown);
        assert_eq!(container_name("spec.containers{web}"), "web");
    }
}
