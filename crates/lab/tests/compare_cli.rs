//! `rollout-lab compare` from outside: words, exit codes, streams.

use crate::binary::{rollout_lab, stderr, stdout};
use serde_json::Value;
use std::path::Path;
use std::process::Output;

const CALM: &str = "scenarios/rolling-update.yaml";
const UNAVAILABLE: &str = "deployment.spec.strategy.rollingUpdate.maxUnavailable";

#[test]
fn a_change_is_told_on_a_screen() {
    let set = format!("{UNAVAILABLE}=3");
    let output = rollout_lab(&["compare", CALM, "--set", &set, "--runs", "200", "--threads", "2"]);
    assert_eq!(output.status.code(), Some(1), "{}", stderr(&output));
    let table = stdout(&output);
    let is_replay = |line: &str| line.contains("rollout-lab show");
    assert!(table.lines().all(|line| is_replay(line) || line.chars().count() <= 80), "{table}");
    insta::assert_snapshot!("compare_table", table);
}

#[test]
fn the_other_way_round_it_is_worse_in_other_things_only() {
    let three = format!("{UNAVAILABLE}=3");
    let pods = ["availableMin=2", "availableMean=2", "endpointsReadyMin=2", "endpointsServingMin=2"];
    let requests = ["requestsFailed=2%", "requestsFailedWorst=3%"];
    let missing = ["belowReplicasPod=60%", "longestBelowReplicas=60%"];
    let wide = pods.iter().chain(&requests).chain(&missing).flat_map(|margin| ["--margin", *margin]);
    let args = ["compare", CALM, "--set", &three, "--runs", "60", "-o", "json"];
    let output = rollout_lab(&args.into_iter().chain(wide).collect::<Vec<_>>());
    assert_eq!(output.status.code(), Some(0), "{}", stdout(&output));
    let answer: Value = serde_json::from_str(&stdout(&output)).unwrap();
    assert_eq!(answer["worse"], false);
    let measures = answer["measures"].as_array().unwrap();
    let available = measures.iter().find(|measure| measure["measure"] == "availableMin").unwrap();
    assert_eq!((&available["verdict"], &available["difference"]), (&"small".into(), &(-1.0).into()));
    assert!(answer["mostDifferentRuns"][0]["replayB"].as_str().unwrap().contains("--set"));
}

fn run_into(out: &Path, more: &[&str]) {
    let args = [&["run", CALM, "-q", "--out", out.to_str().unwrap()], more].concat();
    assert_eq!(rollout_lab(&args).status.code(), Some(0));
}

#[test]
fn folders_of_results_are_compared_by_run() {
    let out = tempfile::tempdir().unwrap();
    let [a, b, c] = ["a", "b", "c"].map(|name| out.path().join(name));
    run_into(&a, &["--runs", "60"]);
    run_into(&b, &["--runs", "50"]);
    run_into(&c, &["--runs", "60", "--seed", "2"]);
    let [a, b, c] = [a, b, c].map(|side| side.join("rolling-update").display().to_string());
    let same = rollout_lab(&["compare", &a, &b]);
    assert_eq!(same.status.code(), Some(0), "{}", stderr(&same));
    assert!(stdout(&same).contains("50 pairs of runs, all alike; seed 1"), "{}", stdout(&same));
    assert_eq!(stderr(&same), "note: A has 60 runs and B 50; 50 in common are compared\n");

    let other_weather = rollout_lab(&["compare", &a, &c]);
    assert_eq!(other_weather.status.code(), Some(2));
    assert!(stderr(&other_weather).contains("their seeds are 1 and 2"), "{}", stderr(&other_weather));

    // Stored rows answer as fresh ones do.
    let live = rollout_lab(&["compare", CALM, CALM, "--runs", "50", "-o", "json"]);
    let stored = rollout_lab(&["compare", &b, &b, "-o", "json"]);
    let measures =
        |output: &Output| serde_json::from_str::<Value>(&stdout(output)).unwrap()["measures"].clone();
    assert_eq!(measures(&live), measures(&stored));
}

