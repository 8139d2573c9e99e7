//! What the model leaves out is told, and what is cheap to model is modelled: small manifests, each with the
//! right answer.

use crate::binary::{FOLDER, rollout_lab, stderr, stdout};
use scenario::{Scenario, fields_reference, load_str};
use serde_json::Value;
use simulator::Span;
use std::path::Path;

fn input(name: &str) -> String {
    format!("crates/lab/tests/fields/{name}.yaml")
}

fn text_of(args: &[&str]) -> String {
    let output = rollout_lab(args);
    assert_eq!(output.status.code(), Some(0), "{args:?}: {}", stderr(&output));
    stdout(&output)
}

/// The answer of a plan, or of the only scenario of a run, for programs.
fn answer(command: &[&str], runs: &str) -> Value {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().to_str().unwrap();
    let mut args = [command, &["--runs", runs, "-o", "json", "--quiet"]].concat();
    if command[0] == "run" {
        args.extend(["--out", out]);
    }
    let mut answer: Value = serde_json::from_str(&text_of(&args)).unwrap();
    if command[0] == "run" { answer["scenarios"][0].take() } else { answer }
}

fn fields<'a>(answer: &'a Value, effect: &str) -> Vec<&'a str> {
    let all = answer["leftOut"].as_array().unwrap().iter();
    let ours = all.filter(|field| field["effect"] == effect && field["ofSubject"] == true);
    ours.map(|field| field["field"].as_str().unwrap().trim_start_matches("spec.template.spec.")).collect()
}

const DECIDES: &str = "can-decide-the-outcome";

#[test]
fn what_can_decide_the_outcome_is_a_warning_in_the_answer() {
    let cases: [(&[&str], &str, &str, &[&str]); 9] = [
        (
            &["plan"],
            "02-rwo-claim-rolling",
            "volumes[].persistentVolumeClaim",
            &["volumes[].persistentVolumeClaim"],
        ),
        (&["plan"], "03-host-port", "ports[].hostPort", &["containers[].ports[].hostPort"]),
        (&["plan"], "03b-host-network", "hostNetwork", &["hostNetwork"]),
        (
            &["plan"],
            "04-extended-resource",
            "nvidia.com/gpu",
            &["containers[].resources.limits[nvidia.com/gpu]"],
        ),
        (
            &["plan", "--subject", "ingester"],
            "05-priority-class",
            "priorityClassName",
            &["priorityClassName"],
        ),
        (&["plan"], "06-node-name", "nodeName", &["nodeName"]),
        (&["run"], "rs-04-v2", "nodeName", &["nodeName"]),
        (&["run"], "19-scenario", "restartPolicy", &["containers[].restartPolicy"]),
        (&["run"], "dep-13-v2", "the Deployment adopts this ReplicaSet", &["metadata.labels"]),
    ];
    for (command, name, words, expected) in cases {
        let path = input(name);
        let command = [command, &[path.as_str()]].concat();
        assert_eq!(fields(&answer(&command, "2"), DECIDES), expected, "{name}");
        let folder = tempfile::tempdir().unwrap();
        let mut args = [&command[..], &["--runs", "2"]].concat();
        if command[0] == "run" {
            args.extend(["--out", folder.path().to_str().unwrap()]);
        }
        let table = text_of(&args);
        let section = table.find("\nNot simulated, and can decide the outcome\n  ! ").expect(name);
        let section = table[section..].split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(section.contains(words), "{table}");
    }
}

#[test]
fn a_run_names_everything_that_its_manifest_states() {
    let run = answer(&["run", &input("x-fields")], "2");
    let decisive = [
        "containers[].lifecycle.postStart",
        "hostNetwork",
        "nodeName",
        "priorityClassName",
        "readinessGates",
        "runtimeClassName",
        "schedulerName",
        "volumes[].persistentVolumeClaim",
    ];
    assert_eq!(fields(&run, DECIDES), decisive);
    let shifting = ["spec.template.metadata.annotations[controller.kubernetes.io/pod-deletion-cost]"];
    assert_eq!(fields(&run, "shifts-numbers"), shifting);
    let none = fields(&run, "nothing");
    for field in ["dnsPolicy", "containers[].resizePolicy", "containers[].tty", "setHostnameAsFQDN"] {
        assert!(none.contains(&field), "{field}: {none:?}");
    }
    let run = answer(&["run", &input("x-hostnet")], "2");
    assert_eq!(fields(&run, DECIDES), ["hostNetwork"]);
}

#[test]
fn check_says_what_plan_says() {
    let path = input("23-check-says-fine");
    let checked = text_of(&["check", &path]);
    let planned = rollout_lab(&["plan", &path, "--runs", "2"]);
    let said = |text: &str, mark: &str| -> Vec<String> {
        text.lines().filter_map(|line| line.trim_start().strip_prefix(mark)).map(str::to_owned).collect()
    };
    let notes = said(&checked, "note: ");
    assert_eq!(notes, said(&stderr(&planned), "note: "));
    assert!(notes.len() >= 5, "{notes:?}");
    let table = stdout(&planned).split_whitespace().collect::<Vec<_>>().join(" ");
    let warnings = said(&checked, "warning: ");
    assert_eq!(warnings.len(), 9, "{warnings:#?}");
    for warning in warnings {
        assert!(table.contains(&warning), "{warning} is missing in {table}");
    }
}

