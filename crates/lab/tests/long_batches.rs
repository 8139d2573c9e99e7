//! Batches that are interrupted, killed, resumed, divided and joined: in the end the same bytes.

use crate::support::folders::{assert_same, contents};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::time::{Duration, Instant};

fn scenario(name: &str) -> String {
    format!("{}/../../scenarios/{name}.yaml", env!("CARGO_MANIFEST_DIR"))
}

fn command(args: &[&str], out: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_rollout-lab"));
    command.args(args).arg("--out").arg(out).stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

fn rollout_lab(args: &[&str], out: &Path) -> Output {
    command(args, out).output().unwrap()
}

fn fine(args: &[&str], out: &Path) -> String {
    let output = rollout_lab(args, out);
    assert_eq!(output.status.code(), Some(0), "{args:?}: {}", stderr(&output));
    String::from_utf8(output.stdout).unwrap()
}

fn stderr(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).unwrap()
}

/// What is refused, with the folder's name taken out.
fn refused(args: &[&str], out: &Path, hide: &Path) -> String {
    let output = rollout_lab(args, out);
    assert_eq!(output.status.code(), Some(2), "{args:?}: {}", stderr(&output));
    stderr(&output).replace(hide.to_str().unwrap(), "DIR")
}

/// Starts a batch and kills it as soon as its rows have this number of bytes.
fn killed_at(bytes: u64, args: &[&str], out: &Path, partial: &Path) {
    let mut child = command(args, out).spawn().unwrap();
    let rows = partial.join("runs.csv");
    let patience = Instant::now() + Duration::from_secs(60);
    while fs::metadata(&rows).map_or(0, |file| file.len()) < bytes && Instant::now() < patience {
        assert!(child.try_wait().unwrap().is_none(), "it was over before it could be killed");
        std::thread::yield_now();
    }
    child.kill().unwrap();
    child.wait().unwrap();
}

/// A last line that was cut off, wherever that may have been.
fn tear(file: &Path, length: usize) {
    let Ok(mut rows) = fs::read(file) else { return };
    rows.extend(&b"\n99,ab,"[..length]);
    fs::write(file, rows).unwrap();
}

#[test]
fn what_was_killed_goes_on_to_the_same_bytes() {
    let folder = tempfile::tempdir().unwrap();
    let path = scenario("proportional-scaling");
    let args = ["run", &path, "--runs", "1500", "--quiet"];
    let whole = folder.path().join("whole");
    fine(&args, &whole);
    for (bytes, threads) in [(0, "2"), (1, "1"), (30_000, "2"), (90_000, "1"), (150_000, "2")] {
        let out = folder.path().join(format!("killed-{bytes}"));
        killed_at(bytes, &args, &out, &out.join(".proportional-scaling.partial"));
        for file in ["runs.csv", "scalings.csv"] {
            tear(&out.join(".proportional-scaling.partial").join(file), bytes as usize % 7);
        }
        fine(&[&args[..], &["--threads", threads, "--resume"]].concat(), &out);
        assert_same(&whole, &out);
    }
}

#[test]
fn what_was_killed_again_and_again_goes_on() {
    let folder = tempfile::tempdir().unwrap();
    let path = scenario("image-pull-error");
    let args = ["run", &path, "--runs", "4000", "--quiet"];
    let (whole, out) = (folder.path().join("whole"), folder.path().join("killed"));
    fine(&args, &whole);
    let resume = [&args[..], &["--resume"]].concat();
    for bytes in [60_000, 200_000, 350_000] {
        killed_at(bytes, &resume, &out, &out.join(".image-pull-error.partial"));
    }
    let goes_on = stderr(&rollout_lab(&["run", &path, "--runs", "4000", "--resume"], &out));
    assert!(goes_on.contains("note: image-pull-error goes on after "), "{goes_on}");
    assert_same(&whole, &out);
}

/// Interrupts a batch with Ctrl-C when it has some rows; what it says on stderr.
fn interrupted(args: &[&str], out: &Path, name: &str) -> Output {
    let child = command(args, out).spawn().unwrap();
    let rows = out.join(format!(".{name}.partial/runs.csv"));
    while fs::metadata(&rows).map_or(0, |file| file.len()) < 20_000 {
        std::thread::sleep(Duration::from_millis(5));
    }
    assert!(Command::new("kill").args(["-INT", &child.id().to_string()]).status().unwrap().success());
    child.wait_with_output().unwrap()
}

