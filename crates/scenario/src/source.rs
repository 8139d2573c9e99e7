//! Reads input files, up to a limit of size.

use super::catalogue;
use crate::diagnostic::{Diagnostic, Place, Source};
use crate::input;
use std::io::{Error, ErrorKind};
use std::path::Path;
use std::sync::Arc;

/// The largest input file.
pub const MAX_BYTES: u64 = 32 * 1024 * 1024;

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
    text_of(bytes)
        .map_or_else(|text| Err(refuse(format!("{name}{text}"))), |text| Ok(Source::new(name.clone(), text)))
}

fn reason(name: &str, error: &Error) -> String {
    match error.kind() {
        ErrorKind::NotFound => format!("there is no file {name}"),
        ErrorKind::IsADirectory => format!("{name} is a folder, not a file"),
        ErrorKind::PermissionDenied => format!("{name} may not be read: permission denied"),
        _ => format!("{name} cannot be read: {error}"),
    }
}

/// The text of an input without its byte order mark.
///
/// # Errors
/// The reason, as the end of a sentence that begins with the name of the input.
pub fn text_of(mut bytes: Vec<u8>) -> Result<String, String> {
    if bytes.len() as u64 > MAX_BYTES {
        return Err(format!(" is larger than {} MiB", MAX_BYTES >> 20));
    }
    if bytes.starts_with(b"\xEF\xBB\xBF") {
        bytes.drain(..3);
    }
    if bytes.contains(&0) {
        return Err(" is a binary file, not YAML text".to_owned());
    }
    String::from_utf8(bytes).map_err(|error| {
        let at = error.utf8_error().valid_up_to();
        let line = error.as_bytes()[..at].split(|b| *b == b'\n').count();
        format!(":{line} is not UTF-8 text")
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
        assert_eq!(text_of(b"\xEF\xBB\xBFa: 1".to_vec()), Ok("a: 1".to_owned()));
    }
}