#[test]
fn many_objects_of_a_kind_are_one_line_and_those_of_others_stand_apart() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("many.yaml");
    let crd = |n| {
        format!(
            "apiVersion: apiextensions.k8s.io/v1\nkind: CustomResourceDefinition\nmetadata: {{name: c{n}}}\n---\n"
        )
    };
    let deployment = |name: &str, pod: &str| {
        format!(
            "apiVersion: apps/v1\nkind: Deployment\nmetadata: {{name: {name}}}\nspec: {{selector: {{matchLabels: {{app: {name}}}}}, \
             template: {{metadata: {{labels: {{app: {name}}}}}, spec: {{{pod}, containers: [{{name: c, image: c:1}}]}}}}}}\n---\n"
        )
    };
    let others = ["a", "b", "c"].map(|name| deployment(name, "hostNetwork: true")).concat();
    let ours = deployment(
        "web",
        "schedulerName: mine, restartPolicy: Always, volumes: [{name: v, nfs: {server: s, path: /}}]",
    );
    let crds: String = (0..30).map(crd).collect();
    std::fs::write(&file, format!("{crds}{ours}{others}")).unwrap();
    let output = rollout_lab(&["plan", file.to_str().unwrap(), "--subject", "web", "--runs", "2"]);
    let errors = stderr(&output);
    let notes: Vec<&str> = errors.lines().filter_map(|line| line.strip_prefix("note: ")).collect();
    assert_eq!(notes.len(), 3, "{errors}");
    assert_eq!(
        notes[0],
        "30 objects of the kind CustomResourceDefinition are ignored: the model does not use them"
    );
    assert!(notes[1].starts_with("3 other objects: hostNetwork (3 times) is not used: "), "{}", notes[1]);
    assert!(notes[2].starts_with("Deployment default/web: volumes[].nfs is not used: "), "{}", notes[2]);
    assert!(stdout(&output).contains("  ! Deployment default/web: schedulerName is not used:"));
    assert!(!stdout(&output).contains("hostNetwork"), "a warning is about the subject");
}

/// What is applied later is the subject's as well.
#[test]
fn a_manifest_that_is_applied_is_looked_at() {
    let web = input("06-node-name");
    let folder = tempfile::tempdir().unwrap();
    let today = folder.path().join("today.yaml");
    let text = std::fs::read_to_string(Path::new(FOLDER).join(&web)).unwrap();
    std::fs::write(&today, text.replace("      nodeName: node-0\n", "")).unwrap();
    let today = today.to_str().unwrap();
    assert_eq!(fields(&answer(&["plan", today], "2"), DECIDES), [""; 0]);
    assert_eq!(fields(&answer(&["plan", today, "--to", &web], "2"), DECIDES), ["nodeName"]);
}

/// Six of ten pods are taken, so four more fit: as if a Deployment had them.
#[test]
fn pods_of_a_stateful_set_are_charged() {
    let plan = answer(&["plan", &input("01-statefulset-and-quota")], "200");
    let as_deployment = answer(&["plan", &input("01b-deployment-and-quota"), "--subject", "web"], "200");
    assert_eq!(plan["forecast"], as_deployment["forecast"]);
    assert_eq!(plan["quotas"][0]["roomForPods"], 4);
    let finished = plan["forecast"]["rollout"]["finished"]["share"].as_f64().unwrap();
    assert!((0.12..0.28).contains(&finished), "19.8 % of many runs: {finished}");
    let fired = plan["forecast"]["progressDeadline"]["fired"]["share"].as_f64().unwrap();
    assert!(fired >= 1.0 - finished, "{fired}");
}

#[test]
fn a_command_that_sleeps_is_a_sleep() {
    let [exec, sleep] = ["pre-exec", "pre-sleep"].map(|name| answer(&["plan", &input(name)], "100"));
    assert_eq!(exec["forecast"], sleep["forecast"]);
    let shell = answer(&["plan", &input("17-pre-stop-exec-sleep")], "100");
    for plan in [exec, shell] {
        assert_eq!(plan["forecast"]["service"]["requestsFailing"]["runs"], 0);
        assert_eq!(fields(&plan, DECIDES), [""; 0]);
    }
}

fn load(manifests: &str, rest: &str) -> Scenario {
    let block = manifests.lines().fold(String::new(), |block, line| block + "      " + line + "\n");
    let head = "apiVersion: rollout-lab/v1alpha1\nkind: Scenario\nmetadata: {name: test}\nspec:\n";
    let text = format!("{head}  manifests:\n  - inline: |\n{block}{rest}");
    load_str("test.yaml", &text, Path::new(".")).unwrap_or_else(|errors| panic!("{errors}"))
}

