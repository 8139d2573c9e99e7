//! Every default of a scenario with its source, as `explain` prints them.

use super::service::Mode;
use simulator::Span;
use simulator::engine::Law;
use simulator::model::{Connections, OnShutdown};

/// A default with its reason.
pub(crate) type Default<T> = (T, &'static str);

const HEALTHY: &str = "assumed: a healthy API server answers within 1 to 10 ms";
const FLAGS: &str = "kube-controller-manager: --kube-api-qps=20, --kube-api-burst=30";
const APPLICATION: &str = "assumed: a middling web service; read yours off a dashboard";

/// Runs of a batch.
pub(crate) const RUNS: Default<i64> = (1000, "enough to see what happens once in 300 runs");
/// The seed.
pub(crate) const SEED: Default<i64> = (1, "fixed, so that a result can be reproduced");
/// End of the observation.
pub(crate) const HORIZON: Default<Span> = (Span::from_secs(1800), "three progress deadlines of 600 s");
/// Age of a settled workload.
pub(crate) const AGE: Default<Span> = (Span::from_secs(24 * 3600), "assumed: deployed yesterday");
/// Requests per second and burst of each controller's client.
pub(crate) const CLIENT_LIMIT: Default<Option<(f64, u32)>> = (Some((20.0, 30)), FLAGS);
/// Syncs of each controller side by side.
pub(crate) const WORKERS: Default<i64> =
    (5, "kube-controller-manager: --concurrent-deployment-syncs=5, --concurrent-replicaset-syncs=5");
/// Pulls side by side on one node.
pub(crate) const PARALLEL_PULLS: Default<i64> = (1, "kubelet: serializeImagePulls is true");
/// Pulls per second and burst of each kubelet.
pub(crate) const PULL_QPS: Default<Option<(f64, u32)>> =
    (Some((5.0, 10)), "kubelet: registryPullQPS is 5, registryBurst is 10");
/// Why pulls share no bandwidth.
pub(crate) const BANDWIDTH: &str = "assumed: no pull slows another one down";
/// Why the registry counts no pulls.
pub(crate) const RATE_LIMIT: &str = "assumed: a registry of one's own";
/// Nodes.
pub(crate) const NODES: Default<u32> = (3, "assumed; more if the pods would not fit");
/// From the decision to add a node until pods can be scheduled on it.
pub(crate) const NODE_DELAY: Default<Law> =
    (lognormal(90, 180), "assumed: a virtual machine that boots, joins and becomes ready in a public cloud");
/// CPU of a node in thousandths of a core.
pub(crate) const NODE_CPU_MILLI: i64 = 8_000;
/// Memory of a node.
pub(crate) const NODE_MEMORY: i64 = 32 << 30;
/// Ephemeral storage of a node.
pub(crate) const NODE_EPHEMERAL: i64 = 100 << 30;
/// The reason for the size of a node.
pub(crate) const NODE_SIZE: &str = "assumed: a common worker node; larger if a pod would not fit";
/// Pods on a node.
pub(crate) const MAX_PODS: Default<i64> = (110, "kubelet: maxPods is 110");

const fn uniform(low: i64, high: i64) -> Law {
    Law::Uniform { low: Span::from_millis(low), high: Span::from_millis(high) }
}

const fn lognormal(median: i64, p95: i64) -> Law {
    Law::Lognormal { median: Span::from_secs(median), p95: Span::from_secs(p95) }
}

/// From sending a request to its commit.
pub(crate) const REQUEST: Default<Law> = (uniform(1, 5), HEALTHY);
/// From the commit to the answer.
pub(crate) const RESPONSE: Default<Law> = (uniform(1, 5), HEALTHY);
/// From the commit to the watchers' caches.
pub(crate) const WATCH: Default<Law> = (uniform(1, 10), HEALTHY);
/// The reason for the law of a single verb.
pub(crate) const OF_VERB: &str = "as `request`";
/// Timeout of the API server for a webhook.
pub(crate) const WEBHOOK_TIMEOUT: Default<Span> =
    (Span::from_secs(10), "default of the Kubernetes API: timeoutSeconds of a webhook");
/// Time until a webhook answers, or until a failed connection is noticed.
pub(crate) const WEBHOOK_LATENCY: Default<Span> =
    (Span::from_millis(5), "assumed: a webhook in the same cluster");
/// The violation of a Pod Security Standard.
pub(crate) const POD_SECURITY: Default<&str> = (
    "allowPrivilegeEscalation != false (container must set securityContext.allowPrivilegeEscalation=false)",
    "assumed: what a template without a security context violates first",
);
/// The header `Retry-After` of an API server that is overloaded.
pub(crate) const RETRY_AFTER: Default<Span> =
    (Span::from_secs(1), "kube-apiserver: priority and fairness asks for 1 s at first");
/// Time after which the API server answers that a request timed out.
pub(crate) const REQUEST_TIMEOUT: Default<Span> =
    (Span::from_secs(60), "kube-apiserver: --request-timeout=1m0s");
/// One scheduling cycle with its binding.
pub(crate) const SCHEDULING: Default<Law> = (uniform(5, 50), "assumed: a scheduler that is not busy");
/// Pulling an image.
pub(crate) const PULL: Default<Law> =
    (lognormal(8, 30), "assumed: an image of a few hundred MB from a registry in the same region");
/// Creating and starting a container.
pub(crate) const START: Default<Law> = (lognormal(1, 3), "assumed: containerd on a node that is not busy");
/// From a running container to a ready application.
pub(crate) const READY: Default<Law> = (lognormal(3, 8), APPLICATION);
/// From SIGTERM to the end of the process.
pub(crate) const STOP: Default<Law> = (lognormal(1, 3), APPLICATION);
/// Time from the notice of a spot machine to its end.
pub(crate) const SPOT_NOTICE: Default<Law> =
    (Law::Constant(Span::from_secs(120)), "the notice of AWS; others give 30 s");
/// Time from the end of a spot machine to the deletion of its Node object.
pub(crate) const SPOT_DELETION: Default<Law> = (
    Law::Uniform { low: Span::from_secs(45), high: Span::from_secs(75) },
    "assumed: the cloud controller asks for machines of nodes that are not Ready every 5 s",
);
/// Requests per second to a Service.
pub(crate) const REQUESTS_PER_SECOND: Default<f64> = (100.0, "assumed; the shares do not depend on it");
/// Time to answer a request.
pub(crate) const DURATION: Default<Law> = (
    Law::Lognormal { median: Span::from_millis(50), p95: Span::from_millis(500) },
    "assumed: a web service; read yours off a dashboard",
);
/// Use of connections by clients.
pub(crate) const CONNECTIONS: Default<Connections> =
    (Connections::PerRequest, "assumed: clients without a pool of connections");
/// Behaviour of an application on SIGTERM.
pub(crate) const ON_SHUTDOWN: Default<OnShutdown> =
    (OnShutdown::ClosesListener, "assumed: what most web frameworks do");
/// Mode of kube-proxy.
pub(crate) const PROXY_MODE: Default<Mode> = (Mode::Iptables, "kube-proxy: the default mode on Linux");
/// Most nodes with clients by default.
pub(crate) const PROXIES: Default<i64> =
    (8, "as many as there are nodes, 8 at most: more change the means little");
/// Writing the rules of a Service.
pub(crate) const PROGRAMMING: Default<Law> =
    (uniform(10, 50), "assumed: some hundreds of endpoints in the cluster");
/// Time until an overloaded pod answers again.
pub(crate) const RECOVERY: Default<Law> =
    (Law::Constant(Span::from_secs(10)), "assumed: the time to work off what has piled up");
/// The reason for a default of the Kubernetes API.
pub(crate) const API: &str = "default of the Kubernetes API";
