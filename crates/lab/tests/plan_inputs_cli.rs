//! What `plan`, `run` and `check` say about what was assumed, and about settings and inputs that decide the
//! outcome by themselves.

use crate::binary::{FOLDER, rollout_lab, stderr, stdout};
use serde_json::Value;
use std::path::Path;
use std::process::Output;

fn input(name: &str) -> String {
    format!("crates/lab/tests/plan_inputs/{name}.yaml")
}

fn answer(args: &[&str]) -> Value {
    let output = rollout_lab(&[&["plan"], args, &["-o", "json", "--runs", "40"]].concat());
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    serde_json::from_str(&stdout(&output)).unwrap()
}

fn table(args: &[&str]) -> String {
    let output = rollout_lab(&[&["plan"], args, &["--runs", "40"]].concat());
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    one_line(&output)
}

/// What was printed with one space between any two words: lines are broken where the screen ends.
fn one_line(output: &Output) -> String {
    stdout(output).split_whitespace().collect::<Vec<_>>().join(" ")
}

fn refused(args: &[&str]) -> String {
    let output = rollout_lab(args);
    assert_eq!((output.status.code(), stdout(&output).as_str()), (Some(2), ""), "{args:?}");
    stderr(&output)
}

fn remarks(plan: &Value) -> Vec<(&str, &str)> {
    let remarks = plan["remarks"].as_array().unwrap().iter();
    remarks.map(|remark| (remark["kind"].as_str().unwrap(), remark["text"].as_str().unwrap())).collect()
}

/// Three pods that must be apart, and one more during the rollout: four nodes.
#[test]
fn the_assumed_cluster_is_stated_with_what_depends_on_it() {
    let plan = answer(&[&input("anti-affinity")]);
    let cluster = &plan["cluster"];
    assert_eq!((&cluster["source"], &cluster["nodes"]), (&"assumed".into(), &4.into()), "{cluster:#}");
    assert_eq!((&cluster["leastNodes"], &cluster["decides"]), (&4.into(), &true.into()), "{cluster:#}");
    assert_eq!(cluster["pools"][0]["roomOnEmptyNode"], 1);
    let fewer = &cluster["oneNodeFewer"];
    assert_eq!((&fewer["nodes"], &fewer["deadlineFired"]["share"]), (&3.into(), &1.0.into()), "{fewer:#}");
    assert_eq!(fewer["rollout"]["finished"]["runs"], 0);
    assert_eq!(plan["forecast"]["rollout"]["finished"]["runs"], 40);
    // Whether a rollout ends at all is then mostly the assumption.
    assert!(plan["shareOfChance"].as_f64().unwrap() < 0.1, "{}", plan["shareOfChance"]);
    let table = table(&[&input("anti-affinity")]);
    for words in [
        "Nodes (assumed; yours: --nodes N or --cluster FILE)",
        "4 nodes (node-0 to node-3): cpu 8, memory 32Gi,",
        "the rollout ends with 4 nodes or more",
        "! with 3 nodes it ends in 0.0% of runs, and the deadline fires in every run",
        "calm typical rough 3 nodes",
        "which of these weathers and clusters one assumes",
    ] {
        assert!(table.contains(words), "{words}\n{table}");
    }
}

#[test]
fn nodes_that_are_made_up_to_fit_are_described() {
    let table = table(&[&input("large-pods")]);
    assert!(table.contains("cpu 60, memory 400Gi,"), "{table}");
    assert!(table.contains("labels disk=nvme; room for 2 pods on an empty one"), "{table}");
}

#[test]
fn the_nodes_may_be_stated() {
    let file = input("anti-affinity");
    let three = answer(&[&file, "--nodes", "3"]);
    assert_eq!(three["forecast"]["progressDeadline"]["fired"]["runs"], 40);
    assert_eq!((&three["cluster"]["source"], &three["cluster"]["leastNodes"]), (&"nodes".into(), &4.into()));
    // What was assumed is what is found when it is stated.
    let [assumed, stated] = [answer(&[&file]), answer(&[&file, "--nodes", "4"])];
    assert_eq!(assumed["forecast"]["digest"], stated["forecast"]["digest"]);
    let warnings = three["warnings"].as_array().unwrap();
    let replay = warnings.iter().find(|warning| warning["kind"] == "never-ends").unwrap()["replay"].as_str();
    assert!(replay.unwrap().contains("--nodes 3"), "{replay:?}");
    for wrong in ["0", "100001", "three"] {
        refused(&["plan", &file, "--nodes", wrong]);
    }
    refused(&["plan", &file, "--nodes", "3", "--cluster", &input("nodes")]);
}

