//! Bad input, one file for each flaw: what the user is told.

use scenario::{find, load, load_str};
use std::fs;
use std::path::{Path, PathBuf};

/// The tests run in the folder of this crate, so paths in messages are the same everywhere.
const FOLDER: &str = "tests/scenario/bad";

fn files() -> Vec<PathBuf> {
    let entries = fs::read_dir(FOLDER).expect("the folder of bad files");
    let mut files: Vec<_> = entries.map(|entry| entry.expect("an entry").path()).collect();
    files.sort();
    files
}

#[test]
fn every_flaw_is_named_with_its_place() {
    for file in files() {
        let name = file.file_stem().and_then(|name| name.to_str()).expect("a name").to_owned();
        let errors = load(&file).err().unwrap_or_else(|| panic!("{name} was accepted"));
        insta::assert_snapshot!(name, errors.to_string());
    }
}

#[test]
fn good_input_is_not_refused() {
    for manifest in ["web", "worker"] {
        let text = format!(
            "apiVersion: rollout-lab/v1alpha1\nkind: Scenario\nmetadata: {{name: good}}\nspec:\n  manifests: [{manifest}.yaml]\n"
        );
        let scenario = load_str("good.yaml", &text, Path::new("tests/scenario/manifests"));
        assert!(scenario.is_ok(), "{}", scenario.unwrap_err());
    }
}

#[test]
fn folders_and_names_are_checked() {
    let folder = tempfile::tempdir().unwrap();
    let none = find(&[folder.path().to_owned()]).unwrap_err().to_string();
    assert!(none.contains("there is no scenario below"), "{none}");
    let missing = find(&[folder.path().join("x.yaml")]).unwrap_err().to_string();
    assert!(missing.contains("there is no file"), "{missing}");

    fs::create_dir(folder.path().join("deeper")).unwrap();
    let scenario = "apiVersion: rollout-lab/v1alpha1\nkind: Scenario\nmetadata: {name: same}\n";
    fs::write(folder.path().join("b.yaml"), scenario).unwrap();
    fs::write(folder.path().join("manifest.yaml"), "kind: Service\n").unwrap();
    fs::write(folder.path().join("chart.yaml"), "{{ template }}\n").unwrap();
    let one = find(&[folder.path().to_owned(), folder.path().join("b.yaml")]).unwrap();
    assert_eq!(one, [folder.path().join("b.yaml")]);
    fs::write(folder.path().join("deeper/a.yml"), scenario).unwrap();
    let twice = find(&[folder.path().to_owned()]).unwrap_err().to_string();
    assert!(twice.contains("two scenarios are called `same`"), "{twice}");
}