#[test]
fn what_ctrl_c_leaves_can_be_read_and_resumed() {
    let folder = tempfile::tempdir().unwrap();
    let path = scenario("image-pull-error-recovers");
    // With PNG, so that something is left that the resumed batch does not have.
    let args = ["run", &path, "--runs", "5000"];
    let (whole, out) = (folder.path().join("whole"), folder.path().join("interrupted"));
    fine(&args, &whole);
    let output = interrupted(&[&args[..], &["--png"]].concat(), &out, "image-pull-error-recovers");
    assert_eq!(output.status.code(), Some(130));
    let partial = out.join(".image-pull-error-recovers.partial");
    let said = stderr(&output);
    let told = String::from_utf8(output.stdout).unwrap();
    assert!(said.contains("of 5,000 runs are in ") && said.contains("with --resume goes on"), "{said}");
    assert!(told.contains("Interrupted: ") && told.contains("of 5,000 runs are finished"), "{told}");
    let summary: serde_json::Value =
        serde_json::from_slice(&fs::read(partial.join("summary.json")).unwrap()).unwrap();
    let rows = fs::read_to_string(partial.join("runs.csv")).unwrap().lines().count() as u64 - 1;
    assert_eq!(summary["interrupted"], serde_json::json!({ "finished": rows, "of": 5000 }));
    assert!(partial.join("charts/rollout-time.png").exists());
    fine(&[&args[..], &["--resume"]].concat(), &out);
    assert_same(&whole, &out);
}

/// They cannot go on, so what they had begun is gone.
#[test]
fn ctrl_c_leaves_nothing_of_a_comparison_or_a_sweep() {
    let folder = tempfile::tempdir().unwrap();
    let path = scenario("image-pull-error");
    let compare = ["compare", &path, &path, "--runs", "100000"];
    let sweep = ["sweep", &path, "--set", "deployment.spec.replicas=200,300", "--runs", "100000"];
    for (args, name) in [(&compare[..], "image-pull-error.compare"), (&sweep[..], "image-pull-error.sweep")] {
        let child = command(args, folder.path()).spawn().unwrap();
        let begun = folder.path().join(format!(".{name}.partial/provenance.json"));
        while !begun.exists() {
            std::thread::sleep(Duration::from_millis(5));
        }
        assert!(Command::new("kill").args(["-INT", &child.id().to_string()]).status().unwrap().success());
        let output = child.wait_with_output().unwrap();
        assert_eq!((output.status.code(), output.stdout.len()), (Some(130), 0), "{}", stderr(&output));
        assert!(stderr(&output).contains("interrupted: "), "{}", stderr(&output));
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0, "{name}");
    }
}

#[test]
fn a_batch_that_aims_at_an_interval_can_be_resumed() {
    let folder = tempfile::tempdir().unwrap();
    let path = scenario("image-pull-error-recovers");
    let args = ["run", &path, "--until-half-width", "0.4%", "--of", "rolloutTime:p50", "--quiet"];
    let whole = folder.path().join("whole");
    fine(&args, &whole);
    for bytes in [15_000, 40_000] {
        let out = folder.path().join(format!("killed-{bytes}"));
        killed_at(bytes, &args, &out, &out.join(".image-pull-error-recovers.partial"));
        fine(&[&args[..], &["--resume"]].concat(), &out);
        assert_same(&whole, &out);
    }
}

#[test]
fn nothing_to_resume_is_no_reason_to_stop() {
    let folder = tempfile::tempdir().unwrap();
    let (one, two) = (folder.path().join("one"), folder.path().join("two"));
    let path = scenario("image-pull-error");
    fine(&["run", &path, "--runs", "50", "--quiet"], &one);
    for _ in 0..2 {
        fine(&["run", &path, "--runs", "50", "--quiet", "--resume"], &two);
        assert_same(&one, &two);
    }
}

