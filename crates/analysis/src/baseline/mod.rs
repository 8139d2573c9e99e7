//! Baselines: what a batch did when somebody last looked and was content.
//!
//! ```text
//! rows and steps of a batch -> file -> read back, beside the rows and steps of today
//!     -> exact: does anything differ, in which run and at which moment first?
//!     -> paired: which measures moved, by how much, is it real, does it matter?
//! ```

mod change;
mod check;
mod file;
mod folder;
mod read;
mod report;

pub use change::{CellPair, Change, Divergence, StepPair};
pub use check::{Candidate, Check, Finding, check};
pub use file::{MARK, file_text};
pub use folder::{Folder, FolderError};
pub use read::read;
pub use report::{Entry, Report, Status};

use measures::{Milli, Register, Row};
use simulator::model::Model;

/// The first runs of a batch, of which the steps are kept.
pub const STEPPED_RUNS: u64 = 20;

/// The steps that are kept of such a run, from its beginning: the file of a storm stays readable.
pub const MOST_STEPS: usize = 400;

/// Version of the file's shape. It grows when a reader of the old shape would go wrong.
pub const FORMAT: i64 = 1;

/// A batch as it was.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Baseline {
    /// The scenario's name.
    pub scenario: String,
    /// The version of rollout-lab that ran it.
    pub version: String,
    /// Hash of the scenario file and its manifests, as they were written.
    pub text: String,
    /// The seed of all runs.
    pub seed: u64,
    /// End of the observation.
    pub horizon: Milli,
    /// The runs, from number 0.
    pub rows: Vec<Row>,
    /// Numbers of columns in the register: what the rows hold. A later version may measure more.
    pub columns: Vec<usize>,
    /// The first [`MOST_STEPS`] steps of the first [`STEPPED_RUNS`] runs.
    pub steps: Vec<Vec<Step>>,
}

/// A step of a run: a millisecond of virtual time in which something was committed, refused or done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Step {
    /// When, from t = 0.
    pub at: Milli,
    /// The last 16 bits of the run's digest up to and with this step. Digests go on from step to step, so
    /// runs that have parted differ in nearly all later steps too.
    pub digest: u16,
}

/// The first [`MOST_STEPS`] steps of run number `run` of `seed`.
pub fn steps(model: &Model, seed: u64, run: u64) -> Vec<Step> {
    let step = |moment: &simulator::observe::Moment| Step {
        at: Milli::from_thousandths(moment.millis),
        digest: short(moment.digest),
    };
    simulator::moments(model, seed, run).iter().take(MOST_STEPS).map(step).collect()
}

/// What a step keeps of a digest.
pub(crate) const fn short(digest: u64) -> u16 {
    digest as u16
}

impl Baseline {
    /// A batch as it is now: everything that this version measures.
    pub fn new(
        (scenario, text): (String, String),
        seed: u64,
        horizon: Milli,
        rows: Vec<Row>,
        steps: Vec<Vec<Step>>,
    ) -> Self {
        let version = env!("CARGO_PKG_VERSION").to_owned();
        Self {
            scenario,
            version,
            text,
            seed,
            horizon,
            rows,
            columns: (0..Register::standard().columns().len()).collect(),
            steps,
        }
    }
}
