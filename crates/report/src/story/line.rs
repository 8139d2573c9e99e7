//! A line of a story: time, source, text.

use super::paint::{Paint, Tone};
use measures::units::clock;
use simulator::Span;
use std::fmt::Write as _;

/// The source of a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[expect(missing_docs, reason = "the names say it")]
pub enum Source {
    User,
    Fault,
    Status,
    Deployment,
    ReplicaSet,
    Pods,
    Node,
}

impl Source {
    /// The word in the second column.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::User => "user",
            Self::Fault => "fault",
            Self::Status => "status",
            Self::Deployment => "deployment",
            Self::ReplicaSet => "replicaset",
            Self::Pods => "pods",
            Self::Node => "node",
        }
    }
}

/// A line of a story.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    /// The time.
    pub at: Span,
    /// The source.
    pub source: Source,
    /// The text.
    pub text: String,
    /// Its tone.
    pub tone: Tone,
}

/// Lines under a heading, with their time from t = 0 and from the last action of the user.
pub struct Lines<'a> {
    /// The lines, in order of time.
    pub lines: &'a [Line],
    /// Times of the actions of the user.
    pub actions: &'a [Span],
    /// Colours.
    pub paint: Paint,
}

impl Lines<'_> {
    /// The text of all lines.
    #[must_use]
    pub fn to_text(&self) -> String {
        let heading = format!("{:>10}  {:>10}  {:<10}  what", "t", "after", "who");
        let mut text = self.paint.text(Tone::Heading, &heading);
        text.push('\n');
        let mut before: Option<(String, Source)> = None;
        for line in self.lines {
            let at = clock(line.at);
            let acted = self.actions.iter().rev().find(|acted| **acted <= line.at);
            let after = acted.map_or(String::new(), |acted| {
                format!("+{}", clock(Span::from_nanos(line.at.as_nanos() - acted.as_nanos())))
            });
            // Lines of the same moment show the time once.
            let same = before.as_ref().is_some_and(|(shown, source)| *shown == at && *source == line.source);
            let (shown, after, who) =
                if same { ("", "", "") } else { (at.as_str(), after.as_str(), line.source.as_str()) };
            let time = self.paint.text(Tone::Quiet, &format!("{shown:>10}  {after:>10}"));
            let who = self.paint.text(Tone::Quiet, &format!("{who:<10}"));
            let _ = writeln!(text, "{time}  {who}  {}", self.paint.text(line.tone, &line.text));
            before = Some((at, line.source));
        }
        text
    }
}
