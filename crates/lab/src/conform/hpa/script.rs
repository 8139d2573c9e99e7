//! The script of a case as typed, and the checks of its numbers.

use serde::Deserialize;
use serde_json::Value;
use std::collections::BTreeMap;

/// Latest moment and longest span, in milliseconds: more than a day.
const LATEST_MS: i64 = 100_000_000;
/// Most pods that a script may ask for.
const MOST_PODS: i64 = 10_000;
/// Largest amount of a resource or a metric.
const LARGEST: i64 = 1_000_000_000_000_000;
/// Times before and after t = 0, in seconds: about a hundred years.
const FARTHEST_S: i64 = 3_000_000_000;

/// One recorded case.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Case {
    pub(super) name: String,
    pub(super) about: String,
    pub(super) family: String,
    pub(super) script: Script,
    /// What the real controller did.
    pub(super) syncs: Vec<Value>,
}

/// An autoscaler, its target, what is measured, and timed actions.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Script {
    pub(super) hpa: Value,
    pub(super) replicas: i32,
    pub(super) status_replicas: i32,
    pub(super) containers: Vec<Container>,
    #[serde(default)]
    pub(super) pods: Vec<PodFields>,
    pub(super) follow: Option<Follow>,
    pub(super) rollout: Option<Rollout>,
    pub(super) sample_age_ms: i64,
    pub(super) sample_window_s: i64,
    #[serde(default)]
    pub(super) object: BTreeMap<String, Vec<i64>>,
    #[serde(default)]
    pub(super) external: BTreeMap<String, Vec<i64>>,
    pub(super) actions: Option<Vec<TimedAction>>,
    pub(super) until_ms: i64,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Container {
    pub(super) name: String,
    #[serde(default)]
    pub(super) requests: BTreeMap<String, String>,
    /// Restartable init containers are listed after the others: so they stand in the list already.
    #[serde(default)]
    #[expect(dead_code, reason = "a field of the format that changes nothing: all containers count alike")]
    sidecar: bool,
}

/// A pod, or the fields of it that change.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct PodFields {
    pub(super) name: Option<String>,
    pub(super) phase: Option<Phase>,
    pub(super) ready: Option<Ready>,
    pub(super) ready_since_s: Option<i64>,
    pub(super) start_s: Option<i64>,
    pub(super) no_start_time: Option<bool>,
    pub(super) requests: Option<BTreeMap<String, BTreeMap<String, String>>>,
    pub(super) usage: Option<BTreeMap<String, BTreeMap<String, i64>>>,
    pub(super) no_sample: Option<bool>,
    pub(super) custom: Option<BTreeMap<String, i64>>,
}

#[derive(Debug, Clone, Copy, Deserialize)]
pub(super) enum Phase {
    Pending,
    Running,
    Succeeded,
    Failed,
    Unknown,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
pub(super) enum Ready {
    True,
    False,
    Unknown,
    #[serde(rename = "")]
    Absent,
}

/// How pods that follow the scale behave.
#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Follow {
    pub(super) run_ms: i64,
    pub(super) ready_ms: i64,
    pub(super) terminate_ms: i64,
    pub(super) sample_after_ms: i64,
    pub(super) idle_cpu: i64,
    pub(super) start_cpu: i64,
    pub(super) load: i64,
}

/// A Deployment whose real controllers make the pods.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Rollout {
    pub(super) image: String,
    #[serde(default)]
    pub(super) strategy: String,
    pub(super) max_surge: Option<String>,
    pub(super) max_unavailable: Option<String>,
    #[serde(default)]
    pub(super) min_ready_seconds: i32,
    #[serde(default)]
    pub(super) never_ready_images: Vec<String>,
}

#[derive(Debug, Clone, Deserialize)]
pub(super) struct TimedAction {
    pub(super) at_ms: i64,
    #[serde(flatten)]
    pub(super) op: Op,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(tag = "op", rename_all = "snake_case", deny_unknown_fields)]
pub(super) enum Op {
    PodAdd {
        pod: PodFields,
    },
    PodSet {
        pods: Vec<String>,
        pod: PodFields,
    },
    PodTerminate {
        pods: Vec<String>,
    },
    PodRemove {
        pods: Vec<String>,
    },
    Scale {
        replicas: i32,
    },
    StatusReplicas {
        replicas: i32,
    },
    SetImage {
        image: String,
    },
    Object {
        values: BTreeMap<String, Vec<i64>>,
    },
    External {
        values: BTreeMap<String, Vec<i64>>,
    },
    MetricsDown {
        name: Api,
    },
    MetricsUp {
        name: Api,
    },
    SampleAge {
        #[serde(default)]
        n: i64,
    },
    Load {
        #[serde(default)]
        n: i64,
    },
    Hpa {
        hpa: Value,
    },
    TargetGone {},
    TargetBack {},
    ScaleConflicts {
        n: u32,
    },
    ScaleRefused {
        n: u32,
    },
    StatusRefused {
        n: u32,
    },
    RestartController {},
}

