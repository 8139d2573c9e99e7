//! `example-pods.csv`: the pods of the example, each with what it waits for.

use super::lives::{Life, Phase, lives};
use crate::results::ExampleRun;
use crate::tables::{TableError, read_table};
use csv::StringRecord;
use measures::Milli;
use measures::field::Kind::{Count, Number, Word};
use measures::field::{Field, field};
use simulator::story::Story;
use std::io::Write;
use std::path::Path;

/// The columns in their order. New ones come at the end.
#[rustfmt::skip]
pub const FIELDS: [Field; 6] = [
    field("run", Count, "number", "the run; the same in all rows"),
    field("replica_set", Word, "name", "`<workload>-<hash>`; empty for bare pods"),
    field("replica_set_pods", Count, "pods", "how many pods of it there were in the run; the table has all of them, or every n-th"),
    field("pod", Word, "name", "the pod"),
    field("t_s", Number, "s from t = 0", "since when"),
    field("phase", Word, "word", "what it does from then on: `waiting` (for a node), `pulling`, `pull-back-off`, `starting`, `not-ready`, `crash-loop`, `ready` (but not yet for minReadySeconds), `available`, `terminating`, `gone`"),
];

/// The largest number of pods in the table, plus or minus one per `ReplicaSet`.
const MOST_PODS: usize = 400;

/// Pods of one run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExamplePods {
    /// The run.
    pub run: u64,
    /// By `ReplicaSet`, in order of creation; bare pods come first.
    pub sets: Vec<PodsOfSet>,
}

/// The pods of a `ReplicaSet`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PodsOfSet {
    /// Its name; empty for bare pods.
    pub name: String,
    /// Number of pods in the run.
    pub pods: usize,
    /// All of them, or an even selection.
    pub lives: Vec<Life>,
}

impl ExamplePods {
    /// The pods of a story, every n-th if there are very many, and the times of the new ones; `None` without pods.
    pub fn of(story: &Story, run: u64) -> (Option<Self>, ExampleRun) {
        let all = lives(story);
        let example = ExampleRun::new(run, all.iter().map(|(_, life)| life));
        let every = all.len().div_ceil(MOST_PODS).max(1);
        let named = story.replica_sets.iter().map(String::as_str).enumerate();
        let owners = std::iter::once((None, "")).chain(named.map(|(index, name)| (Some(index), name)));
        let set = |(owner, name): (Option<usize>, &str)| {
            let own = all.iter().filter(|(of, _)| *of == owner).map(|(_, life)| life);
            let pods = own.clone().count();
            PodsOfSet { name: name.to_owned(), pods, lives: own.step_by(every).cloned().collect() }
        };
        let sets: Vec<PodsOfSet> = owners.map(set).filter(|set| set.pods > 0).collect();
        ((!sets.is_empty()).then_some(Self { run, sets }), example)
    }

    /// Reads the table; `None` if the file does not exist or is empty.
    ///
    /// # Errors
    /// The file cannot be read.
    pub fn read(path: &Path) -> Result<Option<Self>, TableError> {
        let Some(rows) = read_table(path, &FIELDS.map(|field| field.name))? else { return Ok(None) };
        let mut example: Option<Self> = None;
        for row in rows {
            let (run, pods, at, phase) = parsed(&row).ok_or_else(|| TableError::of_row(path, &row))?;
            let example = example.get_or_insert(Self { run, sets: Vec::new() });
            if example.sets.last().is_none_or(|set| set.name != row[1]) {
                example.sets.push(PodsOfSet { name: row[1].to_owned(), pods, lives: Vec::new() });
            }
            let set = example.sets.last_mut().ok_or_else(|| TableError::of_row(path, &row))?;
            match set.lives.last_mut() {
                Some(life) if life.pod == row[3] => life.phases.push((at, phase)),
                _ => set.lives.push(Life { pod: row[3].to_owned(), phases: vec![(at, phase)] }),
            }
        }
        Ok(example)
    }

    /// Writes the table.
    ///
    /// # Errors
    /// The sink refuses.
    pub fn write(&self, out: impl Write) -> csv::Result<()> {
        let mut csv = csv::Writer::from_writer(out);
        csv.write_record(FIELDS.map(|field| field.name))?;
        let run = self.run.to_string();
        for set in &self.sets {
            let pods = set.pods.to_string();
            for life in &set.lives {
                for (at, phase) in &life.phases {
                    let at = Milli::from_thousandths(*at).to_string();
                    csv.write_record([&run, &set.name, &pods, &life.pod, &at, phase.word()])?;
                }
            }
        }
        Ok(csv.flush()?)
    }
}

/// Run, pods of the `ReplicaSet`, time and phase.
fn parsed(row: &StringRecord) -> Option<(u64, usize, i64, Phase)> {
    let [run, _, pods, _, at, phase] = [0, 1, 2, 3, 4, 5].map(|column| row.get(column).unwrap_or_default());
    Some((run.parse().ok()?, pods.parse().ok()?, Milli::parse_time(at)?.thousandths(), Phase::parse(phase)?))
}

impl ExampleRun {
    fn new<'l>(run: u64, lives: impl Iterator<Item = &'l Life>) -> Self {
        let created: Vec<&Life> = lives.filter(|life| life.created() > 0).collect();
        let waits = created.iter().filter_map(|life| life.until_available());
        let mut waits: Vec<Milli> = waits.map(Milli::from_thousandths).collect();
        waits.sort_unstable();
        let middle = waits.get(waits.len().saturating_sub(1) / 2);
        let until_available = match (waits.first(), middle, waits.last()) {
            (Some(&first), Some(&middle), Some(&last)) => Some([first, middle, last]),
            _ => None,
        };
        Self { run, created: created.len() as u64, available: waits.len() as u64, until_available }
    }
}
