//! Units: the one place in which numbers become text, and text becomes numbers.
//!
//! | what | as text | from text |
//! |---|---|---|
//! | a time of results, exact thousandths | [`Milli`] | [`Milli::parse`] |
//! | a duration for people: `1m 23s` | [`duration()`], [`duration_ceil`], [`elapsed`], [`exact`] | |
//! | a time of the virtual clock: `1m35.0s` | [`clock`] | |
//! | an age, as `kubectl get`: `5m30s` | [`age`] | |
//! | a duration of a scenario, as Go: `1h30m` | [`go_duration::format`] | [`go_duration::parse`] |
//! | a count: `1,000` | [`count()`], [`whole`], [`runs`], [`expected`], [`plain`] | |
//! | a share or a percentage: `12.5%` | [`percent()`], [`percent_of`], [`percentage`], [`whole_percent`] | [`parse_share`], [`parse_percent`] |
//! | a share in a file: `0.125000` | [`share_cell`] | |
//! | a quantity of a resource: `1.5Gi` | [`quantity::printed`] | [`Quantity::parse`] |
//!
//! Texts of the simulated cluster (messages of events and of the API server) are made in the simulator, which does
//! not use this crate.

mod count;
mod duration;
pub mod go_duration;
mod milli;
mod percent;
pub mod quantity;

pub use count::{count, expected, plain, runs, whole};
pub use duration::{age, clock, duration, duration_ceil, elapsed, exact};
pub use go_duration::DurationError;
pub use milli::Milli;
pub use percent::{parse_percent, parse_share, percent, percent_of, percentage, share_cell, whole_percent};
pub use quantity::{Quantity, QuantityError};
