//! How often the controller tries to write a scale (`updateScale`'s retry on conflicts, `horizontal.go`).

use crate::Span;

/// The tries of one write of a scale.
///
/// A conflict is answered by a new read of the scale and another try with the same size; any other refusal ends
/// the write.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct ScaleTries {
    made: u32,
}

impl ScaleTries {
    /// Tries in all (`retry.DefaultRetry`).
    const MOST: u32 = 5;
    /// Pause before a further try.
    const PAUSE: Span = Span::from_millis(10);

    /// Counts a try.
    pub const fn count(&mut self) {
        self.made += 1;
    }

    /// Tries made so far.
    #[must_use]
    pub const fn made(self) -> u32 {
        self.made
    }

    /// The pause before the next try after a conflict; `None` if the conflict is final.
    #[must_use]
    pub fn pause_after_conflict(self) -> Option<Span> {
        (self.made < Self::MOST).then_some(Self::PAUSE)
    }
}
