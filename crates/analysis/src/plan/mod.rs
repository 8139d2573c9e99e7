//! A forecast without a scenario: what a change of a manifest will do under assumed weather.
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

pub use advice::{Advice, Candidate, Effect, advice_questions, candidates, rank};
pub use cluster::{ClusterView, LeastNodes, NodeSource, PoolView, allocatable, taint};
pub use demand::asked_peak;
pub use draft::{Change, Draft, StatedNodes};
pub use quota::{QuotaRoom, quota_rooms};
pub use remark::{Remark, remarks};
pub use spread::share_of_chance;
pub use warning::{Severity, Warning, warnings};
pub use weather::{Assumption, Weather};

use crate::results::Summary;
use scenario::LeftOut;

/// The whole answer.
#[derive(Debug, Clone)]
pub struct Plan {
    /// The workload, `Deployment default/web`.
    pub subject: String,
    /// What is changed, in words.
    pub change: String,
    /// The weather that the answer assumes.
    pub weather: Weather,
    /// What the runs in it amount to.
    pub summary: Summary,
    /// The same in all weathers, the assumed one among them, with the runs they have in common.
    pub outlooks: Vec<(Weather, Summary)>,
    /// The nodes that the answer stands on.
    pub cluster: ClusterView,
    /// Settings that decide the outcome by themselves.
    pub remarks: Vec<Remark>,
    /// How much of the spread of the rollout time is chance, from 0 to 1; the rest is the assumption.
    /// `None` if nothing is spread.
    pub chance: Option<f64>,
    /// How far the peak is from the quotas.
    pub quotas: Vec<QuotaRoom>,
    /// The settings that would change most, the first one most.
    pub advice: Vec<Advice>,
    /// Paired runs behind each of them.
    pub pairs: u64,
    /// What is likely to hurt.
    pub warnings: Vec<Warning>,
    /// Fields of the manifests that the model does not use.
    pub left_out: Vec<LeftOut>,
}
