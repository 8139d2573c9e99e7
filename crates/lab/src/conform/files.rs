//! Files of recorded cases: finding them, and reading their lines.

use scenario::input;
use std::fmt;
use std::fs;
use std::io::{self, BufRead, BufReader, Read};
use std::path::{Path, PathBuf};
use thiserror::Error;

/// Longest line, in bytes. The recordings have lines of at most 1 MB.
const LONGEST_LINE: u64 = 16 << 20;
/// Most bytes of a file after it is unpacked. A packed file can stand for a thousand times its size.
const MOST_BYTES: u64 = 256 << 20;
/// As many cases or bytes are read before they are replayed.
const BLOCK_CASES: usize = 256;
const BLOCK_BYTES: usize = 16 << 20;

/// A file of cases.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CaseFile {
    /// Where it is.
    pub path: PathBuf,
    /// The file in the format of recordings that our answers would be written to, below a folder.
    pub target: PathBuf,
}

impl CaseFile {
    /// `path` was found when `root` was asked for.
    fn below(root: &Path, path: PathBuf) -> Self {
        let relative = match path.strip_prefix(root) {
            Ok(relative) if !relative.as_os_str().is_empty() => relative,
            _ => path.file_name().map_or(path.as_path(), Path::new),
        };
        let name = relative.to_string_lossy();
        let name = name.strip_suffix(".gz").unwrap_or(&name);
        let name = name.strip_suffix(".jsonl").unwrap_or(name);
        Self { target: PathBuf::from(format!("{name}.jsonl")), path }
    }
}

/// Why cases could not be read.
#[derive(Debug, Error)]
#[error("{}{}: {cause}", path.display(), line.map_or_else(String::new, |line| format!(":{line}")))]
pub struct ReadError {
    /// The file.
    pub path: PathBuf,
    /// The line in it (from 1), if the trouble is with a line.
    pub line: Option<usize>,
    /// What is wrong.
    pub cause: String,
}

impl ReadError {
    /// An error of a whole file or folder.
    pub(super) fn of_file(path: &Path, cause: impl fmt::Display) -> Self {
        Self { path: path.to_owned(), line: None, cause: cause.to_string() }
    }

    /// An error of a line, counted from 1.
    pub(super) fn of_line(path: &Path, line: usize, cause: impl fmt::Display) -> Self {
        Self { path: path.to_owned(), line: Some(line), cause: cause.to_string() }
    }
}

/// The files that paths stand for: files themselves, and all `.jsonl` and `.jsonl.gz` files below folders,
/// in path order.
///
/// # Errors
/// All paths that cannot be read and all folders without a file of cases.
pub fn case_files(paths: &[PathBuf]) -> Result<Vec<CaseFile>, Vec<ReadError>> {
    let mut files = Vec::new();
    let mut errors = Vec::new();
    for path in paths {
        match files_of(path) {
            Ok(found) if found.is_empty() => {
                errors.push(ReadError::of_file(path, "no .jsonl or .jsonl.gz file in this folder"));
            }
            Ok(found) => files.extend(found.into_iter().map(|file| CaseFile::below(path, file))),
            Err(cause) => errors.push(ReadError::of_file(path, cause)),
        }
    }
    if errors.is_empty() { Ok(files) } else { Err(errors) }
}

fn files_of(path: &Path) -> io::Result<Vec<PathBuf>> {
    if !fs::metadata(path)?.is_dir() {
        return Ok(vec![path.to_owned()]);
    }
    let mut files = Vec::new();
    for entry in fs::read_dir(path)? {
        let path = entry?.path();
        if path.is_dir() {
            files.extend(files_of(&path)?);
        } else if is_case_file(&path) {
            files.push(path);
        }
    }
    files.sort();
    Ok(files)
}

fn is_case_file(path: &Path) -> bool {
    let name = path.to_string_lossy();
    [".jsonl", ".jsonl.gz"].iter().any(|ending| name.ends_with(ending))
}

/// The lines of a file that are not empty, with their numbers.
pub(super) struct Lines<'p> {
    path: &'p Path,
    source: Box<dyn BufRead>,
    number: usize,
    cases: usize,
    bytes: u64,
}

impl<'p> Lines<'p> {
    /// Opens a file, packed or not.
    pub(super) fn open(path: &'p Path) -> Result<Self, ReadError> {
        let file = input::open(path).map_err(|cause| ReadError::of_file(path, cause))?;
        let is_gzip = path.extension().is_some_and(|extension| extension == "gz");
        let source: Box<dyn BufRead> = if is_gzip {
            Box::new(BufReader::new(flate2::read::MultiGzDecoder::new(file)))
        } else {
            Box::new(BufReader::new(file))
        };
        Ok(Self { path, source, number: 0, cases: 0, bytes: 0 })
    }

    /// The next lines; none at the end of the file.
    pub(super) fn block(&mut self) -> Result<Vec<(usize, String)>, ReadError> {
        let mut block = Vec::new();
        let mut bytes = 0;
        while block.len() < BLOCK_CASES && bytes < BLOCK_BYTES {
            let line = self.next().map_err(|cause| ReadError::of_line(self.path, self.number, cause))?;
            let Some(line) = line else { break };
            if !line.trim().is_empty() {
                bytes += line.len();
                block.push((self.number, line));
            }
        }
        self.cases += block.len();
        Ok(block)
    }

    /// At the end: whether there was any line.
    pub(super) fn finish(self) -> Result<(), ReadError> {
        if self.cases == 0 { Err(ReadError::of_file(self.path, "no case in this file")) } else { Ok(()) }
    }

    fn next(&mut self) -> Result<Option<String>, String> {
        self.number += 1;
        let mut line = Vec::new();
        let mut limited = (&mut self.source).take(LONGEST_LINE + 1);
        let read = limited.read_until(b'\n', &mut line).map_err(|cause| cause.to_string())?;
        self.bytes += read as u64;
        if read as u64 > LONGEST_LINE {
            return Err(format!("a line of more than {} MiB", LONGEST_LINE >> 20));
        }
        if self.bytes > MOST_BYTES {
            return Err(format!("the file has more than {} MiB", MOST_BYTES >> 20));
        }
        if read == 0 {
            return Ok(None);
        }
        String::from_utf8(line).map(Some).map_err(|_| "this line is not UTF-8".to_owned())
    }
}
