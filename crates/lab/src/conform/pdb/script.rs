//! Cases of disruption budgets as files state them.

use crate::conform::case::int_or_percent;
use controller::disruption::BudgetSpec;
use serde::{Deserialize, Serialize};

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Case {
    pub(super) name: String,
    pub(super) about: String,
    pub(super) family: String,
    pub(super) script: Script,
    #[serde(default)]
    pub(super) answers: Vec<Answer>,
    #[serde(default)]
    pub(super) steps: Vec<Step>,
    /// Of a drain: number of nodes.
    nodes: Option<u32>,
    /// Of a drain: what each repetition saw.
    #[serde(default)]
    pub(super) samples: Vec<Drained>,
}

impl Case {
    pub(super) fn nodes(&self) -> u32 {
        self.nodes.unwrap_or(1)
    }
}

/// One repetition of a drain; times since it began.
#[derive(Debug, Clone, Default, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Drained {
    /// The k-th granted eviction.
    pub(super) granted_ms: Vec<i64>,
    /// The k-th pod seen gone.
    pub(super) gone_ms: Vec<i64>,
    /// Answers 429.
    pub(super) refused: u32,
    pub(super) end_ms: i64,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Script {
    pub(super) replicas: i32,
    pub(super) max_surge: String,
    pub(super) max_unavailable: String,
    pub(super) run_ms: i64,
    pub(super) ready_ms: i64,
    pub(super) terminate_ms: i64,
    #[serde(default)]
    pub(super) never_ready_images: Vec<String>,
    pub(super) pdb: Budget,
    pub(super) actions: Option<Vec<Action>>,
    pub(super) until_ms: i64,
}

#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Budget {
    min_available: Option<String>,
    max_unavailable: Option<String>,
    unhealthy_pod_eviction_policy: Option<String>,
}

#[derive(Debug, Clone, Deserialize)]
pub(super) struct Action {
    pub(super) at_ms: i64,
    #[serde(flatten)]
    pub(super) op: Op,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(tag = "op", rename_all = "snake_case")]
pub(super) enum Op {
    Evict { ordinals: Vec<usize> },
    EvictAgain,
    SetImage { image: String },
    Scale { replicas: i32 },
    UnreadyPod { ordinals: Vec<usize> },
    ReadyPod { ordinals: Vec<usize> },
    FailPod { ordinals: Vec<usize> },
    DeletePod { ordinals: Vec<usize> },
    BarePod,
    SetPdb { pdb: Budget },
    SecondPdb {},
    RemoveSecondPdb,
    DenyDeletes { for_ms: i64 },
}

/// The answer to an eviction.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Answer {
    pub(super) t_ms: i64,
    pub(super) pod: u32,
    pub(super) code: u16,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) message: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) cause: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) retry_after_s: Option<i64>,
    #[serde(default, skip_serializing)]
    took_ms: Option<i64>,
}

impl Answer {
    pub(super) fn new(t_ms: i64, pod: u32, code: u16) -> Self {
        Self { t_ms, pod, code, message: None, cause: None, retry_after_s: None, took_ms: None }
    }
}

/// The budget's status after a burst of writes.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Step {
    pub(super) t_ms: i64,
    pub(super) observed_generation: i64,
    pub(super) current_healthy: i32,
    pub(super) desired_healthy: i32,
    pub(super) expected_pods: i32,
    pub(super) disruptions_allowed: i32,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(super) disrupted_pods: Vec<u32>,
    pub(super) disruption_allowed: String,
    pub(super) reason: String,
}

impl Budget {
    /// The rules of the budget.
    ///
    /// # Errors
    /// A value that is no number and no percentage, or an unknown policy.
    pub(super) fn spec(&self) -> Result<BudgetSpec, String> {
        let read = |text: &Option<String>| text.as_deref().map(int_or_percent).transpose();
        let always_evicts_unhealthy = match self.unhealthy_pod_eviction_policy.as_deref() {
            None | Some("IfHealthyBudget") => false,
            Some("AlwaysAllow") => true,
            Some(other) => return Err(format!("unknown policy `{other}`")),
        };
        Ok(BudgetSpec {
            min_available: read(&self.min_available)?,
            max_unavailable: read(&self.max_unavailable)?,
            always_evicts_unhealthy,
        })
    }
}
