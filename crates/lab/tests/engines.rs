//! Batches in shards under real engines end in the bytes of one machine.
//!
//! An engine that is not installed is skipped with a message; `.ci/run` installs them where it can.

use crate::support::folders::assert_same;
use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

/// A scenario whose batch is short and whose rows differ from run to run.
const SCENARIO: &str = "image-pull-error-recovers";
const RUNS: &str = "161";

/// A folder with the scenarios, and `rollout-lab` first on the path.
struct Place {
    folder: tempfile::TempDir,
}

impl Place {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        symlink(env!("CARGO_BIN_EXE_rollout-lab"), folder.path().join("rollout-lab")).unwrap();
        let scenarios = concat!(env!("CARGO_MANIFEST_DIR"), "/../../scenarios");
        symlink(scenarios, folder.path().join("scenarios")).unwrap();
        Self { folder }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn command(&self, program: &str) -> Command {
        let mut command = Command::new(program);
        let path = format!("{}:{}", self.folder.path().display(), std::env::var("PATH").unwrap());
        command.current_dir(self.folder.path()).env("PATH", path).stdin(Stdio::null());
        command
    }

    fn fine(&self, program: &str, args: &[&str]) -> String {
        let output = self.command(program).args(args).output().unwrap();
        assert!(output.status.success(), "{program} {args:?}: {}", text(&output));
        String::from_utf8(output.stdout).unwrap()
    }

    /// The script for an engine, in a file.
    fn script(&self, engine: &str, shards: &str, more: &[&str]) -> String {
        let scenario = format!("scenarios/{SCENARIO}.yaml");
        let args = [
            "shards", "--engine", engine, &scenario, "--runs", RUNS, "--shards", shards, "--parts",
            "my parts",
        ];
        let script = self.fine("rollout-lab", &[&args, more].concat());
        fs::write(self.path(engine), &script).unwrap();
        script
    }

    /// The results of the engine are those of one machine.
    fn check(&self) {
        let scenario = format!("scenarios/{SCENARIO}.yaml");
        self.fine("rollout-lab", &["run", &scenario, "--runs", RUNS, "--quiet", "--out", "whole"]);
        assert_same(&self.path("whole").join(SCENARIO), &self.path("results").join(SCENARIO));
    }
}

fn text(output: &Output) -> String {
    String::from_utf8_lossy(&[output.stdout.clone(), output.stderr.clone()].concat()).into_owned()
}

fn is_installed(programs: &[&str]) -> bool {
    let is_missing = |program: &&&str| {
        !["/usr/bin", "/usr/sbin", "/usr/local/bin"]
            .iter()
            .any(|folder| Path::new(folder).join(program).exists())
    };
    match programs.iter().find(is_missing) {
        None => true,
        Some(missing) => {
            eprintln!("skipped: {missing} is not installed");
            false
        }
    }
}

/// A wrapper of the binary that fails the first time it runs shard 3, as if it had been killed.
fn fails_once(place: &Place) {
    fs::remove_file(place.path("rollout-lab")).unwrap();
    let wrapper = format!(
        "#!/bin/sh\nfor word; do last=$word; done\ncase \"$last$SLURM_ARRAY_TASK_ID\" in 3/* | slurm/*3) \
         if mkdir failed 2>/dev/null; then exit 130; fi;; esac\nexec {} \"$@\"\n",
        env!("CARGO_BIN_EXE_rollout-lab")
    );
    fs::write(place.path("rollout-lab"), wrapper).unwrap();
    fs::set_permissions(place.path("rollout-lab"), fs::Permissions::from_mode(0o755)).unwrap();
}

#[test]
fn gnu_parallel_with_a_shard_that_fails_once() {
    if !is_installed(&["parallel"]) {
        return;
    }
    let place = Place::new();
    place.script("parallel", "4", &[]);
    fails_once(&place);
    place.fine("bash", &["parallel"]);
    assert!(place.path("failed").exists());
    place.check();
}

#[test]
fn a_simulated_indexed_job_of_kubernetes() {
    let place = Place::new();
    let manifest = place.script("kubernetes", "3", &["--claim", "data"]);
    let jobs: Vec<k8s_openapi::api::batch::v1::Job> = serde_saphyr::from_multiple(&manifest).unwrap();
    let [run, merge] = jobs.as_slice() else { panic!("not two Jobs") };
    let spec = run.spec.as_ref().unwrap();
    assert_eq!((spec.completions, spec.completion_mode.as_deref()), (Some(3), Some("Indexed")));
    let command = |job: &k8s_openapi::api::batch::v1::Job| {
        let pod = job.spec.as_ref().unwrap().template.spec.clone().unwrap();
        pod.containers[0].command.clone().unwrap()
    };
    let (run, merge) = (command(run), command(merge));
    // The Job that merges waits with exit code 3, at first for all of them.
    let missing = |expected| {
        let output = place.command(&merge[0]).args(&merge[1..]).output().unwrap();
        assert_eq!(output.status.code(), Some(expected), "{}", text(&output));
    };
    for index in ["2", "0", "1"] {
        missing(3);
        let output =
            place.command(&run[0]).args(&run[1..]).env("JOB_COMPLETION_INDEX", index).output().unwrap();
        assert!(output.status.success(), "{}", text(&output));
    }
    missing(0);
    place.check();
}

