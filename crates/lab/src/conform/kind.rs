//! What every kind of recordings has in common.
//!
//! A kind is one module with one value that implements [`Kind`] and is listed in [`KINDS`]. It recognises its
//! cases by their fields, replays one case and says how our answer differs from the recorded one. Reading,
//! counting, sorting and printing are the same for all kinds.

use super::admission::Admission;
use super::control_plane::ControlPlane;
use super::endpoints::EndpointSlices;
use super::hpa::Autoscaler;
use super::pdb::Budgets;
use serde_json::{Map, Value};
use std::collections::BTreeSet;

/// All kinds of recordings, in the order in which they are reported.
pub static KINDS: &[&dyn Kind] = &[&ControlPlane, &Admission, &Autoscaler, &EndpointSlices, &Budgets];

/// One kind of recordings.
pub trait Kind: Sync {
    /// Its name in sums and for machines.
    fn name(&self) -> &'static str;

    /// What is compared in a case, in one word: the title of a column of sums.
    fn compares(&self) -> &'static str;

    /// Whether a case with these fields at its top is one of this kind.
    fn recognises(&self, fields: &BTreeSet<String>) -> bool;

    /// Replays one case, which is a line of JSON, and compares.
    ///
    /// # Errors
    /// Says what in the case is not understood.
    fn replay(&self, line: &str, wanted: Wanted) -> Result<Outcome, String>;
}

/// What the user wants to see besides the verdicts.
#[derive(Debug, Clone, Copy, Default)]
pub struct Wanted {
    /// The recorded answer and ours side by side, also where they agree.
    pub timeline: bool,
    /// The case with our answer in place of the recorded one.
    pub written: bool,
    /// Whether the fields that validation refuses are compared, and not only whether it refuses.
    pub paths: bool,
}

/// What came of one case.
#[derive(Debug, Clone)]
pub struct Outcome {
    /// The name of the case.
    pub name: String,
    /// What the case is about.
    pub about: String,
    /// The family of the case, for sums.
    pub family: String,
    /// How many things of the recording were compared.
    pub compared: usize,
    /// How our answer differs; `None` if the case matches.
    pub difference: Option<Difference>,
    /// Both answers side by side, in lines, if wanted.
    pub timeline: Option<String>,
    /// The case with our answer, if wanted.
    pub written: Option<Value>,
}

impl Outcome {
    /// Whether our answer is the recorded one.
    #[must_use]
    pub const fn matches(&self) -> bool {
        self.difference.is_none()
    }
}

/// How our answer differs from the recorded one.
#[derive(Debug, Clone)]
pub struct Difference {
    /// How bad it is: the differences of a kind are listed from the greatest to the least.
    pub severity: u64,
    /// For people: indented lines, each with its line end.
    pub lines: String,
    /// For machines.
    pub fields: Map<String, Value>,
}
