//! Lines as wide as a terminal of 80 columns.

use std::fmt;

/// The width of a terminal in columns.
pub const WIDTH: usize = 80;

/// The words of a text in lines of at most `width` columns; a longer word has a line of its own.
pub fn wrap(text: &str, width: usize) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for word in text.split_whitespace() {
        match lines.last_mut() {
            Some(line) if line.chars().count() + 1 + word.chars().count() <= width => {
                line.push(' ');
                line.push_str(word);
            }
            _ => lines.push(word.to_owned()),
        }
    }
    lines
}

/// The words of a text in lines of at most [`WIDTH`] columns: the first begins with `lead`, the others below
/// its end.
///
/// # Errors
/// The error of the formatter.
pub fn lines(f: &mut fmt::Formatter<'_>, lead: &str, text: &str) -> fmt::Result {
    let next = " ".repeat(lead.len());
    for (index, line) in wrap(text, WIDTH - lead.len()).iter().enumerate() {
        writeln!(f, "{}{line}", if index == 0 { lead } else { &next })?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_broken_between_words() {
        assert_eq!(wrap(" a bc\n def  ghijkl m", 6), ["a bc", "def", "ghijkl", "m"]);
        assert_eq!(wrap("unbreakable word", 4), ["unbreakable", "word"]);
        assert!(wrap("", 10).is_empty());
    }
}
