//! The progress bar.

use indicatif::{ProgressBar, ProgressStyle};

/// A bar on stderr; invisible when stderr is not a terminal.
pub(crate) struct Progress(ProgressBar);

impl Progress {
    pub(crate) fn new(scenario: &str, runs: u64, quiet: bool) -> Self {
        let bar = if quiet { ProgressBar::hidden() } else { ProgressBar::new(runs) };
        let template = "{prefix} [{bar:30}] {human_pos}/{human_len} runs, {eta} left";
        if let Ok(style) = ProgressStyle::with_template(template) {
            bar.set_style(style.progress_chars("=> "));
        }
        bar.set_prefix(scenario.to_owned());
        Self(bar)
    }

    /// One more run is finished.
    pub(crate) fn tick(&self) {
        self.0.inc(1);
    }

    /// Leaves the terminal as it was.
    pub(crate) fn finish(&self) {
        self.0.finish_and_clear();
    }
}
