//! The sections `service` and `cluster.service`, and the Service of the manifests that they configure.

use super::defaults;
use super::law::{self, law};
use super::manifest::{Id, Objects, Workload};
use super::note::Notes;
use super::reader::{Fields, number, whole, word};
use super::settings::Settings;
use super::spec::Spec;
use super::yaml::{Node, Value};
use crate::diagnostic::{Diagnostic, Diagnostics};
use k8s_openapi::api::core::v1::ServiceSpec;
use k8s_openapi::apimachinery::pkg::util::intstr::IntOrString;
use simulator::Span;
use simulator::engine::Law;
use simulator::model::{Cluster, Connections, OnShutdown, Proxies, Service, Traffic};

/// The values of both sections.
#[derive(Default)]
pub(crate) struct ServiceSection {
    asked_for: bool,
    requests_per_second: Option<f64>,
    duration: Option<Law>,
    connections: Option<Connections>,
    on_shutdown: Option<OnShutdown>,
    mode: Option<Mode>,
    proxies: Option<i64>,
    programming: Option<Law>,
}

/// The mode of kube-proxy.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Mode {
    Iptables,
    Nftables,
    Ipvs,
}

/// The words for [`Mode`].
const MODES: [(&str, Mode); 3] =
    [("iptables", Mode::Iptables), ("nftables", Mode::Nftables), ("ipvs", Mode::Ipvs)];
/// The words for [`OnShutdown`].
const ON_SHUTDOWN: [(&str, OnShutdown); 3] = [
    ("closesListener", OnShutdown::ClosesListener),
    ("drains", OnShutdown::Drains),
    ("ignores", OnShutdown::Ignores),
];

