//! What was learned, as a fragment of a scenario: laws, each with how it was found.

use crate::family::Family;
use crate::fit::{Fit, Known, best};
use crate::layers::{ClusterDelays, Layers};
use crate::observe::{LeftOut, Observations, PodDelays, Pull};
use crate::population;
use std::collections::BTreeMap;
use std::fmt::Write as _;

/// What dumps of one cluster tell.
#[derive(Debug, Clone, PartialEq)]
pub struct Learned {
    /// Pods that were used.
    pub pods: u64,
    /// Nodes on which they run.
    pub nodes: u64,
    /// Pods that were not.
    pub left_out: LeftOut,
    /// From the creation of a pod to its binding.
    pub scheduling: Option<Fit>,
    /// From the binding to the start of the containers, with images present.
    pub start: Start,
    /// Pulls of all images.
    pub pull: Option<Fit>,
    /// From the start of the containers to Ready, for pods with a readiness probe.
    pub ready: Option<Fit>,
    /// Failed and ended attempts to pull.
    pub attempts: (u64, u64),
    /// The laws of single images, by name; only those with at least [`LEAST_OF_AN_IMAGE`] pods.
    pub images: BTreeMap<String, ImageLaws>,
}

/// The law of starts.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Start {
    /// The law of this cluster: the population's, moved by what its pods show.
    pub law: Layers,
    /// How many delays moved it.
    pub count: u64,
    /// The median lies between these with 95 % confidence, in seconds after the fixed part.
    pub median: (f64, f64),
}

/// The laws of one image.
#[derive(Debug, Clone, PartialEq)]
pub struct ImageLaws {
    /// Pods with this image.
    pub pods: u64,
    /// Its pulls.
    pub pull: Option<Fit>,
    /// From the start to Ready.
    pub ready: Option<Fit>,
}

/// An image with fewer pods takes the law of all images.
pub const LEAST_OF_AN_IMAGE: usize = 5;
/// Least number of delays for a law.
const LEAST_OF_A_LAW: usize = 3;
/// Least number of attempts for a share of failed pulls.
const LEAST_ATTEMPTS: u64 = 20;
/// Largest number of images in the output.
const MOST_IMAGES: usize = 200;

impl Learned {
    /// Fits all laws.
    #[must_use]
    pub fn of(observations: &Observations) -> Self {
        let (pods, left_out) = observations.delays();
        let mut nodes: Vec<&str> = pods.iter().map(|pod| pod.node.as_str()).collect();
        nodes.sort_unstable();
        nodes.dedup();
        let mut by_image: BTreeMap<&str, Vec<&PodDelays>> = BTreeMap::new();
        for pod in &pods {
            by_image.entry(&pod.image).or_default().push(pod);
        }
        let all: Vec<&PodDelays> = pods.iter().collect();
        let mut large: Vec<_> =
            by_image.into_iter().filter(|(_, pods)| pods.len() >= LEAST_OF_AN_IMAGE).collect();
        large.sort_by_key(|(image, pods)| (std::cmp::Reverse(pods.len()), *image));
        large.truncate(MOST_IMAGES);
        let laws = |pods: &[&PodDelays]| ImageLaws {
            pods: pods.len() as u64,
            pull: enough(&pulls(pods)),
            ready: enough(&readiness(pods)),
        };
        Self {
            pods: pods.len() as u64,
            nodes: nodes.len() as u64,
            left_out,
            scheduling: scheduling(&pods),
            start: start(&pods),
            pull: enough(&pulls(&all)),
            ready: enough(&readiness(&all)),
            attempts: (observations.pulls_failed, observations.pulls_done),
            images: large.into_iter().map(|(image, pods)| (image.to_owned(), laws(&pods))).collect(),
        }
    }

