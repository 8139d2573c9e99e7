//! A whole batch with a stand-in for the simulator: the files, their bytes, their order.

use crate::support::Fake;
use crate::support::folders::contents;
use analysis::objectives::ObjectiveCollector;
use analysis::results::{Aim, BatchFacts, HalfWidth, ResultFolder, Summary};
use analysis::tables::runs::RowReader;
use measures::question::Question;
use measures::{Elapsed, Row};
use report::table::SummaryTable;
use rollout_lab::command::run::{Batch, Extras, Files, Stopped, Watch};
use rollout_lab::experiment::Experiment;
use scenario::{Inputs, Objective, RequiredShare, RunEvent};
use simulator::record::Outcome;
use std::fs;
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

const GRID_POINTS: usize = 1801;

fn run(out: &Path, name: &str, fake: Fake, runs: u64, threads: usize, png: bool) -> (Summary, PathBuf) {
    let batch = Batch {
        facts: fake.facts(name, 1),
        runs,
        until: None,
        grid_points: GRID_POINTS,
        resolved: "kind: Scenario\n".into(),
        shard: None,
        inputs: Inputs::default(),
    };
    run_batch(&batch, out, fake, threads, png)
}

fn run_batch(batch: &Batch, out: &Path, fake: Fake, threads: usize, png: bool) -> (Summary, PathBuf) {
    let name = &batch.facts.scenario;
    let experiment = Experiment::new(NonZeroUsize::new(threads)).unwrap();
    let files = Files {
        folder: ResultFolder::begin(out, name).unwrap(),
        earlier: None,
        extras: Extras { png, parquet: false },
    };
    let simulator = |grid_points| Fake { grid_points, ..fake };
    batch
        .run(
            &experiment,
            files,
            simulator,
            ObjectiveCollector::default(),
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
    assert_eq!(names.len(), 22, "{names:?}");
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
    insta::assert_snapshot!("table_idle", SummaryTable(&summary).to_string());
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
        let table = SummaryTable(&summary).to_string();
        assert!(table.lines().all(|line| line.chars().count() <= 80), "{table}");
        insta::assert_snapshot!(format!("table_{name}"), table);
    }
}

#[test]
fn an_interrupted_batch_leaves_whole_rows_in_order() {
    let out = tempfile::tempdir().unwrap();
    let fake = web(10, 9);
    let batch = Batch {
        facts: fake.facts("long", 1),
        runs: 100_000,
        until: None,
        grid_points: 2,
        resolved: String::new(),
        shard: None,
        inputs: Inputs::default(),
    };
    let files = Files {
        folder: ResultFolder::begin(out.path(), "long").unwrap(),
        earlier: None,
        extras: Extras::default(),
    };
    let watch = StopAfter { runs: 300, finished: AtomicU64::new(0) };
    let experiment = Experiment::new(NonZeroUsize::new(2)).unwrap();
    let stopped = batch.run(
        &experiment,
        files,
        |grid_points| Fake { grid_points, ..fake },
        ObjectiveCollector::default(),
        &watch,
    );
    let Err(Stopped::Interrupted { finished, of, partial, summary }) = stopped else {
        panic!("not interrupted")
    };
    assert!((1..=302).contains(&finished));
    assert_eq!((of, summary.unwrap().runs), (100_000, finished));
    let summary: serde_json::Value = serde_json::from_str(&text(&partial, "summary.json")).unwrap();
    assert_eq!(summary["interrupted"], serde_json::json!({ "finished": finished, "of": 100_000 }));
    let rows = text(&partial, "runs.csv");
    assert!(rows.ends_with('\n'));
    let numbers: Vec<u64> =
        rows.lines().skip(1).map(|row| row.split(',').next().unwrap().parse().unwrap()).collect();
    assert_eq!(numbers, (0..finished).collect::<Vec<_>>());
    assert!(!out.path().join("long").exists());
}

/// A batch that stops when the interval of `measure` is `half_width` narrow.
fn until(measure: &str, half_width: HalfWidth, fake: Fake, limit: u64) -> Batch {
    Batch {
        facts: fake.facts("until", 1),
        runs: limit,
        until: Some(Aim { question: Question::aimed(measure).unwrap(), half_width }),
        grid_points: 2,
        resolved: String::new(),
        shard: None,
        inputs: Inputs::default(),
    }
}

#[test]
fn a_batch_runs_until_an_interval_is_narrow() {
    let out = tempfile::tempdir().unwrap();
    let batch = until("rolloutTime:p50", HalfWidth::Percent(2.0), web(10, 9), 100_000);
    let (summary, folder) = run_batch(&batch, &out.path().join("one"), web(10, 9), 1, false);
    let stopping = summary.stopping.unwrap();
    assert!(stopping.is_reached && stopping.seen.half_width_percent().unwrap() <= 2.0, "{stopping:?}");
    assert!([150, 225, 338, 507, 761, 1142, 1713].contains(&summary.runs), "{}", summary.runs);
    let (_, other) = run_batch(&batch, &out.path().join("other"), web(10, 9), 8, false);
    assert!(contents(&folder) == contents(&other));
    insta::assert_snapshot!("table_until", SummaryTable(&summary).to_string());

    // The rows are the same as in a batch with that number of runs.
    let plain = Batch { runs: summary.runs, until: None, ..batch };
    let (_, plain) = run_batch(&plain, &out.path().join("plain"), web(10, 9), 2, false);
    for file in ["runs.csv", "timeline.csv", "survival.csv", "provenance.json"] {
        assert_eq!(text(&folder, file), text(&plain, file), "{file}");
    }
}

