//! Colours, for terminals only.

use crate::terminal::{Mark, stdout_has_colours};
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

/// The styles of the tones in their order, for the terminal.
pub static STYLES: [Style; 8] = [
    Style::new(),
    Style::new().dimmed(),
    Style::new().bold(),
    AnsiColor::Cyan.on_default().bold(),
    AnsiColor::Magenta.on_default(),
    AnsiColor::Yellow.on_default(),
    AnsiColor::Green.on_default().bold(),
    AnsiColor::Red.on_default().bold(),
];

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
        Self { on: stdout_has_colours() }
    }

    /// The text in its tone.
    #[must_use]
    pub fn text(self, tone: Tone, text: &str) -> String {
        if !self.on || tone == Tone::Plain || text.is_empty() {
            return text.to_owned();
        }
        Mark::around(tone as usize, text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::terminal::Terminal;
    use std::io::Write;

    #[test]
    fn plain_text_has_no_escape_codes() {
        for tone in [Tone::Plain, Tone::Bad, Tone::Heading] {
            assert_eq!(Paint::PLAIN.text(tone, "text"), "text");
        }
        let mut shown = Vec::new();
        let bad = Paint { on: true }.text(Tone::Bad, "text");
        Terminal::new(&mut shown, &STYLES).write_all(bad.as_bytes()).unwrap();
        assert_eq!(String::from_utf8(shown).unwrap(), "\u{1b}[1m\u{1b}[31mtext\u{1b}[0m");
    }
}
