//! Reads a baseline from its file, or reports all errors in it.

use super::file::EMPTY;
use super::{
    Baseline, DIGEST_COLUMN, FORMAT, Judged, MEASURED_RUNS, MOST_STEPS, STEPPED_RUNS, Step, is_kept, short,
};
use crate::results::ObjectiveVerdict;
use csv::StringRecord;
use measures::digest::BatchDigest;
use measures::{Milli, Register, Row};
use scenario::diagnostic::{Diagnostic, Diagnostics, Place, Source};
use scenario::reader::{Fields, list, mapping, text, whole};
use scenario::yaml::{self, Node};
use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::Arc;

/// Reads the baseline of the scenario `name`.
///
/// # Errors
/// All errors of the file, with line and correction.
pub fn read(source: &Arc<Source>, name: &str) -> Result<Baseline, Diagnostics> {
    let mut log = Diagnostics::new();
    let mut documents = yaml::documents(source, &mut log);
    let baseline = match (documents.pop(), documents.is_empty()) {
        (Some(node), true) => file(&node, name, &mut log),
        (None, _) if log.is_empty() => {
            let text = format!("{} is empty: a baseline was expected", source.name());
            log.push(Diagnostic::without_place(text));
            None
        }
        _ => None,
    };
    match baseline {
        Some(baseline) if log.is_empty() => Ok(baseline),
        _ => {
            let mend = format!(
                "take the file back from git, or save the scenario again: rollout-lab baseline save <scenario {name}>"
            );
            log.push(
                Diagnostic::without_place(format!("{} is not a complete baseline", source.name())).help(mend),
            );
            Err(log.finish(()).err().unwrap_or_default())
        }
    }
}

fn file(node: &Node, name: &str, log: &mut Diagnostics) -> Option<Baseline> {
    let mut fields = Fields::of(node, "a baseline", log)?;
    let format = fields.need("format", log)?;
    if whole(format, "the format", 1..=i64::MAX, log)? != FORMAT {
        let text = format!("this version of rollout-lab reads baselines of format {FORMAT}");
        let mend = format!("save it again: rollout-lab baseline save <scenario {name}>");
        log.push(Diagnostic::at(&format.place, text).help(mend));
        return None;
    }
    let version = fields.need("version", log).and_then(|node| text(node, "the version", log));
    let scenario = fields.need("scenario", log).and_then(|node| named(node, name, log));
    let text_digest = fields.need("text", log).and_then(|node| text(node, "the hash of the text", log));
    let seed =
        fields.need("seed", log).and_then(|node| parsed(node, "the seed", |text| text.parse().ok(), log));
    let runs = fields.need("runs", log).and_then(|node| whole(node, "the number of runs", 1..=100_000, log));
    let horizon =
        fields.need("horizon", log).and_then(|node| parsed(node, "the horizon", Milli::parse_time, log));
    let digest = fields.need("digest", log);
    let objectives = fields.need("objectives", log).map(|node| objectives(node, log));
    let mut columns = KnownColumns::default();
    fields.need("empty", log).into_iter().for_each(|node| columns.empty(node, log));
    fields.need("same", log).into_iter().for_each(|node| columns.same(node, log));
    fields.need("series", log).into_iter().for_each(|node| columns.series(node, runs, log));
    let rows = fields.need("rows", log).map(|node| columns.rows(node, runs, log));
    let steps = fields.need("steps", log).map(|node| steps(node, log));
    if let (Some(rows), Some(steps), Some(digest), true) = (&rows, &steps, digest, log.is_empty()) {
        agree(rows, steps, digest, node, log);
    }
    fields.finish(log);
    Some(Baseline {
        scenario: scenario?.to_owned(),
        version: version?.to_owned(),
        text: text_digest?.to_owned(),
        seed: seed?,
        horizon: horizon?,
        objectives: objectives?,
        rows: rows?,
        columns: columns.known(),
        steps: steps?,
    })
}

