//! Our steps in the recordings' format.

use controller::api::{ConditionType, Number, ReplicaSetName, TemplateId};
use serde_json::{Map, Value, json};
use simulator::observe::{ConditionState, DeploymentState, ReplicaSetState, Step};
use simulator::{Steps, Timestamp};

/// Steps as JSON. `ReplicaSet`s are named `rs-1`, `rs-2`, ... in the order in which their templates got
/// their first one; `deployment` is the Deployment's name. Times count from t = 0, as in the story.
#[must_use]
pub fn steps_to_json(run: &Steps, deployment: &str) -> Vec<Value> {
    let writer = Writer { first_used: &run.first_used, images: &run.images, start: run.start, deployment };
    run.steps.iter().map(|step| writer.step(step)).collect()
}

struct Writer<'a> {
    first_used: &'a [TemplateId],
    images: &'a [String],
    start: Timestamp,
    deployment: &'a str,
}

impl Writer<'_> {
    fn name(&self, template: TemplateId) -> String {
        let place = self.first_used.iter().position(|known| *known == template);
        place.map_or_else(|| "rs-?".to_owned(), |place| format!("rs-{}", place + 1))
    }

    fn step(&self, step: &Step) -> Value {
        let sets = step.replica_sets.iter();
        let mut object = Map::new();
        object.insert("t_ms".into(), json!(step.at.since(self.start).as_nanos() / 1_000_000));
        object.insert("deployment".into(), self.deployment(&step.deployment));
        let sets: Map<String, Value> =
            sets.map(|set| (self.name(set.template), self.replica_set(set))).collect();
        object.insert("replica_sets".into(), Value::Object(sets));
        if !step.scalings.is_empty() {
            let mut scalings: Vec<_> = step.scalings.iter().collect();
            scalings.sort_by_key(|scaling| self.name(scaling.template));
            let scalings = scalings.into_iter().map(
                |scaling| json!({"replica_set": self.name(scaling.template), "from": scaling.from, "to": scaling.to}),
            );
            object.insert("scalings".into(), scalings.collect());
        }
        if step.pods_created > 0 {
            object.insert("pods_created".into(), json!(step.pods_created));
        }
        if step.pods_deleted > 0 {
            object.insert("pods_deleted".into(), json!(step.pods_deleted));
        }
        if let Some(refusal) = step.note {
            object.insert("note".into(), json!(super::compare::note(refusal)));
        }
        Value::Object(object)
    }

    fn deployment(&self, state: &DeploymentState) -> Value {
        let conditions: Map<String, Value> =
            state.conditions.iter().map(|c| (c.kind.as_str().to_owned(), self.condition(c))).collect();
        json!({
            "generation": state.generation,
            "observed_generation": state.observed_generation,
            "revision": number(state.revision),
            "replicas": state.replicas,
            "updated": state.updated,
            "ready": state.ready,
            "available": state.available,
            "unavailable": state.unavailable,
            "terminating": state.terminating,
            "conditions": conditions,
        })
    }

    /// Whole seconds of the API server's clock are whole ones here only if t = 0 is one of them.
    fn seconds(&self, at: Timestamp) -> Value {
        let millis = at.since(self.start).as_nanos().div_euclid(1_000_000);
        if millis % 1000 == 0 { json!(millis / 1000) } else { json!(millis as f64 / 1000.0) }
    }

    fn condition(&self, condition: &ConditionState) -> Value {
        let mut object = Map::new();
        object.insert("status".into(), json!(condition.status.as_str()));
        object.insert("reason".into(), json!(condition.reason.as_str()));
        if condition.kind != ConditionType::ReplicaFailure {
            let name = |name: ReplicaSetName| self.name(name.template);
            let text = condition.message.text(condition.reason, self.deployment, name, |_| String::new());
            object.insert("message".into(), json!(text));
        }
        object.insert("last_update_s".into(), self.seconds(condition.last_update));
        object.insert("last_transition_s".into(), self.seconds(condition.last_transition));
        Value::Object(object)
    }

    fn replica_set(&self, state: &ReplicaSetState) -> Value {
        let mut object = Map::new();
        object.insert("spec_replicas".into(), json!(state.spec_replicas));
        object.insert("revision".into(), number(state.revision));
        if !state.revision_history.is_empty() {
            object.insert("revision_history".into(), json!(state.revision_history));
        }
        object.insert("desired_annotation".into(), number(state.desired));
        object.insert("max_annotation".into(), number(state.max));
        object.insert("image".into(), json!(self.images.get(state.template.0 as usize)));
        object.insert("replicas".into(), json!(state.replicas));
        object.insert("ready".into(), json!(state.ready));
        object.insert("available".into(), json!(state.available));
        object.insert("terminating".into(), json!(state.terminating.unwrap_or(0)));
        if let Some(failure) = state.failure {
            let condition = json!({
                "status": "True",
                "reason": failure.reason.as_str(),
                "last_transition_s": self.seconds(failure.last_transition),
            });
            object.insert("conditions".into(), json!({"ReplicaFailure": condition}));
        }
        Value::Object(object)
    }
}

fn number(number: Number) -> Value {
    number.value().map_or(Value::Null, |value| json!(value.to_string()))
}
