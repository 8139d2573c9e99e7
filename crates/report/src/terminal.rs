//! The only writer to the terminal.
//!
//! Names, images and messages come from files and may contain escape sequences that move the cursor, change the
//! title, write to the clipboard, or change the direction of text. [`Terminal`] escapes all of them. Styles of this
//! program are [`StyleMark`]s and not escape sequences until [`Terminal`] writes them, so that text from files cannot
//! contain styles. Clippy refuses other ways to stdout and stderr (`clippy.toml`).

use anstyle::Style;
use std::borrow::Cow;
use std::io::{self, StderrLock, StdoutLock, Write};

/// Whether a character can change how a terminal shows others: control characters (C0 except tab and newline,
/// DEL, C1), direction marks, line separators; and characters that XML does not allow.
const fn is_unsafe(character: char) -> bool {
    match character {
        '\n' | '\t' => false,
        // Controls; bidirectional controls (Unicode Standard Annex 9), line and paragraph separator.
        '\0'..='\u{1f}'
        | '\u{7f}'..='\u{9f}'
        | '\u{61c}'
        | '\u{200e}'
        | '\u{200f}'
        | '\u{2028}'..='\u{202e}'
        | '\u{2066}'..='\u{2069}' => true,
        other => matches!(other, '\u{fffe}' | '\u{ffff}'),
    }
}

/// The text with its unsafe characters written as in JSON: `\u001b`. JSON, quoted YAML, JavaScript in HTML and text
/// keep their meaning; SVG and HTML become well-formed.
#[must_use]
pub fn escaped(text: &str) -> Cow<'_, str> {
    if !text.chars().any(is_unsafe) {
        return Cow::Borrowed(text);
    }
    let mut safe = String::with_capacity(text.len() + 16);
    text.chars().for_each(|character| push_safe(&mut safe, character));
    Cow::Owned(safe)
}

fn push_safe(safe: &mut String, character: char) {
    if is_unsafe(character) {
        push_code(safe, character);
    } else {
        safe.push(character);
    }
}

fn push_code(safe: &mut String, character: char) {
    use std::fmt::Write as _;
    // Writing to a string cannot fail; unsafe characters have four digits.
    let _ = write!(safe, "\\u{:04x}", character as u32);
}

/// A style before it is written: one of the characters U+FDD0 to U+FDEF, which Unicode reserves for internal use.
/// A file that contains one can change a colour, and nothing else.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct StyleMark(char);

impl StyleMark {
    const FIRST: u32 = 0xfdd0;
    const END: char = '\u{fdef}';

    /// The mark of a style by its index in [`Terminal`]'s list.
    const fn of(index: usize) -> Self {
        match char::from_u32(Self::FIRST + index as u32) {
            Some(mark) => Self(mark),
            None => Self(Self::END),
        }
    }

    /// The text between the marks of the `index`th style and of its end.
    #[must_use]
    pub fn around(index: usize, text: &str) -> String {
        let Self(mark) = Self::of(index);
        format!("{mark}{text}{}", Self::END)
    }
}

/// Whether stdout shows colours and `NO_COLOR` is not set.
#[must_use]
#[expect(clippy::disallowed_methods, reason = "nothing is written")]
pub fn stdout_has_colours() -> bool {
    anstream::AutoStream::choice(&io::stdout()) != anstream::ColorChoice::Never
}

/// Standard output.
#[must_use]
#[expect(clippy::disallowed_methods, reason = "this is the way")]
pub fn stdout(styles: &'static [Style]) -> Terminal<StdoutLock<'static>> {
    Terminal::new(io::stdout().lock(), if stdout_has_colours() { styles } else { &[] })
}

/// Standard error, without styles.
#[must_use]
#[expect(clippy::disallowed_methods, reason = "this is the way")]
pub fn stderr() -> Terminal<StderrLock<'static>> {
    Terminal::new(io::stderr().lock(), &[])
}

/// Writes text with unsafe characters escaped, and marks as their styles.
#[derive(Debug)]
pub struct Terminal<W: Write> {
    inner: W,
    styles: &'static [Style],
    /// The first bytes of a character whose other bytes are not written yet.
    begun: Vec<u8>,
}

impl<W: Write> Terminal<W> {
    /// Writes to `inner`; without styles, marks are escaped too.
    pub const fn new(inner: W, styles: &'static [Style]) -> Self {
        Self { inner, styles, begun: Vec::new() }
    }

