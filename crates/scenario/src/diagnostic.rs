//! Errors in input files: message, place and correction.

use annotate_snippets::{AnnotationKind, Level, Origin, Renderer, Snippet};
use std::fmt;
use std::ops::Range;
use std::sync::Arc;

/// A text with its name.
#[derive(Debug, PartialEq, Eq)]
pub struct Source {
    name: String,
    text: String,
}

impl Source {
    /// A text and its name, usually the path it was read from.
    pub fn new(name: impl Into<String>, text: impl Into<String>) -> Arc<Self> {
        Arc::new(Self { name: name.into(), text: text.into() })
    }

    /// The name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The text.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The line that contains a byte: its number from 1 and its range.
    fn line_at(&self, byte: usize) -> (usize, Range<usize>) {
        let (before, after) = self.text.split_at(byte);
        let start = before.rfind('\n').map_or(0, |at| at + 1);
        let length = after.find(['\n', '\r']).unwrap_or(after.len());
        let number = before.matches('\n').count() + 1;
        (number, start..byte + length)
    }
}

/// A range of bytes in a source.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    source: Arc<Source>,
    range: Range<usize>,
}

impl Place {
    /// The bytes `range` of `source`, moved inward to the boundaries of characters.
    pub fn new(source: &Arc<Source>, range: Range<usize>) -> Self {
        let text = source.text();
        let mut start = range.start.min(text.len());
        let mut end = range.end.clamp(start, text.len());
        while !text.is_char_boundary(start) {
            start -= 1;
        }
        while !text.is_char_boundary(end) {
            end -= 1;
        }
        Self { source: Arc::clone(source), range: start..end.max(start) }
    }

    /// The source.
    pub fn source(&self) -> &Arc<Source> {
        &self.source
    }

    /// The bytes.
    pub fn range(&self) -> Range<usize> {
        self.range.clone()
    }

    /// The number of the line it begins in, from 1.
    pub fn line(&self) -> usize {
        self.source.line_at(self.range.start).0
    }

    /// The column it begins at, in characters from 1.
    pub fn column(&self) -> usize {
        let (_, line) = self.source.line_at(self.range.start);
        self.source.text()[line.start..self.range.start.max(line.start)].chars().count() + 1
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}:{}", self.source.name, self.line(), self.column())
    }
}

/// The longest line that is shown; longer lines are only named.
const MAX_SHOWN: usize = 4096;

/// One error in the input.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Diagnostic {
    message: String,
    place: Option<Place>,
    label: String,
    help: Vec<String>,
    field: Option<String>,
}

impl Diagnostic {
    /// An error at a place.
    pub fn at(place: &Place, message: impl Into<String>) -> Self {
        Self { place: Some(place.clone()), ..Self::without_place(message) }
    }

    /// An error without a place in a file.
    pub fn without_place(message: impl Into<String>) -> Self {
        Self { message: message.into(), place: None, label: String::new(), help: Vec::new(), field: None }
    }

    /// A few words next to the marked text.
    #[must_use]
    pub fn label(mut self, label: impl Into<String>) -> Self {
        self.label = label.into();
        self
    }

    /// The correction.
    #[must_use]
    pub fn help(mut self, help: impl Into<String>) -> Self {
        self.help.push(help.into());
        self
    }

    /// The path of the field of an API object that validation rejects.
    #[must_use]
    pub(crate) fn of_field(mut self, path: impl fmt::Display) -> Self {
        self.field = Some(path.to_string());
        self
    }

    /// The path of the field of an API object that validation rejects; `None` for other errors.
    pub fn field(&self) -> Option<&str> {
        self.field.as_deref()
    }

    /// The message.
    pub fn message(&self) -> &str {
        &self.message
    }

    /// The place, if there is one.
    pub fn place(&self) -> Option<&Place> {
        self.place.as_ref()
    }

    fn render(&self, renderer: &Renderer) -> String {
        let title = Level::ERROR.primary_title(self.message.as_str());
        let help = self.help.iter().map(|text| Level::HELP.message(text.as_str()));
        let Some(place) = &self.place else {
            return renderer.render(&[title.elements(help)]);
        };
        let (number, line) = place.source.line_at(place.range.start);
        if line.len() > MAX_SHOWN {
            let origin = Origin::path(place.source.name()).line(number).char_column(place.column());
            return renderer.render(&[title.element(origin).elements(help)]);
        }
        // Only the first line of a longer piece is shown: an object can have hundreds of lines.
        let start = place.range.start.min(line.end);
        let end = place.range.end.clamp(start, line.end);
        let mark = AnnotationKind::Primary.span(start - line.start..end - line.start);
        let mark = if self.label.is_empty() { mark } else { mark.label(self.label.as_str()) };
        let snippet = Snippet::source(&place.source.text()[line])
            .path(place.source.name())
            .line_start(number)
            .annotation(mark);
        renderer.render(&[title.element(snippet).elements(help)])
    }
}

/// The most errors that are described; further ones are only counted. It bounds the time for a file that consists
/// of errors.
pub(crate) const MAX_ERRORS: usize = 200;

/// All errors found in the input, in the order of files and lines.
#[derive(Debug, Clone, Default, PartialEq, Eq, thiserror::Error)]
#[error("{}", self.render(false))]
pub struct Diagnostics {
    items: Vec<Diagnostic>,
    more: usize,
}

