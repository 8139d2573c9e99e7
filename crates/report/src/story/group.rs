//! A folded line: the same change of several objects, or a repeated change of one.

use super::line::{Line, Source};
use super::paint::Tone;
use measures::units::clock;
use simulator::Span;
use std::collections::BTreeSet;

/// Failed probes of each pod that are not shown: while it starts, each pod has some.
const USUAL_FAILURES: usize = 3;

/// A line for several objects and moments.
pub(super) struct LineGroup {
    pub(super) at: Span,
    pub(super) until: Span,
    pub(super) source: Source,
    pub(super) tone: Tone,
    pub(super) what: LineContent,
    pub(super) objects: BTreeSet<usize>,
    pub(super) times: u32,
}

/// The content of a line.
pub(super) enum LineContent {
    /// A complete text.
    Line(String),
    /// `web-1: 0/1 Pending -> 0/1 Running`: the owner of the pods, and their change.
    Pods { of: String, what: String },
    /// A `ReplicaSet` scaled from the first size to the last.
    Scaled { head: String, from: String, to: String },
    /// A repeated message.
    Repeated { object: String, reason: Option<&'static str>, message: String },
}

impl LineGroup {
    pub(super) const fn new(at: Span, source: Source, tone: Tone, what: LineContent) -> Self {
        Self { at, until: at, source, tone, what, objects: BTreeSet::new(), times: 0 }
    }

    /// Whether it is a probe that fails while a pod starts.
    pub(super) fn is_usual(&self) -> bool {
        let LineContent::Pods { what, .. } = &self.what else { return false };
        what.starts_with("Unhealthy: ") && self.times as usize <= USUAL_FAILURES * self.objects.len()
    }

    /// `, within 2.8s`, if it took at least 100 ms.
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
            LineContent::Line(text) => text.clone(),
            LineContent::Pods { of, what } => {
                let pods = if count == 1 { "pod" } else { "pods" };
                format!("{count} {pods} of {of}: {what}{}", self.repeats(count))
            }
            LineContent::Scaled { head, from, to } => format!("{head} from {from} to {to}{}", self.within()),
            LineContent::Repeated { object, reason, message } => {
                let reason = reason.map_or(String::new(), |reason| format!("{reason}: "));
                format!("{object}: {reason}{message}{}", self.repeats(1))
            }
        };
        Line { at: self.at, source: self.source, text, tone: self.tone }
    }
}
