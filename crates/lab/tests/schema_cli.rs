//! `rollout-lab schema`: what it prints accepts what `check` accepts and refuses the keys that `check` refuses.

use crate::binary::{FOLDER, rollout_lab, stderr, stdout};
use jsonschema::Validator;
use serde_json::Value;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

fn printed() -> Value {
    let output = rollout_lab(&["schema"]);
    assert_eq!((output.status.code(), stderr(&output)), (Some(0), String::new()));
    serde_json::from_str(&stdout(&output)).expect("JSON")
}

fn validator() -> Validator {
    jsonschema::draft202012::new(&printed()).expect("a schema that can be used")
}

/// A YAML file as JSON, if it is a document at all.
fn json(text: &str) -> Option<Value> {
    serde_saphyr::from_str(text).ok()
}

fn complaints(schema: &Validator, value: &Value) -> Vec<String> {
    schema.iter_errors(value).map(|error| format!("{}: {error}", error.instance_path())).collect()
}

fn files(folder: &str, extension: &str) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(Path::new(FOLDER).join(folder)).expect(folder);
    let paths = entries.map(|entry| entry.expect("an entry").path());
    let mut files: Vec<_> =
        paths.filter(|path| path.extension().is_some_and(|found| found == extension)).collect();
    files.sort();
    files
}

#[test]
fn it_is_a_schema_of_the_draft_that_it_names() {
    let schema = printed();
    assert_eq!(schema["$schema"], "https://json-schema.org/draft/2020-12/schema");
    jsonschema::meta::validate(&schema).expect("a schema by its own draft");
    // An editor has only this file: all references lead into it.
    assert!(schema.get("$id").is_none());
    let outside = |text: &str| {
        text.match_indices("\"$ref\": \"").any(|(at, found)| !text[at + found.len()..].starts_with('#'))
    };
    assert!(!outside(&serde_json::to_string_pretty(&schema).unwrap()));
}

#[test]
fn the_catalogue_fits() {
    let schema = validator();
    let scenarios = files("scenarios", "yaml");
    assert!(scenarios.len() > 80, "{}", scenarios.len());
    for path in scenarios {
        let value = json(&std::fs::read_to_string(&path).unwrap()).expect("a document");
        assert_eq!(complaints(&schema, &value), [""; 0], "{}", path.display());
    }
}

/// Examples in the documentation that are a part of a scenario, put where they belong.
fn whole(example: Value) -> Option<Value> {
    if example.get("kind").is_some_and(|kind| kind == "Scenario") {
        return Some(example);
    }
    let sections = [
        "manifests",
        "subject",
        "start",
        "history",
        "cluster",
        "images",
        "service",
        "actions",
        "faults",
        "objectives",
    ];
    let parts = example.as_object()?;
    if parts.is_empty() || !parts.keys().all(|key| sections.contains(&key.as_str())) {
        return None;
    }
    let mut scenario = serde_json::json!({
        "apiVersion": "rollout-lab/v1alpha1", "kind": "Scenario", "metadata": {"name": "fragment"},
        "spec": {"manifests": ["deploy.yaml"]},
    });
    scenario["spec"].as_object_mut()?.extend(parts.clone());
    Some(scenario)
}

#[test]
fn examples_in_the_documentation_fit() {
    let schema = validator();
    let docs = ["crates/scenario/docs", "crates/lab/docs"].map(|folder| files(folder, "md"));
    let pages = docs.into_iter().flatten().chain([Path::new(FOLDER).join("README.md")]);
    let mut seen = 0;
    for page in pages {
        let text = std::fs::read_to_string(&page).unwrap();
        for block in text.split("```yaml\n").skip(1) {
            let block = block.split("```").next().unwrap_or_default();
            let Some(scenario) = json(block).and_then(whole) else { continue };
            assert_eq!(complaints(&schema, &scenario), [""; 0], "{}:\n{block}", page.display());
            seen += 1;
        }
    }
    assert!(seen >= 10, "only {seen} examples");
}

#[test]
fn a_key_that_check_does_not_know_is_refused_by_the_schema_too() {
    let schema = validator();
    let mut seen = BTreeSet::new();
    for path in files("crates/lab/tests/scenario/bad", "yaml") {
        let Some(value) = json(&std::fs::read_to_string(&path).unwrap()) else { continue };
        let output = rollout_lab(&["check", path.to_str().unwrap()]);
        let errors = stderr(&output);
        let refused = complaints(&schema, &value).join("\n");
        let unknown = errors.lines().filter_map(|line| line.strip_prefix("error: unknown key `"));
        // Fields of Kubernetes objects are the business of another schema; types have capital letters.
        let of_scenarios = |line: &&str| !line.contains(|c: char| c.is_ascii_uppercase());
        for line in unknown.filter(of_scenarios) {
            let key = line.split('`').next().unwrap();
            assert!(refused.contains(key), "{}: {line}\nthe schema says:\n{refused}", path.display());
            seen.insert(key.to_owned());
        }
    }
    assert!(seen.len() >= 10, "{seen:?}");
}