#[test]
fn another_batch_does_not_go_on() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("out");
    let manifests = folder.path().join("manifests");
    fs::create_dir(&manifests).unwrap();
    let original = PathBuf::from(scenario("image-pull-error"));
    let path = folder.path().join("mine.yaml");
    fs::copy(&original, &path).unwrap();
    let web = manifests.join("web.yaml");
    fs::copy(original.with_file_name("manifests/web.yaml"), &web).unwrap();
    let path = path.to_str().unwrap();
    killed_at(30_000, &["run", path, "--runs", "100000"], &out, &out.join(".image-pull-error.partial"));
    let before = contents(&out);
    let others =
        ["run", path, "--runs", "200", "--seed", "7", "--resume", "--set", "deployment.spec.replicas=4"];
    insta::assert_snapshot!("resume_another_batch", refused(&others, &out, folder.path()));
    let text = fs::read_to_string(&web).unwrap();
    fs::write(&web, text + "# changed\n").unwrap();
    let same = ["run", path, "--runs", "100000", "--resume"];
    insta::assert_snapshot!("resume_changed_manifest", refused(&same, &out, folder.path()));
    assert!(contents(&out) == before, "a refusal changes nothing");
}

#[test]
fn damaged_files_do_not_go_on() {
    let folder = tempfile::tempdir().unwrap();
    let (out, path) = (folder.path().join("out"), scenario("image-pull-error"));
    let args = ["run", &path, "--runs", "100000"];
    killed_at(60_000, &args, &out, &out.join(".image-pull-error.partial"));
    let resume = [&args[..], &["--resume"]].concat();
    let partial = out.join(".image-pull-error.partial");
    let rows = fs::read(partial.join("runs.csv")).unwrap();
    fs::write(partial.join("runs.csv"), &rows[..1000]).unwrap();
    let lost = refused(&resume, &out, folder.path());
    assert!(lost.contains("runs.csv has lost rows") && lost.contains("leave --resume out"), "{lost}");
    fs::write(partial.join("runs.csv"), &rows).unwrap();
    fs::write(partial.join("part.json"), "{\"runs\":12").unwrap();
    let broken = refused(&resume, &out, folder.path());
    assert!(broken.contains("part.json is damaged"), "{broken}");
}

/// One byte in each of the files, at several places.
#[test]
fn a_changed_byte_does_not_go_on() {
    let folder = tempfile::tempdir().unwrap();
    let (out, path) = (folder.path().join("out"), scenario("proportional-scaling"));
    let args = ["run", &path, "--runs", "100000"];
    killed_at(60_000, &args, &out, &out.join(".proportional-scaling.partial"));
    let resume = [&args[..], &["--resume"]].concat();
    let partial = out.join(".proportional-scaling.partial");
    for name in ["runs.csv", "scalings.csv", "part.json", "batch.json"] {
        let whole = fs::read(partial.join(name)).unwrap();
        for at in [whole.len() / 9, whole.len() / 4, whole.len() / 3] {
            let mut changed = whole.clone();
            // A digit becomes another digit: the file stays readable.
            let at = (at..changed.len()).find(|at| changed[*at].is_ascii_digit()).unwrap();
            changed[at] = b'0' + (changed[at] - b'0' + 1) % 10;
            fs::write(partial.join(name), changed).unwrap();
            let said = refused(&resume, &out, folder.path());
            assert!(said.contains(name) || said.contains("another batch"), "{name}: {said}");
        }
        fs::write(partial.join(name), whole).unwrap();
    }
}

#[test]
fn a_changed_byte_is_not_merged() {
    let folder = tempfile::tempdir().unwrap();
    let (parts, out) = (folder.path().join("parts"), folder.path().join("out"));
    run_shards("proportional-scaling", "40", 2, &parts);
    let shard = parts.join("proportional-scaling/shards/2-of-2");
    for name in ["runs.csv", "scalings.csv", "part.json", "batch.json", "provenance.json"] {
        let whole = fs::read(shard.join(name)).unwrap();
        for at in [0, whole.len() / 3, whole.len() / 2, whole.len() - 1] {
            let mut changed = whole.clone();
            changed[at] ^= 1;
            fs::write(shard.join(name), changed).unwrap();
            let said = refused(&["merge", parts.to_str().unwrap()], &out, folder.path());
            assert!(said.contains(name) || said.contains("another batch"), "{name}: {said}");
        }
        fs::write(shard.join(name), whole).unwrap();
    }
    fine(&["merge", parts.to_str().unwrap()], &out);
}