/// Two nodes that take pods and a cordoned one hold two of three pods that must be apart.
#[test]
fn the_nodes_of_a_file_replace_the_assumed_ones() {
    let nodes = input("nodes");
    let plan = answer(&[&input("anti-affinity"), "--cluster", &nodes]);
    let cluster = &plan["cluster"];
    assert_eq!((&cluster["source"], &cluster["nodes"]), (&"file".into(), &3.into()), "{cluster:#}");
    assert_eq!(cluster["pools"][0]["labels"], serde_json::json!({"disk": "ssd"}));
    assert_eq!(cluster["pools"][0]["allocatable"]["cpu"], "3920m");
    assert_eq!(cluster["pools"][1]["taints"][0], "node.kubernetes.io/unschedulable:NoSchedule");
    assert_eq!(plan["forecast"]["rollout"]["finished"]["runs"], 0);
    assert_eq!(plan["forecast"]["availability"]["end"]["max"], 2);

    // The scenario behind it holds them.
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("mine.yaml");
    let file = file.to_str().unwrap();
    let web = "scenarios/manifests/web.yaml";
    assert_eq!(rollout_lab(&["plan", web, "--cluster", &nodes, "--save", file]).status.code(), Some(0));
    let explained = stdout(&rollout_lab(&["explain", file]));
    assert!(explained.contains("pool-2"), "{explained}");
    // JSON is YAML.
    let json = folder.path().join("nodes.json");
    let node = r#"{"kind": "Node", "metadata": {"name": "a"}, "status": {"allocatable": {"cpu": "4", "memory": "8Gi"}}}"#;
    std::fs::write(&json, node).unwrap();
    assert_eq!(answer(&[web, "--cluster", json.to_str().unwrap()])["cluster"]["nodes"], 1);
    let no_nodes = refused(&["plan", web, "--cluster", web]);
    assert!(no_nodes.contains("has no Node: write what `kubectl get nodes -o yaml` prints"), "{no_nodes}");
    assert!(refused(&["plan", web, "--cluster", "no.yaml"]).contains("there is no file no.yaml"));
}

/// 4 replicas and 1 of surge ask for 5 pods; a quota of 4 keeps the peak at 4, and the rollout from ending.
#[test]
fn a_quota_is_compared_with_what_the_strategy_asks_for() {
    let plan = answer(&[&input("quota-of-four")]);
    let quota = &plan["quotas"][0];
    assert_eq!((&quota["roomForPods"], &quota["podsAskedFor"]), (&4.into(), &5.into()), "{quota}");
    assert_eq!(plan["forecast"]["footprint"]["podsPeak"]["max"], 4);
    let table = table(&[&input("quota-of-four")]);
    assert!(table.contains("quota q has room for 4 too few: the strategy asks for 5"), "{table}");
    assert!(
        table.contains(
            "pods is forbidden: exceeded quota: q, requested: pods=1, used: pods=4, limited: pods=4"
        ),
        "{table}"
    );
}

#[test]
fn a_refusal_says_why_in_the_words_of_the_api_server() {
    let plan = answer(&[&input("quota-must-specify")]);
    assert_eq!(plan["quotas"][0]["refuses"], "must specify limits.cpu for: w");
    let warnings = plan["warnings"].as_array().unwrap();
    let refused = warnings.iter().find(|warning| warning["kind"] == "pods-refused").unwrap();
    assert_eq!(refused["said"][0], "pods is forbidden: failed quota: q: must specify limits.cpu for: w");
    let table = table(&[&input("quota-must-specify")]);
    assert!(table.contains("has room for 10 and refuses all, see below"), "{table}");
}

