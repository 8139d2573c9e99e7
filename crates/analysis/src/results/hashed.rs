//! Hashes of files, so that a file changed after it was written is detected.

use measures::digest::digest_words;
use scenario::input;
use sha2::{Digest, Sha256};
use std::io::{self, BufReader, Read, Write};
use std::path::Path;

/// A sink that counts and hashes the bytes written, from the beginning of the file.
#[derive(Debug)]
pub struct Hashed<W> {
    inner: W,
    hash: Sha256,
    bytes: u64,
}

impl<W> Hashed<W> {
    /// An empty file.
    pub fn new(inner: W) -> Self {
        Self { inner, hash: Sha256::new(), bytes: 0 }
    }

    /// A file continued after the bytes hashed in `before`.
    pub fn continued<V>(inner: W, before: Hashed<V>) -> Self {
        let Hashed { hash, bytes, .. } = before;
        Self { inner, hash, bytes }
    }

    /// Number of bytes so far.
    pub const fn bytes(&self) -> u64 {
        self.bytes
    }

    /// `sha256:` and the hash of these bytes.
    pub fn sha256(&self) -> String {
        digest_words(self.hash.clone())
    }
}

impl<W: Write> Write for Hashed<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let count = self.inner.write(bytes)?;
        self.hash.update(&bytes[..count]);
        self.bytes += count as u64;
        Ok(count)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.inner.flush()
    }
}

/// The hash of the first `most` bytes of a file, or of all bytes if it is shorter.
///
/// # Errors
/// The file cannot be read.
pub fn beginning(path: &Path, most: u64) -> io::Result<Hashed<io::Sink>> {
    let mut hashed = Hashed::new(io::sink());
    let mut file = BufReader::with_capacity(1 << 16, input::open(path)?).take(most);
    io::copy(&mut file, &mut hashed)?;
    Ok(hashed)
}

/// `sha256:` and the hash of some bytes.
pub fn sha256(bytes: &[u8]) -> String {
    let mut hash = Sha256::new();
    hash.update(bytes);
    digest_words(hash)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_continued_file_has_the_hash_of_the_whole() {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), b"run\n0\n1,torn").unwrap();
        let before = beginning(file.path(), 6).unwrap();
        assert_eq!((before.bytes(), before.sha256()), (6, sha256(b"run\n0\n")));
        let mut after = Hashed::continued(Vec::new(), before);
        after.write_all(b"1\n").unwrap();
        assert_eq!((after.bytes(), after.sha256()), (8, sha256(b"run\n0\n1\n")));
        assert_eq!(beginning(file.path(), 1000).unwrap().bytes(), 12);
    }
}
