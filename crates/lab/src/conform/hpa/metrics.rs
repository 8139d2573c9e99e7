//! The scripted metrics APIs.

use super::script::{Api, Op, Script};
use super::target::SeenPod;
use controller::autoscaler::{ErrorText, MetricName, Metrics, ObjectReference, PodUsage};
use controller::{Span, Timestamp};
use std::collections::{BTreeMap, BTreeSet};

/// What the APIs would answer, apart from the pods.
pub(super) struct MetricsApis {
    object: BTreeMap<String, Vec<i64>>,
    external: BTreeMap<String, Vec<i64>>,
    down: BTreeSet<Api>,
    age: Span,
    window: Span,
}

impl MetricsApis {
    pub(super) fn new(script: &Script) -> Self {
        Self {
            object: script.object.clone(),
            external: script.external.clone(),
            down: BTreeSet::new(),
            age: Span::from_millis(script.sample_age_ms),
            window: Span::from_secs(script.sample_window_s),
        }
    }

    /// Carries out an action if it concerns metrics; says whether it does.
    pub(super) fn act(&mut self, op: &Op) -> bool {
        match op {
            Op::Object { values } => self.object.extend(values.clone()),
            Op::External { values } => self.external.extend(values.clone()),
            Op::MetricsDown { name } => {
                self.down.insert(*name);
            }
            Op::MetricsUp { name } => {
                self.down.remove(name);
            }
            Op::SampleAge { n } => self.age = Span::from_millis(*n),
            _ => return false,
        }
        true
    }

    fn is_down(&self, api: Api) -> bool {
        self.down.contains(&api)
    }

    /// The answers about these pods at `now`.
    pub(super) fn answers<'a>(&'a self, pods: &'a [SeenPod], now: Timestamp) -> Answers<'a> {
        let timestamp = (now - self.age).stored();
        let names: BTreeSet<&str> =
            pods.iter().flat_map(|pod| pod.custom.keys().map(String::as_str)).collect();
        let of_pods = |name: &str| pods.iter().map(|pod| pod.custom.get(name).copied()).collect();
        Answers {
            apis: self,
            usage: pods.iter().map(|pod| pod.sample(timestamp, self.window)).collect(),
            custom: names.into_iter().map(|name| (name, of_pods(name))).collect(),
            none: vec![None; pods.len()],
        }
    }
}

/// The answers of one moment.
pub(super) struct Answers<'a> {
    apis: &'a MetricsApis,
    usage: Vec<Option<PodUsage<'a>>>,
    custom: BTreeMap<&'a str, Vec<Option<i64>>>,
    none: Vec<Option<i64>>,
}

impl Metrics for Answers<'_> {
    fn usage(&self) -> Result<&[Option<PodUsage<'_>>], ErrorText> {
        if self.apis.is_down(Api::Resource) {
            return Err(
                "the server is currently unable to handle the request (get pods.metrics.k8s.io)".into()
            );
        }
        Ok(&self.usage)
    }

    fn of_pods(&self, metric: &MetricName) -> Result<&[Option<i64>], ErrorText> {
        if self.apis.is_down(Api::Custom) {
            return Err(format!("the server could not find the metric {} for pods", metric.name).into());
        }
        Ok(self.custom.get(metric.name.as_str()).unwrap_or(&self.none))
    }

    fn of_object(&self, metric: &MetricName, object: &ObjectReference) -> Result<i64, ErrorText> {
        let value = self.apis.object.get(&metric.name).and_then(|values| values.first());
        value.filter(|_| !self.apis.is_down(Api::Custom)).copied().ok_or_else(|| {
            let (name, kind, of) = (&metric.name, &object.kind, &object.name);
            format!("the server could not find the metric {name} for {kind} {of}").into()
        })
    }

    fn external(&self, metric: &MetricName) -> Result<&[i64], ErrorText> {
        let series = self.apis.external.get(&metric.name);
        series
            .filter(|_| !self.apis.is_down(Api::External))
            .map(Vec::as_slice)
            .ok_or_else(|| format!("the server could not find the metric {}", metric.name).into())
    }
}