fn named<'n>(node: &'n Node, name: &str, log: &mut Diagnostics) -> Option<&'n str> {
    let found = text(node, "the scenario's name", log)?;
    if found != name {
        let text = format!("this is the baseline of `{found}`, but its file is named `{name}`");
        log.push(Diagnostic::at(&node.place, text));
    }
    Some(found)
}

fn parsed<T>(
    node: &Node,
    what: &str,
    parse: impl FnOnce(&str) -> Option<T>,
    log: &mut Diagnostics,
) -> Option<T> {
    let found = node.as_text().and_then(|text| parse(&text));
    if found.is_none() {
        log.push(Diagnostic::at(&node.place, format!("{what} cannot be read")));
    }
    found
}

fn objectives(node: &Node, log: &mut Diagnostics) -> Vec<Judged> {
    let mut all = Vec::new();
    for item in list(node, "objectives", log) {
        for entry in mapping(item, "an objective", log) {
            let verdicts = [ObjectiveVerdict::Met, ObjectiveVerdict::Missed, ObjectiveVerdict::Undecided];
            match verdicts.into_iter().find(|one| entry.value.as_str() == Some(one.as_str())) {
                Some(verdict) => all.push(Judged { text: entry.key.clone(), verdict, against: None }),
                None => {
                    log.push(Diagnostic::at(
                        &entry.value.place,
                        "this is not `met`, `missed` or `undecided`",
                    ));
                }
            }
        }
    }
    all
}

/// The values of a column, before the rows are read.
enum KnownColumn {
    /// The same value in every run.
    Same(String),
    /// One value per run.
    Series(Vec<String>),
    /// The values are in the rows.
    Rows,
}

/// The values of each column, by the number of the column in the register.
#[derive(Default)]
struct KnownColumns(BTreeMap<usize, KnownColumn>);

impl KnownColumns {
    fn known(&self) -> Vec<usize> {
        self.0.keys().copied().collect()
    }

    fn add(&mut self, (name, place): (&str, &Place), known: KnownColumn, log: &mut Diagnostics) {
        let Some(index) = Register::standard().position(name) else {
            let text = format!("there is no column `{name}`: another version of rollout-lab wrote it");
            return log.push(Diagnostic::at(place, text));
        };
        if matches!(known, KnownColumn::Rows) && (index == DIGEST_COLUMN || is_kept(index)) {
            log.push(Diagnostic::at(
                place,
                format!("the column `{name}` is kept for every run, as a series"),
            ));
        }
        if self.0.insert(index, known).is_some() {
            log.push(Diagnostic::at(place, format!("the column `{name}` appears twice")));
        }
    }

    fn empty(&mut self, node: &Node, log: &mut Diagnostics) {
        for name in list(node, "empty columns", log) {
            if let Some(text) = text(name, "the name of a column", log) {
                self.add((text, &name.place), KnownColumn::Same(String::new()), log);
            }
        }
    }

    fn same(&mut self, node: &Node, log: &mut Diagnostics) {
        for entry in mapping(node, "columns that are the same", log) {
            match entry.value.as_text() {
                Some(value) => self.add((&entry.key, &entry.key_place), KnownColumn::Same(value), log),
                None => log.push(Diagnostic::at(&entry.value.place, "the value of a column cannot be read")),
            }
        }
    }

    fn series(&mut self, node: &Node, runs: Option<i64>, log: &mut Diagnostics) {
        for entry in mapping(node, "columns of every run", log) {
            let Some(block) = Block::of(&entry.value, "the values of a column", log) else { continue };
            let most = runs.unwrap_or(0) as usize;
            let (mut values, mut at) = (Vec::new(), 0);
            for line in block.text.split_inclusive('\n') {
                if let Err(because) = add_values(line.trim_end(), most, &mut values) {
                    log.push(Diagnostic::at(&block.place(at..at + line.trim_end().len()), because));
                }
                at += line.len();
            }
            if values.len() != most && log.is_empty() {
                let text = format!(
                    "`{}` has {} values of {most} runs: the file is cut off",
                    entry.key,
                    values.len()
                );
                log.push(Diagnostic::at(&entry.key_place, text));
            }
            self.add((&entry.key, &entry.key_place), KnownColumn::Series(values), log);
        }
        if !self.0.contains_key(&DIGEST_COLUMN) {
            log.push(Diagnostic::at(&node.place, "the digests of the runs are missing"));
        }
    }

