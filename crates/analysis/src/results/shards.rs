//! Finds the shards of batches, checks them and puts them in order.

use super::{BatchOrder, Fan, Part, ResultFile, ResultFolder, RunReader, Shard, hashed};
use crate::tables::provenance::VERSION;
use measures::digest::BatchDigest;
use scenario::input;
use serde::de::DeserializeOwned;
use serde_json::Value;
use std::collections::BTreeMap;
use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

/// All shards of one batch, each complete.
#[derive(Debug)]
pub struct Shards {
    /// The order of the whole batch.
    pub order: BatchOrder,
    /// The folders of shards 1 to N, and their states.
    pub parts: Vec<(PathBuf, Part)>,
}

/// Shards cannot be merged.
#[derive(Debug, Default, thiserror::Error)]
#[error("{}", messages.join("\n"))]
pub struct UnmergedError {
    /// All errors, a line or more each, and the command that makes the missing shards.
    pub messages: Vec<String>,
    /// The shards that are missing, unfinished or broken, to run again.
    pub again: Vec<Shard>,
    /// Whether there is no other error.
    pub is_only_missing: bool,
}

/// The depth below a folder at which shards are found: `DIR/<scenario>/shards/I-of-N`.
const DEPTH: u32 = 3;

/// Errors shown; further ones are only counted, because a million shards may be missing.
const MOST_ERRORS: usize = 100;

/// A folder with the order of a shard.
struct FoundShard {
    folder: PathBuf,
    shard: Shard,
    order: BatchOrder,
}

/// The errors of the shards of one scenario, and the shards to run again.
#[derive(Default)]
struct ShardErrors {
    messages: Vec<String>,
    again: Vec<Shard>,
}

impl Shards {
    /// Finds the shards below these folders, by scenario. `of` is the number of shards, if it is known; then all
    /// shards of an empty or absent folder are missing.
    ///
    /// # Errors
    /// All shards that are missing, damaged, doubled, or of different batches, and how to get them.
    pub fn find(folders: &[PathBuf], of: Option<u64>) -> Result<Vec<Self>, UnmergedError> {
        let (mut places, mut errors, mut is_readable) = (Vec::new(), Vec::new(), true);
        for folder in folders {
            let known = places.len();
            match walk(folder, DEPTH, &mut places) {
                Err(why) => {
                    is_readable &= why.kind() == ErrorKind::NotFound;
                    errors.push(format!("error: cannot read {}: {why}", folder.display()));
                }
                Ok(()) if places.len() == known => {
                    errors.push(format!("error: there is no shard in {}", folder.display()));
                }
                Ok(()) => {}
            }
        }
        let mut by_scenario: BTreeMap<String, Vec<FoundShard>> = BTreeMap::new();
        for folder in without_doubles(places) {
            match open(&folder) {
                Ok(found) => by_scenario.entry(found.order.scenario.clone()).or_default().push(found),
                Err(why) => errors.push(format!("error: {}: {why}", folder.display())),
            }
        }
        if let (true, true, Some(of)) = (by_scenario.is_empty(), is_readable, of) {
            let again = (1..=of).map(|number| Shard { number, of }).collect();
            return Err(UnmergedError { messages: errors, again, is_only_missing: true });
        }
        let mut all = Vec::new();
        let mut unmerged =
            UnmergedError { is_only_missing: errors.is_empty(), messages: errors, again: Vec::new() };
        for found in by_scenario.into_values() {
            match Self::of_batch(found, of) {
                Ok(shards) => all.push(shards),
                Err(of_batch) => unmerged.add(of_batch),
            }
        }
        if unmerged.messages.is_empty() { Ok(all) } else { Err(unmerged) }
    }

