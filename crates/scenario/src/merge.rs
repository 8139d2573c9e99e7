//! The three-way strategic merge of `kubectl apply`
//! (`staging/src/k8s.io/apimachinery/pkg/util/strategicpatch/patch.go`, `CreateThreeWayMergePatch`).
//!
//! A field that the manifest applied now states gets its value. A field that the last one stated and this one does
//! not is removed. A field that neither states stays as it is stored. Lists are merged item by item where the API
//! has a merge key for them, and replaced otherwise.

use serde_json::{Map, Value};

/// Lists of objects that are merged, with the key that identifies an item (`patchMergeKey` in
/// `staging/src/k8s.io/api/core/v1/types.go`). Within a workload each name has one meaning.
const MERGE_KEYS: [(&str, &str); 13] = [
    ("containers", "name"),
    ("initContainers", "name"),
    ("ephemeralContainers", "name"),
    ("env", "name"),
    ("ports", "containerPort"),
    ("volumeMounts", "mountPath"),
    ("volumeDevices", "devicePath"),
    ("volumes", "name"),
    ("imagePullSecrets", "name"),
    ("hostAliases", "ip"),
    ("topologySpreadConstraints", "topologyKey"),
    ("schedulingGates", "name"),
    ("resourceClaims", "name"),
];

/// Objects, and lists of objects, that keep no field that the manifest does not state (`patchStrategy: retainKeys`).
const RETAIN_KEYS: [&str; 3] = ["strategy", "volumes", "resourceClaims"];

/// The stored object after `kubectl apply` of `now`, where `last` was applied before it.
pub(crate) fn three_way(last: &Value, now: &Value, live: &Value) -> Value {
    match (now, live) {
        (Value::Object(now), Value::Object(live)) => Value::Object(objects(last.as_object(), now, live)),
        _ => now.clone(),
    }
}

type ObjectFields = Map<String, Value>;

fn objects(last: Option<&ObjectFields>, now: &ObjectFields, live: &ObjectFields) -> ObjectFields {
    let last_value = |key: &str| last.and_then(|last| last.get(key)).unwrap_or(&Value::Null);
    let is_stated = |key: &str| now.get(key).is_some_and(|value| !value.is_null());
    let is_removed = |key: &str| {
        let explicitly = now.get(key).is_some_and(Value::is_null);
        explicitly || (!is_stated(key) && last.is_some_and(|last| last.contains_key(key)))
    };
    let mut merged = live.clone();
    merged.retain(|key, _| !is_removed(key));
    for (key, value) in now.iter().filter(|(_, value)| !value.is_null()) {
        merged.insert(key.clone(), field(key, last_value(key), value, live.get(key)));
    }
    merged
}

/// One field that `now` states.
fn field(key: &str, last: &Value, now: &Value, live: Option<&Value>) -> Value {
    match (now, live) {
        (Value::Object(now), Some(Value::Object(live))) => {
            let merged = objects(last.as_object(), now, live);
            Value::Object(if RETAIN_KEYS.contains(&key) { retained(merged, now) } else { merged })
        }
        (Value::Array(now), Some(Value::Array(live))) => match merge_key(key) {
            Some(merge_key) => Value::Array(items(key, merge_key, last.as_array(), now, live)),
            None => Value::Array(now.clone()),
        },
        _ => now.clone(),
    }
}

fn merge_key(list: &str) -> Option<&'static str> {
    MERGE_KEYS.iter().find(|(name, _)| *name == list).map(|(_, key)| *key)
}

fn retained(mut merged: ObjectFields, now: &ObjectFields) -> ObjectFields {
    merged.retain(|key, _| now.contains_key(key));
    merged
}

