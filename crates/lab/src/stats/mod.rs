//! Statistics over runs: plain numbers in, plain numbers out.
//!
//! Nothing in here knows Kubernetes, files or colours. Everything is exact over all runs; counts and
//! times are integers, so no result depends on the order of a floating-point sum.

mod level;
mod proportion;
mod sample;

pub use level::Level;
pub use proportion::{Proportion, wilson};
pub use sample::{Bounds, Sample, quantile_ranks};

/// The confidence of every interval that is printed or written.
pub const CONFIDENCE: f64 = 0.95;

/// The 97.5% quantile of the standard normal distribution, which belongs to [`CONFIDENCE`].
const Z: f64 = 1.959_963_984_540_054;