    /// The shards of one scenario in their order.
    fn of_batch(found: Vec<FoundShard>, wanted: Option<u64>) -> Result<Self, UnmergedError> {
        let mut errors = ShardErrors::default();
        let reference = &found[most_frequent(&found)];
        let of = reference.shard.of;
        if let Some(wanted) = wanted.filter(|wanted| *wanted != of) {
            errors
                .messages
                .push(format!("error: the shards of {} are {of} and not {wanted}", reference.order.scenario));
        }
        let order = BatchOrder { shard: None, ..reference.order.clone() };
        if order.version != VERSION {
            let versions = format!("was run by version {}, and this is {VERSION}", order.version);
            for FoundShard { shard, .. } in &found {
                errors.of(*shard, &versions);
            }
        }
        let partials: Vec<PathBuf> =
            found.iter().filter_map(|found| Some(found.folder.parent()?.into())).collect();
        let places = errors.of_same_batch(found, &order, of);
        let mut parts = Vec::new();
        for number in 1..=of {
            let shard = Shard { number, of };
            let places = places.get(&number).map_or(&[][..], Vec::as_slice);
            parts.extend(errors.complete_shard(shard, places, &order, &partials));
        }
        if errors.messages.is_empty() {
            return Ok(Self { order, parts });
        }
        Err(errors.unmerged(&order, of))
    }
}

impl UnmergedError {
    /// Adds the errors of another scenario.
    fn add(&mut self, other: Self) {
        self.messages.extend(other.messages);
        self.again.extend(other.again);
        self.is_only_missing &= other.is_only_missing;
    }

    /// The numbers of the shards to run again, in the form that batch engines take: `17,90-92`.
    pub fn numbers(&self) -> String {
        let mut numbers: Vec<u64> = self.again.iter().map(|shard| shard.number).collect();
        numbers.sort_unstable();
        numbers.dedup();
        let ranges = numbers.chunk_by(|one, next| one + 1 == *next).map(|range| match range {
            [first, .., last] => format!("{first}-{last}"),
            one => one[0].to_string(),
        });
        ranges.collect::<Vec<_>>().join(",")
    }
}

impl ShardErrors {
    /// The error of the whole batch, with the first messages of many.
    fn unmerged(self, order: &BatchOrder, of: u64) -> UnmergedError {
        let Self { mut messages, mut again } = self;
        let is_only_missing = messages.len() == again.len();
        let more = messages.len().saturating_sub(MOST_ERRORS);
        if more > 0 {
            messages.truncate(MOST_ERRORS);
            messages.push(format!("... and {more} more errors"));
        }
        // Shards of another number of parts are not needed.
        again.retain(|shard| shard.of == of);
        again.sort_unstable();
        again.dedup();
        messages.extend(run_again(order, &again));
        UnmergedError { messages, again, is_only_missing }
    }

    fn of(&mut self, shard: Shard, what: impl std::fmt::Display) {
        self.messages.push(format!("error: shard {} of {} {what}", shard.number, shard.of));
        self.again.push(shard);
    }

    /// The folders of the shards of the batch, by number.
    fn of_same_batch(
        &mut self,
        found: Vec<FoundShard>,
        batch: &BatchOrder,
        of: u64,
    ) -> BTreeMap<u64, Vec<PathBuf>> {
        let mut places: BTreeMap<u64, Vec<PathBuf>> = BTreeMap::new();
        for FoundShard { folder, shard, order } in found {
            let differences = mismatches(batch, of, &order, shard);
            if differences.is_empty() {
                places.entry(shard.number).or_default().push(folder);
                continue;
            }
            let (place, differences) = (folder.display(), differences.join("\n  "));
            let Shard { number, of } = shard;
            self.messages.push(format!(
                "error: shard {number} of {of} in {place} belongs to another batch:\n  {differences}"
            ));
        }
        places
    }

    /// The one folder of a shard, and its state.
    fn complete_shard(
        &mut self,
        shard: Shard,
        places: &[PathBuf],
        batch: &BatchOrder,
        partials: &[PathBuf],
    ) -> Option<(PathBuf, Part)> {
        match places {
            [] => self.of(shard, missing(shard, partials)),
            [folder] => match check(folder, batch, shard) {
                Ok(part) => return Some((folder.clone(), part)),
                Err(why) => self.of(shard, format_args!("in {} {why}", folder.display())),
            },
            [one, two, ..] => {
                let (Shard { number, of }, one, two) = (shard, one.display(), two.display());
                self.messages.push(format!(
                    "error: shard {number} of {of} exists twice; name only one of\n  {one}\n  {two}"
                ));
            }
        }
        None
    }
}