#[test]
fn missing_shards_are_told_as_an_engine_takes_them() {
    let place = Place::new();
    let scenario = format!("scenarios/{SCENARIO}.yaml");
    let merge = |args: &[&str]| {
        let output = place.command("rollout-lab").args(["merge", "parts"]).args(args).output().unwrap();
        (output.status.code(), String::from_utf8(output.stdout).unwrap())
    };
    assert_eq!(merge(&["--missing"]).0, Some(2));
    assert_eq!(merge(&["--missing", "--shards", "6"]), (Some(3), "1-6\n".to_owned()));
    for shard in ["2/6", "6/6"] {
        place.fine("rollout-lab", &["run", &scenario, "--runs", "12", "--shard", shard, "--out", "parts"]);
    }
    assert_eq!(merge(&["--missing"]), (Some(3), "1,3-5\n".to_owned()));
    assert_eq!(merge(&[]).0, Some(2));
    assert_eq!(merge(&["--shards", "6"]).0, Some(3));
    assert_eq!(
        merge(&["--missing", "--shards", "7"]).0,
        Some(2),
        "another number of shards is no missing shard"
    );
    for index in ["1", "3", "4", "5"] {
        let run = ["run", &scenario, "--runs", "12", "--shard", "auto/6", "--out", "parts"];
        let output =
            place.command("rollout-lab").args(run).env("SLURM_ARRAY_TASK_ID", index).output().unwrap();
        assert!(output.status.success(), "{}", text(&output));
    }
    assert_eq!(merge(&["--missing"]), (Some(0), String::new()));
}

#[test]
fn a_task_number_outside_the_shards_is_wrong_usage() {
    let place = Place::new();
    let scenario = format!("scenarios/{SCENARIO}.yaml");
    let run = |variables: &[(&str, &str)]| {
        let args = ["run", &scenario, "--runs", "12", "--shard", "auto/6"];
        let output =
            place.command("rollout-lab").args(args).envs(variables.iter().copied()).output().unwrap();
        assert_eq!(output.status.code(), Some(2));
        text(&output)
    };
    assert!(run(&[]).contains("JOB_COMPLETION_INDEX (Kubernetes Indexed Job)"));
    assert!(run(&[("JOB_COMPLETION_INDEX", "6")]).contains("numbered from 0 to 5"));
    assert!(!place.path("results").exists(), "nothing was written");
}

/// Slurm on this machine alone: its own authentication, controller and node, ended when dropped.
struct Slurm<'a> {
    place: &'a Place,
    daemons: Vec<Child>,
}

impl<'a> Slurm<'a> {
    /// Starts it, or says why that is not possible here.
    fn start(place: &'a Place) -> Option<Self> {
        if !is_installed(&["munged", "slurmctld", "slurmd", "sbatch"]) {
            return None;
        }
        if place.fine("id", &["-u"]).trim() != "0" {
            eprintln!("skipped: slurmd needs root");
            return None;
        }
        let folder = place.folder.path().display().to_string();
        let socket = place.path("munge.socket").display().to_string();
        fs::write(place.path("munge.key"), [7_u8; 64]).unwrap();
        for name in ["state", "spool"] {
            fs::create_dir(place.path(name)).unwrap();
        }
        fs::set_permissions(place.path("munge.key"), fs::Permissions::from_mode(0o400)).unwrap();
        let host = place.fine("hostname", &["-s"]).trim().to_owned();
        let port = |number: u32| 20_000 + std::process::id() % 20_000 + number;
        let configuration = format!(
            "ClusterName=test\nSlurmctldHost={host}(127.0.0.1)\nSlurmctldPort={}\nSlurmdPort={}\n\
             AuthType=auth/munge\nAuthInfo=socket={socket}\nCryptoType=crypto/munge\n\
             StateSaveLocation={folder}/state\nSlurmdSpoolDir={folder}/spool\n\
             SlurmctldPidFile={folder}/slurmctld.pid\nSlurmdPidFile={folder}/slurmd.pid\n\
             SlurmUser=root\nSlurmdUser=root\nProctrackType=proctrack/linuxproc\nTaskPlugin=task/none\n\
             SwitchType=switch/none\nMpiDefault=none\nReturnToService=2\nSchedulerParameters=batch_sched_delay=0,\
             sched_interval=1\nMinJobAge=3600\nJobRequeue=1\nSelectType=select/cons_tres\nSelectTypeParameters=CR_CPU\n\
             JobAcctGatherType=jobacct_gather/none\nAccountingStorageType=accounting_storage/none\n\
             NodeName={host} NodeAddr=127.0.0.1 CPUs=2 RealMemory=1500 State=UNKNOWN\n\
             PartitionName=all Nodes={host} Default=YES MaxTime=INFINITE State=UP\n",
            port(0),
            port(1),
        );
        fs::write(place.path("slurm.conf"), configuration).unwrap();
        let mut slurm = Self { place, daemons: Vec::new() };
        let key = place.path("munge.key").display().to_string();
        let log = place.path("munge.log").display().to_string();
        let seed = place.path("munge.seed").display().to_string();
        let pid = place.path("munge.pid").display().to_string();
        slurm.daemon(&[
            "munged",
            "--foreground",
            "--force",
            "--socket",
            &socket,
            "--key-file",
            &key,
            "--log-file",
            &log,
            "--seed-file",
            &seed,
            "--pid-file",
            &pid,
        ]);
        slurm.wait("munged", || place.path("munge.socket").exists());
        slurm.daemon(&["slurmctld", "-D", "-i"]);
        slurm.daemon(&["slurmd", "-D"]);
        slurm.wait("the node", || slurm.says("sinfo", &["--noheader", "--format=%t"]).trim() == "idle");
        Some(slurm)
    }

