//! How the control plane of a run behaves.

use crate::Span;
use crate::engine::{Law, Stream};

/// How long a request, an answer or a watch takes.
#[derive(Debug, Clone, PartialEq)]
pub enum Delay {
    /// Always the same.
    Fixed(Span),
    /// Drawn each time.
    Drawn(Law),
}

impl Delay {
    pub(super) fn next(&self, stream: &mut Stream) -> Span {
        match self {
            Self::Fixed(span) => *span,
            Self::Drawn(law) => law.at(stream.uniform()),
        }
    }
}

/// How the control plane of a run behaves.
#[derive(Debug, Clone, PartialEq)]
pub struct Settings {
    /// Time from sending a request to its commit.
    pub request: Delay,
    /// Time from the commit to the answer.
    pub response: Delay,
    /// Time from the commit to the caches of the watchers.
    pub watch: Delay,
    /// Requests per second and burst of each controller's client; `None` is unlimited.
    pub client_limit: Option<(f64, u32)>,
    /// Syncs that each controller runs side by side.
    pub workers: u32,
}