#[test]
fn what_cannot_be_compared_is_exit_2() {
    let out = tempfile::tempdir().unwrap();
    run_into(out.path(), &["--runs", "5"]);
    let folder = out.path().join("rolling-update").display().to_string();
    let nothing = out.path().display().to_string();
    let wrong: [(&[&str], &str); 9] = [
        (&[CALM], "nothing to compare"),
        (&[CALM, &folder], "one of them is a folder of results"),
        (&[&nothing, &nothing], "is this a folder of results?"),
        (&[&folder, &folder, "--seed", "3"], "are for scenarios"),
        (&[CALM, "--set", "scenario.spec.horizon=20m"], "their horizons are 30m and 20m"),
        (&[CALM, "--set", "scenario.spec.seed=5"], "their seeds are 1 and 5"),
        (&[CALM, CALM, "--runs", "100001"], "more than 100000 pairs"),
        (&[CALM, CALM, "--margin", "rolloutTime:p95=fast"], "`fast` is no size"),
        (&[CALM, CALM, "--margin", "speed=1s"], "there is no measure `speed`"),
    ];
    for (args, why) in wrong {
        let output = rollout_lab(&[&["compare"], args].concat());
        assert_eq!(output.status.code(), Some(2), "{args:?}");
        assert!(stderr(&output).contains(why), "{args:?}: {}", stderr(&output));
        assert_eq!(stdout(&output), "", "{args:?}");
    }
}

#[test]
fn a_batch_that_was_interrupted_is_not_compared() {
    let out = tempfile::tempdir().unwrap();
    run_into(out.path(), &["--runs", "5"]);
    let folder = out.path().join("rolling-update");
    let provenance = std::fs::read_to_string(folder.join("provenance.json")).unwrap();
    let without =
        provenance.lines().filter(|line| !line.contains("\"digest\"")).collect::<Vec<_>>().join("\n");
    std::fs::write(folder.join("provenance.json"), without).unwrap();
    let folder = folder.display().to_string();
    let output = rollout_lab(&["compare", &folder, &folder]);
    assert_eq!(output.status.code(), Some(2));
    assert!(stderr(&output).contains("the batch was interrupted"), "{}", stderr(&output));
}

/// The texts between these tags.
fn between<'p>(page: &'p str, open: &str, close: &str) -> Vec<&'p str> {
    page.split(open).skip(1).filter_map(|rest| rest.split(close).next()).collect()
}

#[test]
fn a_comparison_is_written_down_with_a_report() {
    let out = tempfile::tempdir().unwrap();
    let set = format!("{UNAVAILABLE}=3");
    let write = |out: &Path, threads: &str| {
        let out = out.to_str().unwrap();
        let output = rollout_lab(&[
            "compare",
            CALM,
            "--set",
            &set,
            "--runs",
            "60",
            "--margin",
            "rolloutTime:p50=10%",
            "--threads",
            threads,
            "--out",
            out,
        ]);
        assert_eq!(output.status.code(), Some(1), "{}", stderr(&output));
        let files = format!("\nFiles   {out}/rolling-update.compare/\n");
        assert!(stdout(&output).ends_with(&files), "{}", stdout(&output));
    };
    write(out.path(), "1");
    let place = out.path().join("rolling-update.compare");
    let read = |file: &str| std::fs::read_to_string(place.join(file)).unwrap();
    let files = ["report.html", "summary.json", "provenance.json", "charts/comparison.svg"];
    let first = files.map(read);
    for (file, text) in files.iter().zip(&first) {
        assert!(
            !text.contains(out.path().to_str().unwrap()) && !text.contains("scenarios/"),
            "{file} names a path"
        );
    }

    let page = &first[0];
    let sentences = between(page, "<dd>", "</dd>");
    assert!(sentences.len() >= 8, "{sentences:?}");
    assert!(sentences.iter().all(|text| text.contains(|c: char| c.is_ascii_digit())), "{sentences:?}");
    let changed = "deployment.spec.strategy is {maxSurge: 25%, maxUnavailable: 25%} in A and {maxSurge: 25%, maxUnavailable: 3} in B.";
    assert_eq!(sentences[0], changed);
    let commands: Vec<_> = between(page, "<code>", "</code>");
    let again = format!(
        "rollout-lab compare rolling-update --set {set} --margin rolloutTime:p50=10% --seed 1 --runs 60"
    );
    assert!(commands.contains(&again.as_str()), "{commands:?}");
    assert!(
        commands.iter().any(|line| line.starts_with("rollout-lab show rolling-update --set")),
        "{commands:?}"
    );

    // Again, into the same place: the same bytes.
    write(out.path(), "3");
    assert_eq!(files.map(read), first);

    // What is not ours is not touched.
    std::fs::remove_file(place.join("provenance.json")).unwrap();
    let refused = rollout_lab(&["compare", CALM, CALM, "--runs", "5", "--out", out.path().to_str().unwrap()]);
    assert_eq!(refused.status.code(), Some(2));
    assert!(stderr(&refused).contains("is in the way"), "{}", stderr(&refused));
}

