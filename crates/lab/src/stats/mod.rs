//! Statistics over runs: plain numbers in, plain numbers out.
//!
//! Nothing in here knows Kubernetes, files or colours. Everything is exact over all runs; counts and
//! times are integers, so no result depends on the order of a floating-point sum.

mod bootstrap;
mod confidence;
mod level;
mod mean;
mod paired;
mod proportion;
mod sample;
mod survival;

pub use bootstrap::{RESAMPLES, percentile_bootstrap};
pub use confidence::Miss;
pub use level::Level;
pub use mean::{Mean, WeightedMean};
pub use paired::{Discordant, holm, quantile_test, signed_rank_test};
pub use proportion::{Proportion, clopper_pearson, wilson};
pub use sample::{Bounds, Sample, quantile_ranks};
pub use survival::{Step, kaplan_meier};

/// The confidence of every interval that is printed or written; [`Miss::ONE_IN_TWENTY`] belongs to it.
pub const CONFIDENCE: f64 = 0.95;