    fn rows(&mut self, node: &Node, runs: Option<i64>, log: &mut Diagnostics) -> Vec<Row> {
        let Some(block) = Block::of(node, "rows", log) else { return Vec::new() };
        let mut csv = csv::Reader::from_reader(block.text.as_bytes());
        let header = csv.headers().cloned().unwrap_or_default();
        for name in &header {
            self.add((name, &block.place(0..1)), KnownColumn::Rows, log);
        }
        let runs = runs.unwrap_or(0) as usize;
        let mut rows: Vec<Row> = Vec::new();
        if !log.is_empty() {
            // Without all columns every row would be an error again.
            return rows;
        }
        let mut first = None;
        for record in csv.records() {
            let number = rows.len();
            match record.map_err(|broken| (broken.position().map(csv::Position::byte), broken.to_string())) {
                Ok(record) => {
                    let at = record.position().map_or(0, csv::Position::byte);
                    match self.row(number, &header, &record).and_then(|row| in_order(row, number as u64)) {
                        Ok(row) => rows.push(row),
                        Err(because) if self.is_about_missing_column(&because) => {
                            let text = format!("{because}: a version that did not measure it wrote this");
                            log.push(Diagnostic::at(&block.place(0..1), text));
                            return rows;
                        }
                        Err(because) => log.push(Diagnostic::at(&block.place_at(at), because)),
                    }
                    first.get_or_insert(record);
                }
                Err((at, because)) => {
                    log.push(Diagnostic::at(&block.place_at(at.unwrap_or(0)), because));
                }
            }
        }
        let wanted = runs.min(MEASURED_RUNS);
        if log.is_empty() && rows.len() != wanted {
            let text = format!("there are {} rows instead of {wanted}: the file is cut off", rows.len());
            log.push(Diagnostic::at(&node.place, text));
        }
        if let (Some(first), true) = (first, log.is_empty()) {
            self.later_rows(runs, (&header, &first), node, &mut rows, log);
        }
        rows
    }

    /// The runs without a row: their series are known, and the other cells are copied from the first row.
    fn later_rows(
        &self,
        runs: usize,
        (header, first): (&StringRecord, &StringRecord),
        node: &Node,
        rows: &mut Vec<Row>,
        log: &mut Diagnostics,
    ) {
        for number in rows.len()..runs {
            match self.row(number, header, first) {
                Ok(row) => rows.push(Row { run: number as u64, ..row }),
                Err(because) => {
                    return log.push(Diagnostic::at(&node.place, format!("run {number}: {because}")));
                }
            }
        }
    }

    fn is_about_missing_column(&self, because: &str) -> bool {
        let mut missing = Register::standard()
            .columns()
            .iter()
            .enumerate()
            .filter(|(index, _)| !self.0.contains_key(index));
        missing.any(|(_, column)| because.starts_with(&format!("`{}`", column.name())))
    }

    /// The row of a run from the values of its columns.
    fn row(&self, number: usize, header: &StringRecord, record: &StringRecord) -> Result<Row, String> {
        let varied: BTreeMap<&str, &str> = header.iter().zip(record).collect();
        let cell = |(index, column): (usize, &measures::column::Column)| match self.0.get(&index) {
            Some(KnownColumn::Same(same)) => same.as_str(),
            Some(KnownColumn::Series(values)) => values.get(number).map_or("", String::as_str),
            _ => varied.get(column.name()).copied().unwrap_or_default(),
        };
        let register = Register::standard();
        Row::parse(register, register.columns().iter().enumerate().map(cell))
            .map_err(|error| error.to_string())
    }
}

