//! Folders of results as a whole.

use std::fs;
use std::path::{Path, PathBuf};

/// All files below a folder with their bytes, in order of path.
pub(crate) fn contents(folder: &Path) -> Vec<(PathBuf, Vec<u8>)> {
    let mut files = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files.extend(contents(&path));
        } else {
            files.push((path.clone(), fs::read(path).unwrap()));
        }
    }
    files.sort();
    files
}

/// Both folders hold files of the same names and bytes.
pub(crate) fn assert_same(one: &Path, two: &Path) {
    let relative = |folder: &Path| -> Vec<(PathBuf, Vec<u8>)> {
        let inside = |(path, bytes): (PathBuf, _)| (path.strip_prefix(folder).unwrap().to_owned(), bytes);
        contents(folder).into_iter().map(inside).collect()
    };
    let (one, two) = (relative(one), relative(two));
    let names = |files: &[(PathBuf, Vec<u8>)]| files.iter().map(|(name, _)| name.clone()).collect::<Vec<_>>();
    assert_eq!(names(&one), names(&two));
    for ((name, one), (_, two)) in one.iter().zip(&two) {
        assert!(one == two, "{} differs", name.display());
    }
}
