//! The worked examples of the Kubernetes documentation, written as ordinary scenarios with constant laws,
//! lead the engine of `run` to the decisions that were recorded from the real controllers.
//!
//! A scenario has a modelled scheduler and kubelets in place of the recordings' scripted node, so times
//! differ by milliseconds, and terminating pods go at other moments. What the controllers decide must not.

use rollout_lab::conform::{read_cases, steps_to_json};
use serde_json::Value;
use simulator::Steps;
use std::fmt::Write as _;
use std::path::Path;

/// The examples that a scenario can state: every pod of an image behaves alike.
const CASES: [&str; 15] = [
    "docs-create-three",
    "docs-update-three",
    "docs-proportional-ten-to-fifteen",
    "docs-stuck-deadline-600",
    "docs-pause-two-changes-resume",
    "docs-pause-resume-deadline",
    "docs-rollback-to-revision",
    "docs-history-limit-zero",
    "docs-recreate",
    "docs-scale-is-no-rollout",
    "docs-min-ready-ten",
    "docs-surge-zero-scale-down",
    "docs-paused-40-to-30",
    "docs-scale-from-zero-bad-image",
    "docs-single-replica-default",
];

#[test]
fn scenarios_lead_to_the_recorded_decisions() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/conformance/documentation.jsonl.gz");
    let cases = read_cases(&[folder]).expect("the recordings are readable");
    for name in CASES {
        let case = cases.iter().find(|case| case.name == name).expect("a documentation case");
        let text = scenario_text(case.script());
        let loaded = scenario::load_str(name, &text, Path::new("."));
        let loaded = loaded.unwrap_or_else(|errors| panic!("{name}:\n{text}\n{errors}"));
        let ours = steps_to_json(&Steps::of(&loaded.model, 1, 0), "web");
        assert_eq!(decisions(&ours), decisions(&case.steps), "decisions of {name}");
        let (ours_course, recorded) = (course(&ours), course(&case.steps));
        assert!(
            agrees(&ours_course, &recorded),
            "condition Progressing in {name}:\n{ours_course:?}\nrecorded {recorded:?}"
        );
        assert_eq!(sizes(&ours), sizes(&case.steps), "the ReplicaSets at the end of {name}");
    }
}

/// What was decided in each step that decided something.
fn decisions(steps: &[Value]) -> Vec<Vec<Value>> {
    let fields = ["scalings", "pods_created", "pods_deleted", "note"];
    let decided = |step: &Value| -> Vec<Value> { fields.iter().map(|field| step[field].clone()).collect() };
    steps.iter().map(decided).filter(|decided| decided.iter().any(|value| !value.is_null())).collect()
}

/// The statuses and reasons of condition Progressing, each change once; `*` is a reason about which the
/// real controllers do not agree with themselves.
fn course(steps: &[Value]) -> Vec<(Value, Value)> {
    let progressing = |step: &Value| {
        let condition = &step["deployment"]["conditions"]["Progressing"];
        (condition["status"].clone(), condition["reason"].clone())
    };
    let mut course: Vec<_> = steps.iter().map(progressing).collect();
    course.dedup();
    course
}

/// Whether two courses agree, where an open reason matches any reason.
fn agrees(ours: &[(Value, Value)], recorded: &[(Value, Value)]) -> bool {
    let Some((first, rest)) = recorded.split_first() else { return ours.is_empty() };
    let open = first.1 == "*";
    let same = ours.first().is_some_and(|ours| ours.0 == first.0 && (open || ours.1 == first.1));
    (same && agrees(&ours[1..], rest)) || (open && agrees(ours, rest))
}

fn sizes(steps: &[Value]) -> Vec<(String, Vec<Value>)> {
    let fields =
        ["spec_replicas", "revision", "revision_history", "desired_annotation", "max_annotation", "image"];
    let last = steps.last().expect("at least one step");
    let sets = last["replica_sets"].as_object().expect("a map of ReplicaSets");
    sets.iter().map(|(name, set)| (name.clone(), fields.map(|field| set[field].clone()).to_vec())).collect()
}