#[test]
fn what_editors_should_underline_is_refused() {
    let schema = validator();
    let fault = |text: &str| format!("faults: [{{name: a, {text}}}]");
    let action = |text: &str| format!("actions: [{{{text}}}]");
    let objective = |text: &str| format!("objectives: [{{{text}}}]");
    let table = [
        ("horizon: 0s".to_owned(), false),
        ("horizon: 1h30m".to_owned(), true),
        ("horizon: 90".to_owned(), false),
        ("horizon: 1d".to_owned(), false),
        ("runs: 0".to_owned(), false),
        ("start: later".to_owned(), false),
        ("cluster: {nodes: 3, pools: [{nodes: 1}]}".to_owned(), false),
        ("cluster: {registry: {bandwidthPerPull: 1M}}".to_owned(), false),
        ("images: {web: {pull: {lognormal: {median: 1s}}}}".to_owned(), false),
        ("images: {web: {pull: {uniform: [1s, 2s], constant: 1s}}}".to_owned(), false),
        ("images: {web: {size: 300MiB}}".to_owned(), false),
        ("images: {web: {size: 300Mi}}".to_owned(), true),
        (action("at: 1s"), false),
        (action("pause: true"), false),
        (action("at: 1s, pause: true"), true),
        (action("at: 1s, when: {newPodsReady: 1}, pause: true"), false),
        (action("at: 1s, pause: true, resume: true"), false),
        (action("at: 1s, setImage: {web: a}, scale: 3"), true),
        (action("at: 1s, setImage: {web: a}, scale: 3, restart: true"), false),
        (action("at: 1s, drain: {timeout: 5m}"), false),
        (fault("kind: ImagePullErrors"), false),
        (fault("kind: ImagePullError, failure: gone"), false),
        (fault("kind: ImagePullError, message: no"), false),
        (fault("kind: DenyPods"), false),
        (fault("kind: DenyPods, message: no, target: {image: a}"), false),
        (fault("kind: NamespaceTerminating, for: 1m"), false),
        (fault("kind: Webhook, mode: slow"), false),
        (fault("kind: Webhook, mode: slow, latency: 1s"), true),
        (fault("kind: ApiErrors, error: conflict, retryAfter: 2s"), false),
        (fault("kind: ApiErrors, error: tooManyRequests, retryAfter: 2s"), true),
        (fault("kind: ApplicationCrash, outOfMemory: {after: 1s}, exitCode: 1"), false),
        (fault("kind: QuotaExhausted, quota: a, hard: {pod: 1}"), false),
        (objective("availableMin: {atLeast: 8}"), false),
        (objective("availableMin: {atLeast: 8, runs: every}"), true),
        (objective("availableMin: {atLeast: 8s, runs: every}"), false),
        (objective("availableMin: {is: 8, atLeast: 8, runs: every}"), false),
        (objective("rolloutTime: {quantile: 0.95, atMost: 10m}"), true),
        (objective("rolloutTime: {quantile: 0.95, atMost: 10m, runs: every}"), false),
        (objective("requestsFailed: {atMost: 0.1, runs: every}"), false),
        (objective("deadlineFired: {probability: 0.1}"), false),
        (objective("deadlineFired: {runs: none, quantile: 0.5}"), false),
        (objective("deadlineFired: {runs: none}, rolledBack: {runs: none}"), false),
    ];
    for (text, good) in table {
        let example = json(&text).expect("YAML");
        let scenario = whole(example.clone()).unwrap_or_else(|| {
            let mut scenario = whole(serde_json::json!({"actions": []})).unwrap();
            scenario["spec"].as_object_mut().unwrap().extend(example.as_object().unwrap().clone());
            scenario
        });
        let found = complaints(&schema, &scenario);
        assert_eq!(found.is_empty(), good, "{text}: {found:?}");
    }
}

#[test]
fn shells_complete_the_word() {
    for shell in ["bash", "zsh", "fish"] {
        let script = stdout(&rollout_lab(&["completions", shell]));
        assert!(script.contains("schema"), "{shell}");
    }
}