/// The word for a value.
fn word_for<T: PartialEq + Copy>(words: &[(&'static str, T)], value: T) -> String {
    words.iter().find(|(_, known)| *known == value).map_or("", |(word, _)| *word).to_owned()
}

/// Reads both sections.
pub(crate) fn read(spec: &Spec<'_>, log: &mut Diagnostics) -> ServiceSection {
    let mut written = ServiceSection { asked_for: spec.service.is_some(), ..ServiceSection::default() };
    if let Some(mut fields) = spec.service.and_then(|node| Fields::of(node, "`service`", log)) {
        written.requests_per_second = fields.take("requestsPerSecond").and_then(|node| rate(node, log));
        written.duration = fields.take("duration").and_then(|node| law(node, "`duration`", log));
        written.connections = fields.take("connections").and_then(|node| connections(node, log));
        let on_shutdown = fields.take("onShutdown");
        written.on_shutdown = on_shutdown.and_then(|node| word(node, "`onShutdown`", &ON_SHUTDOWN, log));
        fields.finish(log);
    }
    let cluster = spec.cluster.and_then(|cluster| cluster.get("service")).filter(|node| !node.is_null());
    if let Some(mut fields) = cluster.and_then(|node| Fields::of(node, "`cluster.service`", log)) {
        written.mode = fields.take("proxyMode").and_then(|node| word(node, "`proxyMode`", &MODES, log));
        let most = i64::from(Proxies::MOST);
        written.proxies = fields.take("proxies").and_then(|node| whole(node, "`proxies`", 1..=most, log));
        written.programming = fields.take("programming").and_then(|node| law(node, "`programming`", log));
        fields.finish(log);
    }
    written
}

fn rate(node: &Node, log: &mut Diagnostics) -> Option<f64> {
    let rate = number(node, "`requestsPerSecond`", log)?;
    if !(0.001..=1e9).contains(&rate) {
        let text = "`requestsPerSecond` must be a number from 0.001 to 1000000000";
        log.push(Diagnostic::at(&node.place, text));
        return None;
    }
    Some(rate)
}

/// `perRequest` or `{keepAlive: {lifetime: LAW}}`.
fn connections(node: &Node, log: &mut Diagnostics) -> Option<Connections> {
    if !matches!(node.value, Value::Map(_)) {
        return word(node, "`connections`", &[("perRequest", ())], log).map(|()| Connections::PerRequest);
    }
    let mut fields = Fields::of(node, "`connections`", log)?;
    let kept = fields.need("keepAlive", log);
    fields.finish(log);
    let mut fields = Fields::of(kept?, "`keepAlive`", log)?;
    let lifetime = fields.need("lifetime", log);
    fields.finish(log);
    let lifetime_law = law(lifetime?, "`lifetime`", log)?;
    if lifetime_law.at(0.5) < Span::SECOND {
        let text = "`lifetime` must be at least 1s at the median: a connection carries a request a second";
        log.push(Diagnostic::at(&lifetime?.place, text));
        return None;
    }
    Some(Connections::KeepAlive { lifetime: lifetime_law })
}

impl ServiceSection {
    /// The Service in front of the subject; notes the Services that are ignored.
    pub(crate) fn build(
        self,
        workload: &Workload,
        objects: &Objects,
        cluster: &Cluster,
        settings: &mut Settings,
        notes: &mut Notes,
    ) -> Option<Service> {
        let (id, spec) = match choose(workload, objects, notes) {
            Some((id, spec)) => (id.name.clone(), spec),
            None if self.asked_for => {
                notes.push(format!(
                    "service: a Service that selects the pods of {} is assumed",
                    workload.id.name
                ));
                (workload.id.name.clone(), ServiceSpec::default())
            }
            None => return None,
        };
        let local = spec.internal_traffic_policy.as_deref() == Some("Local");
        let proxies = self.proxies(cluster, local, settings);
        Some(Service {
            container: container(&id, &spec, workload, notes),
            name: id,
            selector: spec.selector.clone().unwrap_or_default().into_iter().collect(),
            publish_not_ready: spec.publish_not_ready_addresses.unwrap_or(false),
            local,
            proxies,
            traffic: self.traffic(settings),
        })
    }

    fn proxies(&self, cluster: &Cluster, local: bool, settings: &mut Settings) -> Proxies {
        let path = |key: &str| format!("spec.cluster.service.{key}");
        let show = |mode: &Mode| word_for(&MODES, *mode);
        let mode = settings.choose(path("proxyMode"), self.mode, defaults::PROXY_MODE, show);
        let nodes = cluster.pools.iter().map(|pool| i64::from(pool.nodes)).sum();
        // With `Local` traffic a client reaches only the pods of its node, so each client needs a node.
        let most = if local { nodes } else { i64::from(Proxies::MOST) };
        let (usual, source) = defaults::PROXIES;
        let stated = self.proxies.map(|count| count.min(most));
        let count = settings.choose(path("proxies"), stated, (usual.min(nodes), source), i64::to_string);
        let programming = self.programming.clone();
        Proxies {
            count: count as u32,
            min_interval: if mode == Mode::Ipvs { Span::ZERO } else { Span::SECOND },
            programming: settings.choose(
                path("programming"),
                programming,
                defaults::PROGRAMMING,
                law::format,
            ),
        }
    }

    fn traffic(self, settings: &mut Settings) -> Traffic {
        let path = |key: &str| format!("spec.service.{key}");
        let show = |connections: &Connections| match connections {
            Connections::PerRequest => "perRequest".to_owned(),
            Connections::KeepAlive { lifetime } => {
                format!("{{keepAlive: {{lifetime: {}}}}}", law::format(lifetime))
            }
        };
        let shutdown = |value: &OnShutdown| word_for(&ON_SHUTDOWN, *value);
        let rate = (self.requests_per_second, defaults::REQUESTS_PER_SECOND);
        Traffic {
            requests_per_second: settings.choose(path("requestsPerSecond"), rate.0, rate.1, f64::to_string),
            duration: settings.choose(path("duration"), self.duration, defaults::DURATION, law::format),
            connections: settings.choose(path("connections"), self.connections, defaults::CONNECTIONS, show),
            on_shutdown: settings.choose(
                path("onShutdown"),
                self.on_shutdown,
                defaults::ON_SHUTDOWN,
                shutdown,
            ),
        }
    }
}

/// The first Service of the subject's namespace that selects its pods and that proxies follow.
fn choose<'o>(workload: &Workload, objects: &'o Objects, notes: &mut Notes) -> Option<(&'o Id, ServiceSpec)> {
    let mut chosen: Option<(&Id, ServiceSpec)> = None;
    for (id, api) in &objects.services {
        let spec = api.spec.clone().unwrap_or_default();
        let [one, many] = match (unfit(id, &spec, workload), &chosen) {
            (Some(reason), _) => reason,
            (None, Some((first, _))) => {
                let why = format!("the requests come through {}", first.name);
                [why.clone(), why]
            }
            (None, None) => {
                chosen = Some((id, spec));
                continue;
            }
        };
        notes.ignored("Service", &id.name, &one, &many);
    }
    chosen
}

/// The reason why a Service does not reach the subject's pods, for one Service and for several.
fn unfit(id: &Id, spec: &ServiceSpec, workload: &Workload) -> Option<[String; 2]> {
    let selector = spec.selector.clone().unwrap_or_default();
    let labels = &workload.template.labels;
    let selects = || {
        selector.iter().all(|(key, value)| labels.iter().any(|label| label.0 == *key && label.1 == *value))
    };
    let reason = if id.namespace != workload.id.namespace {
        ["it is", "they are"].map(|are| format!("{are} in the namespace {}", id.namespace))
    } else if spec.type_.as_deref() == Some("ExternalName") {
        ["it is an alias of another name", "they are aliases of other names"].map(str::to_owned)
    } else if selector.is_empty() {
        ["it has", "they have"].map(|have| format!("without a selector {have} no pods"))
    } else if !selects() {
        let name = &workload.id.name;
        ["its selector does", "their selectors do"]
            .map(|do_not| format!("{do_not} not match the pods of {name}"))
    } else if spec.cluster_ip.as_deref() == Some("None") {
        let why = "clients find the pods of a headless Service by DNS, which is not simulated";
        [why, why].map(str::to_owned)
    } else {
        return None;
    };
    Some(reason)
}

/// The container behind the Service's first port.
fn container(name: &str, spec: &ServiceSpec, workload: &Workload, notes: &mut Notes) -> Option<String> {
    let port = spec.ports.as_ref()?.first()?;
    let found = match &port.target_port {
        Some(IntOrString::String(target)) => {
            let found = workload.ports.iter().find(|known| known.name.as_deref() == Some(target));
            if found.is_none() {
                notes.push(format!(
                    "Service {name}: no container has a port called {target}; its first container is taken"
                ));
            }
            found
        }
        Some(IntOrString::Int(number)) => workload.ports.iter().find(|known| known.number == *number),
        None => workload.ports.iter().find(|known| known.number == port.port),
    };
    found.map(|port| port.container.clone())
}
