//! The example run of a batch in detail, as tables of bounded size. Its charts are drawn from these tables, so that
//! `chart` can draw them without the run.

mod lives;
pub mod pods;
pub mod replica_sets;

pub use lives::{Life, Phase};
pub use pods::ExamplePods;
pub use replica_sets::ExampleCourse;
