//! A forecast without a scenario: the effect of a change of a manifest under assumed weather.
//!
//! ```text
//! manifests + change + weather -> scenario (draft) -> rows -> summary -> warnings
//!                     the other weathers, same seeds -> rows -> spread: chance or assumption?
//!                      other settings, same seeds -> pairs -> advice
//! ```

mod advice;
mod cluster;
mod demand;
mod draft;
mod quota;
mod remark;
mod spread;
mod warning;
mod weather;

pub use advice::{Advice, Effect, SettingCandidate, advice_questions, candidates, rank};
pub use cluster::{ClusterView, LeastNodes, NodeSource, PoolView, allocatable, taint};
pub use demand::asked_peak;
pub use draft::{Draft, PlannedChange, StatedNodes};
pub use quota::{QuotaRoom, quota_rooms};
pub use remark::{Remark, remarks};
pub use spread::share_of_chance;
pub use warning::{Severity, Warning, warnings};
pub use weather::{Assumption, Weather};

use crate::results::Summary;
use scenario::LeftOut;

/// The result of a forecast.
#[derive(Debug, Clone)]
pub struct Plan {
    /// The workload, `Deployment default/web`.
    pub subject: String,
    /// The change, in words.
    pub change: String,
    /// The assumed weather.
    pub weather: Weather,
    /// The summary of the runs in it.
    pub summary: Summary,
    /// The runs that all weathers have in common, in each weather.
    pub outlooks: Vec<(Weather, Summary)>,
    /// The nodes.
    pub cluster: ClusterView,
    /// Settings that decide the outcome alone.
    pub remarks: Vec<Remark>,
    /// The share of chance in the spread of the rollout time, from 0 to 1; the rest is the assumption.
    /// `None` if all rollouts take the same time.
    pub chance: Option<f64>,
    /// The room in the quotas at the peak.
    pub quotas: Vec<QuotaRoom>,
    /// The settings with the largest effects, the largest first.
    pub advice: Vec<Advice>,
    /// Paired runs behind each of them.
    pub pairs: u64,
    /// Problems that occur in the runs.
    pub warnings: Vec<Warning>,
    /// Fields of the manifests that the model does not use.
    pub left_out: Vec<LeftOut>,
}
