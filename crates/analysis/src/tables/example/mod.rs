//! The example of a batch: the run that is told moment by moment, as tables of bounded size. The charts of
//! that run are drawn from them, so that they can be drawn again without it.

mod lives;
pub mod pods;
pub mod replica_sets;

pub use lives::{Life, Phase};
pub use pods::ExamplePods;
pub use replica_sets::ExampleCourse;