const WEB: &str = "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web}\nspec: {selector: {matchLabels: {app: w}}, template: \
                   {metadata: {labels: {app: w}}, spec: {containers: [{name: c, image: 'c:1', lifecycle: {preStop: {exec: {command: \
                   [HOOK]}}}}]}}}\n---\n";

#[test]
fn other_hooks_are_named() {
    let hook = |command: &str| load(&WEB.replace("HOOK", command), "");
    let slept = |scenario: &Scenario| scenario.model.subject.template.containers[0].pre_stop;
    let drain = hook("/app/drain");
    assert_eq!((slept(&drain), drain.left_out.len()), (Span::ZERO, 1));
    assert_eq!(drain.left_out[0].field, "spec.template.spec.containers[].lifecycle.preStop.exec");
    let both = hook("sh, '-c', '/app/drain; sleep 5'");
    assert_eq!((slept(&both), both.left_out.len()), (Span::from_secs(5), 1));
    let sleep = hook("/bin/sh, '-c', 'sleep 15 && nginx -s quit'");
    assert_eq!((slept(&sleep), sleep.left_out.len()), (Span::from_secs(15), 0));
}

#[test]
fn other_kinds_of_workloads_are_load() {
    let workload = |version: &str, kind: &str, name: &str, spec: &str, pod: &str| {
        format!(
            "apiVersion: {version}\nkind: {kind}\nmetadata: {{name: {name}}}\nspec: {{{spec}selector: {{matchLabels: {{app: {name}}}}}, \
             template: {{metadata: {{labels: {{app: {name}}}}}, spec: {{{pod}containers: [{{name: c, image: c:1, resources: {{requests: \
             {{cpu: 1}}}}}}]}}}}}}\n---\n"
        )
    };
    let manifests = [
        workload("apps/v1", "Deployment", "web", "replicas: 4, ", ""),
        workload("apps/v1", "StatefulSet", "db", "replicas: 6, serviceName: db, ", ""),
        workload("apps/v1", "StatefulSet", "one", "serviceName: one, ", ""),
        workload("apps/v1", "ReplicaSet", "bare", "replicas: 2, ", ""),
        workload("batch/v1", "Job", "many", "parallelism: 5, completions: 3, ", "restartPolicy: Never, "),
        workload("batch/v1", "Job", "idle", "suspend: true, ", "restartPolicy: Never, "),
        workload("apps/v1", "DaemonSet", "log", "", "nodeSelector: {kubernetes.io/os: linux}, "),
        workload("apps/v1", "DaemonSet", "all", "", "tolerations: [{operator: Exists}], "),
        workload("apps/v1", "DaemonSet", "ssd", "", "nodeSelector: {disk: ssd}, "),
    ];
    let pools = "  subject: {name: web}\n  cluster:\n    pools:\n    - {name: a, nodes: 3}\n    - {name: b, nodes: 2, labels: {disk: ssd}, \
                 taints: [{key: k, effect: NoSchedule}]}\n    - {name: c, nodes: 4, labels: {disk: ssd}}\n";
    let scenario = load(&manifests.concat(), pools);
    let loads: Vec<_> =
        scenario.model.background.iter().map(|load| (load.name.as_str(), load.pods)).collect();
    let expected = [
        ("ReplicaSet/bare", 2),
        ("StatefulSet/db", 6),
        ("StatefulSet/one", 1),
        ("Job/many", 3),
        ("DaemonSet/log", 7),
        ("DaemonSet/all", 9),
        ("DaemonSet/ssd", 4),
    ];
    assert_eq!(loads, expected);
    assert_eq!(scenario.notes, ["Job idle is ignored: it is suspended"]);

    // A node of 2 cores, one taken by a DaemonSet: one pod on each of the three nodes, and one waits.
    let small = "  subject: {name: web}\n  cluster:\n    pools:\n    - {nodes: 3, allocatable: {cpu: 2}}\n";
    let scenario = load(&[&manifests[0][..], &manifests[6]].concat(), small);
    assert_eq!(simulator::pods_without_room(&scenario.model), 1);
    // A default cluster has room for all of them.
    let scenario = load(&manifests.concat(), "  subject: {name: web}\n");
    assert_eq!(simulator::pods_without_room(&scenario.model), 0);
}

/// After a change of the table: `WRITE_REFERENCE=1 cargo test -p rollout-lab --test fields`.
#[test]
fn the_reference_is_what_the_table_says() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/fields.md");
    let text = std::fs::read_to_string(&path).unwrap();
    let start = text.find("\n## Deployment\n").expect("a heading of each kind") + 1;
    let expected = format!("{}{}", &text[..start], fields_reference());
    if std::env::var_os("WRITE_REFERENCE").is_some() {
        std::fs::write(&path, &expected).unwrap();
    }
    assert!(expected == text, "docs/fields.md is stale; WRITE_REFERENCE=1 writes it");
}
