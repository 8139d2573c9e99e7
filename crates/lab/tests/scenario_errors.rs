//! Bad input, one file for each flaw: what the user is told.

use scenario::{ManifestSummary, check_manifest, find, load, load_str};
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

const TEMPLATE: &str = "{metadata: {labels: {app: w}}, spec: {containers: [{name: w, image: 'w:1'}]}}";

/// What `check` says of a file of manifests.
fn checked(text: &str) -> Result<ManifestSummary, String> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("m.yaml");
    fs::write(&path, text).unwrap();
    check_manifest(&path).map_err(|errors| errors.to_string())
}

#[test]
fn items_of_a_typed_list_need_not_say_what_they_are() {
    let item = format!(
        "- metadata: {{name: w}}\n  spec: {{selector: {{matchLabels: {{app: w}}}}, template: {TEMPLATE}}}\n"
    );
    let typed = format!("apiVersion: apps/v1\nkind: DeploymentList\nitems:\n{item}");
    assert_eq!(checked(&typed).unwrap().objects, ["Deployment default/w"]);
    let plain = checked(&typed.replace("DeploymentList", "List")).unwrap_err();
    assert!(plain.contains("`kind` is missing"), "{plain}");
}

#[test]
fn of_doubled_keys_of_a_manifest_the_last_wins_and_is_told() {
    let text = format!(
        "apiVersion: apps/v1\nkind: Deployment\nmetadata: {{name: w}}\nspec:\n  replicas: -1\n  replicas: 2\n  \
         selector: {{matchLabels: {{app: w}}}}\n  template: {TEMPLATE}\n"
    );
    let summary = checked(&text).unwrap();
    let note = "m.yaml:6:3: key `replicas` is given twice in the same mapping, first in line 5; kubectl takes the last";
    assert!(summary.notes.iter().any(|found| found.ends_with(note)), "{:?}", summary.notes);
}

#[test]
fn services_are_filled_in_before_they_are_checked() {
    let service = "apiVersion: v1\nkind: Service\nmetadata: {name: w}\nspec: {type: '', sessionAffinity: '', selector: {app: w}, \
                   ports: [{port: 80, targetPort: 0, protocol: ''}]}\n";
    assert_eq!(checked(service).unwrap().objects, ["Service default/w"]);
    let other = checked(&service.replace("targetPort: 0", "targetPort: HTTP")).unwrap_err();
    assert!(other.contains("spec.ports[0].targetPort: Invalid value: \"HTTP\""), "{other}");
    // The mark is under the value.
    assert!(other.contains("m.yaml:4:"), "{other}");
}

#[test]
fn all_errors_of_an_autoscaler_are_told_at_once() {
    let text = "apiVersion: autoscaling/v2\nkind: HorizontalPodAutoscaler\nmetadata: {name: h}\nspec:\n  minReplicas: 0\n  \
                maxReplicas: 3\n  scaleTargetRef: {kind: Deployment, name: w}\n  metrics:\n  - type: Resource\n    resource: \
                {name: cpu, target: {type: Utilization}}\n";
    let errors = checked(text).unwrap_err();
    for expected in [
        "spec.minReplicas: Invalid value: 0: must be greater than or equal to 1",
        "spec.scaleTargetRef.apiVersion: Invalid value: \"\": apiVersion must specify API group",
        "spec.metrics[0].resource.target.averageUtilization: Required value: must set either a target raw value",
    ] {
        assert!(errors.contains(expected), "{errors}");
    }
}