/// The batch of one of them is there in the end, whole; the others say that it is busy.
#[test]
fn several_processes_do_not_wedge_a_folder() {
    let folder = tempfile::tempdir().unwrap();
    let (whole, out, path) =
        (folder.path().join("whole"), folder.path().join("out"), scenario("image-pull-error"));
    let args = ["run", &path, "--runs", "30", "--quiet"];
    fine(&args, &whole);
    for round in 0..3 {
        let resume: &[&str] = if round == 1 { &["--resume"] } else { &[] };
        let args = [&args[..], resume].concat();
        let all: Vec<_> = (0..4).map(|_| command(&args, &out).spawn().unwrap()).collect();
        let all: Vec<Output> = all.into_iter().map(|child| child.wait_with_output().unwrap()).collect();
        assert!(all.iter().any(|output| output.status.success()));
        for output in all.iter().filter(|output| !output.status.success()) {
            assert_eq!(output.status.code(), Some(2));
            assert!(stderr(output).contains("another rollout-lab is writing"), "{}", stderr(output));
        }
        assert_same(&whole, &out);
    }
    // One that is killed leaves a partial folder and its lock: neither is in the way.
    killed_at(20_000, &["run", &path, "--runs", "100000"], &out, &out.join(".image-pull-error.partial"));
    assert!(out.join(".image-pull-error.lock").exists());
    fine(&args, &out);
    assert_same(&whole, &out);
}

fn run_shards(name: &str, runs: &str, of: u64, out: &Path) {
    for number in (1..=of).rev() {
        let shard = format!("{number}/{of}");
        fine(&["run", &scenario(name), "--runs", runs, "--shard", &shard], out);
    }
}

#[test]
fn merged_shards_are_the_batch() {
    let folder = tempfile::tempdir().unwrap();
    for (name, runs, of) in [
        ("proportional-scaling", "101", 3),
        ("no-pre-stop-drops-requests", "40", 4),
        ("image-pull-error-recovers", "60", 1),
        ("image-pull-error", "3", 5),
        ("scaling-is-no-rollout", "9", 2),
    ] {
        let (whole, parts) = (folder.path().join("whole"), folder.path().join("parts"));
        let (merged, again) = (folder.path().join("merged"), folder.path().join("again"));
        let whole_says = fine(&["run", &scenario(name), "--runs", runs], &whole);
        run_shards(name, runs, of, &parts);
        assert_eq!(fs::read_dir(parts.join(name)).unwrap().count(), 1, "a shard touches nothing else");
        let merged_says = fine(&["merge", parts.to_str().unwrap()], &merged);
        assert_same(&whole, &merged);
        let same_lines = |text: &str| text.split("\nFiles").next().unwrap().to_owned();
        assert_eq!(same_lines(&whole_says), same_lines(&merged_says));

        // Named one by one, in any order.
        let mut args = vec!["merge".to_owned()];
        args.extend((1..=of).map(|i| parts.join(format!("{name}/shards/{i}-of-{of}")).display().to_string()));
        fine(&args.iter().map(String::as_str).collect::<Vec<_>>(), &again);
        assert_same(&whole, &again);
        for folder in [whole, parts, merged, again] {
            fs::remove_dir_all(folder).unwrap();
        }
    }
}

#[test]
fn shards_can_be_resumed_and_merged_in_their_own_place() {
    let folder = tempfile::tempdir().unwrap();
    let (whole, out, path) =
        (folder.path().join("whole"), folder.path().join("out"), scenario("image-pull-error"));
    fine(&["run", &path, "--runs", "4000", "--quiet"], &whole);
    run_shards("image-pull-error", "4000", 2, &out);
    let shards = out.join("image-pull-error/shards");
    let second = contents(&shards.join("2-of-2"));
    fs::remove_dir_all(shards.join("2-of-2")).unwrap();
    let args = ["run", &path, "--runs", "4000", "--shard", "2/2", "--threads", "1"];
    killed_at(100_000, &args, &out, &shards.join(".2-of-2.partial"));
    fine(&[&args[..], &["--resume"]].concat(), &out);
    assert!(contents(&shards.join("2-of-2")) == second);
    fine(&["merge", out.to_str().unwrap(), "--quiet"], &out);
    assert!(shards.join("1-of-2/runs.csv").exists(), "the shards stay");
    fs::remove_dir_all(&shards).unwrap();
    assert_same(&whole, &out);
}

