//! The scenario behind a forecast, as a user would have written it.

use super::Weather;
use std::fmt::Write as _;

/// What is done to the workload.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Change {
    /// Containers get other images.
    Images(Vec<(String, String)>),
    /// Another manifest is applied.
    Manifest(String),
}

/// A scenario that is still to be written down.
#[derive(Debug, Clone)]
pub struct Draft {
    /// Paths of manifests; `-` is standard input.
    pub manifests: Vec<String>,
    /// The text that `-` stands for is written into the scenario.
    pub inline: Option<String>,
    /// The name of the workload, if the manifests have several.
    pub subject: Option<String>,
    /// What is done at t = 10 s; nothing if it is only to be looked at.
    pub change: Option<Change>,
    /// What is assumed; nothing if it is only to be looked at.
    pub weather: Option<Weather>,
    /// Objectives as YAML, one each.
    pub objectives: Vec<String>,
}

impl Draft {
    /// The scenario.
    pub fn text(&self) -> String {
        let mut text = String::from(
            "apiVersion: rollout-lab/v1alpha1\nkind: Scenario\nmetadata:\n  name: plan\nspec:\n  manifests:\n",
        );
        for manifest in &self.manifests {
            match &self.inline {
                Some(stream) if manifest == "-" => {
                    text += "    - inline: |\n";
                    indented(&mut text, "        ", stream);
                }
                _ => line(&mut text, format_args!("    - {}", quoted(manifest))),
            }
        }
        if let Some(name) = &self.subject {
            line(&mut text, format_args!("  subject: {{name: {}}}", quoted(name)));
        }
        if let Some(change) = &self.change {
            line(&mut text, format_args!("  actions:\n    - {{at: 10s, {}}}", action(change)));
        }
        if !self.objectives.is_empty() {
            text += "  objectives:\n";
        }
        for objective in &self.objectives {
            line(&mut text, format_args!("    - {objective}"));
        }
        if let Some(weather) = self.weather {
            indented(&mut text, "  ", weather.fragment());
        }
        text
    }
}

fn line(text: &mut String, line: std::fmt::Arguments<'_>) {
    // Writing to a text cannot fail.
    let _ = writeln!(text, "{line}");
}

fn indented(text: &mut String, by: &str, lines: &str) {
    for each in lines.lines() {
        if each.is_empty() {
            text.push('\n');
        } else {
            line(text, format_args!("{by}{each}"));
        }
    }
}

fn action(change: &Change) -> String {
    match change {
        Change::Images(images) => {
            let pairs: Vec<String> =
                images.iter().map(|(name, image)| format!("{}: {}", quoted(name), quoted(image))).collect();
            format!("setImage: {{{}}}", pairs.join(", "))
        }
        Change::Manifest(path) => format!("apply: {}", quoted(path)),
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
            subject: Some("web".into()),
            change: Some(Change::Images(vec![("web".into(), "x/y:2".into())])),
            weather: None,
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
          subject: {name: "web"}
          actions:
            - {at: 10s, setImage: {"web": "x/y:2"}}
          objectives:
            - availableMin: {atLeast: 8, runs: every}
        "#);
    }
}