/// A recorded script as a scenario file.
fn scenario_text(script: &Value) -> String {
    let deployment = &script["deployment"];
    let mut text = format!(
        "apiVersion: rollout-lab/v1alpha1\nkind: Scenario\nmetadata: {{name: {}}}\nspec:\n  start: empty\n  \
         horizon: {}ms\n  manifests:\n    - inline:\n        apiVersion: apps/v1\n        kind: Deployment\n        \
         metadata: {{name: web}}\n        spec:\n",
        script["name"],
        script["until_ms"].as_i64().unwrap() - 1050,
    );
    for (field, key) in [
        ("replicas", "replicas"),
        ("min_ready_seconds", "minReadySeconds"),
        ("progress_deadline_seconds", "progressDeadlineSeconds"),
        ("revision_history_limit", "revisionHistoryLimit"),
    ] {
        writeln!(text, "          {key}: {}", deployment[field]).unwrap();
    }
    let rolling = [("max_surge", "maxSurge"), ("max_unavailable", "maxUnavailable")]
        .into_iter()
        .filter(|(field, _)| !deployment[field].is_null())
        .map(|(field, key)| format!("{key}: {}", deployment[field]));
    let rolling = rolling.collect::<Vec<_>>().join(", ");
    let limits = if rolling.is_empty() { String::new() } else { format!(", rollingUpdate: {{{rolling}}}") };
    writeln!(text, "          strategy: {{type: {}{limits}}}", deployment["strategy"]).unwrap();
    write!(
        text,
        "          selector: {{matchLabels: {{app: web}}}}\n          template:\n            \
         metadata: {{labels: {{app: web}}}}\n            spec:\n              containers:\n                \
         - {{name: app, image: {}}}\n",
        deployment["image"]
    )
    .unwrap();
    write_cluster(&mut text, script["nodes"].as_i64().unwrap());
    write_images(&mut text, &script["images"]);
    write_actions(&mut text, &script["actions"]);
    text
}

fn write_cluster(text: &mut String, nodes: i64) {
    write!(
        text,
        "  cluster:\n    nodes: {nodes}\n    controlPlane: {{request: 0s, response: 1ms, watch: 500us, scheduling: 0s, \
         clientLimit: unlimited, workers: 1}}\n"
    )
    .unwrap();
}

/// Pods run so long after their creation; an image whose pods never become ready cannot be pulled.
fn write_images(text: &mut String, images: &Value) {
    text.push_str("  images:\n");
    let mut broken = Vec::new();
    for (image, behaviour) in images.as_object().unwrap() {
        let ready = behaviour["ready_after_ms"][0].as_i64();
        broken.extend(ready.is_none().then_some(image));
        let cached = ready.is_some();
        let start = ready.map_or(0, |millis| millis - 5);
        let stop = behaviour["terminate_ms"].as_i64().unwrap() - 500;
        writeln!(
            text,
            "    {image:?}: {{pull: 0s, start: {start}ms, ready: 0s, stop: {stop}ms, cached: {cached}}}"
        )
        .unwrap();
    }
    if !broken.is_empty() {
        text.push_str("  faults:\n");
    }
    for image in broken {
        writeln!(
            text,
            "    - {{name: missing, kind: ImagePullError, target: {{image: {image:?}}}, failure: notFound}}"
        )
        .unwrap();
    }
}

fn write_actions(text: &mut String, actions: &Value) {
    let actions = actions.as_array().unwrap();
    if !actions.is_empty() {
        text.push_str("  actions:\n");
    }
    for action in actions {
        let at = action["at_ms"].as_i64().unwrap() + 50 - 1050;
        let change = match action["op"].as_str().unwrap() {
            "set_image" => format!("setImage: {{app: {}}}", action["image"]),
            "scale" => format!("scale: {}", action["replicas"]),
            "pause" => "pause: true".to_owned(),
            "resume" => "resume: true".to_owned(),
            "rollback" => format!("undo: {{toRevision: {}}}", action["revision"]),
            other => panic!("no scenario action for {other}"),
        };
        writeln!(text, "    - {{at: {at}ms, {change}}}").unwrap();
    }
}