    fn push(&self, safe: &mut String, character: char) {
        use std::fmt::Write as _;
        let index = (character as u32).wrapping_sub(StyleMark::FIRST) as usize;
        // Writing to a string cannot fail.
        let _ = match self.styles.get(index) {
            Some(style) => write!(safe, "{style}"),
            None if character == StyleMark::END && !self.styles.is_empty() => {
                write!(safe, "{}", anstyle::Reset)
            }
            None => {
                if index < 32 {
                    push_code(safe, character);
                } else {
                    push_safe(safe, character);
                }
                Ok(())
            }
        };
    }

    /// The text to write for some bytes. Bytes that are not UTF-8 are escaped too.
    fn safe(&mut self, bytes: &[u8]) -> String {
        let mut all = std::mem::take(&mut self.begun);
        all.extend_from_slice(bytes);
        let mut safe = String::with_capacity(all.len());
        let mut chunks = all.utf8_chunks().peekable();
        while let Some(chunk) = chunks.next() {
            chunk.valid().chars().for_each(|character| self.push(&mut safe, character));
            let broken = chunk.invalid();
            if chunks.peek().is_none() && is_beginning(broken) {
                self.begun = broken.to_vec();
            } else {
                broken.iter().for_each(|byte| push_code(&mut safe, char::from(*byte)));
            }
        }
        safe
    }
}

/// Whether more bytes could complete a character.
fn is_beginning(bytes: &[u8]) -> bool {
    matches!(std::str::from_utf8(bytes), Err(error) if error.error_len().is_none())
}

impl<W: Write> Write for Terminal<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let is_plain = |byte: &u8| matches!(byte, b' '..=b'~' | b'\n' | b'\t');
        if self.begun.is_empty() && bytes.iter().all(is_plain) {
            return self.inner.write(bytes);
        }
        let safe = self.safe(bytes);
        self.inner.write_all(safe.as_bytes())?;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.inner.flush()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const STYLES: &[Style] = &[Style::new().bold()];

    fn written(styles: &'static [Style], pieces: &[&[u8]]) -> String {
        let mut terminal = Terminal::new(Vec::new(), styles);
        for piece in pieces {
            terminal.write_all(piece).unwrap();
        }
        String::from_utf8(terminal.inner).unwrap()
    }

    #[test]
    fn what_moves_a_cursor_is_escaped() {
        for (text, shown) in [
            ("plain\ttext\n", "plain\ttext\n"),
            ("zwölf → ☂", "zwölf → ☂"),
            ("\u{1b}[31mred", "\\u001b[31mred"),
            ("\u{1b}]0;title\u{7}", "\\u001b]0;title\\u0007"),
            ("\u{9b}2J\u{9d}x\u{9c}", "\\u009b2J\\u009dx\\u009c"),
            ("a\rb\u{8}\u{7f}\0", "a\\u000db\\u0008\\u007f\\u0000"),
            ("user\u{202e}nimda\u{2066}\u{200f}\u{2028}", "user\\u202enimda\\u2066\\u200f\\u2028"),
        ] {
            assert_eq!(written(&[], &[text.as_bytes()]), shown);
            assert_eq!(escaped(text), shown);
        }
    }

    #[test]
    fn characters_in_pieces_are_put_together() {
        let text = "a\u{9b}ö☂\u{202e}b".as_bytes();
        let whole = written(&[], &[text]);
        for at in 0..text.len() {
            assert_eq!(written(&[], &[&text[..at], &text[at..]]), whole);
        }
        let bytes: Vec<&[u8]> = text.chunks(1).collect();
        assert_eq!(written(&[], &bytes), whole);
        assert_eq!(written(&[], &[b"a\xffb\x9b"]), "a\\u00ffb\\u009b");
    }

    #[test]
    fn marks_become_styles_where_there_are_styles() {
        let text = StyleMark::around(0, "bold \u{1b}[5m");
        assert_eq!(written(STYLES, &[text.as_bytes()]), "\u{1b}[1mbold \\u001b[5m\u{1b}[0m");
        assert_eq!(written(&[], &[text.as_bytes()]), "\\ufdd0bold \\u001b[5m\\ufdef");
        assert_eq!(written(STYLES, &["\u{fdd1}".as_bytes()]), "\\ufdd1");
    }

    #[test]
    fn json_keeps_its_meaning() {
        let value = serde_json::json!({ "a\u{9b}": "\u{202e}\u{7f}\u{1b}ö" });
        let shown = written(&[], &[value.to_string().as_bytes()]);
        assert!(shown.is_ascii() || !shown.chars().any(is_unsafe), "{shown}");
        assert_eq!(serde_json::from_str::<serde_json::Value>(&shown).unwrap(), value);
    }
}