/// Whether an unfinished folder of the shard is next to the others.
fn missing(shard: Shard, partials: &[PathBuf]) -> String {
    let partial = |folder: &PathBuf| ResultFolder::paths(folder, &shard.folder_name()).1;
    match partials.iter().map(partial).find(|partial| partial.exists()) {
        Some(partial) => format!("is not finished: with --resume it goes on from {}", partial.display()),
        None => "is missing".to_owned(),
    }
}

/// The command that makes the missing shards.
fn run_again(order: &BatchOrder, again: &[Shard]) -> Option<String> {
    let more = (again.len() > MOST_ERRORS).then(|| "...".to_owned());
    let shown = again.iter().take(MOST_ERRORS).map(|shard| format!("--shard {shard}"));
    let numbers: Vec<String> = shown.chain(more).collect();
    let BatchOrder { scenario, seed, runs, .. } = order;
    (!numbers.is_empty()).then(|| {
        format!("Run again: rollout-lab run <{scenario}> --seed {seed} --runs {runs} {}", numbers.join(" | "))
    })
}

/// Finds folders of shards at and below a folder. Hidden folders are unfinished shards.
fn walk(folder: &Path, depth: u32, places: &mut Vec<PathBuf>) -> std::io::Result<()> {
    if is_shard(folder) {
        places.push(folder.to_owned());
        return Ok(());
    }
    let mut below: Vec<PathBuf> =
        fs::read_dir(folder)?.map(|entry| Ok(entry?.path())).collect::<std::io::Result<_>>()?;
    below.sort_unstable();
    let is_hidden = |path: &Path| path.file_name().is_none_or(|name| name.to_string_lossy().starts_with('.'));
    let below = below.into_iter().filter(|path| path.is_dir() && !is_hidden(path));
    if depth == 0 { Ok(()) } else { below.into_iter().try_for_each(|path| walk(&path, depth - 1, places)) }
}

/// By its files, or by its name if the files are missing.
fn is_shard(folder: &Path) -> bool {
    let name = folder.file_name().map(|name| name.to_string_lossy().replace("-of-", "/"));
    folder.join(ResultFile::Order).exists() || name.is_some_and(|name| Shard::parse(&name).is_ok())
}

/// A folder can be named twice on the command line.
fn without_doubles(places: Vec<PathBuf>) -> Vec<PathBuf> {
    let mut seen = Vec::new();
    let mut is_new = |place: &PathBuf| {
        let identity = fs::canonicalize(place).unwrap_or_else(|_| place.clone());
        let is_new = !seen.contains(&identity);
        seen.push(identity);
        is_new
    };
    places.into_iter().filter(|place| is_new(place)).collect()
}

fn open(folder: &Path) -> Result<FoundShard, String> {
    let order: BatchOrder = read(&folder.join(ResultFile::Order))?;
    // It becomes a folder name.
    let is_name = |name: &str| {
        !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
    };
    if !is_name(&order.scenario) {
        return Err(format!(
            "{} is broken: `{}` is not the name of a scenario; run it again",
            ResultFile::Order,
            order.scenario
        ));
    }
    match order.shard {
        Some(shard) if Shard::parse(&shard.to_string()).is_ok() => {
            Ok(FoundShard { folder: folder.to_owned(), shard, order })
        }
        _ => Err("it is not a shard".to_owned()),
    }
}

fn read<T: DeserializeOwned>(path: &Path) -> Result<T, String> {
    found(path, input::json(path))
}

fn bytes(path: &Path) -> Result<Vec<u8>, String> {
    found(path, input::json_text(path))
}

fn found<T>(path: &Path, read: std::io::Result<T>) -> Result<T, String> {
    let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
    read.map_err(|why| match why.kind() {
        ErrorKind::InvalidData => format!("{name} is broken: {why}; run it again"),
        _ => format!("cannot read {name}: {why}; run it again"),
    })
}