impl Diagnostics {
    /// No errors yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds an error.
    pub fn push(&mut self, diagnostic: Diagnostic) {
        if self.is_full() {
            self.more += 1;
        } else if !self.items.contains(&diagnostic) {
            self.items.push(diagnostic);
        }
    }

    /// Adds an error that is described only if there is room for it.
    pub(crate) fn push_with(&mut self, describe: impl FnOnce() -> Diagnostic) {
        if self.is_full() {
            self.more += 1;
        } else {
            self.push(describe());
        }
    }

    /// Adds all errors of another collection.
    pub fn append(&mut self, other: Self) {
        other.items.into_iter().for_each(|item| self.push(item));
        self.more += other.more;
    }

    /// Whether further errors are only counted.
    pub(crate) fn is_full(&self) -> bool {
        self.items.len() >= MAX_ERRORS
    }

    /// Whether there is no error.
    pub fn is_empty(&self) -> bool {
        self.items.is_empty()
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.items.len()
    }

    /// The errors in order.
    pub fn iter(&self) -> impl Iterator<Item = &Diagnostic> {
        self.items.iter()
    }

    /// `value` if nothing is wrong; otherwise the errors, sorted.
    ///
    /// # Errors
    /// The collected errors, if there are any.
    pub fn finish<T>(mut self, value: T) -> Result<T, Self> {
        if self.items.is_empty() {
            return Ok(value);
        }
        self.sort();
        Err(self)
    }

    /// Sorts by place within a file; files and errors without a place stay in the order they came in.
    fn sort(&mut self) {
        let mut files: Vec<String> = Vec::new();
        for name in self.items.iter().filter_map(|item| item.place.as_ref()) {
            if !files.iter().any(|file| file == name.source.name()) {
                files.push(name.source.name().to_owned());
            }
        }
        let rank = |item: &Diagnostic| {
            let place = item.place.as_ref()?;
            let file = files.iter().position(|file| file == place.source.name());
            Some((file, place.range.start))
        };
        self.items.sort_by_key(rank);
    }

    /// What is wrong, without places and help.
    pub(crate) fn messages(&self) -> Vec<&str> {
        self.items.iter().map(Diagnostic::message).collect()
    }

    /// The errors with places in the generated source `name` replaced: the text of `origin` for the line precedes the
    /// message, because the user has not written that source.
    #[must_use]
    pub fn of_made_source(mut self, name: &str, origin: impl Fn(usize) -> Option<String>) -> Self {
        for item in &mut self.items {
            if let Some(place) = item.place.take_if(|place| place.source.name() == name)
                && let Some(origin) = origin(place.line())
            {
                item.message = format!("{origin}: {}", item.message);
            }
        }
        self
    }

    /// The errors as text: in colour for a terminal, otherwise plain.
    pub fn render(&self, colour: bool) -> String {
        let renderer = if colour { Renderer::styled().hyperlink(false) } else { Renderer::plain() };
        let mut parts: Vec<_> = self.items.iter().map(|item| item.render(&renderer)).collect();
        if self.more > 0 {
            parts.push(format!("... and {} more errors", self.more));
        }
        parts.join("\n\n")
    }
}

impl From<Diagnostic> for Diagnostics {
    fn from(item: Diagnostic) -> Self {
        Self { items: vec![item], more: 0 }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_counts_lines_and_characters() {
        let source = Source::new("a.yaml", "eins: 1\nzwölf: x\n");
        let place = Place::new(&source, 16..17);
        assert_eq!(place.to_string(), "a.yaml:2:8");
        // Inside a character, and beyond the end.
        assert_eq!(Place::new(&source, 11..12).to_string(), "a.yaml:2:3");
        assert_eq!(Place::new(&source, 400..500).line(), 3);
    }

    #[test]
    fn errors_come_in_the_order_of_lines() {
        let source = Source::new("a.yaml", "one\ntwo\n");
        let mut all = Diagnostics::new();
        all.push(Diagnostic::at(&Place::new(&source, 4..7), "second"));
        all.push(Diagnostic::at(&Place::new(&source, 0..3), "first").help("third"));
        all.push(Diagnostic::at(&Place::new(&source, 4..7), "second"));
        let text = all.finish(()).unwrap_err().to_string();
        assert_eq!(text.matches("second").count(), 1);
        assert!(text.find("first") < text.find("second"), "{text}");
    }

    #[test]
    fn very_long_lines_are_named_but_not_shown() {
        let source = Source::new("a.yaml", format!("a\n{}", "x".repeat(10_000)));
        let error = Diagnostic::at(&Place::new(&source, 9_000..9_001), "too much").help("less");
        let text = Diagnostics::from(error).to_string();
        assert_eq!(text, "error: too much\n--> a.yaml:2:8999\n = help: less");
    }

    #[test]
    fn a_flood_of_errors_is_cut_short() {
        let mut all = Diagnostics::new();
        for k in 0..MAX_ERRORS + 5 {
            all.push(Diagnostic::without_place(format!("error {k}")));
        }
        assert!(all.to_string().ends_with("... and 5 more errors"), "{all}");
    }
}