    /// A weather file. Names of images are in it only if `with_names`; otherwise it holds numbers alone.
    #[must_use]
    pub fn to_yaml(&self, with_names: bool) -> String {
        let mut text = String::new();
        self.head(&mut text);
        text.push_str("images:\n  default:\n");
        let mut line = |law: String, why: String| {
            let _ = writeln!(text, "    {law:<60} # {why}");
        };
        line(
            fitted("pull", self.pull),
            why(self.pull, "pulls", "no Event of a pull that ended: they are kept for an hour"),
        );
        line(format!("start: {}", layered(&self.start.law)), self.start.why());
        line(
            fitted("ready", self.ready),
            why(self.ready, "pods", "no pod with a readiness probe became ready"),
        );
        line(
            format!("stop: {}", defaults("stop")),
            "not identifiable: no dump tells when a process ended; assumed".into(),
        );
        if with_names {
            self.images(&mut text);
        }
        text.push_str("cluster:\n  controlPlane:\n");
        let scheduling = why(self.scheduling, "pods", "every pod was bound within its second");
        let _ = writeln!(text, "    {:<60} # {scheduling}", fitted("scheduling", self.scheduling));
        for key in ["request", "response", "watch"] {
            let law = format!("{key}: {}", defaults(key));
            let _ = writeln!(text, "    {law:<60} # not identifiable: times are whole seconds; assumed");
        }
        self.faults(&mut text);
        text
    }

    fn head(&self, text: &mut String) {
        let LeftOut { unready, restarted, skewed, skewed_nodes } = self.left_out;
        let _ = writeln!(text, "# Learned from {} pods on {} nodes.", self.pods, self.nodes);
        let parts = [
            (unready, "not ready, or with init containers".to_owned()),
            (restarted, "restarted".to_owned()),
            (skewed, format!("on {skewed_nodes} nodes whose clocks differ from the API server's")),
        ];
        let left: Vec<String> = parts
            .iter()
            .filter(|(count, _)| *count > 0)
            .map(|(count, why)| format!("{count} {why}"))
            .collect();
        if !left.is_empty() {
            let _ = writeln!(text, "# Not used: {}.", left.join("; "));
        }
        text.push_str(
            "# In each line: the delays behind the law, and how far it is from them (Kolmogorov-Smirnov).\n",
        );
    }

    fn images(&self, text: &mut String) {
        for (image, laws) in &self.images {
            if laws.pull.is_none() && laws.ready.is_none() {
                continue;
            }
            let _ = writeln!(text, "  {}:", serde_json::Value::from(image.as_str()));
            for (key, fit, what) in [("pull", laws.pull, "pulls"), ("ready", laws.ready, "pods")] {
                if fit.is_some() {
                    let _ = writeln!(text, "    {:<60} # {}", fitted(key, fit), why(fit, what, ""));
                }
            }
        }
    }

    fn faults(&self, text: &mut String) {
        let (failed, done) = self.attempts;
        let of = failed + done;
        if of < LEAST_ATTEMPTS {
            let _ = writeln!(
                text,
                "# not identifiable: failures of pulls ({failed} of {of} attempts seen); none assumed"
            );
        } else if failed > 0 {
            let share = failed as f64 / of as f64;
            let _ = writeln!(
                text,
                "faults:\n  # learned: {failed} of {of} attempts to pull failed\n  \
                 - {{name: failing-pulls, kind: ImagePullError, failure: connectionRefused, fraction: {share:.4}}}"
            );
        } else {
            let _ = writeln!(text, "# learned: none of {of} attempts to pull failed");
        }
    }
}

impl Start {
    fn why(&self) -> String {
        let (low, high) = self.median;
        match self.count {
            0 => "no pod with its image present: the population of clusters".to_owned(),
            count => format!(
                "learned: {count} pods, shrunk to the population; median {} to {}",
                short(low),
                short(high)
            ),
        }
    }
}

/// What pods with their image present show, or all pods where no Event tells.
fn start(pods: &[PodDelays]) -> Start {
    let is_present = |pod: &&PodDelays| pod.pull == Pull::Present;
    let present: Vec<&PodDelays> = pods.iter().filter(is_present).collect();
    let unknown = pods.iter().filter(|pod| pod.pull == Pull::Unknown);
    let used: Vec<&PodDelays> = if present.len() >= LEAST_OF_A_LAW { present } else { unknown.collect() };
    let mut nodes: BTreeMap<&str, BTreeMap<u32, u32>> = BTreeMap::new();
    for pod in &used {
        if let Ok(seconds) = u32::try_from(pod.start) {
            *nodes.entry(&pod.node).or_default().entry(seconds).or_default() += 1;
        }
    }
    let delays = ClusterDelays { nodes: nodes.into_values().collect() };
    let effect = population::START.effect(&delays);
    let law = population::START.of_cluster(effect);
    let width = 1.96 * law.sigma * libm::sqrt(law.cluster);
    Start { law, count: delays.len(), median: (libm::exp(law.mu - width), libm::exp(law.mu + width)) }
}