/// One of the metrics APIs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Api {
    Resource,
    Custom,
    External,
}

/// Reads a case and checks its numbers.
///
/// # Errors
/// The first field that is unknown, of a wrong type or out of range.
pub(super) fn parse(line: &str) -> Result<Case, String> {
    let case: Case = serde_json::from_str(line).map_err(|cause| cause.to_string())?;
    if let Some(index) = case.syncs.iter().position(|sync| !sync["t_ms"].is_i64()) {
        return Err(format!("syncs[{index}] has no whole `t_ms`"));
    }
    case.script.check()?;
    Ok(case)
}

impl Script {
    fn check(&self) -> Result<(), String> {
        within("until_ms", self.until_ms, 0, LATEST_MS)?;
        within("replicas", self.replicas.into(), 0, MOST_PODS)?;
        within("status_replicas", self.status_replicas.into(), 0, MOST_PODS)?;
        within("sample_age_ms", self.sample_age_ms, 0, LATEST_MS)?;
        within("sample_window_s", self.sample_window_s, 0, LATEST_MS)?;
        within("pods", self.pods.len() as i64, 0, MOST_PODS)?;
        self.pods.iter().try_for_each(PodFields::check)?;
        self.follow.iter().try_for_each(Follow::check)?;
        if let Some(rollout) = &self.rollout {
            within("rollout.min_ready_seconds", rollout.min_ready_seconds.into(), 0, 1_000_000)?;
        }
        metric_values(&self.object)?;
        metric_values(&self.external)?;
        for action in self.actions.iter().flatten() {
            within("at_ms", action.at_ms, 0, LATEST_MS)?;
            action.op.check()?;
        }
        Ok(())
    }

    /// Whether a size that the autoscaler may write makes that many pods.
    pub(super) const fn makes_pods(&self) -> bool {
        self.follow.is_some() || self.rollout.is_some()
    }
}

impl PodFields {
    fn check(&self) -> Result<(), String> {
        for (field, seconds) in [("ready_since_s", self.ready_since_s), ("start_s", self.start_s)] {
            within(field, seconds.unwrap_or(0), -FARTHEST_S, FARTHEST_S)?;
        }
        let usage = self.usage.iter().flat_map(BTreeMap::values).flat_map(BTreeMap::values);
        let custom = self.custom.iter().flat_map(BTreeMap::values);
        usage.chain(custom).try_for_each(|value| within("a sample", *value, 0, LARGEST))
    }
}

impl Follow {
    fn check(&self) -> Result<(), String> {
        for (field, span) in [
            ("run_ms", self.run_ms),
            ("ready_ms", self.ready_ms),
            ("terminate_ms", self.terminate_ms),
            ("sample_after_ms", self.sample_after_ms),
        ] {
            within(field, span, 0, LATEST_MS)?;
        }
        for (field, cpu) in [("idle_cpu", self.idle_cpu), ("start_cpu", self.start_cpu), ("load", self.load)]
        {
            within(field, cpu, 0, LARGEST)?;
        }
        Ok(())
    }
}

impl Op {
    fn check(&self) -> Result<(), String> {
        match self {
            Self::PodAdd { pod } | Self::PodSet { pod, .. } => pod.check(),
            Self::Scale { replicas } | Self::StatusReplicas { replicas } => {
                within("replicas", (*replicas).into(), 0, MOST_PODS)
            }
            Self::Object { values } | Self::External { values } => metric_values(values),
            Self::SampleAge { n } => within("n", *n, 0, LATEST_MS),
            Self::Load { n } => within("n", *n, 0, LARGEST),
            _ => Ok(()),
        }
    }
}

fn metric_values(values: &BTreeMap<String, Vec<i64>>) -> Result<(), String> {
    values.values().flatten().try_for_each(|value| within("a metric", *value, -LARGEST, LARGEST))
}

/// The largest size that pods are made for.
pub(super) fn check_size(field: &str, replicas: i32) -> Result<(), String> {
    within(field, replicas.into(), 0, MOST_PODS)
}

fn within(field: &str, value: i64, least: i64, most: i64) -> Result<(), String> {
    if (least..=most).contains(&value) {
        Ok(())
    } else {
        Err(format!("{field} is {value}, which is not between {least} and {most}"))
    }
}
