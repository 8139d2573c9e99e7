//! `report.html`: a batch, a comparison or a sweep in one file without external resources.
//!
//! Words, figures and tables come from conclusions, the charts are the files of the folder, and runs are included as
//! data for a small script that shows them step by step. All text passes through templates that escape it.

mod batch;
mod comparison;
mod comparison_words;
mod course;
mod difference;
mod events;
mod measures;
mod page;
mod sweep;
mod sweep_words;
mod words;

pub use batch::BatchReport;
pub use comparison::{Compared, ComparisonReport};
pub use page::{Drawing, Replay};
pub use sweep::SweepReport;

use ::measures::Row;
use scenario::{change_in_words, fault_in_words};
use simulator::model::{Fault, Model};
use simulator::record::Timeline;
use simulator::story::Story;

/// A run with its details.
pub struct DetailedRun {
    /// Its measures.
    pub row: Row,
    /// Its numbers over time.
    pub timeline: Timeline,
    /// Its events; `None` if it cannot be simulated again.
    pub story: Option<RunStory>,
}

/// The story of a run, and the texts of the model.
pub struct RunStory {
    /// The events.
    pub story: Story,
    /// The user's actions in words.
    pub actions: Vec<String>,
    /// The faults by name and in words.
    pub faults: Vec<String>,
}

impl RunStory {
    /// The story of run number `run` of `seed`.
    pub fn of(model: &Model, seed: u64, run: u64) -> Self {
        let actions = model.actions.iter().map(|action| change_in_words(&action.change, &model.cluster));
        let words = |fault: &Fault| format!("{}: {}", fault.name, fault_in_words(fault, &model.cluster));
        let faults = model.faults.iter().map(words);
        Self { story: Story::of(model, seed, run), actions: actions.collect(), faults: faults.collect() }
    }
}
