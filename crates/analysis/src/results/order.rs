//! The order of a batch: resuming it and merging its shards check against it.

use super::Shard;
use scenario::Inputs;
use serde::{Deserialize, Serialize};

/// Everything that decides the bytes of a batch. It contains no path of a machine: manifests have the names that the
/// scenario gives them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct BatchOrder {
    /// The version of rollout-lab.
    pub version: String,
    /// The scenario's name.
    pub scenario: String,
    /// The seed of all runs.
    pub seed: u64,
    /// Number of runs, of all shards together; with an aim, the limit.
    pub runs: u64,
    /// The interval whose width decides the number of runs, in words.
    pub until: Option<String>,
    /// The part of the runs.
    pub shard: Option<Shard>,
    /// The texts of the scenario.
    pub inputs: Inputs,
}

impl BatchOrder {
    /// As JSON text.
    pub fn to_json(&self) -> String {
        crate::tables::summary_json::pretty(self)
    }

    /// The differences from another order, in words; `there` describes this order and `here` the other.
    pub fn differences(&self, other: &Self, there: &str, here: &str) -> Vec<String> {
        let mut differences = Vec::new();
        let mut compare = |name: &str, ours: String, theirs: String| {
            if ours != theirs {
                differences.push(format!("{name}: {ours} {there}, {theirs} {here}"));
            }
        };
        let shard = |order: &Self| order.shard.map_or("none".into(), |shard| shard.to_string());
        let until = |order: &Self| order.until.clone().unwrap_or_else(|| "none".into());
        compare("version of rollout-lab", self.version.clone(), other.version.clone());
        compare("seed", self.seed.to_string(), other.seed.to_string());
        compare("runs", self.runs.to_string(), other.runs.to_string());
        compare("--until-half-width", until(self), until(other));
        compare("shard", shard(self), shard(other));
        differences.extend(self.changed_inputs(other));
        differences
    }

    /// The texts of the scenario that differ.
    fn changed_inputs(&self, other: &Self) -> Vec<String> {
        let (ours, theirs) = (&self.inputs, &other.inputs);
        let mut changed = Vec::new();
        if ours.scenario != theirs.scenario {
            changed.push("the text of the scenario differs".to_owned());
        }
        let mut names: Vec<&String> = ours.manifests.keys().chain(theirs.manifests.keys()).collect();
        names.sort_unstable();
        names.dedup();
        for name in names {
            match (ours.manifests.get(name), theirs.manifests.get(name)) {
                (Some(one), Some(two)) if one == two => {}
                (Some(_), Some(_)) => changed.push(format!("the text of {name} differs")),
                _ => changed.push(format!("only one of them reads {name}")),
            }
        }
        if ours.set != theirs.set {
            let set = |inputs: &Inputs| match inputs.set.as_slice() {
                [] => "nothing".to_owned(),
                set => set.join(", "),
            };
            changed.push(format!("--set: {} and {}", set(ours), set(theirs)));
        }
        changed
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn order() -> BatchOrder {
        let manifests = [("web.yaml".to_owned(), "kind: Deployment\n".to_owned())].into();
        BatchOrder {
            version: "1.2.3".into(),
            scenario: "calm".into(),
            seed: 1,
            runs: 1000,
            until: None,
            shard: Some(Shard { number: 1, of: 4 }),
            inputs: Inputs { scenario: "kind: Scenario\n".into(), manifests, set: Vec::new() },
        }
    }

    #[test]
    fn an_order_is_read_back() {
        let read: BatchOrder = serde_json::from_str(&order().to_json()).unwrap();
        assert_eq!(read, order());
    }

    #[test]
    fn every_difference_is_named() {
        assert!(order().differences(&order(), "there", "here").is_empty());
        let mut other = BatchOrder {
            version: "1.2.4".into(),
            seed: 2,
            runs: 10,
            until: Some("ended 1%".into()),
            shard: None,
            ..order()
        };
        other.inputs.scenario.push(' ');
        other.inputs.set.push("deployment.spec.replicas=3".into());
        other.inputs.manifests =
            [("web.yaml".into(), String::new()), ("b.yaml".into(), String::new())].into();
        insta::assert_snapshot!(order().differences(&other, "there", "here").join("\n"), @r"
        version of rollout-lab: 1.2.3 there, 1.2.4 here
        seed: 1 there, 2 here
        runs: 1000 there, 10 here
        --until-half-width: none there, ended 1% here
        shard: 1/4 there, none here
        the text of the scenario differs
        only one of them reads b.yaml
        the text of web.yaml differs
        --set: nothing and deployment.spec.replicas=3
        ");
    }
}