/// Pods that are all bound within their second say only that it takes less.
fn scheduling(pods: &[PodDelays]) -> Option<Fit> {
    let delays: Vec<Known> = pods.iter().filter_map(|pod| whole(pod.scheduling)).collect();
    enough(&delays).filter(|_| delays.iter().any(|delay| *delay != Known::WholeSeconds(0)))
}

fn whole(seconds: i64) -> Option<Known> {
    u32::try_from(seconds).ok().map(Known::WholeSeconds)
}

fn pulls(pods: &[&PodDelays]) -> Vec<Known> {
    let exact = |pod: &&PodDelays| match pod.pull {
        Pull::Took(span) => Some(Known::Exact((span.as_nanos() / 1_000_000) as u64)),
        Pull::Present | Pull::Unknown => None,
    };
    pods.iter().filter_map(exact).collect()
}

fn readiness(pods: &[&PodDelays]) -> Vec<Known> {
    let probed = |pod: &&PodDelays| {
        let (seconds, period) = (u32::try_from(pod.ready).ok()?, pod.probe_period?);
        Some(Known::Probed { seconds, period })
    };
    pods.iter().filter_map(probed).collect()
}

fn enough(delays: &[Known]) -> Option<Fit> {
    (delays.len() >= LEAST_OF_A_LAW).then(|| best(delays)).flatten()
}

/// `key: law`, or the default of scenarios.
fn fitted(key: &str, fit: Option<Fit>) -> String {
    match fit {
        Some(fit) => format!("{key}: {}", law(fit.family)),
        None => format!("{key}: {}", defaults(key)),
    }
}

fn why(fit: Option<Fit>, what: &str, missing: &str) -> String {
    match fit {
        Some(fit) => {
            let (low, high) = fit.median;
            let median = if high.is_finite() {
                format!("median {} to {}", short(low), short(high))
            } else {
                "its median is not known".to_owned()
            };
            let verdict = if fit.distance <= fit.distance_limit() { "fits" } else { "fits badly" };
            format!(
                "learned: {} {what}, {verdict}: {:.3} of {:.3}; {median}",
                fit.count,
                fit.distance,
                fit.distance_limit()
            )
        }
        None => format!("not identifiable: {missing}; assumed"),
    }
}

/// The law as a scenario writes it.
fn law(family: Family) -> String {
    match family {
        Family::Lognormal { mu, sigma } => lognormal(mu, sigma),
        Family::Exponential { mean } => format!("{{exponential: {{mean: {}}}}}", duration(mean)),
        Family::Weibull { scale, shape } => {
            format!("{{weibull: {{scale: {}, shape: {shape:.3}}}}}", duration(scale))
        }
    }
}

fn lognormal(mu: f64, sigma: f64) -> String {
    let (median, p95) = (libm::exp(mu), libm::exp(mu + 1.644_853_626_951_472_2 * sigma));
    format!("{{lognormal: {{median: {}, p95: {}}}}}", duration(median), duration(p95))
}

fn layered(layers: &Layers) -> String {
    let law = lognormal(layers.mu, layers.sigma);
    let law = law.strip_suffix('}').unwrap_or(&law);
    format!("{law}, shared: {{cluster: {:.3}, node: {:.3}}}}}", layers.cluster, layers.node)
}

/// The defaults of scenarios, for what cannot be learned.
fn defaults(key: &str) -> &'static str {
    match key {
        "pull" => "{lognormal: {median: 8s, p95: 30s}}",
        "ready" => "{lognormal: {median: 3s, p95: 8s}}",
        "stop" => "{lognormal: {median: 1s, p95: 3s}}",
        "watch" => "{uniform: [1ms, 10ms]}",
        "scheduling" => "{uniform: [5ms, 50ms]}",
        _ => "{uniform: [1ms, 5ms]}",
    }
}

/// To the millisecond, and never nothing.
fn duration(seconds: f64) -> String {
    let milliseconds = libm::round(seconds * 1e3).clamp(1.0, 1e9) as u64;
    if milliseconds.is_multiple_of(1000) {
        format!("{}s", milliseconds / 1000)
    } else {
        format!("{milliseconds}ms")
    }
}

/// Three digits, for people.
fn short(seconds: f64) -> String {
    if seconds >= 10.0 { format!("{seconds:.0} s") } else { format!("{seconds:.2} s") }
}