    fn daemon(&mut self, words: &[&str]) {
        let log = fs::File::create(self.place.path(&format!("{}.out", words[0]))).unwrap();
        let mut command = self.command(words[0]);
        self.daemons
            .push(command.args(&words[1..]).stdout(log.try_clone().unwrap()).stderr(log).spawn().unwrap());
    }

    fn command(&self, program: &str) -> Command {
        let mut command = self.place.command(program);
        command.env("SLURM_CONF", self.place.path("slurm.conf"));
        command
    }

    fn says(&self, program: &str, args: &[&str]) -> String {
        String::from_utf8_lossy(&self.command(program).args(args).output().unwrap().stdout).into_owned()
    }

    fn wait(&self, what: &str, is_there: impl Fn() -> bool) {
        let patience = Instant::now() + Duration::from_secs(240);
        while !is_there() {
            assert!(Instant::now() < patience, "{what} did not come; {}", self.logs());
            sleep(Duration::from_millis(100));
        }
    }

    fn logs(&self) -> String {
        ["munged.out", "slurmctld.out", "slurmd.out"]
            .map(|name| {
                format!("{name}: {}\n", fs::read_to_string(self.place.path(name)).unwrap_or_default())
            })
            .concat()
    }
}

impl Drop for Slurm<'_> {
    fn drop(&mut self) {
        for daemon in self.daemons.iter_mut().rev() {
            // One that has ended already is no reason to fail.
            let _ = daemon.kill();
            let _ = daemon.wait();
        }
    }
}

#[test]
fn a_slurm_array_with_a_killed_and_a_requeued_task() {
    let place = Place::new();
    let Some(slurm) = Slurm::start(&place) else { return };
    place.script("slurm", "8", &["--memory", "100"]);
    // Task 3 fails at first and is tried again by its own script.
    fails_once(&place);
    // Task 5 stops until it is put back into the queue, as after the loss of its node.
    let binary = fs::read_to_string(place.path("rollout-lab")).unwrap();
    let waiting = binary.replace(
        "exec ",
        "if [ \"$SLURM_ARRAY_TASK_ID\" = 5 ] && [ -z \"$SLURM_RESTART_COUNT\" ]; then touch waiting; sleep 600; fi\nexec ",
    );
    fs::write(place.path("rollout-lab"), waiting).unwrap();
    let output = slurm.command("bash").arg("slurm").output().unwrap();
    assert!(output.status.success(), "{}", text(&output));
    let said = text(&output);
    let array = said.lines().find_map(|line| line.strip_prefix("array ")).unwrap().to_owned();
    slurm.wait("task 5", || place.path("waiting").exists());
    let requeued = slurm.command("scontrol").args(["requeue", &format!("{array}_5")]).output().unwrap();
    assert!(requeued.status.success(), "{}", text(&requeued));
    slurm.wait("the merge", || {
        let held = slurm.says("squeue", &["--noheader", "--format=%i %T %r"]);
        // A requeued task begins again after two minutes unless it is told to.
        if held.lines().any(|line| line.contains("_5 PENDING BeginTime")) {
            slurm.says("scontrol", &["update", &format!("JobId={array}_5"), "StartTime=now"]);
        }
        // An empty queue says nothing: under load `squeue` may not be answered. The merge moves its results into place.
        place.path("results").join(SCENARIO).exists()
    });
    assert!(place.path("failed").exists());
    place.check();
}
