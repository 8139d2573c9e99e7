//! The hash of a batch.

use sha2::{Digest, Sha256};

/// Hashes the digests of the runs in their order.
#[derive(Debug, Clone, Default)]
pub struct BatchDigest(Sha256);

impl BatchDigest {
    /// Adds the next run.
    pub fn add(&mut self, run_digest: u64) {
        self.0.update(run_digest.to_be_bytes());
    }

    /// Adds the hash of a whole batch.
    pub fn add_text(&mut self, digest: &str) {
        self.0.update(digest.as_bytes());
    }

    /// `sha256:` and the hash in hexadecimal.
    pub fn finish(self) -> String {
        digest_words(self.0)
    }
}

/// `sha256:` and a hash in hexadecimal.
pub fn digest_words(hash: Sha256) -> String {
    use std::fmt::Write as _;
    let mut text = String::from("sha256:");
    for byte in hash.finalize() {
        let _ = write!(text, "{byte:02x}");
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_digest_is_sha256_over_big_endian_words() {
        let mut digest = BatchDigest::default();
        digest.add(0x6162_6364_6566_6768);
        // printf abcdefgh | sha256sum
        let expected = "sha256:9c56cc51b374c3ba189210d5b6d4bf57790d351c96c47c02190ecf1e430635ab";
        assert_eq!(digest.finish(), expected);
    }
}
