//! A whole batch with a stand-in for the simulator: the files, their bytes, their order.

#[allow(unreachable_pub, reason = "shared by the tests, each of which is a crate")]
mod support;

use rollout_lab::command::run::{Batch, Files, Stopped, Watch};
use rollout_lab::experiment::Experiment;
use rollout_lab::results::{ResultFolder, Summary};
use rollout_lab::write::table::Table;
use std::fs;
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use support::Fake;

const GRID_POINTS: usize = 1801;

fn run(out: &Path, name: &str, fake: Fake, runs: u64, threads: usize, png: bool) -> (Summary, PathBuf) {
    let batch = Batch {
        facts: fake.facts(name, 1),
        runs,
        grid_points: GRID_POINTS,
        resolved: "kind: Scenario\n".into(),
    };
    let experiment = Experiment::new(NonZeroUsize::new(threads)).unwrap();
    let files = Files { folder: ResultFolder::begin(out, name).unwrap(), png };
    let simulator = |grid_points| Fake { grid_points, ..fake };
    batch
        .run(
            &experiment,
            files,
            simulator,
            |_| Vec::new(),
            &StopAfter { runs: u64::MAX, finished: AtomicU64::new(0) },
        )
        .unwrap()
}

struct StopAfter {
    runs: u64,
    finished: AtomicU64,
}

impl Watch for StopAfter {
    fn wants_to_stop(&self) -> bool {
        self.finished.load(Ordering::Relaxed) >= self.runs
    }

    fn run_finished(&self) {
        self.finished.fetch_add(1, Ordering::Relaxed);
    }
}

fn web(replicas: i32, stuck_one_in: u64) -> Fake {
    Fake { replicas, has_rollout: true, stuck_one_in, grid_points: 0 }
}

/// All files below a folder with their bytes, in order of path.
fn contents(folder: &Path) -> Vec<(PathBuf, Vec<u8>)> {
    let mut files = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files.extend(contents(&path));
        } else {
            files.push((path.file_name().unwrap().into(), fs::read(&path).unwrap()));
        }
    }
    files.sort();
    files
}

fn text(folder: &Path, name: &str) -> String {
    fs::read_to_string(folder.join(name)).unwrap()
}

fn first_lines(text: &str, lines: usize) -> String {
    text.split_inclusive('\n').take(lines).collect()
}

#[test]
fn the_same_bytes_whatever_the_threads() {
    let out = tempfile::tempdir().unwrap();
    let (_, one) = run(&out.path().join("one"), "calm", web(10, 9), 500, 1, true);
    let (_, many) = run(&out.path().join("many"), "calm", web(10, 9), 500, 8, true);
    let names: Vec<PathBuf> = contents(&one).into_iter().map(|(name, _)| name).collect();
    assert_eq!(names.len(), 13, "{names:?}");
    assert!(contents(&one) == contents(&many));
}

#[test]
fn files_look_as_promised() {
    let out = tempfile::tempdir().unwrap();
    let (_, folder) = run(out.path(), "mixed", web(10, 9), 40, 2, false);
    insta::assert_snapshot!("runs.csv", first_lines(&text(&folder, "runs.csv"), 6));
    insta::assert_snapshot!("scalings.csv", first_lines(&text(&folder, "scalings.csv"), 3));
    insta::assert_snapshot!("timeline.csv", first_lines(&text(&folder, "timeline.csv"), 30));
    insta::assert_snapshot!("summary.json", text(&folder, "summary.json"));
    insta::assert_snapshot!("provenance.json", text(&folder, "provenance.json"));
}

#[test]
fn charts_say_what_they_show() {
    let out = tempfile::tempdir().unwrap();
    let (_, folder) = run(out.path(), "stuck", web(10, 1), 20, 2, false);
    let svg = text(&folder, "charts/rollout-time.svg");
    let title = "No rollout ended within 30m; the progress deadline fired in 20 of 20 runs";
    assert!(
        svg.starts_with(&format!("<svg role=\"img\" aria-label=\"{title}\"")),
        "{}",
        first_lines(&svg, 2)
    );
    assert!(svg.contains(&format!("<title>{title}</title>")));
}

#[test]
fn runs_without_a_rollout_are_no_rollouts_that_failed() {
    let out = tempfile::tempdir().unwrap();
    let (summary, folder) = run(out.path(), "idle", Fake { has_rollout: false, ..web(10, 0) }, 50, 2, false);
    assert!(summary.rollout.is_none());
    assert!(!folder.join("charts/rollout-time.svg").exists());
    insta::assert_snapshot!("table_idle", Table(&summary).to_string());
}

#[test]
fn the_table_fits_a_screen() {
    let out = tempfile::tempdir().unwrap();
    for (name, fake, runs) in [
        ("calm", web(10, 0), 1000),
        ("mixed", web(10, 9), 300),
        ("stuck", web(2000, 1), 1000),
        ("tiny", web(2, 0), 3),
    ] {
        let (summary, _) = run(out.path(), name, fake, runs, 2, false);
        let table = Table(&summary).to_string();
        assert!(table.lines().all(|line| line.chars().count() <= 80), "{table}");
        insta::assert_snapshot!(format!("table_{name}"), table);
    }
}

#[test]
fn an_interrupted_batch_leaves_whole_rows_in_order() {
    let out = tempfile::tempdir().unwrap();
    let fake = web(10, 9);
    let batch =
        Batch { facts: fake.facts("long", 1), runs: 100_000, grid_points: 2, resolved: String::new() };
    let files = Files { folder: ResultFolder::begin(out.path(), "long").unwrap(), png: false };
    let watch = StopAfter { runs: 300, finished: AtomicU64::new(0) };
    let experiment = Experiment::new(NonZeroUsize::new(2)).unwrap();
    let stopped =
        batch.run(&experiment, files, |grid_points| Fake { grid_points, ..fake }, |_| Vec::new(), &watch);
    let Err(Stopped::Interrupted { finished, partial }) = stopped else { panic!("not interrupted") };
    assert!((1..=302).contains(&finished));
    let rows = text(&partial, "runs.csv");
    assert!(rows.ends_with('\n'));
    let numbers: Vec<u64> =
        rows.lines().skip(1).map(|row| row.split(',').next().unwrap().parse().unwrap()).collect();
    assert_eq!(numbers, (0..finished).collect::<Vec<_>>());
    assert!(!out.path().join("long").exists());
}

/// For looking at: `CHARTS=/some/folder cargo test -p rollout-lab --test batch -- --ignored`.
#[test]
#[ignore = "writes pictures for people"]
fn gallery() {
    let Some(folder) = std::env::var_os("CHARTS") else {
        return;
    };
    let folder = PathBuf::from(folder);
    let worlds = [
        ("calm", web(10, 0), 1000),
        ("mixed", web(10, 9), 1000),
        ("stuck", web(10, 1), 1000),
        ("tiny", web(2, 0), 1),
        ("huge", web(2000, 4), 200),
    ];
    for (name, fake, runs) in worlds {
        run(&folder, name, fake, runs, 2, true);
    }
}