#[test]
fn shards_of_variants_carry_what_was_set() {
    let folder = tempfile::tempdir().unwrap();
    let (whole, parts, merged) =
        (folder.path().join("whole"), folder.path().join("parts"), folder.path().join("merged"));
    let path = scenario("rolling-update");
    let args =
        ["run", &path, "--runs", "20", "--seed", "5", "--set", "deployment.spec.progressDeadlineSeconds=599"];
    fine(&args, &whole);
    for shard in ["1/2", "2/2"] {
        fine(&[&args[..], &["--shard", shard]].concat(), &parts);
    }
    let said = fine(&["merge", parts.to_str().unwrap()], &merged);
    assert_same(&whole, &merged);
    let replay = "show '<rolling-update>' --set deployment.spec.progressDeadlineSeconds=599 --seed 5 --run";
    assert!(said.contains(replay), "{said}");
}

#[test]
fn wrong_shards_are_wrong_usage() {
    let folder = tempfile::tempdir().unwrap();
    let path = scenario("rolling-update");
    for wrong in ["0/4", "5/4", "1/0", "four", "1/4/1"] {
        let said = refused(&["run", &path, "--shard", wrong], folder.path(), folder.path());
        assert!(said.contains("--shard <I/N>"), "{said}");
    }
    let both = ["run", &path, "--shard", "1/2", "--until-half-width", "1%"];
    let said = refused(&both, folder.path(), folder.path());
    assert!(said.contains("cannot be used with"), "{said}");
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
}

#[test]
fn what_cannot_be_merged_is_named_with_its_mend() {
    let folder = tempfile::tempdir().unwrap();
    let (parts, others) = (folder.path().join("parts"), folder.path().join("others"));
    let out = folder.path().join("out");
    let name = "image-pull-error";
    run_shards(name, "70", 7, &parts);
    let path = scenario(name);
    fine(&["run", &path, "--runs", "70", "--seed", "9", "--shard", "7/7"], &others);
    fine(&["run", &path, "--runs", "70", "--shard", "2/3"], &others);
    fine(&["run", &path, "--runs", "70", "--shard", "1/7"], &others);
    let shard = |number: u32| parts.join(format!("{name}/shards/{number}-of-7"));
    let partial = parts.join(format!("{name}/shards/.2-of-7.partial"));
    fs::rename(shard(2), partial).unwrap();
    let rows = fs::read_to_string(shard(3).join("runs.csv")).unwrap();
    let (whole, cut) = (rows.len(), rows.len() - 40);
    fs::write(shard(3).join("runs.csv"), &rows[..cut]).unwrap();
    let rows = fs::read_to_string(shard(4).join("runs.csv")).unwrap();
    let digest = rows.lines().nth(1).unwrap().split(',').nth(1).unwrap();
    fs::write(shard(4).join("runs.csv"), rows.replace(digest, "0123456789abcdef")).unwrap();
    let order = fs::read_to_string(shard(5).join("batch.json")).unwrap();
    fs::write(shard(5).join("batch.json"), order.replace("\"version\": \"", "\"version\": \"9.")).unwrap();
    fs::write(shard(6).join("batch.json"), "{").unwrap();
    let args = ["merge", parts.to_str().unwrap(), others.to_str().unwrap()];
    let said = refused(&args, &out, folder.path());
    // How long rows are is not the point here.
    let said = said.replace(&format!("{cut} of {whole} bytes"), "SOME of ALL bytes");
    insta::assert_snapshot!("merge_refused", said.replace(env!("CARGO_PKG_VERSION"), "VERSION"));
    assert!(!out.exists());
}

#[test]
fn folders_without_shards_are_named() {
    let folder = tempfile::tempdir().unwrap();
    let (empty, out) = (folder.path().join("empty"), folder.path().join("out"));
    fs::create_dir(&empty).unwrap();
    let missing = folder.path().join("missing");
    let args = ["merge", empty.to_str().unwrap(), missing.to_str().unwrap()];
    let said = refused(&args, &out, folder.path());
    insta::assert_snapshot!("merge_nothing", said);
}

#[test]
fn parts_are_not_compared() {
    let folder = tempfile::tempdir().unwrap();
    let path = scenario("image-pull-error");
    fine(&["run", &path, "--runs", "20", "--shard", "1/2"], folder.path());
    let shard = folder.path().join("image-pull-error/shards/1-of-2");
    let mut command = Command::new(env!("CARGO_BIN_EXE_rollout-lab"));
    let output = command.arg("compare").args([&shard, &shard]).output().unwrap();
    assert_eq!(output.status.code(), Some(2));
    assert!(stderr(&output).contains("one shard of a batch; join them with `rollout-lab merge`"));
}
