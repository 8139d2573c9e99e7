//! One run on the screen: its story, the state at a moment, and what programs get of it.

use serde_json::Value;
use std::collections::BTreeMap;
use std::process::{Command, Output};

fn scenario(name: &str) -> String {
    format!("{}/../../scenarios/{name}.yaml", env!("CARGO_MANIFEST_DIR"))
}

fn command(name: &str, args: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_rollout-lab"));
    command.args(["show", &scenario(name)]).args(args).env_remove("NO_COLOR").env_remove("CLICOLOR_FORCE");
    command
}

fn output(name: &str, args: &[&str]) -> Output {
    command(name, args).output().unwrap()
}

fn show(name: &str, args: &[&str]) -> String {
    let output = output(name, args);
    assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

fn json(name: &str, args: &[&str]) -> Value {
    let args: Vec<&str> = args.iter().copied().chain(["-o", "json"]).collect();
    serde_json::from_str(&show(name, &args)).unwrap()
}

#[test]
fn stories_of_the_catalogue() {
    for name in ["rolling-update", "image-pull-error", "quota-exhaustion", "readiness-failure"] {
        insta::assert_snapshot!(format!("story_{name}"), show(name, &["--only", "story"]));
    }
    let rollback = show("rollback-to-an-earlier-revision", &["--only", "story,history"]);
    insta::assert_snapshot!("story_rollback", rollback);
}

#[test]
fn the_state_at_a_moment() {
    insta::assert_snapshot!("at_95s", show("image-pull-error", &["--at", "95s"]));
    let late = output("image-pull-error", &["--at", "31m"]);
    assert_eq!(late.status.code(), Some(2));
    let why = String::from_utf8(late.stderr).unwrap();
    assert_eq!(why, "error: --at 31m is after the end of the observation at 30m\n");
}

#[test]
fn everything_is_told_by_default_and_twice_the_same() {
    let told = show("image-pull-error", &[]);
    assert_eq!(told, show("image-pull-error", &["--run", "0"]));
    let order = [
        "image-pull-error: run 0, seed 1\ndeadline-exceeded; `kubectl rollout status` exits with 1;",
        "$ kubectl set image deployment/web web=registry.example.com/shop/web:1.5.0",
        "error: deployment \"web\" exceeded its progress deadline",
        "kubectl rollout status: exit code 1",
        "$ kubectl rollout history deployment/web",
        "Measures, as in runs.csv",
        "Where the time went, in seconds",
    ];
    let places: Vec<usize> = order.iter().map(|part| told.find(part).expect(part)).collect();
    assert!(places.is_sorted(), "{places:?}");
}

#[test]
fn parts_can_be_chosen() {
    let lines = |only: &str| show("image-pull-error", &["--only", only]);
    let events = lines("events");
    for words in [
        "Normal   ScalingReplicaSet  deployment/web  Scaled up replica set web-",
        "Normal   SuccessfulCreate   replicaset/web-",
        "Normal   Scheduled          pod/web-",
        "Normal   Pulling            pod/web-",
        "Warning  Failed             pod/web-",
        "Error: ImagePullBackOff",
        "Normal   BackOff            pod/web-",
        "Normal   Killing            pod/web-",
    ] {
        assert!(events.contains(words), "{words}");
    }
    assert!(!events.contains("kubectl"), "no action among the events");
    let pods = lines("pods");
    assert!(pods.contains("0/1  ImagePullBackOff") && !pods.contains("deployment.apps"));
    let both = lines("deploy,rs");
    assert!(both.contains("deployment.apps/web  ready 8/10  up-to-date 5  available 8"));
    assert!(both.contains("replicaset.apps/web-") && !both.contains("pod/"));
    assert_eq!(lines("history").lines().next(), Some("$ kubectl rollout history deployment/web"));
    assert_eq!(output("image-pull-error", &["--only", "weather"]).status.code(), Some(2));
}

#[test]
fn colours_are_for_terminals() {
    let coloured = |variable: &str| {
        let output = command("rolling-update", &[]).env(variable, "1").output().unwrap();
        output.stdout.contains(&0x1b)
    };
    assert!(!output("rolling-update", &[]).stdout.contains(&0x1b), "piped");
    assert!(!coloured("NO_COLOR"));
    assert!(coloured("CLICOLOR_FORCE"), "asked for");
}

/// `docs/spec/control-plane.md`, section 8.
#[test]
fn rollout_status_uses_the_words_of_kubectl() {
    let waits = "Waiting for deployment \"web\" rollout to finish: ";
    let is_known = |line: &str| {
        let rest = line.strip_prefix(waits).and_then(|rest| rest.strip_suffix("..."));
        let numbers: Option<String> =
            rest.map(|rest| rest.chars().map(|c| if c.is_ascii_digit() { '#' } else { c }).collect());
        let shape = numbers.map(|text| text.replace("##", "#"));
        match shape.as_deref() {
            Some(
                "# out of # new replicas have been updated"
                | "# old replicas are pending termination"
                | "# of # updated replicas are available",
            ) => true,
            Some(_) => false,
            None => [
                "Waiting for deployment spec update to be observed...",
                "deployment \"web\" successfully rolled out",
                "error: deployment \"web\" exceeded its progress deadline",
            ]
            .contains(&line),
        }
    };
    let mut seen = 0;
    for name in ["rolling-update", "image-pull-error", "readiness-failure", "rollover-storm"] {
        for line in json(name, &[])["rolloutStatus"].as_array().unwrap() {
            let line = line["line"].as_str().unwrap();
            assert!(is_known(line), "{name}: {line}");
            seen += 1;
        }
    }
    assert!(seen > 20, "{seen}");
}

#[test]
fn programs_get_the_story_as_json() {
    let told = json("quota-exhaustion", &["--run", "3"]);
    assert_eq!((told["scenario"].as_str(), told["run"].as_u64()), (Some("quota-exhaustion"), Some(3)));
    assert_eq!(told["measures"]["digest"], told["digest"]);
    assert!(told["measures"]["creates_refused"].as_u64() > Some(0));
    let entries = told["entries"].as_array().unwrap();
    let times: Vec<f64> = entries.iter().map(|entry| entry["t"].as_f64().unwrap()).collect();
    assert!(times.is_sorted());
    let refused = entries.iter().find(|entry| entry["reason"] == "FailedCreate").unwrap();
    let message = refused["message"].as_str().unwrap();
    assert!(message.starts_with("Error creating: pods \"checkout-"), "{message}");
    assert!(message.contains(
        "is forbidden: exceeded quota: team-quota, requested: pods=1, used: pods=10, limited: pods=10"
    ));
    let at = json("quota-exhaustion", &["--run", "3", "--at", "60s"]);
    assert_eq!(at["t"].as_f64(), Some(60.0));
    assert_eq!(at["pods"].as_array().unwrap().len(), 10);
    let failure = at["replicaSets"].as_array().unwrap().iter().find(|set| !set["failure"].is_null()).unwrap();
    assert_eq!(failure["failure"]["reason"], "FailedCreate");
}

/// The events of a run's trace.
fn traced(name: &str) -> Vec<Value> {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("run.json");
    show(name, &["--trace", file.to_str().unwrap(), "--only", "history"]);
    let trace: Value = serde_json::from_str(&std::fs::read_to_string(&file).unwrap()).unwrap();
    assert_eq!(trace["displayTimeUnit"], "ms");
    trace["traceEvents"].as_array().unwrap().clone()
}

/// Names of groups and tracks: processes and threads in the words of the format.
#[derive(Default)]
struct Named {
    groups: BTreeMap<u64, String>,
    tracks: BTreeMap<(u64, u64), String>,
}

impl Named {
    fn of(events: &[Value]) -> Self {
        let mut named = Self::default();
        for event in events.iter().filter(|event| event["ph"] == "M") {
            let name = || event["args"]["name"].as_str().unwrap_or_else(|| panic!("{event}")).to_owned();
            let pid = event["pid"].as_u64().unwrap();
            let before = match event["name"].as_str().unwrap() {
                "process_name" => named.groups.insert(pid, name()),
                "thread_name" => named.tracks.insert((pid, event["tid"].as_u64().unwrap()), name()),
                "process_sort_index" => None,
                other => panic!("no metadata of the format: {other}"),
            };
            assert_eq!(before, None, "named twice: {event}");
        }
        named
    }

    fn has(&self, group: &str, track: &str) -> bool {
        self.tracks.iter().any(|((pid, _), name)| self.groups[pid] == group && name.starts_with(track))
    }
}

/// Fields that the Trace Event Format describes, names for everything, time that never goes back on a track,
/// and slices of one track that follow each other.
fn check_trace(events: &[Value]) -> Named {
    let named = Named::of(events);
    let mut ends: BTreeMap<(u64, String), u64> = BTreeMap::new();
    let mut starts = ends.clone();
    for event in events.iter().filter(|event| event["ph"] != "M") {
        let number = |key: &str| event[key].as_u64().unwrap_or_else(|| panic!("{key} of {event}"));
        let (pid, ts, name) = (number("pid"), number("ts"), event["name"].as_str().unwrap());
        assert!(named.groups.contains_key(&pid), "no name of the group: {event}");
        let track = if event["ph"] == "C" { name.to_owned() } else { number("tid").to_string() };
        let last = starts.insert((pid, track.clone()), ts);
        assert!(last.is_none_or(|last| last <= ts), "time goes back: {event}");
        match event["ph"].as_str().unwrap() {
            "C" => {
                let values = event["args"].as_object().unwrap();
                assert!(!values.is_empty() && values.values().all(Value::is_i64), "{event}");
                continue;
            }
            "X" => {
                let end = ends.insert((pid, track), ts + number("dur"));
                assert!(end.is_none_or(|end| end <= ts), "slices overlap: {event}");
            }
            "i" => assert_eq!(event["s"], "t", "{event}"),
            other => panic!("an unknown phase {other}"),
        }
        assert!(named.tracks.contains_key(&(pid, number("tid"))), "no name of the track: {event}");
        assert_ne!(pid, number("tid"), "this would be the main thread: {event}");
    }
    named
}

#[test]
fn a_trace_is_one_that_perfetto_opens() {
    let events = traced("image-pull-error-recovers");
    let named = check_trace(&events);
    assert!(named.has("Deployment web", "user") && named.has("pods", "web-"), "{:?}", named.tracks);
    assert!(named.has("controllers", "deployment controller"), "{:?}", named.tracks);
    assert!(named.has("controllers", "replicaset controller: web-"), "{:?}", named.tracks);
    let counted = |queue: &str, what: &str| {
        let values = events.iter().filter(|event| event["name"] == queue);
        values.map(|event| event["args"][what].as_i64().unwrap()).max().unwrap_or_else(|| panic!("{queue}"))
    };
    assert!(counted("image pulls", "under way") > 0 && counted("scheduler queue", "active") > 0);
    assert!(counted("work queue deployment", "in work") > 0);
    let folder = tempfile::tempdir().unwrap();
    let cannot = output("rolling-update", &["--trace", folder.path().to_str().unwrap()]);
    assert_eq!(cannot.status.code(), Some(2));
}

#[test]
fn a_trace_goes_to_a_file() {
    let output = output("rolling-update", &["--trace", "-"]);
    assert_eq!((output.status.code(), output.stdout.len()), (Some(2), 0));
    let why = String::from_utf8(output.stderr).unwrap();
    assert!(why.contains("--trace wants the name of a file"), "{why}");
}

#[test]
fn a_trace_shows_every_sync_with_its_key_and_outcome() {
    let syncs = |name: &str| -> Vec<Value> {
        let events = traced(name);
        check_trace(&events);
        let of_sync = |event: &&Value| event["name"].as_str().unwrap().starts_with("sync");
        events.iter().filter(of_sync).cloned().collect()
    };
    let has = |syncs: &[Value], key: &str, outcome: &str| {
        let is = |event: &Value| {
            event["args"]["key"].as_str().unwrap().starts_with(key) && event["args"]["outcome"] == outcome
        };
        syncs.iter().any(is)
    };
    let refused = syncs("quota-exhaustion");
    assert!(has(&refused, "default/checkout", "done"));
    assert!(has(&refused, "default/checkout-", "failed, quota-exceeded"), "{refused:?}");
    let again: Vec<f64> = refused
        .iter()
        .filter(|event| event["args"]["outcome"] == "failed, quota-exceeded")
        .filter_map(|event| event["args"]["tries again after (ms)"].as_f64())
        .collect();
    assert!(again.len() > 3, "{again:?}");
    assert!(again.windows(2).take(3).all(|pair| pair[1] > pair[0]), "{again:?}");
    assert!(has(&syncs("leader-change-in-mid-sync"), "default/", "lost"));
    assert!(syncs("slice-controller-lags").iter().any(|sync| sync["tid"] == 12), "of the slice controller");
}

#[test]
fn interesting_runs_are_found_and_said_why() {
    let first = |which: &str| {
        let set = ["--set", "scenario.spec.runs=30", "--interesting", which];
        show("rolling-update", &set).lines().next().unwrap().to_owned()
    };
    for (which, why) in [
        ("worst", ": the worst (complete) of 30 runs"),
        ("median", ": the median rollout time ("),
        ("deadline", ": the closest to its deadline ("),
        ("longest-unavailable", ": the longest stretch below the promise ("),
    ] {
        let heading = first(which);
        assert!(heading.starts_with("rolling-update: run ") && heading.contains(why), "{heading}");
    }
    let both = output("rolling-update", &["--interesting", "worst", "--run", "1"]);
    assert_eq!(both.status.code(), Some(2));
}
