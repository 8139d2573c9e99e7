//! `rollout-lab shards`: a script that runs a batch in shards with an existing engine.

use super::{Ending, Stop, error, source};
use crate::args::ShardsArgs;
use crate::engine::script::{Order, script};
use std::io::Write;
use std::path::Path;

/// Checks the scenarios and prints the script.
///
/// # Errors
/// Wrong scenarios; words or numbers of shards that the engine does not take.
pub fn execute(args: &ShardsArgs, out: &mut impl Write) -> Result<Ending, Stop> {
    let sources = source::load_all(&args.scenarios, &source::variant(&args.set)?)?;
    let names: Vec<&str> = sources.iter().map(source::Source::name).collect();
    let text = script(args.engine, &order(args, &names)?).map_err(error)?;
    out.write_all(text.as_bytes())?;
    Ok(Ending::Fine)
}

fn order(args: &ShardsArgs, names: &[&str]) -> Result<Order, Stop> {
    let scenarios: Vec<String> = args.scenarios.iter().map(|path| text(path)).collect::<Result<_, _>>()?;
    let (name, what) = match names {
        [name] => ((*name).to_owned(), (*name).to_owned()),
        _ => ("rollout-lab".to_owned(), format!("{} scenarios", names.len())),
    };
    let mut batch = vec!["--runs".to_owned(), args.runs.to_string()];
    if let Some(seed) = args.seed {
        batch.extend(["--seed".to_owned(), seed.to_string()]);
    }
    for set in &args.set {
        batch.extend(["--set".to_owned(), set.clone()]);
    }
    let to = |folder: &str| vec!["--out".to_owned(), folder.to_owned()];
    let run =
        [words(&["rollout-lab", "run"]), scenarios, batch, words(&["--resume", "--quiet"]), to(&args.parts)];
    let merge =
        [words(&["rollout-lab", "merge", &args.parts, "--shards", &args.shards.to_string()]), to(&args.out)];
    Ok(Order {
        name,
        scenarios: names.len(),
        title: format!("{what}, {} runs each,", args.runs),
        command: std::env::args()
            .enumerate()
            .map(|(k, word)| if k == 0 { "rollout-lab".into() } else { word })
            .collect(),
        run: run.concat(),
        merge: merge.concat(),
        parts: args.parts.clone(),
        out: args.out.clone(),
        shards: args.shards.get(),
        tries: args.tries.get(),
        cpus: args.cpus.get(),
        memory_mib: args.memory.get(),
        minutes: args.minutes.get(),
        image: args.image.clone(),
        claim: args.claim.clone(),
        install: args.install.clone(),
    })
}

fn words(words: &[&str]) -> Vec<String> {
    words.iter().map(|word| (*word).to_owned()).collect()
}

fn text(path: &Path) -> Result<String, Stop> {
    path.to_str().map(str::to_owned).ok_or_else(|| {
        error(format_args!("{}: a script can only name files whose names are text", path.display()))
    })
}
