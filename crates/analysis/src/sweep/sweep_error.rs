//! What can be wrong with the arguments of a sweep.

use scenario::diagnostic::Diagnostics;

/// An argument of a sweep is not valid.
#[derive(Debug, thiserror::Error)]
pub enum SweepError {
    /// The objective names no measure.
    #[error("`{key}` is not a measure; known: {}", known.join(", "))]
    UnknownMeasure {
        /// The name.
        key: String,
        /// The keys of all measures with a number.
        known: Vec<&'static str>,
    },
    /// The quantile of the objective is not valid.
    #[error("a quantile is written as in `rolloutTime:p95`")]
    Quantile,
    /// A factor of a Latin hypercube has one value that is not a range.
    #[error("{path}: a Latin hypercube needs a range or a list here, as in 5..60, 0%..50%, 1s..2m or 1,2,4")]
    NotARange {
        /// The path of the factor.
        path: String,
    },
    /// The list has too many rows.
    #[error("the list has more than {most} cells")]
    TooManyCells {
        /// The limit.
        most: usize,
    },
    /// The list is not a table.
    #[error(transparent)]
    Table(#[from] csv::Error),
    /// A path or a value is not valid.
    #[error("{0}")]
    Assignment(Diagnostics),
}
