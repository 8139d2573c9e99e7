//! What kubectl and Helm do and say, against the rules of the real ones.

use crate::binary::{rollout_lab, stderr, stdout};
use controller::api::{IntOrPercent, RollingUpdate, Strategy};
use scenario::{Scenario, load};
use simulator::model::Change;
use simulator::story::{DeploymentView, PodView, Refused, Story, What};
use simulator::{Simulator, Span};
use std::fs;
use std::path::PathBuf;

/// A scenario in a folder of its own, with the manifest of a Deployment `web`.
struct Case {
    folder: tempfile::TempDir,
}

impl Case {
    /// `spec` are fields of the Deployment's spec, `rest` sections of the scenario.
    fn new(spec: &str, rest: &str) -> Self {
        Self::of_pods(spec, "containers: [{name: web, image: 'web:1'}]", rest)
    }

    fn of_pods(spec: &str, pod: &str, rest: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let case = Self { folder };
        case.write("web.yaml", &deployment(spec, pod));
        let scenario = format!(
            "apiVersion: rollout-lab/v1alpha1\nkind: Scenario\nmetadata: {{name: case}}\nspec:\n  manifests: [web.yaml]\n  \
             images: {{default: {{pull: 100ms, start: 2s, ready: 0s, stop: 1s}}}}\n  horizon: 10m\n{rest}"
        );
        case.write("case.yaml", &scenario);
        case
    }

    fn write(&self, name: &str, text: &str) {
        fs::write(self.folder.path().join(name), text).unwrap();
    }

    fn path(&self) -> PathBuf {
        self.folder.path().join("case.yaml")
    }

    fn load(&self) -> Scenario {
        load(&self.path()).unwrap_or_else(|errors| panic!("{errors}"))
    }

    fn story(&self) -> Story {
        Story::of(&self.load().model, 1, 0)
    }

    /// What `show` prints.
    fn show(&self, args: &[&str]) -> String {
        let path = self.path();
        let all: Vec<&str> = ["show", path.to_str().unwrap()].iter().chain(args).copied().collect();
        let output = rollout_lab(&all);
        assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
        stdout(&output)
    }
}

fn deployment(spec: &str, pod: &str) -> String {
    format!(
        "apiVersion: apps/v1\nkind: Deployment\nmetadata: {{name: web}}\nspec:\n  selector: {{matchLabels: {{app: web}}}}\n  \
         template: {{metadata: {{labels: {{app: web}}}}, spec: {{{pod}}}}}\n{spec}"
    )
}

/// A manifest of `web` as an inline object of an action.
fn object(spec: &str, image: &str) -> String {
    format!(
        "{{apiVersion: apps/v1, kind: Deployment, metadata: {{name: web}}, spec: {{{spec} selector: {{matchLabels: {{app: \
         web}}}}, template: {{metadata: {{labels: {{app: web}}}}, spec: {{containers: [{{name: web, image: '{image}'}}]}}}}}}}}"
    )
}

fn last(story: &Story) -> &DeploymentView {
    let views = story.entries.iter().rev().find_map(|entry| match &entry.what {
        What::Deployment(view) => Some(view.as_ref()),
        _ => None,
    });
    views.unwrap()
}

