//! Ctrl-C.

use crate::command::Ending;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// Remembers whether the user pressed Ctrl-C, so that the batch can end between two runs.
pub(crate) struct Interrupt(Arc<AtomicBool>);

impl Interrupt {
    /// From now on the first Ctrl-C ends the batch after the current run; a second one ends the program at
    /// once, and what was finished stays readable in the partial folder.
    pub(crate) fn listen() -> Self {
        let pressed = Arc::new(AtomicBool::new(false));
        let handler = Arc::clone(&pressed);
        // Where no handler can be installed, Ctrl-C kills us as ever: the partial folder stays readable.
        let _ = ctrlc::set_handler(move || {
            if handler.swap(true, Ordering::Relaxed) {
                std::process::exit(Ending::Interrupted as i32);
            }
        });
        Self(pressed)
    }

    pub(crate) fn is_pressed(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }

    /// As if the user had pressed it.
    pub(super) fn press(&self) {
        self.0.store(true, Ordering::Relaxed);
    }
}