#[test]
fn the_limit_of_runs_comes_first_if_it_must() {
    let out = tempfile::tempdir().unwrap();
    let batch = until("deadlineFired", HalfWidth::Percent(0.5), web(10, 9), 170);
    let (summary, _) = run_batch(&batch, out.path(), web(10, 9), 2, false);
    assert_eq!((summary.runs, summary.stopping.unwrap().looks), (170, 3));
    assert!(!summary.stopping.unwrap().is_reached);
    // What is surely beyond the horizon will not get narrower.
    let batch = until("rolloutTime", HalfWidth::Percent(1.0), web(10, 1), 100_000);
    let (summary, _) = run_batch(&batch, out.path(), web(10, 1), 2, false);
    assert_eq!((summary.runs, summary.stopping.unwrap().is_reached), (100, true));
}

#[test]
fn more_than_a_hundred_thousand_runs_are_sketched() {
    let out = tempfile::tempdir().unwrap();
    let fake = Fake { grid_points: 2, ..web(2, 9) };
    let batch = Batch { runs: 100_300, until: None, ..until("ended", HalfWidth::Percent(1.0), fake, 0) };
    let ended = Objective::Share {
        event: RunEvent::Outcome(vec![Outcome::Complete]),
        share: RequiredShare::AtLeast(0.85),
    };
    let objectives = [ended];
    let experiment = Experiment::new(NonZeroUsize::new(2)).unwrap();
    let files = Files {
        folder: ResultFolder::begin(out.path(), "until").unwrap(),
        earlier: None,
        extras: Extras::default(),
    };
    let watch = StopAfter { runs: u64::MAX, finished: AtomicU64::new(0) };
    let simulator = |grid_points| Fake { grid_points, ..fake };
    let (summary, folder) = batch
        .run(
            &experiment,
            files,
            simulator,
            ObjectiveCollector::new(&objectives, fake.facts("until", 1).horizon),
            &watch,
        )
        .unwrap();
    // Objectives have seen every row.
    assert!(summary.objectives[0].seen.contains("of 100,300 runs"), "{:?}", summary.objectives);
    let read: Vec<Row> =
        RowReader::open(&folder.join("runs.csv")).unwrap().collect::<Result<_, _>>().unwrap();
    assert_eq!(read.len(), 100_300);
    let mut times: Vec<_> = read.iter().filter_map(Row::elapsed).collect();
    times.sort_unstable();
    let rollout = summary.rollout.unwrap();
    for estimate in &rollout.time.quantiles {
        match (times[estimate.level.rank(times.len())], estimate.value) {
            (Elapsed::Within(exact), Elapsed::Within(ours)) => {
                let off = (exact.as_f64() - ours.as_f64()).abs();
                assert!(off <= 0.001 * exact.as_f64(), "{}: {ours} instead of {exact}", estimate.level);
            }
            (exact, ours) => assert_eq!(exact, ours),
        }
    }
    assert!(text(&folder, "survival.csv").lines().count() <= 1001);
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

#[test]
fn the_report_tells_the_batch_and_escapes_what_it_shows() {
    let out = tempfile::tempdir().unwrap();
    let fake = web(10, 2);
    let description = "</script><script>alert(1)</script> & \"more\"";
    let facts = BatchFacts {
        description: description.into(),
        variant: vec!["a[b=c]=1".into()],
        ..fake.facts("mixed", 1)
    };
    let batch = Batch {
        facts,
        runs: 40,
        until: None,
        grid_points: GRID_POINTS,
        resolved: "kind: Scenario # <b>&</b>\n".into(),
        shard: None,
        inputs: Inputs::default(),
    };
    let (summary, folder) = run_batch(&batch, out.path(), fake, 2, false);
    let page = text(&folder, "report.html");
    assert!(!page.contains("<script>alert") && page.contains("&lt;script&gt;alert(1)"));
    assert!(page.contains("# &lt;b&gt;&amp;"));
    // Every figure of the story is one of the summary.
    let fired = summary.deadline.fired;
    assert!(fired.hits > 0 && fired.hits < fired.of);
    let told =
        format!("fires in {:.1}% of the runs ({} of {} runs;", fired.share() * 100.0, fired.hits, fired.of);
    assert!(page.contains(&told), "{told}");
    let worst = summary.worst.unwrap().run;
    assert!(page.contains(&format!(
        "rollout-lab show mixed --set &#x27;a[b=c]=1&#x27; --seed 1 --run {worst}</code>"
    )));
    for chart in ["available-pods", "rollout-time", "where-the-time-went", "deadline-margin", "replica-sets"]
    {
        assert!(page.contains(text(&folder, &format!("charts/{chart}.svg")).trim()), "{chart}");
    }
}