#[test]
fn two_files_of_one_name_are_told_apart() {
    let out = tempfile::tempdir().unwrap();
    let place = out.path().to_str().unwrap();
    let text = std::fs::read_to_string(Path::new(crate::binary::FOLDER).join(CALM)).unwrap();
    let manifests = Path::new(crate::binary::FOLDER).join("scenarios/manifests");
    let text = text.replace("- manifests/", &format!("- {}/", manifests.display()));
    let files = [("a.yaml", "nodes: 3"), ("b.yaml", "nodes: 5")].map(|(name, nodes)| {
        let file = out.path().join(name);
        std::fs::write(&file, text.replace("nodes: 3", nodes)).unwrap();
        file.display().to_string()
    });
    let [a, b] = &files;
    let output = rollout_lab(&["compare", a, b, "--runs", "40", "--out", place]);
    // On the screen the paths tell them apart.
    let table = stdout(&output).split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(table.contains(&format!("A rolling-update ({a}) B rolling-update ({b})")), "{table}");
    let place = out.path().join("rolling-update.compare");
    let read = |file: &str| std::fs::read_to_string(place.join(file)).unwrap();
    let page = read("report.html");
    assert!(page.contains("A is rolling-update (A). B is rolling-update (B)."), "{page}");
    let commands = between(&page, "<code>", "</code>");
    let all = "rollout-lab compare &lt;file of A&gt; &lt;file of B&gt; --seed 1 --runs 40";
    assert!(commands.contains(&all), "{commands:?}");
    for side in ["rollout-lab show &lt;file of A&gt; --seed", "rollout-lab show &lt;file of B&gt; --seed"] {
        assert!(commands.iter().any(|line| line.starts_with(side)), "{commands:?}");
    }
    let chart = read("charts/comparison.svg");
    assert!(chart.contains("rolling-update (A)") && chart.contains("rolling-update (B)"), "{chart}");
    let told = [read("summary.json"), chart, commands.concat()];
    assert!(told.iter().all(|text| !text.contains(out.path().to_str().unwrap())), "{told:?}");

    let output = rollout_lab(&["compare", "rolling-update", b, "--runs", "5"]);
    assert!(stdout(&output).starts_with("A  rolling-update (of the catalogue)\n"), "{}", stdout(&output));

    // The same file twice needs no telling apart.
    let output = rollout_lab(&["compare", a, a, "--runs", "5"]);
    assert!(stdout(&output).starts_with("A  rolling-update\nB  rolling-update\n"), "{}", stdout(&output));
}

#[test]
fn two_folders_have_a_report_as_well() {
    let out = tempfile::tempdir().unwrap();
    let [a, b] = ["a", "b"].map(|name| out.path().join(name));
    run_into(&a, &["--runs", "30"]);
    run_into(&b, &["--runs", "30", "--set", &format!("{UNAVAILABLE}=1")]);
    let [a, b] = [a, b].map(|side| side.join("rolling-update").display().to_string());
    let output = rollout_lab(&["compare", &a, &b, "-o", "json", "--out", out.path().to_str().unwrap()]);
    let answer: Value = serde_json::from_str(&stdout(&output)).unwrap();
    let place = out.path().join("rolling-update.compare");
    assert_eq!(answer["files"], place.display().to_string());
    let page = std::fs::read_to_string(place.join("report.html")).unwrap();
    assert!(page.contains("maxUnavailable: 1} in B."));
    assert!(page.contains("rollout-lab compare &lt;results A&gt; &lt;results B&gt; --runs 30"));
    assert!(!page.contains("class=\"course\""), "rows alone do not tell the story of a run");
    assert!(!page.contains(out.path().to_str().unwrap()));
}

#[test]
fn what_never_ends_is_worse_in_words_too() {
    let out = tempfile::tempdir().unwrap();
    let [a, b] = ["scenarios/image-pull-error-recovers.yaml", "scenarios/image-pull-error.yaml"];
    let output = rollout_lab(&["compare", a, b, "--runs", "40", "-q", "--out", out.path().to_str().unwrap()]);
    assert_eq!((output.status.code(), stdout(&output)), (Some(1), String::new()), "{}", stderr(&output));
    let place = out.path().join("image-pull-error-recovers.image-pull-error.compare");
    let page = std::fs::read_to_string(place.join("report.html")).unwrap();
    let told = between(&page, "<dd>", "</dd>").join("\n");
    assert!(told.contains("All of the rollouts end in A and none in B (difference -100.0%"), "{told}");
    for topic in ["The median rollout takes ", "The 95th of 100 rollouts takes "] {
        let sentence = told.lines().find(|line| line.starts_with(topic)).unwrap_or_else(|| panic!("{told}"));
        assert!(
            sentence.contains(" in A and longer than 30m in B. That is worse, by more than"),
            "{sentence}"
        );
    }
    assert!(
        page.contains("<li class=\"b\"><b>B</b> <code>outcome deadline-exceeded in every run</code></li>")
    );
    assert_eq!(page.matches("class=\"course\"").count(), 2);
}