/// Merges the items of a list by their key. Stored items that neither manifest states keep their position.
fn items(name: &str, key: &str, last: Option<&Vec<Value>>, now: &[Value], live: &[Value]) -> Vec<Value> {
    let place = |all: &[Value], item: &Value| all.iter().position(|other| other.get(key) == item.get(key));
    let is_known =
        |item: &Value| place(now, item).is_some() || last.is_some_and(|last| place(last, item).is_some());
    let mut strangers = live.iter().enumerate().filter(|(_, item)| !is_known(item)).peekable();
    let mut merged = Vec::with_capacity(now.len());
    for item in now {
        let stored = place(live, item);
        while let Some(stranger) = strangers.next_if(|(at, _)| stored.is_some_and(|stored| *at < stored)) {
            merged.push(stranger.1.clone());
        }
        let before = last.and_then(|last| last.get(place(last, item)?)).unwrap_or(&Value::Null);
        // The name of the list decides whether its items retain keys.
        merged.push(field(name, before, item, stored.map(|at| &live[at])));
    }
    merged.extend(strangers.map(|(_, item)| item.clone()));
    merged
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    /// Checks a merge: the last applied object, the new one, the stored one, and the stored one afterwards.
    fn check(last: &Value, now: &Value, live: &Value, expected: &Value) {
        assert_eq!(three_way(last, now, live), *expected, "last {last}, now {now}, live {live}");
    }

    #[test]
    fn a_field_is_set_removed_or_left_alone() {
        let table = [
            // Stated now.
            (json!({}), json!({"a": 1}), json!({}), json!({"a": 1})),
            (json!({"a": 1}), json!({"a": 1}), json!({"a": 9}), json!({"a": 1})),
            (json!({}), json!({"a": {"b": 1}}), json!({"a": {"c": 2}}), json!({"a": {"b": 1, "c": 2}})),
            // Stated before, no longer.
            (json!({"a": 1}), json!({}), json!({"a": 9}), json!({})),
            (
                json!({"a": {"b": 1}}),
                json!({"a": {}}),
                json!({"a": {"b": 9, "c": 2}}),
                json!({"a": {"c": 2}}),
            ),
            // Stated by neither.
            (json!({}), json!({}), json!({"a": 9}), json!({"a": 9})),
            // Null is a removal.
            (json!({}), json!({"a": null}), json!({"a": 9}), json!({})),
            (json!({"a": null}), json!({}), json!({"a": 9}), json!({})),
            // Another type replaces.
            (json!({"a": 1}), json!({"a": {"b": 1}}), json!({"a": 1}), json!({"a": {"b": 1}})),
        ];
        for (last, now, live, expected) in &table {
            check(last, now, live, expected);
        }
    }

    #[test]
    fn lists_with_a_merge_key_are_merged_by_it() {
        let table = [
            // A sidecar that only the stored object has stays with its fields.
            (
                json!({"containers": [{"name": "web", "image": "1"}]}),
                json!({"containers": [{"name": "web", "image": "2"}]}),
                json!({"containers": [{"name": "injected"}, {"name": "web", "image": "1", "tty": true}]}),
                json!({"containers": [{"name": "injected"}, {"name": "web", "image": "2", "tty": true}]}),
            ),
            // One container is removed, another one added; the manifest gives the order.
            (
                json!({"containers": [{"name": "a"}, {"name": "b"}]}),
                json!({"containers": [{"name": "c"}, {"name": "a"}]}),
                json!({"containers": [{"name": "a"}, {"name": "b"}, {"name": "z"}]}),
                json!({"containers": [{"name": "c"}, {"name": "a"}, {"name": "z"}]}),
            ),
            (
                json!({"env": [{"name": "A", "value": "1"}, {"name": "B", "value": "1"}]}),
                json!({"env": [{"name": "A", "value": "2"}]}),
                json!({"env": [{"name": "A", "value": "1"}, {"name": "B", "value": "1"}, {"name": "C", "value": "9"}]}),
                json!({"env": [{"name": "A", "value": "2"}, {"name": "C", "value": "9"}]}),
            ),
            (
                json!({"ports": [{"containerPort": 80}]}),
                json!({"ports": [{"containerPort": 8080}]}),
                json!({"ports": [{"containerPort": 80, "protocol": "TCP"}]}),
                json!({"ports": [{"containerPort": 8080}]}),
            ),
            // No merge key: replaced.
            (
                json!({"args": ["a"]}),
                json!({"args": ["b"]}),
                json!({"args": ["a", "c"]}),
                json!({"args": ["b"]}),
            ),
            // Another source of a volume replaces the old one.
            (
                json!({"volumes": [{"name": "v", "emptyDir": {}}]}),
                json!({"volumes": [{"name": "v", "configMap": {"name": "c"}}]}),
                json!({"volumes": [{"name": "v", "emptyDir": {"medium": "Memory"}}]}),
                json!({"volumes": [{"name": "v", "configMap": {"name": "c"}}]}),
            ),
        ];
        for (last, now, live, expected) in &table {
            check(last, now, live, expected);
        }
    }

    #[test]
    fn a_strategy_keeps_only_what_the_manifest_states() {
        let live = json!({"strategy": {"type": "RollingUpdate", "rollingUpdate": {"maxSurge": 4, "maxUnavailable": 0}}});
        let recreate = json!({"strategy": {"type": "Recreate"}});
        check(&json!({}), &recreate, &live, &recreate);
        let limits = json!({"strategy": {"type": "RollingUpdate", "rollingUpdate": {"maxSurge": 1}}});
        let merged = json!({"strategy": {"type": "RollingUpdate", "rollingUpdate": {"maxSurge": 1, "maxUnavailable": 0}}});
        check(&json!({}), &limits, &live, &merged);
        check(&json!({}), &json!({}), &live, &live);
    }
}
