//! What `learn` prints is a part of a scenario that `check` accepts and `run` uses.

use crate::binary::{rollout_lab, stderr, stdout};
use std::fmt::Write as _;
use std::fs;
use std::path::Path;

/// Pods of one node that need two seconds to start and five more to be ready, and an Event of the pull of each.
fn dump() -> String {
    let mut items = String::new();
    for pod in 0..8 {
        let separator = if pod == 0 { "" } else { "," };
        let _ = write!(
            items,
            r#"{separator}{{"kind":"Pod","metadata":{{"uid":"{pod}","creationTimestamp":"2026-01-01T00:00:00Z"}},
            "spec":{{"nodeName":"n","containers":[{{"name":"web","image":"web:1","readinessProbe":{{"periodSeconds":5}}}}]}},
            "status":{{"conditions":[
              {{"type":"PodScheduled","status":"True","lastTransitionTime":"2026-01-01T00:00:00Z"}},
              {{"type":"Ready","status":"True","lastTransitionTime":"2026-01-01T00:00:0{ready}Z"}}],
              "containerStatuses":[{{"restartCount":0,"state":{{"running":{{"startedAt":"2026-01-01T00:00:02Z"}}}}}}]}}}},
            {{"kind":"Event","reason":"Pulled","message":"Successfully pulled image \"web:1\" in 1.{pod}s.",
            "involvedObject":{{"kind":"Pod","uid":"{pod}","fieldPath":"spec.containers{{web}}"}}}}"#,
            ready = 5 + pod % 4,
        );
    }
    format!(r#"{{"kind":"List","items":[{items}]}}"#)
}

/// A scenario with `fragment` in its `spec`.
fn scenario(folder: &Path, name: &str, fragment: &str) -> String {
    let manifest = concat!(env!("CARGO_MANIFEST_DIR"), "/../../scenarios/manifests/web.yaml");
    fs::copy(manifest, folder.join("web.yaml")).unwrap();
    let fragment: String = fragment.lines().fold(String::new(), |text, line| text + "  " + line + "\n");
    let path = folder.join(name);
    let text = format!(
        "apiVersion: rollout-lab/v1alpha1\nkind: Scenario\nmetadata: {{name: learned}}\nspec:\n{fragment}  \
         manifests: [web.yaml]\n  actions:\n    - {{at: 10s, setImage: {{web: 'web:2'}}}}\n  horizon: 10m\n"
    );
    fs::write(&path, text).unwrap();
    path.display().to_string()
}

#[test]
fn check_accepts_what_learn_prints() {
    let folder = tempfile::tempdir().unwrap();
    let dump_file = folder.path().join("dump.json");
    fs::write(&dump_file, dump()).unwrap();
    for names in [false, true] {
        let flag: &[&str] = if names { &["--names"] } else { &[] };
        let learned = rollout_lab(&[&["learn", dump_file.to_str().unwrap()], flag].concat());
        assert!(learned.status.success(), "{}", stderr(&learned));
        let learned = stdout(&learned);
        assert!(learned.contains("learned: 8 pulls"), "{learned}");
        assert_eq!(learned.contains("web:1"), names);
        let scenario = scenario(folder.path(), "learned.yaml", &learned);
        let checked = rollout_lab(&["check", &scenario]);
        assert!(checked.status.success(), "{}\n{learned}", stderr(&checked));
    }
}

/// What cannot be learned is printed with the law that a scenario has without it.
#[test]
fn assumed_laws_are_the_defaults_of_scenarios() {
    let folder = tempfile::tempdir().unwrap();
    let dump_file = folder.path().join("dump.json");
    let nothing_but_starts = dump().replace("Pulled", "Scheduled").replace("readinessProbe", "livenessProbe");
    fs::write(&dump_file, nothing_but_starts).unwrap();
    let learned = stdout(&rollout_lab(&["learn", dump_file.to_str().unwrap()]));
    let start = learned.lines().find(|line| line.trim_start().starts_with("start:")).unwrap();
    assert_eq!(learned.matches("; assumed").count(), 7, "{learned}");
    let stated = scenario(folder.path(), "stated.yaml", &learned);
    let silent = scenario(folder.path(), "silent.yaml", &format!("images:\n  default:\n{start}\n"));
    let rows = |scenario: &str| {
        let out = format!("{scenario}.out");
        let done = rollout_lab(&["run", scenario, "--runs", "5", "--out", &out]);
        assert!(done.status.success(), "{}", stderr(&done));
        fs::read_to_string(Path::new(&out).join("learned/runs.csv")).unwrap()
    };
    assert_eq!(rows(&stated), rows(&silent));
}
