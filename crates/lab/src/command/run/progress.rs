//! The progress bars.

use indicatif::{MultiProgress, ProgressBar, ProgressDrawTarget, ProgressStyle};

/// Where bars are drawn: on stderr; they are invisible when stderr is not a terminal.
pub(crate) struct Screen(MultiProgress);

impl Screen {
    pub(crate) fn new(quiet: bool) -> Self {
        let screen = MultiProgress::new();
        if quiet {
            screen.set_draw_target(ProgressDrawTarget::hidden());
        }
        Self(screen)
    }

    /// A new bar.
    pub(crate) fn progress(&self, scenario: &str, runs: u64) -> Progress {
        let bar = self.0.add(ProgressBar::new(runs));
        let template = "{prefix} [{bar:30}] {human_pos}/{human_len} runs, {eta} left";
        if let Ok(style) = ProgressStyle::with_template(template) {
            bar.set_style(style.progress_chars("=> "));
        }
        bar.set_prefix(scenario.to_owned());
        Progress(bar)
    }

    /// Says something while other threads draw: the bars make room for it.
    pub(crate) fn make_room<T>(&self, say: impl FnOnce() -> T) -> T {
        self.0.suspend(say)
    }
}

/// A progress bar.
pub(crate) struct Progress(ProgressBar);

impl Progress {
    /// The only bar on the screen.
    pub(crate) fn new(scenario: &str, runs: u64, quiet: bool) -> Self {
        Screen::new(quiet).progress(scenario, runs)
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
