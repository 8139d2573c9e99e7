//! The scenario of a forecast, written as YAML.

use super::Weather;

/// The change of the workload.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PlannedChange {
    /// Containers get new images.
    Images(Vec<(String, String)>),
    /// Another manifest is applied.
    Manifest(String),
}

/// The nodes of the cluster, if the user gives them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum StatedNodes {
    /// A number of nodes, generated to fit the pods.
    Count(u32),
    /// Pools, each item of the scenario's list in a line.
    Pools(Vec<String>),
}

/// A scenario before it is written as YAML.
#[derive(Debug, Clone)]
pub struct Draft {
    /// Paths of manifests; `-` is standard input.
    pub manifests: Vec<String>,
    /// The text of standard input, written into the scenario for `-`.
    pub inline: Option<String>,
    /// The workload, if the manifests contain several: `NAME` or `NAMESPACE/NAME`.
    pub subject: Option<String>,
    /// The change at t = 10 s; `None` if the workload is only inspected.
    pub change: Option<PlannedChange>,
    /// The weather; `None` if the workload is only inspected.
    pub weather: Option<Weather>,
    /// The nodes; `None` generates nodes that fit the pods.
    pub nodes: Option<StatedNodes>,
    /// Objectives as YAML.
    pub objectives: Vec<String>,
}

impl Draft {
    /// The scenario.
    pub fn text(&self) -> String {
        self.parts().into_iter().map(|part| part.text).collect()
    }

    /// The argument of the command line behind this line of the text, counted from 1. A line without an argument
    /// belongs to the last one before it.
    pub fn origin(&self, line: usize) -> Option<String> {
        let mut next = 1;
        let mut last = None;
        for part in self.parts() {
            if next > line {
                break;
            }
            next += part.text.lines().count();
            last = part.origin.or(last);
        }
        last
    }

    fn parts(&self) -> Vec<DraftPart> {
        let mut parts = DraftParts(Vec::new());
        parts.add(
            None,
            "apiVersion: rollout-lab/v1alpha1\nkind: Scenario\nmetadata:\n  name: plan\nspec:\n  manifests:\n",
        );
        for manifest in &self.manifests {
            match &self.inline {
                Some(stream) if manifest == "-" => {
                    let stream = indented("        ", stream);
                    parts.add(Some("standard input".to_owned()), &format!("    - inline: |\n{stream}"));
                }
                _ => parts.add(Some(manifest.clone()), &format!("    - {}\n", quoted(manifest))),
            }
        }
        if let Some(subject) = &self.subject {
            let name = match subject.split_once('/') {
                Some((namespace, name)) => {
                    format!("name: {}, namespace: {}", quoted(name), quoted(namespace))
                }
                None => format!("name: {}", quoted(subject)),
            };
            parts.add(Some(format!("--subject {subject}")), &format!("  subject: {{{name}}}\n"));
        }
        if let Some(change) = &self.change {
            let text = format!("  actions:\n    - {{at: 10s, {}}}\n", action(change));
            parts.add(Some(option(change)), &text);
        }
        if !self.objectives.is_empty() {
            parts.add(None, "  objectives:\n");
        }
        for objective in &self.objectives {
            parts.add(Some(format!("--objective '{objective}'")), &format!("    - {objective}\n"));
        }
        let weather = self.weather.map(|weather| indented("  ", weather.fragment())).unwrap_or_default();
        parts.add(None, &self.with_nodes(weather));
        parts.0
    }

    /// The fragment with the given nodes in its section `cluster`.
    fn with_nodes(&self, fragment: String) -> String {
        const SECTION: &str = "  cluster:\n";
        let nodes = match &self.nodes {
            None => return fragment,
            Some(StatedNodes::Count(count)) => format!("    nodes: {count}\n"),
            Some(StatedNodes::Pools(pools)) => {
                let items = pools.iter().map(|pool| ["      - ", pool, "\n"].concat());
                ["    pools:\n".to_owned()].into_iter().chain(items).collect()
            }
        };
        match fragment.split_once(SECTION) {
            Some((before, after)) => [before, SECTION, &nodes, after].concat(),
            None => [&fragment, SECTION, &nodes].concat(),
        }
    }
}

/// A piece of the scenario.
struct DraftPart {
    /// The argument behind it; `None` for text that is not from the user.
    origin: Option<String>,
    text: String,
}

struct DraftParts(Vec<DraftPart>);

impl DraftParts {
    fn add(&mut self, origin: Option<String>, text: &str) {
        self.0.push(DraftPart { origin, text: text.to_owned() });
    }
}

/// The change in the form of the command line.
fn option(change: &PlannedChange) -> String {
    match change {
        PlannedChange::Images(images) => {
            let pairs: Vec<String> =
                images.iter().map(|(name, image)| format!("--image {name}={image}")).collect();
            pairs.join(" ")
        }
        PlannedChange::Manifest(path) => format!("--to {path}"),
    }
}

fn indented(by: &str, lines: &str) -> String {
    let line = |each: &str| if each.is_empty() { "\n".to_owned() } else { format!("{by}{each}\n") };
    lines.lines().map(line).collect()
}

fn action(change: &PlannedChange) -> String {
    match change {
        PlannedChange::Images(images) => {
            let pairs: Vec<String> =
                images.iter().map(|(name, image)| format!("{}: {}", quoted(name), quoted(image))).collect();
            format!("setImage: {{{}}}", pairs.join(", "))
        }
        PlannedChange::Manifest(path) => format!("apply: {}", quoted(path)),
    }
}

/// A JSON string is a YAML string.
fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_draft_is_a_scenario_that_can_be_read() {
        let draft = Draft {
            manifests: vec!["a \"b\".yaml".into(), "-".into()],
            inline: Some("kind: X\n\nspec: 1\n".into()),
            subject: Some("shop/web".into()),
            change: Some(PlannedChange::Images(vec![("web".into(), "x/y:2".into())])),
            weather: None,
            nodes: Some(StatedNodes::Count(3)),
            objectives: vec!["availableMin: {atLeast: 8, runs: every}".into()],
        };
        insta::assert_snapshot!(draft.text(), @r#"
        apiVersion: rollout-lab/v1alpha1
        kind: Scenario
        metadata:
          name: plan
        spec:
          manifests:
            - "a \"b\".yaml"
            - inline: |
                kind: X

                spec: 1
          subject: {name: "web", namespace: "shop"}
          actions:
            - {at: 10s, setImage: {"web": "x/y:2"}}
          objectives:
            - availableMin: {atLeast: 8, runs: every}
          cluster:
            nodes: 3
        "#);
        let line = |text: &str| draft.text().lines().position(|line| line.contains(text)).unwrap() + 1;
        assert_eq!(draft.origin(line("subject:")), Some("--subject shop/web".into()));
        assert_eq!(draft.origin(line("at: 10s")), Some("--image web=x/y:2".into()));
        assert_eq!(
            draft.origin(line("availableMin")).unwrap(),
            "--objective 'availableMin: {atLeast: 8, runs: every}'"
        );
        assert_eq!(draft.origin(1), None);
        let pools = Some(StatedNodes::Pools(vec![r#"{"name": "a", "nodes": 2}"#.into()]));
        let drafted = Draft { weather: Some(Weather::Calm), nodes: pools, ..draft };
        let expected = "  cluster:\n    pools:\n      - {\"name\": \"a\", \"nodes\": 2}\n    controlPlane:";
        assert!(drafted.text().contains(expected), "{}", drafted.text());
    }
}
