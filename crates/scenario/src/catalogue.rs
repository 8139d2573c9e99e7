//! The catalogue inside the binary. A path that does not exist can name one of its scenarios.

use super::reader::nearest;
use crate::diagnostic::Diagnostic;
use include_dir::{Dir, include_dir};
use std::path::{Path, PathBuf};

static FILES: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/../../scenarios");

/// The prefix of paths into the catalogue, also in messages.
const ROOT: &str = "catalogue:";
/// The folder that means the whole catalogue.
const FOLDER: &str = "scenarios";

/// The path into the catalogue for a path that does not exist: `image-pull-error`, with or without the folder
/// and `.yaml`.
pub(crate) fn resolve(path: &Path) -> Option<PathBuf> {
    if path.exists() {
        return None;
    }
    let name = path.strip_prefix(FOLDER).unwrap_or(path).to_str()?;
    let file = format!("{}.yaml", name.strip_suffix(".yaml").unwrap_or(name));
    FILES.get_file(&file).map(|_| Path::new(ROOT).join(file))
}

/// All scenarios of the catalogue in path order, if the path is `scenarios` and does not exist.
pub(crate) fn resolve_folder(path: &Path) -> Option<Vec<PathBuf>> {
    if path != Path::new(FOLDER) || path.exists() {
        return None;
    }
    let mut files: Vec<PathBuf> = FILES.files().map(|file| Path::new(ROOT).join(file.path())).collect();
    files.sort();
    Some(files)
}

/// The content of a file of the catalogue; `None` if the path is not in it.
pub(crate) fn read(path: &Path) -> Option<Vec<u8>> {
    let file = FILES.get_file(path.strip_prefix(ROOT).ok()?)?;
    Some(file.contents().to_vec())
}

/// The name of a scenario of the catalogue; `None` if the path is not in the catalogue.
pub(crate) fn name(path: &Path) -> Option<String> {
    Some(path.strip_prefix(ROOT).ok()?.with_extension("").display().to_string())
}

/// Adds the most similar scenario of the catalogue as help to the error about a path that does not exist.
pub(crate) fn hint(path: &Path, error: Diagnostic) -> Diagnostic {
    match alike(path) {
        Some(name) if !path.exists() => error.help(format!("the catalogue has `{name}`")),
        _ => error,
    }
}

/// The scenario of the catalogue whose name is most similar to the name of a file.
fn alike(path: &Path) -> Option<String> {
    let stem = path.file_stem()?.to_str()?;
    let names: Vec<&str> =
        FILES.files().filter_map(|file| file.path().file_stem().and_then(|name| name.to_str())).collect();
    nearest(stem, &names).map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_scenario_is_found_by_its_name_where_no_file_is() {
        for written in ["image-pull-error", "image-pull-error.yaml", "scenarios/image-pull-error.yaml"] {
            let path = resolve(Path::new(written)).unwrap();
            assert_eq!(name(&path).as_deref(), Some("image-pull-error"));
            assert!(read(&path).is_some_and(|bytes| !bytes.is_empty()));
        }
        assert_eq!(resolve(Path::new("no-such-scenario")), None);
        assert_eq!(resolve(Path::new("src")), None, "a path that exists wins");
        assert_eq!(alike(Path::new("imag-pull-error.yaml")).as_deref(), Some("image-pull-error"));
        let manifest = Path::new(ROOT).join("manifests/web.yaml");
        assert!(read(&manifest).is_some());
        assert!(resolve_folder(Path::new("scenarios")).unwrap().len() > 60);
    }
}
