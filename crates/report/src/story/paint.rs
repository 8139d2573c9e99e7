//! Colours, for terminals only.

use anstyle::{AnsiColor, Style};

/// What a piece of text is to the reader.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Tone {
    /// Something that happens.
    #[default]
    Plain,
    /// Something in passing.
    Quiet,
    /// A heading.
    Heading,
    /// What the user does.
    User,
    /// What goes wrong on purpose.
    Fault,
    /// Kubernetes warns.
    Warning,
    /// A good end.
    Good,
    /// A bad end.
    Bad,
}

impl Tone {
    fn style(self) -> Style {
        let colour = |colour: AnsiColor| colour.on_default();
        match self {
            Self::Plain => Style::new(),
            Self::Quiet => Style::new().dimmed(),
            Self::Heading => Style::new().bold(),
            Self::User => colour(AnsiColor::Cyan).bold(),
            Self::Fault => colour(AnsiColor::Magenta),
            Self::Warning => colour(AnsiColor::Yellow),
            Self::Good => colour(AnsiColor::Green).bold(),
            Self::Bad => colour(AnsiColor::Red).bold(),
        }
    }
}

/// Whether and how to colour.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Paint {
    on: bool,
}

impl Paint {
    /// No colours.
    pub const PLAIN: Self = Self { on: false };

    /// Colours if stdout is a terminal that shows them and `NO_COLOR` is not set.
    #[must_use]
    pub fn for_stdout() -> Self {
        let choice = anstream::AutoStream::choice(&std::io::stdout());
        Self { on: choice != anstream::ColorChoice::Never }
    }

    /// The text in its tone.
    #[must_use]
    pub fn text(self, tone: Tone, text: &str) -> String {
        if !self.on || tone == Tone::Plain || text.is_empty() {
            return text.to_owned();
        }
        let style = tone.style();
        format!("{style}{text}{style:#}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plain_text_has_no_escape_codes() {
        for tone in [Tone::Plain, Tone::Bad, Tone::Heading] {
            assert_eq!(Paint::PLAIN.text(tone, "text"), "text");
        }
        assert_eq!(Paint { on: true }.text(Tone::Bad, "text"), "\u{1b}[1m\u{1b}[31mtext\u{1b}[0m");
    }
}