#[test]
fn a_fault_that_strikes_nothing_is_named() {
    let file = input("cached");
    let note = "note: fault bad never has an effect: every image of its target is on the nodes";
    let check = stdout(&rollout_lab(&["check", &file]));
    assert!(check.contains(note), "{check}");
    let out = tempfile::tempdir().unwrap();
    let run = |more: &[&str]| {
        let args = ["run", &file, "--runs", "20", "--out", out.path().to_str().unwrap()];
        stdout(&rollout_lab(&[&args, more].concat()))
    };
    let table = run(&[]);
    assert!(table.contains("\nFaults that struck in none of 20 runs\n  ! bad\n"), "{table}");
    let json: Value = serde_json::from_str(&run(&["-o", "json"])).unwrap();
    let idle = serde_json::json!({"faults": ["bad"], "runs": 20});
    assert_eq!(json["scenarios"][0]["faultsWithoutEffect"], idle);
    // The same fault where the image must be pulled.
    let table = run(&["--set", "scenario.spec.images.default.cached=false"]);
    assert!(!table.contains("Faults that struck"), "{table}");
}

#[test]
fn settings_that_decide_are_said_in_words_with_advice() {
    let plan = answer(&[&input("paused")]);
    let [("paused", text)] = remarks(&plan)[..] else { panic!("{plan:#}") };
    assert!(
        text.contains("Deployment w is paused") && text.contains("kubectl rollout resume deployment/w"),
        "{text}"
    );
    assert_eq!(plan["advice"][0]["set"], "deployment.spec.paused=false");
    assert!(remarks(&answer(&[&input("paused"), "--set", "deployment.spec.paused=false"])).is_empty());

    let plan = answer(&[&input("pull-never")]);
    let [("never-pulled", text)] = remarks(&plan)[..] else { panic!("{plan:#}") };
    assert!(text.contains("ErrImageNeverPull") && text.contains("w:next"), "{text}");
    let advice = plan["advice"][0]["set"].as_str().unwrap();
    assert_eq!(advice, "deployment.spec.template.spec.containers[name=w].imagePullPolicy=IfNotPresent");
}

#[test]
fn a_dump_in_mid_rollout_is_recognised() {
    let plan = answer(&[&input("dump")]);
    let [("mid-rollout", text)] = remarks(&plan)[..] else { panic!("{plan:#}") };
    assert!(
        text.contains("(1 of 3 pods have its template, 4 exist, 3 are available, ProgressDeadlineExceeded)"),
        "{text}"
    );
    assert!(
        table(&[&input("dump")]).contains("! Deployment default/w was dumped in the middle of a rollout")
    );
    let check = stdout(&rollout_lab(&["check", &input("dump")]));
    assert!(check.contains("note: Deployment default/w was dumped in the middle of a rollout"), "{check}");
}

#[test]
fn the_subject_may_be_chosen_by_its_namespace() {
    let file = input("two-namespaces");
    let help = refused(&["plan", &file]);
    assert!(
        help.contains("`--subject a/web` to `plan`; workloads: Deployment a/web, Deployment b/web"),
        "{help}"
    );
    assert!(!help.contains("<plan>"), "{help}");
    assert_eq!(answer(&[&file, "--subject", "b/web"])["subject"], "Deployment b/web");
    let unknown = refused(&["plan", &file, "--subject", "c/web"]);
    assert!(
        unknown.starts_with(
            "error: --subject c/web: no workload of the manifests has this kind, name and namespace"
        ),
        "{unknown}"
    );
}

#[test]
fn templates_of_other_tools_are_one_sentence() {
    let helm = refused(&["plan", &input("helm-template")]);
    let sentence =
        "is a Helm template, not a manifest: pipe `helm template my-release my-chart | rollout-lab plan -`\n";
    assert!(helm.ends_with(sentence) && helm.lines().count() == 1, "{helm}");
    assert_eq!(refused(&["check", &input("helm-template")]), helm);
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("kustomization.yaml");
    std::fs::write(&path, "resources: [web.yaml]\n").unwrap();
    for path in [path.as_path(), folder.path()] {
        let kustomize = refused(&["plan", path.to_str().unwrap()]);
        let command = format!("pipe `kustomize build {} | rollout-lab plan -`", folder.path().display());
        assert!(kustomize.contains(&command) && kustomize.lines().count() == 1, "{kustomize}");
    }
}

