//! Reading of files: regular files only, up to a limit.
//!
//! All reads use this module. A pipe may have no end, and opening a pipe without a writer blocks; a device has no
//! end.

use serde::de::DeserializeOwned;
use std::fs::{self, File, Metadata};
use std::io::{self, ErrorKind, Read};
use std::path::Path;

/// The largest JSON file of results. A batch of the largest manifests, or of a Deployment with thousands of pods,
/// stays below it.
const MOST_JSON_BYTES: u64 = 256 << 20;

/// Opens a regular file.
///
/// # Errors
/// An error of the file system, or a folder, a pipe, a socket or a device.
pub fn open(path: &Path) -> io::Result<File> {
    // Checked before the open, because opening a pipe waits for a writer.
    refuse_special(&fs::metadata(path)?)?;
    let file = File::open(path)?;
    refuse_special(&file.metadata()?)?;
    Ok(file)
}

/// Reads at most the first `most` bytes of a regular file.
///
/// # Errors
/// As [`open`].
pub fn read(path: &Path, most: u64) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    open(path)?.take(most).read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// Reads a JSON file of results.
///
/// # Errors
/// As [`open`]; of the kind `InvalidData` if the file is too long or does not hold a `T`.
pub fn json<T: DeserializeOwned>(path: &Path) -> io::Result<T> {
    // serde_json refuses nesting beyond 128 levels, so deep files cannot exhaust the stack.
    serde_json::from_slice(&json_text(path)?).map_err(|why| io::Error::new(ErrorKind::InvalidData, why))
}

/// The bytes of a JSON file of results.
///
/// # Errors
/// As [`open`]; of the kind `InvalidData` if the file is too long.
pub fn json_text(path: &Path) -> io::Result<Vec<u8>> {
    let text = read(path, MOST_JSON_BYTES + 1)?;
    if text.len() as u64 > MOST_JSON_BYTES {
        let why = format!("it is larger than {} MiB", MOST_JSON_BYTES >> 20);
        return Err(io::Error::new(ErrorKind::InvalidData, why));
    }
    Ok(text)
}

fn refuse_special(metadata: &Metadata) -> io::Result<()> {
    if metadata.is_file() {
        return Ok(());
    }
    if metadata.is_dir() {
        return Err(ErrorKind::IsADirectory.into());
    }
    let why = format!(
        "it is {}, not a regular file; write the data to a file, or pipe manifests into `rollout-lab plan -`",
        kind(metadata)
    );
    Err(io::Error::new(ErrorKind::InvalidInput, why))
}

#[cfg(unix)]
fn kind(metadata: &Metadata) -> &'static str {
    use std::os::unix::fs::FileTypeExt;
    let kind = metadata.file_type();
    if kind.is_fifo() {
        "a pipe"
    } else if kind.is_socket() {
        "a socket"
    } else {
        "a device"
    }
}

#[cfg(not(unix))]
fn kind(_: &Metadata) -> &'static str {
    "a pipe or a device"
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_allowed_bytes_are_read() {
        let file = tempfile::NamedTempFile::new().unwrap();
        fs::write(file.path(), b"abcdef").unwrap();
        assert_eq!(read(file.path(), 4).unwrap(), b"abcd");
        assert_eq!(read(file.path(), 400).unwrap(), b"abcdef");
        assert_eq!(open(Path::new(".")).unwrap_err().kind(), ErrorKind::IsADirectory);
    }

    #[test]
    fn deep_json_is_an_error() {
        let file = tempfile::NamedTempFile::new().unwrap();
        for text in ["[".repeat(1_000_000), "{\"a\":".repeat(1_000_000), "1e99999".to_owned()] {
            fs::write(file.path(), text).unwrap();
            let error = json::<serde_json::Value>(file.path()).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::InvalidData, "{error}");
        }
    }

    #[cfg(unix)]
    #[test]
    fn devices_are_refused() {
        let error = read(Path::new("/dev/zero"), 1).unwrap_err();
        assert!(error.to_string().starts_with("it is a device, not a regular file"), "{error}");
    }
}
