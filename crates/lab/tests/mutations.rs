//! Files that were right and are changed at random: scenarios, manifests and results are read or refused, and
//! nothing panics or takes long. `BOLERO_RANDOM_ITERATIONS` makes it run longer.

use clap::Parser;
use rollout_lab::args::{Args, Command};
use rollout_lab::command::{chart, compare, deadline};
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::LazyLock;

/// What takes the place of a word or a number.
const ABSURD: [&str; 24] = [
    "0",
    "-1",
    "1e300",
    "-1e300",
    "NaN",
    "null",
    "true",
    "9223372036854775807",
    "-9223372036854775808",
    "18446744073709551615",
    "2147483647",
    "99999999999999999999999999",
    "0.0000000001",
    "9000000000000000.000",
    "-0.001",
    "\"\"",
    "\"\\e[2J\"",
    "[]",
    "{}",
    "[[[[[[[[]]]]]]]]",
    "~",
    "100000h",
    "9999999999Gi",
    "200%",
];

/// Where, and how.
type Change = (u16, u8);

/// The text with one change after the other.
fn changed(text: &str, changes: &[Change]) -> String {
    changes.iter().fold(text.to_owned(), |text, &(at, how)| {
        let lines: Vec<&str> = text.split_inclusive('\n').collect();
        let line = usize::from(at) % lines.len().max(1);
        let (before, rest) = lines.split_at(line.min(lines.len()));
        let Some((own, after)) = rest.split_first() else { return text };
        let own = match how {
            0..=31 => String::new(),
            32..=47 => own.repeat(2),
            48..=63 => format!("  {own}"),
            64..=79 => own.trim_start().to_owned(),
            80..=95 => after.first().copied().unwrap_or_default().to_owned(),
            _ => word_changed(own, at, ABSURD[usize::from(how) % ABSURD.len()]),
        };
        before.concat() + &own + &after.concat()
    })
}

/// One of the words of a line is another.
fn word_changed(line: &str, at: u16, absurd: &str) -> String {
    let is_part = |c: char| c.is_alphanumeric() || c == '.' || c == '-';
    let starts: Vec<usize> = line
        .char_indices()
        .filter(|&(at, c)| is_part(c) && !line[..at].ends_with(is_part))
        .map(|(at, _)| at)
        .collect();
    if starts.is_empty() {
        return line.to_owned();
    }
    let start = starts[usize::from(at / 7) % starts.len()];
    let end = line[start..].find(|c| !is_part(c)).map_or(line.len(), |length| start + length);
    format!("{}{absurd}{}", &line[..start], &line[end..])
}

static SCENARIOS: LazyLock<PathBuf> =
    LazyLock::new(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("../../scenarios"));

/// The texts of YAML files of a folder, in order of name.
fn texts(folder: &Path) -> Vec<String> {
    let mut files: Vec<PathBuf> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.retain(|path| path.extension().is_some_and(|extension| extension == "yaml"));
    files.sort();
    files.iter().map(|path| fs::read_to_string(path).unwrap()).collect()
}

#[test]
fn changed_scenarios_are_read_or_refused() {
    let all = texts(&SCENARIOS);
    bolero::check!().with_iterations(400).with_type::<(u8, [Change; 4], u8)>().for_each(
        |(which, changes, count)| {
            let text = changed(&all[usize::from(*which) % all.len()], &changes[..=usize::from(*count % 4)]);
            match scenario::load_str("changed.yaml", &text, &SCENARIOS) {
                Ok(scenario) => assert!(!scenario::explain(&scenario).is_empty()),
                Err(errors) => assert!(!errors.to_string().is_empty()),
            }
        },
    );
}

#[test]
fn changed_manifests_are_read_or_refused() {
    let all = texts(&SCENARIOS.join("manifests"));
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("changed.yaml");
    bolero::check!().with_iterations(400).with_type::<(u8, [Change; 4], u8)>().for_each(
        |(which, changes, count)| {
            let text = changed(&all[usize::from(*which) % all.len()], &changes[..=usize::from(*count % 4)]);
            fs::write(&path, &text).unwrap();
            match scenario::check_manifest(&path) {
                Ok(_) => {}
                Err(errors) => assert!(!errors.to_string().is_empty()),
            }
        },
    );
}

/// A batch in its folder, and the names of its files.
fn batch(folder: &Path) -> (PathBuf, Vec<PathBuf>) {
    let out = folder.join("out");
    let scenario = SCENARIOS.join("proportional-scaling.yaml");
    let args = [
        "rollout-lab",
        "run",
        scenario.to_str().unwrap(),
        "--runs",
        "12",
        "--threads",
        "1",
        "--quiet",
        "--out",
        out.to_str().unwrap(),
    ];
    let Command::Run(run) = Args::parse_from(args).command else { unreachable!() };
    rollout_lab::command::run::execute(&run, &mut Vec::new()).unwrap();
    let results = out.join("proportional-scaling");
    let mut files: Vec<PathBuf> =
        fs::read_dir(&results).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.retain(|path| path.extension().is_some_and(|extension| extension == "json" || extension == "csv"));
    files.sort();
    (results, files)
}

/// Everything that reads a folder of results.
fn read(results: &Path, place: &Path) {
    let (results, place) = (results.to_str().unwrap(), place.to_str().unwrap());
    let mut shown = Vec::new();
    for args in [
        &["chart", results, "--out", place][..],
        &["compare", results, results, "--quiet"],
        &["deadline", results, "--quiet"],
    ] {
        // Whether it is read or refused does not matter here.
        let _ = match Args::parse_from([&["rollout-lab"], args].concat()).command {
            Command::Chart(args) => chart::execute(&args, &mut shown),
            Command::Compare(args) => compare::execute(&args, &mut shown),
            Command::Deadline(args) => deadline::execute(&args, &mut shown),
            _ => unreachable!(),
        };
    }
}

#[test]
fn changed_results_are_read_or_refused() {
    let folder = tempfile::tempdir().unwrap();
    let (results, files) = batch(folder.path());
    let place = folder.path().join("charts");
    bolero::check!().with_iterations(60).with_type::<(u8, [Change; 3], u8)>().for_each(
        |(which, changes, count)| {
            let file = &files[usize::from(*which) % files.len()];
            let whole = fs::read_to_string(file).unwrap();
            fs::write(file, changed(&whole, &changes[..=usize::from(*count % 3)])).unwrap();
            read(&results, &place);
            fs::write(file, whole).unwrap();
        },
    );
}
