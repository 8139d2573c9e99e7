//! Statistics over runs: plain numbers in, plain numbers out.
//!
//! This module does not know Kubernetes, files or colours. Samples of up to [`EXACT_VALUES`] values are exact,
//! larger ones are sketches with a stated error. Counts and times are integers; the few sums of
//! floating-point numbers are folded in order of run. So no result depends on threads or shards.
//!
//! Every function names its source and its assumptions. `docs/statistics.md` explains how they work together.

mod bootstrap;
mod confidence;
mod family;
mod level;
mod mean;
mod paired;
mod proportion;
mod sample;
mod sequential;
mod sketch;
mod survival;
mod swap;

pub use bootstrap::{RESAMPLES, percentile_bootstrap};
pub use confidence::Miss;
pub use family::{Evidence, holm_of_decidable};
pub use level::Level;
pub use mean::{Mean, WeightedMean};
pub use paired::{Discordant, holm, signed_rank_test};
pub use proportion::{Proportion, clopper_pearson, runs_to_decide, wilson};
pub use sample::{Bounds, EXACT_VALUES, Measured, Sample, SampleBuilder, quantile_ranks};
pub use sequential::{Look, looks};
pub use sketch::SKETCH_ERROR;
pub use survival::{SurvivalStep, kaplan_meier};
pub use swap::{least_p_of_signs, least_p_of_swaps, quantile_swap_test};

/// The confidence of every interval that is printed or written; [`Miss::ONE_IN_TWENTY`] belongs to it.
pub const CONFIDENCE: f64 = 0.95;
