//! Sweeps: the same weather in many variants of one scenario.
//!
//! ```text
//! factors -> design (cells) -> batch of each cell -> outcome of each cell -> front, best, table, charts
//! ```

mod design;
mod range;

pub use design::{Cell, Design, Factors};