/// Replicas, minReadySeconds, deadline, paused, strategy and image after an apply.
type Fields = (i32, i32, Option<i32>, bool, Strategy, &'static str);

const fn rolling(max_surge: IntOrPercent, max_unavailable: IntOrPercent) -> Strategy {
    Strategy::RollingUpdate(RollingUpdate { max_surge, max_unavailable })
}

#[test]
fn apply_merges_what_was_applied_what_is_applied_and_what_is_stored() {
    let quarter = rolling(IntOrPercent::Percent(25), IntOrPercent::Percent(25));
    let zero_one = rolling(IntOrPercent::Int(0), IntOrPercent::Int(1));
    let all = "  replicas: 6\n  minReadySeconds: 20\n  progressDeadlineSeconds: 300\n  strategy: {rollingUpdate: {maxSurge: 0, \
               maxUnavailable: 1}}\n";
    let edits = "  - {at: 5s, scale: 8, pause: true, setMinReadySeconds: 7, setProgressDeadlineSeconds: 333, setStrategy: \
                 {rollingUpdate: {maxSurge: 0, maxUnavailable: 1}}}\n";
    // Created with, done before, applied, and what is stored then.
    let table: [(&str, &str, String, Fields); 7] = [
        // What the manifest no longer states is removed and defaulted, whatever it was meanwhile.
        (all, "  - {at: 5s, scale: 8}\n", object("", "web:2"), (1, 0, Some(600), false, quarter, "web:2")),
        // What neither manifest states is left alone.
        ("", edits, object("", "web:2"), (8, 7, Some(333), true, zero_one, "web:2")),
        // What it states gets its value.
        (
            "  replicas: 6\n",
            edits,
            object("replicas: 4, paused: false,", "web:1"),
            (4, 7, Some(333), false, zero_one, "web:1"),
        ),
        // The manifest applied last counts, not the first one.
        (
            all,
            &format!("  - {{at: 5s, apply: {}}}\n  - {{at: 6s, scale: 9}}\n", object("", "web:2")),
            object("", "web:3"),
            (9, 0, Some(600), false, quarter, "web:3"),
        ),
        // A strategy that is stated keeps nothing that the manifest leaves out.
        (
            "",
            edits,
            object("strategy: {type: Recreate},", "web:1"),
            (8, 7, Some(333), true, Strategy::Recreate, "web:1"),
        ),
        // An image that `kubectl set image` has changed is set back.
        (
            "  replicas: 2\n",
            "  - {at: 5s, setImage: {web: 'web:9'}}\n",
            object("replicas: 2,", "web:1"),
            (2, 0, Some(600), false, quarter, "web:1"),
        ),
        // Null is a removal.
        (
            "  replicas: 6\n",
            "",
            object("replicas: null,", "web:1"),
            (1, 0, Some(600), false, quarter, "web:1"),
        ),
    ];
    for (created_with, before, applied, expected) in table {
        let case =
            Case::new(created_with, &format!("  actions:\n{before}  - {{at: 20s, apply: {applied}}}\n"));
        let story = case.story();
        let view = last(&story);
        let found = (
            view.desired,
            view.min_ready_seconds,
            view.progress_deadline_seconds,
            view.paused,
            view.strategy,
            view.images[0].1.as_str(),
        );
        assert_eq!(found, expected, "created with {created_with:?}, before {before:?}, applied {applied}");
    }
}

/// A restart's annotation, which no manifest states, survives an apply; so no third template appears.
#[test]
fn apply_keeps_the_annotation_of_a_restart() {
    let again = object("", "web:1");
    let case = Case::new(
        "",
        &format!("  actions:\n  - {{at: 5s, restart: true}}\n  - {{at: 60s, apply: {again}}}\n"),
    );
    assert_eq!(last(&case.story()).template, 1);
}

#[test]
fn apply_takes_a_path_an_object_or_a_stream() {
    let web = deployment("  replicas: 3\n", "containers: [{name: web, image: 'web:2'}]");
    let stream: String = web.lines().flat_map(|line| ["        ", line, "\n"]).collect();
    for apply in [
        "apply: next.yaml".to_owned(),
        format!("apply: {}", object("replicas: 3,", "web:2")),
        format!("apply:\n      inline: |\n{stream}"),
    ] {
        let case = Case::new("", &format!("  actions:\n  - at: 10s\n    {apply}\n"));
        case.write("next.yaml", &deployment("  replicas: 3\n", "containers: [{name: web, image: 'web:2'}]"));
        let story = case.story();
        assert_eq!((last(&story).desired, last(&story).images[0].1.as_str()), (3, "web:2"), "{apply}");
    }
}

/// minReadySeconds and deadline are each valid alone, and the merged object is not.
#[test]
fn an_apply_that_the_api_server_refuses_is_an_error() {
    let applied = object("minReadySeconds: 700, progressDeadlineSeconds: 800,", "web:1");
    let then = object("minReadySeconds: 700,", "web:1");
    let case = Case::new(
        "",
        &format!("  actions:\n  - {{at: 5s, apply: {applied}}}\n  - {{at: 9s, apply: {then}}}\n"),
    );
    let path = case.path();
    let output = rollout_lab(&["check", path.to_str().unwrap()]);
    assert_eq!(output.status.code(), Some(2));
    assert!(stderr(&output).contains("must be greater than minReadySeconds"), "{}", stderr(&output));
}

#[test]
fn plan_merges_as_apply_does() {
    let case = Case::new("  replicas: 3\n", "");
    case.write("tomorrow.yaml", &deployment("", "containers: [{name: web, image: 'web:2'}]"));
    let [today, tomorrow] = ["web.yaml", "tomorrow.yaml"].map(|name| case.folder.path().join(name));
    let output = rollout_lab(&[
        "plan",
        today.to_str().unwrap(),
        "--to",
        tomorrow.to_str().unwrap(),
        "--run",
        "0",
        "-q",
    ]);
    assert!(stdout(&output).contains(" from 3 to 1"), "{}\n{}", stdout(&output), stderr(&output));
}

#[test]
fn several_fields_are_one_write() {
    let actions = "  actions:\n  - {at: 10s, setImage: {web: 'web:2'}, scale: 5, setMinReadySeconds: 3, setRevisionHistoryLimit: 4}\n";
    let case = Case::new("  replicas: 2\n", actions);
    assert!(matches!(&case.load().model.actions[0].change, Change::Edit(edits) if edits.len() == 4));
    let story = case.story();
    let view = last(&story);
    assert_eq!((view.generation, view.desired, view.min_ready_seconds), (2, 5, 3));
    assert!(case.show(&["--only", "actions"]).contains("deployment.apps/web edited"));
    for wrong in ["pause: true, resume: true", "scale: 3, setMinReadySeconds: 3, restart: true"] {
        let case = Case::new("", &format!("  actions:\n  - {{at: 10s, {wrong}}}\n"));
        assert!(load(&case.path()).is_err(), "{wrong}");
    }
}

#[test]
fn a_paused_deployment_is_not_restarted() {
    let case = Case::new("", "  actions:\n  - {at: 10s, pause: true}\n  - {at: 20s, restart: true}\n");
    let story = case.story();
    let why = "can't restart paused deployment (run rollout resume first)";
    let refused = |entry: &simulator::story::Entry| {
        entry.what == What::ActionDone { refused: Some(Refused::Error(why.to_owned())) }
    };
    assert!(story.entries.iter().any(refused));
    assert_eq!(last(&story).template, 0);
    assert!(case.show(&["--only", "actions"]).contains(&format!("error: {why}")));
}

/// The pods that are deleted, in order of time, by their place in the story.
fn deleted(story: &Story) -> Vec<(Span, usize)> {
    let mut seen = Vec::new();
    for entry in &story.entries {
        let going = match &entry.what {
            What::Pod(pod, view) if view.deletion.is_some() => *pod,
            What::PodGone(pod) => *pod,
            _ => continue,
        };
        if seen.iter().all(|(_, known)| *known != going) {
            seen.push((entry.at, going));
        }
    }
    seen
}

#[test]
fn the_pod_with_the_lowest_deletion_cost_goes_first() {
    for ordinal in 0..4 {
        let actions = format!(
            "  actions:\n  - {{at: 10s, setDeletionCost: {{ordinal: {ordinal}, cost: -5}}}}\n  - {{at: 11s, scale: 3}}\n"
        );
        let story = Case::new("  replicas: 4\n", &actions).story();
        let gone: Vec<usize> = deleted(&story).iter().map(|(_, pod)| *pod).collect();
        assert_eq!(gone, [ordinal]);
    }
}

#[test]
fn a_pod_is_deleted_with_another_grace_period_or_by_force() {
    // The process takes a minute to stop, so what ends it is the grace period.
    let slow = "  actions:\n  - {at: 10s, deletePod: ";
    let gone_after = |how: &str| {
        let case = Case::new("  replicas: 2\n", &format!("{slow}{how}}}\n"));
        let text = fs::read_to_string(case.path()).unwrap().replace("stop: 1s", "stop: 1m");
        case.write("case.yaml", &text);
        let story = case.story();
        let gone = story.entries.iter().find(|entry| matches!(entry.what, What::PodGone(_)));
        gone.unwrap().at.as_secs_f64() - 10.0
    };
    assert!((0.0..0.001).contains(&gone_after("{force: true}")));
    let short = gone_after("{gracePeriod: 5s}");
    assert!((5.0..8.5).contains(&short), "{short}");
    let usual = gone_after("{}");
    assert!((30.0..33.5).contains(&usual), "{usual}");
}

#[test]
fn an_eviction_asks_the_budget() {
    let budget = |least: u32| {
        format!(
            "apiVersion: policy/v1\nkind: PodDisruptionBudget\nmetadata: {{name: web}}\nspec: {{minAvailable: {least}, selector: \
             {{matchLabels: {{app: web}}}}}}\n"
        )
    };
    for (least, evicted) in [(4, 0), (3, 1)] {
        let case = Case::new("  replicas: 4\n", "  actions:\n  - {at: 10s, evictPod: {ordinal: 1}}\n");
        case.write(
            "web.yaml",
            &format!(
                "{}---\n{}",
                deployment("  replicas: 4\n", "containers: [{name: web, image: 'web:1'}]"),
                budget(least)
            ),
        );
        assert_eq!(deleted(&case.story()).len(), evicted, "minAvailable {least}");
        let told = case.show(&[]);
        let refused = "error: Cannot evict pod as it would violate the pod's disruption budget.";
        assert_eq!(told.contains(refused), evicted == 0, "{told}");
        assert_eq!(
            told.contains("The disruption budget web needs 4 healthy pods and has 4 currently"),
            evicted == 0
        );
    }
}

#[test]
fn a_drain_tells_which_evictions_are_refused() {
    let output = rollout_lab(&["show", "scenarios/drain-blocked-by-pdb.yaml"]);
    let told = stdout(&output);
    assert!(told.contains("eviction refused: The disruption budget "), "{told}");
    let output = rollout_lab(&["show", "scenarios/drain-blocked-by-pdb.yaml", "--only", "actions"]);
    assert!(stdout(&output).contains(
        "(will retry after 5s): Cannot evict pod as it would violate the pod's disruption budget."
    ));
}

/// The Deployment sets the size of its `ReplicaSet` back, and empties an old one again.
#[test]
fn a_deployment_sets_its_replica_sets_back() {
    for which in ["replicas: 7", "revision: 1, replicas: 2"] {
        let rest = format!(
            "  history: [{{setImage: {{web: 'web:0'}}}}]\n  actions:\n  - {{at: 10s, scaleReplicaSet: {{{which}}}}}\n"
        );
        let story = Case::new("  replicas: 3\n", &rest).story();
        let mut sizes = [0, 0];
        for entry in &story.entries {
            if let What::ReplicaSet(index, view) = &entry.what {
                sizes[*index] = view.desired;
            }
        }
        assert_eq!(sizes, [0, 3], "{which}");
        assert!(deleted(&story).len() >= 2, "{which}: what was created too much goes again");
    }
}

#[test]
fn orphans_are_adopted_and_other_pods_are_deleted() {
    let pods = |cascade: &str| {
        let rest = format!("  actions:\n  - {{at: 10s, deleteReplicaSet: {{cascade: {cascade}}}}}\n");
        let story = Case::new("  replicas: 3\n", &rest).story();
        let view = last(&story).clone();
        assert_eq!((view.ready, view.available, view.replicas), (3, 3, 3), "{cascade}");
        assert_eq!(story.replica_sets.len(), 2, "{cascade}: a new one with the same name");
        assert_eq!(story.replica_sets[0], story.replica_sets[1]);
        (story.pods.len(), deleted(&story).len())
    };
    assert_eq!(pods("orphan"), (3, 0));
    assert_eq!(pods("background"), (6, 3));
}

fn pod_views(story: &Story, pod: usize) -> Vec<&PodView> {
    let views = story.entries.iter().filter_map(|entry| match &entry.what {
        What::Pod(index, view) if *index == pod => Some(view.as_ref()),
        _ => None,
    });
    views.collect()
}

#[test]
fn ready_counts_sidecars_and_images_are_those_of_ordinary_containers() {
    let pod = "initContainers: [{name: side, image: 'side:1', restartPolicy: Always}], containers: [{name: web, image: 'web:1', \
               readinessProbe: {httpGet: {path: /, port: 80}}}]";
    let case = Case::of_pods("", pod, "  actions:\n  - {at: 10s, restart: true}\n");
    let story = case.story();
    let views = pod_views(&story, 1);
    assert!(views.iter().all(|view| view.containers == 2));
    assert!(
        views.iter().any(|view| view.ready == 1 && view.status == "Running"),
        "the sidecar alone is ready: {views:?}"
    );
    assert_eq!(views.last().map(|view| (view.ready, view.is_ready)), Some((2, true)));
    let told = case.show(&["--at", "1s"]);
    assert!(told.contains("   2/2     Running"), "{told}");
    assert!(told.contains("   web:1\n") && !told.contains("side:1,"), "{told}");
}

#[test]
fn a_pod_whose_containers_all_run_is_never_being_created() {
    let pod = "containers: [{name: a, image: 'a:1'}, {name: b, image: 'b:1'}]";
    let story = Case::of_pods("", pod, "  actions:\n  - {at: 10s, restart: true}\n").story();
    let views = pod_views(&story, 1);
    assert!(
        views.iter().all(|view| view.ready < 2 || view.status == "Running" || view.deletion.is_some()),
        "{views:?}"
    );
    assert!(views.iter().any(|view| view.ready == 2));
}

#[test]
fn rollout_status_starts_where_it_is_asked_to() {
    let case = Case::new("  replicas: 3\n", "  actions:\n  - {at: 10s, setImage: {web: 'web:2'}}\n");
    let lines = |args: &[&str]| case.show(args);
    let before = lines(&["--status-at", "5s"]);
    assert!(
        before.contains("deployment \"web\" successfully rolled out") && before.contains("exit code 0"),
        "{before}"
    );
    let during = lines(&["--status-at", "11s"]);
    assert!(
        during.contains("Waiting for deployment \"web\" rollout to finish: ")
            && during.contains("exit code 0"),
        "{during}"
    );
    let once = lines(&["--status-at", "11s", "--no-watch"]);
    assert!(once.contains("$ kubectl rollout status deployment/web --watch=false"), "{once}");
    assert!(once.contains("Waiting for deployment") && once.contains("exit code 0"), "{once}");
    assert!(!once.contains("successfully rolled out"), "{once}");
    let failed = stdout(&rollout_lab(&[
        "show",
        "scenarios/image-pull-error.yaml",
        "--status-at",
        "20m",
        "--no-watch",
    ]));
    assert!(failed.contains("error: deployment \"web\" exceeded its progress deadline"), "{failed}");
    assert!(failed.contains("exit code 1"), "{failed}");
    assert_eq!(
        rollout_lab(&["show", "scenarios/image-pull-error.yaml", "--no-watch"]).status.code(),
        Some(2)
    );
}

/// Helm does not wait for the last maxUnavailable pods: 3 of 4 Ready pods are enough, whether or not the fourth comes.
#[test]
fn helm_is_content_before_rollout_status_is() {
    let spec = "  replicas: 4\n  strategy: {rollingUpdate: {maxSurge: 1, maxUnavailable: 1}}\n";
    let update = "  actions:\n  - {at: 10s, setImage: {web: 'web:2'}}\n";
    let case = Case::new(spec, update);
    assert!(
        case.show(&[]).contains("`kubectl rollout status` exits with 0; `helm upgrade --wait` with 0 after ")
    );
    let broken = format!(
        "{update}  faults:\n  - {{name: gone, kind: ImagePullError, target: {{image: 'web:2'}}, failure: notFound}}\n"
    );
    let told = Case::new(spec, &broken).show(&[]);
    assert!(told.contains("`helm upgrade --wait` with 1 after 5m"), "{told}");
    // With maxUnavailable 100% helm is content at once, although nothing runs yet.
    let careless = spec.replace("maxUnavailable: 1", "maxUnavailable: 100%");
    let told = Case::new(&careless, &broken).show(&[]);
    assert!(told.contains("`helm upgrade --wait` with 0 after "), "{told}");
}

#[test]
fn the_story_says_when_the_deadline_recovers() {
    let told = stdout(&rollout_lab(&["show", "scenarios/stale-failure-after-rollback.yaml"]));
    assert!(told.contains("the progress deadline had been exceeded: it recovers"), "{told}");
}

/// Two updates a second apart, without an action in between that would end a line: each step of a size begins where
/// the one before has ended.
#[test]
fn folding_joins_only_what_follows_on() {
    for name in ["rollover-storm", "rollover-before-first-ready", "pause-edit-resume"] {
        for run in ["0", "1", "2"] {
            let told = stdout(&rollout_lab(&[
                "show",
                &format!("scenarios/{name}.yaml"),
                "--run",
                run,
                "--only",
                "story",
            ]));
            let mut sizes: Vec<(String, String)> = Vec::new();
            let steps = told.lines().filter(|line| line.contains(" Scaled "));
            for line in steps.filter_map(|line| line.split_once("replica set ").map(|(_, rest)| rest)) {
                let (set, rest) = line.split_once(" from ").unwrap();
                let (from, to) = rest.split(',').next().unwrap().split_once(" to ").unwrap();
                match sizes.iter_mut().find(|(known, _)| known == set) {
                    Some((_, size)) => {
                        assert_eq!(size, from, "{name}, run {run}: {told}");
                        to.clone_into(size);
                    }
                    None => sizes.push((set.to_owned(), to.to_owned())),
                }
            }
        }
    }
}

#[test]
fn explain_prints_the_limits_as_numbers() {
    let output = rollout_lab(&["explain", "scenarios/rolling-update.yaml"]);
    let told = stdout(&output);
    let limits = "with 10 replicas maxSurge is 3 and maxUnavailable 2: at most 13 pods, at least 8 available";
    assert!(told.contains(limits), "{told}{}", stderr(&output));
}

/// The steps and the story have one time base: t = 0 of the scenario.
#[test]
fn steps_count_from_the_beginning_of_the_scenario() {
    let path = "scenarios/rolling-update.yaml";
    let steps = stdout(&rollout_lab(&["show", path, "-o", "steps"]));
    let first: serde_json::Value = serde_json::from_str(steps.lines().next().unwrap()).unwrap();
    let scenario = load(&PathBuf::from(crate::binary::FOLDER).join(path)).unwrap();
    let story = Story::of(&scenario.model, 1, 0);
    let changed =
        story.entries[story.opening..].iter().find(|entry| matches!(entry.what, What::Deployment(_)));
    assert_eq!(first["t_ms"].as_i64(), Some(changed.unwrap().at.as_nanos() / 1_000_000));
    assert_eq!(first["t_ms"], 10_000);
}

/// Every run of the find: the template of 3 minutes either comes, or never does.
#[test]
fn a_scale_in_the_gap_blocks_later_rollouts() {
    let scenario =
        load(&PathBuf::from(crate::binary::FOLDER).join("scenarios/scale-in-the-gap.yaml")).unwrap();
    let mut simulator = Simulator::new(&scenario.model, 0);
    let stuck = (0..100).filter(|run| simulator.run(1, *run).rollout.is_none()).count();
    assert!((50..80).contains(&stuck), "{stuck} of 100");
}
