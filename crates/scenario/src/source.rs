//! Reads input files, up to a limit of size.

use super::catalogue;
use crate::diagnostic::{Diagnostic, Place, Source};
use crate::input;
use std::io::{Error, ErrorKind};
use std::path::Path;
use std::sync::Arc;
use thiserror::Error;

/// The largest input file.
pub const MAX_BYTES: u64 = 32 * 1024 * 1024;

/// The content of an input that is not text of YAML.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum TextError {
    /// It has more bytes than [`MAX_BYTES`].
    #[error("{name} is larger than {} MiB", MAX_BYTES >> 20)]
    TooLarge {
        /// The name of the input.
        name: String,
    },
    /// It has zero bytes.
    #[error("{name} is a binary file, not YAML text")]
    Binary {
        /// The name of the input.
        name: String,
    },
    /// It is not UTF-8.
    #[error("{name}:{line} is not UTF-8 text")]
    NotUtf8 {
        /// The name of the input.
        name: String,
        /// The first line with a wrong byte, from 1.
        line: usize,
    },
}

/// Reads a file. `asked_at` is the place in another file that names it.
///
/// # Errors
/// The file cannot be read, is not a regular file, is too large, or is not UTF-8.
pub fn read(path: &Path, asked_at: Option<&Place>) -> Result<Arc<Source>, Diagnostic> {
    let name = path.display().to_string();
    let refuse = |text: String| match asked_at {
        Some(place) => Diagnostic::at(place, text),
        None => Diagnostic::without_place(text),
    };
    let inside = catalogue::read(path).map(Ok);
    let bytes = inside
        .unwrap_or_else(|| input::read(path, MAX_BYTES + 1))
        .map_err(|error| refuse(reason(&name, &error)))?;
    let text = text_of(&name, bytes).map_err(|error| refuse(error.to_string()))?;
    Ok(Source::new(name, text))
}

fn reason(name: &str, error: &Error) -> String {
    match error.kind() {
        ErrorKind::NotFound => format!("there is no file {name}"),
        ErrorKind::IsADirectory => format!("{name} is a folder, not a file"),
        ErrorKind::PermissionDenied => format!("{name} may not be read: permission denied"),
        _ => format!("{name} cannot be read: {error}"),
    }
}

/// The text of the input called `name` without its byte order mark.
///
/// # Errors
/// The input is too large or is not UTF-8 text.
pub fn text_of(name: &str, mut bytes: Vec<u8>) -> Result<String, TextError> {
    let name = name.to_owned();
    if bytes.len() as u64 > MAX_BYTES {
        return Err(TextError::TooLarge { name });
    }
    if bytes.starts_with(b"\xEF\xBB\xBF") {
        bytes.drain(..3);
    }
    if bytes.contains(&0) {
        return Err(TextError::Binary { name });
    }
    String::from_utf8(bytes).map_err(|error| {
        let at = error.utf8_error().valid_up_to();
        let line = error.as_bytes()[..at].split(|b| *b == b'\n').count();
        TextError::NotUtf8 { name, line }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refusal(content: &[u8]) -> String {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), content).unwrap();
        read(file.path(), None).unwrap_err().message().to_owned()
    }

    #[test]
    fn what_is_no_text_is_refused() {
        assert!(refusal(b"\x7fELF\0\0").ends_with("is a binary file, not YAML text"));
        assert!(refusal(b"a: 1\nb: \xff\n").ends_with(":2 is not UTF-8 text"));
        let huge = vec![b' '; MAX_BYTES as usize + 1];
        assert!(refusal(&huge).ends_with("is larger than 32 MiB"));
        let missing = read(Path::new("no/such.yaml"), None).unwrap_err();
        assert_eq!(missing.message(), "there is no file no/such.yaml");
        let folder = read(Path::new("."), None).unwrap_err();
        assert_eq!(folder.message(), ". is a folder, not a file");
    }

    #[test]
    fn a_byte_order_mark_is_dropped() {
        assert_eq!(text_of("a.yaml", b"\xEF\xBB\xBFa: 1".to_vec()), Ok("a: 1".to_owned()));
    }
}