/// One line of a series: the number of its first run, then values; `x*3` is three times `x`.
fn add_values(line: &str, most: usize, values: &mut Vec<String>) -> Result<(), String> {
    let mut words = line.trim_start().split(' ');
    let run = words.next().and_then(|word| word.parse::<usize>().ok());
    if run != Some(values.len()) {
        return Err(format!("run {} is next: a line begins with the number of its first run", values.len()));
    }
    for word in words {
        let (value, times) = match word.split_once('*') {
            Some((value, times)) => (value, times.parse().ok()),
            None => (word, Some(1)),
        };
        let times = times.filter(|times| *times <= most - values.len());
        let times = times.ok_or_else(|| format!("`{word}` is more than there are runs"))?;
        let value = if value == EMPTY { "" } else { value };
        values.extend(std::iter::repeat_n(value.to_owned(), times));
    }
    Ok(())
}

fn in_order(row: Row, number: u64) -> Result<Row, String> {
    if row.run == number {
        Ok(row)
    } else {
        Err(format!("this is run {}, but run {number} is next", row.run))
    }
}

/// A block of text with the places of its lines.
struct Block<'n> {
    node: &'n Node,
    text: &'n str,
}

impl<'n> Block<'n> {
    fn of(node: &'n Node, what: &str, log: &mut Diagnostics) -> Option<Self> {
        Some(Self { node, text: text(node, what, log)? })
    }

    fn place(&self, range: Range<usize>) -> Place {
        self.node.place_within(range)
    }

    /// The line that begins at a byte.
    fn place_at(&self, byte: u64) -> Place {
        let start = byte as usize;
        let length = self.text.get(start..).and_then(|rest| rest.find('\n')).unwrap_or(0);
        self.place(start..start + length)
    }
}

fn steps(node: &Node, log: &mut Diagnostics) -> Vec<Vec<Step>> {
    let Some(block) = Block::of(node, "steps", log) else { return Vec::new() };
    let (mut runs, mut at) = (Vec::<Vec<Step>>::new(), 0);
    for line in block.text.split_inclusive('\n') {
        if let Err(because) = add_line(line.trim_end(), &mut runs) {
            log.push(Diagnostic::at(&block.place(at..at + line.trim_end().len()), because));
        }
        at += line.len();
    }
    runs
}

fn add_line(line: &str, runs: &mut Vec<Vec<Step>>) -> Result<(), String> {
    let mut words = line.split(' ');
    let mut number = || words.next().and_then(|word| word.parse::<usize>().ok());
    let (Some(run), Some(first)) = (number(), number()) else {
        return Err("a line of steps begins with the run and the number of its first step".to_owned());
    };
    if first == 1 && run == runs.len() {
        runs.push(Vec::new());
    }
    let known = runs.len();
    let steps = runs.last_mut().filter(|steps| run + 1 == known && steps.len() + 1 == first);
    let steps = steps.ok_or_else(|| format!("step {first} of run {run} does not come next"))?;
    for word in words {
        let step = word.split_once(':').and_then(|(at, digest)| {
            Some(Step { at: Milli::parse(at)?, digest: u16::from_str_radix(digest, 16).ok()? })
        });
        steps.push(step.ok_or_else(|| format!("`{word}` is not a step; a step looks like 12.345:a3f1"))?);
    }
    Ok(())
}

/// Checks that the parts of a complete file agree.
fn agree(rows: &[Row], steps: &[Vec<Step>], digest: &Node, node: &Node, log: &mut Diagnostics) {
    let mut batch = BatchDigest::default();
    for row in rows {
        batch.add(row.digest);
    }
    if digest.as_str() != Some(&batch.finish()) {
        log.push(Diagnostic::at(
            &digest.place,
            "this is not the digest of the rows: one of them was changed",
        ));
    }
    let wanted = rows.len().min(STEPPED_RUNS as usize);
    if steps.len() != wanted {
        let text =
            format!("there are steps of {} runs instead of {wanted}: the file is cut off", steps.len());
        log.push(Diagnostic::at(&node.place, text));
    }
    for (row, steps) in rows.iter().zip(steps) {
        let is_whole = steps.len() < MOST_STEPS;
        if is_whole && steps.last().map_or(0, |step| step.digest) != short(row.digest) {
            let text = format!(
                "the last step of run {} does not have the digest of the run: steps are missing",
                row.run
            );
            log.push(Diagnostic::at(&node.place, text));
        }
    }
}
