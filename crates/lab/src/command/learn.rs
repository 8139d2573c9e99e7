//! `rollout-lab learn`: what a cluster's own pods say about it.

use super::{Ending, Stop, error, note};
use crate::args::LearnArgs;
use flate2::read::MultiGzDecoder;
use learn::dump::{self, DumpError};
use learn::observe::Observations;
use learn::weather::Learned;
use scenario::input;
use std::io::{self, BufRead, BufReader, Read, Write};
use std::path::Path;
use thiserror::Error;

/// Reads the dumps and prints a weather file.
///
/// # Errors
/// What cannot be read, all of it at once; dumps without a pod that can be used.
pub fn execute(args: &LearnArgs, out: &mut impl Write) -> Result<Ending, Stop> {
    let mut observations = Observations::default();
    let mut errors = Vec::new();
    for path in &args.dumps {
        if let Err(why) = read(path, &mut observations) {
            errors.push(format!("error: {}: {why}", path.display()));
        }
    }
    if !errors.is_empty() {
        return Err(Stop::Refused(errors.join("\n")));
    }
    for (kind, count) in &observations.other {
        note(&format!("{count} objects of kind {kind} say nothing about delays"));
    }
    let learned = Learned::of(&observations);
    if learned.pods == 0 {
        return Err(error(format_args!(
            "no pod shows its delays ({} not ready or with init containers, {} restarted, {} on nodes with another \
             clock); `kubectl get pods,events -A -o json` prints what is needed",
            learned.left_out.unready, learned.left_out.restarted, learned.left_out.skewed
        )));
    }
    out.write_all(learned.to_yaml(args.names).as_bytes())?;
    Ok(Ending::Fine)
}

/// Why a dump is not taken.
#[derive(Debug, Error)]
enum DumpFileError {
    #[error("cannot be read: {0}")]
    File(#[from] io::Error),
    #[error(transparent)]
    Json(DumpError),
    #[error("{0}")]
    Yaml(String),
    #[error("it has no object of Kubernetes")]
    Empty,
}

fn read(path: &Path, observations: &mut Observations) -> Result<(), DumpFileError> {
    let file: Box<dyn Read> =
        if path == Path::new("-") { Box::new(io::stdin().lock()) } else { Box::new(input::open(path)?) };
    let mut file = BufReader::with_capacity(1 << 16, file);
    // The first two bytes of gzip (RFC 1952, section 2.3.1).
    let is_compressed = file.fill_buf()?.starts_with(&[0x1f, 0x8b]);
    let text: Box<dyn Read> =
        if is_compressed { Box::new(MultiGzDecoder::new(file)) } else { Box::new(file) };
    let mut text = BufReader::with_capacity(1 << 16, text);
    let is_json = loop {
        let Some(first) = text.fill_buf()?.first().copied() else { return Err(DumpFileError::Empty) };
        if !first.is_ascii_whitespace() {
            break first == b'{' || first == b'[';
        }
        text.consume(1);
    };
    let objects = if is_json {
        dump::read(text, |object| observations.add(object)).map_err(DumpFileError::Json)?
    } else {
        read_yaml(text, observations)?
    };
    if objects == 0 { Err(DumpFileError::Empty) } else { Ok(()) }
}

/// The longest YAML that is read: a parser of YAML needs all of it.
const MOST_YAML_BYTES: u64 = 64 << 20;

fn read_yaml(text: impl Read, observations: &mut Observations) -> Result<u64, DumpFileError> {
    let mut all = String::new();
    text.take(MOST_YAML_BYTES + 1).read_to_string(&mut all)?;
    if all.len() as u64 > MOST_YAML_BYTES {
        let limit = MOST_YAML_BYTES >> 20;
        return Err(DumpFileError::Yaml(format!(
            "it is YAML of more than {limit} MiB; JSON of any size is read (-o json)"
        )));
    }
    let documents: Vec<serde_json::Value> =
        serde_saphyr::from_multiple(&all).map_err(|why| DumpFileError::Yaml(why.to_string()))?;
    let mut objects = 0;
    for document in documents {
        objects += dump::read(document.to_string().as_bytes(), |object| observations.add(object))
            .map_err(|why| DumpFileError::Yaml(why.because))?;
    }
    Ok(objects)
}