/// The index of a shard of the most frequent batch, the first of several.
fn most_frequent(found: &[FoundShard]) -> usize {
    let kin = |one: &FoundShard| {
        let is_kin =
            |two: &&FoundShard| mismatches(&one.order, one.shard.of, &two.order, two.shard).is_empty();
        found.iter().filter(is_kin).count()
    };
    let most = found.iter().map(kin).max();
    found.iter().position(|one| Some(kin(one)) == most).unwrap_or_default()
}

/// The differences of a shard from a batch of `of` shards.
fn mismatches(batch: &BatchOrder, of: u64, order: &BatchOrder, shard: Shard) -> Vec<String> {
    let mut differences = Vec::new();
    if shard.of != of {
        differences.push(format!("shards: {of} in the others, {} here", shard.of));
    }
    let [batch, order] = [batch, order].map(|order| BatchOrder { shard: None, ..order.clone() });
    differences.extend(batch.differences(&order, "in the others", "here"));
    differences
}

/// Reads a shard completely.
fn check(folder: &Path, batch: &BatchOrder, shard: Shard) -> Result<Part, String> {
    let part = bytes(&folder.join(ResultFile::Part)).and_then(|text| {
        Part::read(&text).map_err(|why| format!("{} is broken: {why}; run it again", ResultFile::Part))
    });
    let part = part.map_err(|why| is_broken(&why))?;
    let expected = shard.share_of(batch.runs);
    if part.runs != expected || !part.is_sound(Fan::GRID_POINTS) {
        return Err(format!("is incomplete: {} is not of {expected} runs", ResultFile::Part));
    }
    for (name, extent) in [(ResultFile::Runs, &part.rows), (ResultFile::Scalings, &part.scalings)] {
        let (path, bytes) = (folder.join(name), extent.bytes);
        let length = fs::metadata(&path).map_or(0, |file| file.len());
        if length != bytes {
            return Err(format!("is incomplete: {name} has {length} of {bytes} bytes"));
        }
        extent.check(&path).map_err(|why| is_broken(&why))?;
    }
    for (name, written) in
        [(ResultFile::Order, Some(&part.order)), (ResultFile::Provenance, part.provenance.as_ref())]
    {
        let found = bytes(&folder.join(name)).map_err(|why| is_broken(&why))?;
        if written != Some(&hashed::sha256(&found)) {
            return Err(format!("is broken: {name} was changed after it was written"));
        }
    }
    let provenance: Value = read(&folder.join(ResultFile::Provenance)).map_err(|why| is_broken(&why))?;
    let digest = digest(folder, shard, expected)?;
    if provenance["digest"] != *digest {
        return Err("is broken: its rows do not have the digest that provenance.json states".to_owned());
    }
    Ok(part)
}

fn is_broken(why: &impl std::fmt::Display) -> String {
    format!("is broken: {why}")
}

/// The digest of all its rows.
fn digest(folder: &Path, shard: Shard, runs: u64) -> Result<String, String> {
    let wrong = |why: crate::tables::TableError| format!("is broken: {why}");
    let mut reader = RunReader::open(folder).map_err(wrong)?;
    let mut digest = BatchDigest::default();
    for position in 0..runs {
        let run = shard.run_at(position);
        let stored = reader.next(run).map_err(wrong)?;
        digest.add(stored.ok_or_else(|| format!("is incomplete: run {run} is missing"))?.row.digest);
    }
    reader.finish().map_err(wrong)?;
    Ok(digest.finish())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_ranges() {
        let of = |numbers: &[u64]| UnmergedError {
            again: numbers.iter().map(|&number| Shard { number, of: 100 }).collect(),
            ..UnmergedError::default()
        };
        assert_eq!(of(&[]).numbers(), "");
        assert_eq!(of(&[17]).numbers(), "17");
        assert_eq!(of(&[92, 17, 90, 91, 17]).numbers(), "17,90-92");
        assert_eq!(of(&[1, 2, 4, 5, 6, 8]).numbers(), "1-2,4-6,8");
    }
}
