//! Ctrl-C.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// Remembers whether the user pressed Ctrl-C, so that the batch can end between two runs.
pub(super) struct Interrupt(Arc<AtomicBool>);

impl Interrupt {
    /// From now on Ctrl-C does not kill the program.
    pub(super) fn listen() -> Self {
        let pressed = Arc::new(AtomicBool::new(false));
        let handler = Arc::clone(&pressed);
        // Where no handler can be installed, Ctrl-C kills us as ever: the partial folder stays readable.
        let _ = ctrlc::set_handler(move || handler.store(true, Ordering::Relaxed));
        Self(pressed)
    }

    pub(super) fn is_pressed(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }
}
