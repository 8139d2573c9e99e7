//! A folded line: what several objects do alike, or one again and again.

use super::clock::clock;
use super::line::{Line, Source};
use super::paint::Tone;
use simulator::Span;
use std::collections::BTreeSet;

/// Failed rounds of a probe for each pod that nobody need be told of: while it starts, each pod has some.
const USUAL_FAILURES: usize = 3;

/// A line that may tell of several objects and moments.
pub(super) struct Group {
    pub(super) at: Span,
    pub(super) until: Span,
    pub(super) source: Source,
    pub(super) tone: Tone,
    pub(super) what: Telling,
    pub(super) objects: BTreeSet<usize>,
    pub(super) times: u32,
}

/// What a line tells.
pub(super) enum Telling {
    /// Ready to print.
    Line(String),
    /// `web-1: 0/1 Pending -> 0/1 Running`: whose pods, and what they do.
    Pods { of: String, what: String },
    /// Scaled from the first size to the last.
    Scaled { head: String, from: String, to: String },
    /// The same message again and again.
    Repeated { object: String, reason: Option<&'static str>, message: String },
}

impl Group {
    pub(super) const fn new(at: Span, source: Source, tone: Tone, what: Telling) -> Self {
        Self { at, until: at, source, tone, what, objects: BTreeSet::new(), times: 0 }
    }

    /// A probe that fails while a pod starts.
    pub(super) fn is_usual(&self) -> bool {
        let Telling::Pods { what, .. } = &self.what else { return false };
        what.starts_with("Unhealthy: ") && self.times as usize <= USUAL_FAILURES * self.objects.len()
    }

    /// `, within 2.8s`, if it took any time worth a word.
    fn within(&self) -> String {
        let took = Span::from_nanos(self.until.as_nanos() - self.at.as_nanos());
        if took < Span::from_millis(100) { String::new() } else { format!(", within {}", clock(took)) }
    }

    fn repeats(&self, objects: usize) -> String {
        let times = self.times as usize;
        if times > objects.max(1) {
            format!(" ({times} times, until {})", clock(self.until))
        } else {
            self.within()
        }
    }

    pub(super) fn into_line(self) -> Line {
        let count = self.objects.len();
        let text = match &self.what {
            Telling::Line(text) => text.clone(),
            Telling::Pods { of, what } => {
                let pods = if count == 1 { "pod" } else { "pods" };
                format!("{count} {pods} of {of}: {what}{}", self.repeats(count))
            }
            Telling::Scaled { head, from, to } => format!("{head} from {from} to {to}{}", self.within()),
            Telling::Repeated { object, reason, message } => {
                let reason = reason.map_or(String::new(), |reason| format!("{reason}: "));
                format!("{object}: {reason}{message}{}", self.repeats(1))
            }
        };
        Line { at: self.at, source: self.source, text, tone: self.tone }
    }
}
