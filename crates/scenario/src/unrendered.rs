//! Inputs that another tool must render to manifests first.

use super::manifest::Objects;
use super::yaml::{self, Node, Value};
use crate::diagnostic::{Diagnostic, Diagnostics, Source};
use std::path::{Component, Path};
use std::sync::Arc;

/// Words between `{{` and `}}` that only templates of Helm have.
const HELM_WORDS: [&str; 12] = [
    "{{-",
    "-}}",
    ".Values",
    ".Release",
    ".Chart",
    ".Capabilities",
    "include ",
    "template ",
    "{{ if",
    "{{ range",
    "{{ with",
    "{{ end",
];

/// Keys of a kustomization, which can omit its `kind`.
const KUSTOMIZATION_KEYS: [&str; 6] =
    ["resources", "bases", "patches", "patchesStrategicMerge", "configMapGenerator", "namePrefix"];

/// Adds the objects of a file. If the file is a template, one error replaces all others.
pub(crate) fn add(source: &Arc<Source>, objects: &mut Objects, log: &mut Diagnostics) {
    let mut found = Diagnostics::new();
    for document in yaml::manifests(source, &mut objects.notes, &mut found) {
        match kustomization(&document) {
            Some(error) => found.push(error),
            None => objects.add(&document, &mut found),
        }
    }
    if !found.is_empty() && is_helm_template(source.text()) {
        log.push(Diagnostic::without_place(helm(Path::new(source.name()))));
    } else {
        log.append(found);
    }
}

/// The error for a folder that holds a chart or a kustomization.
#[must_use]
pub fn of_folder(folder: &Path) -> Option<String> {
    let has = |name: &str| folder.join(name).is_file();
    let shown = folder.display();
    if has("Chart.yaml") {
        return Some(format!(
            "{shown} is a Helm chart, not a manifest: pipe `helm template my-release {shown} | rollout-lab plan -`"
        ));
    }
    let names = ["kustomization.yaml", "kustomization.yml", "Kustomization"];
    names.into_iter().any(has).then(|| {
        format!(
            "{shown} is a kustomization, not a manifest: pipe `kustomize build {shown} | rollout-lab plan -`"
        )
    })
}

fn is_helm_template(text: &str) -> bool {
    let of_helm = |line: &str| line.contains("{{") && HELM_WORDS.iter().any(|word| line.contains(word));
    text.lines().any(of_helm)
}

/// The chart of `chart/templates/web.yaml` is `chart`.
fn helm(path: &Path) -> String {
    let templates = path.ancestors().skip(1).find(|folder| folder.ends_with("templates"));
    let chart = templates.and_then(Path::parent).filter(|chart| chart.components().next().is_some());
    let chart = chart.map_or("my-chart".to_owned(), |chart| chart.display().to_string());
    format!(
        "{} is a Helm template, not a manifest: pipe `helm template my-release {chart} | rollout-lab plan -`",
        path.display()
    )
}

/// The error for a document that is a kustomization.
fn kustomization(node: &Node) -> Option<Diagnostic> {
    let Value::Map(entries) = &node.value else { return None };
    let kind = node.get("kind").map(|kind| kind.as_str().unwrap_or_default());
    let is_one = kind.map_or_else(
        || entries.iter().any(|entry| KUSTOMIZATION_KEYS.contains(&entry.key.as_str())),
        |kind| kind == "Kustomization" && node.get("spec").is_none(),
    );
    is_one.then(|| {
        let name = node.place.source().name();
        let folder = Path::new(name).parent().filter(|folder| {
            folder.components().any(|part| matches!(part, Component::Normal(_) | Component::ParentDir))
        });
        let folder = folder.map_or(".".to_owned(), |folder| folder.display().to_string());
        Diagnostic::without_place(format!(
            "{name} is a kustomization, not a manifest: pipe `kustomize build {folder} | rollout-lab plan -`"
        ))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn errors(name: &str, text: &str) -> String {
        let mut log = Diagnostics::new();
        add(&Source::new(name, text), &mut Objects::default(), &mut log);
        log.to_string()
    }

    #[test]
    fn a_template_is_one_sentence() {
        let text = "kind: Deployment\nmetadata:\n  name: {{ include \"x\" . }}\n  {{- if .Values.x }}\n  a: b\n  {{- end }}\n";
        let sentence = "error: charts/web/templates/d.yaml is a Helm template, not a manifest: pipe `helm template \
                        my-release charts/web | rollout-lab plan -`";
        assert_eq!(errors("charts/web/templates/d.yaml", text), sentence);
        assert!(errors("d.yaml", text).contains("helm template my-release my-chart |"));
        let sentence = "error: base/kustomization.yaml is a kustomization, not a manifest: pipe `kustomize build base \
                        | rollout-lab plan -`";
        let text =
            "apiVersion: kustomize.config.k8s.io/v1beta1\nkind: Kustomization\nresources: [web.yaml]\n";
        assert_eq!(errors("base/kustomization.yaml", text), sentence);
        assert!(errors("kustomization.yaml", "resources: [web.yaml]\n").contains("kustomize build . |"));
    }

    /// Braces in a text that is otherwise a manifest, and other errors, stay what they are.
    #[test]
    fn braces_alone_are_no_template() {
        let manifest = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\ndata: {a: '{{ .Values.x }}'}\n";
        assert_eq!(errors("a.yaml", manifest), "");
        assert!(errors("a.yaml", "a: {{ b }}\n").contains("a.yaml:1"));
        let flux = "apiVersion: kustomize.toolkit.fluxcd.io/v1\nkind: Kustomization\nmetadata: {name: a}\nspec: {}\n";
        assert_eq!(errors("a.yaml", flux), "");
    }
}
