//! Colours, for terminals only.

use crate::terminal::{StyleMark, stdout_has_colours};
use anstyle::{AnsiColor, Style};

/// The meaning of a piece of text, which decides its style.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Tone {
    /// A normal change.
    #[default]
    Plain,
    /// A detail.
    Quiet,
    /// A heading.
    Heading,
    /// An action of the user.
    User,
    /// A fault.
    Fault,
    /// A warning of Kubernetes.
    Warning,
    /// A success.
    Good,
    /// A failure.
    Bad,
}

/// The styles of the tones in their order.
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

/// Whether to use colours.
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

    /// The text with the mark of its tone.
    #[must_use]
    pub fn text(self, tone: Tone, text: &str) -> String {
        if !self.on || tone == Tone::Plain || text.is_empty() {
            return text.to_owned();
        }
        StyleMark::around(tone as usize, text)
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