/// The user has not written the scenario that a forecast is made of: errors name the arguments.
#[test]
fn errors_are_about_what_the_user_wrote() {
    let web = "scenarios/manifests/web.yaml";
    let objective = "availableMin: {atLeast: x}";
    for (args, begins) in [
        (["--objective", objective], "error: --objective 'availableMin: {atLeast: x}': "),
        (["--objective", "availableMin: {"], "error: --objective 'availableMin: {': "),
        (["--image", "wib=a:1"], "error: --image wib=a:1: "),
        (["--to", "crates/lab/tests/plan/coredns.yaml"], "error: --to crates/lab/tests/plan/coredns.yaml: "),
    ] {
        let why = refused(&[&["plan", web][..], &args].concat());
        assert!(why.contains(begins) && !why.contains("<plan>"), "{why}");
    }
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("web.yaml");
    let text = std::fs::read_to_string(Path::new(FOLDER).join(web)).unwrap();
    std::fs::write(&file, text.replacen("containerPort: ", "containerPort: a", 1)).unwrap();
    let why = refused(&["plan", file.to_str().unwrap()]);
    assert!(
        why.contains(
            "spec.template.spec.containers[0].ports[0].containerPort: must be a whole number, not the text"
        ),
        "{why}"
    );
    std::fs::write(&file, format!("{text}\n---\n{text}").replace("---\n---", "---")).unwrap();
    let twice = refused(&["check", file.to_str().unwrap()]) + &refused(&["plan", file.to_str().unwrap()]);
    assert!(twice.contains("exists twice") && twice.contains("delete one of them"), "{twice}");
}

/// Recreate promises no pod; a rolling update of 3 promises 3.
#[test]
fn recreate_promises_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("recreate.yaml");
    let text = std::fs::read_to_string(Path::new(FOLDER).join(input("anti-affinity"))).unwrap();
    std::fs::write(&file, text.replace("  replicas: 3\n", "  replicas: 3\n  strategy: {type: Recreate}\n"))
        .unwrap();
    let plan = answer(&[file.to_str().unwrap()]);
    let availability = &plan["forecast"]["availability"];
    assert_eq!((&availability["promised"], &availability["min"]["max"]), (&0.into(), &0.into()));
    assert_eq!(availability["belowPromised"]["runs"], 0);
    assert!(table(&[file.to_str().unwrap()]).contains("fewest available of 3, ever 0 none is promised"));
}

/// The advice compares means, and says so; the forecast above shows the extremes.
#[test]
fn a_mean_is_called_a_mean() {
    let plan = answer(&[&input("anti-affinity")]);
    let effects =
        plan["advice"].as_array().unwrap().iter().flat_map(|advice| advice["effects"].as_array().unwrap());
    let means = effects.filter(|effect| effect["statistic"] == "mean").collect::<Vec<_>>();
    assert!(!means.is_empty(), "{plan:#}");
    let table = table(&[&input("anti-affinity")]);
    for mean in means {
        assert!(table.contains(&format!("{}, mean ", mean["meaning"].as_str().unwrap())), "{table}");
    }
}

/// Each rollout completes; ten minutes later no pod is left.
#[test]
fn the_state_at_the_end_is_told() {
    let out = tempfile::tempdir().unwrap();
    let args = ["run", &input("dies-later"), "--out", out.path().to_str().unwrap()];
    let run = rollout_lab(&args);
    assert_eq!(run.status.code(), Some(0), "{}", stderr(&run));
    let table = one_line(&run);
    for words in ["complete 20 100.0%", "at the end, worst run 0", "runs below it at the end 20 100.0%"] {
        assert!(table.contains(words), "{words}\n{table}");
    }
    let json: Value =
        serde_json::from_str(&stdout(&rollout_lab(&[&args[..], &["-o", "json"]].concat()))).unwrap();
    let availability = &json["scenarios"][0]["availability"];
    assert_eq!(
        (&availability["end"]["max"], &availability["endsBelowPromised"]["runs"]),
        (&0.into(), &20.into())
    );
    let compare =
        ["compare", &input("dies-later"), "--runs", "20", "--set", "scenario.spec.faults=[]", "-o", "json"];
    let compared: Value = serde_json::from_str(&stdout(&rollout_lab(&compare))).unwrap();
    let measures = compared["measures"].as_array().unwrap();
    let end = measures.iter().find(|measure| measure["measure"] == "availableEnd").unwrap();
    assert_eq!((&end["a"], &end["b"], &end["verdict"]), (&0.0.into(), &3.0.into(), &"better".into()));
}
